"""Every wire of a deployed sender, looked at in AWS itself: ``cognito-sender doctor --help``. It changes nothing."""
