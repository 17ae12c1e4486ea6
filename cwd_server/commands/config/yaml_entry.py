"""Entries as YAML, for new files and for people; a YAML file that somebody wrote is never changed.

Values are written as JSON has them, which YAML 1.2 takes as they are, and names in quotes where
they are not plain.
"""

import json
import re
from typing import Dict, List, Optional, Sequence, Tuple

from cwd_server.commands.formats.toml_writer import escape_unprintable
from cwd_server.commands.launch import names_this_program

INDENT = "  "
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
# What YAML takes for something else than a text
_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")


def format_entry(
    keys: "Sequence[str]", name: str, entry: "Dict[str, object]", is_list: bool
) -> str:
    """Return the lines that have an entry below a path of names."""
    lines: List[str] = []
    indentation = ""
    for key in keys:
        lines.append(f"{indentation}{_format_name(key)}:")
        indentation += INDENT
    if is_list:
        fields = _format_fields(entry, indentation + INDENT)
        fields[0] = f"{indentation}- {fields[0].lstrip()}"
        return "\n".join(lines + fields)
    lines.append(f"{indentation}{_format_name(name)}:")
    return "\n".join(lines + _format_fields(entry, indentation + INDENT))


def format_file(preamble: "Sequence[Tuple[str, object]]", entry: str) -> str:
    """Return what a new file has: some settings, and the lines of an entry."""
    lines = [f"{_format_name(name)}: {_format_value(value)}" for name, value in preamble]
    return "\n".join([*lines, entry, ""])


def find_key(text: str, key: str) -> Optional[int]:
    """Return the number of the line, from 1, that begins with a key; None if there is none."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(re.escape(key) + r"\s*:", line):
            return number
    return None


def find_program(text: str) -> Optional[int]:
    """Return the number of the line, from 1, that names this program; None if none does."""
    for number, line in enumerate(text.splitlines(), 1):
        for word in line.split():
            is_path = "/" in word or "\\" in word
            if is_path and names_this_program(word.strip("\"',[]")):
                return number
    return None


def _format_fields(fields: "Dict[str, object]", indentation: str) -> "List[str]":
    lines: List[str] = []
    for name, value in fields.items():
        if isinstance(value, dict):
            lines.append(f"{indentation}{_format_name(name)}:")
            lines += _format_fields(value, indentation + INDENT)
        else:
            lines.append(f"{indentation}{_format_name(name)}: {_format_value(value)}")
    return lines


def _format_name(name: str) -> str:
    if _PLAIN_NAME.match(name) and name.lower() not in _WORDS:
        return name
    return _format_value(name)


def _format_value(value: object) -> str:
    return escape_unprintable(json.dumps(value, ensure_ascii=False))
