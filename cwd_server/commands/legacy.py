"""What commands of 1.0 share; each goes with the last command that uses it."""

import os
import sys
from typing import Any, NoReturn

from cwd_server import location
from cwd_server.commands.cli import did_you_mean
from cwd_server.commands.errors import CommandError, UsageError
from cwd_server.protocol.revisions import CAPABILITIES_KEY, MODERN_REVISION, VERSION_KEY

# What makes a request a modern one
META = {"_meta": {VERSION_KEY: MODERN_REVISION, CAPABILITIES_KEY: {}}}


def fail(text: str, status: int = 2) -> NoReturn:
    """Raise what is wrong."""
    if status == 1:
        raise CommandError(text)
    raise UsageError(text)


def find(kind: str, name: str, known: "dict[str, Any]") -> Any:
    """Return what is known by a name; if nothing is, fail with the closest one."""
    if name not in known:
        fail(f"no {kind} '{name}'{did_you_mean(name, known)}")
    return known[name]


def own_words(options: Any) -> "list[str]":
    """Return the words with which a client starts this server; all paths are absolute."""
    # Tools of a user's own may import what is installed, which -I and -S hide
    words = [sys.executable, location.program_path()]
    if not (options.tools or options.packed):
        words = [sys.executable, "-I", "-S", location.program_path()]
    for path in options.tools:
        words += ["--tools", absolute(path)]
    if options.cwd is not None:
        variable = "${" in options.cwd  # the client's to replace
        if not variable and not os.path.isdir(absolute(options.cwd)):
            fail(f"--cwd {options.cwd}: no such directory")
        words += ["--cwd", options.cwd if variable else absolute(options.cwd)]
    return words


def absolute(path: str) -> str:
    """Return a path that is the same from every directory."""
    return os.path.abspath(os.path.expanduser(path))
