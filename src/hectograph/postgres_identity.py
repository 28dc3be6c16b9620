"""As whom PostgreSQL's programs run: it refuses root, and a database has one owner."""

import os
import pwd
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

# Runs in a process of its own: a process with threads may not enter a user namespace.
_ENTER_NAMESPACE = """
import ctypes, os, sys
uid, gid, *command = sys.argv[1:]
maps = f"{uid} {os.geteuid()} 1", f"{gid} {os.getegid()} 1"
if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):  # CLONE_NEWUSER
    sys.exit(os.strerror(ctypes.get_errno()))
for name, text in zip(("setgroups", "uid_map", "gid_map"), ("deny", *maps)):
    with open(f"/proc/self/{name}", "w") as file:
        file.write(text)
os.execv(command[0], command)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """As whom the server's programs run; PostgreSQL refuses user id 0.

    `uid` and `gid` own the files on disk. With `seen_as` the programs run in a user
    namespace in which that owner bears this pair of ids, so that root need not be left.
    """

    uid: int
    gid: int
    seen_as: tuple[int, int] | None = None

    def run(
        self,
        *command: str | Path,
        output: int = subprocess.PIPE,
        extra: Mapping[str, str] | None = None,
        pass_fds: tuple[int, ...] = (),
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end, in a session of its own, without our terminal or files."""
        argv = [str(each) for each in command]
        if self.seen_as:
            ids = [str(each) for each in self.seen_as]
            argv = [sys.executable, "-I", "-S", "-c", _ENTER_NAMESPACE, *ids, *argv]
        foreign = self.uid != os.geteuid()
        kept = {name: os.environ[name] for name in os.environ if name[:2] != "PG"}
        return subprocess.run(  # noqa: S603 - our own programs, and no shell
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env={**kept, "LC_ALL": "C", **(extra or {})},
            start_new_session=True,
            pass_fds=pass_fds,
            user=self.uid if foreign else None,
            group=self.gid if foreign else None,
            extra_groups=[] if foreign else None,
        )

    def can_run(self, program: Path) -> bool:
        """Whether the program starts under this identity."""
        try:
            return self.run(program, "--version").returncode == 0
        except (OSError, subprocess.SubprocessError):
            return False

    def adopt(self, path: Path) -> None:
        """Make this identity the owner of `path` and of everything below it."""
        if self.uid == path.lstat().st_uid:
            return
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(Path(folder, name), self.uid, self.gid, follow_symlinks=False)
        # The top comes last: while it is not ours yet, an interrupted walk begins anew.
        os.chown(path, self.uid, self.gid, follow_symlinks=False)


def choose_identity(folder: Path, programs: Path) -> Identity:
    """As whom to run a database whose folder this is.

    Its owner, if it is a named user; else in a namespace; else an unprivileged user.
    """
    owner = folder.stat()
    me = Identity(uid=os.geteuid(), gid=os.getegid())
    if me.uid == 0 != owner.st_uid:
        me = Identity(uid=owner.st_uid, gid=owner.st_gid)
    if me.uid and _is_named(me.uid):
        return me
    if alias := _first_user("daemon", "bin", "nobody"):
        inside = replace(me, seen_as=(alias.pw_uid, alias.pw_gid))
        if inside.can_run(programs / "postgres"):
            return inside
    user = _first_user("postgres", "nobody")
    if me.uid or user is None:
        return me
    return Identity(uid=user.pw_uid, gid=user.pw_gid)


def _is_named(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _first_user(*names: str) -> pwd.struct_passwd | None:
    for name in names:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None
