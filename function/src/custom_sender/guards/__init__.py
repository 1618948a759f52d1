"""What keeps a message from being sent: twice, too late, too often, to the wrong place."""
