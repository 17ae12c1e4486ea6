"""A client's configuration, read as that client reads it: its servers, or why there are none."""

import itertools
import os
import re
from difflib import get_close_matches
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from cwd_server.commands.check.file_text import (
    FileError,
    FileText,
    read_file_text,
    show_path,
)
from cwd_server.commands.check.findings import Finding, problem, warning
from cwd_server.commands.check.switches import Switches, project_switches
from cwd_server.commands.clients.readers import (
    ANY_JSON_KEY,
    KeyPath,
    Reader,
    is_users_own,
    misplaced,
    nobody,
    project_of,
    reader_by_key,
    reader_called,
    readers_at,
)
from cwd_server.commands.formats.jsonc import describe_place, find_extension
from cwd_server.commands.terminal import escape_line
from cwd_server.wording import shorten

MOST_SERVERS = 500
MOST_NAMES_COMPARED = 200  # names at the top of a file, in which an almost right key is looked for

# What else people have that begins with {, by a key that it has at the top
_MANIFESTS = {
    "manifest_version": "the manifest of a bundle or an extension",
    "dxt_version": "the manifest of a bundle",
}
_OTHER_FILES = {
    "packages": "an entry of a registry, or a lock file",
    "scripts": "a package.json",
}
_NO_LETTER = re.compile(r"[^a-z]")
_ENTRY_FIELDS = ("command", "cmd", "url", "httpUrl", "serverUrl", "transport")


class Entry(NamedTuple):
    """A server as the file names it."""

    name: str
    value: object
    project: str  # the folder that is open in the client, or an empty text
    switched_off: str  # why the client does not start it, or an empty text


class Configuration(NamedTuple):
    """What a file says, read as one client does."""

    path: str
    reader: Reader
    entries: List[Entry]
    findings: List[Finding]  # about the file as a whole
    is_users_own: bool


def read_configuration(path: str, client: "Optional[str]" = None) -> Configuration:
    """Return what a file says to the client that is named, else to the one whose file it is.

    Raises FileError for a file that cannot be read or has no servers, UsageError for an unknown
    client.
    """
    config = read_file_text(path)
    reader = _choose_reader(path, config.value, client)
    _refuse_other_form(path, config.value, reader)
    project = project_of(path, reader)
    entries = list(itertools.islice(_entries(config.value, reader, project), MOST_SERVERS + 1))
    if len(entries) > MOST_SERVERS:
        raise FileError(path, f"more than {MOST_SERVERS} servers, too many to check")
    near_miss = _near_miss(config.value, reader)
    findings = _judge_place(path, client)
    if not entries and findings:
        raise FileError(path, findings[0].text)
    if not entries:
        raise FileError(path, near_miss or _no_servers(config.value, reader))
    findings += _judge_comments(config, reader)
    for name in config.duplicates[:5]:
        findings.append(warning(f"'{_show_name(name)}' is there twice: the last one counts"))
    if near_miss:
        findings.append(warning(near_miss))
    findings += _elsewhere(path, reader, project)
    own = is_users_own(path, reader)
    return Configuration(path, reader, entries, findings, own)


def _choose_reader(path: str, document: object, client: "Optional[str]") -> Reader:
    """Return the client that reads a file: the one that is named, else the one whose place it has.

    Of clients that share a place, the first is taken that finds its key in the file.
    """
    if client is not None:
        return reader_called(client)
    readers = readers_at(path)
    if not isinstance(document, dict):
        document = {}
    for reader in readers:
        if _has_any(document, reader):
            return reader
    if readers:
        return readers[0]
    if path.endswith(".toml"):
        return nobody(path)
    return reader_by_key(list(document)[:MOST_NAMES_COMPARED]) or nobody(path)


def _refuse_other_form(path: str, document: object, reader: Reader) -> None:
    """Raise FileError for a list of servers where the client takes entries by name, or vice versa.

    A client that nobody knows is no exception: no JSON of any client has a list.
    """
    for key in reader.keys:
        found = _look_up(document, key)
        where = f"`{'.'.join(key)}`"
        if isinstance(found, list) and not reader.takes_list:
            if not reader.name and path.endswith(".toml"):
                continue
            wanted = "an object, {NAME: {…}, …}"
            if path.endswith(".toml"):
                wanted = f"tables, [{'.'.join(key)}.NAME]"
            raise FileError(path, f"{where} is a list: {reader.title} takes {wanted}")
        if isinstance(found, dict) and reader.takes_list:
            remedy = f"[[{'.'.join(key)}]] for each server, with its `name`"
            raise FileError(path, f"{where} is a table: {reader.title} takes {remedy}")


def _judge_place(path: str, client: "Optional[str]") -> "List[Finding]":
    """Say that a client does not look for servers in a file, although people do."""
    place = misplaced(path)
    if place is None or client not in (None, place.client):
        return []
    text = f"{reader_called(place.client).title} reads no servers from this file: {place.instead}"
    if place.once_did:
        return [warning(text)]
    return [problem(text)]


def _judge_comments(config: FileText, reader: Reader) -> "List[Finding]":
    """Say what a client thinks of comments and trailing commas."""
    strict = config.strict
    if reader.habits.comments or strict is None:
        return []
    found = find_extension(strict)
    if found is None:
        return []
    what = found.what
    place = describe_place(config.text, found.offset)
    if reader.habits.comments is None:
        return [warning(f"{place}: {what}, which strict clients such as Claude Code refuse")]
    return [problem(f"{place}: {what}: {reader.title} reads strict JSON, and refuses the file")]


def _entries(document: object, reader: Reader, project: str) -> "Iterator[Entry]":
    """Yield the servers under the keys at which a client looks."""
    if not isinstance(document, dict):
        return
    switches = Switches()
    if reader.name == "claude-code" and project:
        switches = project_switches(project)
    switches.add(document)
    yield from _entries_of(document, reader, project, switches)
    projects = document.get("projects")  # as ~/.claude.json has them
    if reader.name in ("", "claude-code") and isinstance(projects, dict):
        for folder, settings in projects.items():
            if isinstance(settings, dict):
                of_project = Switches()
                of_project.add(settings)
                yield from _entries_of(settings, reader, folder, of_project)


def _entries_of(
    document: "Dict[str, object]", reader: Reader, project: str, switches: Switches
) -> "Iterator[Entry]":
    for key in reader.keys:
        found = _look_up(document, key)
        for name, value in _pairs_in(found):
            if not _is_settings(key, name, value):
                yield Entry(name, value, project, switches.why_off(name, value))


def _pairs_in(found: object) -> "Iterator[Tuple[str, object]]":
    """Yield what is under a key, each with its name; nothing where no servers can be."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield str(name), value
    elif isinstance(found, list):  # tables of TOML, each with its name
        for value in found:
            if isinstance(value, dict):
                yield str(value.get("name")), value


def _look_up(document: object, key: KeyPath) -> object:
    found = document
    for name in key:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def _is_settings(key: KeyPath, name: str, value: object) -> bool:
    """Return whether what is in `mcp` is no server but the settings of some client."""
    if key != ("mcp",):
        return False
    if not isinstance(value, dict):
        return True
    return name == "servers" and not any(field in value for field in _ENTRY_FIELDS)


def _no_servers(document: object, reader: Reader) -> str:
    for key in reader.keys:
        found = _look_up(document, key)
        if found is not None and not isinstance(found, (dict, list)):
            name = ".".join(key)
            return f"`{name}` must be an object, {{NAME: {{…}}, …}}: there is no server in it"
    where = " or ".join(f"`{'.'.join(key)}`" for key in reader.keys)
    who = "clients look"
    if reader.name:
        who = f"{reader.title} looks"
    return f"there is no server in it, under {where}, where {who} for them"


def _near_miss(document: object, reader: Reader) -> str:
    """Say which key at the top of a file is almost the one that its client reads."""
    if not isinstance(document, dict):
        return "it holds no object: a configuration begins with {"
    has_any = _has_any(document, reader)
    other_file = ""
    if not has_any:
        other_file = _describe_other_file(document, _MANIFESTS, reader)
    if other_file:
        return other_file  # also if one of its own keys is almost the client's
    right = [key[0] for key in reader.keys]
    others = [key[0] for key in ANY_JSON_KEY] + ["mcp_servers"]
    for name in list(document)[:MOST_NAMES_COMPARED]:
        if name in right or not isinstance(document[name], (dict, list)) or len(name) > 40:
            continue
        wanted = _almost(name, right)
        if not wanted and name in others and reader.name and not has_any:
            wanted = right[0]
        if wanted:
            return f"`{_show_name(name)}` is not read by {reader.title}: its key is `{wanted}`"
    if has_any:
        return ""
    if _holds_entries(document):
        wanted = ".".join(reader.keys[0])
        if _is_entry(document):
            entry = f'{{"{wanted}": {{"NAME": {{…}}}}}}'
            return f"a server stands at the top of the file, without a name: put it into {entry}"
        return f'the servers stand at the top of the file: put them into {{"{wanted}": {{…}}}}'
    return _describe_other_file(document, _OTHER_FILES, reader)


def _describe_other_file(
    document: "Dict[str, object]", kinds: "Dict[str, str]", reader: Reader
) -> str:
    """Say what else a file may be, by a key that is in it; "" if nothing tells."""
    for key, kind in kinds.items():
        if key in document:
            wanted = reader.keys[0][0]
            return f"it looks like {kind}: check reads the file of a client, with `{wanted}`"
    return ""


def _almost(name: str, keys: "List[str]") -> str:
    """Return the key that a name is but for case, signs and a letter or two; "" for none."""
    simplified = {_simplify(key): key for key in reversed(keys)}
    close = get_close_matches(_simplify(name), list(simplified), 1, 0.85)
    if not close:
        return ""
    return simplified[close[0]]


def _has_any(document: "Dict[str, object]", reader: Reader) -> bool:
    return any(key[0] in document for key in reader.keys)


def _holds_entries(document: "Dict[str, object]") -> bool:
    return any(_is_entry(value) for value in [document, *document.values()])


def _is_entry(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("command"), (str, list))


def _simplify(name: str) -> str:
    return _NO_LETTER.sub("", name.lower())


def _show_name(name: str) -> str:
    return shorten(escape_line(name), 60)


def _elsewhere(path: str, reader: Reader, project: str) -> "Iterator[Finding]":
    """Say that a client reads another file than this one."""
    if not reader.user_file or project or is_users_own(path, reader):
        return
    if os.path.basename(path) != os.path.basename(reader.user_file):
        return
    yield warning(
        f"{reader.title} does not read this file here: it reads {show_path(reader.user_file)}"
    )
