"""The command line beyond serving, imported only when it is asked for: a command is a row of `COMMANDS`."""

import argparse
import difflib
import os
import sys
from hashlib import sha256
from importlib import import_module
from typing import Any, Iterable, NoReturn

from cwd_server.__main__ import offered
from cwd_server.revisions import LEGACY_REVISIONS, MODERN_REVISIONS
from cwd_server.toolkit import DeclarationError

# This file, in the words that make Python run it: the archive, or the folder of the package
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILE = ROOT if os.path.isfile(ROOT) else os.path.join(ROOT, "cwd_server")
PROGRAM = os.path.basename(FILE) if os.path.isfile(FILE) else "python -m cwd_server"

FLAG: "dict[str, Any]" = {"action": "store_true"}
MAYBE: "dict[str, Any]" = {"nargs": "?"}
COMMON = {  # `Options` reads them; here for --help
    "--cwd": ("the directory to be in while serving", {"metavar": "DIR"}),
    "--tools": ("offer the tools of FILE (repeatable)", {"metavar": "FILE"}),
    "--verbose": ("log every line received and sent to stderr", FLAG),
}
VERSION = ("print it; with --verbose, all that tells which file this is", FLAG)
# name: the module that has run_NAME(options) -> exit status, what it does, an example, its arguments
COMMANDS: "dict[str, Any]" = {
    "list": ("call", "list the tools that are offered", "list --json", {"--json": ("as tools/list does", FLAG)}),
    "call": ("call", "call a tool and print its answer", "call get_cwd --cwd ~/project", {
        "name": ("the tool", {}),
        "arguments": ("an argument; JSON, if not a string", {"metavar": "key=value", "nargs": "*"}),
        "--json": ("arguments; prints the whole result", {"metavar": "OBJECT", "nargs": "?", "const": "{}"}),
    }),
    "config": ("config", "print the entry for a client's configuration, or add it", "config cursor --cwd ~/project", {
        "client": ("without it: all clients, and their files", MAYBE),
        "--name": ("what the client calls this server", {}),
        "--project": ("take the file of this directory's project", FLAG),
        "--write": ("add the entry to the client's file", FLAG),
        "--file": ("the client's file, if it is somewhere else", {}),
    }),
    "check": ("check", "find out why a client cannot start this server, or those in FILE", "check mcp.json", {
        "file": ("a client's configuration, JSON or TOML", MAYBE),
    }),
    "pack": ("pack", "write one file that is a server with the tools of FILES", "pack my_tools.py -o mine.pyz", {
        "files": ("tools files", {"nargs": "+"}),
        "-o": ("the archive to write", {"dest": "output", "metavar": "OUT", "required": True}),
        "--name": ("its name (without it: that of OUT)", {}),
        "--version": ("its version (without it: 1.0.0)", {"dest": "version_of", "metavar": "VERSION"}),
        "--title": ("what people call it", {}),
        "--entry-cwd-tool": ("offer get_cwd as well", FLAG),
    }),
}  # fmt: skip


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave."""
        fail(message)


def parse(words: "list[str]", options: Any) -> None:
    """Add to the options what the other words ask for; leave for --help and for wrong usage."""
    options.command = command = "" if words[0].startswith("-") else words.pop(0)
    if command and command not in COMMANDS:
        fail("no command" + unknown(command, COMMANDS))
    if command:
        _, does, example, arguments = COMMANDS[command]
        epilog = "example: %s %s" % (PROGRAM, example)
    else:
        does, arguments = "Serve MCP on stdin and stdout, as clients want it, or run a command.", {"--version": VERSION}
        epilog = "commands:\n" + "".join("    %-8s%s\n" % (name, row[1]) for name, row in COMMANDS.items())
        epilog += "\nexamples:\n" + "".join("  %s %s\n" % (PROGRAM, row[2]) for row in COMMANDS.values())
    program, layout = "%s %s" % (PROGRAM, command or "[COMMAND]"), argparse.RawDescriptionHelpFormatter
    parser = Parser(program, None, does, epilog, formatter_class=layout, allow_abbrev=False)
    for name, (text, details) in [*arguments.items(), *COMMON.items()]:
        metavar = {} if name.startswith("-") else {"metavar": name.upper()}
        parser.add_argument(name, help=text, **dict(metavar, **details))
    parser.parse_args(words, options)


def main(words: "list[str]", options: Any, packed: object = None) -> int:
    """Run the command that `words` and the options of serving ask for; return the exit status."""
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    try:
        try:
            parse(words, options)
            options.packed, options.offered = packed, offered(options, packed)
            if not options.command:
                return print_version(options)
            module = import_module("cwd_server.commands." + COMMANDS[options.command][0])
            status: int = getattr(module, "run_" + options.command)(options)
            return status
        finally:
            sys.stdout.flush()
    except DeclarationError as error:
        say("cwd_server: %s" % error, sys.stderr)
        return 2
    except BrokenPipeError:  # nobody reads on: stdout leads nowhere now, so that flushing it at exit works
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1


def print_version(options: Any) -> int:
    """Print the version; with --verbose, all that tells which file this is."""
    if not options.version:
        fail("a command is missing")
    say("%(name)s %(version)s" % options.offered[1])
    if options.verbose:
        say("revisions  %s" % " ".join(LEGACY_REVISIONS + MODERN_REVISIONS))
        say("Python     %s, %s" % (sys.version.split()[0], sys.executable))
        say("file       %s" % FILE)
        if os.path.isfile(FILE):
            with open(FILE, "rb") as file:
                say("SHA-256    %s" % sha256(file.read()).hexdigest())
    return 0


# What the commands share


def say(text: str, stream: Any = None) -> None:
    """Print a line, with escapes for what the encoding of the stream cannot say."""
    stream = stream or sys.stdout
    stream.write(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding) + "\n")


def fail(text: str, status: int = 2) -> NoReturn:
    """Say what is wrong and leave with an exit status, by default that of wrong usage."""
    say("cwd_server: %s%s" % (text, "; see --help" if status == 2 else ""), sys.stderr)
    sys.exit(status)


def unknown(word: str, words: "Iterable[str]") -> str:
    """Return `word` in quotes, with what it may be meant to be."""
    close = difflib.get_close_matches(word, words, 1, 0.5)
    return " '%s'" % word + (": did you mean '%s'?" % close[0] if close else "")


def own_words(options: Any) -> "list[str]":
    """Return the words with which a client starts this server; all paths are absolute."""
    # Tools of a user's own may import what is installed, which -I and -S hide
    words = [sys.executable, FILE] if options.tools or options.packed else [sys.executable, "-I", "-S", FILE]
    for path in options.tools:
        words += ["--tools", absolute(path)]
    if options.cwd is None:
        return words
    if "${" in options.cwd:  # a variable is the client's to replace
        return [*words, "--cwd", options.cwd]
    if not os.path.isdir(absolute(options.cwd)):
        fail("--cwd %s: no such directory" % options.cwd)
    return [*words, "--cwd", absolute(options.cwd)]


def absolute(path: str) -> str:
    """Return a path that is the same from every directory."""
    return os.path.abspath(os.path.expanduser(path))
