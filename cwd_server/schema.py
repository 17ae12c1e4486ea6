"""Check JSON values against JSON Schema 2020-12: the keywords of the table below, and no others.

`check` says what is wrong with a value, `unsupported` what is wrong with a schema written by hand.
https://json-schema.org/draft/2020-12/json-schema-validation
"""

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

    Problem = Optional[Tuple[str, str, str]]  # where, what, and what came instead

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_DEPTH = 100  # schemas within schemas: each takes a few of the 1000 nested calls that Python allows
MAX_STEPS = 5000000  # schemas applied to one value: more than 4 MiB of JSON honestly need


def check(value: "Any", schema: "Any", path: str = "") -> "Optional[str]":
    """Return what is wrong with `value`, naming the place below `path`, or None.

    `unsupported` has to have found nothing in the schema.
    """
    try:
        problem = _Check(schema, value).problem(value, schema, path)
    except RecursionError:
        return "%s: nested too deep to be checked" % (path or "arguments")
    if problem is not None and problem[1] == "not allowed here" and not path:
        return "unknown argument: " + problem[0]
    return None if problem is None else "%s: %s%s" % ((problem[0] or "arguments",) + problem[1:])


def unsupported(schema: "Any", path: str) -> "Optional[str]":
    """Return what this module cannot honour in a schema, naming the place below `path`, or None."""
    problem = check(schema, _META, path)
    return problem and "%s; supported keywords: %s" % (problem, ", ".join(_META["properties"]))


def key(value: "Any") -> "Any":
    """Return something hashable that is equal for equal JSON: 1 is 1.0, but true is not 1."""
    if isinstance(value, dict):
        return frozenset((name, key(item)) for name, item in value.items())
    if isinstance(value, list):
        return tuple([key(item) for item in value])
    return (isinstance(value, bool), value)


class _Check:
    """One value being checked: `root` is the whole schema, `document` the whole value."""

    def __init__(self, root: "Any", document: "Any") -> None:
        self.root = root
        self.document = document
        self.depth = 0
        self.steps = 0

    def problem(self, value: "Any", schema: "Any", path: str) -> "Problem":
        """Return the first problem of `value`, or None; raise RecursionError beyond the limits."""
        if isinstance(schema, bool):
            return None if schema else (path, "not allowed here", "")
        if isinstance(schema, str):  # what a rule says itself
            return (path, schema, "")
        if isinstance(schema, list):
            return self.alternatives(value, schema, path)
        self.depth += 1
        self.steps += 1
        if self.depth > MAX_DEPTH or self.steps > MAX_STEPS:
            raise RecursionError
        found = None
        for keyword, argument in schema.items():
            _, kind, rule, words = KEYWORDS[keyword]
            if rule is None or not _TYPES[kind][1](value):
                continue
            if words is None:
                inner = (self.problem(v, s, _join(path, step)) for step, v, s in rule(self, value, argument, schema))
                found = next((one for one in inner if one is not None), None)
            elif not rule(self, value, argument):
                found = (path, "expected " + words % _shown(keyword, argument), ", got " + _show(value))
            if found is not None:
                break
        self.depth -= 1
        return found

    def alternatives(self, value: "Any", schemas: "List[Any]", path: str) -> "Problem":
        """Return the problem of a value that fits none of the schemas, or None."""
        problems = []
        for schema in schemas:
            problem = self.problem(value, schema, path)
            if problem is None:
                return None
            problems.append(problem)
        inside = [one for one in problems if one[0] != path][:3]  # the type is right, what is in it is not
        if inside:
            return (inside[0][0], "; or ".join("%s: %s%s" % one for one in inside)[len(inside[0][0]) + 2 :], "")
        expected = dict.fromkeys(what.replace("expected ", "") for _, what, _ in problems)
        return (path, "expected " + " or ".join(expected), problems[0][2])

    def fits(self, value: "Any", schema: "Any") -> bool:
        """Whether a value has no problem."""
        return self.problem(value, schema, "") is None


def _join(path: str, step: "Any") -> str:
    if step is None or step == "":
        return path
    if isinstance(step, int):
        return "%s[%d]" % (path, step)
    return step[:80] if not path else "%s.%s" % (path, step[:80])


def _show(value: "Any") -> str:
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "an array of %d" % len(value)
    return json.dumps(value[:60] if isinstance(value, str) else value, ensure_ascii=False)


def _shown(keyword: str, argument: "Any") -> str:
    if keyword == "type":
        return " or ".join(_TYPES[name][0] for name in _names(argument))
    return ", ".join(_show(item) for item in argument[:20]) if keyword == "enum" else _show(argument)


def _is_multiple(_: _Check, value: "Any", of: "Any") -> bool:
    try:
        return bool(value % of == 0 if type(of) is int else int(value / of) == value / of)
    except (OverflowError, ValueError):  # more than a float can hold, or infinite
        from fractions import Fraction

        return abs(value) != float("inf") and Fraction(value) % Fraction(of) == 0


def _matches(_: _Check, value: str, pattern: str) -> bool:
    return re.search(pattern, value) is not None


def _compiles(_: _Check, pattern: str, __: bool) -> bool:
    try:
        return bool(re.compile(pattern))
    except (re.error, RecursionError, OverflowError):
        return False


def _find(root: "Any", reference: str) -> "Any":
    """Return what `#`, `#/$defs/NAME` or `#ANCHOR` (of one of the root's `$defs`) refers to, or None."""
    definitions = root.get("$defs", {})
    if reference.startswith("#/$defs/"):
        return definitions.get(reference[8:].replace("~1", "/").replace("~0", "~"))
    anchors = {"#" + inner["$anchor"]: inner for inner in definitions.values() if inner and "$anchor" in inner}
    return root if reference == "#" else anchors.get(reference)


def _one_of(checking: _Check, value: "Any", schemas: "Any", _: "Any") -> "List[Any]":
    fitting = sum(checking.fits(value, schema) for schema in schemas)
    return [] if fitting == 1 else [(None, value, "fits %d alternatives, not one" % fitting if fitting else schemas)]


_TYPES: "Dict[str, Tuple[str, Callable[[Any], bool]]]" = {
    "string": ("a string", lambda value: isinstance(value, str)),
    "integer": ("an integer", lambda value: type(value) is int or (type(value) is float and value.is_integer())),
    "number": ("a number", lambda value: type(value) is int or type(value) is float),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "null": ("null", lambda value: value is None),
    "array": ("an array", lambda value: isinstance(value, list)),
    "object": ("an object", lambda value: isinstance(value, dict)),
    "any": ("", lambda value: True),
}


def _names(argument: "Any") -> "List[str]":
    return [argument] if isinstance(argument, str) else argument


_SCHEMA = {"$ref": "#"}
_SCHEMAS = {"type": "array", "items": _SCHEMA, "minItems": 1}
_NAMED = {"type": "object", "additionalProperties": _SCHEMA}
_NUMBER = {"type": "number"}
_COUNT = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_FLAG = {"type": "boolean"}
_NAME = {"enum": list(_TYPES)[:-1]}

# keyword: what its argument has to be, the type of value that it speaks of, and its rule. A rule with
# words tests (check, value, argument); the words say what it expects. One without gives what is to be
# checked in turn, for (check, value, argument, schema): steps from here, values and their schemas.
# fmt: off
KEYWORDS: "Dict[str, Tuple[Any, str, Any, Optional[str]]]" = {
    "type": ({"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}, "any",
             lambda c, v, a: any(_TYPES[name][1](v) for name in _names(a)), "%s"),
    "enum": ({"type": "array"}, "any", lambda c, v, a: key(v) in [key(item) for item in a], "one of %s"),
    "const": (True, "any", lambda c, v, a: key(v) == key(a), "%s"),
    "properties": (_NAMED, "object", lambda c, v, a, s: ((n, v[n], a[n]) for n in a if n in v), None),
    "required": (_TEXTS, "object", lambda c, v, a, s: ((n, None, "missing") for n in a if n not in v), None),
    "additionalProperties": (_SCHEMA, "object", lambda c, v, a, s: (
        (n, v[n], a) for n in sorted(set(v).difference(s.get("properties", ())))), None),
    "prefixItems": (_SCHEMAS, "array", lambda c, v, a, s: ((i, v[i], a[i]) for i in range(min(len(v), len(a)))), None),
    "items": (_SCHEMA, "array", lambda c, v, a, s: (
        (i, v[i], a) for i in range(len(s.get("prefixItems", ())), len(v))), None),
    "minItems": (_COUNT, "array", lambda c, v, a: len(v) >= a, "%s items or more"),
    "maxItems": (_COUNT, "array", lambda c, v, a: len(v) <= a, "%s items or fewer"),
    "uniqueItems": (_FLAG, "array", lambda c, v, a: not a or len({key(i) for i in v}) == len(v), "items that differ%.0s"),
    "minimum": (_NUMBER, "number", lambda c, v, a: v >= a, "a number >= %s"),
    "maximum": (_NUMBER, "number", lambda c, v, a: v <= a, "a number <= %s"),
    "exclusiveMinimum": (_NUMBER, "number", lambda c, v, a: v > a, "a number > %s"),
    "exclusiveMaximum": (_NUMBER, "number", lambda c, v, a: v < a, "a number < %s"),
    "multipleOf": ({"type": "number", "exclusiveMinimum": 0}, "number", _is_multiple, "a multiple of %s"),
    "minLength": (_COUNT, "string", lambda c, v, a: len(v) >= a, "%s characters or more"),
    "maxLength": (_COUNT, "string", lambda c, v, a: len(v) <= a, "%s characters or fewer"),
    "pattern": ({"type": "string", "compiles": True}, "string", _matches, "a string that matches %s"),
    "anyOf": (_SCHEMAS, "any", lambda c, v, a, s: [(None, v, a)], None),
    "oneOf": (_SCHEMAS, "any", _one_of, None),
    "allOf": (_SCHEMAS, "any", lambda c, v, a, s: ((None, v, inner) for inner in a), None),
    "not": (_SCHEMA, "any", lambda c, v, a, s: [(None, v, "not allowed")] if c.fits(v, a) else [], None),
    "if": (_SCHEMA, "any", lambda c, v, a, s: [(None, v, s.get("then" if c.fits(v, a) else "else", True))], None),
    "then": (_SCHEMA, "any", None, None),
    "else": (_SCHEMA, "any", None, None),
    "$ref": ({"type": "string", "refers": True}, "any", lambda c, v, a, s: [(None, v, _find(c.root, a))], None),
    "$defs": (_NAMED, "any", None, None),
    "$schema": ({"enum": [DIALECT, DIALECT + "#"]}, "any", None, None),
    "default": (True, "any", None, None),
    "examples": ({"type": "array"}, "any", None, None),
    **{name: (_TEXT, "any", None, None) for name in ("$anchor", "$comment", "title", "description", "format", "x-mcp-header")},
    **{name: (_FLAG, "any", None, None) for name in ("deprecated", "readOnly", "writeOnly")},
}
# fmt: on
_META = {
    "type": ["object", "boolean"],
    "properties": {keyword: row[0] for keyword, row in KEYWORDS.items()},
    "additionalProperties": False,
}
# For _META alone, which does not allow them
KEYWORDS["refers"] = (True, "string", lambda c, v, a: _find(c.document, v) is not None, "#/$defs/NAME from the root%.0s")
KEYWORDS["compiles"] = (True, "string", _compiles, "a regular expression%.0s")


