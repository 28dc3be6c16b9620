"""The state of the drive: users, files, time. No I/O; whoever calls says what time it is.

What listings show may lag behind what is: each mutation leaves the old value in the file's
`shadow` until it is due to be seen. What happens later by itself waits in `due` and is
applied when somebody looks at the world after that time.
"""

import copy
import heapq
from base64 import urlsafe_b64encode
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

from emulators.drive.model import FOLDER, Change, Event, File, Permission, User
from emulators.drive.settings import Lag, Settings

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PAGES_KEPT = 2000

# Which lag a listing has, by the attribute that was changed.
ASPECTS = {
    "name": "name",
    "app_properties": "appProperties",
    "properties": "appProperties",
    "parent": "parents",
    "explicitly_trashed": "trashed",
    "gone": "trashed",
    "revisions": "content",
    "modified_at": "content",
    "modified_by": "content",
}


class World:
    """One Drive, shared by all its users."""

    def __init__(self, settings: Settings, *, now: float) -> None:
        self.settings = settings
        self.now = round(now, 3)
        self.random = Random(settings.seed)
        self.users: dict[str, User] = {}
        self.files: dict[str, File] = {}
        self.children: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self.named: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self.marked: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self.issued: dict[str, str] = {}
        self.changes: list[Change] = []
        self.changes_shown = 0
        self.drives: dict[str, str] = {}  # by the request id that made it
        self.pages: OrderedDict[str, Any] = OrderedDict()
        self.arrivals: list[File] = []  # what eager students have not looked at yet
        self.greeted: set[tuple[str, str]] = set()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count(1)

    # Time

    def advance(self, now: float) -> None:
        """Let time pass, and everything happen that is due by then."""
        while self._due and self._due[0][0] <= now:
            at, _, effect = heapq.heappop(self._due)
            self.now = max(self.now, round(at, 3))
            effect()
        self.now = max(self.now, round(now, 3))

    @contextmanager
    def without_lag(self) -> Iterator[None]:
        """What is done meanwhile was there before anybody looked."""
        settings = self.settings
        self.settings = replace(settings, lag=Lag())
        try:
            yield
        finally:
            self.settings = settings
            self.arrivals.clear()

    def later(self, seconds: float, effect: Callable[[], None]) -> None:
        """Have something happen by itself, after so many seconds."""
        heapq.heappush(self._due, (self.now + seconds, next(self._numbers), effect))

    # Names for things

    def new_id(self, *, length: int = 32) -> str:
        """An id such as Google's: opaque, and starting with 1."""
        return "1" + "".join(self.random.choices(ALPHABET, k=length))

    def new_token(self) -> str:
        """A word nobody can guess or read."""
        return urlsafe_b64encode(self.random.randbytes(24)).decode()

    def new_number(self) -> int:
        """Grows."""
        return next(self._numbers)

    def remember_page(self, page: Any) -> str:
        """Keep the rest of a listing; returns the token that continues it."""
        token = "~!!~" + self.new_token()
        self.pages[token] = page
        if len(self.pages) > PAGES_KEPT:
            self.pages.popitem(last=False)
        return token

    # Users

    def add_user(
        self,
        email: str,
        *,
        name: str = "",
        kind: str = "person",
        limit_bytes: int | None = None,
        disabled: bool = False,
    ) -> User:
        """An account with an empty My Drive."""
        root = "0A" + "".join(self.random.choices(ALPHABET, k=11)) + "Uk9PVA"
        user = User(
            email=email,
            name=name or email.partition("@")[0],
            permission_id=f"{self.random.randrange(10**19, 10**20)}",
            root=root,
            kind=kind,
            limit_bytes=limit_bytes,
            disabled=disabled,
        )
        self.users[email] = user
        self.files[root] = self._root(user)
        return user

    def _root(self, user: User) -> File:
        owner = Permission(
            id=user.permission_id, type="user", role="owner", email=user.email
        )
        return File(
            id=user.root,
            name="My Drive",
            mime_type=FOLDER,
            parent=None,
            owner=user.email,
            created_by=user.email,
            created_client="",
            created_at=self.now,
            modified_at=self.now,
            modified_by=user.email,
            permissions={user.permission_id: owner},
        )

    # Files

    def find(self, file_id: str) -> File | None:
        """A file that exists, trashed or not."""
        file = self.files.get(file_id)
        return None if file is None or file.gone else file

    def parent_of(self, file: File) -> File | None:
        """The folder it is in, or None at the top."""
        return self.files.get(file.parent) if file.parent else None

    def is_trashed(self, file: File, *, listed: bool = False) -> bool:
        """Whether it, or a folder above it, was put into the trash."""
        node: File | None = file
        while node is not None:
            seen = node.shadow.get("explicitly_trashed") if listed else None
            if seen[1] if seen else node.explicitly_trashed:
                return True
            node = self.files.get(node.parent) if node.parent else None
        return False

    def add(self, file: File, *, by: str) -> File:
        """A new file. Listings learn of it, its name and its keys, each in its time."""
        self.files[file.id] = file
        self._remember(file, what="created", by=by)
        for attribute, absent in (("name", None), ("parent", None), ("app_properties", {})):
            self._lag(file, attribute, absent)
        self._lag(file, "gone", True, aspect="parents")  # noqa: FBT003 - a value
        self._index(file)
        self._charge(file.owner, file.size_bytes)
        self._note(file, lost_by=frozenset())
        self.arrivals.append(file)
        return file

    def change(
        self,
        file: File,
        *,
        what: str,
        by: str | None,
        lost_by: frozenset[str] = frozenset(),
        **values: Any,
    ) -> None:
        """Change attributes of a file, in the open: versioned, noted, and seen with lag."""
        before = (file.owner, file.size_bytes)
        for attribute, value in values.items():
            old = getattr(file, attribute)
            setattr(file, attribute, value)
            if attribute in ASPECTS:
                self._lag(file, attribute, old)
            if attribute == "parent" and "parent" not in file.shadow and old != value:
                self.children[old].pop(file.id, None)
        file.version += 1
        self._remember(file, what=what, by=by)
        self._index(file)
        self._charge(before[0], -before[1])
        self._charge(file.owner, 0 if file.gone else file.size_bytes)
        self._note(file, lost_by=lost_by)
        if "parent" in values:
            self.arrivals.append(file)

    def bump(self, file: File, **values: Any) -> None:
        """What the server does to a file by itself, a while after a copy."""
        for attribute, value in values.items():
            setattr(file, attribute, value)
        file.version += 1
        self._note(file, lost_by=frozenset())

    def _remember(self, file: File, *, what: str, by: str | None) -> None:
        file.events.append(
            Event(what=what, by=by, at=self.now, parent=file.parent, name=file.name)
        )

    def _charge(self, email: str | None, size_bytes: int) -> None:
        if email and size_bytes and email in self.users:
            self.users[email].used_bytes += size_bytes

    def _note(self, file: File, *, lost_by: frozenset[str]) -> None:
        lag = self.settings.lag.seconds("changes", random=self.random)
        self.changes.append(
            Change(
                number=len(self.changes) + 1,
                file_id=file.id,
                at=self.now,
                visible_at=self.now + lag,
                lost_by=lost_by,
            )
        )

    # What listings see

    def _lag(self, file: File, attribute: str, old: Any, *, aspect: str = "") -> None:
        seconds = self.settings.lag.seconds(
            aspect or ASPECTS[attribute], random=self.random
        )
        number = next(self._numbers)
        file.latest[attribute] = number
        if seconds <= 0:
            file.shadow.pop(attribute, None)
            return
        file.shadow.setdefault(attribute, (0, old))
        new = getattr(file, attribute)
        self.later(seconds, lambda: self._reveal(file, attribute, number, new))

    def _reveal(self, file: File, attribute: str, number: int, value: Any) -> None:
        shown = file.shadow.get(attribute)
        if shown is None or shown[0] > number:
            return
        if file.latest[attribute] == number:
            del file.shadow[attribute]
        else:
            file.shadow[attribute] = (number, value)

    def as_listed(self, file: File) -> File:
        """The file as listings know it; the file itself when nothing lags."""
        if not file.shadow:
            return file
        seen = copy.copy(file)
        for attribute, (_, value) in file.shadow.items():
            setattr(seen, attribute, value)
        return seen

    def _index(self, file: File) -> None:
        # Only ever added to: whoever looks here checks each candidate anyway.
        if file.parent:
            self.children[file.parent][file.id] = None
        self.named[file.name.casefold()][file.id] = None
        for properties in (*file.app_properties.values(), file.properties):
            for pair in properties.items():
                self.marked[pair][file.id] = None

    def candidates_in(self, folder_id: str) -> Iterator[File]:
        """Whatever is in a folder, or was: the caller looks at the parent."""
        for file_id in self.children.get(folder_id, ()):
            yield self.files[file_id]

    def is_full(self, folder_id: str) -> bool:
        """Whether a folder holds all the files it can, those in the trash included."""
        limit = self.settings.max_children
        if len(self.children.get(folder_id, ())) < limit:
            return False
        inside = (
            file for file in self.candidates_in(folder_id) if file.parent == folder_id
        )
        return sum(not file.gone for file in inside) >= limit
