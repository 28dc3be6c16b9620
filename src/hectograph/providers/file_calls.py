"""The file-system calls of the delivery protocol, one method each, and nothing else.

What the kernel offers and Python's `os` does not is called through the C library:
`linkat` of an unnamed file (`os.link` follows the link in /proc and fails with EXDEV),
`renameat2`, `syncfs` and `statx`. Source: the man pages of section 2.
"""

import ctypes
import errno
import fcntl
import os
import signal
import struct
import sys
from typing import Final

IS_LINUX: Final = sys.platform == "linux"

AT_FDCWD: Final = -100
AT_SYMLINK_FOLLOW: Final = 0x400
AT_SYMLINK_NOFOLLOW: Final = 0x100
RENAME_NOREPLACE: Final = 1
STATX_BTIME: Final = 0x800
STATX_SIZE: Final = 256
BTIME_OFFSET: Final = 80
FICLONE: Final = 0x40049409
STAMP_NAME: Final = "user.hectograph.k"
MARK_NAME: Final = "user.hectograph.made"
CHUNK: Final = 1 << 20

UNSUPPORTED: Final = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EISDIR})
CANNOT_CLONE: Final = UNSUPPORTED | {errno.EXDEV, errno.ENOTTY, errno.EPERM, errno.EBADF}

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class FileCalls:
    """Every method raises OSError as the kernel says it. Folders are open descriptors."""

    def open_folder(self, name: str, *, at: int | None = None) -> int:
        """Open a folder; a symbolic link is refused."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(name, flags, dir_fd=at)

    def make_folder(self, name: str, *, at: int, mode: int = 0o777) -> None:
        """Make a folder; default ACLs and the set-group-id bit of `at` apply."""
        os.mkdir(name, mode, dir_fd=at)

    def remove_folder(self, name: str, *, at: int) -> None:
        """Remove an empty folder."""
        os.rmdir(name, dir_fd=at)

    def list_folder(self, folder: int) -> list[str]:
        """The names in a folder."""
        return os.listdir(folder)

    def look(self, name: str, *, at: int) -> os.stat_result:
        """What a name stands for, links not followed."""
        return os.stat(name, dir_fd=at, follow_symlinks=False)

    def born_ns(self, name: str, *, at: int) -> int | None:
        """When the file was created, in ns since 1970; None where nobody knows."""
        if not IS_LINUX or not hasattr(_libc, "statx"):
            return None
        buffer = ctypes.create_string_buffer(STATX_SIZE)
        _checked(
            _libc.statx(at, os.fsencode(name), AT_SYMLINK_NOFOLLOW, STATX_BTIME, buffer)
        )
        (mask,) = struct.unpack_from("I", buffer, 0)
        seconds, nanoseconds = struct.unpack_from("qI", buffer, BTIME_OFFSET)
        return int(seconds * 10**9 + nanoseconds) if mask & STATX_BTIME else None

    def read_stamp(self, name: str, *, at: int) -> str | None:
        """The stamp on a file, or None; the file need not be readable."""
        try:
            path = f"/proc/self/fd/{at}/{name}"
            return os.getxattr(path, STAMP_NAME, follow_symlinks=False).decode(
                "ascii", "replace"
            )
        except OSError:
            return None

    def open_document(self, name: str, *, at: int | None = None) -> int:
        """Open a file to read; never blocks on a pipe, never follows a link below `at`."""
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
        return os.open(name, flags if at is None else flags | os.O_NOFOLLOW, dir_fd=at)

    def open_unnamed(self, *, at: int, mode: int = 0o666) -> int:
        """Open a new file that has no name and vanishes unless it is given one."""
        return os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, mode, dir_fd=at)

    def open_new(self, name: str, *, at: int, mode: int = 0o666) -> int:
        """Open a new file under a name that nothing has."""
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(name, flags, mode, dir_fd=at)

    def write_stamp(self, file: int, text: str) -> None:
        """Put the stamp on an open file."""
        os.setxattr(file, STAMP_NAME, text.encode("ascii"))

    def read_mark(self, folder: int) -> str | None:
        """The mark on an open folder, or None."""
        try:
            return os.getxattr(folder, MARK_NAME).decode("ascii", "replace")
        except (OSError, AttributeError):
            return None

    def write_mark(self, folder: int, text: str) -> None:
        """Put the mark on an open folder."""
        os.setxattr(folder, MARK_NAME, text.encode("ascii"))

    def give(self, file: int, *, owner: int, group: int) -> None:
        """Change owner and group; -1 leaves either as it is."""
        os.fchown(file, owner, group)

    def clone(self, source: int, target: int) -> None:
        """Let the target share the source's blocks (xfs, btrfs, some servers)."""
        fcntl.ioctl(target, FICLONE, source)

    def copy(self, source: int, target: int, *, size_bytes: int) -> int:
        """Copy from the start of both, within the kernel; how many bytes were copied."""
        copied = 0
        while copied < size_bytes:
            number = os.copy_file_range(source, target, size_bytes - copied, copied, copied)
            if number == 0:
                break
            copied += number
        return copied

    def read_and_write(self, source: int, target: int) -> int:
        """Copy through this process, where the kernel cannot; how many bytes."""
        copied = 0
        while chunk := os.pread(source, CHUNK, copied):
            view = memoryview(chunk)
            while view:
                view = view[os.pwrite(target, view, copied + len(chunk) - len(view)) :]
            copied += len(chunk)
        return copied

    def sync_all(self, folder: int) -> None:
        """Have everything on the folder's file system on disk: one sync for many."""
        if hasattr(_libc, "syncfs"):
            _checked(_libc.syncfs(folder))
        else:
            os.sync()

    def sync(self, file: int) -> None:
        """Have one file, or one folder, on disk."""
        os.fsync(file)

    def name_unnamed(self, file: int, name: str, *, at: int) -> None:
        """Give an unnamed file its name, or raise FileExistsError. Atomic."""
        source = f"/proc/self/fd/{file}".encode()
        _checked(_libc.linkat(AT_FDCWD, source, at, os.fsencode(name), AT_SYMLINK_FOLLOW))

    def link(self, old: str, new: str, *, at: int, to: int | None = None) -> None:
        """Give a file a second name, or raise FileExistsError. Atomic.

        `to` is the folder of the new name, where it is another.
        """
        target = at if to is None else to
        os.link(old, new, src_dir_fd=at, dst_dir_fd=target, follow_symlinks=False)

    def rename_new(self, old: str, new: str, *, at: int, to: int | None = None) -> None:
        """Rename without ever replacing, or raise FileExistsError. Atomic.

        `to` is the folder of the new name, where it is another.
        """
        target = at if to is None else to
        names = os.fsencode(old), os.fsencode(new)
        _checked(_libc.renameat2(at, names[0], target, names[1], RENAME_NOREPLACE))

    def lease(self, file: int) -> bool | None:
        """Be alone with a file: whoever opens it waits until it is closed here.

        False when somebody has it open; None where the file system, or our standing,
        offers no leases. Source: F_SETLEASE in fcntl(2).
        """
        try:
            # By default the kernel would end this process when somebody comes.
            fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except (OSError, AttributeError) as error:
            is_taken = isinstance(error, OSError) and error.errno == errno.EAGAIN
            return False if is_taken else None
        return True

    def is_leased(self, file: int) -> bool:
        """Whether nobody has come since `lease`."""
        return fcntl.fcntl(file, fcntl.F_GETLEASE) == fcntl.F_WRLCK

    def remove(self, name: str, *, at: int) -> None:
        """Remove a name: of a temporary, of a frozen document, or a second one."""
        os.unlink(name, dir_fd=at)

    def close(self, file: int) -> None:
        """Close a descriptor; an unnamed file is gone with it."""
        os.close(file)
