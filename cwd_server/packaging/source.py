"""Source as it goes into an archive: without comments and docstrings, every line where it was.

An archive is started far more often than it is read, and what is in it for readers is two fifths
of it. Whoever wants to read has the repository; a traceback shows the same lines as there.
"""

import functools
import io
import tokenize
from typing import List

LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)


@functools.lru_cache(maxsize=None)
def strip(source: bytes) -> bytes:
    """Return a module's source without comments and docstrings, but for those under decorators.

    What stands under a decorator may be a tool, whose docstring a model reads.
    """
    lines = source.decode("utf-8").split("\n")
    statement: List[tokenize.TokenInfo] = []
    takes_docstring = True  # a docstring is the first statement of a module, a class or a function
    is_decorated = False
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
        if token.type == tokenize.COMMENT and not token.string.startswith("#!"):
            _cut(lines, token)
        if token.type in LAYOUT:
            continue
        if token.type != tokenize.NEWLINE:
            statement.append(token)
            continue
        if takes_docstring and [part.type for part in statement] == [tokenize.STRING]:
            _replace(lines, statement[0])
        starts_block = (
            statement[0].string in ("def", "class", "async") and statement[-1].string == ":"
        )
        takes_docstring = starts_block and not is_decorated
        is_decorated = statement[0].string == "@"
        statement = []
    return "\n".join(lines).encode("utf-8")


def _cut(lines: List[str], comment: tokenize.TokenInfo) -> None:
    """Remove a comment, which ends its line."""
    row, column = comment.start
    lines[row - 1] = lines[row - 1][:column].rstrip()


def _replace(lines: List[str], docstring: tokenize.TokenInfo) -> None:
    """Put a statement that does nothing where a docstring was, since a block needs one."""
    first, column = docstring.start
    last = docstring.end[0]
    for row in range(first, last):
        lines[row] = ""
    lines[first - 1] = lines[first - 1][:column] + "0"
