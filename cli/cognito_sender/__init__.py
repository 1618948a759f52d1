"""The command-line tool for those who deploy the module."""
