"""What `config` says of a file: what became of it, and why it is left as it was."""

import os
import sys
from typing import Iterator, Mapping, Sequence

from cwd_server.commands.config.entry_file import UNCHANGED, Outcome, Target, repository_of
from cwd_server.commands.errors import CommandError
from cwd_server.commands.home import find_home
from cwd_server.commands.terminal import print_safely

_FORMATS = {
    ".json": "json",
    ".jsonc": "json",
    ".json5": "json",
    ".toml": "toml",
    ".yaml": "yaml",
    ".yml": "yaml",
}


def judge_ending(target: Target) -> "Iterator[str]":
    """Say that a file's name is not one of the format in which its client takes entries."""
    wanted = target.client.format.replace("jsonc", "json")
    ending = os.path.splitext(target.path)[1].lower()
    if _FORMATS.get(ending, wanted) != wanted:
        reads = f"{target.client.title} reads {wanted.upper()}"
        yield f"{target.path}: {reads}, and this name says otherwise; check --file"


def judge_user(environ: "Mapping[str, str]" = os.environ) -> "Iterator[str]":
    """Say that the home directory is not that of the user who typed sudo."""
    user = environ.get("SUDO_USER")
    if user is None or os.name == "nt":
        return
    import pwd

    try:
        home = pwd.getpwnam(user).pw_dir
    except KeyError:
        return
    if os.path.realpath(home) != os.path.realpath(find_home(environ)):
        found = f"under sudo the home directory is {find_home(environ)}, not {user}'s {home}"
        yield f"{found}: run it without sudo"


def describe_outcome(target: Target, outcome: Outcome) -> str:
    """Return what became of a file, in a line."""
    done = outcome.done
    if outcome.backup is not None:
        done += f", with the old content in {outcome.backup}"
    if outcome.done in UNCHANGED:
        return f"{target.path}: {done}"
    return f"{target.path}: {done}; restart {target.client.title}"


def print_notes(notes: "Sequence[str]") -> None:
    """Print what else there is to say of a file, on stderr."""
    for note in notes:
        print_safely(f"Note: {note}.", sys.stderr)


def print_project_notes(project: str, variables: "Sequence[str]") -> None:
    """Print what there is to say of a project's file that has an entry with some variables."""
    notes = ["its paths are this machine's; `help clients` has an entry that a team can share"]
    repository = repository_of(project)
    if repository is not None and repository != project and not _is_home(repository):
        note = f"a client opened in {repository} does not read this folder's file"
        notes.append(f"{note}: run this in {repository} for that")
    print_notes(notes)
    if variables:
        names = ", ".join(variables)
        print_safely(
            f"Warning: the value of {names} is in a file that may be committed.", sys.stderr
        )


def _is_home(folder: str) -> bool:
    try:
        return folder == find_home()
    except CommandError:  # there is none
        return False


def why_unchanged(error: Exception, target: Target) -> str:
    """Return why a file is left as it was."""
    if not isinstance(error, OSError):
        return str(error)
    path = _path_of(error) or target.path
    if isinstance(error, NotADirectoryError):
        return f"{_file_on_the_way(path)} is a file, where a folder is needed"
    if isinstance(error, IsADirectoryError):
        return f"{path} is a folder"
    reason = error.strerror or str(error)
    if path != target.path:
        return f"{path}: {reason}"
    if isinstance(error, PermissionError) and os.access(path, os.R_OK):
        return f"{path} cannot be replaced: close programs that use it, or correct its permissions"
    return reason


def _path_of(error: OSError) -> str:
    """Return the path that an error is about, of a move the new one; "" if it has none."""
    for name in (error.filename2, error.filename):
        if isinstance(name, (str, bytes, os.PathLike)):  # no descriptor, nor None
            return os.fsdecode(name)
    return ""


def _file_on_the_way(path: str) -> str:
    """Return what is no folder on the way to a file."""
    while not os.path.lexists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path
