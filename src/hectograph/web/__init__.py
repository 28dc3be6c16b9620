"""The pages: each reads a form, calls a use case, shows."""
