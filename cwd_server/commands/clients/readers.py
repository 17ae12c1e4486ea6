"""Which client reads a file: by its name, its place, and the keys in it."""

import os
from typing import List, NamedTuple, Optional, Tuple

from cwd_server.commands.clients.client import Client
from cwd_server.commands.clients.finding import find_client
from cwd_server.commands.clients.habits import UNKNOWN, Habits, habits_of
from cwd_server.commands.clients.table import CLIENTS
from cwd_server.commands.errors import CommandError

KeyPath = Tuple[str, ...]

# Where servers may be, for a file that is nobody's: whichever client reads it, it is one of these
ANY_JSON_KEY: List[KeyPath] = [
    ("mcpServers",),
    ("servers",),
    ("context_servers",),
    ("mcp", "servers"),
    ("mcp",),
    ("amp.mcpServers",),
]
ANY_TOML_KEY: List[KeyPath] = [("mcp_servers",)]
_ON_WINDOWS_ALONE = {"visual-studio"}
# Keys that one client alone has
_TELLING_KEYS = {
    "context_servers": "zed",
    "servers": "vscode",
    "amp.mcpServers": "amp",
}


class Misplaced(NamedTuple):
    """A file in which people look for a client's servers, and the client does not."""

    end: str  # of its path
    client: str
    instead: str  # where the client looks
    once_did: bool = False  # older ones looked here, and some may


_CLAUDE_CODE = "it reads ~/.claude.json, and .mcp.json in a project"
_VSCODE = "newer ones read mcp.json in the same folder, under `servers`"
_MISPLACED = (
    Misplaced(".claude/settings.json", "claude-code", _CLAUDE_CODE),
    Misplaced(".claude/settings.local.json", "claude-code", _CLAUDE_CODE),
    Misplaced(".claude/mcp.json", "claude-code", _CLAUDE_CODE),
    Misplaced(".claude/.mcp.json", "claude-code", _CLAUDE_CODE),
    Misplaced(".vscode/settings.json", "vscode", _VSCODE, once_did=True),
    Misplaced("Code/User/settings.json", "vscode", _VSCODE, once_did=True),
    Misplaced(".codex/mcp.json", "codex", "it reads config.toml in the same folder"),
    Misplaced(".codex/config.json", "codex", "it reads config.toml in the same folder"),
)


class Reader(NamedTuple):
    """A client as the reader of a file; without a name for a file that no known client reads."""

    name: str
    title: str  # as a sentence begins with it
    keys: List[KeyPath]  # where it looks for servers
    habits: Habits
    user_file: str = ""  # absolute
    project_files: Tuple[str, ...] = ()  # relative to the project, with / between names
    takes_list: bool = False  # its servers are a list, and name themselves


def all_readers() -> "List[Reader]":
    """Return every client that there is on this system, as a reader."""
    readers = []
    for name in CLIENTS:
        if os.name == "nt" or name not in _ON_WINDOWS_ALONE:
            readers.append(_reader(name))
    return readers


def reader_called(name: str) -> Reader:
    """Return a client by its name; raise UsageError if there is none."""
    find_client(name)
    return _reader(name)


def nobody(path: str) -> Reader:
    """Return the reader of a file that no known client is known to read."""
    keys = ANY_TOML_KEY if path.endswith(".toml") else ANY_JSON_KEY
    return Reader("", "a client", keys, UNKNOWN)


def misplaced(path: str) -> "Optional[Misplaced]":
    """Return whose servers a file is thought to hold by its place, and does not; None for none."""
    for each in _MISPLACED:
        if _ends_with(path, each.end):
            return each
    return None


def readers_at(path: str) -> "List[Reader]":
    """Return the clients that may read a file by its place, the likeliest first."""
    readers = all_readers()
    for reader in readers:
        if is_users_own(path, reader):
            return [reader]
    longest = 0  # .warp/.mcp.json is Warp's, although .mcp.json is of others
    found: List[Reader] = []
    for reader in readers:
        length = len(_project_file(path, reader))
        if length > longest:
            longest = length
            found = []
        if length and length == longest:
            found.append(reader)
    if found:
        return found
    for reader in readers:
        if reader.user_file and _ends_with(path, _telling_end(reader.user_file)):
            return [reader]
    return []


def reader_by_key(top_level_names: "List[str]") -> "Optional[Reader]":
    """Return the client that alone has one of the keys at the top of a file, or None."""
    for key, name in _TELLING_KEYS.items():
        if key in top_level_names and "mcpServers" not in top_level_names and name in CLIENTS:
            return _reader(name)
    return None


def is_users_own(path: str, reader: Reader) -> bool:
    """Return whether a path is the file in which a client keeps the user's servers."""
    return bool(reader.user_file) and _same_file(path, reader.user_file)


def project_of(path: str, reader: Reader) -> str:
    """Return the project whose file this is for a client, or an empty text."""
    project_file = _project_file(path, reader)
    if not project_file:
        return ""
    folder = os.path.abspath(path)
    for _ in project_file.split("/"):
        folder = os.path.dirname(folder)
    return folder


def _project_file(path: str, reader: Reader) -> str:
    """Return which of a client's files in projects a path is, or an empty text."""
    for project_file in reader.project_files:
        if _ends_with(path, project_file):
            return project_file
    return ""


def _same_file(one: str, other: str) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))


def _ends_with(path: str, end: str) -> bool:
    folded = os.path.normcase(os.path.abspath(path)).replace(os.sep, "/")
    return folded.endswith("/" + os.path.normcase(end).replace(os.sep, "/"))


def _telling_end(path: str) -> str:
    """Return as much of the end of a user's file as tells whose it is."""
    folder, name = os.path.split(path)
    if name in ("mcp.json", "settings.json", "config.toml", "config.yaml", ".mcp.json"):
        return os.path.basename(folder) + "/" + name
    return name


def _reader(name: str) -> Reader:
    client = CLIENTS[name]
    keys = sorted(client.keys, key=len, reverse=True)
    project_files = client.project
    if client.is_list and client.format == "yaml":  # a file of any name
        project_files = ()
    return Reader(
        name,
        client.title,
        keys,
        habits_of(name),
        _user_file(client),
        project_files,
        client.is_list,
    )


def _user_file(client: Client) -> str:
    """Return the absolute path of a client's own file, "" where it has none or nobody can tell."""
    try:
        return client.user_file()
    except CommandError:
        return ""
