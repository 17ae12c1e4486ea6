"""What `check` found, as it is printed: the cause in the first line, then a line a step."""

import os
import sys
from typing import Dict, List, NamedTuple

from cwd_server.commands.check.findings import (
    OK,
    PROBLEM,
    SKIPPED,
    WARNING,
    Finding,
    ServerReport,
    of_kind,
)
from cwd_server.commands.terminal import escape_line
from cwd_server.wording import shorten

CAUSES_OF_ONE = 3  # named in the first line, of one server
CAUSES = 4  # and of all
LONGEST_CAUSE = 240  # characters

_MARKS = {OK: "\u2713", PROBLEM: "\u2717", WARNING: "!", SKIPPED: "-"}
# Where an encoding lacks the marks
_WORDS = {OK: "ok  ", PROBLEM: "FAIL", WARNING: "warn", SKIPPED: "skip"}
_COLOURS = {OK: "32", PROBLEM: "31", WARNING: "33", SKIPPED: "2"}


class Style(NamedTuple):
    """How kinds of findings are marked."""

    marks: Dict[str, str]
    coloured: bool

    def mark(self, kind: str) -> str:
        """Return the mark of a kind."""
        mark = self.marks[kind]
        if not self.coloured:
            return mark
        return f"\x1b[{_COLOURS[kind]}m{mark}\x1b[0m"


def style_of_stdout() -> Style:
    """Return the style that stdout can show: colours on a terminal, unless NO_COLOR is set."""
    marks = _MARKS
    try:
        "".join(_MARKS.values()).encode(sys.stdout.encoding or "ascii")
    except (UnicodeError, LookupError):
        marks = _WORDS
    # Windows has no TERM, and so no colours
    is_plain = "NO_COLOR" in os.environ or os.environ.get("TERM", "dumb") == "dumb"
    return Style(marks, sys.stdout.isatty() and not is_plain)


def print_reports(reports: "List[ServerReport]", style: Style) -> None:
    """Print what was found, a line a finding."""
    for report in reports:
        if report.name:
            print(shorten(escape_line(report.name), 100))
        for finding in report.findings:
            print(f"  {style.mark(finding.kind)} {finding.text}")
            for line in finding.details:
                print(f"      {line}")


def first_line(reports: "List[ServerReport]", well: str) -> str:
    """Return the verdict with its causes; `well` says what is well if nothing is wrong."""
    problems = _count_of(reports, PROBLEM)
    warnings = _count_of(reports, WARNING)
    if problems:
        return f"{count(problems, 'problem')}: {_causes(reports, PROBLEM)}"
    if warnings:
        return f"All is well, with {count(warnings, 'warning')}: {_causes(reports, WARNING)}"
    return f"All is well: {well}"


def _count_of(reports: "List[ServerReport]", kind: str) -> int:
    number = 0
    for report in reports:
        number += len(of_kind(report.findings, kind))
    return number


def count(number: int, what: str) -> str:
    """Return a number of things in words."""
    if number == 1:
        return f"1 {what}"
    return f"{number:,} {what}s"


def _causes(reports: "List[ServerReport]", kind: str) -> str:
    causes: List[str] = []
    of_servers = [report for report in reports if report.name]
    of_whole_file = [report for report in reports if not report.name]
    for report in of_servers + of_whole_file:
        prefix = ""
        if report.name:
            prefix = f"{shorten(escape_line(report.name), 40)}: "
        texts = [shorten(finding.text, LONGEST_CAUSE) for finding in _causes_of(report, kind)]
        if texts:
            causes.append(prefix + "; ".join(texts[:CAUSES_OF_ONE]))
    if len(causes) > CAUSES:
        causes[CAUSES:] = [f"and more of {len(causes) - CAUSES} other servers"]
    return "; ".join(causes)


def _causes_of(report: ServerReport, kind: str) -> "List[Finding]":
    """Return what is named of a server: with a problem, also the warnings that explain it."""
    found = of_kind(report.findings, kind)
    if kind != PROBLEM or not found:
        return found
    return [each for each in report.findings if each.kind == PROBLEM or each.explains_failure]
