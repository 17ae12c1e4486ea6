"""The keywords of JSON Schema that look at one value alone: types, bounds, lengths, patterns.

https://json-schema.org/draft/2020-12/json-schema-validation#section-6
"""

import operator
import re
from typing import Any, Callable, Dict, List, NamedTuple, Sized, Union

from cwd_server.toolkit import json_values
from cwd_server.toolkit.jsonschema.findings import Mismatch, Place
from cwd_server.toolkit.jsonschema.references import SchemaObject


class Type(NamedTuple):
    """A type of JSON Schema: a test of values, and its name in messages."""

    test: Callable[[object], bool]
    words: str


TYPES: Dict[str, Type] = {
    "string": Type(json_values.is_string, "a string"),
    "integer": Type(json_values.is_integer, "an integer"),
    "number": Type(json_values.is_double, "a number"),
    "boolean": Type(json_values.is_boolean, "true or false"),
    "null": Type(json_values.is_null, "null"),
    "array": Type(json_values.is_array, "an array"),
    "object": Type(json_values.is_object, "an object"),
}


class Assertion(NamedTuple):
    """A keyword that looks at one value.

    applies: whether it speaks of a value
    test: whether a value is what the keyword's argument wants
    wording: what it wants, with {} for the argument
    """

    applies: Callable[[object], bool]
    test: Callable[[Any, Any], bool]
    wording: str


def has_type(value: object, types: Union[str, List[str]]) -> bool:
    """Whether a value is of the type, or one of the types, that the keyword `type` names."""
    if isinstance(types, str):
        return TYPES[types].test(value)
    for name in types:
        if TYPES[name].test(value):
            return True
    return False


class WrongType(Mismatch):
    """A value of a type that the keyword `type` does not name."""

    __slots__ = ("schema",)

    def __init__(self, place: Place, value: object, schema: SchemaObject) -> None:
        super().__init__(place, value, "", schema["type"], "type")
        self.schema = schema

    def wanted(self) -> str:
        """Return the types that the value could have had, in words."""
        if json_values.is_number(self.value) and "number" in self.types():
            return "a number that a double can hold, 1.8e308 at most"
        words = " or ".join(TYPES[name].words for name in self.types())
        for keyword in ("format", "contentEncoding"):  # so that a text is not sent in vain
            if isinstance(self.schema.get(keyword), str):
                return f"{words} ({self.schema[keyword]})"
        return words

    def types(self) -> List[str]:
        """Return the names of these types."""
        if isinstance(self.argument, list):
            return self.argument
        return [str(self.argument)]


def _at_least(value: Sized, least: int) -> bool:
    return len(value) >= least


def _at_most(value: Sized, most: int) -> bool:
    return len(value) <= most


def _is_multiple(value: Union[int, float], factor: Union[int, float]) -> bool:
    if isinstance(value, int) and isinstance(factor, int):
        return value % factor == 0
    from fractions import Fraction

    # Exactly, by the digits that were written: 0.3 is a multiple of 0.1, whatever binary fractions
    # say
    return Fraction(repr(value)) % Fraction(repr(factor)) == 0


def _matches(value: str, pattern: str) -> bool:
    return re.search(pattern, value) is not None


ASSERTIONS: Dict[str, Assertion] = {
    "minimum": Assertion(json_values.is_number, operator.ge, "a number >= {}"),
    "maximum": Assertion(json_values.is_number, operator.le, "a number <= {}"),
    "exclusiveMinimum": Assertion(json_values.is_number, operator.gt, "a number > {}"),
    "exclusiveMaximum": Assertion(json_values.is_number, operator.lt, "a number < {}"),
    "multipleOf": Assertion(json_values.is_number, _is_multiple, "a multiple of {}"),
    "minLength": Assertion(json_values.is_string, _at_least, "{} or more characters"),
    "maxLength": Assertion(json_values.is_string, _at_most, "{} or fewer characters"),
    "pattern": Assertion(json_values.is_string, _matches, "a match for {}"),
    "minItems": Assertion(json_values.is_array, _at_least, "{} or more items"),
    "maxItems": Assertion(json_values.is_array, _at_most, "{} or fewer items"),
    "minProperties": Assertion(json_values.is_object, _at_least, "{} or more members"),
    "maxProperties": Assertion(json_values.is_object, _at_most, "{} or fewer members"),
}
