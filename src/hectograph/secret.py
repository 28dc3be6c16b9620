"""The installation's key: it signs what browsers keep, and seals what the tables keep."""

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def secret_key(named: str | None, *, data_dir: Path) -> str:
    """The key that was named, or else one of our own.

    That is made in the data directory, for its owner alone.
    """
    if named is not None:
        return named
    path = data_dir / "secret-key"
    try:
        return _read(path)
    except FileNotFoundError:
        return _make(path)


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals texts for one purpose: without the key nobody reads them, or makes another.

    `key` is asked when it is needed first, since many processes never need it. A sealed
    text is of letters, digits, `-`, `_` and `=`.
    """

    key: Callable[[], str]
    purpose: str

    def close(self, text: str) -> str:
        """The text, sealed; another time it looks different."""
        return _cipher(self.key(), self.purpose).encrypt(text.encode()).decode()

    def find(self, sealed: str) -> str | None:
        """The text; None if it was sealed otherwise, or not at all."""
        try:
            return _cipher(self.key(), self.purpose).decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


@cache
def _cipher(key: str, purpose: str) -> Fernet:
    info = f"hectograph {purpose}".encode()
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}-{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
    try:
        # Whoever comes second takes what the first has made.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(path)
