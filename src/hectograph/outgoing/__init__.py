"""What leaves the house for others than drives: events and mails."""
