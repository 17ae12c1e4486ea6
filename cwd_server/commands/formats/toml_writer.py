"""Names and values as TOML writes them; YAML takes the same strings."""

import json
import re

from cwd_server.commands.formats.toml_reader import Scalar

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")


def format_key(name: str) -> str:
    """Return a name as TOML writes it: if possible without escapes, which hide it from people."""
    if _BARE_KEY.match(name):
        return name
    if ('"' in name or "\\" in name) and "'" not in name and name.isprintable():
        return f"'{name}'"
    return format_value(name)


def format_value(value: object) -> str:
    """Return a value as TOML writes it, on one line and in ASCII where it cannot be printed."""
    if isinstance(value, Scalar):
        return value
    if isinstance(value, dict):
        pairs = [f"{format_key(name)} = {format_value(each)}" for name, each in value.items()]
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(format_value(each) for each in value) + "]"
    return escape_unprintable(json.dumps(value, ensure_ascii=False))


def escape_unprintable(text: str) -> str:
    """Return a text with an escape for each character that cannot be printed.

    TOML and YAML read them alike.
    """
    pieces = []
    for character in text:
        if character.isprintable():
            pieces.append(character)
        else:
            pieces.append(f"\\U{ord(character):08x}")
    return "".join(pieces)
