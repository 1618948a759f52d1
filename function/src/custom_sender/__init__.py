"""The Lambda function behind Amazon Cognito's custom sender triggers.

``handler.handler`` is the entry point; the modules follow the order of the work:
event, destination, decryption, message, delivery, senders, transport, telemetry.
"""
