"""One entry in one client's file: put in, brought up to date, or taken out.

What to do is decided here; the editors (`json_edit`, `toml_edit`) do it to the text, `safe_write`
to the file.
"""

import contextlib
import os
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from cwd_server.commands.clients.client import Client
from cwd_server.commands.config import yaml_entry
from cwd_server.commands.config.edits import Change, ConfigConflict, Entries, OtherProgramConflict
from cwd_server.commands.config.file_access import make_folders
from cwd_server.commands.config.file_lock import client_lock, locked_folder
from cwd_server.commands.config.json_edit import JSONEntries
from cwd_server.commands.config.safe_write import (
    ChangedMeanwhileError,
    Snapshot,
    read_file,
    write_file,
)
from cwd_server.commands.config.toml_edit import TOMLEntries
from cwd_server.commands.formats import jsonc
from cwd_server.commands.launch import command_of, starts_same_program, starts_this_program

REMOTE_FIELDS = ("url", "httpUrl", "serverUrl", "serverURL")
REPOSITORY_FOLDER = ".git"
MOST_NOTED = 3  # entries of other names that start the same program, which are told of
ATTEMPTS = 5  # while somebody else writes the file as well

ADDED = "added"
REPLACED = "replaced"
REMOVED = "removed"
ALREADY = "it had this entry already"
NOT_THERE = "there is no such entry"
UNCHANGED = (ALREADY, NOT_THERE)


class Target(NamedTuple):
    """The file to edit.

    project: the folder that it must not lead out of; None for a file of the user's
    is_named: whether the user, or a variable, named the file; then a link must not lead out of a
        repository
    """

    path: str
    client: Client
    project: Optional[str]
    is_named: bool = False


class Wanted(NamedTuple):
    """What is wanted of an entry; a removal needs no `argv`."""

    name: str
    argv: List[str]
    env: Dict[str, str]
    remove: bool = False
    any_program: bool = False  # also if the entry starts another program


class Edit(NamedTuple):
    """A new text, and what is different in it; None: nothing is."""

    text: Optional[str]
    done: str
    notes: Tuple[str, ...] = ()


class Outcome(NamedTuple):
    """What became of a file; `notes`: what else the user should know of it."""

    done: str
    backup: Optional[str] = None
    notes: Tuple[str, ...] = ()


def find_edit(text: Optional[str], client: Client, wanted: Wanted) -> Edit:
    """Return the edit of a text that has what is wanted; raise ConfigConflict.

    `text` is None where there is no file.
    """
    if client.format == "yaml":
        return _edit_yaml(text, client, wanted)
    entries = read_entries(text or "", client)
    if wanted.remove:
        return _remove(entries, wanted)
    notes = _find_extension(text or "", client)
    if wanted.name not in entries.names():
        entry = client.shape.make(wanted.name, wanted.argv, wanted.env)
        notes += _note_same_launch(entries, wanted)
        return Edit(entries.add(wanted.name, entry), ADDED, tuple(notes))
    return _update(entries, client, wanted)._replace(notes=tuple(notes))


def read_entries(text: str, client: Client) -> Entries:
    """Return the entries of a client's text, which is not YAML; raise ConfigConflict."""
    if client.format == "toml":
        return TOMLEntries(text, client.keys[0][0], client.is_list)
    return JSONEntries(text, client.keys)


def _remove(entries: Entries, wanted: Wanted) -> Edit:
    if wanted.name not in entries.names():
        return Edit(None, NOT_THERE, tuple(_note_own_entries(entries)))
    entries.require_clear(wanted.name)
    if not wanted.any_program and not starts_this_program(command_of(entries.get(wanted.name))):
        raise OtherProgramConflict(
            f"its {wanted.name} starts something else: add --name {wanted.name} to remove it"
        )
    return Edit(entries.remove(wanted.name), REMOVED)


def _note_same_launch(entries: Entries, wanted: Wanted) -> "List[str]":
    """Say which entries of other names start what is wanted."""
    notes = []
    for name in entries.names():
        if starts_same_program(command_of(entries.get(name)), wanted.argv):
            notes.append(f"its {name} starts this too: --remove --name {name} removes it")
    return notes[:MOST_NOTED]


def _note_own_entries(entries: Entries) -> "List[str]":
    """Say which entries of other names start this program, where one is to be removed."""
    notes = []
    for name in entries.names():
        if starts_this_program(command_of(entries.get(name))):
            notes.append(f"its {name} starts this program: add --name {name} to remove it")
    return notes[:MOST_NOTED]


def _find_extension(text: str, client: Client) -> "List[str]":
    """Say what a client may refuse in a text that is edited all the same."""
    if client.format != "json":
        return []
    found = jsonc.find_extension(jsonc.to_strict_json(text))
    if found is None:
        return []
    place = jsonc.describe_place(text, found.offset)
    return [f"{place}: {found.what}, for which {client.title} may refuse the file"]


def _update(entries: Entries, client: Client, wanted: Wanted) -> Edit:
    """Bring an entry up to date: its command line, and the variables that were named."""
    entry = entries.get(wanted.name)
    old_argv = command_of(entry)
    if old_argv == wanted.argv and _has_variables(entry, client, wanted.env):
        return Edit(None, ALREADY)
    entries.require_clear(wanted.name)
    if not wanted.any_program and not starts_same_program(old_argv, wanted.argv):
        started = "something else"
        if starts_this_program(old_argv):
            started = "this program with other tools"
        raise ConfigConflict(
            f"its {wanted.name} starts {started}: add --replace, or choose another --name"
        )
    if not isinstance(entry, dict) or _is_remote(entry):
        new = client.shape.make(wanted.name, wanted.argv, wanted.env)
        return Edit(entries.exchange(wanted.name, new), REPLACED)
    changes = _changes(entry, client, wanted)
    return Edit(entries.change(wanted.name, changes), REPLACED)


def _is_remote(entry: "Dict[str, object]") -> bool:
    """Whether an entry says where a server is, not how to start it: nothing of it stays."""
    transport = entry.get("transport")
    for fields in (entry, transport):
        if not isinstance(fields, dict):
            continue
        if fields.get("type", "stdio") not in ("stdio", "local"):
            return True
        if any(name in fields for name in REMOTE_FIELDS):
            return True
    return False


def _has_variables(entry: object, client: Client, env: "Dict[str, str]") -> bool:
    if not isinstance(entry, dict):
        return False
    current = entry.get(client.shape.env)
    if not isinstance(current, dict):
        return not env
    return all(current.get(name) == value for name, value in env.items())


def _changes(entry: "Dict[str, object]", client: Client, wanted: Wanted) -> "List[Change]":
    below: Tuple[str, ...] = ()
    if isinstance(entry.get("transport"), dict):  # as Cline's own command writes it
        below = ("transport",)
    changes = []
    for field, value in client.shape.make_launch(wanted.argv).items():
        changes.append(Change((*below, field), value))
    for name, value in wanted.env.items():
        changes.append(Change((*below, client.shape.env, name), value))
    return changes


def _edit_yaml(text: Optional[str], client: Client, wanted: Wanted) -> Edit:
    """Make a YAML file that is not there; raise ConfigConflict for one that is to be changed."""
    if wanted.remove:
        if text is None or yaml_entry.find_program(text) is None:
            return Edit(None, NOT_THERE)
        raise ConfigConflict("it is YAML, which is not edited here")
    entry = client.shape.make(wanted.name, wanted.argv, wanted.env)
    lines = yaml_entry.format_entry(client.keys[0], wanted.name, entry, client.is_list)
    if text is None or not text.strip():
        return Edit(yaml_entry.format_file(client.preamble, lines), ADDED)
    if lines in text:
        return Edit(None, ALREADY)
    key = client.keys[0][0]
    line = yaml_entry.find_key(text, key)
    if line is None:
        place = f"it has no `{key}:` yet"
    else:
        place = f"the entries are below `{key}:` in line {line}"
    raise ConfigConflict(f"it is YAML, which is not edited here; {place}")


def apply(target: Target, wanted: Wanted, write: bool = True) -> Outcome:
    """Put what is wanted into a file; without `write`, only find out what that would do.

    Raises ConfigConflict or OSError: then the file is as it was.
    """
    path = _real_path(target)
    if not write:
        edit = _edit_snapshot(read_file(path), target.client, wanted)
        return Outcome(edit.done, notes=edit.notes)
    if wanted.remove and _is_missing(path):
        return Outcome(NOT_THERE)
    _refuse_early(path, target.client, wanted)
    make_folders(os.path.dirname(path))
    with _locked(path, target):
        for _ in range(ATTEMPTS):
            try:
                return _apply_once(path, target, wanted)
            except ChangedMeanwhileError:
                continue
    raise ConfigConflict("somebody else keeps changing it: try again")


def _refuse_early(path: str, client: Client, wanted: Wanted) -> None:
    """Raise what will be raised anyway, before anything is made on the way to the file."""
    _edit_snapshot(read_file(path), client, wanted)


def _apply_once(path: str, target: Target, wanted: Wanted) -> Outcome:
    old = read_file(path)
    edit = _edit_snapshot(old, target.client, wanted)
    if edit.text is None:
        return Outcome(edit.done, notes=edit.notes)
    in_project = target.project is not None
    mode = 0o600
    if in_project:
        mode = 0o666 & ~_umask()
    # A project has version control; its files are not ours to copy about
    written = write_file(
        path, old, edit.text.encode("utf-8"), keep_backup=not in_project, mode=mode
    )
    return Outcome(edit.done, written.backup, edit.notes)


def _edit_snapshot(snapshot: Optional[Snapshot], client: Client, wanted: Wanted) -> Edit:
    text = None
    if snapshot is not None:
        text = decode(snapshot.content)
    return find_edit(text, client, wanted)


def decode(content: bytes) -> str:
    """Return the text of a file; raise ConfigConflict unless it is UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigConflict("it is UTF-16, not UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigConflict(f"it is not UTF-8 (at byte {error.start})") from None


@contextlib.contextmanager
def _locked(path: str, target: Target) -> "Iterator[None]":
    with locked_folder(os.path.dirname(path)):
        if target.client.locks_file and target.project is None:
            with client_lock(target.path):
                yield
        else:
            yield


def _is_missing(path: str) -> bool:
    """Whether a file is not there; raise OSError where nobody can tell."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    return False


def _real_path(target: Target) -> str:
    """Return the path without symbolic links, which stay.

    Raise ConfigConflict if they lead where whoever made them must not decide: out of a project, or
    among the files of its version control.
    """
    path = os.path.realpath(target.path)
    root, what = target.project, "project"
    if root is None and target.is_named:
        root, what = repository_of(os.path.dirname(target.path)), "repository"
    if root is None:
        return path
    root = os.path.join(os.path.realpath(root), "")
    if not path.startswith(root):
        raise ConfigConflict(
            f"a symbolic link leads out of the {what}, to {path}: name that file if it is meant"
        )
    if REPOSITORY_FOLDER in path[len(root) :].split(os.sep):
        raise ConfigConflict(
            f"a symbolic link leads among the files of version control, to {path}"
        )
    return path


def repository_of(folder: str) -> Optional[str]:
    """Return the working copy that a folder is in, by its name; None if it is in none."""
    folder = os.path.abspath(folder)
    while True:
        if os.path.lexists(os.path.join(folder, REPOSITORY_FOLDER)):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _umask() -> int:
    """Return the mask that new files are made with; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
