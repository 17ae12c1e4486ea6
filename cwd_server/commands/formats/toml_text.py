"""What a TOML text holds: read by Python's own parser since 3.11, before that by `toml_reader`."""

import re
from importlib import import_module
from typing import Callable, Dict, Optional

from cwd_server.commands.formats import toml_reader
from cwd_server.commands.formats.toml_errors import explain

MOST_KEY_PARTS = 100  # of one dotted key; Python's parser takes quadratic time for longer ones

_OPENING = re.compile(r'"""|\'\'\'|"|\'|#')
_BETWEEN_KEYS = re.compile(r"[=,\[\]{}\n]")


class TOMLError(Exception):
    """The text cannot be read; str() says why."""


def load_toml(text: str) -> "Dict[str, object]":
    """Return what a TOML text holds; raise TOMLError."""
    document = load_with_python(text)
    if document is not None:
        return document
    _refuse_long_keys(text)
    try:
        return toml_reader.to_document(toml_reader.read(text).statements)
    except toml_reader.TOMLSyntaxError as error:
        line = text.count("\n", 0, error.offset) + 1
        raise TOMLError(f"line {line}: {error}") from None


def load_with_python(
    text: str, parse_float: "Callable[[str], object]" = float
) -> "Optional[Dict[str, object]]":
    """Return what Python's own parser reads, None without one; raise TOMLError.

    The parser takes quadratic time for long dotted keys; those are refused first.
    """
    try:
        tomllib = import_module("tomllib")
    except ImportError:
        return None
    _refuse_long_keys(text)
    try:
        document: Dict[str, object] = tomllib.loads(text, parse_float=parse_float)
    except tomllib.TOMLDecodeError as error:
        raise TOMLError(explain(str(error))) from None
    except ValueError:
        raise TOMLError("a number in it is too long") from None
    except RecursionError:
        raise TOMLError("nested too deeply") from None
    return document


def _refuse_long_keys(text: str) -> None:
    for piece in _BETWEEN_KEYS.split(_without_strings(text)):
        if piece.count(".") > MOST_KEY_PARTS:
            raise TOMLError(f"a key of more than {MOST_KEY_PARTS} parts")


def _without_strings(text: str) -> str:
    """Return a text without its strings and comments, in time linear in its length."""
    pieces = []
    position = 0
    while True:
        opening = _OPENING.search(text, position)
        if opening is None:
            pieces.append(text[position:])
            return "".join(pieces)
        pieces.append(text[position : opening.start()])
        if opening.group() == "#":
            position = _find(text, "\n", opening.end())
        else:
            position = _end_of_string(text, opening.group(), opening.end())


def _end_of_string(text: str, quotes: str, start: int) -> int:
    """Return where the string ends that begins behind the quotes at `start`."""
    position = start
    while True:
        found = _find(text, quotes, position)
        if quotes[0] == "'" or not _is_escaped(text, found, start):
            return min(found + len(quotes), len(text))
        position = found + 1


def _is_escaped(text: str, offset: int, start: int) -> bool:
    before = offset
    while before > start and text[before - 1] == "\\":
        before -= 1
    return offset < len(text) and (offset - before) % 2 == 1


def _find(text: str, what: str, start: int) -> int:
    found = text.find(what, start)
    return found if found >= 0 else len(text)
