"""The embedded server, as it really starts, dies and comes back."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from hectograph import postgres
from hectograph.domain.errors import LedgerUnavailable, Misconfigured
from hectograph.postgres_identity import Identity

pytestmark = pytest.mark.chaos

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="root alone can be somebody else")
NOBODY = 65534
NAMELESS = 54321
START = (
    "import sys, pathlib; from hectograph import postgres as p; "
    "s = p.ensure_running(pathlib.Path(sys.argv[1])); print(s.pid, s.started_here)"
)
PATHS = [Path(module.__file__ or "").resolve().parents[1] for module in (postgres, psycopg)]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(str(each) for each in PATHS)}

Directories = Callable[[str], Path]


@pytest.fixture
def data_dirs() -> Iterator[Directories]:
    """Make data directories which any user may reach; end whatever runs there."""
    top = Path(tempfile.mkdtemp(prefix="hx-"))
    top.chmod(0o755)
    made: list[Path] = []

    def make(name: str) -> Path:
        made.append(top / name)
        return made[-1]

    yield make
    for each in made:
        end(each)
    shutil.rmtree(top)


@pytest.fixture
def data_dir(data_dirs: Directories) -> Path:
    return data_dirs("data")


@pytest.fixture(scope="module")
def made_before() -> Iterator[Path]:
    """A data directory whose server has run and was stopped."""
    with tempfile.TemporaryDirectory(prefix="hx-") as top:
        data_dir = Path(top, "data")
        postgres.ensure_running(data_dir)
        postgres.stop(data_dir)
        yield data_dir


@pytest.fixture
def used_dir(made_before: Path, data_dir: Path) -> Path:
    """A copy of it, which spares a test the making of a cluster."""
    shutil.copytree(made_before, data_dir)
    return data_dir


def end(data_dir: Path) -> None:
    socket_dir = socket_dir_of(data_dir)
    postgres.stop(data_dir)
    # Never more than an empty directory: this path was read from a file.
    if socket_dir and socket_dir.name.startswith("hectograph-") and socket_dir.is_dir():
        socket_dir.rmdir()


def socket_dir_of(data_dir: Path) -> Path | None:
    found = postgres._Postmaster.find(data_dir / "postgres")
    return found.socket_dir if found else None


def starter(data_dir: Path, *, python: str = sys.executable, uid: int | None = None):
    return subprocess.Popen(
        [python, "-c", START, str(data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env=ENVIRONMENT,
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
    )


def python_for(uid: int) -> str:
    """An interpreter which that user can run, and which can import our packages."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            done = subprocess.run(
                [python, "-c", "import hectograph.postgres"],
                check=False,
                capture_output=True,
                cwd="/",
                env=ENVIRONMENT,
                user=uid,
                group=uid,
                extra_groups=[],
            )
        except OSError:
            continue
        if done.returncode == 0:
            return python
    pytest.skip("no interpreter here that another user may run")


def kill_when(ready: Callable[[], object], child: "subprocess.Popen[str]") -> None:
    try:
        until(ready)
    finally:
        child.kill()
        child.communicate()


def until(true: Callable[[], object]) -> None:
    ends_at = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends_at
        threading.Event().wait(0.005)


def write_row(server: postgres.Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as opened:
        opened.execute("CREATE TABLE kept AS SELECT 7 AS number")


def rows(server: postgres.Server) -> list[tuple[int]]:
    with psycopg.connect(server.url) as opened:
        return opened.execute("SELECT number FROM kept").fetchall()


def kill_postmaster(server: postgres.Server) -> None:
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: not command_of(server.pid))


def command_of(pid: int | None) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def processes_over(prefix: Path) -> list[bytes]:
    everybody = [int(each.name) for each in Path("/proc").glob("[0-9]*")]
    return [seen for each in everybody if os.fsencode(prefix) in (seen := command_of(each))]


def owners_in(top: Path) -> set[int]:
    return {each.lstat().st_uid for each in top.rglob("*")}


def open_to_others(top: Path) -> list[Path]:
    return [each for each in top.rglob("*") if each.lstat().st_mode & 0o007]


def test_the_first_call_starts_a_server_and_the_next_attaches_to_it(data_dir: Path):
    first = postgres.ensure_running(data_dir)
    second = postgres.ensure_running(data_dir)

    assert (first.started_here, second.started_here) == (True, False)
    assert (first.pid, first.url) == (second.pid, second.url)
    assert postgres.find_running(data_dir) == second


def test_the_settings_are_ours(used_dir: Path):
    expected = {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "fsync": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "max_connections": "300",
        "jit": "off",
    }

    with psycopg.connect(postgres.ensure_running(used_dir).url) as opened:
        found: dict[str, str] = dict(
            opened.execute("SELECT name, setting FROM pg_settings")
        )

    assert {name: found[name] for name in expected} == expected


def test_letters_of_every_school_change_their_case(used_dir: Path):
    server = postgres.ensure_running(used_dir)

    with psycopg.connect(server.url) as opened:
        assert opened.execute("SELECT lower('ÅSA ŻÓŁĆ')").fetchone() == ("åsa żółć",)
        assert opened.info.dbname == "hectograph"


def test_attaching_is_fast(used_dir: Path):
    postgres.ensure_running(used_dir)

    took = []
    for _ in range(9):
        began = time.perf_counter()
        postgres.ensure_running(used_dir)
        took.append(time.perf_counter() - began)

    assert sorted(took)[4] < 0.02


def test_looking_and_stopping_create_nothing(data_dir: Path):
    assert postgres.find_running(data_dir) is None
    assert postgres.stop(data_dir) is False
    assert not data_dir.exists()


def test_stopping_stops_and_says_so(used_dir: Path):
    write_row(postgres.ensure_running(used_dir))

    assert postgres.stop(used_dir) is True
    assert postgres.stop(used_dir) is False
    assert postgres.find_running(used_dir) is None
    assert rows(postgres.ensure_running(used_dir)) == [(7,)]


def test_eight_processes_at_once_get_one_server(data_dir: Path):
    children = [starter(data_dir) for _ in range(8)]

    answers = [each.communicate(timeout=60) for each in children]

    assert [each.returncode for each in children] == [0] * 8, answers
    assert len({out.split()[0] for out, _ in answers}) == 1
    assert sum("True" in out for out, _ in answers) == 1


def test_a_caller_that_reads_our_output_to_its_end_does_not_hang(data_dir: Path):
    command = [sys.executable, "-c", START, str(data_dir)]

    done = subprocess.run(
        command, capture_output=True, timeout=20, check=True, env=ENVIRONMENT, cwd="/"
    )

    assert b"True" in done.stdout
    assert postgres.find_running(data_dir)


def test_the_server_outlives_a_killed_starter_and_its_terminal(data_dir: Path):
    kill_when(lambda: postgres.find_running(data_dir), starter(data_dir))

    server = postgres.find_running(data_dir)

    assert server
    assert server.pid
    assert os.getsid(server.pid) == server.pid
    assert Path(f"/proc/{server.pid}/fd/0").readlink() == Path("/dev/null")


def test_committed_rows_survive_a_killed_postmaster(used_dir: Path):
    first = postgres.ensure_running(used_dir)
    write_row(first)
    kill_postmaster(first)

    second = postgres.ensure_running(used_dir)

    assert second.started_here
    assert second.pid != first.pid
    assert rows(second) == [(7,)]


def test_it_waits_for_the_last_process_of_a_killed_server(used_dir: Path):
    first = postgres.ensure_running(used_dir)
    with psycopg.connect(first.url) as opened:
        backend = opened.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        try:
            kill_postmaster(first)
            with pytest.raises(LedgerUnavailable, match="Not done within 1 s"):
                postgres.ensure_running(used_dir, wait_seconds=1.2)
        finally:
            os.kill(backend, signal.SIGCONT)

    assert postgres.ensure_running(used_dir).started_here


def test_a_server_that_cannot_start_is_said_in_the_words_of_its_log(used_dir: Path):
    postgres.ensure_running(used_dir)
    postgres.stop(used_dir)
    os.truncate(used_dir / "postgres/global/pg_control", 16)

    with pytest.raises(LedgerUnavailable, match="pg_control"):
        postgres.ensure_running(used_dir)


def test_a_server_without_a_socket_names_no_directory(data_dir: Path):
    cluster = data_dir / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "postmaster.pid").write_text(f"1\n{cluster}\n1\n5432\n\n")

    assert socket_dir_of(data_dir) is None
    assert postgres.find_running(data_dir) is None


@pytest.mark.parametrize("lines", [1, 8])
def test_a_pid_file_that_names_a_living_stranger_is_not_believed(
    used_dir: Path, lines: int
):
    first = postgres.ensure_running(used_dir)
    pid_file = used_dir / "postgres/postmaster.pid"
    text = pid_file.read_text().splitlines()
    kill_postmaster(first)
    # The stranger's arguments resemble a server's, as those of a pager over our log do.
    stranger = subprocess.Popen(
        ["tail", "-q", "-f", "/dev/null", used_dir / "postgres.log"]
    )
    try:
        for path in (pid_file, used_dir / "run/.s.PGSQL.5432.lock"):
            path.write_text("\n".join([str(stranger.pid), *text[1:lines]]) + "\n")

        second = postgres.ensure_running(used_dir)

        assert second.started_here
        assert postgres.stop(used_dir)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_stop_spares_a_stranger_while_a_dead_servers_child_lingers(used_dir: Path):
    first = postgres.ensure_running(used_dir)
    stranger = subprocess.Popen(["tail", "-f", "/dev/null"])
    with psycopg.connect(first.url) as opened:
        backend = opened.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        try:
            kill_postmaster(first)
            pid_file = used_dir / "postgres/postmaster.pid"
            pid_file.write_text(
                pid_file.read_text().replace(str(first.pid), str(stranger.pid), 1)
            )
            with pytest.raises(LedgerUnavailable):
                postgres.stop(used_dir, wait_seconds=0.3)
            assert stranger.poll() is None
        finally:
            os.kill(backend, signal.SIGCONT)
            stranger.kill()
            stranger.wait()


def test_an_initdb_killed_in_the_middle_leaves_nothing_behind(data_dir: Path):
    kill_when(lambda: list(data_dir.glob("initdb-*/global")), starter(data_dir))
    assert not (data_dir / "postgres").exists()

    server = postgres.ensure_running(data_dir)

    assert server.started_here
    until(lambda: not processes_over(data_dir / "initdb-"))
    postgres.stop(data_dir)
    postgres.ensure_running(data_dir)
    assert not list(data_dir.glob("initdb-*"))


def test_a_cluster_without_its_database_is_completed(used_dir: Path):
    server = postgres.ensure_running(used_dir)
    with psycopg.connect(server.url, dbname="postgres", autocommit=True) as opened:
        opened.execute("DROP DATABASE hectograph")

    again = postgres.ensure_running(used_dir)

    assert (again.pid, again.started_here) == (server.pid, False)
    assert postgres.find_running(used_dir)


@pytest.mark.parametrize("name", ["d" * 100, 'it\'s a "$HOME", `x` \\ é', 'say "$x" `y`'])
def test_any_directory_name_will_do(data_dirs: Directories, name: str):
    data_dir = data_dirs(name)

    server = postgres.ensure_running(data_dir)

    assert postgres.ensure_running(data_dir).pid == server.pid
    socket_dir = socket_dir_of(data_dir)
    assert socket_dir
    facts = socket_dir.lstat()
    assert stat.S_IMODE(facts.st_mode) == 0o700
    assert facts.st_uid == os.geteuid()


def test_a_planted_socket_directory_is_refused(data_dirs: Directories, tmp_path: Path):
    data_dir = data_dirs("d" * 100)
    postgres.ensure_running(data_dir)
    socket_dir = socket_dir_of(data_dir)
    postgres.stop(data_dir)
    assert socket_dir
    socket_dir.rmdir()
    socket_dir.symlink_to(tmp_path)

    try:
        with pytest.raises(Misconfigured, match="not a private directory"):
            postgres.ensure_running(data_dir)
    finally:
        socket_dir.unlink()

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_open_to_others_and_no_parent_changes(data_dir: Path):
    before = [each.stat().st_mode for each in data_dir.parents]

    postgres.ensure_running(data_dir)

    assert [each.stat().st_mode for each in data_dir.parents] == before
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert open_to_others(data_dir) == []
    assert owners_in(data_dir) == {os.geteuid()}


def test_a_file_in_the_way_is_explained(tmp_path: Path):
    (tmp_path / "data").write_text("")

    with pytest.raises(Misconfigured, match="HECTOGRAPH_DATA_DIR"):
        postgres.ensure_running(tmp_path / "data")


@AS_ROOT
@pytest.mark.parametrize("uid", [NOBODY, NAMELESS])
def test_an_ordinary_user_is_served_after_root(data_dirs: Directories, uid: int):
    python = python_for(uid)
    postgres.ensure_running(data_dirs("roots"))
    data_dir = data_dirs("theirs")
    data_dir.mkdir(mode=0o700)
    os.chown(data_dir, uid, uid)

    out, errors = starter(data_dir, python=python, uid=uid).communicate(timeout=30)

    assert "True" in out, errors
    assert owners_in(data_dir) == {uid}
    assert str(postgres.ensure_running(data_dir).pid) == out.split()[0]


@AS_ROOT
def test_an_ordinary_user_is_told_that_the_directory_is_roots(used_dir: Path):
    python = python_for(NOBODY)
    postgres.ensure_running(used_dir)

    _, errors = starter(used_dir, python=python, uid=NOBODY).communicate(timeout=30)

    assert "Misconfigured" in errors
    assert "Permission denied" in errors


@AS_ROOT
def test_root_acts_as_the_owner_of_the_directory(data_dir: Path):
    data_dir.mkdir(mode=0o700)
    os.chown(data_dir, NOBODY, NOBODY)

    postgres.ensure_running(data_dir)
    postgres.stop(data_dir)

    assert owners_in(data_dir) == {NOBODY}


@AS_ROOT
def test_without_namespaces_root_lends_the_server_to_an_unprivileged_user(data_dir: Path):
    nobody = Identity(uid=NOBODY, gid=NOBODY)
    write_row(postgres.ensure_running(data_dir, identity=nobody))
    assert postgres.stop(data_dir)

    # Nobody is named this time: the owner of the cluster tells the way.
    server = postgres.ensure_running(data_dir)

    assert rows(server) == [(7,)]
    assert Path(f"/proc/{server.pid}").stat().st_uid == NOBODY
    assert (data_dir / "postgres").stat().st_uid == NOBODY
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o710
    assert open_to_others(data_dir) == []


@AS_ROOT
def test_a_cluster_of_roots_can_be_lent_later(used_dir: Path):
    write_row(postgres.ensure_running(used_dir))
    postgres.stop(used_dir)

    nobody = Identity(uid=NOBODY, gid=NOBODY)
    server = postgres.ensure_running(used_dir, identity=nobody)

    assert rows(server) == [(7,)]


@AS_ROOT
def test_a_directory_with_other_things_in_it_is_not_opened(data_dir: Path):
    data_dir.mkdir(mode=0o700)
    (data_dir / "diary.txt").write_text("private")
    nobody = Identity(uid=NOBODY, gid=NOBODY)

    with pytest.raises(Misconfigured, match="closed to user id"):
        postgres.ensure_running(data_dir, identity=nobody)

    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700


def test_a_url_that_answers_is_accepted(used_dir: Path):
    server = postgres.check_url(postgres.ensure_running(used_dir).url)

    assert not server.embedded
    assert int(server.version.split(".")[0]) >= postgres.OLDEST_VERSION


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("postgresql://ann:s3cr3t@%2Fnowhere/school", LedgerUnavailable),
        ("host=/nowhere user=ann password=s3cr3t", LedgerUnavailable),
        ("host=/nowhere user=ann password=s3cr3t port=s3cr3t", LedgerUnavailable),
        ("postgresql://ann:s3cr3t@word@%2Fnowhere/school", Misconfigured),
        ("postgresql://ann:s3cr3t/word@%2Fnowhere/school", Misconfigured),
        ("mysql://ann:s3cr3t@nowhere/school", Misconfigured),
        ("s3cr3t", Misconfigured),
    ],
)
def test_no_message_holds_the_password(url: str, error: type[Exception]):
    with pytest.raises(error, match="HECTOGRAPH_DATABASE_URL") as caught:
        postgres.check_url(url)

    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_servers_password_is_not_in_its_repr():
    server = postgres.Server(
        url="postgresql://a:s3cr3t@b/c", version="18.4", embedded=False
    )

    assert "s3cr3t" not in repr(server)
