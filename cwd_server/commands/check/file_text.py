"""The text of a client's file and what it holds, or why it cannot be read."""

import os
import re
from typing import List, NamedTuple, Optional

from cwd_server.commands.check.redaction import LONGEST_SHOWN
from cwd_server.commands.clients.client import LARGEST_FILE
from cwd_server.commands.errors import CommandError
from cwd_server.commands.formats.jsonc import (
    JSONSyntaxError,
    StrictText,
    describe_place,
    load,
    to_strict_json,
)
from cwd_server.commands.formats.toml_text import TOMLError, load_toml
from cwd_server.commands.terminal import escape_line
from cwd_server.wording import shorten

_YAML_ENDINGS = (".yaml", ".yml")
_LOOKS_LIKE_YAML = re.compile(r"(?:[ \t]*(?:#.*|---[ \t]*)?\r?\n)*[A-Za-z_][\w.-]{0,60}:(?:\s|\Z)")
_INSTEAD_OF_YAML = (
    "Put its server into a file such as try.json, and check that: "
    '{"mcpServers": {"NAME": {"command": "/absolute/program", "args": ["one", "two"]}}}'
)


class FileError(CommandError):
    """The file cannot be used."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{show_path(path)}: {shorten(escape_line(reason), LONGEST_SHOWN)}")


class FileText(NamedTuple):
    """A text and what it holds."""

    text: str
    value: object
    strict: Optional[StrictText]  # None for TOML
    duplicates: List[str]  # names that one object has twice


def show_path(path: str) -> str:
    """Return a path as a message shows it."""
    return shorten(escape_line(path), LONGEST_SHOWN)


def read_file_text(path: str) -> FileText:
    """Return what a file holds; raise FileError."""
    text = _decode(path, _read_bytes(path))
    if path.endswith(_YAML_ENDINGS) and not text.lstrip().startswith("{"):  # JSON is YAML, too
        raise FileError(path, f"YAML is not read by check. {_INSTEAD_OF_YAML}")
    if path.endswith(".toml"):
        try:
            return FileText(text, load_toml(text), None, [])
        except TOMLError as error:
            reason = str(error)
            if text.lstrip().startswith("{"):
                reason = "it is JSON, and its client reads TOML"
            raise FileError(path, reason) from None
    try:
        strict = to_strict_json(text)
        document = load(strict.text)
    except JSONSyntaxError as error:
        if _LOOKS_LIKE_YAML.match(text):
            raise FileError(path, f"it looks like YAML, not JSON. {_INSTEAD_OF_YAML}") from None
        raise FileError(path, f"{describe_place(text, error.offset)}: {error.message}") from None
    return FileText(text, document.value, strict, document.duplicates)


def _read_bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise FileError(path, "there is no such file; `config` lists the clients' files") from None
    except OSError as error:
        reason = str(error.strerror)
        if os.path.isdir(path):  # Windows only says that it is not permitted
            reason = "a folder; name the file in it"
        raise FileError(path, reason) from None
    if len(data) > LARGEST_FILE:
        raise FileError(path, f"longer than {LARGEST_FILE >> 20} MiB, so no configuration")
    return data


def _decode(path: str, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError(path, "it is UTF-16, which clients do not read: save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, f"line {line} is not UTF-8: save it as UTF-8") from None
