"""Shares on a Drive emulator, against peers: `python -m benchmarks.drive`."""
