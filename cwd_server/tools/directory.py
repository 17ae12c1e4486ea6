"""The current directory: who chose it, and why it is probably not the one that the user meant."""

import os

from cwd_server import location
from cwd_server.errors import UserError
from cwd_server.tools.owners import owner_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Tuple

# Clients that name the user's project in the environment: Claude Code; Cursor, with commas between
PROJECT_VARIABLES = ("CLAUDE_PROJECT_DIR", "WORKSPACE_FOLDER_PATHS")

# Who can have chosen the directory
PROCESS = "process"  # whoever started this process: the client
OPTION = "--cwd"
TOOL = "tool"  # a tool of this server called os.chdir


class DirectoryError(UserError):
    """The directory that --cwd names cannot be used."""


class Surroundings:
    """What an answer depends on beside the directory itself.

    home: the user's home directory, or None if the system does not know one
    projects: pairs of a variable and what it says is the user's project
    """

    __slots__ = ("home", "projects")

    def __init__(self, home: "Optional[str]", projects: "Tuple[Tuple[str, str], ...]") -> None:
        self.home = home
        self.projects = projects


def read_surroundings() -> "Surroundings":
    """Return what the environment says at the start: tools may change it later."""
    projects = []
    for variable in PROJECT_VARIABLES:
        value = os.environ.get(variable)
        if value:
            projects.append((variable, value))
    return Surroundings(home_directory(), tuple(projects))


def home_directory() -> "Optional[str]":
    """Return the absolute path of the user's home directory, or None if nobody knows it."""
    if os.environ.get("HOME") == "":
        return None  # Python would take the root of the file system
    home = os.path.expanduser("~")
    if os.path.isabs(home):
        return home
    return None  # no HOME, and a user whom the system's list does not have; or a relative HOME


def identity() -> "Optional[Tuple[int, int]]":
    """Return the device and inode of the current directory, or None if it is gone."""
    try:
        status = os.stat(os.curdir)
    except OSError:
        return None
    return status.st_dev, status.st_ino


class Choice:
    """Who chose the current directory, PROCESS or OPTION, and which one that was."""

    __slots__ = ("directory", "made_by")

    def __init__(self, made_by: str) -> None:
        self.made_by = made_by
        self.directory = identity()


choice = Choice(PROCESS)
surroundings = read_surroundings()


def change_directory(directory: str) -> None:
    """Make `directory` the current one, as --cwd asks; raise DirectoryError if that fails."""
    global choice
    try:
        _enter(_expanded(directory))
    except OSError as error:
        raise DirectoryError(f"--cwd {directory}: {_explain(directory, error)}") from None
    choice = Choice(OPTION)


def source() -> str:
    """Return who chose the current directory: PROCESS, OPTION or TOOL."""
    if identity() == choice.directory:
        return choice.made_by
    return TOOL


def _expanded(directory: str) -> str:
    """Return a directory with its ~ replaced; raise DirectoryError if nobody knows that home."""
    if not directory.startswith("~"):
        return directory
    path = os.path.expanduser(directory)
    user = directory[1:].partition("/")[0].partition(os.sep)[0]
    if user and not os.path.isabs(path):
        raise DirectoryError(f"--cwd {directory}: there is no user {user}")
    if not user and home_directory() is None:
        reason = "the home directory is not known (HOME is not set)"
        raise DirectoryError(f"--cwd {directory}: {reason}; write the directory itself")
    return path


def _enter(path: str) -> None:
    try:
        os.chdir(path)
    except UnicodeEncodeError:
        # PyPy in the C locale reads arguments as UTF-8, and takes ASCII alone for paths
        os.chdir(path.encode("utf-8", "surrogateescape"))


def _explain(directory: str, error: OSError) -> str:
    """Return why a directory cannot be entered."""
    if "${" in directory:
        return "the client did not expand this variable; write the directory itself"
    return str(error.strerror)


def remedy() -> str:
    """Return what the user can do so that the server starts in another directory."""
    if choice.made_by == OPTION:
        return "change `--cwd DIR` in the args of this server in the client's configuration"
    return "add `--cwd DIR` to the args of this server in the client's configuration"


def problems(directory: str, chosen_by: str, around: "Surroundings") -> "List[str]":
    """Return why a directory is probably not the one that was meant, as ends of a sentence.

    directory: its absolute path
    chosen_by: PROCESS, OPTION or TOOL
    around: what the environment said at the start
    """
    found = []
    place = _problem_of_place(directory, chosen_by, around.home)
    if place is not None:
        found.append(place)
    owner = owner_of(_path_for_owner(directory))
    if owner is not None and not _is_in_named_project(directory, around):
        found.append(f"belongs to {owner}, not to a project")
    for variable, value in around.projects:
        folders = _folders_in(value)
        if folders and not _is_one_of(directory, folders):
            found.append(f"is not the project that the client names in {variable}, {value}")
    return found


def _problem_of_place(directory: str, chosen_by: str, home: "Optional[str]") -> "Optional[str]":
    if _is_root(directory):
        return "is the root of the file system, where some clients start every server"
    if home is not None and _is_same(directory, home):
        return "is the home directory itself, where some clients start every server"
    if chosen_by == PROCESS and location.runs_from_archive():
        if _is_same(directory, os.path.dirname(location.ROOT)):
            return "is the one that this server's own file is in"
    return None


def _is_root(directory: str) -> bool:
    drive, _ = os.path.splitdrive(directory)
    if drive.startswith(("\\\\", "//")):  # \\host\share: the root of a share can be a project
        return False
    return os.path.dirname(directory) == directory


def _is_same(directory: str, other: str) -> bool:
    """Whether two names are of one directory.

    It has several by links, mounts, substituted drives and letter case.
    """
    try:
        return os.path.samefile(directory, other)
    except (OSError, ValueError):  # one of them is not there, or no name at all
        return False


def _is_one_of(directory: str, folders: "List[str]") -> bool:
    for folder in folders:
        if _is_same(directory, folder):
            return True
    return False


def _folders_in(value: str) -> "List[str]":
    """Return the absolute paths in a variable: all of it, and what stands between commas."""
    candidates = [value]
    if "," in value:
        candidates += value.split(",")
    folders = []
    for candidate in candidates:
        folder = os.path.expanduser(candidate.strip())
        if os.path.isabs(folder):
            folders.append(folder)
    return folders


def _is_in_named_project(directory: str, around: "Surroundings") -> bool:
    """Whether the client itself names this directory, or one above it, as the user's project."""
    named: List[str] = []
    for _, value in around.projects:
        named += _folders_in(value)
    while named:
        if _is_one_of(directory, named):
            return True
        parent = os.path.dirname(directory)
        if parent == directory:
            return False
        directory = parent
    return False


def _path_for_owner(directory: str) -> str:
    """Return a directory's path as `owner_of` takes it: without a drive, with `/`."""
    _, path = os.path.splitdrive(directory)
    return path.replace(os.sep, "/")
