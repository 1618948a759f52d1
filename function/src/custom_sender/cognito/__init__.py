"""What Cognito sends: the event, its triggers, its ciphertext."""
