"""Which schemas can be honoured. The others are refused when a tool is declared.

A keyword that is silently not checked lets a tool run with what its author thought impossible. So
every keyword of the standard is honoured or refused by name; others are nobody's business but the
author's, and kept.

https://json-schema.org/draft/2020-12/schema
"""

import re
from typing import Any, Dict, Iterator, List, NamedTuple, Set

from cwd_server.toolkit.jsonschema.assertions import TYPES
from cwd_server.toolkit.jsonschema.checker import Checker
from cwd_server.toolkit.jsonschema.findings import Place, Problem, closest
from cwd_server.toolkit.jsonschema.references import (
    DRAFT_07,
    References,
    Schema,
    SchemaObject,
    Subschema,
    UnknownReferenceError,
    is_draft_07,
    subschemas,
)

DRAFT_2020_12 = "https://json-schema.org/draft/2020-12/schema"

_TYPE = {"enum": list(TYPES)}
_SCHEMA = {"type": ["object", "boolean"]}
_SCHEMA_LIST = {"type": "array", "items": _SCHEMA, "minItems": 1}
_SCHEMA_MAP = {"type": "object", "additionalProperties": _SCHEMA}
_STRING = {"type": "string"}
_STRINGS = {"type": "array", "items": _STRING}
_NUMBER = {"type": "number"}
_COUNT = {"type": "integer", "minimum": 0}
_FLAG = {"type": "boolean"}

# keyword: what its argument has to be, as JSON Schema
ARGUMENTS: Dict[str, Any] = {
    "$schema": _STRING,
    "$id": _STRING,
    "$ref": _STRING,
    "$anchor": {"type": "string", "pattern": r"^[A-Za-z_][-A-Za-z0-9._]*$"},
    "$comment": _STRING,
    "$defs": _SCHEMA_MAP,
    "definitions": _SCHEMA_MAP,
    "type": {"anyOf": [_TYPE, {"type": "array", "items": _TYPE, "minItems": 1}]},
    "enum": {"type": "array"},
    "const": {},
    "multipleOf": {"type": "number", "exclusiveMinimum": 0},
    "minimum": _NUMBER,
    "maximum": _NUMBER,
    "exclusiveMinimum": _NUMBER,
    "exclusiveMaximum": _NUMBER,
    "minLength": _COUNT,
    "maxLength": _COUNT,
    "pattern": _STRING,
    "minItems": _COUNT,
    "maxItems": _COUNT,
    "uniqueItems": _FLAG,
    "prefixItems": _SCHEMA_LIST,
    "items": _SCHEMA,
    "contains": _SCHEMA,
    "minContains": _COUNT,
    "maxContains": _COUNT,
    "minProperties": _COUNT,
    "maxProperties": _COUNT,
    "required": _STRINGS,
    "properties": _SCHEMA_MAP,
    "patternProperties": _SCHEMA_MAP,
    "additionalProperties": _SCHEMA,
    "propertyNames": _SCHEMA,
    "dependentRequired": {"type": "object", "additionalProperties": _STRINGS},
    "dependentSchemas": _SCHEMA_MAP,
    "allOf": _SCHEMA_LIST,
    "anyOf": _SCHEMA_LIST,
    "oneOf": _SCHEMA_LIST,
    "not": _SCHEMA,
    "if": _SCHEMA,
    "then": _SCHEMA,
    "else": _SCHEMA,
    "title": _STRING,
    "description": _STRING,
    "default": {},
    "examples": {"type": "array"},
    "deprecated": _FLAG,
    "readOnly": _FLAG,
    "writeOnly": _FLAG,
    "format": _STRING,
    "contentEncoding": _STRING,
    "contentMediaType": _STRING,
    "contentSchema": _SCHEMA,
}
# What draft-07 has beside these, or otherwise
DRAFT_07_ARGUMENTS: Dict[str, Any] = {
    "items": {"anyOf": [_SCHEMA, {"type": "array", "items": _SCHEMA}]},
    "additionalItems": _SCHEMA,
    "dependencies": {"type": "object", "additionalProperties": {"anyOf": [_SCHEMA, _STRINGS]}},
}
# Keywords of the standard that are not honoured, and what to write instead
REFUSED: Dict[str, str] = {
    "unevaluatedItems": "write items: false beside prefixItems",
    "unevaluatedProperties": "write additionalProperties: false beside all properties",
    "$dynamicRef": "write $ref",
    "$dynamicAnchor": "write $anchor, or a name in $defs",
    "$recursiveRef": "write $ref",
    "$recursiveAnchor": "write $anchor, or a name in $defs",
    "$vocabulary": "leave it out",
    "dependencies": "write dependentRequired or dependentSchemas",
    "additionalItems": "write items, and prefixItems for the first ones",
}
MAX_DEPTH = 200  # steps from a schema to those inside it, or referred to

# Keywords whose schemas speak of the value itself, not of its parts
_IN_PLACE = (
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependencies",
)


def find_unsupported(schema: Schema, path: str) -> List[Problem]:
    """Return what is malformed or not supported in a schema, naming places below `path`.

    A schema is an object, true or false here; that of a tool's arguments has to be an object,
    which is checked where tools are declared.
    """
    return _SchemaWalk(schema, path).problems


def find_misspelt(schema: Schema, path: str) -> List[Problem]:
    """Return notes about keywords that are ignored but named nearly like known ones."""
    return _SchemaWalk(schema, path).notes


class _Reference(NamedTuple):
    """A `$ref` and where it is."""

    text: str
    place: Place


class _SchemaWalk:
    """One walk through all schemas in a document."""

    def __init__(self, root: Schema, path: str) -> None:
        self.problems: List[Problem] = []
        self.notes: List[Problem] = []
        self._references = References(root)
        self._checker = Checker({})
        self._arguments = ARGUMENTS
        if is_draft_07(root):
            self._arguments = {**ARGUMENTS, **DRAFT_07_ARGUMENTS}
        self._read_ids: Set[int] = set()
        self._pending: List[_Reference] = []
        place = Place(None, path)
        self._read(root, place)
        self._read_references()
        if not self.problems:
            self._find_endless(root, place, [], set())

    def _add(self, place: Place, message: str) -> None:
        self.problems.append(Problem(str(place), message))

    def _read(self, schema: object, place: Place) -> None:
        """Read a schema and the ones inside it."""
        if not isinstance(schema, dict):
            self._check(schema, _SCHEMA, place)
            return
        if id(schema) in self._read_ids or self._is_too_deep(place):
            return
        self._read_ids.add(id(schema))
        for keyword, argument in schema.items():
            self._read_keyword(keyword, argument, Place(place, keyword))
        for inner in subschemas(schema):
            if isinstance(inner.schema, dict):
                self._read(inner.schema, _place_of(inner, place))

    def _is_too_deep(self, place: Place) -> bool:
        if place.depth <= MAX_DEPTH:
            return False
        self._add(place, "nested too deep to be checked")
        return True

    def _read_keyword(self, keyword: str, argument: object, place: Place) -> None:
        if keyword not in self._arguments:
            self._read_unknown(keyword, place)
            return
        if not self._check(argument, self._arguments[keyword], place):
            return
        if keyword == "pattern":
            self._read_pattern(str(argument), place)
        elif keyword == "patternProperties" and isinstance(argument, dict):
            for pattern in argument:
                self._read_pattern(pattern, Place(place, pattern))
        elif keyword == "$ref":
            self._pending.append(_Reference(str(argument), place))
        elif keyword == "$schema":
            self._read_dialect(str(argument), place)
        elif keyword == "$id" and place.depth > 1:
            self._add(place, "not supported inside a schema; only the outermost one may have it")

    def _read_unknown(self, keyword: str, place: Place) -> None:
        if keyword in REFUSED:
            self._add(place, f"not supported; {REFUSED[keyword]}")
            return
        if keyword.startswith("x-"):
            return
        hint = closest(keyword, list(self._arguments))
        if hint:
            self.notes.append(Problem(str(place), "ignored: no keyword of JSON Schema" + hint))

    def _check(self, argument: object, schema: Schema, place: Place) -> bool:
        """Add what is wrong with an argument of a keyword; return whether nothing is."""
        if self._checker.fits(argument, schema):
            return True
        self.problems.extend(self._checker.problems(argument, schema, str(place)))
        return False

    def _read_pattern(self, pattern: str, place: Place) -> None:
        try:
            re.compile(pattern)
        except (re.error, OverflowError) as error:
            self._add(place, f"not a regular expression of Python: {error}")

    def _read_references(self) -> None:
        """Read what references lead to: it may lie below a keyword that is ignored otherwise."""
        for reference in self._pending:  # which may grow meanwhile
            try:
                target = self._references.target(reference.text)
            except UnknownReferenceError as problem:
                self._add(reference.place, f"{reference.text} leads nowhere: {problem}")
            else:
                self._read(target, reference.place)

    def _read_dialect(self, dialect: str, place: Place) -> None:
        if dialect.rstrip("#") not in (DRAFT_2020_12, DRAFT_07):
            self._add(place, f"not supported; write {DRAFT_2020_12} or leave it out")
        elif place.depth > 1:
            self._add(place, "not supported inside a schema; only the outermost one may have it")

    def _find_endless(
        self, schema: object, place: Place, trail: List[int], done: Set[int]
    ) -> None:
        """Find references that lead back to themselves for the same value: `{"$ref": "#"}`."""
        if not isinstance(schema, dict) or id(schema) in done:
            return
        if self._is_too_deep(place):
            return
        if id(schema) in trail:
            self._add(place, "leads back to itself, so no value could ever be checked")
            return
        trail.append(id(schema))
        for inner in self._schemas_in_place(schema):
            self._find_endless(inner.schema, _place_of(inner, place), trail, done)
        trail.pop()
        done.add(id(schema))
        for inner in subschemas(schema):
            self._find_endless(inner.schema, _place_of(inner, place), [], done)

    def _schemas_in_place(self, schema: SchemaObject) -> Iterator[Subschema]:
        if "$ref" in schema:
            yield Subschema(("$ref",), self._references.target(schema["$ref"]))
        for inner in subschemas(schema):
            if inner.steps[0] in _IN_PLACE:
                yield inner


def _place_of(inner: Subschema, place: Place) -> Place:
    for step in inner.steps:
        place = Place(place, step)
    return place
