"""Where class lists come from."""
