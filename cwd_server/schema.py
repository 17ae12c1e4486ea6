"""Check JSON values against JSON Schema 2020-12: the keywords of the table below, and no others.

https://json-schema.org/draft/2020-12/json-schema-validation
"""

import json
import re
from operator import ge, gt, le, lt
from typing import Any, Dict, List, Optional, Tuple

JSON = Dict[str, Any]
Problem = Optional[Tuple[str, str, str]]  # where, what, and what came instead
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def check(value: Any, schema: Any, path: str = "") -> Optional[str]:
    """Return what is wrong with `value`, naming the place below `path`, or None.

    `unsupported` has to have found nothing in the schema. Nesting is bounded by Python's own limit.
    """
    try:
        problem = _problem(value, schema, path, (schema, value))
    except RecursionError:
        return "%s: nested too deep to be checked" % (path or "arguments")
    if problem is None or path or problem[1] != _REFUSED:
        return problem and "%s: %s%s" % (problem[0] or "arguments", problem[1], problem[2])
    return "unknown argument: " + problem[0]


def unsupported(schema: Any, path: str) -> Optional[str]:
    """Return what this module cannot honour in a schema, naming the place below `path`, or None."""
    problem = check(schema, _META, path)
    return problem and "%s; supported keywords: %s" % (problem, ", ".join(_META["properties"]))


def key(value: Any) -> Any:
    """Return something hashable that is equal for equal JSON: 1 is 1.0, but true is not 1."""
    if isinstance(value, dict):
        return frozenset((name, key(item)) for name, item in value.items())
    return tuple([key(item) for item in value]) if isinstance(value, list) else (isinstance(value, bool), value)


def _problem(value: Any, schema: Any, path: str, top: Any) -> Problem:
    """Return the first problem of `value`, or None; `top` is the whole schema and the whole value."""
    if isinstance(schema, list):
        return _alternatives([_problem(value, one, path, top) for one in schema], path)
    if isinstance(schema, (bool, str)):  # a str is what a rule itself says
        return None if schema is True else (path, schema or _REFUSED, "")
    for keyword, argument in schema.items():
        _, kind, rule, words = KEYWORDS[keyword]
        if rule is None or not _TYPES[kind][1](value):
            continue
        if words is None:
            for step, inner, its_schema in rule(value, argument, schema, top):
                problem = _problem(inner, its_schema, _join(path, step), top)
                if problem is not None:
                    return problem
        elif not rule(value, argument):
            names = _list(argument) if keyword == "type" else ()
            shown = " or ".join(_TYPES[name][0] for name in names) or json.dumps(argument, ensure_ascii=False)[:300]
            return (path, "expected " + words % shown, ", got " + _show(value))
    return None


def _alternatives(problems: List[Problem], path: str) -> Problem:
    """Return the problem of a value that fits none of several schemas, given its problem with each."""
    found = [problem for problem in problems if problem is not None]
    if len(found) < len(problems):
        return None
    inside = [problem for problem in found if problem[0] != path]  # the type is right, what is in it is not
    if inside:
        (place, what, got), *others = inside
        return (place, what, got + "".join("; or %s: %s%s" % one for one in others[:2]))
    expected = dict.fromkeys(what.replace("expected ", "") for _, what, _ in found)
    return (path, "expected " + " or ".join(expected), found[0][2])


def _join(path: str, step: Any) -> str:
    if isinstance(step, int):
        return "%s[%d]" % (path, step)
    return path if step is None else path + "." * bool(path) + step[:80]


def _show(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "an array of %d" % len(value)
    return json.dumps(value[:60] if isinstance(value, str) else value, ensure_ascii=False)[:80]


def _list(argument: Any) -> List[Any]:
    return argument if isinstance(argument, list) else [argument]


def _compiles(pattern: str, _: bool) -> bool:
    try:
        return bool(re.compile(pattern))
    except (re.error, RecursionError, OverflowError):
        return False


def _find(reference: str, root: Any) -> Any:
    """Return what `#`, `#/$defs/NAME` or `#ANCHOR` (of one of the root's `$defs`) refers to, or None."""
    known = {"#": root}
    for name, schema in root.get("$defs", {}).items():
        known["#/$defs/" + name.replace("~", "~0").replace("/", "~1")] = schema
        if isinstance(schema, dict) and "$anchor" in schema:
            known["#" + schema["$anchor"]] = schema
    return known.get(reference)


def _fits(value: Any, schema: Any, top: Any) -> bool:
    return _problem(value, schema, "", top) is None


def _one_of(value: Any, schemas: Any, _: Any, top: Any) -> List[Any]:
    fitting = sum(_fits(value, one, top) for one in schemas)
    return [] if fitting == 1 else [(None, value, "fits %d alternatives, not one" % fitting if fitting else schemas)]


# fmt: off
_REFUSED = "not allowed here"
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
_TEXT, _FLAG, _LIST, _SCHEMA = {"type": "string"}, {"type": "boolean"}, {"type": "array"}, {"$ref": "#"}
_NUMBER, _COUNT, _NAME = {"type": "number"}, {"type": "integer", "minimum": 0}, {"enum": list(_TYPES)[:-1]}
_SCHEMAS = {"type": "array", "items": _SCHEMA, "minItems": 1}
_NAMED, _TEXTS = {"type": "object", "additionalProperties": _SCHEMA}, {"type": "array", "items": _TEXT}
_WITHOUT_RULE = {
    "$schema": {"enum": [DIALECT]}, "$defs": _NAMED, "then": _SCHEMA, "else": _SCHEMA, "default": True,
    "$anchor": _TEXT, "$comment": _TEXT, "title": _TEXT, "description": _TEXT, "format": _TEXT,
    "examples": _LIST, "deprecated": _FLAG, "readOnly": _FLAG, "writeOnly": _FLAG,
}

# keyword: what its argument has to be, the type of value that it speaks of, and its rule. A rule with words tests
# (value, argument); the words say what it expects. One without is called with (value, argument, schema, top) and
# returns what is to be checked in turn: steps from here, values and their schemas.
KEYWORDS: JSON = {
    "type": ({"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}, "any",
             lambda v, a: any(_TYPES[name][1](v) for name in _list(a)), "%s"),
    "enum": (_LIST, "any", lambda v, a: key(v) in map(key, a), "one of %s"),
    "const": (True, "any", lambda v, a: key(v) == key(a), "%s"),
    "properties": (_NAMED, "object", lambda v, a, s, t: ((n, v[n], a[n]) for n in a if n in v), None),
    "required": (_TEXTS, "object", lambda v, a, s, t: ((n, None, "missing") for n in a if n not in v), None),
    "additionalProperties": (_SCHEMA, "object", lambda v, a, s, t: (
        (n, v[n], a) for n in sorted(set(v).difference(s.get("properties", ())))), None),
    "prefixItems": (_SCHEMAS, "array", lambda v, a, s, t: zip(range(len(v)), v, a), None),
    "items": (_SCHEMA, "array", lambda v, a, s, t: (
        (i, v[i], a) for i in range(len(s.get("prefixItems", ())), len(v))), None),
    "minItems": (_COUNT, "array", lambda v, a: len(v) >= a, "%s items or more"),
    "maxItems": (_COUNT, "array", lambda v, a: len(v) <= a, "%s items or fewer"),
    "uniqueItems": (_FLAG, "array", lambda v, a: not a or len(set(map(key, v))) == len(v), "items that differ%.0s"),
    "minimum": (_NUMBER, "number", ge, "a number >= %s"),
    "maximum": (_NUMBER, "number", le, "a number <= %s"),
    "exclusiveMinimum": (_NUMBER, "number", gt, "a number > %s"),
    "exclusiveMaximum": (_NUMBER, "number", lt, "a number < %s"),
    "minLength": (_COUNT, "string", lambda v, a: len(v) >= a, "%s characters or more"),
    "maxLength": (_COUNT, "string", lambda v, a: len(v) <= a, "%s characters or fewer"),
    "pattern": ({"type": "string", "compiles": True}, "string", lambda v, a: re.search(a, v), "a match for %s"),
    "anyOf": (_SCHEMAS, "any", lambda v, a, s, t: [(None, v, a)], None),
    "oneOf": (_SCHEMAS, "any", _one_of, None),
    "allOf": (_SCHEMAS, "any", lambda v, a, s, t: ((None, v, inner) for inner in a), None),
    "not": (_SCHEMA, "any", lambda v, a, s, t: [(None, v, "not allowed")] if _fits(v, a, t) else [], None),
    "if": (_SCHEMA, "any", lambda v, a, s, t: [(None, v, s.get("then" if _fits(v, a, t) else "else", True))], None),
    "$ref": ({"type": "string", "refers": True}, "any", lambda v, a, s, t: [(None, v, _find(a, t[0]))], None),
    **{keyword: (argument, "any", None, None) for keyword, argument in _WITHOUT_RULE.items()},
}
_META: Any = {"type": ["object", "boolean"], "properties": {keyword: row[0] for keyword, row in KEYWORDS.items()},
                "additionalProperties": False}
# For _META alone, which does not allow them
KEYWORDS["compiles"] = (True, "string", _compiles, "a regular expression%.0s")
KEYWORDS["refers"] = (True, "string", lambda v, a, s, t: (
    [] if _find(v, t[1]) is not None else [(None, v, "expected #/$defs/NAME from the root")]), None)
