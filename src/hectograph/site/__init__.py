"""The Django shell, above everything."""
