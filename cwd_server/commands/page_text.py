"""A page of the guide for a terminal: tables in columns, links by the name of what they lead to.

The pages are Markdown that is read on the web too. Here a link names a topic of `help` or a file
of the repository, prose is wrapped anew, and blocks of code stay as they are.
"""

import posixpath
import re
import textwrap
from typing import List

WIDTH = 100  # characters: fits a wide terminal, and a page beside an editor
GAP = "  "  # between two columns
FOLDER = "cwd_server/guide"

_BLOCK = re.compile(r"(^```.*?^```$)", re.M | re.S)
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_BAR = re.compile(r"(?<!\\)\|")
_ITEM = re.compile(r"- |\d+\. ")

Row = List[str]


def to_text(page: str) -> str:
    """Return a page of Markdown as text of at most WIDTH columns, but for blocks of code."""
    parts = []
    for number, part in enumerate(_BLOCK.split(page)):
        if number % 2 == 0:
            part = _prose_to_text(_LINK.sub(_name_of_link, part))
        parts.append(part)
    return "".join(parts)


def _name_of_link(link: "re.Match[str]") -> str:
    """Return what to read in place of a link."""
    text, target = link.group(1).replace("\n", " "), link.group(2)
    if target.startswith("#"):
        return text
    if target.startswith("http"):
        return f"{text} ({target})"
    target = target.partition("#")[0]
    if "/" not in target:
        topic = target[: -len(".md")]
        if topic == text:
            return f"`help {topic}`"
        return f"{text} (`help {topic}`)"
    path = posixpath.normpath(posixpath.join(FOLDER, target))
    if path.endswith(text.strip("`")):
        return f"`{path}`"
    return f"{text} ({path})"


def _prose_to_text(text: str) -> str:
    """Return the text between two blocks of code, with its paragraphs and tables laid out."""
    groups: List[List[str]] = []
    last = ""
    for line in text.split("\n"):
        kind = _kind_of(line)
        if kind != last or kind in ("", "item"):
            groups.append([])
        if kind == "item":
            kind = "prose"  # what follows belongs to the item
        groups[-1].append(line)
        last = kind
    return "\n".join(map(_lay_out, groups))


def _kind_of(line: str) -> str:
    if line.startswith("|"):
        return "table"
    if not line or line.startswith(("#", "    ")):
        return ""
    if _ITEM.match(line):
        return "item"
    return "prose"


def _lay_out(lines: List[str]) -> str:
    kind = _kind_of(lines[0])
    if kind == "table":
        return "\n".join(_lay_out_table(list(map(_cells_of, lines))))
    if kind == "":
        return "\n".join(lines)
    indent = ""
    if kind == "item":
        indent = "  "
    return "\n".join(_wrap(" ".join(map(str.strip, lines)), WIDTH, indent))


def _wrap(text: str, width: int, indent: str = "") -> List[str]:
    return textwrap.wrap(
        text,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _cells_of(line: str) -> Row:
    cells = []
    for cell in _BAR.split(line)[1:-1]:
        cells.append(cell.strip().replace("\\|", "|"))
    return cells


def _lay_out_table(rows: List[Row]) -> List[str]:
    """Return a table in columns, or if a word is too long for that, a paragraph for each row."""
    header, _, *rest = rows  # the second row is dashes
    widths = _column_widths([header, *rest])
    if not widths:
        return _lay_out_records(header, rest)
    dashes = ["-" * width for width in widths]
    lines = []
    for row in [header, dashes, *rest]:
        lines += _lay_out_row(row, widths)
    return lines


def _column_widths(rows: List[Row]) -> List[int]:
    """Return a width for each column so that all fit, or nothing if they cannot."""
    widths = []
    least = []
    for column in zip(*rows):
        widths.append(max(map(len, column)))
        least.append(_longest_word(" ".join(column)))
    while sum(widths) + len(GAP) * (len(widths) - 1) > WIDTH:
        shrinkable = [index for index, width in enumerate(widths) if width > least[index]]
        if not shrinkable:
            return []
        widths[max(shrinkable, key=widths.__getitem__)] -= 1
    return widths


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def _lay_out_row(row: Row, widths: List[int]) -> List[str]:
    cells = list(map(_wrap, row, widths))
    lines = []
    for number in range(max(map(len, cells))):
        line = ""
        for cell, width in zip(cells, widths):
            line += "".join(cell[number : number + 1]).ljust(width) + GAP
        lines.append(line.rstrip())
    return lines


def _lay_out_records(header: Row, rows: List[Row]) -> List[str]:
    lines = []
    for row in rows:
        title = row[0]
        facts = []
        for name, cell in list(zip(header, row))[1:]:
            if name and cell:
                facts += _wrap(f"    {name}: {cell}", WIDTH, " " * 8)
            elif cell:
                title += f" ({cell})"
        lines += [title, *facts]
    return lines
