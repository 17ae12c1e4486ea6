"""What to say of a value that fits none of several schemas: the most useful thing, not everything.

Of `anyOf` and `oneOf`, a value usually was meant for one alternative. Which one, and so whose
problems to report, is told by its type, by members with a constant (`{"kind": "circle"}`) and by
which members there are; if several remain, all that was wanted is said.
"""

from itertools import islice
from typing import TYPE_CHECKING, Callable, Iterator, List, NamedTuple, Optional

from cwd_server.toolkit.jsonschema.assertions import TYPES
from cwd_server.toolkit.jsonschema.findings import (
    MAX_PROBLEMS,
    Finding,
    Mismatch,
    Missing,
    Place,
    Unknown,
    flatten,
)
from cwd_server.toolkit.jsonschema.references import Schema

if TYPE_CHECKING:
    from cwd_server.toolkit.jsonschema.checker import Checker

MAX_NAMES = 5  # of required members in the description of an alternative


class Attempt(NamedTuple):
    """A schema that a value does not fit, and what is wrong, or the beginning of it."""

    schema: Schema
    findings: List[Finding]


def explain(
    checker: "Checker", value: object, alternatives: List[Schema], place: Place
) -> Iterator[Finding]:
    """Return what is wrong with a value that fits none of the alternatives."""
    attempts = []
    for schema in alternatives:
        findings = flatten(checker.findings(value, schema, place), place)
        attempts.append(Attempt(schema, list(islice(findings, MAX_PROBLEMS))))
    # 1. An alternative of another type was not meant, if there is one of the right type
    inner = _without(attempts, _is_wrong_itself, place)
    if not inner:
        return iter([Mismatch(place, value, _join_wanted(attempts, place))])
    # 2. Nor was one with another constant in a member, if there is one with the right constant
    tagged = _without(inner, _has_other_tag, place)
    if not tagged:
        return iter(_merge_tags(inner, place) or inner[0].findings)
    # 3. Nor was one with other members, if there is one that has just these
    meant = _without(tagged, _has_other_members, place) or tagged
    if len(meant) == 1:
        return checker.findings(value, meant[0].schema, place)
    wanted = [_describe(checker, attempt.schema) for attempt in meant]
    return iter([Mismatch(place, value, _join(wanted))])


def _without(
    attempts: List[Attempt], is_wrong: Callable[[Attempt, Place], bool], place: Place
) -> List[Attempt]:
    """Return the attempts that are not wrong in this way."""
    return [attempt for attempt in attempts if not is_wrong(attempt, place)]


def _is_wrong_itself(attempt: Attempt, place: Place) -> bool:
    for finding in attempt.findings:
        if finding.place is place:
            return True
    return False


def _has_other_tag(attempt: Attempt, place: Place) -> bool:
    return _wrong_tag(attempt, place) is not None


def _join_wanted(attempts: List[Attempt], place: Place) -> str:
    wanted = []
    for attempt in attempts:
        for finding in attempt.findings:
            if isinstance(finding, Mismatch) and finding.place is place:
                wanted.append(finding.wanted())
                break
    return _join(wanted)


def _join(wanted: List[str]) -> str:
    """Return things wanted as one text, each once."""
    once = list(dict.fromkeys(wanted))
    return " or ".join(once) or "something else"


def _wrong_tag(attempt: Attempt, place: Place) -> Optional[Mismatch]:
    """Return the finding that a member has another constant than this alternative's."""
    for finding in attempt.findings:
        if not isinstance(finding, Mismatch) or finding.keyword not in ("const", "enum"):
            continue
        if finding.place.parent is place:
            return finding
    return None


def _has_other_members(attempt: Attempt, place: Place) -> bool:
    for finding in attempt.findings:
        if isinstance(finding, (Missing, Unknown)) and finding.place.parent is place:
            return True
    return False


def _merge_tags(attempts: List[Attempt], place: Place) -> Optional[List[Finding]]:
    """Return the wrong constants as one finding, if all alternatives have theirs in one member."""
    tags = [_wrong_tag(attempt, place) for attempt in attempts]
    first = tags[0]
    wanted = []
    for tag in tags:
        if first is None or tag is None or tag.place.key != first.place.key:
            return None
        wanted.append(tag.wanted())
    if first is None:
        return None
    return [Mismatch(first.place, first.value, _join(wanted))]


def _describe(checker: "Checker", schema: object) -> str:
    """Return what a schema wants, in a few words."""
    if not isinstance(schema, dict):
        return "anything"
    if isinstance(schema.get("title"), str):
        return str(schema["title"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name == "#":
            return _describe(checker, checker.target("#"))
        return str(name)
    words = "a value"
    if isinstance(schema.get("type"), str):
        words = TYPES[schema["type"]].words
    if isinstance(schema.get("required"), list) and schema["required"]:
        return f"{words} with {', '.join(schema['required'][:MAX_NAMES])}"
    if isinstance(schema.get("items"), dict):
        return f"{words} (each item {_describe(checker, schema['items'])})"
    return words
