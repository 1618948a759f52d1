"""The embedded AWS's own tests."""
