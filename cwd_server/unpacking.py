"""The files of a packed server's tools in a folder, for tools that open what lies beside them.

They are unpacked once, into the user's cache, under the digest of all of them. Code will be
imported from there, so the folder is used only if nobody but this user can have written it.
Otherwise, and where there is no cache, a private folder is made for this run and removed at its
end.
"""

import atexit
import os
import shutil
import stat
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Dict, Optional

from cwd_server import location, snapshot
from cwd_server.errors import UserError

if TYPE_CHECKING:
    from cwd_server.json_types import JSONObject

UNUSED_DAYS = 30  # after which what an older version of a server has unpacked goes
DAY = 24 * 60 * 60  # seconds
SAFE_LETTERS = "-.0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TOOLS = location.TOOLS_FOLDER + "/"
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


class UnpackError(UserError):
    """There is no place to unpack to."""

    exit_status = 1


def unpacked_folder(server: str, unpack: "JSONObject") -> str:
    """Return the folder that has a packed server's files, unpacking them if they are not there.

    server: its name
    unpack: the `digest` of all its files, and their `sizes` by name, as `pack` wrote them

    Raises UnpackError.
    """
    digest: str = unpack["digest"]  # type: ignore[assignment]
    sizes: Dict[str, int] = unpack["sizes"]  # type: ignore[assignment]
    try:
        cache = _own_cache()
        folder = os.path.join(cache, f"{_safe_name(server)}-{digest}")
        if not _is_complete(folder, sizes):
            _unpack_into(folder, sizes)
            _remove_unused(cache, _safe_name(server), folder)
        _note_use(folder)
    except (OSError, UnsafeFolderError):
        return _temporary_folder()
    return folder


class UnsafeFolderError(Exception):
    """A folder in which somebody else may write, or that belongs to somebody else."""


def _own_cache() -> str:
    """Return our folder in the user's cache, making it; raise UnsafeFolderError or OSError."""
    base = os.path.realpath(_cache_base())
    cache = os.path.join(base, "cwd_server")
    if os.name == "posix":
        # Before anything is made, such as root's folder in another's home
        _require_safe_parents(cache)
    os.makedirs(base, mode=0o700, exist_ok=True)
    try:
        os.mkdir(cache, 0o700)
    except FileExistsError:
        pass
    if os.name == "posix":
        _require_private(cache)
        _require_safe_parents(cache)  # those that have been made meanwhile too
    return cache


def _cache_base() -> str:
    """Return where programs of this user keep what can be made again."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = os.path.join(_home(), "Library", "Caches")
    else:  # https://specifications.freedesktop.org/basedir-spec/latest/
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):
            base = os.path.join(_home(), ".cache")
    if not os.path.isabs(base):
        raise UnsafeFolderError("there is no home")
    return base


def _home() -> str:
    """Return the user's home; raise UnsafeFolderError if there is none: nobody makes it here."""
    home = os.path.expanduser("~")
    if os.environ.get("HOME") == "" or not os.path.isdir(home):
        raise UnsafeFolderError("there is no home")
    return home


def _require_private(folder: str) -> None:
    """Raise UnsafeFolderError unless a folder is no link, and only this user may write in it."""
    status = os.lstat(folder)
    if not stat.S_ISDIR(status.st_mode):
        raise UnsafeFolderError(folder)
    if status.st_uid != os.geteuid() or status.st_mode & OTHERS_MAY_WRITE:
        raise UnsafeFolderError(folder)


def _require_safe_parents(folder: str) -> None:
    """Raise UnsafeFolderError if somebody else could put another folder in this one's place.

    The system's own folders are root's; in one that all may write, such as /tmp, the sticky bit
    protects what is ours.
    """
    parent = os.path.dirname(folder)
    while not os.path.lexists(parent):
        parent = os.path.dirname(parent)
    while True:
        status = os.lstat(parent)
        if status.st_uid not in (os.geteuid(), 0):  # such as another's home, where root runs
            raise UnsafeFolderError(parent)
        if status.st_mode & OTHERS_MAY_WRITE and not status.st_mode & stat.S_ISVTX:
            raise UnsafeFolderError(parent)
        if os.path.dirname(parent) == parent:
            return
        parent = os.path.dirname(parent)


def _is_complete(folder: str, sizes: Dict[str, int]) -> bool:
    """Whether a safe folder has exactly these files, of these sizes; else UnsafeFolderError."""
    if not os.path.lexists(folder):
        return False
    if os.name == "posix":
        _require_private(folder)
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            path = os.path.join(place, name)
            status = os.lstat(path)
            if not stat.S_ISREG(status.st_mode):
                return False
            found[os.path.relpath(path, folder).replace(os.sep, "/")] = status.st_size
    return found == sizes


def _unpack_into(folder: str, sizes: Dict[str, int]) -> None:
    """Make the folder, all of it or nothing; who does so at the same time makes the same."""
    new = tempfile.mkdtemp(prefix=".new-", dir=os.path.dirname(folder))  # mode 0700
    try:
        _write_files(new)
        if _is_complete(folder, sizes):  # somebody else was faster, and uses it already
            shutil.rmtree(new, ignore_errors=True)
            return
        if os.path.lexists(folder):  # half of it, or changed since
            old = tempfile.mkdtemp(prefix=".old-", dir=os.path.dirname(folder))
            os.rename(folder, os.path.join(old, "it"))  # Windows renames onto nothing
            shutil.rmtree(old, ignore_errors=True)
        os.rename(new, folder)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)
        if not _is_complete(folder, sizes):
            raise


def _write_files(folder: str) -> None:
    archive = snapshot.archive()
    if archive is None:
        raise UnsafeFolderError("this program is no archive")
    for name in archive.names():
        if name.startswith(TOOLS) and not name.endswith("/"):
            path = os.path.join(folder, *name[len(TOOLS) :].split("/"))
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with open(path, "wb") as file:
                file.write(archive.read(name))


def _note_use(folder: str) -> None:
    """Let the folder's date say when it was last used, to a day."""
    if time.time() - os.stat(folder).st_mtime > DAY:
        os.utime(folder)


def _remove_unused(cache: str, name: str, kept: str) -> None:
    """Remove what other versions of this server have not used lately, and what is half done."""
    for entry in os.listdir(cache):
        path = os.path.join(cache, entry)
        is_version = entry.rpartition("-")[0] == name
        if path == kept or not (is_version or entry.startswith((".new-", ".old-"))):
            continue
        limit = DAY
        if is_version:
            limit = UNUSED_DAYS * DAY
        if time.time() - os.lstat(path).st_mtime > limit:
            shutil.rmtree(path, ignore_errors=True)


def _safe_name(name: str) -> str:
    """Return a server's name as a part of a file's name."""
    kept = [letter if letter in SAFE_LETTERS else "_" for letter in name]
    return "".join(kept)[:64]


_for_this_run: Optional[str] = None


def _temporary_folder() -> str:
    """Return a private folder with the files, which is removed at the end; raise UnpackError."""
    global _for_this_run
    if _for_this_run is None:
        folder = None
        try:
            folder = tempfile.mkdtemp(prefix="cwd_server-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            _write_files(folder)
        except OSError as error:
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
            raise UnpackError(
                f"{location.program_name()} must unpack its files, and can write them neither to"
                f" the cache nor to a temporary folder: {error.strerror}"
            ) from None
        _for_this_run = folder
    return _for_this_run
