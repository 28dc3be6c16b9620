"""The key that signs what browsers keep: one that was set, or one of our own."""

import os
import secrets
from pathlib import Path

from hectograph.settings import Settings


def secret_key(settings: Settings) -> str:
    """The key; made in the data directory, for its owner alone, if none is set."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    path = settings.data_dir / "secret-key"
    try:
        return _read(path)
    except FileNotFoundError:
        return _make(path)


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
