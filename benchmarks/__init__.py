"""How fast hectograph is, measured: `python -m benchmarks`."""
