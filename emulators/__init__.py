"""Servers that behave like storage services. Run beside hectograph, never imported by it."""
