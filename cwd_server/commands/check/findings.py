"""What `check` finds: one record a fact, told apart by how bad it is."""

from typing import List, NamedTuple, Tuple

OK = "ok"
WARNING = "warning"  # it works here; it may not everywhere
PROBLEM = "problem"  # the client refuses it, or cannot use it
SKIPPED = "skipped"  # nothing was tried, and why


class Finding(NamedTuple):
    """One fact about a file or a server."""

    kind: str  # one of the four above
    text: str
    explains_failure: bool = False  # the likely cause, if the server does not answer
    details: Tuple[str, ...] = ()  # lines below it, such as the end of a server's stderr


class ServerReport(NamedTuple):
    """All that was found about one server; `name` is empty for what concerns the whole file."""

    name: str
    findings: List[Finding]


def passed(text: str) -> Finding:
    """Return a fact that is as it should be."""
    return Finding(OK, text)


def warning(text: str) -> Finding:
    """Return something that works, and deserves a look."""
    return Finding(WARNING, text)


def suspicion(text: str) -> Finding:
    """Return a warning that explains why the server fails, if it fails."""
    return Finding(WARNING, text, explains_failure=True)


def problem(text: str) -> Finding:
    """Return something that keeps the client from using the server."""
    return Finding(PROBLEM, text)


def soften(finding: Finding) -> Finding:
    """Return what would be a problem as a suspicion: it may be otherwise."""
    return suspicion(finding.text)


def skipped(text: str) -> Finding:
    """Return why nothing was tried."""
    return Finding(SKIPPED, text)


def of_kind(findings: "List[Finding]", kind: str) -> "List[Finding]":
    """Return the findings of one kind, in order."""
    return [finding for finding in findings if finding.kind == kind]
