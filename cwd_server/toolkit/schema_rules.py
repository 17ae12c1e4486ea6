"""The keywords of JSON Schema that apply schemas, to a value's parts or to the value itself.

Each rule is a generator of findings: (checker, value, the keyword's argument, the schema around
it, place).

https://json-schema.org/draft/2020-12/json-schema-core#section-10
"""

import re
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List

from cwd_server.toolkit import schema_alternatives
from cwd_server.toolkit.json_values import comparison_key
from cwd_server.toolkit.schema_findings import (
    Finding,
    Mismatch,
    Missing,
    Place,
    Repeated,
    Unknown,
)

if TYPE_CHECKING:
    from cwd_server.toolkit.jsonschema import Checker, Schema, SchemaObject

Findings = Iterator[Finding]


# Objects


def check_properties(
    checker: "Checker", value: object, schemas: "Dict[str, Schema]", _: "Schema", place: Place
) -> Findings:
    if not isinstance(value, dict):
        return
    for name, schema in schemas.items():
        if name in value:
            yield from checker.findings(value[name], schema, Place(place, name))


def check_pattern_properties(
    checker: "Checker", value: object, schemas: "Dict[str, Schema]", _: "Schema", place: Place
) -> Findings:
    if not isinstance(value, dict):
        return
    for pattern, schema in schemas.items():
        for name, item in value.items():
            if re.search(pattern, name):
                yield from checker.findings(item, schema, Place(place, name))


def check_additional_properties(
    checker: "Checker", value: object, additional: "Schema", around: "SchemaObject", place: Place
) -> Findings:
    if not isinstance(value, dict) or additional is True:
        return
    for name in additional_names(value, around):
        if additional is False:
            yield Unknown(Place(place, name), name, list(around.get("properties", ())))
        else:
            yield from checker.findings(value[name], additional, Place(place, name))


def additional_names(value: Dict[str, object], schema: "SchemaObject") -> Iterator[str]:
    """Return the members that neither `properties` nor `patternProperties` speak of."""
    properties = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for name in value:
        if name not in properties and not any(re.search(pattern, name) for pattern in patterns):
            yield name


def check_property_names(
    checker: "Checker", value: object, schema: "Schema", _: "Schema", place: Place
) -> Findings:
    if not isinstance(value, dict):
        return
    for name in value:
        yield from checker.findings(name, schema, Place(place, name))


def check_required(
    checker: "Checker", value: object, names: List[str], _: "Schema", place: Place
) -> Findings:
    if not isinstance(value, dict):
        return
    for name in names:
        if name not in value:
            yield Missing(Place(place, name))


def check_dependent_required(
    checker: "Checker",
    value: object,
    dependencies: Dict[str, List[str]],
    _: "Schema",
    place: Place,
) -> Findings:
    if not isinstance(value, dict):
        return
    for cause, names in dependencies.items():
        if cause not in value:
            continue
        for name in names:
            if name not in value:
                yield Missing(Place(place, name), cause)


def check_dependent_schemas(
    checker: "Checker", value: object, dependencies: "Dict[str, Schema]", _: "Schema", place: Place
) -> Findings:
    if not isinstance(value, dict):
        return
    for cause, schema in dependencies.items():
        if cause in value:
            yield from check_all(checker, value, [schema], place)


def check_dependencies(
    checker: "Checker", value: object, dependencies: Dict[str, Any], around: "Schema", place: Place
) -> Findings:
    # Of draft-07: the two keywords above in one
    for cause, dependency in dependencies.items():
        rule: Rule = check_dependent_schemas
        if isinstance(dependency, list):
            rule = check_dependent_required
        yield from rule(checker, value, {cause: dependency}, around, place)


# Arrays


def check_prefix_items(
    checker: "Checker", value: object, schemas: "List[Schema]", _: "Schema", place: Place
) -> Findings:
    if not isinstance(value, list):
        return
    for index, (item, schema) in enumerate(zip(value, schemas)):
        yield from checker.findings(item, schema, Place(place, index))


def check_items(
    checker: "Checker", value: object, items: Any, around: "SchemaObject", place: Place
) -> Findings:
    if isinstance(items, list):  # draft-07: what prefixItems is now
        yield from check_prefix_items(checker, value, items, around, place)
    else:
        start = len(around.get("prefixItems", ()))
        yield from _check_items_from(start, checker, value, items, place)


def check_additional_items(
    checker: "Checker", value: object, additional: "Schema", around: "SchemaObject", place: Place
) -> Findings:
    # Of draft-07: https://json-schema.org/draft-07/json-schema-validation#section-6.4.2
    items = around.get("items")
    if isinstance(items, list):
        yield from _check_items_from(len(items), checker, value, additional, place)


def _check_items_from(
    start: int, checker: "Checker", value: object, schema: "Schema", place: Place
) -> Findings:
    if not isinstance(value, list) or schema is True:
        return
    for index in range(start, len(value)):
        yield from checker.findings(value[index], schema, Place(place, index))


def check_contains(
    checker: "Checker", value: object, schema: "Schema", around: "SchemaObject", place: Place
) -> Findings:
    if not isinstance(value, list):
        return
    count = 0
    for index, item in enumerate(value):
        count += checker.accepts(item, schema, Place(place, index))
    least = around.get("minContains", 1)
    if count < least:
        yield Mismatch(place, value, f"{least} or more items that fit {{}}", schema, "contains")
    most = around.get("maxContains", count)
    if count > most:
        yield Mismatch(place, value, f"{most} or fewer items that fit {{}}", schema, "contains")


def check_unique_items(
    checker: "Checker", value: object, wanted: bool, _: "Schema", place: Place
) -> Findings:
    if not wanted or not isinstance(value, list):
        return
    seen: Dict[str, int] = {}
    for index, item in enumerate(value):
        first = seen.setdefault(checker.fingerprints.key(item), index)
        if first != index:
            yield Repeated(Place(place, index), first)


# Values of any type


def check_enum(
    checker: "Checker", value: object, choices: List[object], _: "Schema", place: Place
) -> Findings:
    if isinstance(value, (dict, list)):
        found = any(_equal(value, choice) for choice in choices)
    else:
        found = comparison_key(value) in checker.choices(choices)
    if not found:
        yield Mismatch(place, value, "one of {}", choices, "enum")


def check_const(
    checker: "Checker", value: object, only: object, _: "Schema", place: Place
) -> Findings:
    if not _equal(value, only):
        yield Mismatch(place, value, "{}", only, "const")


def _equal(value: object, constant: object) -> bool:
    """Whether a value is equal to a constant, in time that depends on the constant's size only."""
    if isinstance(constant, dict):
        if not isinstance(value, dict) or len(value) != len(constant):
            return False
        return all(name in value and _equal(value[name], item) for name, item in constant.items())
    if isinstance(constant, list):
        if not isinstance(value, list) or len(value) != len(constant):
            return False
        return all(_equal(item, wanted) for item, wanted in zip(value, constant))
    if isinstance(value, (dict, list)):
        return False
    return comparison_key(value) == comparison_key(constant)


def check_all(
    checker: "Checker", value: object, schemas: "List[Schema]", place: Place
) -> Findings:
    """Find what is wrong with a value that has to fit several schemas."""
    for schema in schemas:
        if not checker.accepts(value, schema, place):
            yield Unfit(checker, value, [schema], place)


def check_all_of(
    checker: "Checker", value: object, schemas: "List[Schema]", _: "Schema", place: Place
) -> Findings:
    return check_all(checker, value, schemas, place)


def check_any_of(
    checker: "Checker", value: object, schemas: "List[Schema]", _: "Schema", place: Place
) -> Findings:
    for schema in schemas:
        if checker.accepts(value, schema, place):
            return
    yield Unfit(checker, value, schemas, place)


def check_one_of(
    checker: "Checker", value: object, schemas: "List[Schema]", _: "Schema", place: Place
) -> Findings:
    count = 0
    for schema in schemas:
        count += checker.accepts(value, schema, place)
    if count == 0:
        yield Unfit(checker, value, schemas, place)
    if count > 1:
        yield Mismatch(place, value, f"what fits one alternative only, not {count} of them")


def check_not(
    checker: "Checker", value: object, schema: "Schema", _: "Schema", place: Place
) -> Findings:
    if checker.accepts(value, schema, place):
        yield Mismatch(place, value, "what does not fit {}", schema, "not")


def check_if(
    checker: "Checker", value: object, condition: "Schema", around: "SchemaObject", place: Place
) -> Findings:
    if checker.accepts(value, condition, place):
        chosen = around.get("then", True)
    else:
        chosen = around.get("else", True)
    return check_all(checker, value, [chosen], place)


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

    def causes(self) -> Findings:
        """Return the findings that are to be reported instead."""
        if len(self.alternatives) == 1:
            return self.checker.findings(self.value, self.alternatives[0], self.place)
        return schema_alternatives.explain(self.checker, self.value, self.alternatives, self.place)


Rule = Callable[["Checker", Any, Any, Any, Place], Findings]

RULES: Dict[str, Rule] = {
    "properties": check_properties,
    "patternProperties": check_pattern_properties,
    "additionalProperties": check_additional_properties,
    "propertyNames": check_property_names,
    "required": check_required,
    "dependentRequired": check_dependent_required,
    "dependentSchemas": check_dependent_schemas,
    "dependencies": check_dependencies,
    "prefixItems": check_prefix_items,
    "items": check_items,
    "additionalItems": check_additional_items,
    "contains": check_contains,
    "uniqueItems": check_unique_items,
    "enum": check_enum,
    "const": check_const,
    "allOf": check_all_of,
    "anyOf": check_any_of,
    "oneOf": check_one_of,
    "not": check_not,
    "if": check_if,
}
