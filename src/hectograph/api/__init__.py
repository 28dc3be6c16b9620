"""For programs: JSON in, one use case, JSON out."""
