"""Brings a message through its route."""
