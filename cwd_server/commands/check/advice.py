"""What can be said of a program and its arguments without starting it."""

import os
import re
import shutil
from difflib import get_close_matches
from itertools import islice
from typing import Iterator, List, NamedTuple, Optional

from cwd_server.commands.check.argument_advice import (
    RELATIVE,
    existing_file,
    judge_arguments,
    what_is_gone,
)
from cwd_server.commands.check.entries import ClientLaunch
from cwd_server.commands.check.findings import Finding, problem, warning
from cwd_server.commands.check.programs import PACKAGE_RUNNERS, base_name, is_python
from cwd_server.commands.check.word_advice import has_stray_marks, judge_words
from cwd_server.commands.check.wrappers import unwrap_all

MOST_ABOUT_WORDS = 5  # findings about single words of one command line
MOST_ABOUT_ARGUMENTS = 20  # findings about all of them
NO_PATH = "a client's PATH may lack it"

_RUNS_FROM_A_CACHE = {"uvx", "pipx"}
_WORDS_OF_SHELLS = {"cd", "source", ".", "export", "set", "alias", "exec", "eval"}
# Programs that start servers: one of them is meant where a word is but almost its name
_USUAL_PROGRAMS = (
    "python3", "python", "node", "npx", "npm", "uv", "uvx", "docker", "bun", "bunx", "deno",
)  # fmt: skip
_VARIABLE_FIRST = re.compile(r"([A-Za-z_]\w*)=")
_WINDOWS_ONLY = {"cmd", "powershell", "py", "wsl"}
_WINDOWS_ENDING = re.compile(r"\.(exe|cmd|bat|ps1)$", re.IGNORECASE)
_URL = re.compile(r"https?://", re.IGNORECASE)
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]")
_SHEBANG_BYTES = 256  # Linux reads as many


class Advice(NamedTuple):
    """What was found, and the program to start: an empty text if it cannot be started."""

    program: str
    findings: List[Finding]


def advise(launch: ClientLaunch, path: str, near: "List[str]", who: str) -> Advice:
    """Return what is wrong with a program and its arguments, or may be.

    path: the PATH in which the program is looked up
    near: folders in which a relative path may have been meant
    who: the client
    """
    findings = list(islice(judge_words(launch.command, launch.args), MOST_ABOUT_WORDS))
    program = find_program(launch, path)
    if program:
        findings += _judge_program(launch, program)
        if not os.access(program, os.X_OK):
            program = ""
    elif not launch.is_explained:
        findings.append(_explain_missing(launch, path, near))
    findings += _judge_wrapped_programs(launch, path)
    findings += islice(judge_arguments(launch, near, who), MOST_ABOUT_ARGUMENTS)
    return Advice(program, findings)


def find_program(launch: ClientLaunch, path: str) -> str:
    """Return the program that a client starts, or an empty text."""
    command = launch.command
    if os.path.dirname(command):
        command = os.path.join(launch.directory or os.path.abspath(os.sep), command)
        if os.path.isfile(command) and os.name != "nt":
            return command  # whether it can be executed is said in words
    return shutil.which(command, path=path) or ""


def _judge_program(launch: ClientLaunch, program: str) -> "Iterator[Finding]":
    command = launch.command
    name = base_name(command)
    if _is_store_stub(program):
        yield problem(
            f"{program} is the Microsoft Store's stub, no Python: name python.exe itself"
        )
    if not os.access(program, os.X_OK):
        remedy = "chmod +x, or name its interpreter in `command`"
        yield problem(f"{program} may not be executed: {remedy}")
        return
    yield from _judge_shebang(program)
    if name in PACKAGE_RUNNERS:
        yield warning(_describe_runner(name, command, program))
    elif os.path.dirname(command) and not os.path.isabs(command):
        yield warning(f"{command} {RELATIVE}: write {program}")
    elif not os.path.isabs(command) and "PATH" not in launch.env:
        yield warning(f"{command} is not an absolute path, and {NO_PATH}: write {program}")


def _judge_wrapped_programs(launch: ClientLaunch, path: str) -> "Iterator[Finding]":
    """Say that a program which `env` or another wrapper starts is not there."""
    outer, extends_path = base_name(launch.command), False
    for wrapped in unwrap_all(launch.command, launch.args):
        command = wrapped.command
        extends_path = extends_path or wrapped.extends_path
        is_told = "$" in command  # with the variables that nobody replaces
        if os.path.isabs(command):
            if not is_told and not _is_found(command, path):
                yield problem(f"{command}, which {outer} starts, is not there: correct the path")
        elif not os.path.dirname(command) and not is_told and not extends_path:
            if not _is_found(command, path):
                remedy = "install it, or write its absolute path"
                yield problem(f"{command}, which {outer} starts, is not on the PATH: {remedy}")
        outer = base_name(command)


def _is_found(command: str, path: str) -> bool:
    """Whether a wrapper finds a program; Windows adds .exe to either form."""
    if os.path.isabs(command) and os.path.exists(command):
        return True
    return shutil.which(command, path=path) is not None


def _is_store_stub(program: str) -> bool:
    return os.name == "nt" and is_python(program) and "\\windowsapps\\" in program.lower()


def _describe_runner(name: str, command: str, program: str) -> str:
    text = f"{name} downloads the package at the first start, which can be slow"
    if name in _RUNS_FROM_A_CACHE:
        text += ", and runs it from a cache folder"
    if not os.path.isabs(command):
        text += f"; {NO_PATH}: write {program}"
    return text


def _judge_shebang(program: str) -> "Iterator[Finding]":
    """Say that the interpreter which the first line of a script names is not there."""
    try:
        with open(program, "rb") as file:
            line = file.readline(_SHEBANG_BYTES)
    except OSError:
        return
    if not line.startswith(b"#!"):
        return
    if line.endswith(b"\r\n"):
        yield problem(f"the first line of {program} ends with CR LF: save the file with LF")
        return
    words = line[2:].decode("utf-8", "replace").split()
    if words and os.path.isabs(words[0]) and not os.path.exists(words[0]):
        where = f"which the first line of {program} names"
        yield problem(f"{words[0]} is not there, {where}: {what_is_gone(words[0])}")


def _explain_missing(launch: ClientLaunch, path: str, near: "List[str]") -> Finding:
    """Say why a program is not found."""
    command = launch.command
    if command in _WORDS_OF_SHELLS:
        return problem(f"{command} is a word of shells, not a program: name the program itself")
    if _URL.match(command):
        return problem(f"{command} is an address, not a program: write it as `url`")
    whole = _command_line(command, path)
    if whole is not None:
        return whole
    if has_stray_marks(command):
        return problem("`command` has quotes or blanks around its text: leave them out")
    if _WINDOWS_PATH.match(command) and os.name != "nt":
        return problem(f"{command} is a path of Windows, and this is another system")
    if not os.path.dirname(command):
        return _not_on_path(launch, path)
    if not os.path.isabs(command):
        found = existing_file(command, near)
        return problem(f"{command} {RELATIVE}: write {found or 'the absolute one'}")
    if os.path.isdir(command):
        return problem(f"{command} is a folder: name the program in it")
    return problem(f"{command} is not there: {what_is_gone(command)}")


def _command_line(command: str, path: str) -> "Optional[Finding]":
    """Return a finding if `command` holds a whole command line."""
    words = command.split()
    if len(words) < 2:
        return None
    first = words[0]
    variable = _VARIABLE_FIRST.match(first)
    if variable is not None:
        name = variable.group(1)
        return problem(f"`command` begins with the variable {name}: write that into `env`")
    if os.path.dirname(first) and not os.path.isfile(first):
        return None  # rather a path with a blank in it
    args = ", ".join(f'"{word}"' for word in words[1:20])
    remedy = f'write "command": "{first}", "args": [{args}]'
    return problem(f"`command` holds a whole command line: {remedy}")


def _not_on_path(launch: ClientLaunch, path: str) -> Finding:
    command = launch.command
    is_of_windows = base_name(command) in _WINDOWS_ONLY or _WINDOWS_ENDING.search(command)
    if is_of_windows and os.name != "nt":
        return problem(f"{command} is a program of Windows, and this is another system")
    where = "the PATH"
    if "PATH" in launch.env:
        where = "the PATH of this entry"
    found = shutil.which(command)
    if found is None and command == "python":
        found = shutil.which("python3", path=path)
    if found:
        return problem(f"{command} is not on {where}: write {found}")
    meant = get_close_matches(command, _USUAL_PROGRAMS, 1, 0.75)
    if meant and meant[0] != command:
        return problem(f"{command} is not on {where}: did you mean {meant[0]}?")
    return problem(f"{command} is not on {where}: install it, or write its absolute path")
