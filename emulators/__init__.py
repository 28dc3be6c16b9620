"""Servers that behave like storage services; hectograph never imports them."""
