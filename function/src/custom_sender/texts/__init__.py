"""The event and the code → the text that is sent. Pure."""
