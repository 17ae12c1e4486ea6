"""The fields of an entry: what they say, or why a client refuses them.

A client gives an entry up at the first field of a wrong form, and so does `read_fields`.
"""

import re
from difflib import get_close_matches
from typing import Dict, Iterator, List, NamedTuple, Tuple

from cwd_server.commands.check.file import Entry
from cwd_server.commands.check.findings import Finding, problem, skipped, suspicion
from cwd_server.commands.clients.readers import Reader
from cwd_server.commands.clients.table import CLIENTS

LONGEST_NAME_SHOWN = 60  # characters, of a field or a variable
MOST_FIELDS = 50  # of an entry, that are looked at for misspelt ones

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_REMOTE_FIELDS = ("url", "httpUrl", "serverUrl", "serverURL")
_REMOTE_TYPES = (
    "http", "sse", "streamable-http", "streamableHttp", "streamable_http", "remote", "ws",
)  # fmt: skip
_FIELDS = ("command", "args", "env", "cwd")
_ENV_FIELDS = ("env", "environment", "envs")
_SWITCHES = ("disabled", "enabled")
# What other programs call `command` and `args`
_OTHER_NAMES = {
    "executable": "command", "program": "command", "exec": "command", "binary": "command",
    "arguments": "args", "argv": "args", "parameters": "args", "params": "args",
}  # fmt: skip
_SERVER_KEYS = ("mcpServers", "servers", "mcp_servers", "context_servers")
_KINDS = {
    type(None): "null",
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    dict: "an object",
    list: "a list",
}


class EntryError(Exception):
    """The client does not start an entry: `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


class Fields(NamedTuple):
    """What an entry says, before variables are replaced."""

    command: str
    args: List[str]
    env: Dict[str, str]
    cwd: str
    findings: List[Finding]  # what is probably not meant that way


def fields_in(entry: Entry) -> "Dict[str, object]":
    """Return the fields of an entry; an empty object for one that has none."""
    value = entry.value
    if not isinstance(value, dict):
        return {}
    transport = value.get("transport")
    if isinstance(transport, dict):  # as Cline's own command writes it
        return transport
    return value


def read_fields(entry: Entry, reader: Reader) -> Fields:
    """Return the fields of an entry; raise EntryError if its client does not start it."""
    if entry.switched_off:
        raise EntryError(skipped(f"not started: {entry.switched_off}"))
    if not isinstance(entry.value, dict):
        wanted = "it must be an object with `command` and `args`"
        raise EntryError(problem(f"its entry is {kind_of(entry.value)}: {wanted}"))
    fields = fields_in(entry)
    if _is_of_an_extension(fields, reader):
        raise EntryError(skipped(f"not started: an extension of {reader.title} does that"))
    _check_type(fields, reader)
    if _is_remote(fields, reader):
        _require_type(fields, reader, wanted=1)
        raise EntryError(skipped("remote server: there is nothing to start"))
    findings: List[Finding] = []
    command, args = _read_command(entry.name, fields, reader, findings)
    _require_type(fields, reader, wanted=0)
    env = _read_env(fields, reader, findings)
    findings += _judge_switches(entry.value)
    cwd = fields.get(reader.habits.cwd_field, fields.get("cwd", ""))
    if not isinstance(cwd, str):
        raise EntryError(problem(f"`cwd` is {kind_of(cwd)}: it must be a string"))
    if not _is_usable(cwd):
        raise EntryError(problem("`cwd` is not a path that a directory can have"))
    return Fields(command, args, env, cwd, _misspelt_fields(fields) + findings)


def kind_of(value: object) -> str:
    """Return in words what kind of value one of JSON or TOML is."""
    return _KINDS.get(type(value), "a date")


def _is_of_an_extension(fields: "Dict[str, object]", reader: Reader) -> bool:
    """Whether an entry has but settings for a server that an extension of Zed brings."""
    if "command" in fields or "context_servers" not in reader.keys[0]:
        return False
    return fields.get("source") == "extension" or "settings" in fields


def _check_type(fields: "Dict[str, object]", reader: Reader) -> None:
    """Raise EntryError for a `type` that the client refuses, or one that it misses."""
    habits, who = reader.habits, reader.title
    kind = fields.get("type")
    if habits.types is None:
        return
    if kind is None and habits.url_needs_type and "url" in fields and "command" not in fields:
        remedy = 'add "type": "http", or "sse"'
        raise EntryError(problem(f"it has `url` and no `type`, and {who} skips it: {remedy}"))
    if kind is not None and kind not in habits.types:
        shown = str(kind)[:LONGEST_NAME_SHOWN]
        known = ", ".join(habits.types[:4])
        raise EntryError(problem(f"`type` is {shown}, which {who} does not know: {known}"))
    if kind in _REMOTE_TYPES and not any(name in fields for name in _REMOTE_FIELDS):
        raise EntryError(problem(f"`type` is {kind}, and there is no `url`: {who} skips it"))


def _require_type(fields: "Dict[str, object]", reader: Reader, wanted: int) -> None:
    """Raise EntryError for a client that needs a `type`; `wanted` says which of those it knows."""
    habits = reader.habits
    if habits.needs_type and habits.types is not None and "type" not in fields:
        remedy = f'write "type": "{habits.types[wanted]}"'
        raise EntryError(problem(f"there is no `type`, which {reader.title} needs: {remedy}"))


def _is_remote(fields: "Dict[str, object]", reader: Reader) -> bool:
    if "command" in fields and "type" not in fields and reader.habits.url_needs_type:
        return False
    for name in _REMOTE_FIELDS:
        if name in fields:
            return True
    return fields.get("type") in _REMOTE_TYPES and "command" not in fields


def _judge_switches(entry: object) -> "Iterator[Finding]":
    """Say that a switch which is no boolean switches nothing, or fails the whole file."""
    for name in _SWITCHES:
        value = entry.get(name) if isinstance(entry, dict) else None
        if value is not None and not isinstance(value, bool):
            remedy = "write true or false, without quotes"
            yield suspicion(f"`{name}` is {kind_of(value)}: {remedy}")


def _read_command(
    entry: str, fields: "Dict[str, object]", reader: Reader, findings: "List[Finding]"
) -> "Tuple[str, List[str]]":
    """Return program and arguments; add what is to be said of them."""
    command = fields.get("command")
    if command is None and _reads_cmd(reader):
        command = fields.get("cmd")
    args = fields.get("args", [])
    if command is None or command == "" or command == []:
        raise EntryError(problem(_no_command(entry, fields)))
    if "args" in fields and reader.habits.command_is_list:
        findings.append(
            suspicion(f"`args` is not read by {reader.title}: put its words into `command`")
        )
        args = []
    if isinstance(command, list):
        if reader.name and not reader.habits.command_is_list:
            remedy = f"{reader.title} takes a string, with the rest in `args`"
            raise EntryError(problem(f"`command` is a list: {remedy}"))
        words = [*command, *_read_args(args)]
    else:
        words = [command, *_read_args(args)]
        if not isinstance(command, str):
            wanted = "it must be a string"
            if isinstance(command, dict) and "path" in command:  # as Zed once had it
                wanted = "write its `path` here, and its `args` and `env` beside it"
            raise EntryError(problem(f"`command` is {kind_of(command)}: {wanted}"))
        if reader.habits.command_is_list:
            remedy = f'{reader.title} takes a list, ["{command}", …]'
            raise EntryError(problem(f"`command` is a string: {remedy}"))
    program = words[0]
    if not isinstance(program, str) or not _is_usable(program):
        raise EntryError(problem("`command` is not a path that a program can have"))
    return program, _strings("args", words[1:])


def _read_args(args: object) -> "List[object]":
    """Return arguments of any kind."""
    if isinstance(args, str):
        words = ", ".join(f'"{word}"' for word in args.split()[:20])
        raise EntryError(problem(f"`args` is one string: write a list, [{words}]"))
    if not isinstance(args, list):
        wanted = "it must be a list of strings"
        raise EntryError(problem(f"`args` is {kind_of(args)}: {wanted}"))
    return args


def _strings(field: str, words: "List[object]") -> "List[str]":
    """Return a list of words; raise EntryError for what is no string."""
    strings = []
    for index, word in enumerate(words):
        place = f"{field}[{index}]"
        if not isinstance(word, str):
            text = f"{place} is {kind_of(word)}, and must be a string"
            if isinstance(word, (int, float)):
                text += f': write "{word}"'
            raise EntryError(problem(text))
        if not _is_usable(word):
            raise EntryError(problem(f"{place} has a character that no argument can have"))
        strings.append(word)
    return strings


def _is_usable(word: str) -> bool:
    """Return whether the system takes a text as an argument: it has no NUL and is Unicode."""
    return "\0" not in word and not _LONE_SURROGATE.search(word)


def _reads_cmd(reader: Reader) -> bool:
    return not reader.name or CLIENTS[reader.name].shape.command == "cmd"


def _no_command(entry: str, fields: "Dict[str, object]") -> str:
    """Say what is there in the place of a command."""
    names = list(fields)[:MOST_FIELDS]
    for name in names:
        shown = name[:LONGEST_NAME_SHOWN]
        if name == "command":
            return "`command` is empty: name a program by its absolute path"
        if name in _SERVER_KEYS and isinstance(fields[name], dict):
            return (
                f"a whole configuration is inside this entry: put what `{name}` holds in its place"
            )
        if name == "cmd" or _OTHER_NAMES.get(name.lower()) == "command":
            return f"there is no `command`: `{shown}` is not read"
        if get_close_matches(shown.lower(), ["command"], 1, 0.8):
            return f"there is no `command`: `{shown}` is not read"
    if any(_is_entry(fields[name]) for name in names):
        return "it holds entries, and is none: put them one level up"
    outer, dot, inner = entry.rpartition(".")
    if dot and inner in _ENV_FIELDS:
        remedy = f"write [mcp_servers.{outer}.{inner}] without them"
        return f"there is no `command`: the quotes make it a server of its own; {remedy}"
    return "there is no `command`: name a program by its absolute path"


def _is_entry(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("command"), (str, list))


def _misspelt_fields(fields: "Dict[str, object]") -> "List[Finding]":
    """Say which field is almost one that clients read, where that one is missing."""
    found = []
    for name in list(fields)[:MOST_FIELDS]:
        if name in _FIELDS or name in _ENV_FIELDS or name == "cmd":
            continue
        shown = name[:LONGEST_NAME_SHOWN]
        close = get_close_matches(shown.lower(), _FIELDS, 1, 0.75)
        if shown.lower() in _OTHER_NAMES:
            close = [_OTHER_NAMES[shown.lower()]]
        if close and close[0] not in fields:
            found.append(suspicion(f"`{shown}` is not read: did you mean `{close[0]}`?"))
    return found


def _read_env(
    fields: "Dict[str, object]", reader: Reader, findings: "List[Finding]"
) -> "Dict[str, str]":
    """Return the environment of an entry, whose values are never shown; add what is to be said."""
    field = reader.habits.env_field
    for other in _ENV_FIELDS:
        if other not in fields or other == field:
            continue
        if reader.name:
            remedy = f"its field is `{field}`"
            findings.append(suspicion(f"`{other}` is not read by {reader.title}: {remedy}"))
        elif field not in fields:
            field = other
    env = fields.get(field)
    if env is None:
        return {}
    if not isinstance(env, dict):
        wanted = "it must be an object of strings"
        raise EntryError(problem(f"`{field}` is {kind_of(env)}: {wanted}"))
    for name, value in env.items():
        _check_variable(f"{field}.{name[:LONGEST_NAME_SHOWN]}", name, value)
    return dict(env)


def _check_variable(place: str, name: str, value: object) -> None:
    if not isinstance(value, str):
        text = f"{place} is {kind_of(value)}, and must be a string: put it into quotes"
        raise EntryError(problem(text))
    if not name or "=" in name or not _is_usable(name + value):
        raise EntryError(problem(f"{place} cannot be a variable: no name has = or NUL in it"))
