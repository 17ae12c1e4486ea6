"""Locks: our own writers of one folder wait for one another, and for a client that locks its file.

The lock is advisory. Who does not know it is noticed by the comparison before the write
(`safe_write`).
"""

import contextlib
import os
import time
from typing import Callable, Iterator, Optional

from cwd_server.commands.config.edits import ConfigConflict

POLL_INTERVAL = 0.02  # seconds
FOLDER_TIMEOUT = 60  # seconds to wait for our own writers, each of which takes milliseconds
LOCK_FILE = ".cwd_server.lock"  # on Windows
STALE_AGE = 10  # seconds after which whoever made a lock is dead: Claude Code's own figure, too
CLIENT_TIMEOUT = 5  # seconds to wait for a client


@contextlib.contextmanager
def locked_folder(folder: str) -> "Iterator[None]":
    """Keep our other writers out of a folder inside a `with` block.

    Raise ConfigConflict after a minute.
    """
    if os.name == "nt":
        with exclusive_file(os.path.join(folder, LOCK_FILE)):
            yield
        return
    descriptor = _open_folder(folder)
    try:
        if descriptor is not None:
            _lock_descriptor(descriptor, folder)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)  # and with it the lock, which leaves nothing behind


def _open_folder(folder: str) -> Optional[int]:
    try:
        return os.open(folder, os.O_RDONLY)
    except PermissionError:  # a folder may be written and not read; the comparison has to do
        return None


def _lock_descriptor(descriptor: int, folder: str) -> None:
    import fcntl

    deadline = time.monotonic() + FOLDER_TIMEOUT
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise ConfigConflict(f"another cwd_server writes in {folder}: try again") from None
            time.sleep(POLL_INTERVAL)
        except OSError:  # a network's file system without locks
            return


@contextlib.contextmanager
def exclusive_file(path: str) -> "Iterator[None]":
    """Have a file inside a `with` block that nobody else can make at the same time."""
    deadline = time.monotonic() + FOLDER_TIMEOUT
    while True:
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            break
        except (FileExistsError, PermissionError):  # the second while it is being removed
            _remove_stale(path, os.unlink)
            if time.monotonic() > deadline:
                raise ConfigConflict(f"another cwd_server writes here: {path}") from None
            time.sleep(POLL_INTERVAL)
    try:
        yield
    finally:
        os.close(descriptor)
        with contextlib.suppress(OSError):
            os.unlink(path)


@contextlib.contextmanager
def client_lock(path: str) -> "Iterator[None]":
    """Hold the folder FILE.lock inside a `with` block, as Claude Code does around each write.

    Its library is proper-lockfile: whoever makes the folder has the lock, and one older than 10 s
    is stale.
    """
    lock = path + ".lock"
    deadline = time.monotonic() + CLIENT_TIMEOUT
    is_ours = True
    while True:
        try:
            os.mkdir(lock)
            break
        except FileExistsError:
            _remove_stale(lock, os.rmdir)
            if time.monotonic() > deadline:
                raise ConfigConflict(
                    f"its client is writing it ({lock} is there): try again"
                ) from None
            time.sleep(POLL_INTERVAL)
        except OSError:  # nobody can make it here, its client neither
            is_ours = False
            break
    try:
        yield
    finally:
        if is_ours:
            with contextlib.suppress(OSError):
                os.rmdir(lock)


def _remove_stale(path: str, remove: "Callable[[str], None]") -> None:
    with contextlib.suppress(OSError):
        if time.time() - os.stat(path).st_mtime > STALE_AGE:
            remove(path)
