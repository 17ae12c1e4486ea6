"""The command line beyond serving, imported only when it is asked for: a command is a row of `COMMANDS`."""

import argparse
import difflib
import os
import re
import sys
from argparse import SUPPRESS, Namespace
from hashlib import sha256
from importlib import import_module
from typing import Any, Dict, Iterable, List, NoReturn, Tuple

from cwd_server.__main__ import offered
from cwd_server.revisions import LEGACY_REVISIONS, MODERN_REVISIONS
from cwd_server.toolkit import DeclarationError

# This file, in the words that make Python run it: the archive, or the folder of the package
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILE = ROOT if os.path.isfile(ROOT) else os.path.join(ROOT, "cwd_server")
PROGRAM = os.path.basename(FILE) if os.path.isfile(FILE) else "python -m cwd_server"


class Collect(argparse.Action):
    """Gather the values of an option, before and behind the command alike; `append` forgets the former."""

    def __call__(self, parser: Any, namespace: Namespace, value: Any, option: Any = None) -> None:
        """Add a value."""
        self.default.append(value)
        namespace.tools = self.default


Arguments = Dict[str, Dict[str, Any]]
COMMON: Arguments = {  # of serving and of every command
    "--cwd": {"metavar": "DIR", "default": SUPPRESS, "help": "the directory to be in while serving"},
    "--tools": {"metavar": "FILE", "action": Collect, "default": [], "help": "offer the tools of FILE (repeatable)"},
    "--verbose": {"action": "store_true", "default": SUPPRESS, "help": "log every line received and sent to stderr"},
}
# name: the module that has run_NAME, which takes the options and returns the exit status; what it does; an example
COMMANDS: Dict[str, Tuple[str, str, str, Arguments]] = {
    "list": ("call", "list the tools that are offered", "list --json", {
        "--json": {"action": "store_true", "help": "as tools/list gives them"},
    }),
    "call": ("call", "call a tool and print its answer", "call get_cwd --cwd ~/project", {
        "name": {"metavar": "NAME", "help": "the tool"},
        "arguments": {"metavar": "key=value", "nargs": "*", "help": "an argument: JSON, where it is not a string"},
        "--json": {"metavar": "OBJECT", "nargs": "?", "const": "{}", "help": "arguments; prints the whole result"},
    }),
    "config": ("config", "print the entry for a client's configuration, or add it", "config cursor --cwd ~/project", {
        "client": {"metavar": "CLIENT", "nargs": "?", "help": "without it: the clients, and where their files are"},
        "--name": {"help": "what the client is to call this server"},
        "--project": {"action": "store_true", "help": "take the file of the project in this directory"},
        "--write": {"action": "store_true", "help": "add the entry to the client's file"},
        "--file": {"help": "the client's file, if it is somewhere else"},
    }),
    "check": ("check", "find out why a client cannot start this server, or those in FILE", "check ~/.cursor/mcp.json", {
        "file": {"metavar": "FILE", "nargs": "?", "help": "a client's configuration, JSON or TOML"},
    }),
    "pack": ("pack", "write a server of your own, in one file, that offers the tools of FILES",
             "pack my_tools.py -o mine.pyz", {
        "files": {"metavar": "FILE", "nargs": "+", "help": "a tools file"},
        "-o": {"dest": "output", "metavar": "OUT", "required": True, "help": "the archive to write"},
        "--name": {"help": "what the server is called (without it: as OUT)"},
        "--version": {"dest": "version_of", "metavar": "VERSION", "help": "its version (without it: 1.0.0)"},
        "--title": {"help": "what people call it"},
        "--entry-cwd-tool": {"action": "store_true", "help": "offer get_cwd as well"},
    }),
}  # fmt: skip


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, with a suggestion for a mistyped command, and leave."""
        mistyped = re.search("invalid choice: '(.*?)'", message)
        fail("no command" + unknown(mistyped.group(1), COMMANDS) if mistyped else message)


def parse(argv: List[str]) -> Namespace:
    """Return the options; leave for --help and for wrong usage."""
    examples = "".join("\n  %s %s" % (PROGRAM, example) for _, _, example, _ in COMMANDS.values())
    top = Parser(
        PROGRAM, None, "Serve MCP on stdin and stdout, as clients want it, or run a command.", "examples:" + examples,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    top.add_argument("--version", action="store_true", help="print it; with --verbose, all that identifies this file")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    parsers = [(top, COMMON)]
    for name, (_, does, example, arguments) in COMMANDS.items():
        command = commands.add_parser(
            name, help=does, description=does, epilog="example: %s %s" % (PROGRAM, example), allow_abbrev=False
        )
        parsers += [(command, arguments), (command, COMMON)]
    for parser, arguments in parsers:
        for name, details in arguments.items():
            parser.add_argument(name, **details)
    options, rest = top.parse_known_args(argv, Namespace(cwd=None, verbose=False))
    if options.command == "call" and not any(word.startswith("-") for word in rest):
        options.arguments += rest  # argparse takes no key=value behind an option
    elif rest or not (options.command or options.version):
        fail("unknown: %s" % " ".join(rest) if rest else "a command is missing")
    return options


def main(argv: List[str], packed: object = None) -> int:
    """Run the command that `argv` asks for; return the exit status."""
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    try:
        try:
            options = parse(argv)
            options.packed, options.offered = packed, offered(options, packed)
            if options.version:
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


def print_version(options: Namespace) -> int:
    """Print the version; with --verbose, all that tells which file this is."""
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


def unknown(word: str, words: Iterable[str]) -> str:
    """Return `word` in quotes, with what it may be meant to be."""
    close = difflib.get_close_matches(word, list(words), 1, 0.5)
    return " '%s'" % word + (": did you mean '%s'?" % close[0] if close else "")


def own_words(options: Namespace) -> List[str]:
    """Return the words with which a client starts this server; all paths are absolute."""
    # Tools of a user's own may import what is installed, which -I and -S hide
    isolated = [] if options.tools or options.packed else ["-I", "-S"]
    words, cwd = [sys.executable, *isolated, FILE], options.cwd
    words += [word for path in options.tools for word in ("--tools", os.path.abspath(os.path.expanduser(path)))]
    if cwd is not None and "${" not in cwd:  # a variable is the client's to replace
        cwd = os.path.abspath(os.path.expanduser(cwd))
        if not os.path.isdir(cwd):
            fail("--cwd %s: no such directory" % cwd)
    return words if cwd is None else [*words, "--cwd", cwd]
