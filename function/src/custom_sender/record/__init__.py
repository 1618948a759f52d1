"""What is written about a message: the record, its log line, its metrics."""
