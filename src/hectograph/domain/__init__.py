"""Decisions. No I/O, no clock, no framework, no logging."""
