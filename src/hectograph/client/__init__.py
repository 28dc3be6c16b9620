"""The command line at a server: what it asks for over HTTP, and what it is told."""
