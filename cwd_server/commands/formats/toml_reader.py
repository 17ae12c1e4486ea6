"""TOML in statements, with the offset of each, which Python's own parser does not tell.

A statement is a header (`[a.b]`, `[[a.b]]`) or a pair (`a.b = 1`). Strings, arrays and inline
tables are read as Python's values; whatever else a value may be (numbers, dates, booleans) stays
as it is spelt, as a `Scalar`. The grammar: https://toml.io/en/v1.0.0
"""

import re
import sys
from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

TABLE = "table"
ARRAY = "array of tables"
PAIR = "pair"

KeyPath = Tuple[str, ...]

_BLANKS = re.compile(r"[ \t]*")
_BLANK_LINES = re.compile(r"(?:[ \t\r\n]|\#[^\n]*)*")
_REST_OF_LINE = re.compile(r"[ \t]*(?:\#[^\n]*|\r)?(?:\n|\Z)")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^\s,\]}#]+(?:[ ][0-9][0-9:.+Z-]+)?")  # a date, a blank and its time too
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[ \t]*\r?\n\s*|(.))", re.DOTALL)
_ESCAPED = {
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    '"': '"',
    "\\": "\\",
}
# What ends a string of each kind; behind a backslash, nothing does
_STOPS = {
    '"': re.compile(r'["\\]'),
    '"""': re.compile(r'"""|\\'),
    "'": re.compile(r"'"),
    "'''": re.compile(r"'''"),
}
MOST_NESTED = 50  # arrays and inline tables inside one another


class TOMLSyntaxError(Exception):
    """The text is no TOML; `offset` says where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class Scalar(str):
    """A number, a date or a boolean, as it is spelt."""


class Statement(NamedTuple):
    """A header or a pair; offsets in the text."""

    kind: str  # TABLE, ARRAY or PAIR
    table: KeyPath  # of a pair: the header that it stands under
    keys: KeyPath  # the path between the brackets, or in front of the `=`
    spellings: KeyPath  # each name of that path as the text has it, with its quotes
    start: int
    value: int  # where the value of a pair begins; the end of a header
    end: int  # behind the value, or the bracket
    line_end: int  # behind the line break
    content: object  # of a pair

    @property
    def path(self) -> KeyPath:
        """The names that lead from the top of the document to a table or value."""
        return self.table + self.keys


class Text(NamedTuple):
    """The statements of a text, and what else an editor has to know."""

    statements: List[Statement]
    multi_line_strings: List[str]
    has_inline_tables: bool


def read(text: str) -> Text:
    """Return the statements of a text; raise TOMLSyntaxError."""
    return _Reader(text).read()


class _Reader:
    """Reads a text from its beginning to its end; `position` is where it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0
        self.multi_line_strings: List[str] = []
        self.has_inline_tables = False

    def read(self) -> Text:
        statements: List[Statement] = []
        table: KeyPath = ()
        while True:
            self._skip(_BLANK_LINES)
            if self.position == len(self.text):
                return Text(statements, self.multi_line_strings, self.has_inline_tables)
            if self.text[self.position] == "[":
                statement = self._header()
                table = statement.keys
            else:
                statement = self._pair(table)
            statements.append(statement)

    def _header(self) -> Statement:
        start = self.position
        kind = TABLE
        opening, closing = "[", "]"
        if self.text.startswith("[[", start):
            kind = ARRAY
            opening, closing = "[[", "]]"
        self.position += len(opening)
        keys, spellings = self._key_path()
        self._expect(closing)
        end = self.position
        return Statement(kind, (), keys, spellings, start, end, end, self._end_line(), None)

    def _pair(self, table: KeyPath) -> Statement:
        start = self.position
        keys, spellings = self._key_path()
        self._expect("=")
        self._skip(_BLANKS)
        value = self.position
        content = self._value()
        end = self.position
        return Statement(
            PAIR, table, keys, spellings, start, value, end, self._end_line(), content
        )

    def _end_line(self) -> int:
        rest = _REST_OF_LINE.match(self.text, self.position)
        if rest is None:
            raise self._error("expected the end of the line")
        self.position = rest.end()
        return self.position

    def _key_path(self) -> "Tuple[KeyPath, KeyPath]":
        """Return the names of a path, and how each of them is spelt."""
        keys: List[str] = []
        spellings: List[str] = []
        while True:
            self._skip(_BLANKS)
            start = self.position
            keys.append(self._key())
            spellings.append(self.text[start : self.position])
            self._skip(_BLANKS)
            if not self.text.startswith(".", self.position):
                return tuple(keys), tuple(spellings)
            self.position += 1

    def _key(self) -> str:
        quote = self.text[self.position : self.position + 1]
        if quote in ('"', "'") and quote:
            return self._one_line_string(quote)
        bare = _BARE_KEY.match(self.text, self.position)
        if bare is None:
            raise self._error("expected a name")
        self.position = bare.end()
        return bare.group()

    def _value(self) -> object:
        first = self.text[self.position : self.position + 1]
        if first in ('"', "'") and first:
            if self.text.startswith(first * 3, self.position):
                return self._multi_line_string(first)
            return self._one_line_string(first)
        if first == "[":
            return self._nested(self._array)
        if first == "{":
            return self._nested(self._inline_table)
        scalar = _SCALAR.match(self.text, self.position)
        if scalar is None:
            raise self._error("expected a value")
        self.position = scalar.end()
        return Scalar(scalar.group())

    def _nested(self, read: "Callable[[], object]") -> object:
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise self._error("nested too deeply")
        value = read()
        self.depth -= 1
        return value

    def _one_line_string(self, quote: str) -> str:
        start = self.position + 1
        end = self._end_of_string(quote, start)
        content = self.text[start:end]
        if "\n" in content:
            raise self._error("a string begins here and never ends")
        self.position = end + 1
        return _unescape(content, quote)

    def _multi_line_string(self, quote: str) -> str:
        start = self.position + 3
        end = self._end_of_string(quote * 3, start)
        for _ in range(2):  # quotes of the content may stand before the closing ones
            if self.text.startswith(quote, end + 3):
                end += 1
        content = self.text[start:end]
        self.multi_line_strings.append(content)
        self.position = end + 3
        if content.startswith("\r\n"):
            content = content[2:]
        elif content.startswith("\n"):
            content = content[1:]
        return _unescape(content, quote)

    def _end_of_string(self, quotes: str, start: int) -> int:
        """Return where the quotes are that close a string whose content begins at `start`."""
        stop = _STOPS[quotes]
        position = start
        while True:
            found = stop.search(self.text, position)
            if found is None:
                raise self._error("a string begins here and never ends")
            if found.group() == quotes:
                return found.start()
            position = found.end() + 1  # behind whatever is escaped

    def _array(self) -> "List[object]":
        values: List[object] = []
        self.position += 1
        while True:
            self._skip(_BLANK_LINES)
            if self.text.startswith("]", self.position):
                self.position += 1
                return values
            values.append(self._value())
            self._skip(_BLANK_LINES)
            if self.text.startswith(",", self.position):
                self.position += 1
            elif not self.text.startswith("]", self.position):
                raise self._error("expected a comma or ]")

    def _inline_table(self) -> "Dict[str, object]":
        values: Dict[str, object] = {}
        self.has_inline_tables = True
        self.position += 1
        self._skip(_BLANKS)
        while not self.text.startswith("}", self.position):
            keys, _ = self._key_path()
            self._expect("=")
            self._skip(_BLANKS)
            values[".".join(keys)] = self._value()
            self._skip(_BLANKS)
            if self.text.startswith(",", self.position):
                self.position += 1
                self._skip(_BLANKS)
            elif not self.text.startswith("}", self.position):
                raise self._error("expected a comma or }")
        self.position += 1
        return values

    def _expect(self, mark: str) -> None:
        self._skip(_BLANKS)
        if not self.text.startswith(mark, self.position):
            raise self._error(f"expected {mark}")
        self.position += len(mark)

    def _skip(self, pattern: "re.Pattern[str]") -> None:
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()

    def _error(self, message: str) -> TOMLSyntaxError:
        return TOMLSyntaxError(message, self.position)


def _unescape(content: str, quote: str) -> str:
    """Return the content of a string as it is meant; with single quotes, it is as it stands."""
    if quote == "'":
        return content
    return _ESCAPE.sub(_escaped_character, content)


def _escaped_character(escape: "re.Match[str]") -> str:
    code = escape.group(1) or escape.group(2)
    if code is not None:
        number = int(code, 16)
        return chr(min(number, sys.maxunicode))
    character = escape.group(3)
    if character is None:  # a line break and the blanks behind it
        return ""
    return _ESCAPED.get(character, character)


def to_document(statements: "Sequence[Statement]") -> "Dict[str, object]":
    """Return what statements say, as Python's own parser would, but for dates, which stay text."""
    document: Dict[str, object] = {}
    table = document
    for statement in statements:
        if statement.kind == PAIR:
            inner = _descend(table, statement.keys[:-1], statement)
            inner[statement.keys[-1]] = _to_python(statement.content)
        else:
            table = _open_table(document, statement)
    return document


def _open_table(document: "Dict[str, object]", header: Statement) -> "Dict[str, object]":
    outer = _descend(document, header.keys[:-1], header)
    if header.kind == TABLE:
        return _descend(outer, header.keys[-1:], header)
    tables = outer.setdefault(header.keys[-1], [])
    if not isinstance(tables, list):
        raise TOMLSyntaxError(f"{'.'.join(header.keys)} is not an array of tables", header.start)
    new: Dict[str, object] = {}
    tables.append(new)
    return new


def _descend(
    table: "Dict[str, object]", keys: "Sequence[str]", statement: Statement
) -> "Dict[str, object]":
    """Return the table at a path of names, made where it is missing; of an array, its last one."""
    for key in keys:
        inner = table.setdefault(key, {})
        if isinstance(inner, list) and inner:
            inner = inner[-1]
        if not isinstance(inner, dict):
            raise TOMLSyntaxError(f"{key} is not a table", statement.start)
        table = inner
    return table


def _to_python(value: object) -> object:
    """Return a value as Python has it: numbers and booleans, not how they are spelt."""
    if isinstance(value, dict):
        return {name: _to_python(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_to_python(each) for each in value]
    if not isinstance(value, Scalar):
        return value
    if value in ("true", "false"):
        return value == "true"
    for kind in (_to_integer, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return str(value)


def _to_integer(spelling: str) -> int:
    return int(spelling, 0)  # 0x, 0o and 0b, and _ between digits
