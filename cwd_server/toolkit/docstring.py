"""What a docstring says of parameters, in the ways in use: Google's, NumPy's, reST's, Epytext's.

https://google.github.io/styleguide/pyguide.html#383-functions-and-methods
https://numpydoc.readthedocs.io/en/latest/format.html#parameters
https://www.sphinx-doc.org/en/master/usage/domains/python.html#info-field-lists
https://epydoc.sourceforge.net/manual-fields.html
"""

import itertools
import re
from typing import Dict, Iterator, List, NamedTuple, Optional

_SECTIONS = (
    "Args|Arguments|Parameters|Params|Other Parameters|Keyword Args|Keyword Arguments|Attributes"
)
_GOOGLE_SECTION = re.compile(rf"({_SECTIONS}):\s*", re.IGNORECASE)
_NUMPY_SECTION = re.compile(rf"({_SECTIONS})\s*", re.IGNORECASE)
_UNDERLINE = re.compile(r"-{3,}\s*")
_REST_FIELD = re.compile(
    r"""
    [:@] (?:param|parameter|arg|argument|key|keyword|ivar|cvar|var)
    \s+ (?:[^:]*?\s)?           # the type, which may be left out
    \*{0,2} (?P<name>\w+) \s* :
    \s* (?P<text>.*)
    """,
    re.VERBOSE,
)
_NAMES = r"\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*"
_GOOGLE_ENTRY = re.compile(
    rf"""
    (?:[-*+]\s+)?               # a bullet
    [*`]{{0,2}} (?P<names>{_NAMES}) [*`]{{0,2}}
    \s* (?:\(.*?\))?            # the type, in brackets
    (?:\s*:|\s+--?\s) (?P<text>.*)
    """,
    re.VERBOSE,
)
_NUMPY_ENTRY = re.compile(rf"(?P<names>{_NAMES})\s*(?::.*)?")


class _Line(NamedTuple):
    indent: int
    text: str


class _Block(NamedTuple):
    """A line, and those below it that are indented deeper."""

    head: _Line
    body: "List[_Line]"

    def text_after(self, start: str) -> str:
        """Return `start` and the lines below as one line."""
        words = start.split()
        for line in self.body:
            words += line.text.split()
        return " ".join(words)


def parse_docstring(docstring: Optional[str]) -> Dict[str, str]:
    """Return the description of each parameter that a docstring describes, on one line each.

    docstring: as inspect.getdoc returns it, without indentation
    """
    lines = []
    for line in (docstring or "").splitlines():
        lines.append(_Line(len(line) - len(line.lstrip()), line.strip()))
    described: Dict[str, str] = {}
    index = 0
    while index < len(lines):
        text = lines[index].text
        if _GOOGLE_SECTION.fullmatch(text):
            described.update(_google_entries(lines, index))
        elif _NUMPY_SECTION.fullmatch(text) and _is_underlined(lines, index):
            described.update(_numpy_entries(lines, index + 2))
        else:
            described.update(_rest_entry(lines, index))
        index += 1
    return {name: text for name, text in described.items() if text}


def _is_underlined(lines: List[_Line], index: int) -> bool:
    return index + 1 < len(lines) and _UNDERLINE.fullmatch(lines[index + 1].text) is not None


def _google_entries(lines: List[_Line], index: int) -> Dict[str, str]:
    """Return the entries below "Args:" in line `index`.

    Those indented deeper than it; where none is, the lines up to a blank one.
    """
    body = _block(lines, index).body
    if not any(line.text for line in body):
        body = list(itertools.takewhile(lambda line: line.text, lines[index + 1 :]))
    described: Dict[str, str] = {}
    for block in _blocks(body):
        entry = _GOOGLE_ENTRY.fullmatch(block.head.text)
        if entry is not None:
            described.update(_describe_all(entry["names"], block.text_after(entry["text"])))
    return described


def _numpy_entries(lines: List[_Line], start: int) -> Dict[str, str]:
    """Return the entries from line `start` on, up to the title of the next section."""
    described: Dict[str, str] = {}
    end = start
    while end < len(lines) and not _is_underlined(lines, end):
        end += 1
    for block in _blocks(lines[start:end]):
        entry = _NUMPY_ENTRY.fullmatch(block.head.text)
        if entry is not None:
            described.update(_describe_all(entry["names"], block.text_after("")))
    return described


def _describe_all(names: str, text: str) -> Dict[str, str]:
    """Return `text` as the description of each of the names before it."""
    return {name.strip(" *"): text for name in names.split(",")}


def _rest_entry(lines: List[_Line], index: int) -> Dict[str, str]:
    """Return what `:param name:` in line `index` says, if that is what it is."""
    entry = _REST_FIELD.fullmatch(lines[index].text)
    if entry is None:
        return {}
    return {entry["name"]: _block(lines, index).text_after(entry["text"])}


def _blocks(lines: List[_Line]) -> Iterator[_Block]:
    """Take lines apart into blocks."""
    index = 0
    while index < len(lines):
        block = _block(lines, index)
        if block.head.text:
            yield block
        index += 1 + len(block.body)


def _block(lines: List[_Line], index: int) -> _Block:
    """Return the block that begins at line `index`; blank lines may be inside."""
    head = lines[index]
    end = index + 1
    while end < len(lines) and (lines[end].indent > head.indent or not lines[end].text):
        end += 1
    return _Block(head, lines[index + 1 : end])
