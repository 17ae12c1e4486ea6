"""Edit one entry of a JSON file; every other byte stays.

That is: comments, order, indentation, line ends, the spelling of numbers. An edit finds offsets in
the strict text (`jsonc`), and changes the original there:

    put in         `{"a": 1 // one        ->   `{"a": 1, // one
                   }`                            "new": {...}
                                               }`
    taken out      the member, the blanks in front of it, and one comma

What was put in is taken out without a trace. One choice in the layout serves this alone: an object
without members is opened into lines if it is `{}`, and keeps its blanks if there are any in it.
"""

import json
import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from cwd_server.commands.config.edits import BYTE_ORDER_MARK, Change, ConfigConflict, Entries
from cwd_server.commands.config.json_text import JSONText, Member, Span, find_member
from cwd_server.commands.formats import jsonc
from cwd_server.commands.formats.jsonc import Extent

ENTRY_FIELDS = {"command", "type", "url"}  # an entry has one of them, a list of entries none

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_LINE_END = re.compile(r"[ \t]*(?:[\r\n]|\Z)")


def set_value(text: str, path: "Sequence[str]", value: object) -> str:
    """Return the text with a value at a path of names.

    Objects on the way are made where they are missing.
    """
    document = JSONText(text)
    if document.is_empty:
        return _fill_empty(document, nested(path, value))
    span = document.root()
    for depth, name in enumerate(path):
        member = find_member(span, name)
        if member is None:
            return _insert(document, span, name, nested(path[depth + 1 :], value))
        if depth + 1 == len(path):
            return _exchange(document, member, value)
        span = _object_of(document, member, path[: depth + 1])
    return text


def nested(path: "Sequence[str]", value: object) -> object:
    """Return a value inside an object for each name of a path."""
    for name in reversed(path):
        value = {name: value}
    return value


def remove_member(text: str, path: "Sequence[str]") -> str:
    """Return the text without the member at a path of names; the same text if it is not there."""
    document = JSONText(text)
    if document.is_empty:
        return text
    span = document.root()
    for depth, name in enumerate(path):
        member = find_member(span, name)
        if member is None:
            return text
        if depth + 1 == len(path):
            return _take_out(document, span, member)
        span = _object_of(document, member, path[: depth + 1])
    return text


def _object_of(document: JSONText, member: Member, path: "Sequence[str]") -> Span:
    if document.strict[member.value] != "{":
        wanted = 'an object, {"NAME": {\N{HORIZONTAL ELLIPSIS}}}'
        raise ConfigConflict(f"its {'.'.join(path)} must be {wanted}: correct it, and try again")
    return document.read_object(member.value)


def _fill_empty(document: JSONText, value: object) -> str:
    """Put a value into a text without one, which may have a byte order mark and comments."""
    text = document.original
    position = document.end_of_comments(0, len(text))
    if position == 0 and text.startswith(BYTE_ORDER_MARK):
        position = 1
    before = ""
    if document.comments:
        before = document.eol
    after = ""
    if "\n" not in text[position:]:
        after = document.eol
    return text[:position] + before + _format(document, value, "") + after + text[position:]


def _insert(document: JSONText, span: Span, name: str, value: object) -> str:
    if span.members:
        return _insert_behind(document, span.members[-1], name, value)
    return _insert_first(document, span, name, value)


def _insert_behind(document: JSONText, last: Member, name: str, value: object) -> str:
    """Return the text with a member more, behind the last one and the comments on its line."""
    text = document.original
    indentation = _indentation_of(text, last.start)
    if indentation is None:
        member = f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}"
        separator = " "
    else:
        member = _format_member(document, name, value, indentation)
        separator = document.eol + indentation
    if last.comma >= 0:
        position = document.end_of_line_comments(last.comma + 1)
        new = member + ","
        start = text[:position]
    else:
        position = document.end_of_line_comments(last.end)
        new = member
        start = text[: last.end] + "," + text[last.end : position]
    if document.ends_line_comment(position) and not separator.startswith(document.eol):
        separator = document.eol
    return start + separator + new + text[position:]


def _insert_first(document: JSONText, span: Span, name: str, value: object) -> str:
    text = document.original
    outer = _line_indentation(text, span.open)
    indentation = outer + document.indent
    member = _format_member(document, name, value, indentation)
    position = document.end_of_comments(span.open + 1, span.close)
    if position > span.open + 1:
        return text[:position] + document.eol + indentation + member + text[position:]
    blanks = text[position : span.close]
    if not blanks:
        return (
            text[:position]
            + document.eol
            + indentation
            + member
            + document.eol
            + outer
            + text[position:]
        )
    separator = ""
    if "\n" in blanks:
        separator = " "
    return text[:position] + separator + member + text[position:]


def _exchange(document: JSONText, member: Member, value: object) -> str:
    text = document.original
    old = text[member.value : member.end]
    if _same(jsonc.load(document.strict[member.value : member.end]).value, value):
        return text
    indentation = _indentation_of(text, member.start)
    if indentation is None or (isinstance(value, list) and "\n" not in old and old != "[]"):
        new = json.dumps(value, ensure_ascii=False)
    else:
        new = _format(document, value, indentation)
    return text[: member.value] + new + text[member.end :]


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _take_out(document: JSONText, span: Span, member: Member) -> str:
    """Return the text without a member, the blanks in front of it, and one comma."""
    text = document.original
    start = len(text[: member.start].rstrip(" \t\r\n"))
    end, commas = _find_ending(text, span, member)
    if len(span.members) == 1 and _stands_alone(text, span, start, member.start, end):
        return _cut(text, [Extent(start, span.close)])
    if document.ends_line_comment(start) and not _LINE_END.match(text, end):
        # What follows must not become part of that comment
        line_break = _LINE_BREAK.search(text, start)
        if line_break is not None:
            start = line_break.end()
    return _cut(text, [*commas, Extent(start, end)])


class Ending(NamedTuple):
    """Where a member ends that is taken out, and a comma elsewhere that goes with it.

    end: behind its own comma, if nothing but blanks is in between
    commas: one at the most
    """

    end: int
    commas: List[Extent]


def _find_ending(text: str, span: Span, member: Member) -> Ending:
    if member.comma >= 0:
        if text[member.end : member.comma].strip():  # a comment is in between
            return Ending(member.end, [Extent(member.comma, member.comma + 1)])
        return Ending(member.comma + 1, [])
    index = span.members.index(member)
    if index > 0:
        comma = span.members[index - 1].comma
        return Ending(member.end, [Extent(comma, comma + 1)])
    return Ending(member.end, [])


def _stands_alone(text: str, span: Span, start: int, name: int, end: int) -> bool:
    """Say whether an object has but one member, on lines as `_insert_first` opens it."""
    if start != span.open + 1 or "\n" not in text[start:name]:
        return False
    rest = text[end : span.close]
    return not rest.strip() and "\n" in rest


def _cut(text: str, cuts: "List[Extent]") -> str:
    """Return a text without some parts of it."""
    pieces = []
    position = 0
    for start, end in sorted(cuts):
        pieces.append(text[position:start])
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


def _format_member(document: JSONText, name: str, value: object, indentation: str) -> str:
    return f"{json.dumps(name, ensure_ascii=False)}: {_format(document, value, indentation)}"


def _format(document: JSONText, value: object, indentation: str) -> str:
    """Return a value on lines of its own, all but the first behind an indentation."""
    text = json.dumps(value, indent=document.indent, ensure_ascii=False)
    return text.replace("\n", document.eol + indentation)


def _indentation_of(text: str, position: int) -> Optional[str]:
    """Return what is between the beginning of its line and an offset.

    None if that is more than blanks.
    """
    before = text[text.rfind("\n", 0, position) + 1 : position]
    if "\n" in text[:position] and not before.strip(" \t"):
        return before
    return None


def _line_indentation(text: str, position: int) -> str:
    """Return the blanks that the line of an offset begins with."""
    line = text[text.rfind("\n", 0, position) + 1 : position + 1]
    return line[: len(line) - len(line.lstrip(" \t"))]


class JSONEntries(Entries):
    """The entries of a JSON text."""

    def __init__(self, text: str, keys: "Sequence[Tuple[str, ...]]") -> None:
        self.text = text
        document = JSONText(text)
        self.keys = _choose_keys(document.document, keys)
        self._span = self._find_span(document)
        self._entries = _look_up(document.document, self.keys)

    def _find_span(self, document: JSONText) -> Optional[Span]:
        """Return the object that holds the entries, None where there is none.

        Raise ConfigConflict if the way to it is not clear.
        """
        if document.is_empty:
            return None
        span = document.root()
        for depth, name in enumerate(self.keys):
            member = find_member(span, name)
            if member is None:
                return None
            span = _object_of(document, member, self.keys[: depth + 1])
        return span

    def require_clear(self, name: str) -> None:
        """Raise ConfigConflict if an entry is there twice, or spelt in a way that hides it."""
        if self._span is not None:
            find_member(self._span, name)  # raises ConfigConflict

    def names(self) -> "List[str]":
        """Return the names of all entries."""
        return list(self._entries)

    def get(self, name: str) -> object:
        """Return an entry, None if there is none."""
        return self._entries.get(name)

    def add(self, name: str, entry: "Dict[str, object]") -> str:
        """Return the text with an entry more."""
        return set_value(self.text, (*self.keys, name), entry)

    def exchange(self, name: str, entry: "Dict[str, object]") -> str:
        """Return the text with another entry of the same name."""
        return set_value(self.text, (*self.keys, name), entry)

    def change(self, name: str, changes: "List[Change]") -> str:
        """Return the text with some fields of an entry changed."""
        text = self.text
        for change in changes:
            text = set_value(text, (*self.keys, name, *change.path), change.value)
        return text

    def remove(self, name: str) -> str:
        """Return the text without an entry."""
        return remove_member(self.text, (*self.keys, name))


def _choose_keys(document: object, keys: "Sequence[Tuple[str, ...]]") -> "Tuple[str, ...]":
    """Return the longest of a client's paths that leads to an object in a document.

    Else the usual one.
    """
    for path in sorted(keys[1:], key=len, reverse=True):
        if _is_object_at(document, path):
            return path
    return keys[0]


def _is_object_at(document: object, path: "Sequence[str]") -> bool:
    """Say whether a path leads to an object that is not itself an entry of that name."""
    for name in path:
        if not isinstance(document, dict) or name not in document:
            return False
        document = document[name]
    return isinstance(document, dict) and not ENTRY_FIELDS.intersection(document)


def _look_up(document: object, path: "Sequence[str]") -> "Dict[str, object]":
    for name in path:
        if not isinstance(document, dict):
            return {}
        document = document.get(name, {})
    if isinstance(document, dict):
        return document
    return {}
