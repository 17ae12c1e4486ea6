"""Which clients there are, which are installed, and in which this server is entered."""

import os
import sys
from typing import List

from cwd_server.commands.clients.client import LARGEST_FILE, Client
from cwd_server.commands.clients.table import CLIENTS
from cwd_server.commands.config import yaml_entry
from cwd_server.commands.config.edits import ConfigConflict
from cwd_server.commands.config.entry_file import decode, read_entries
from cwd_server.commands.errors import CommandError
from cwd_server.commands.home import find_home
from cwd_server.commands.launch import command_of, starts_this_program
from cwd_server.commands.terminal import print_safely


def print_clients() -> None:
    """Print a line with the file of each client.

    On stderr, which are installed and have this server.
    """
    find_home()  # without one, none of the lines below would be of use
    installed: List[str] = []
    entered: List[str] = []
    for name, client in CLIENTS.items():
        try:
            path = _main_file(client)
            print_safely(f"{name:<15} {path}")
            if client.user is not None and client.is_installed():
                installed.append(name)
        except CommandError as error:
            print_safely(f"{name}: {error}", sys.stderr)
            continue
        for file in _files(client, path):
            entered += [f"{name}: {each} in {file}" for each in find_own_entries(file, client)]
    sys.stdout.flush()
    print_safely(f"Installed here: {', '.join(installed) or 'none that is known'}", sys.stderr)
    for place in entered:
        print_safely(f"Entered already: {place}", sys.stderr)
    hint = "`config CLIENT` prints the entry for one of them, `config CLIENT --write` adds it."
    print_safely(hint, sys.stderr)


def _main_file(client: Client) -> str:
    if client.user is None:
        return client.project_file(os.getcwd())
    return client.user_file()


def _files(client: Client, path: str) -> "List[str]":
    """Return the files of a client that are there: the user's, and this directory's."""
    files = [path]
    if client.project:
        files.append(client.project_file(os.getcwd()))
    return [file for file in sorted(set(files)) if os.path.isfile(file)]


def find_own_entries(path: str, client: Client) -> "List[str]":
    """Return the names of the entries that start this program.

    None for a file that cannot be read.
    """
    try:
        with open(path, "rb") as file:
            text = decode(file.read(LARGEST_FILE))
        if client.format == "yaml":
            line = yaml_entry.find_program(text)
            return [f"line {line}"] if line else []
        entries = read_entries(text, client)
    except (ConfigConflict, OSError):
        return []
    found = []
    for name in entries.names():
        if starts_this_program(command_of(entries.get(name))):
            found.append(name)
    return found
