"""What goes to a browser that watches a share: each part of the page once it changes."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from django.utils.translation import override

from hectograph.web.share_view import ShareView, Sight, build_view

HEARD_SECONDS: Final = 10.0
"""A screen reader is told no more often than this how far a share is."""

PARTS: Final = ("progress", "actions", "rows")


class Telling:
    """What one browser was told, so that it hears only what is new to it."""

    def __init__(self, show: Callable[..., str], *, language: str, may_steer: bool) -> None:
        self._show = show
        self._language = language
        self._may_steer = may_steer
        self._told: dict[str, str] = {}
        self._view: ShareView | None = None
        self._heard_at = asyncio.get_running_loop().time()

    def events(self, sight: Sight | None) -> Iterator[bytes]:
        """The events of a look; of none, whatever was held back."""
        with override(self._language):
            if sight is None:
                yield b": still here\n\n"
            else:
                self._view = build_view(sight, may_steer=self._may_steer)
                yield from self._parts(self._view)
            if self._view is not None:
                yield from self._heard(self._view)
                if self._view.is_over:
                    yield _event("ended", "")

    def _parts(self, view: ShareView) -> Iterator[bytes]:
        for part in PARTS:
            shown = self._show(f"web/share_{part}.html", view=view)
            if self._told.get(part) != shown:
                self._told[part] = shown
                yield _event(part, shown)

    def _heard(self, view: ShareView) -> Iterator[bytes]:
        now = asyncio.get_running_loop().time()
        is_new = self._told.setdefault("said", view.said) != view.said
        if view.is_over or (is_new and now - self._heard_at >= HEARD_SECONDS):
            self._heard_at = now
            self._told["said"] = view.said
            yield _event("said", view.said)


def _event(name: str, text: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in text.splitlines() or [""])
    return f"event: {name}\n{lines}\n".encode()
