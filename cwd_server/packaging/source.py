"""Source as it goes into an archive: without what is there for readers, every line where it was.

An archive is started far more often than it is read, and comments, docstrings, functions'
annotations, what type checkers import and indentation are half of it. Whoever wants to read has
the repository; a traceback shows the same lines as there.
"""

import functools
import io
import tokenize
from typing import Dict, Iterator, List, Optional, Set, Tuple

LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
# Those of Python that look at no docstring and no type; a module's stand for all in it
PLAIN_DECORATORS = ("classmethod", "contextlib", "functools", "property", "staticmethod")
TYPE_CHECK = ["if", "TYPE_CHECKING", ":"]  # a statement: its block is for type checkers
FUNCTIONS = ("def", "async")
OPENING = ("(", "[", "{")
CLOSING = (")", "]", "}")

# Of an annotation: what is in front, with the number of brackets that it is in; what is behind
STARTS = ((1, ":"), (0, "->"))
ENDS = (",", "=", ")", ":")

Statement = List[tokenize.TokenInfo]
Position = Tuple[int, int]  # of a character: row, from 1, and column


@functools.lru_cache(maxsize=None)
def strip(source: bytes) -> bytes:
    """Return a module's source without comments, docstrings, functions' types, and type checks.

    What stands under a decorator keeps them, but for PLAIN_DECORATORS: it may be a tool, whose
    docstring and types a model reads.
    """
    return _Stripper(source.decode("utf-8")).strip().encode("utf-8")


class _Stripper:
    """Strips one statement after the other from a module's lines."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines = source.split("\n")
        self._depths: Dict[int, int] = {}  # of blocks, by the row where a statement in them begins
        self._rows_in_texts: Set[int] = set()  # those that begin inside a text
        # What the statements before mean for the next one
        self._takes_docstring = True  # the first of a module, a class or a function is one
        self._is_decorated = False  # by something that may look at docstrings and types
        self._type_check: Optional[int] = None  # the depth of one whose block goes on

    def strip(self) -> str:
        """Return what is left of the module."""
        for statement, depth in self._statements():
            self._strip_statement(statement, depth)
        return "\n".join(self._indented())

    def _statements(self) -> Iterator[Tuple[Statement, int]]:
        """Yield each statement's tokens and the number of blocks around it; cut comments."""
        statement: Statement = []
        depth = 0
        for token in tokenize.generate_tokens(io.StringIO(self._source).readline):
            if token.type == tokenize.INDENT:
                depth += 1
            elif token.type == tokenize.DEDENT:
                depth -= 1
            self._rows_in_texts.update(range(token.start[0] + 1, token.end[0] + 1))
            if token.type == tokenize.COMMENT and not token.string.startswith("#!"):
                self._cut_comment(token)
            if token.type == tokenize.NEWLINE:
                yield statement, depth
                statement = []
            elif token.type not in LAYOUT:
                statement.append(token)

    def _strip_statement(self, statement: Statement, depth: int) -> None:
        row = statement[0].start[0]
        if self._type_check is not None and depth > self._type_check:
            self._depths[row] = self._type_check + 1
            self._replace(statement)
            return
        self._depths[row] = depth
        self._type_check = None
        if [part.string for part in statement] == TYPE_CHECK:
            self._type_check = depth
        if self._takes_docstring and [part.type for part in statement] == [tokenize.STRING]:
            self._replace(statement)
        if _is_typed_attribute(statement):
            self._cut_type(statement)
        keyword = statement[0].string
        if keyword in FUNCTIONS and not self._is_decorated:
            self._cut_annotations(statement)
        begins_block = keyword in (*FUNCTIONS, "class") and statement[-1].string == ":"
        self._takes_docstring = begins_block and not self._is_decorated
        if keyword != "@":
            self._is_decorated = False
        elif statement[1].string not in PLAIN_DECORATORS:
            self._is_decorated = True

    def _cut_comment(self, comment: tokenize.TokenInfo) -> None:
        """Remove a comment, which ends its line."""
        row, column = comment.start
        self._lines[row - 1] = self._lines[row - 1][:column].rstrip()

    def _replace(self, statement: Statement) -> None:
        """Put a statement that does nothing where one was, since a block needs one."""
        first, column = statement[0].start
        last = statement[-1].end[0]
        for row in range(first, last):
            self._lines[row] = ""
        self._lines[first - 1] = self._lines[first - 1][:column] + "0"

    def _cut_annotations(self, statement: Statement) -> None:
        """Remove a function's annotations, but for those of several lines."""
        for (row, start), (last_row, end) in reversed(_annotations(statement)):
            if row == last_row:
                line = self._lines[row - 1]
                self._lines[row - 1] = line[:start] + line[end:]

    def _cut_type(self, statement: Statement) -> None:
        """Remove the type of an attribute that gets a value on the same line."""
        row, start = statement[3].start
        for token in statement:
            if token.string == "=" and token.start[0] == row:
                line = self._lines[row - 1]
                self._lines[row - 1] = line[:start] + " " + line[token.start[1] :]
                return

    def _indented(self) -> List[str]:
        """Return the lines, with one space a block, and none where a statement goes on."""
        lines = []
        for row, line in enumerate(self._lines, 1):
            if row not in self._rows_in_texts:
                line = " " * self._depths.get(row, 0) + line.lstrip(" ")
            lines.append(line)
        return lines


def _is_typed_attribute(statement: Statement) -> bool:
    """Whether a statement is `self.NAME: TYPE`, with a value or without."""
    texts = [token.string for token in statement[:4]]
    return texts[:2] == ["self", "."] and texts[3:] == [":"]


def _annotations(statement: Statement) -> List[Tuple[Position, Position]]:
    """Return where a function's annotations begin, behind a parameter or all of them, and end."""
    found = []
    start: Optional[Position] = None
    start_depth = depth = 0  # of brackets
    in_default = False  # in which a lambda may have a colon
    for previous, token in zip(statement, statement[1:]):
        text = token.string
        if start is not None and depth == start_depth and text in ENDS:
            found.append((start, token.start))
            start = None
        if (depth, text) in STARTS and not in_default:
            start, start_depth = previous.end, depth
        if depth == 1 and text in ("=", ",", ")"):
            in_default = text == "="
        depth += (text in OPENING) - (text in CLOSING)
    return found
