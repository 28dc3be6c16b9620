"""Use cases: what people can do. One class per file."""
