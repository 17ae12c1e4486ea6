"""How folders and files lie to each other, as `pack` needs it."""

import os


def same_drive(first: str, second: str) -> bool:
    """Whether two paths are on one drive: always, but on Windows."""
    return os.path.splitdrive(first)[0].lower() == os.path.splitdrive(second)[0].lower()


def levels_between(upper: str, lower: str) -> int:
    """Return how many folders a folder is below an upper one."""
    return len(os.path.relpath(lower, upper).split(os.sep))


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or in it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
