"""JSON as clients read it: strictly, or with comments and commas before a closing bracket.

Comments and such commas become spaces first. What is left is strict JSON of the same length, so
that every offset, line and column is that of the original: a reader can say where something is
wrong, and an editor can change the original at an offset that it found in the strict text. The
time is linear in the length, whatever the text is.
"""

import json
import re
from typing import Dict, List, NamedTuple, NoReturn, Optional, Tuple

LONGEST_INTEGER = 400  # digits; longer ones exceed every double, and take quadratic time to read

_TOKEN = re.compile(r'["/,\]}]|[^\s"/,\]}]+')
_STRING_STOP = re.compile(r'["\\]')
_LINE_END = re.compile(r"[\r\n]")
_NOT_LINE_END = re.compile(r"[^\r\n]")
_FOUND = re.compile(r'"[^"\r\n]{0,30}"?|[\w.+-]{1,30}|\S')

# How Python's parser begins what it says, and the same for somebody who never saw that parser
_EXPLANATIONS = {
    "Expecting value": "expected a value",
    "Expecting property name enclosed in double quotes": "expected a name in double quotes",
    "Illegal trailing comma before end of object": "expected a name in double quotes",
    "Illegal trailing comma before end of array": "expected a value",
    "Expecting ':' delimiter": "expected a colon after the name",
    "Expecting ',' delimiter": "expected a comma or a closing bracket",
    "Extra data": "expected the end of the file",
    "Unterminated string starting at": "a string begins here and never ends",
    "Invalid control character": "a line break or another control character inside a string",
    "Invalid \\escape": "a backslash inside a string must be written \\\\",
    "Invalid \\uXXXX escape": "\\u inside a string needs four hexadecimal digits",
}
# What is found in the place of JSON, by how it begins, and what to do about it
_HINTS = {
    "\u201c": "quotes must be straight ones",
    "\u201d": "quotes must be straight ones",
    "\u2018": "quotes must be straight ones",
    "'": "quotes must be double ones",
    "`": "leave out the lines of ``` around it",
    "#": "a comment begins with //, where a client takes comments",
    "True": "write true",
    "False": "write false",
    "None": "write null",
    "...": "leave it out",
    "=": "write a colon",
    "\u00a0": "a blank of another kind",
    "\u200b": "a character that nobody sees",
    "\ufeff": "a character that nobody sees",
}
_SHOWS_NOTHING = ("Unterminated", "Invalid")  # what is found there says nothing


class JSONSyntaxError(Exception):
    """The text is no JSON: `message` says why, `offset` where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Extent(NamedTuple):
    """Where a part of a text is: the offsets of its start and of what follows it."""

    start: int
    end: int


class StrictText(NamedTuple):
    """A text without comments and trailing commas, as long as the original."""

    text: str
    comments: List[Extent]  # in the original
    trailing_commas: List[int]  # where each is in the original


class Extension(NamedTuple):
    """Something that strict JSON has not: in words, and where it begins in the original."""

    what: str
    offset: int


class Document(NamedTuple):
    """What a text holds, and the names that one of its objects has twice (the last one counts)."""

    value: object
    duplicates: List[str]


def to_strict_json(text: str) -> StrictText:
    """Replace comments and trailing commas by spaces.

    Raises JSONSyntaxError for a comment that never ends.
    """
    comments: List[Extent] = []
    commas: List[int] = []
    comma = -1  # of the last comma behind a value, as long as only blanks and comments followed
    previous = ""  # where the last token ended: with its last character
    position = 0
    while True:
        token = _TOKEN.search(text, position)
        if token is None:
            break
        start, position = token.span()
        first = text[start]
        if first == "/" and text[position : position + 1] in ("/", "*"):
            position = _end_of_comment(text, start)
            comments.append(Extent(start, position))
            continue
        if first in "]}" and comma >= 0:
            commas.append(comma)
        if first == '"':
            position = end_of_string(text, start)
        comma = -1
        if first == "," and previous not in "[{,":
            comma = start
        previous = text[position - 1]
    return StrictText(_blank(text, comments, commas), comments, commas)


def end_of_string(text: str, start: int) -> int:
    """Return the offset behind the string whose opening quote is at `start`.

    It is that of the end of the text if the string never ends.
    """
    position = start + 1
    while True:
        stop = _STRING_STOP.search(text, position)
        if stop is None:
            return len(text)
        if stop.group() == '"':
            return stop.end()
        position = stop.end() + 1  # whatever is escaped


def _end_of_comment(text: str, start: int) -> int:
    if text.startswith("//", start):
        line_end = _LINE_END.search(text, start)
        return line_end.start() if line_end else len(text)
    end = text.find("*/", start + 2)
    if end < 0:
        raise JSONSyntaxError("a comment begins here and never ends", start)
    return end + 2


def _blank(text: str, comments: "List[Extent]", commas: "List[int]") -> str:
    """Return a text with spaces in the place of comments and commas; line ends stay."""
    blanked = comments + [Extent(comma, comma + 1) for comma in commas]
    pieces = []
    position = 0
    for start, end in sorted(blanked):
        pieces.append(text[position:start])
        pieces.append(_NOT_LINE_END.sub(" ", text[start:end]))
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


def load(text: str) -> Document:
    """Return what a strict JSON text holds; raise JSONSyntaxError."""
    duplicates: List[str] = []

    def to_object(pairs: "List[Tuple[str, object]]") -> "Dict[str, object]":
        found: Dict[str, object] = {}
        for name, value in pairs:
            if name in found and name not in duplicates[-8:]:
                duplicates.append(name)
            found[name] = value
        return found

    try:
        value = json.loads(
            text,
            object_pairs_hook=to_object,
            parse_int=to_number,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise JSONSyntaxError(_explain(text, error), error.pos) from None
    except _NotANumberError as error:
        raise JSONSyntaxError(f"{error} is not JSON", _find_constant(text)) from None
    except RecursionError:
        raise JSONSyntaxError("nested too deeply", 0) from None
    return Document(value, duplicates)


def to_number(digits: str) -> float:
    """Return an integer of JSON; one of very many digits as a float, read in linear time."""
    if len(digits) > LONGEST_INTEGER:
        return float(digits)
    return int(digits)


class _NotANumberError(Exception):
    """A name that JavaScript has for a number and JSON has not."""


_STRING_OR_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|NaN|-?Infinity')


def _find_constant(text: str) -> int:
    """Return where the first of them stands, outside of strings."""
    for found in _STRING_OR_CONSTANT.finditer(text):
        if not found.group().startswith('"'):
            return found.start()
    return 0


def _refuse_constant(name: str) -> NoReturn:
    raise _NotANumberError(name)


def _explain(text: str, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return "the file is empty"
    explanation = _in_words(error.msg)
    if error.msg.startswith(_SHOWS_NOTHING):
        return explanation
    found = _FOUND.match(text, error.pos)
    if error.msg == "Extra data" and text.lstrip().startswith('"'):
        return "the file must begin with { and end with }"
    if found is not None:
        return f"{explanation}, found {found.group()}{_hint(found.group())}"
    if text[error.pos : error.pos + 1] in _HINTS:  # which is no blank of JSON
        code = f"U+{ord(text[error.pos]):04X}"
        return f"{explanation}, found {code}{_hint(text[error.pos])}"
    if error.pos >= len(text.rstrip()):
        return f"{explanation}, and the file ends"
    return explanation


def _in_words(message: str) -> str:
    """Return what the parser says in plain words; PyPy's shows the character too."""
    for beginning, words in _EXPLANATIONS.items():
        if message.startswith(beginning):
            return words
    return message


def _hint(found: str) -> str:
    hint = _HINTS.get(found) or _HINTS.get(found[:1])
    if hint is None:
        return ""
    return f" ({hint})"


def find_extension(strict: StrictText) -> "Optional[Extension]":
    """Return a comment or, without one, a trailing comma; None for a text that is strict."""
    if strict.comments:
        return Extension("a comment", strict.comments[0].start)
    if strict.trailing_commas:
        return Extension("a comma before a closing bracket", strict.trailing_commas[0])
    return None


def describe_place(text: str, offset: int) -> str:
    """Return line and column of an offset, both from 1."""
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return f"line {line}, column {column}"
