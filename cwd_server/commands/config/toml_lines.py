"""The lines of a TOML text that statements fill, and the text without them."""

import re
from typing import List, Tuple

from cwd_server.commands.formats.toml_reader import Statement

_FIRST_LINE_BREAK = re.compile(r"\A\r?\n")


def find_runs(
    statements: "List[Statement]", all_statements: "List[Statement]"
) -> "List[Tuple[int, int]]":
    """Return the spans of lines that statements fill; neighbours share one."""
    runs: List[Tuple[int, int]] = []
    starts = {statement.start for statement in statements}
    previous = -2
    for index, statement in enumerate(all_statements):
        if statement.start not in starts:
            continue
        if index == previous + 1:
            runs[-1] = (runs[-1][0], statement.line_end)
        else:
            runs.append((statement.start, statement.line_end))
        previous = index
    return runs


def without_lines(text: str, start: int, end: int) -> str:
    """Return a text without some lines, and the empty line that `add` puts before them."""
    before = text[:start]
    shorter = _without_line_break(before)
    if end == len(text) and not text.endswith("\n"):
        return _without_line_break(shorter)
    if shorter.endswith("\n"):
        before = shorter
    if not before:  # it was the first: then the next one has the empty line
        return _FIRST_LINE_BREAK.sub("", text[end:])
    return before + text[end:]


def _without_line_break(text: str) -> str:
    if text.endswith("\r\n"):
        return text[:-2]
    if text.endswith("\n"):
        return text[:-1]
    return text
