"""What `config` shows of an entry: the text for the file, and the client's own way to add it."""

import base64
import json
import os
import shlex
import subprocess
import sys
from typing import Dict, List, Optional, Sequence
from urllib.parse import quote

from cwd_server.commands.clients.client import AddCommand, Client
from cwd_server.commands.config import yaml_entry
from cwd_server.commands.config.json_edit import nested
from cwd_server.commands.config.toml_edit import TOMLEntries

HIDDEN = "\N{HORIZONTAL ELLIPSIS}"  # stands for what goes into the file alone


def format_entry(client: Client, name: str, entry: "Dict[str, object]") -> str:
    """Return a text in the client's format that has an entry, and nothing else.

    It can be printed to stdout.
    """
    keys = client.keys[0]
    if client.format == "toml":
        return _printable(
            TOMLEntries("", keys[0], client.is_list).add(name, entry).rstrip("\n"), "\\U{:08x}"
        )
    if client.format == "yaml":
        return _printable(yaml_entry.format_entry(keys, name, entry, client.is_list), "\\U{:08x}")
    document = nested((*keys, name), entry)
    return _printable(json.dumps(document, indent=2, ensure_ascii=False), "")


def _printable(text: str, escape: str) -> str:
    """Return a text with escapes for what stdout cannot say; `escape` "": as JSON has them."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    pieces = []
    for character in text:
        if character == "\n" or (character.isprintable() and _can_encode(character, encoding)):
            pieces.append(character)
        elif escape:
            pieces.append(escape.format(ord(character)))
        else:
            pieces.append(json.dumps(character)[1:-1])
    return "".join(pieces)


def _can_encode(character: str, encoding: str) -> bool:
    if character < "\x7f":
        return True
    try:
        character.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def describe_own_way(
    client: Client, name: str, argv: "List[str]", env: "Dict[str, str]", scope: str
) -> Optional[str]:
    """Return the client's own command or link that adds a server.

    None if it has none, or none that sets variables. `scope` is "user" or "project".
    """
    entry = client.shape.make(name, argv, env)
    if client.add is None:
        return None
    if isinstance(client.add, AddCommand):
        return _fill_command(client.add, name, argv, env, scope, entry)
    text = json.dumps(entry)
    encoded = base64.b64encode(text.encode("ascii")).decode("ascii")
    return client.add.template.format(
        name=quote(name, ""), json=quote(text, ""), base64=quote(encoded, "")
    )


def _fill_command(
    add: AddCommand,
    name: str,
    argv: "List[str]",
    env: "Dict[str, str]",
    scope: str,
    entry: "Dict[str, object]",
) -> Optional[str]:
    is_json = "{json}" in add.argv
    if env and not (add.env_option or is_json):
        return None
    variables: List[str] = []
    for variable, value in env.items():
        variables += [add.env_option, f"{variable}={value}"]
    fillings: Dict[str, Sequence[str]] = {
        "{name}": [name],
        "{scope}": [scope],
        "{argv}": argv,
        "{command}": argv[:1],
        "{args}": argv[1:],
        "{env}": variables,
        "{json}": [json.dumps({"name": name, **entry})],
    }
    words: List[str] = []
    for part in add.argv:
        words += fillings.get(part, [part])
    return quote_command(words)


def quote_command(words: "Sequence[str]") -> str:
    """Return a command line as one types it into this system's shell."""
    if os.name == "nt":
        return subprocess.list2cmdline(words)
    return " ".join(shlex.quote(word) for word in words)
