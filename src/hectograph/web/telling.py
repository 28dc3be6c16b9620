"""What goes to a browser that watches a share: each part of the page once it changes."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import override

from hectograph.web.share_view import ShareView, Sight, build_view

Show = Callable[..., str]
"""Makes a part of a page from a template's name and what is on it."""

HEARD_SECONDS: Final = 10.0
"""A screen reader is told no more often than this how far a share is."""

PARTS: Final = ("progress", "actions", "rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was seen of a share, and the parts of its page: made once, whoever watches."""

    sight: Sight
    _made: dict[tuple[str, bool], "_Made"] = field(default_factory=dict, compare=False)

    def made(self, show: Show, *, language: str, may_steer: bool) -> "_Made":
        """The view and the parts for all who read this language, and may steer or not."""
        known = self._made.get((language, may_steer))
        if known is None:
            view = build_view(self.sight, may_steer=may_steer)
            parts = {each: show(f"web/share_{each}.html", view=view) for each in PARTS}
            known = self._made[language, may_steer] = _Made(view=view, parts=parts)
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    view: ShareView
    parts: Mapping[str, str]


class Telling:
    """What one browser was told, so that it hears only what is new to it."""

    def __init__(self, show: Show, *, language: str, may_steer: bool) -> None:
        self._show = show
        self._language = language
        self._may_steer = may_steer
        self._told: dict[str, str] = {}
        self._view: ShareView | None = None
        self._heard_at = asyncio.get_running_loop().time()

    def events(self, shown: Shown | None) -> Iterator[bytes]:
        """The events of a look; of none, whatever was held back."""
        with override(self._language):
            if shown is None:
                yield b": still here\n\n"
            else:
                made = shown.made(
                    self._show, language=self._language, may_steer=self._may_steer
                )
                self._view = made.view
                yield from self._parts(made.parts)
            if self._view is not None:
                yield from self._heard(self._view)
                if self._view.is_over:
                    yield _event("ended", "")

    def _parts(self, parts: Mapping[str, str]) -> Iterator[bytes]:
        for part, shown in parts.items():
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
