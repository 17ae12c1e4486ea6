"""Where the user's home directory is, and paths that are the same from every directory."""

import os
from typing import Mapping

from cwd_server.commands.errors import CommandError


def find_home(environ: "Mapping[str, str]" = os.environ) -> str:
    """Return the user's home directory; raise CommandError if there is none.

    `os.path.expanduser` is no use here: without a home it returns the `~`, and makes `/` of an
    empty one.
    """
    if os.name == "nt":
        return require_absolute(environ.get("USERPROFILE", ""), "USERPROFILE")
    if "HOME" in environ:
        return require_absolute(environ["HOME"], "HOME")
    import pwd

    try:
        home = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        raise CommandError("cannot tell where your home directory is: set HOME") from None
    return require_absolute(home, "your home directory")


def require_absolute(folder: str, source: str) -> str:
    """Return a folder; raise CommandError, naming its source, unless it is an absolute path."""
    if not folder:
        raise CommandError(f"{source} is empty: it must be an absolute path")
    if not os.path.isabs(folder):
        raise CommandError(f"{source} must be an absolute path, not {folder}")
    return folder


def to_absolute(path: str) -> str:
    """Return a path that is the same from every directory; `~` is the home directory."""
    first, _, rest = path.partition("/")
    if first == "~":
        return os.path.abspath(os.path.join(find_home(), rest))
    return os.path.abspath(os.path.expanduser(path))
