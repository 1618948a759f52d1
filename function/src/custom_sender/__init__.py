"""The Lambda function behind Amazon Cognito's custom sender triggers. ``handler.handler`` is the entry point."""
