"""The way to AWS and to providers: clients, connections, time, credentials."""
