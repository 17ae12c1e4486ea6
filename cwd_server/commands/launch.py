"""How this program is started again: the command line that a client's entry holds.

Clients start servers in directories of their own choice and with a `PATH` of their own, so
everything in it is absolute, and the interpreter has to be one that is still there next month.
"""

import os
import sys
from typing import List, NamedTuple, Sequence

from cwd_server.commands.errors import CommandError, UsageError
from cwd_server.commands.home import to_absolute
from cwd_server.location import program_path

# What a client replaces before it starts a server, and nobody else can check
VARIABLE_MARKS = ("${", "{env:")
# Nothing but the standard library and our own file: no site folder, no PYTHON* variable
ISOLATED = ("-I", "-S")


class Launch(NamedTuple):
    """The command line of a server, and what may be wrong with it."""

    argv: List[str]
    warnings: List[str]


class Interpreter(NamedTuple):
    """An interpreter, and whether it goes when a virtual environment is removed."""

    path: str
    is_temporary: bool


def launch_command(
    tools: "Sequence[str]" = (),
    cwd: "str | None" = None,
    packed: bool = False,
    verbose: bool = False,
    reload: bool = False,
) -> Launch:
    """Return the command line that starts this server with these options, from any directory.

    tools: files of tools, as on the command line
    cwd: the directory to serve in, or a variable that the client replaces
    packed: whether this archive was made by `pack`, and has tools of its own
    verbose: whether it logs every message
    reload: whether it loads the tools anew when they change

    Raises UsageError for a directory that is not there, CommandError if nobody knows which Python
    runs.
    """
    warnings: List[str] = []
    if tools or packed:
        # Tools may import what is installed for this interpreter, which -I and -S would hide
        interpreter = Interpreter(_running_interpreter(), is_temporary=_is_in_environment())
        argv = [interpreter.path, program_path()]
    else:
        interpreter = find_lasting_interpreter()
        argv = [interpreter.path, *ISOLATED, program_path()]
    if interpreter.is_temporary:
        warnings.append(f"{interpreter.path} belongs to a virtual environment, and goes with it")
    for path in tools:
        argv += ["--tools", to_absolute(path)]
    if cwd is not None:
        argv += ["--cwd", _absolute_directory(cwd)]
    if verbose:
        argv.append("--verbose")
    if reload:
        argv.append("--reload")
    return Launch(argv, warnings)


def find_lasting_interpreter() -> Interpreter:
    """Return the running interpreter, or the one that its virtual environment was made from."""
    running = _running_interpreter()
    if not _is_in_environment():
        return Interpreter(running, is_temporary=False)
    for path in _base_interpreters(running):
        if os.path.isabs(path) and os.access(path, os.X_OK) and not _has_configuration(path):
            return Interpreter(path, is_temporary=False)
    return Interpreter(running, is_temporary=True)


def _running_interpreter() -> str:
    if not sys.executable:
        raise CommandError(
            "cannot tell which Python runs this: start it as `/path/to/python3 FILE config ...`"
        )
    return os.path.abspath(sys.executable)


def _is_in_environment() -> bool:
    return sys.prefix != sys.base_prefix


def _base_interpreters(running: str) -> "List[str]":
    """Return where the interpreter of a virtual environment may be from, the best first."""
    if os.name == "nt":
        folders = [sys.base_prefix]
        names = [os.path.basename(running), "python.exe"]
    else:  # without a version first: it outlives the next upgrade
        folders = [os.path.join(sys.base_prefix, "bin")]
        versioned = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        names = ["python3", versioned, "pypy3"]
    settings = _read_settings(os.path.join(sys.prefix, "pyvenv.cfg"))
    if "home" in settings:
        folders.insert(0, settings["home"])
    found = []
    for folder in folders:
        found += [os.path.join(folder, name) for name in names]
    return found


def _has_configuration(interpreter: str) -> bool:
    """Say whether an interpreter is one of a virtual environment itself."""
    folder = os.path.dirname(interpreter)
    for place in (folder, os.path.dirname(folder)):
        if os.path.exists(os.path.join(place, "pyvenv.cfg")):
            return True
    return False


def _read_settings(path: str) -> "dict[str, str]":
    """Return the settings of a pyvenv.cfg: lines of the form `name = value`."""
    settings = {}
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.readlines()
    except OSError:
        return {}
    for line in lines:
        name, equals, value = line.partition("=")
        if equals:
            settings[name.strip().lower()] = value.strip()
    return settings


def _absolute_directory(cwd: str) -> str:
    if any(mark in cwd for mark in VARIABLE_MARKS):
        return cwd
    path = to_absolute(cwd)
    if not os.path.isdir(path):
        raise UsageError(f"--cwd {cwd}: no such directory")
    return path


def command_of(entry: object) -> "List[str]":
    """Return the command line that an entry of any client starts, [] if it starts nothing."""
    if not isinstance(entry, dict):
        return []
    transport = entry.get("transport")
    if isinstance(transport, dict):  # as Cline writes it
        entry = transport
    command = entry.get("command") or entry.get("cmd")
    if not command:
        return []
    argv = []
    for part in (command, entry.get("args")):
        if isinstance(part, list):
            argv += [str(word) for word in part]
        elif part is not None:
            argv.append(str(part))
    return argv


def starts_same_program(one: "Sequence[str]", other: "Sequence[str]") -> bool:
    """Say whether two command lines start the same program, at any path, with the same tools."""
    name = _program_name(one)
    return bool(name) and name == _program_name(other) and _tools_of(one) == _tools_of(other)


def starts_this_program(argv: "Sequence[str]") -> bool:
    """Say whether a command line starts this program, at whatever path and with whatever tools."""
    return _program_name(argv) == _last_name(program_path())


def names_this_program(word: str) -> bool:
    """Say whether a word is a path of this program, wherever it is."""
    return _last_name(word) == _last_name(program_path())


def _program_name(argv: "Sequence[str]") -> str:
    """Return the name of the file that a Python is told to run, "" if there is none."""
    for word in argv[1:]:
        if not word.startswith("-"):
            return _last_name(word)
    return ""


def _last_name(path: str) -> str:
    """Return the last part of a path of any system."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _tools_of(argv: "Sequence[str]") -> "List[str]":
    return [word for previous, word in zip(argv, argv[1:]) if previous == "--tools"]
