"""What templates may use without asking for it."""
