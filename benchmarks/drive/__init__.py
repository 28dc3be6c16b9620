"""Shares on a Google Drive emulator, measured against peers: `python -m benchmarks.drive`."""
