"""Values checked against JSON Schema 2020-12, in time that grows linearly with the value.

    checker = Checker(schema)
    problems = checker.problems(value, schema)

`support.find_unsupported` has to have found nothing in the schema: what it lets pass is
honoured here, and what is not honoured it refuses.

How the time stays linear: a keyword that has several schemas for one value (`anyOf`, `allOf`,
`$ref`, …) asks whether the value fits each, and the answer is kept by the identity of value and
schema. So a value inside unions inside unions is looked at once for each schema, however many ways
lead there. What exactly is wrong with a value that does not fit is looked for only when it is
reported.

https://json-schema.org/draft/2020-12/json-schema-core
"""

from typing import Dict, Iterator, List, Optional, Set

from cwd_server.toolkit.json_values import Fingerprints, comparison_key
from cwd_server.toolkit.jsonschema.assertions import ASSERTIONS, WrongType, has_type
from cwd_server.toolkit.jsonschema.findings import (
    Finding,
    Forbidden,
    Mismatch,
    Place,
    Problems,
    TooDeep,
    collect,
)
from cwd_server.toolkit.jsonschema.judged import JudgedSchema
from cwd_server.toolkit.jsonschema.references import References, Schema, is_draft_07
from cwd_server.toolkit.jsonschema.rules import ONE_OF, RULES, Application, Unfit

# Python allows 1,000 calls within calls, and up to 3.8 it may abort when that is exceeded twice.
# A level of arrays and objects takes 2 of them, a further schema for one value 3 or 4.
MAX_DEPTH = 64
MAX_SCHEMAS = 125


class TooDeepError(Exception):
    """Schemas lie too deep within schemas for a value to be checked."""


class Checker:
    """One check of one value. What it finds out it keeps, so the value must not change.

    root_schema: where the `$ref`s of the schemas that are asked about start from
    """

    def __init__(self, root_schema: Schema) -> None:
        self.fingerprints = Fingerprints()
        self._references = References(root_schema)
        # https://json-schema.org/draft-07/json-schema-core#section-8.3
        # "All other properties in a "$ref" object MUST be ignored."
        self._reference_stands_alone = is_draft_07(root_schema)
        self._memos: Dict[int, _Memo] = {}
        self._depth = 0  # of schemas within schemas
        self.too_deep: Optional[Place] = None  # where something was too deep to be checked
        self._choices: Dict[int, Set[str]] = {}
        # The values that were asked about: while they live, nothing else has their identity
        self._held: List[object] = []

    def problems(self, value: object, schema: Schema, path: str = "") -> Problems:
        """Return what is wrong with a value: the first 20 problems, and how many more there are.

        path: what the value is called in the problems, such as `result`; "" for the arguments of a
        tool
        """
        place = Place(None, path)
        self._held.append(value)
        try:
            problems = collect(self.findings(value, schema, place))
        except (TooDeepError, RecursionError):
            self.too_deep = self.too_deep or place
            return self.depth_problem()
        if problems and self.too_deep is not None:
            return self.depth_problem()
        return problems

    def depth_problem(self) -> Problems:
        """Return that the value is nested too deep, which leaves open what else is wrong."""
        if self.too_deep is None:
            return Problems()
        return collect([TooDeep(self.too_deep)])

    def fits(self, value: object, schema: Schema) -> bool:
        """Whether nothing is wrong with a value."""
        self._held.append(value)
        place = Place(None, "")
        try:
            return self.accepts(value, schema, place)
        except (TooDeepError, RecursionError):
            self.too_deep = self.too_deep or place
            return False

    def target(self, reference: str) -> Schema:
        """Return the schema that a `$ref` names."""
        return self._references.target(reference)

    # For the rules

    def accepts(self, value: object, schema: Schema, place: Place) -> bool:
        """Whether a value at a place fits a schema; found out once for an array or object."""
        if isinstance(schema, dict) and "type" in schema and "$ref" not in schema:
            # Of most alternatives the type is all there is to look at
            if not has_type(value, schema["type"]):
                return type(schema) is JudgedSchema and schema.takes(value)
            if len(schema) == 1:
                return True
        if not isinstance(value, (dict, list)):
            return self._finds_nothing(value, schema, place)
        memo = self._memos.get(id(schema))
        if memo is None:
            memo = self._memos[id(schema)] = _Memo(schema)
        fits = memo.answers.get(id(value))
        if fits is None:
            fits = memo.answers[id(value)] = self._finds_nothing(value, schema, place)
        return fits

    def _finds_nothing(self, value: object, schema: Schema, place: Place) -> bool:
        if self._depth >= MAX_SCHEMAS:
            self.too_deep = place
            raise TooDeepError
        self._depth += 1
        try:
            return next(self.findings(value, schema, place), None) is None
        finally:
            self._depth -= 1

    def choices(self, members: List[object]) -> Set[str]:
        """Return the comparison keys of an `enum`."""
        keys = self._choices.get(id(members))
        if keys is None:
            keys = self._choices[id(members)] = {comparison_key(member) for member in members}
        return keys

    def findings(self, value: object, schema: Schema, place: Place) -> Iterator[Finding]:
        """Find what is wrong with a value at a place, one thing after the other."""
        found = self._findings(value, schema, place)
        if type(schema) is JudgedSchema:
            found = self._unless_taken(found, value, schema)
        return found

    def _unless_taken(
        self, found: Iterator[Finding], value: object, schema: JudgedSchema
    ) -> Iterator[Finding]:
        for finding in found:
            if schema.takes(value):
                return
            yield finding
            yield from found

    def _findings(self, value: object, schema: Schema, place: Place) -> Iterator[Finding]:
        if not isinstance(schema, dict):
            if schema is False:
                yield Forbidden(place)
            return
        if place.depth > MAX_DEPTH:
            self.too_deep = place
            yield TooDeep(place)
            return
        if "$ref" in schema:
            target = self._references.target(schema["$ref"])
            if not self.accepts(value, target, place):
                yield Unfit(self, value, [target], place)
            if self._reference_stands_alone:
                return
        types = schema.get("type")
        if types is not None and not has_type(value, types):
            # Nothing more: what other keywords say of it is of no use, but for what it may be
            if "enum" in schema:
                yield Mismatch(place, value, ONE_OF, schema["enum"], "enum")
            else:
                yield WrongType(place, value, schema)
            return
        for keyword, argument in schema.items():
            if keyword in ASSERTIONS:
                assertion = ASSERTIONS[keyword]
                if assertion.applies(value) and not assertion.test(value, argument):
                    yield Mismatch(place, value, assertion.wording, argument, keyword)
            elif keyword in RULES:
                rule = RULES[keyword]
                if isinstance(value, rule.kind):
                    yield from rule.find(Application(self, value, schema, place), argument)


class _Memo:
    """Which values fit a schema, by identity. It holds the schema, to keep its identity taken."""

    __slots__ = ("answers", "schema")

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.answers: Dict[int, bool] = {}
