"""Whether files have changed, and whether anybody else could change them."""

import os
import stat
from typing import Optional, Tuple

FileState = Optional[Tuple[str, int, int, int, int]]


def state_of(path: str) -> FileState:
    """Return what tells one content of a file from another, or None if there is no file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    target = os.path.realpath(path)
    return target, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def writable_by_others(path: str) -> Optional[str]:
    """Return why somebody else could change what a path names, or None.

    Looked at are the file and the folders above it. On Windows, where modes say nothing, nobody
    is suspected.
    """
    if os.name != "posix":
        return None
    path = os.path.realpath(path)
    reason = _reason(path)
    folder = os.path.dirname(path)
    if reason is None:
        reason = _reason(folder)
    while reason is None and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
        # In a sticky folder, as /tmp is, nobody can move what is somebody else's
        if not os.stat(folder).st_mode & stat.S_ISVTX:
            reason = _reason(folder)
    return reason


def _reason(path: str) -> Optional[str]:
    status = os.stat(path)
    if status.st_uid not in (os.geteuid(), 0):
        return f"{path} belongs to another user"
    if status.st_mode & stat.S_IWOTH:
        return f"{path} may be written by everybody"
    if status.st_mode & stat.S_IWGRP and not _is_private_group(status.st_gid):
        return f"{path} may be written by the members of a group"
    return None


def _is_private_group(gid: int) -> bool:
    """Whether a group has the user alone in it, as most Linux systems make one for each."""
    import grp
    import pwd

    if gid == 0 and os.geteuid() == 0:
        return True
    try:
        group = grp.getgrgid(gid)
        user = pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return user.pw_gid == gid and all(member == user.pw_name for member in group.gr_mem)
