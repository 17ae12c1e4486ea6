"""Read and write a file that belongs to somebody else, so that nothing of it is lost.

    1. the new content goes into a file beside it, with the same owner, group, mode and ACL
    2. the old content becomes FILE.cwd_server.bak, once: the first one stays
    3. the file still has the old content, compared byte for byte: else somebody else wrote it
    4. the new file is moved onto the name: at every moment there is the old file or the new one

Where nothing can be moved onto the name (a single file mounted into a container, a file with a
second hard link), it is written in place, and a complete copy of the old content is there until
that is done.
"""

import contextlib
import errno
import os
import stat
import sys
import tempfile
import time
from typing import Callable, Iterator, List, NamedTuple, Optional

from cwd_server.commands.clients.client import LARGEST_FILE
from cwd_server.commands.config.edits import ConfigConflict
from cwd_server.commands.config.file_access import (
    Access,
    AccessError,
    give_access,
    give_owner_of_folder,
    make_folders,
    read_access,
)
from cwd_server.commands.terminal import print_safely

BACKUP_SUFFIX = ".cwd_server.bak"
RESCUE_SUFFIX = ".cwd_server.old"  # while a file is written in place
TEMPORARY_SUFFIX = ".cwd_server.tmp"
MOVE_TIMEOUT = 5  # seconds that somebody may have a file open on Windows
POLL_INTERVAL = 0.02  # seconds
# The name cannot be given to another file: it is mounted, or on another device
CANNOT_MOVE = (errno.EBUSY, errno.EXDEV)


class ChangedMeanwhileError(Exception):
    """Somebody else wrote the file since it was read."""


class Snapshot(NamedTuple):
    """A file at one moment."""

    content: bytes
    access: Access
    links: int  # names that the file has


class Written(NamedTuple):
    """What a write has left."""

    backup: Optional[str]  # a file with the old content, if one was made now
    in_place: bool


def read_file(path: str) -> Optional[Snapshot]:
    """Return a file that may be written, None if it is not there.

    Raise ConfigConflict or OSError.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(status.st_mode):
        raise ConfigConflict("it is not a file")
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    with open(path, "rb") as file:
        content = file.read(LARGEST_FILE + 1)
        access = read_access(file.fileno())
    if len(content) > LARGEST_FILE:
        raise ConfigConflict(f"it is larger than {LARGEST_FILE >> 20} MiB")
    return Snapshot(content, access, status.st_nlink)


def write_file(
    path: str, old: Optional[Snapshot], content: bytes, keep_backup: bool, mode: int = 0o600
) -> Written:
    """Make `content` the content of a file, all of it or nothing.

    path: of the file, without symbolic links
    old: what was read; None: there was no file
    content: the new content
    keep_backup: whether the old content is left beside it, unless a backup is there already
    mode: permission bits of a file that was not there

    Raises ChangedMeanwhileError if the file is not what was read; ConfigConflict and OSError if it
    cannot be written.
    """
    folder = os.path.dirname(path)
    make_folders(folder)
    _remove_leftovers(path)
    if old is not None and old.links > 1:
        backup = _make_backup(path, old, keep_backup)
        _write_in_place(path, old, content, backup)
        return Written(backup, in_place=True)
    with _temporary_file(path, content) as temporary:
        _prepare(temporary, path, old, mode)
        backup = _make_backup(path, old, keep_backup)
        try:
            _move(temporary, path, lambda: _require_unchanged(path, old))
        except OSError as error:
            if error.errno not in CANNOT_MOVE or old is None:
                raise
        else:
            _sync_folder(folder)
            return Written(backup, in_place=False)
    _write_in_place(path, old, content, backup)
    return Written(backup, in_place=True)


def _remove_leftovers(path: str) -> None:
    """Remove what our writers have left that were killed; whoever calls has locked the folder."""
    folder = os.path.dirname(path)
    prefix = _temporary_prefix(path)
    names: List[str] = []
    with contextlib.suppress(PermissionError):  # a folder may be written and not read
        names = os.listdir(folder)
    for name in names:
        if name.startswith(prefix) and name.endswith(TEMPORARY_SUFFIX):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, name))


def _temporary_prefix(path: str) -> str:
    return f".{os.path.basename(path)[:100]}."


@contextlib.contextmanager
def _temporary_file(path: str, content: bytes) -> "Iterator[str]":
    """Have a new file of mode 0600 beside a path inside a `with` block.

    It may be moved away in there.
    """
    folder = os.path.dirname(path)
    try:
        descriptor, temporary = tempfile.mkstemp(TEMPORARY_SUFFIX, _temporary_prefix(path), folder)
    except OSError as error:  # a name that nobody has heard of would explain nothing
        raise OSError(error.errno, error.strerror, folder) from None
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _prepare(temporary: str, path: str, old: Optional[Snapshot], mode: int) -> None:
    """Give a new file the access that the old one has."""
    descriptor = os.open(temporary, os.O_RDWR)
    try:
        if old is not None:
            give_access(descriptor, old.access)
            return
        give_owner_of_folder(descriptor, os.path.dirname(path))
        if os.name != "nt":
            os.fchmod(descriptor, mode)
    except AccessError as error:
        raise ConfigConflict(str(error)) from None
    finally:
        os.close(descriptor)


def _require_unchanged(path: str, old: Optional[Snapshot]) -> None:
    """Raise ChangedMeanwhileError unless a file is as it was read."""
    current = read_file(path)
    if old is None or current is None:
        if current is not old:
            raise ChangedMeanwhileError
    elif (current.content, current.access) != (old.content, old.access):
        raise ChangedMeanwhileError


def _make_backup(path: str, old: Optional[Snapshot], keep_backup: bool) -> Optional[str]:
    """Leave the old content beside a file, if there was one and a backup is wanted.

    Return where, None if there is such a file from an earlier time.
    """
    if old is None or not keep_backup:
        return None
    backup = path + BACKUP_SUFFIX
    try:
        mode = os.lstat(backup).st_mode
    except FileNotFoundError:
        mode = 0
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode):
        raise ConfigConflict(f"{backup}, where its backup goes, is a folder: move it away")
    _copy_to(backup, path, old)
    return backup


def _copy_to(target: str, path: str, old: Snapshot) -> None:
    """Move a copy of the old content, mode 0600, onto a name.

    What a link of that name points to stays as it is.
    """
    with _temporary_file(path, old.content) as temporary:
        if os.name != "nt" and os.geteuid() == 0:
            os.chown(temporary, old.access.owner, old.access.group)
        _move(temporary, target, lambda: None)


def _move(source: str, target: str, check: Callable[[], None]) -> None:
    """Move a file onto a name; on Windows, wait until nobody has that one open any more.

    check: called before each attempt, since whoever has it open may write it; raises if it must
        not be replaced any more
    """
    deadline = time.monotonic() + MOVE_TIMEOUT
    while True:
        try:
            check()
            os.replace(source, target)
            return
        except PermissionError:
            if os.name != "nt" or time.monotonic() > deadline:
                raise
        time.sleep(POLL_INTERVAL)


def _write_in_place(
    path: str, old: Optional[Snapshot], content: bytes, backup: Optional[str]
) -> None:
    """Write over the content of a file, while a complete copy of it is beside it."""
    if old is None:
        raise ConfigConflict("it cannot be made here")
    rescue = backup
    if rescue is None:
        rescue = path + RESCUE_SUFFIX
        if os.path.lexists(rescue):
            raise ConfigConflict(
                f"a write of it was interrupted: compare it with {rescue}, then remove that"
            )
        _copy_to(rescue, path, old)
    print_safely(
        f"{path} can only be written in place; until that is done, its old content is in {rescue}",
        sys.stderr,
    )
    sys.stderr.flush()
    _require_unchanged(path, old)
    with open(path, "r+b") as file:
        try:
            _overwrite(file.fileno(), content)
        except OSError:
            _overwrite(file.fileno(), old.content)
            raise
    if rescue != backup:
        os.unlink(rescue)


def _overwrite(descriptor: int, content: bytes) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.ftruncate(descriptor, len(content))
    os.fsync(descriptor)


def _sync_folder(folder: str) -> None:
    """Have the system write down that a name stands for another file now."""
    if os.name == "nt":
        return
    # A folder may be written and not read; the move is done all the same
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
