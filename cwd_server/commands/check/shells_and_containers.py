"""What can be said of arguments that a shell, a container or another machine takes."""

import re
from itertools import islice
from typing import Iterator, List, Set

from cwd_server.commands.check.entries import ClientLaunch
from cwd_server.commands.check.findings import Finding, suspicion
from cwd_server.commands.check.programs import (
    CONTAINERS,
    SHELLS,
    base_name,
    reads_a_script_from_stdin,
    runs_a_script,
)

# What runs scripts of a package.json, and its options for the folder that has it
_PROJECT_RUNNERS = {
    "npm": ("--prefix", "-C"),
    "pnpm": ("--dir", "-C"),
    "yarn": ("--cwd",),
}
MOST_VARIABLES = 3  # that do not arrive, which are told of

_MANGLED_BY_CMD = re.compile(r'[\s"&|<>^%]')
_FLAGS_OF_RUN = (
    "-i", "-t", "-it", "-ti", "-d", "--rm", "--init", "--tty", "--interactive", "--privileged",
    "--read-only",
)  # fmt: skip
_MAKES_A_TERMINAL = re.compile("-t|-it|-ti|--tty")
_KEEPS_STDIN = re.compile(r"-[a-z]*i[a-z]*$|--interactive")
# What a shell would replace: the ~ of ~/data:/data, the $TOKEN of TOKEN=$TOKEN
_VARIABLE = re.compile(
    r"""
      (?: ^ | (?<=[=:,]) )
      (?: ~ | \$\w{1,60} | \$\{\w{1,60}\} )
      (?= [/:,] | $ )
    """,
    re.VERBOSE,
)
# The folder ./data of -v./data:/data
_VOLUME = re.compile(r"(?:-v=?|--volume=)?(\.{1,2}/[^:]*):")
_RUNS_TEXT = re.compile(r"-[a-zA-Z]*c")
# Variables for the program that the client starts itself, such as DOCKER_HOST
_STAYS_HERE = re.compile(r"(DOCKER|CONTAINER|PODMAN|SSH|LC)_.*|PATH|HOME|LANG|WSLENV")


def judge_handed_on(launch: ClientLaunch) -> "Iterator[Finding]":
    """Say what is wrong with arguments of a program that hands them on."""
    name = base_name(launch.command)
    if name == "cmd":
        yield from _judge_cmd(launch.args)
    elif name in CONTAINERS and launch.args[:1] in (["run"], ["exec"]):
        yield from _judge_container(name, launch.args)
        yield from _judge_variables(launch, "the container", "add -e with its name to the options")
    elif name in ("ssh", "wsl"):
        yield from _judge_variables(launch, "the other side", "set it in the command there")
    elif name in SHELLS:
        yield from _judge_shell(name, launch.args)
    elif name == "conda":
        yield from _judge_conda(launch.args)
    elif name in _PROJECT_RUNNERS:
        yield from _judge_project(name, launch)
    if not launch.args:
        yield from _judge_nothing_to_run(name)


def _judge_nothing_to_run(name: str) -> "Iterator[Finding]":
    """Say that an interpreter or a shell is given no arguments."""
    if reads_a_script_from_stdin(name):
        remedy = "name the script in `args`"
        yield suspicion(f"{name} is given no script, and reads one from stdin: {remedy}")
    elif runs_a_script(name):
        yield suspicion(f"{name} is given nothing to run: name it in `args`")


def _judge_cmd(args: "List[str]") -> "Iterator[Finding]":
    if any(_MANGLED_BY_CMD.search(word) for word in args):
        remedy = "name the program itself, such as npx.cmd"
        yield suspicion(f"cmd /c mangles quotes, blanks and & in arguments: {remedy}")


def _judge_conda(args: "List[str]") -> "Iterator[Finding]":
    if args[:1] != ["run"] or {"--no-capture-output", "--live-stream"}.intersection(args):
        return
    remedy = "add --no-capture-output behind run"
    yield suspicion(f"conda run keeps stdin and stdout to itself: {remedy}")


def _judge_project(name: str, launch: ClientLaunch) -> "Iterator[Finding]":
    """Say that npm or one like it will look for package.json where the client starts it."""
    options = _PROJECT_RUNNERS[name]
    is_named = any(word.partition("=")[0] in options for word in launch.args)
    if launch.directory or is_named or not {"run", "start"}.intersection(launch.args[:1]):
        return
    remedy = f"add {options[0]} DIR in front"
    yield suspicion(f"{name} looks for package.json where the client starts it: {remedy}")


def _judge_variables(launch: ClientLaunch, place: str, remedy: str) -> "Iterator[Finding]":
    """Say which variables of the entry end with the program that the client starts."""
    if any(word.partition("=")[0] == "--env-file" for word in launch.written):
        return
    arguments = " ".join(launch.written)
    carried = _carried_by_wsl(launch)
    names = (
        name
        for name in launch.env
        if name not in arguments
        and name not in carried
        and not _STAYS_HERE.fullmatch(name.upper())
    )
    for name in islice(names, MOST_VARIABLES):
        shown = name[:60]
        yield suspicion(f"env.{shown} does not reach {place}: {remedy}")


def _carried_by_wsl(launch: ClientLaunch) -> "Set[str]":
    """Return the variables that WSLENV names, as in WSLENV=NAME/u:OTHER/p."""
    if base_name(launch.command) != "wsl":
        return set()
    listed = launch.env.get("WSLENV", "").split(":")
    return {name.partition("/")[0] for name in listed}


def _judge_shell(name: str, args: "List[str]") -> "Iterator[Finding]":
    """Say that a shell runs one text alone, where its command is in several."""
    if len(args) < 3 or not _RUNS_TEXT.fullmatch(args[0]) or "$" in args[1]:
        return
    remedy = "write the whole command into that one text"
    yield suspicion(f"{name} {args[0]} runs args[1] alone, without what follows: {remedy}")


def _judge_container(name: str, args: "List[str]") -> "Iterator[Finding]":
    if not _keeps_stdin(args):
        yield suspicion(f"{name} {args[0]} needs -i: without it the server gets no stdin")
    if any(_MAKES_A_TERMINAL.fullmatch(word) for word in _options_before_image(args)):
        yield suspicion(
            f"{name} {args[0]} -t wants a terminal, and a client has none: leave -t out"
        )
    for word in _options_before_image(args):
        variable = _VARIABLE.search(word)
        folder = _VOLUME.match(word)
        if variable is not None:
            remedy = "write what it stands for"
            yield suspicion(f"{variable.group()} may reach {name} as it is: {remedy}")
        elif folder is not None:
            remedy = "and clients start servers anywhere: write the absolute one"
            yield suspicion(f"{folder.group(1)[:60]} is a relative path, {remedy}")


def _options_before_image(args: "List[str]") -> "Iterator[str]":
    """Yield the options of `docker run` or `exec`: what stands before image or container."""
    previous = "--rm"
    for word in args[1:]:
        takes_value = previous.startswith("-") and "=" not in previous
        if not word.startswith("-") and (not takes_value or previous in _FLAGS_OF_RUN):
            return
        yield word
        previous = word


def _keeps_stdin(args: "List[str]") -> bool:
    return any(_KEEPS_STDIN.match(word) for word in args)
