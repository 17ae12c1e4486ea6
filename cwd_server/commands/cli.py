"""The command line beside serving: `COMMANDS`, and how the one that is asked for is found and run.

A command is a module of this folder with `add_arguments(parser)` and `run(options)`, which returns
the exit status, or raises a UserError for the user to read. It is imported when it is asked for.
"""

import argparse
import errno
import importlib
import os
import sys
from typing import Dict, List, NamedTuple, NoReturn, Optional, TextIO, Tuple

from cwd_server import location
from cwd_server.app import Options, Packed, load_offering
from cwd_server.commands.errors import UsageError
from cwd_server.commands.options import CommandOptions, own_name
from cwd_server.commands.terminal import escape_controls
from cwd_server.errors import UserError
from cwd_server.wording import did_you_mean


class Command(NamedTuple):
    """A command, as --help shows it.

    module: of this folder, without its ending
    summary: what it does
    example: its arguments in an example; {tool} is a tool that is offered
    """

    module: str
    summary: str
    example: str


COMMANDS: Dict[str, Command] = {
    "list": Command("list_tools", "list the tools that are offered", "list"),
    "call": Command("call", "call a tool and print its answer", "call {tool}"),
    "new": Command("new", "write a file of tools to begin with, and its test", "new my_tools.py"),
    "config": Command(
        "config.command",
        "print or write the entry for a client's configuration",
        "config cursor --cwd ~/project",
    ),
    "check": Command(
        "check.command",
        "find out why a client cannot start this server, or those in a file",
        "check mcp.json",
    ),
    "pack": Command(
        "pack",
        "write one file that is a server with tools of your own",
        "pack my_tools.py -o mine.pyz",
    ),
    "help": Command("guide", "read the guide: tools, clients, troubleshooting", "help tools"),
    "version": Command("version", "print the version", "version"),
}


# How other programs are asked for their help
HELP_ELSEWHERE = ("-help", "-?", "/?")

# What other servers are started by
SERVING_ELSEWHERE = ("serve", "server", "start", "run", "stdio", "mcp")

# What other programs call a command, and how it is typed here
ELSEWHERE = {
    "add": "config CLIENT --write",
    "install": "config CLIENT --write",
    "setup": "config CLIENT --write",
    "remove": "config CLIENT --remove",
    "uninstall": "config CLIENT --remove",
    "init": "new my_tools.py",
    "create": "new my_tools.py",
    "doctor": "check",
    "test": "check",
    "status": "check",
    "bundle": "pack my_tools.py -o mine.pyz",
    "build": "pack my_tools.py -o mine.pyz",
}


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, with the closest option that there is."""

    def parse_in_any_order(self, words: List[str], options: argparse.Namespace) -> None:
        """Parse words among which options and arguments stand as they were typed."""
        _, rest = self.parse_known_args(words, options)
        lists = [action.dest for action in self._get_positional_actions() if action.nargs == "*"]
        if not rest:
            return
        if not lists or any(word.startswith("-") for word in rest):
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        taken = getattr(options, lists[-1])
        setattr(options, lists[-1], [*taken, *rest])

    def error(self, message: str) -> NoReturn:
        """Raise UsageError for what argparse found wrong."""
        _, found, names = message.partition("the following arguments are required: ")
        if found and self.epilog:
            example = self.epilog.splitlines()[-1].strip()
            raise UsageError(f"{names} is missing; for example: {example}")
        raise UsageError(f"{message}{self._suggestion(message)}; see {self.prog} --help")

    def _suggestion(self, message: str) -> str:
        _, found, words = message.partition("unrecognized arguments: ")
        if not found:
            return ""
        if words.endswith(".py"):
            return f" (did you mean --tools {words}?)"
        if not words.startswith("-"):
            return self._about_one_at_a_time()
        typed = words.split()[0].partition("=")[0]
        return did_you_mean(typed, self._option_string_actions)

    def _about_one_at_a_time(self) -> str:
        for action in self._get_positional_actions():
            if action.nargs == "?":
                return f" (one {action.dest} at a time)"
        return ""


def run_command(serving: Options, packed: Optional[Packed]) -> int:
    """Run the command that `serving.rest` names; return the exit status."""
    try:
        with _SafeStreams():
            return _run(serving, packed)
    except UserError as error:
        _complain(packed, str(error))
        return error.exit_status
    except OSError as error:
        if not _nobody_reads(error):
            place = error.filename or "stdout"
            _complain(packed, f"{place}: {error.strerror}")
        return 1


def _complain(packed: Optional[Packed], message: str) -> None:
    """Print a line to stderr; names in it may be others', and are not to steer the terminal."""
    print(escape_controls(f"{own_name(packed)}: {message}"), file=sys.stderr)


def _nobody_reads(error: OSError) -> bool:
    """Whether the reader of stdout has gone, as behind `head`.

    Windows calls that an invalid argument.
    """
    if isinstance(error, BrokenPipeError):
        return True
    return os.name == "nt" and error.errno == errno.EINVAL and error.filename is None


def _run(serving: Options, packed: Optional[Packed]) -> int:
    name, arguments = _command_in(serving.rest)
    if name is None:
        return _run_top_level(arguments, packed)
    if name not in COMMANDS:
        raise UsageError(_unknown_command(name, serving, packed))
    command = COMMANDS[name]
    module = importlib.import_module("cwd_server.commands." + command.module)
    parser = _parser(name, command, packed)
    module.add_arguments(parser)
    _add_serving_arguments(parser)
    options = CommandOptions(_serving=serving, packed=packed, commands=list(COMMANDS))
    for option in ("cwd", "tools", "verbose", "reload"):
        setattr(options, option, getattr(serving, option))
    parser.parse_in_any_order(arguments, options)
    return int(module.run(options))


def _command_in(words: List[str]) -> Tuple[Optional[str], List[str]]:
    """Return the command that comes first, or None if an option does, and its arguments."""
    first = words[0]
    if first in ("--version", "-V"):
        return "version", words[1:]
    if first in HELP_ELSEWHERE:
        return None, ["--help"]
    if first.startswith("-"):
        return None, words
    return first, words[1:]


def _run_top_level(arguments: List[str], packed: Optional[Packed]) -> int:
    """Print the help of the whole program; raise UsageError for anything but --help."""
    summary = "Serve MCP on stdin and stdout, as clients start it; or run a COMMAND."
    parser = Parser(
        location.program_name(),
        usage="%(prog)s [COMMAND] [option ...]",
        description=summary,
        epilog=_list_of_commands(packed),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-V", "--version", action="store_true", help="print the version")
    _add_serving_arguments(parser)
    parser.parse_args(arguments)
    raise UsageError(f"a command is missing; see {parser.prog} --help")


def _list_of_commands(packed: Optional[Packed]) -> str:
    program = location.program_name()
    lines = ["commands, each with an example:"]
    for command in COMMANDS.values():
        lines.append(f"  {program} {_example(command, packed)}")
        lines.append(f"      {command.summary}")
    lines.append("")
    lines.append(f"{program} COMMAND --help tells what a command takes.")
    return "\n".join(lines)


def _example(command: Command, packed: Optional[Packed]) -> str:
    tool = "get_cwd"
    if packed is not None:
        tool = "TOOL"  # its tools may be any
    return command.example.format(tool=tool)


def _parser(name: str, command: Command, packed: Optional[Packed]) -> Parser:
    program = location.program_name()
    return Parser(
        f"{program} {name}",
        description=command.summary[0].upper() + command.summary[1:] + ".",
        epilog=f"for example:\n  {program} {_example(command, packed)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        conflict_handler="resolve",  # for a --help of its own
    )


def _add_serving_arguments(parser: argparse.ArgumentParser) -> None:
    """Let --help show the options of serving; Options has taken them out of the words already."""
    group = parser.add_argument_group("options of serving")
    group.add_argument("--cwd", metavar="DIR", help="the directory to be in while serving")
    group.add_argument(
        "--tools", metavar="FILE", help="offer the tools of FILE; may be given again"
    )
    group.add_argument(
        "--reload",
        action="store_true",
        help="while serving, load FILE anew whenever it has changed",
    )
    group.add_argument(
        "--verbose", action="store_true", help="log every line received and sent to stderr"
    )


def _unknown_command(name: str, serving: Options, packed: Optional[Packed]) -> str:
    """Return what to say of a word that is no command; it may be a tool, or nearly a command."""
    program = location.program_name()
    try:
        offering = load_offering(serving, packed)
    except UserError:
        offering = None
    if offering is not None and name in [tool.name for tool in offering.tools]:
        return f"no command '{name}': it is a tool; to call it: {program} call {name}"
    hint = _hint_at_what_it_is(name, program)
    if hint:
        return f"no command '{name}': {hint}"
    return f"no command '{name}'{did_you_mean(name, COMMANDS)}; see {program} --help"


def _hint_at_what_it_is(name: str, program: str) -> str:
    """Return what to type for a word that is something else than a command, or an empty text."""
    from cwd_server.commands.clients.table import CLIENTS
    from cwd_server.commands.guide import TOPICS

    if name in SERVING_ELSEWHERE:
        return f"without a command it serves, as clients start it: {program}"
    if name in ELSEWHERE:
        return f"here it is {program} {ELSEWHERE[name]}"
    if name.endswith(".py"):
        return f"to offer the tools of a file: {program} --tools {name}"
    if name in CLIENTS:
        return f"it is a client; for its entry: {program} config {name}"
    if name in TOPICS:
        return f"it is a page of the guide; to read it: {program} help {name}"
    return ""


class _SafeStreams:
    """Make stdout and stderr safe to print to, whatever their encoding, even if closed."""

    def __enter__(self) -> None:
        self._stdout = sys.stdout
        if sys.stderr is None:
            sys.stderr = open(os.devnull, "w")
        if sys.stdout is None:
            sys.stdout = open(os.devnull, "w")
        else:
            sys.stdout = _escaping(sys.stdout)

    def __exit__(self, *_: object) -> None:
        safe, sys.stdout = sys.stdout, self._stdout
        safe.close()  # here, where what cannot be written can still be reported


def _escaping(stream: TextIO) -> TextIO:
    """Return a stream to the same descriptor, with escapes for what the encoding cannot say."""
    stream.flush()
    return open(
        stream.fileno(), "w", encoding=stream.encoding, errors="backslashreplace", closefd=False
    )
