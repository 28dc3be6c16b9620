"""Storage services."""
