"""Everyone in the class gets one copy, in good time."""
