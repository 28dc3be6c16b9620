"""Documents that were sent by a browser, kept until they are shared, a day at most."""

import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PureWindowsPath
from typing import Final, Protocol

from hectograph.domain.errors import DocumentRefused
from hectograph.domain.ids import PersonId
from hectograph.domain.names import fold, free_name, legal_name

KEPT_FOR: Final = timedelta(days=1)
MOST_FILES: Final = 20
MOST_BYTES: Final = 100 * 1024 * 1024
PRIVATE: Final = 0o700

RETAINED: Final = "repeats"
"""The folder beside, for what is kept for good."""

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class Sent(Protocol):
    """A file as a browser sent it."""

    name: str | None
    size: int | None

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, in pieces."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Documents that somebody sent together; the token finds them again."""

    token: str
    paths: tuple[Path, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What they are called, as a copy would be."""
        return tuple(each.name for each in self.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """What people sent: a folder for each person, and in it one for each token."""

    root: Path

    def keep(self, files: Sequence[Sent], *, by: PersonId, now: datetime) -> Upload:
        """Keep files under legal names, and let those go that are old.

        Raises DocumentRefused when they are too many, or too large.
        """
        _check(files)
        self._purge(now)
        token = secrets.token_urlsafe(32)
        folder = self._folder(by, token)
        folder.mkdir(parents=True, mode=PRIVATE)
        names: set[str] = set()
        for each in files:
            name = free_name(_name_of(each), names)
            names.add(fold(name))
            with (folder / name).open("xb") as kept:
                for chunk in each.chunks():
                    kept.write(chunk)
        return Upload(token=token, paths=_files(folder))

    def find(self, token: str, *, by: PersonId) -> Upload | None:
        """What somebody sent before; None when it is not kept any more."""
        if TOKEN.fullmatch(token) is None:
            return None
        folder = self._folder(by, token)
        paths = _files(folder) if folder.is_dir() else ()
        return Upload(token=token, paths=paths) if paths else None

    def retain(self, token: str, *, by: PersonId) -> tuple[Path, ...]:
        """A copy of what somebody sent, for good: what repeats reads it anew each time.

        Raises DocumentRefused when it is not kept any more.
        """
        found = self.find(token, by=by)
        if found is None:
            raise DocumentRefused(
                "These files are not kept, or not any more.",
                effect="Nothing was done.",
                remedy="Send them again.",
            )
        folder = self.root.parent / RETAINED / str(by) / secrets.token_urlsafe(16)
        folder.mkdir(parents=True, mode=PRIVATE)
        for each in found.paths:
            shutil.copyfile(each, folder / each.name)
        return _files(folder)

    def release(self, paths: Sequence[Path]) -> None:
        """Let go of such a copy that is not needed after all."""
        for folder in {each.parent for each in paths}:
            shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, by: PersonId, token: str) -> Path:
        return self.root / str(by) / token

    def _purge(self, now: datetime) -> None:
        old = (now - KEPT_FOR).timestamp()
        for folder in self.root.glob("*/*"):
            if folder.stat().st_mtime < old:
                shutil.rmtree(folder, ignore_errors=True)


def _check(files: Sequence[Sent]) -> None:
    if len(files) > MOST_FILES:
        raise DocumentRefused(
            f"These are {len(files)} files.",
            effect="Nothing was shared.",
            remedy=f"Share {MOST_FILES} or fewer at once.",
        )
    if sum(each.size or 0 for each in files) > MOST_BYTES:
        raise DocumentRefused(
            "The files are too large together.",
            effect="Nothing was shared.",
            remedy=f"Share {MOST_BYTES // 1024**2} megabytes or less at once.",
        )


def _name_of(file: Sent) -> str:
    # Whatever a browser claims, it is a name and no path.
    return legal_name(PureWindowsPath(file.name or "").name)


def _files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(folder.iterdir()))
