"""Arguments as models really send them: text that holds the JSON which was meant.

Models and clients write `"5"`, `"true"`, `"[1, 2]"` or `"{\\"x\\": 1}"` where a schema wants a
number, a boolean, an array or an object. Where the schema takes no string at all, such a text
cannot have been meant as one, and its JSON is tried. Where they have nothing to say they write
`null`, also for a member that does not take it and may be left out.

https://github.com/jlowin/fastmcp/issues/1946,
https://github.com/anthropics/claude-code/issues/24597
"""

import json
import re
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, NoReturn, Tuple

from cwd_server.toolkit.jsonschema.assertions import TYPES
from cwd_server.toolkit.jsonschema.rules import additional_names

if TYPE_CHECKING:
    from cwd_server.toolkit.json_values import Key
    from cwd_server.toolkit.jsonschema.checker import Checker
    from cwd_server.toolkit.jsonschema.references import Schema, SchemaObject

MAX_DEPTH = 150  # of values and schemas within each other; each takes 4 of Python's 1,000 calls
MAX_DIGITS = 400  # of an integer: no double is longer, and Python reads digits in quadratic time


class TextError(ValueError):
    """A text that is no JSON, or JSON that is refused here."""


# As models write them that have Python in mind: https://github.com/anthropics/claude-code/issues/91803
PYTHON_CONSTANTS = {"True": True, "False": False, "None": None}


def parse(text: str) -> object:
    """Return the value of a JSON text, or of one of Python's constants; raise TextError."""
    if text in PYTHON_CONSTANTS:
        return PYTHON_CONSTANTS[text]
    try:
        value: object = json.loads(text, parse_int=_parse_int, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise TextError from None
    return value


def _parse_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise TextError
    return int(digits)


def _refuse(name: str) -> NoReturn:
    raise TextError(name)  # NaN and Infinity


class Fitting:
    """One attempt at making a value fit. What it finds out about a part it keeps, by identity."""

    def __init__(self, checker: "Checker") -> None:
        self._checker = checker
        self._fitted: Dict[int, Dict[int, object]] = {}  # by schema and value
        self._held: List[object] = []  # so that identities stay what they are
        self._depth = 0
        self._accepting: Dict[Tuple[int, str], bool] = {}

    def fit(self, value: object, schema: "Schema") -> object:
        """Return a value with each text that cannot fit replaced by its JSON, if that may fit.

        Everything else is left as it is, wrong or not. The value itself is not changed.
        """
        if not isinstance(schema, dict):
            return value
        if isinstance(value, str):
            return self._fit_text(value, schema)
        if not isinstance(value, (dict, list)):
            return value
        known = self._fitted.setdefault(id(schema), {})
        if id(value) not in known:
            self._held.append(value)
            known[id(value)] = self._fit_deeper(value, schema)
        return known[id(value)]

    def _fit_deeper(self, value: object, schema: "SchemaObject") -> object:
        if self._depth >= MAX_DEPTH:
            return value
        self._depth += 1
        try:
            return self._fit_container(value, schema)
        finally:
            self._depth -= 1

    def fit_members(self, value: Dict[str, object], schema: "SchemaObject") -> Dict[str, object]:
        """Do what `fit` does for an object, which stays one."""
        fitted = self.fit(value, schema)
        if isinstance(fitted, dict):
            return fitted
        return value

    def is_misplaced_null(self, value: object, schema: "Schema") -> bool:
        """Whether a value is null, or a text of it, where a schema takes neither."""
        if isinstance(value, str) and value.strip() in ("null", "None"):
            return not self.takes(schema, "string")
        return value is None and not self._checker.fits(None, schema)

    def takes(self, schema: "Schema", name: str) -> bool:
        """Whether a schema may take a value of the type that is called `name`."""
        if not isinstance(schema, dict):
            return schema
        key = (id(schema), name)
        if key not in self._accepting:
            self._accepting[key] = self._may_take(schema, name)
        return self._accepting[key]

    def _may_take(self, schema: "SchemaObject", name: str) -> bool:
        types = schema.get("type", name)
        if not isinstance(types, list):
            types = [types]
        if name not in types:
            return False
        test = TYPES[name].test
        if "const" in schema and not test(schema["const"]):
            return False
        if "enum" in schema and not any(map(test, schema["enum"])):
            return False
        if "$ref" in schema and not self.takes(self._checker.target(schema["$ref"]), name):
            return False
        for inner in schema.get("allOf", ()):
            if not self.takes(inner, name):
                return False
        for keyword in ("anyOf", "oneOf"):
            alternatives = schema.get(keyword)
            if alternatives and not any(self.takes(inner, name) for inner in alternatives):
                return False
        return True

    def _fit_text(self, text: str, schema: "SchemaObject") -> object:
        if self.takes(schema, "string"):
            return text
        try:
            value = parse(text)
        except TextError:
            return text
        if isinstance(value, str):  # once only
            return text
        self._held.append(value)
        fitted = self.fit(value, schema)
        # Of a number that is too large, or an array that is wrong inside, just that is to be said
        if self._takes_type_of(value, schema) or self._checker.fits(fitted, schema):
            return fitted
        return text

    def _takes_type_of(self, value: object, schema: "SchemaObject") -> bool:
        for name, type_ in TYPES.items():
            if type_.test(value) and self.takes(schema, name):
                return True
        return False

    def _fit_container(self, value: object, schema: "SchemaObject") -> object:
        fitted = value
        if isinstance(value, dict):
            members = value
            if self._depth > 1:  # what arguments themselves may do without, the function says
                members = self._without_null(value, schema)
            fitted = self._fit_parts(members, _member_schemas(members, schema))
        elif isinstance(value, list):
            fitted = self._fit_parts(value, _item_schemas(value, schema))
        if "$ref" in schema:
            fitted = self.fit(fitted, self._checker.target(schema["$ref"]))
        for inner in schema.get("allOf", ()):
            fitted = self.fit(fitted, inner)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                fitted = self._fit_alternatives(fitted, schema[keyword])
        if "if" in schema:
            branch = "else"
            if self._checker.fits(fitted, schema["if"]):
                branch = "then"
            fitted = self.fit(fitted, schema.get(branch, True))
        return fitted

    def _without_null(self, value: Dict[str, object], schema: "SchemaObject") -> Dict[str, object]:
        """Return an object without each null that stands for a member which may be left out."""
        properties = schema.get("properties", {})
        misplaced = set()
        for name, member in value.items():
            if name in properties and self.is_misplaced_null(member, properties[name]):
                misplaced.add(name)
        misplaced.difference_update(schema.get("required", ()))
        if not misplaced or self._checker.fits(value, schema):
            return value
        kept = {name: member for name, member in value.items() if name not in misplaced}
        self._held.append(kept)
        return kept

    def _fit_alternatives(self, value: object, alternatives: "List[Schema]") -> object:
        for schema in alternatives:
            if self._checker.fits(value, schema):
                return value
        for schema in alternatives:
            fitted = self.fit(value, schema)
            if fitted is not value and self._checker.fits(fitted, schema):
                return fitted
        return value

    def _fit_parts(self, value: object, parts: "Iterable[Tuple[Key, Schema]]") -> object:
        """Return a copy of an array or object, some parts replaced, or itself if none has to be.

        parts: the index or name of each part, and the schema that it is to fit
        """
        original: Any = value
        fitted = original
        for key, schema in parts:
            part = self.fit(fitted[key], schema)
            if part is fitted[key]:
                continue
            if fitted is original:
                fitted = original.copy()
                self._held.append(fitted)
            fitted[key] = part
        return fitted


def _member_schemas(
    value: Dict[str, object], schema: "SchemaObject"
) -> "Iterator[Tuple[Key, Schema]]":
    for name, inner in schema.get("properties", {}).items():
        if name in value:
            yield name, inner
    for pattern, inner in schema.get("patternProperties", {}).items():
        for name in value:
            if re.search(pattern, name):
                yield name, inner
    additional = schema.get("additionalProperties", True)
    if isinstance(additional, dict):
        for name in additional_names(value, schema):
            yield name, additional


def _item_schemas(value: List[object], schema: "SchemaObject") -> "Iterator[Tuple[Key, Schema]]":
    items = schema.get("items", True)
    first = schema.get("prefixItems", [])
    if isinstance(items, list):  # draft-07
        first = items
        items = schema.get("additionalItems", True)
    for index, inner in enumerate(first[: len(value)]):
        yield index, inner
    if isinstance(items, dict):
        for index in range(len(first), len(value)):
            yield index, items
