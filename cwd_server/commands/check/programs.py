"""What a program's name tells: whether it runs scripts, and whose files its arguments mean."""

import re

# 3.14t is a free-threaded build, 3.14d one for debugging
_PYTHON = re.compile(r"(py|python|pythonw|pypy)([\d.]*\dt?d?)?", re.IGNORECASE)
_INTERPRETER = re.compile(r"(node|bun|deno|tsx|ts-node|ruby|perl|php|java)[\d.]*", re.IGNORECASE)
_READS_A_SCRIPT = re.compile(r"(node|ruby|perl|php)[\d.]*", re.IGNORECASE)
_PROGRAM_ENDING = re.compile(r"\.(exe|cmd|bat)$")

CODE_FOLLOWS = {"-c", "-e", "--eval", "-p", "--print"}  # options of interpreters
CONTAINERS = {"docker", "podman", "nerdctl"}
PACKAGE_RUNNERS = {"npx", "uvx", "bunx", "pipx"}
SHELLS = {"sh", "bash", "zsh", "dash"}
_ELSEWHERE = {*CONTAINERS, *SHELLS, "cmd", "powershell", "pwsh", "ssh", "wsl", "kubectl"}


def base_name(program: str) -> str:
    """Return a program's name without folder and ending, in lower case."""
    name = re.split(r"[/\\]", program)[-1].lower()
    return _PROGRAM_ENDING.sub("", name)


def is_python(program: str) -> bool:
    """Return whether a program is a Python by its name."""
    return bool(_PYTHON.fullmatch(base_name(program)))


def runs_a_script(program: str) -> bool:
    """Return whether a program is an interpreter, which is told the file to run."""
    return is_python(program) or bool(_INTERPRETER.fullmatch(base_name(program)))


def reads_a_script_from_stdin(program: str) -> bool:
    """Return whether a program that is given no arguments takes its input for a script."""
    name = base_name(program)
    return is_python(name) or name in SHELLS or bool(_READS_A_SCRIPT.fullmatch(name))


def hands_arguments_on(program: str) -> bool:
    """Return whether a program's arguments belong to a shell, another machine or a container."""
    return base_name(program) in _ELSEWHERE
