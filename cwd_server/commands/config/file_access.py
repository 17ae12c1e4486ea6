"""Who may do what with a file: its owner, group, mode and, on Linux, its access control list.

A file that takes another one's place has to have all of them, or the edit is refused: a secret
must not become readable, and nobody must be locked out.
"""

import errno
import os
import stat
from typing import NamedTuple, Optional, Tuple

ACCESS_LIST = "system.posix_acl_access"  # acl(5); its bytes are copied as they are
# The file system keeps no such lists, or this file has none
_NO_ACCESS_LIST = ("ENODATA", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EPERM")


class Access(NamedTuple):
    """What the system keeps of a file's access."""

    owner: int
    group: int
    mode: int  # permission bits
    access_list: Optional[bytes]
    attributes: Tuple[Tuple[str, bytes], ...]  # the user's extended attributes, xattr(7)


class AccessError(Exception):
    """Another file cannot be given the same access; str() says what would change."""


def read_access(descriptor: int) -> Access:
    """Return the access to an open file."""
    status = os.fstat(descriptor)
    return Access(
        status.st_uid,
        status.st_gid,
        stat.S_IMODE(status.st_mode),
        _read_list(descriptor),
        _read_attributes(descriptor),
    )


def give_access(descriptor: int, wanted: Access) -> None:
    """Make the access to an open file what is wanted; raise AccessError if that is impossible."""
    if os.name == "nt":
        return
    current = read_access(descriptor)
    if (current.owner, current.group) != (wanted.owner, wanted.group):
        try:
            os.fchown(descriptor, wanted.owner, wanted.group)
        except OSError:
            raise AccessError(
                f"it belongs to user {wanted.owner}, group {wanted.group}, and would not any more"
            ) from None
    os.fchmod(descriptor, wanted.mode)
    _write_list(descriptor, wanted.access_list)
    for name, value in wanted.attributes:
        os.setxattr(descriptor, name, value)
    if read_access(descriptor) != wanted:
        raise AccessError("its owner, mode, access control list or attributes would change")


def give_owner_of_folder(descriptor: int, folder: str) -> None:
    """Give a new file of root's the owner of its folder, as under sudo in a user's home."""
    if os.name == "nt" or os.geteuid() != 0:
        return
    status = os.stat(folder)
    os.fchown(descriptor, status.st_uid, status.st_gid)


def make_folders(folder: str) -> None:
    """Make a folder and what is missing above it.

    They belong to whom the one belongs that was there.
    """
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        above = os.path.dirname(folder)
        if above == folder:
            break
        folder = above
    for new in reversed(missing):
        try:
            os.mkdir(new)
        except FileExistsError:
            if not os.path.isdir(new):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), new) from None
            continue
        if os.name != "nt" and os.geteuid() == 0:
            status = os.stat(os.path.dirname(new))
            os.chown(new, status.st_uid, status.st_gid)


def _read_list(descriptor: int) -> Optional[bytes]:
    if not hasattr(os, "getxattr"):  # not Linux
        return None
    try:
        return os.getxattr(descriptor, ACCESS_LIST)
    except OSError as error:
        if errno.errorcode.get(error.errno or 0) in _NO_ACCESS_LIST:
            return None
        raise


def _read_attributes(descriptor: int) -> "Tuple[Tuple[str, bytes], ...]":
    if not hasattr(os, "listxattr"):  # not Linux
        return ()
    try:
        names = os.listxattr(descriptor)
    except OSError:  # this file system has none
        return ()
    attributes = []
    for name in sorted(names):
        if name.startswith("user."):
            attributes.append((name, os.getxattr(descriptor, name)))
    return tuple(attributes)


def _write_list(descriptor: int, access_list: Optional[bytes]) -> None:
    if access_list is not None:
        try:
            os.setxattr(descriptor, ACCESS_LIST, access_list)
        except OSError:
            raise AccessError("its access control list would be lost") from None
    elif _read_list(descriptor) is not None:  # one that the folder gives to new files
        os.removexattr(descriptor, ACCESS_LIST)
