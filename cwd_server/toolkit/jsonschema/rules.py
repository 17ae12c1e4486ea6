"""The keywords of JSON Schema that apply schemas, to a value's parts or to the value itself.

https://json-schema.org/draft/2020-12/json-schema-core#section-10
"""

import re
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, NamedTuple, Union

from cwd_server.toolkit.json_values import Key, comparison_key
from cwd_server.toolkit.jsonschema.alternatives import explain
from cwd_server.toolkit.jsonschema.findings import (
    Finding,
    Mismatch,
    Missing,
    Place,
    Repeated,
    Unknown,
)

if TYPE_CHECKING:
    from cwd_server.toolkit.jsonschema.checker import Checker
    from cwd_server.toolkit.jsonschema.references import Schema, SchemaObject

Findings = Iterator[Finding]

ONE_OF = "one of {}"  # what `enum` wants


class Application:
    """A schema applied to a value: for each keyword, a method that takes the keyword's argument.

    value: of the type that the keyword speaks of, see RULES
    """

    __slots__ = ("checker", "place", "schema", "value")

    def __init__(
        self, checker: "Checker", value: object, schema: "SchemaObject", place: Place
    ) -> None:
        self.checker = checker
        self.value: Any = value
        self.schema = schema
        self.place = place

    def _check_part(self, key: Key, part: object, schema: "Schema") -> Findings:
        """Check a member or an item."""
        return self.checker.findings(part, schema, Place(self.place, key))

    def _check_items_from(self, start: int, schema: "Schema") -> Findings:
        if schema is True:
            return
        for index in range(start, len(self.value)):
            yield from self._check_part(index, self.value[index], schema)

    def _fits(self, schema: "Schema") -> bool:
        return self.checker.accepts(self.value, schema, self.place)

    def _check_itself(self, *schemas: "Schema") -> Findings:
        """Check the value itself against schemas that it has to fit all."""
        for schema in schemas:
            if not self._fits(schema):
                yield Unfit(self.checker, self.value, [schema], self.place)

    def _mismatch(self, wording: str, argument: object, keyword: str) -> Mismatch:
        return Mismatch(self.place, self.value, wording, argument, keyword)

    # Objects

    def properties(self, schemas: "Dict[str, Schema]") -> Findings:
        """Check the members that are named."""
        for name, schema in schemas.items():
            if name in self.value:
                yield from self._check_part(name, self.value[name], schema)

    def pattern_properties(self, schemas: "Dict[str, Schema]") -> Findings:
        """Check the members whose names match a pattern."""
        for pattern, schema in schemas.items():
            for name, member in self.value.items():
                if re.search(pattern, name):
                    yield from self._check_part(name, member, schema)

    def additional_properties(self, schema: "Schema") -> Findings:
        """Check the members that the two keywords above say nothing of."""
        if schema is True:
            return
        known = list(self.schema.get("properties", ()))
        for name in additional_names(self.value, self.schema):
            if schema is False:
                yield Unknown(Place(self.place, name), name, known)
            else:
                yield from self._check_part(name, self.value[name], schema)

    def property_names(self, schema: "Schema") -> Findings:
        """Check the members' names."""
        for name in self.value:
            yield from self._check_part(name, name, schema)

    def required(self, names: List[str]) -> Findings:
        """Find the members that are missing."""
        for name in names:
            if name not in self.value:
                yield Missing(Place(self.place, name))

    def dependent_required(self, dependencies: Dict[str, List[str]]) -> Findings:
        """Find the members that are missing because another one is there."""
        for cause, names in dependencies.items():
            if cause not in self.value:
                continue
            for name in names:
                if name not in self.value:
                    yield Missing(Place(self.place, name), cause)

    def dependent_schemas(self, dependencies: "Dict[str, Schema]") -> Findings:
        """Check the object against a schema because a member is there."""
        for cause, schema in dependencies.items():
            if cause in self.value:
                yield from self._check_itself(schema)

    def dependencies(self, dependencies: "Dict[str, Union[Schema, List[str]]]") -> Findings:
        """Do what the two keywords above do; of draft-07."""
        for cause, dependency in dependencies.items():
            if isinstance(dependency, list):
                yield from self.dependent_required({cause: dependency})
            else:
                yield from self.dependent_schemas({cause: dependency})

    # Arrays

    def prefix_items(self, schemas: "List[Schema]") -> Findings:
        """Check the first items, each against its own schema."""
        for index, (item, schema) in enumerate(zip(self.value, schemas)):
            yield from self._check_part(index, item, schema)

    def items(self, schema: "Union[Schema, List[Schema]]") -> Findings:
        """Check the items after those of `prefixItems`."""
        if isinstance(schema, list):  # draft-07: what prefixItems is now
            yield from self.prefix_items(schema)
        else:
            start = len(self.schema.get("prefixItems", ()))
            yield from self._check_items_from(start, schema)

    def additional_items(self, schema: "Schema") -> Findings:
        """Check the items after those of a list in `items`; of draft-07."""
        first = self.schema.get("items")
        if isinstance(first, list):
            yield from self._check_items_from(len(first), schema)

    def contains(self, schema: "Schema") -> Findings:
        """Count the items that fit a schema."""
        count = 0
        for index, item in enumerate(self.value):
            count += self.checker.accepts(item, schema, Place(self.place, index))
        least = self.schema.get("minContains", 1)
        if count < least:
            yield self._mismatch(f"{least} or more items that fit {{}}", schema, "contains")
        most = self.schema.get("maxContains", count)
        if count > most:
            yield self._mismatch(f"{most} or fewer items that fit {{}}", schema, "contains")

    def unique_items(self, wanted: bool) -> Findings:
        """Find items that are equal to earlier ones."""
        if not wanted:
            return
        seen: Dict[str, int] = {}
        for index, item in enumerate(self.value):
            first = seen.setdefault(self.checker.fingerprints.key(item), index)
            if first != index:
                yield Repeated(Place(self.place, index), first)

    # Values of any type

    def enum(self, choices: List[object]) -> Findings:
        """Look for the value among several."""
        if isinstance(self.value, (dict, list)):
            found = any(_equal(self.value, choice) for choice in choices)
        else:
            found = comparison_key(self.value) in self.checker.choices(choices)
        if not found:
            yield self._mismatch(ONE_OF, choices, "enum")

    def const(self, only: object) -> Findings:
        """Compare the value with the only one that is allowed."""
        if not _equal(self.value, only):
            yield self._mismatch("{}", only, "const")

    def all_of(self, schemas: "List[Schema]") -> Findings:
        """Check the value against every schema."""
        return self._check_itself(*schemas)

    def any_of(self, schemas: "List[Schema]") -> Findings:
        """Look for a schema that the value fits; the first one ends the search."""
        for schema in schemas:
            if self._fits(schema):
                return
        yield Unfit(self.checker, self.value, schemas, self.place)

    def one_of(self, schemas: "List[Schema]") -> Findings:
        """Count the schemas that the value fits."""
        count = 0
        for schema in schemas:
            count += self._fits(schema)
        if count == 0:
            yield Unfit(self.checker, self.value, schemas, self.place)
        if count > 1:
            yield self._mismatch(f"what fits one alternative only, not {count}", None, "oneOf")

    def negation(self, schema: "Schema") -> Findings:
        """Check that the value does not fit a schema."""
        if self._fits(schema):
            yield self._mismatch("what does not fit {}", schema, "not")

    def condition(self, schema: "Schema") -> Findings:
        """Check the value against `then` or `else`."""
        branch = "then"
        if not self._fits(schema):
            branch = "else"
        return self._check_itself(self.schema.get(branch, True))


class Unfit(Finding):
    """A value that fits none of some schemas; what is wrong is found when it is reported."""

    __slots__ = ("alternatives", "checker", "value")

    def __init__(
        self, checker: "Checker", value: object, alternatives: "List[Schema]", place: Place
    ) -> None:
        super().__init__(place)
        self.checker = checker
        self.value = value
        self.alternatives = alternatives

    def is_single(self) -> bool:
        """Whether this may only be counted: what is wrong is one thing, or told as one."""
        return len(self.alternatives) > 1

    def causes(self) -> Findings:
        """Return the findings that are to be reported instead."""
        if len(self.alternatives) == 1:
            return self.checker.findings(self.value, self.alternatives[0], self.place)
        return explain(self.checker, self.value, self.alternatives, self.place)


def additional_names(value: Dict[str, object], schema: "SchemaObject") -> Iterator[str]:
    """Return the members that neither `properties` nor `patternProperties` of a schema name."""
    properties = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for name in value:
        if name not in properties and not any(re.search(pattern, name) for pattern in patterns):
            yield name


def _equal(value: object, constant: object) -> bool:
    """Whether a value equals a constant, in time that depends on the constant's size only."""
    if isinstance(constant, dict):
        if not isinstance(value, dict) or len(value) != len(constant):
            return False
        for name, item in constant.items():
            if name not in value or not _equal(value[name], item):
                return False
        return True
    if isinstance(constant, list):
        if not isinstance(value, list) or len(value) != len(constant):
            return False
        return all(_equal(item, wanted) for item, wanted in zip(value, constant))
    if isinstance(value, (dict, list)):
        return False
    return comparison_key(value) == comparison_key(constant)


class Rule(NamedTuple):
    """A keyword: the Python type of the values that it speaks of, and what checks them."""

    kind: type
    find: Callable[[Application, Any], Findings]


RULES: Dict[str, Rule] = {
    "properties": Rule(dict, Application.properties),
    "patternProperties": Rule(dict, Application.pattern_properties),
    "additionalProperties": Rule(dict, Application.additional_properties),
    "propertyNames": Rule(dict, Application.property_names),
    "required": Rule(dict, Application.required),
    "dependentRequired": Rule(dict, Application.dependent_required),
    "dependentSchemas": Rule(dict, Application.dependent_schemas),
    "dependencies": Rule(dict, Application.dependencies),
    "prefixItems": Rule(list, Application.prefix_items),
    "items": Rule(list, Application.items),
    "additionalItems": Rule(list, Application.additional_items),
    "contains": Rule(list, Application.contains),
    "uniqueItems": Rule(list, Application.unique_items),
    "enum": Rule(object, Application.enum),
    "const": Rule(object, Application.const),
    "allOf": Rule(object, Application.all_of),
    "anyOf": Rule(object, Application.any_of),
    "oneOf": Rule(object, Application.one_of),
    "not": Rule(object, Application.negation),
    "if": Rule(object, Application.condition),
}
