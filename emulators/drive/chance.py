"""Draws that depend on what is drawn for, not on the order of the questions."""

import hashlib


def draw(*subject: object) -> float:
    """A number in [0, 1), the same whenever it is asked for the same subject."""
    text = "\x1f".join(str(part) for part in subject)
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def between(low: float, high: float, *subject: object) -> float:
    """A number in [low, high), the same for the same subject."""
    return low + (high - low) * draw(*subject)
