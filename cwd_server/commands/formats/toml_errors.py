"""What Python's reader of TOML says, in words for somebody who never saw that reader."""

import re
from typing import NamedTuple, Tuple


class Explained(NamedTuple):
    """An error of that reader by how its message begins, and what is said instead."""

    beginning: str
    text: str  # {name}: the dotted name that the message shows in its own way


_BACKSLASH = "a backslash inside \"...\" must be written \\\\, or the text stand in '...'"
_EXPLANATIONS: Tuple[Explained, ...] = (
    Explained("Invalid statement", "expected [TABLE] or NAME = VALUE"),
    Explained("Invalid initial character for a key", "expected a name"),
    Explained("Expected '=' after a key", "expected = behind a name"),
    Explained("Expected ']' at the end of a table", "expected ] behind the name of a table"),
    Explained("Expected ']]' at the end of an array", "expected ]] behind the name of a table"),
    Explained("Expected newline or end of document", "expected the end of the line"),
    Explained("Cannot declare", "[{name}] is there already"),
    Explained("Cannot overwrite a value", "a name is there twice"),
    Explained("Cannot mutate immutable", "{name} is there already, in another form"),
    Explained("Cannot redefine namespace", "{name} is there already, in another form"),
    Explained("Duplicate inline table key", "a name is there twice inside {{...}}"),
    Explained("Invalid value", "expected a value; a text stands in quotes"),
    Explained("Invalid hex value", _BACKSLASH),
    Explained("Unescaped '\\' in a string", _BACKSLASH),
    Explained("Escaped character is not", "\\u must name a character"),
    Explained("Illegal character '\\n'", "a string ends on its line, or begins with three quotes"),
    Explained("Unterminated string", "a string never ends"),
    Explained("Expected \"'", "a string never ends"),
    Explained("Expected '\"", "a string never ends"),
    Explained("Unclosed array", "a list never ends: ] is missing"),
    Explained("Unclosed inline table", "a table never ends: }} is missing"),
)
_PLACE = re.compile(r"(.*?) \(at (line \d+, column \d+|end of document)\)\Z", re.DOTALL)
_NAME = re.compile(r"'([^']*)'")


def explain(message: str) -> str:
    """Return an error of Python's reader of TOML in other words, its place first."""
    place = ""
    found = _PLACE.match(message)
    if found is not None:
        message = found.group(1)
        place = found.group(2).replace("end of document", "at the end") + ": "
    for explained in _EXPLANATIONS:
        if message.startswith(explained.beginning):
            return place + explained.text.format(name=".".join(_NAME.findall(message)))
    return place + message
