"""Check JSON values against JSON Schema 2020-12: the keywords of the tables below, and no others.

https://json-schema.org/draft/2020-12/json-schema-validation
"""

import json
import re
from operator import ge, gt, le, lt
from typing import Any, Iterator, List, Optional, Tuple

from cwd_server import JSON

Problem = Tuple[str, str, List[Any]]  # where, what was expected, [what came]; or where, what is wrong, []
DIALECT = "https://json-schema.org/draft/2020-12/schema"

# What a value may be, in words and as a test: 2.0 is an integer, true is no number
_TYPES: JSON = {
    "string": ("a string", lambda value: isinstance(value, str)),
    "integer": ("an integer", lambda value: type(value) is int or (type(value) is float and value.is_integer())),
    "number": ("a number", lambda value: type(value) is int or type(value) is float),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "null": ("null", lambda value: value is None),
    "array": ("an array", lambda value: isinstance(value, list)),
    "object": ("an object", lambda value: isinstance(value, dict)),
    "any": ("", lambda value: True),
}
# keyword: the type of value that it speaks of, a test of (value, argument), and what it expects in words
_TESTS: JSON = {
    "enum": ("any", lambda value, among: key(value) in map(key, among), "one of %s"),
    "const": ("any", lambda value, only: key(value) == key(only), "%s"),
    "minItems": ("array", lambda value, least: len(value) >= least, "%s items or more"),
    "maxItems": ("array", lambda value, most: len(value) <= most, "%s items or fewer"),
    "uniqueItems": ("array", lambda value, on: not on or len(set(map(key, value))) == len(value), "unique items: %s"),
    "minimum": ("number", ge, "a number >= %s"),
    "maximum": ("number", le, "a number <= %s"),
    "exclusiveMinimum": ("number", gt, "a number > %s"),
    "exclusiveMaximum": ("number", lt, "a number < %s"),
    "minLength": ("string", lambda value, least: len(value) >= least, "%s characters or more"),
    "maxLength": ("string", lambda value, most: len(value) <= most, "%s characters or fewer"),
    "pattern": ("string", lambda value, pattern: re.search(pattern, value), "a match for %s"),
    "compiles": ("string", lambda value, _: re.compile(value), ""),  # for the table below alone
}
# What the argument of a keyword has to be, as JSON Schema, and which keywords that goes for. Those of a property have
# to be objects, as old revisions of MCP want it; elsewhere true and false are schemas too.
_SCHEMA, _TYPE = {"anyOf": [{"type": "boolean"}, {"$ref": "#"}]}, {"enum": list(_TYPES)[:-1]}
_ARGUMENTS: List[Tuple[Any, str]] = [
    ({"anyOf": [_TYPE, {"type": "array", "items": _TYPE, "minItems": 1}]}, "type"),
    ({"type": "array"}, "enum examples"),
    (True, "const default"),
    ({"type": "object", "additionalProperties": {"$ref": "#"}}, "properties"),
    ({"type": "object", "additionalProperties": _SCHEMA}, "$defs"),
    ({"type": "array", "items": {"type": "string"}}, "required"),
    (_SCHEMA, "additionalProperties items not if then else"),
    ({"type": "array", "items": _SCHEMA, "minItems": 1}, "prefixItems anyOf oneOf allOf"),
    ({"type": "integer", "minimum": 0}, "minItems maxItems minLength maxLength"),
    ({"type": "number"}, "minimum maximum exclusiveMinimum exclusiveMaximum"),
    ({"type": "boolean"}, "uniqueItems deprecated readOnly writeOnly"),
    ({"type": "string", "compiles": True}, "pattern"),
    ({"type": "string"}, "$ref $anchor $comment title description format"),
    ({"enum": [DIALECT]}, "$schema"),
]
KEYWORDS = {keyword: argument for argument, keywords in _ARGUMENTS for keyword in keywords.split()}


def check(value: Any, schema: Any, path: str = "") -> Optional[str]:
    """Return what is wrong with `value`, naming the place below `path`, or None.

    `unsupported` has to have found nothing in the schema. Nesting is bounded by Python's own limit.
    """
    try:
        for place, what, got in _problems(value, schema, path, _targets(schema)):
            said = "expected %s, got %s" % (what, json.dumps(got[0], ensure_ascii=False)[:80]) if got else what
            return "%s: %s" % (place or "arguments", said)
    except RecursionError:
        return "%s: nested too deep to be checked" % (path or "arguments")
    return None


def unsupported(schema: Any, path: str) -> Optional[str]:
    """Return what this module cannot honour in a schema, naming the place below `path`, or None."""
    known = {**KEYWORDS, "$ref": {"enum": list(_targets(schema))}}
    try:
        problem = check(schema, {"type": "object", "properties": known, "additionalProperties": False}, path)
    except re.error as error:
        problem = "%s: the pattern %r is no regular expression: %s" % (path, error.pattern, error)
    return problem and "%s; supported keywords: %s" % (problem, ", ".join(known))


def key(value: Any) -> Any:
    """Return something hashable that is equal for equal JSON: 1 is 1.0, but true is not 1."""
    if isinstance(value, dict):
        return frozenset((name, key(item)) for name, item in value.items())
    return tuple([key(item) for item in value]) if isinstance(value, list) else (isinstance(value, bool), value)


def _targets(schema: Any) -> JSON:
    """Return what `$ref` can name: the whole schema, and each of its `$defs`."""
    defined = schema.get("$defs") if isinstance(schema, dict) else None
    named = defined.items() if isinstance(defined, dict) else ()
    return {"#": schema, **{"#/$defs/" + name.replace("~", "~0").replace("/", "~1"): one for name, one in named}}


def _problems(value: Any, schema: Any, path: str, targets: JSON) -> Iterator[Problem]:
    """Find what is wrong with a value, one problem after the other."""
    if isinstance(schema, bool):
        if not schema:
            yield path, "not allowed here", []
        return
    types = schema.get("type", "any")
    types = types if isinstance(types, list) else [types]
    if not any(_TYPES[name][1](value) for name in types):
        yield path, " or ".join(_TYPES[name][0] for name in types), [value]
    for keyword, argument in schema.items():
        if keyword in _TESTS:
            kind, test, words = _TESTS[keyword]
            if _TYPES[kind][1](value) and not test(value, argument):
                yield path, words % json.dumps(argument, ensure_ascii=False)[:300], [value]
    yield from _combined(value, schema, path, targets)
    if isinstance(value, dict):
        prefix = path and path + "."
        for name in schema.get("required", ()):
            if name not in value:
                yield prefix + name, "missing", []
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name in sorted(value):
            yield from _problems(value[name], known.get(name, others), prefix + name[:80], targets)
    if isinstance(value, list):
        schemas = schema.get("prefixItems", [])
        if "items" in schema:
            schemas = schemas + [schema["items"]] * (len(value) - len(schemas))
        for index, (item, its_schema) in enumerate(zip(value, schemas)):
            yield from _problems(item, its_schema, "%s[%d]" % (path, index), targets)


def _combined(value: Any, schema: JSON, path: str, targets: JSON) -> Iterator[Problem]:
    """Find what is wrong with a value according to the schemas inside its own."""

    def first(inner: Any) -> Any:
        return next(_problems(value, inner, path, targets), None)

    also = list(schema.get("allOf", ()))
    if "$ref" in schema:
        also.append(targets[schema["$ref"]])
    if "if" in schema:
        also.append(schema.get("else" if first(schema["if"]) else "then", True))
    for inner in also:
        yield from _problems(value, inner, path, targets)
    if "not" in schema and not first(schema["not"]):
        yield path, "something else", [value]
    for keyword in ("anyOf", "oneOf"):
        found = list(map(first, schema.get(keyword, ())))
        if found and all(found):
            # The problem of one where the type is right is deeper inside; else each says what it expected
            nearest = max(found, key=lambda problem: len(problem[0]))
            expected = dict.fromkeys(problem[1] for problem in found)
            yield nearest if nearest[0] != path else (path, " or ".join(expected), [value])
        elif keyword == "oneOf" and found.count(None) > 1:
            yield path, "to fit one alternative, not %d" % found.count(None), [value]
