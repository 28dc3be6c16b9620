"""A Google Drive that lives in memory, fails on command, and answers over real HTTP."""
