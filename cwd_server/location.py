"""Where this program is: an archive, or the folder of a source tree.

Found once, at the start: --cwd changes what a relative path means, and the archive may be replaced
or removed while it serves.
"""

import os

# What holds the package cwd_server: the archive's path, or a folder
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

TOOLS_FOLDER = "tools"  # where `pack` puts a user's own tools in an archive

_is_archive = os.path.isfile(ROOT)


def runs_from_archive() -> bool:
    """Whether this program is an archive rather than a folder."""
    return _is_archive


def program_path() -> str:
    """Return the absolute path that Python is given to start this program."""
    if runs_from_archive():
        return ROOT
    return os.path.join(ROOT, "cwd_server")


def program_name() -> str:
    """Return what a user types to start this program, without the interpreter."""
    if runs_from_archive():
        return os.path.basename(ROOT)
    return "python -m cwd_server"


def packed_tools_folder() -> str:
    """Return the path of a user's own tools in the archive that runs."""
    return os.path.join(ROOT, TOOLS_FOLDER)
