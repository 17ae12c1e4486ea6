"""JSON with the offset of everything in it, which Python's own parser does not tell."""

import bisect
import json
import re
from typing import List, NamedTuple, Optional

from cwd_server.commands.config.edits import BYTE_ORDER_MARK, ConfigConflict
from cwd_server.commands.formats import jsonc

DEFAULT_INDENT = "  "

_BRACKET = re.compile(r'["{}\[\]]')
_BLANKS = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^\s,\]}]+")
_FIRST_INDENT = re.compile(r'\n([ \t]+)"')


class Member(NamedTuple):
    """A member of an object: offsets in the text."""

    name: str
    spelling: str  # of the name in the text, without its quotes
    start: int  # where its name begins
    value: int  # where its value begins
    end: int  # behind its value
    comma: int  # of the comma behind it, -1 for none


class Span(NamedTuple):
    """An object: where its brackets are, and its members."""

    open: int
    close: int
    members: List[Member]


class JSONText:
    """A text that is JSON, maybe with comments; raises ConfigConflict if it is not."""

    def __init__(self, text: str) -> None:
        self.original = text
        blanked = text
        if text.startswith(BYTE_ORDER_MARK):
            blanked = " " + text[1:]
        try:
            strict = jsonc.to_strict_json(blanked)
            self.is_empty = not strict.text.strip()
            self.document: object = {}
            if not self.is_empty:
                self.document = jsonc.load(strict.text).value
        except jsonc.JSONSyntaxError as error:
            place = jsonc.describe_place(text, error.offset)
            raise ConfigConflict(f"{error.message} ({place})") from None
        self.strict = strict.text
        self.comments = strict.comments
        self.trailing_commas = strict.trailing_commas
        self.eol = "\n"
        if "\r\n" in text[: text.find("\n") + 1]:
            self.eol = "\r\n"
        indent = _FIRST_INDENT.search(text)
        self.indent = DEFAULT_INDENT
        if indent is not None:
            self.indent = indent.group(1)

    def root(self) -> Span:
        """Return the object that the whole text is.

        Raise ConfigConflict if it is another value.
        """
        start = _skip_blanks(self.strict, 0)
        if self.strict[start] != "{":
            raise ConfigConflict("it is not an object, which {...} would be")
        return self.read_object(start)

    def read_object(self, start: int) -> Span:
        """Return the object that begins at an offset."""
        text = self.strict
        members: List[Member] = []
        position = _skip_blanks(text, start + 1)
        while text[position] == '"':
            name_end = jsonc.end_of_string(text, position)
            colon = _skip_blanks(text, name_end)
            value = _skip_blanks(text, colon + 1)
            end = _end_of_value(text, value)
            spelling = text[position + 1 : name_end - 1]
            name = json.loads(text[position:name_end])
            after = _skip_blanks(text, end)
            comma = -1
            next_position = after
            if text[after] == ",":
                comma = after
                next_position = _skip_blanks(text, after + 1)
            members.append(Member(name, spelling, position, value, end, comma))
            position = next_position
        if members:
            members[-1] = self._with_trailing_comma(members[-1], position)
        return Span(start, position, members)

    def _with_trailing_comma(self, last: Member, close: int) -> Member:
        index = bisect.bisect_left(self.trailing_commas, last.end)
        if index < len(self.trailing_commas) and self.trailing_commas[index] < close:
            return last._replace(comma=self.trailing_commas[index])
        return last

    def end_of_line_comments(self, position: int) -> int:
        """Return the end of the comments that follow an offset on the same line.

        The offset if there are none.
        """
        while True:
            start = position
            while self.original[start : start + 1] in (" ", "\t"):
                start += 1
            index = bisect.bisect_left(self.comments, (start, 0))
            if index == len(self.comments) or self.comments[index].start != start:
                return position
            position = self.comments[index].end

    def end_of_comments(self, position: int, limit: int) -> int:
        """Return the end of the last comment between two offsets.

        The first of them if there is none.
        """
        index = bisect.bisect_left(self.comments, (limit, 0)) - 1
        if index >= 0 and self.comments[index].start >= position:
            return self.comments[index].end
        return position

    def ends_line_comment(self, position: int) -> bool:
        """Say whether a comment that lasts until the end of its line ends at an offset."""
        index = bisect.bisect_left(self.comments, (position, 0)) - 1
        if index < 0:
            return False
        start, end = self.comments[index]
        return end == position and self.original.startswith("//", start)


def find_member(span: Span, name: str) -> Optional[Member]:
    """Return the member of a name.

    Raise ConfigConflict if it is there twice, or spelt in a way that hides it.
    """
    found = [member for member in span.members if member.name == name]
    if not found:
        return None
    if len(found) > 1:
        raise ConfigConflict(f'it has "{name}" twice')
    if found[0].spelling != json.dumps(name, ensure_ascii=False)[1:-1]:
        raise ConfigConflict(f'it spells "{name}" with escapes')
    return found[0]


def _skip_blanks(text: str, position: int) -> int:
    blanks = _BLANKS.match(text, position)
    return blanks.end() if blanks else position


def _end_of_value(text: str, start: int) -> int:
    """Return the offset behind the value that begins at an offset."""
    first = text[start]
    if first == '"':
        return jsonc.end_of_string(text, start)
    if first not in "{[":
        scalar = _SCALAR.match(text, start)
        return scalar.end() if scalar else start
    depth = 0
    position = start
    while True:
        bracket = _BRACKET.search(text, position)
        if bracket is None:
            return len(text)
        position = bracket.end()
        if bracket.group() == '"':
            position = jsonc.end_of_string(text, bracket.start())
        elif bracket.group() in "{[":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return position
