"""The command line beyond serving, imported only when it is asked for: a command is a row of `COMMANDS`."""

import argparse
import difflib
import os
import sys
from contextlib import redirect_stdout
from hashlib import sha256
from importlib import import_module
from typing import Any, NoReturn

from cwd_server.__main__ import offered
from cwd_server.protocol.session import CAPABILITIES_KEY, VERSION_KEY
from cwd_server.protocol.revisions import LEGACY_REVISIONS, MODERN_REVISIONS

# This file, in the words that make Python run it: the archive, or the folder of the package
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILE = ROOT if os.path.isfile(ROOT) else os.path.join(ROOT, "cwd_server")
PROGRAM = os.path.basename(FILE) if os.path.isfile(FILE) else "python -m cwd_server"

FLAG: "dict[str, Any]" = {"action": "store_true"}
COMMON = {  # `Options` reads them; here for --help
    "--cwd": {"metavar": "DIR", "help": "the directory to be in while serving"},
    "--tools": {"metavar": "FILE", "help": "offer the tools of FILE (repeatable)"},
    "--verbose": dict(FLAG, help="log every line received and sent to stderr"),
}
# name: the module that has run_NAME(options) -> exit status, what it does, an example, its arguments for argparse
COMMANDS: "dict[str, Any]" = {
    "": ("", "serve MCP on stdin and stdout, as clients want it; or run a COMMAND", "--cwd ~/project", {
        "--version": dict(FLAG, help="print it; with --verbose, all that tells which file this is"),
    }),
    "list": ("call", "list the tools that are offered", "list --json", {"--json": dict(FLAG, help="all of it")}),
    "call": ("call", "call a tool and print its answer, with --json all of it", "call get_cwd --cwd ~/project", {
        "name": {},
        "arguments": {"metavar": "key=value", "nargs": "*", "default": (), "help": "JSON, if not a string"},
        "--json": {"metavar": "OBJECT", "nargs": "?", "const": "{}", "help": "more arguments"},
    }),
    "config": ("config", "print the entry for a client's configuration, or add it", "config cursor --cwd ~/project", {
        "client": {"nargs": "?", "help": "without it: all clients, and their files"},
        "--write": dict(FLAG, help="add the entry to the client's file"),
        "--project": dict(FLAG, help="take the file of this directory's project"),
        "--file": {"help": "the client's file, if it is somewhere else"},
        "--name": {"help": "what the client calls this server"},
    }),
    "check": ("check", "find out why a client cannot start this server, or those in FILE", "check mcp.json", {
        "file": {"nargs": "?", "help": "a client's configuration, JSON or TOML"},
    }),
    "pack": ("pack", "write one file that is a server with the tools of FILES", "pack my_tools.py -o mine.pyz", {
        "files": {"nargs": "+", "help": "where the tools are"},
        "-o": {"dest": "output", "required": True, "metavar": "OUT", "help": "the archive to write"},
        "--name": {"help": "of the server; without it, that of OUT"}, "--version": {"help": "without it, 1.0.0"},
        "--title": {"help": "for people"}, "--entry-cwd-tool": dict(FLAG, help="offer get_cwd as well"),
    }),
}  # fmt: skip


def parse(words: "list[str]", options: Any) -> None:
    """Add to the options what the other words ask for; leave for --help and for wrong usage."""
    options.command = command = "" if words[0].startswith("-") else words.pop(0)
    _, does, _, arguments = row = find("command", command, COMMANDS)
    rows = [row] if command else COMMANDS.values()
    epilog = "for example:\n" + "".join("  %s %s\n      %s\n" % (PROGRAM, row[2], row[1]) for row in rows)
    program, layout = "%s %s" % (PROGRAM, command or "[COMMAND]"), argparse.RawDescriptionHelpFormatter
    parser: Any = argparse.ArgumentParser(program, None, does, epilog, formatter_class=layout, allow_abbrev=False)
    parser.error = fail
    for name, details in {**arguments, **COMMON}.items():
        parser.add_argument(name, **details)
    parser.parse_args(words, options)


def main(words: "list[str]", options: Any, packed: object = None) -> int:
    """Run the command that `words` and the options of serving ask for; return the exit status."""
    out, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    # Escapes stand for what the encoding cannot say
    said = open(out.fileno(), "w", encoding=out.encoding, errors="backslashreplace", closefd=False)  # noqa: SIM115
    try:
        with said, redirect_stdout(said):
            parse(words, options)
            options.packed, options.offered = packed, offered(options, packed)
            if not options.command:
                return print_version(options)
            module = import_module("cwd_server.commands." + COMMANDS[options.command][0])
            return int(getattr(module, "run_" + options.command)(options))
    except ValueError as error:  # something that the user said is not as it should be
        print("cwd_server: %s" % error, file=sys.stderr)
        return 2
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # nobody reads on, as behind `head`
            print("cwd_server: %s: %s" % (error.filename or "stdout", error.strerror), file=sys.stderr)
        return 1


def print_version(options: Any) -> int:
    """Print the version; with --verbose, all that tells which file this is."""
    if not options.version:
        fail("a command is missing")
    print("%(name)s %(version)s" % options.offered[1])
    if options.verbose:
        print("revisions ", *LEGACY_REVISIONS, *MODERN_REVISIONS)
        print("Python     %s, %s" % (sys.version.split()[0], sys.executable))
        print("file      ", FILE)
        if os.path.isfile(FILE):
            with open(FILE, "rb") as file:
                print("SHA-256   ", sha256(file.read()).hexdigest())
    return 0


# What makes a request a modern one
META = {"_meta": {VERSION_KEY: MODERN_REVISIONS[-1], CAPABILITIES_KEY: {}}}


def fail(text: str, status: int = 2) -> NoReturn:
    """Say what is wrong and leave with an exit status, by default that of wrong usage."""
    print("cwd_server: %s%s" % (text, "; see --help" if status == 2 else ""), file=sys.stderr)
    sys.exit(status)


def find(kind: str, name: str, known: "dict[str, Any]") -> Any:
    """Return what is known by a name; if nothing is, leave with what the name may be meant to be."""
    if name not in known:
        close = difflib.get_close_matches(name, known, 1, 0.5)
        fail("no %s '%s'%s" % (kind, name, ": did you mean '%s'?" % close[0] if close else ""))
    return known[name]


def own_words(options: Any) -> "list[str]":
    """Return the words with which a client starts this server; all paths are absolute."""
    # Tools of a user's own may import what is installed, which -I and -S hide
    words = [sys.executable, FILE] if options.tools or options.packed else [sys.executable, "-I", "-S", FILE]
    for path in options.tools:
        words += ["--tools", absolute(path)]
    if options.cwd is not None:
        variable = "${" in options.cwd  # the client's to replace
        if not variable and not os.path.isdir(absolute(options.cwd)):
            fail("--cwd %s: no such directory" % options.cwd)
        words += ["--cwd", options.cwd if variable else absolute(options.cwd)]
    return words


def absolute(path: str) -> str:
    """Return a path that is the same from every directory."""
    return os.path.abspath(os.path.expanduser(path))
