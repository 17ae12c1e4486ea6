"""`config`: the entry that makes a client start this server: printed, written or removed."""

import argparse
import os
import re
import sys
from typing import Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from cwd_server.commands.clients.client import Client
from cwd_server.commands.clients.finding import find_client
from cwd_server.commands.clients.names import judge_name
from cwd_server.commands.clients.readers import readers_at
from cwd_server.commands.clients.table import CLIENTS
from cwd_server.commands.config import entry_file
from cwd_server.commands.config.edits import ConfigConflict, OtherProgramConflict
from cwd_server.commands.config.entry_file import Target, Wanted
from cwd_server.commands.config.entry_text import HIDDEN, describe_own_way, format_entry
from cwd_server.commands.config.installed import print_clients
from cwd_server.commands.config.messages import (
    describe_outcome,
    judge_ending,
    judge_user,
    print_notes,
    print_project_notes,
    why_unchanged,
)
from cwd_server.commands.errors import CommandError, UsageError
from cwd_server.commands.home import find_home, to_absolute
from cwd_server.commands.launch import Launch, launch_command
from cwd_server.commands.options import CommandOptions, own_name
from cwd_server.commands.terminal import print_safely

CHOOSING = ("project", "file")  # options that choose one file
# What other programs have a word for
_ADDS = "`config CLIENT --write` adds the entry"
_REMOVES = "`config CLIENT --remove` removes the entry"
_LISTS = "`config` alone lists the clients, and says where this server is entered"
VERBS = {
    "add": _ADDS,
    "install": _ADDS,
    "write": _ADDS,
    "remove": _REMOVES,
    "uninstall": _REMOVES,
    "list": _LISTS,
    "show": _LISTS,
    "all": "`config --all` is for every client that is installed",
    "help": "`config --help` says what config takes, `help clients` has each client",
}
_LOOKS_LIKE_A_FILE = re.compile(r"[/\\]|^\.|\.(jsonc?|toml|ya?ml)$")
ENTRY_ONLY = ("env", "replace", "cwd", "tools", "verbose", "reload")  # that say what an entry is


class ConfigOptions(CommandOptions):
    """What `config` is asked for; --help says what each is."""

    client: Optional[str]
    all: bool
    write: bool
    remove: bool
    replace: bool
    project: bool
    file: Optional[str]
    name: Optional[str]
    env: List[str]


class Entry(NamedTuple):
    """What goes into a client's file."""

    name: str
    argv: List[str]
    env: Dict[str, str]

    def without_values(self) -> "Dict[str, str]":
        """Return the variables without their values, which go into the file and nowhere else."""
        return dict.fromkeys(self.env, HIDDEN)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what `config` takes."""
    parser.add_argument(
        "client", nargs="?", type=_client_word, help="without it: all clients, and their files"
    )
    parser.add_argument(
        "--write", action="store_true", help="add the entry to the client's file, or replace it"
    )
    parser.add_argument(
        "--remove", action="store_true", help="remove the entry from the client's file"
    )
    parser.add_argument(
        "--replace", action="store_true", help="with --write: also if it starts something else now"
    )
    parser.add_argument(
        "--all", action="store_true", help="every client that is installed; with --write, do it"
    )
    parser.add_argument(
        "--project", action="store_true", help="take the file of this directory's project"
    )
    parser.add_argument("--file", help="the client's file, if it is somewhere else")
    parser.add_argument("--name", help="what the client calls this server")
    parser.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable for the server; may be given again",
    )


def _client_word(word: str) -> str:
    """Return what is typed for a client; raise UsageError for what is none on sight."""
    if _LOOKS_LIKE_A_FILE.search(word):
        names = [reader.name for reader in readers_at(word)] or ["CLIENT"]
        raise UsageError(f"{word}: a file, not a client; try config {names[0]} --file {word}")
    if word in VERBS:
        raise UsageError(f"no client '{word}': {VERBS[word]}")
    return word


def run(options: ConfigOptions) -> int:
    """Do what is asked; return the exit status."""
    _refuse_ignored(options)
    if options.all:
        return _run_all(options)
    if options.client is None:
        print_clients()
        return 0
    client = find_client(options.client)
    if not options.project and options.file is None:
        _warn(judge_user())
    if options.remove:
        return _remove(client, options)
    launch = _launch(options)
    entry = _entry(options, launch.argv)
    target = _target(client, options)
    _warn([*launch.warnings, *judge_name(entry.name), *judge_ending(target)])
    if options.write and not client.writable:
        reason = f"{client.title}'s files are not written, for {client.note}"
        return _print_instead(options, target, entry, reason)
    if options.write:
        return _write(target, entry, options)
    _print_entry(client, entry)
    print_safely(f"Put this into {target.path}, then restart {client.title}.", sys.stderr)
    _print_hints(client, entry, options)
    return 0


def _warn(warnings: "Iterable[str]") -> None:
    for warning in warnings:
        print_safely(f"Warning: {warning}.", sys.stderr)


def _refuse_ignored(options: ConfigOptions) -> None:
    """Raise UsageError for an option that would have no effect."""
    if options.all and options.client is not None:
        raise UsageError("--all and a client: name one of them")
    if options.client is None and not options.all:
        _refuse(options, "needs a client", CHOOSING + ENTRY_ONLY + ("write", "remove", "name"))
    if options.all:
        _refuse(options, "has no effect with --all", CHOOSING)
    if options.remove:
        _refuse(options, "has no effect with --remove", ENTRY_ONLY)
        if options.write and not options.all:  # with --all, it says to carry out the plan
            raise UsageError("--write and --remove: name one of them")
    if options.replace and not (options.write or options.all):
        raise UsageError("--replace has no effect without --write")
    if options.project and options.file is not None:
        raise UsageError("--project and --file: name one of them")


def _refuse(options: ConfigOptions, reason: str, names: "Tuple[str, ...]") -> None:
    for name in names:
        if getattr(options, name):
            raise UsageError(f"--{name} {reason}")


def _launch(options: ConfigOptions) -> Launch:
    return launch_command(
        options.tools, options.cwd, options.packed is not None, options.verbose, options.reload
    )


def _entry(options: ConfigOptions, argv: "List[str]") -> Entry:
    """Return what is to be written, as text.

    In a C locale, Python does not see that file names are UTF-8.
    """
    env = _variables(options.env)
    try:
        return Entry(
            _to_text(_entry_name(options)),
            [_to_text(word) for word in argv],
            {_to_text(name): _to_text(value) for name, value in env.items()},
        )
    except UnicodeError:
        raise CommandError("a configuration can only hold paths that are UTF-8") from None


def _entry_name(options: ConfigOptions) -> str:
    if options.name == "":
        raise UsageError("--name needs a name")
    return options.name or str(options.offering.server_info["name"])


def _to_text(word: str) -> str:
    return os.fsencode(word).decode("utf-8")


def _variables(assignments: "List[str]") -> "Dict[str, str]":
    variables = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not name or not equals:
            raise UsageError("--env takes NAME=VALUE")
        variables[name] = value
    return variables


def _target(client: Client, options: ConfigOptions) -> Target:
    if options.file is not None:
        _refuse_file(options.file)
        return Target(to_absolute(options.file), client, None, is_named=True)
    if options.project:
        project = os.getcwd()
        if not client.project:
            raise UsageError(f"{client.title} keeps no servers in a project")
        return Target(client.project_file(project), client, project)
    return _user_target(client)


def _refuse_file(file: str) -> None:
    """Raise UsageError for what is no file."""
    if file == "-":
        raise UsageError("--file needs a file; without --write, the entry is printed to stdout")
    if not file or file.endswith(("/", os.sep)):
        raise UsageError("--file needs a file, not a folder")


def _user_target(client: Client) -> Target:
    """Return the user's file; one that a variable moved counts as named by the user."""
    return Target(client.user_file(), client, None, is_named=client.is_moved())


def _wanted(entry: Entry, options: ConfigOptions) -> Wanted:
    return Wanted(entry.name, entry.argv, entry.env, any_program=options.replace)


def _write(target: Target, entry: Entry, options: ConfigOptions) -> int:
    try:
        _require_home(target, options)
        outcome = entry_file.apply(target, _wanted(entry, options))
    except (ConfigConflict, OSError) as error:
        return _print_instead(
            options,
            target,
            entry,
            f"{target.path} is left as it was: {why_unchanged(error, target)}",
        )
    print_safely(describe_outcome(target, outcome))
    print_notes(outcome.notes)
    if options.project:
        print_project_notes(os.getcwd(), list(entry.env))
    return 0


def _require_home(target: Target, options: ConfigOptions) -> None:
    """Raise ConfigConflict if the user's home directory is not there: it is not ours to make."""
    if options.project or options.file is not None:
        return
    if os.path.exists(os.path.dirname(target.path)):
        return
    home = find_home()
    if not os.path.isdir(home):
        raise ConfigConflict(f"there is no home directory {home}")


def _print_instead(options: ConfigOptions, target: Target, entry: Entry, reason: str) -> int:
    """Print the entry, for it could not be written."""
    print_safely(f"{own_name(options.packed)}: {reason}. Add this yourself:", sys.stderr)
    _print_entry(target.client, entry)
    _print_hints(target.client, entry, options)
    return 1


def _print_entry(client: Client, entry: Entry) -> None:
    fields = client.shape.make(entry.name, entry.argv, entry.without_values())
    print(format_entry(client, entry.name, fields), flush=True)


def _print_hints(client: Client, entry: Entry, options: ConfigOptions) -> None:
    """Say beside an entry what one should know of its client."""
    hints = []
    if entry.env:
        hints.append(f"Write the value for {HIDDEN} yourself: it is not shown here.")
    scope = "project" if options.project else "user"
    own_way = describe_own_way(client, entry.name, entry.argv, entry.without_values(), scope)
    if own_way is not None:
        hints.append(f"Its own way to add it: {own_way}")
    if client.note:
        hints.append(f"Note: {client.note}.")
    if sys.platform != "linux" or not client.verified:
        hints.append("From documentation: not tried on this system.")
    for hint in hints:
        print_safely(hint, sys.stderr)
    if options.project:
        print_project_notes(os.getcwd(), list(entry.env))


def _remove(client: Client, options: ConfigOptions) -> int:
    target = _target(client, options)
    try:
        if not client.writable:
            raise ConfigConflict(client.note)
        outcome = entry_file.apply(target, _wanted_removal(options))
    except OtherProgramConflict as error:
        raise CommandError(f"{target.path} is left as it was: {error}") from None
    except (ConfigConflict, OSError) as error:
        reason = why_unchanged(error, target)
        raise CommandError(
            f"{target.path} is left as it was: {reason}. Remove the entry yourself"
        ) from None
    print_safely(describe_outcome(target, outcome))
    print_notes(outcome.notes)
    return 0


def _wanted_removal(options: ConfigOptions) -> Wanted:
    return Wanted(
        _to_text(_entry_name(options)), [], {}, remove=True, any_program=options.name is not None
    )


def _run_all(options: ConfigOptions) -> int:
    """Do for every client that is installed what would be done for one: a line each."""
    find_home()  # without one, each client would fail for that
    _warn(judge_user())
    if options.remove:
        wanted = _wanted_removal(options)
    else:
        launch = _launch(options)
        _warn(launch.warnings)
        wanted = _wanted(_entry(options, launch.argv), options)
    status = 0
    seen: Set[str] = set()
    for name, client in CLIENTS.items():
        target = _installed_target(client)
        if target is None or os.path.realpath(target.path) in seen:
            continue
        seen.add(os.path.realpath(target.path))
        if not _run_one_of_all(name, target, wanted, options):
            status = 1
    if not seen:
        print_safely("No client that is known here was found.", sys.stderr)
    elif not options.write:
        print_safely(
            "This is a plan: nothing was changed. Add --write to carry it out.", sys.stderr
        )
    return status


def _installed_target(client: Client) -> Optional[Target]:
    if client.user is None:
        return None
    try:
        if not client.is_installed():
            return None
        return _user_target(client)
    except CommandError as error:
        print_safely(f"{client.title}: {error}", sys.stderr)
        return None


def _run_one_of_all(name: str, target: Target, wanted: Wanted, options: ConfigOptions) -> bool:
    """Print a line for one client; return whether all went well."""
    try:
        if not target.client.writable:
            raise ConfigConflict(f"not written, for {target.client.note}")
        outcome = entry_file.apply(target, wanted, write=options.write)
    except (ConfigConflict, OSError) as error:
        print_safely(
            f"{name}: {target.path} is left as it was: {why_unchanged(error, target)}",
            sys.stderr,
        )
        return False
    if options.write or outcome.done in entry_file.UNCHANGED:
        print_safely(f"{name}: {describe_outcome(target, outcome)}")
    else:
        print_safely(f"{name}: {target.path}: would be {outcome.done}")
    print_notes([f"{name}: {note}" for note in outcome.notes])
    return True
