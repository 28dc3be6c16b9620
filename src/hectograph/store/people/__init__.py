"""The staff's tables; an app of their own, since Django's sign-in points at its first."""
