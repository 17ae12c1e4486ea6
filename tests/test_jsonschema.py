"""Values against JSON Schema: which fit, and what is said of those that do not."""

import json
import os
import sys
import unittest
from pathlib import Path

from cwd_server.toolkit.json_values import comparison_key, preview
from cwd_server.toolkit.jsonschema.checker import Checker
from cwd_server.toolkit.jsonschema.findings import Problem, describe_problems
from cwd_server.toolkit.jsonschema.judged import JudgedSchema, with_more
from cwd_server.toolkit.jsonschema.support import ARGUMENTS, find_misspelt, find_unsupported

# A folder with files of https://github.com/json-schema-org/JSON-Schema-Test-Suite, for draft 2020-12
OFFICIAL_TESTS = Path(
    os.environ.get("JSON_SCHEMA_TESTS")
    or Path(__file__).resolve().parents[2] / "shared" / "json-schema-tests"
)
LARGEST = sys.float_info.max
DRAFT_07 = "http://json-schema.org/draft-07/schema#"


def problems_of(value, schema, path=""):
    """Return what is wrong with a value, as one text."""
    return describe_problems(Checker(schema).problems(value, schema, path))


def nested(depth, innermost):
    """Return `innermost` inside so many objects with the one member `next`."""
    value = innermost
    for _ in range(depth):
        value = {"next": value}
    return value


# schema, values that fit, values that do not
CASES = [
    ({"type": "integer"}, [1, 2.0, -3, 1e300, 10**400], [True, 2.5, "2", None, [], {}]),
    (
        {"type": "number"},
        [1, 2.5, LARGEST, -LARGEST],
        [True, "2", 10**400, -(10**400), float("inf")],
    ),
    ({"type": "boolean"}, [True, False], [1, 0, "true", None]),
    ({"type": "null"}, [None], [0, "", False]),
    ({"type": "string"}, ["", "a"], [1, None, []]),
    ({"type": "array"}, [[], [1]], [{}, "[]"]),
    ({"type": "object"}, [{}, {"a": 1}], [[], None]),
    ({"type": ["string", "null"]}, ["", None], [1]),
    (
        {"enum": [1, "a", [1, 2], {"k": True}]},
        [1.0, "a", [1.0, 2], {"k": True}],
        [True, [2, 1], [1], {"k": 1}, {"j": True}, {}, "b", None],
    ),
    ({"const": False}, [False], [0, None, "False"]),
    (
        {"const": {"a": [1]}},
        [{"a": [1.0]}],
        [{"a": [True]}, {"a": 1}, {"b": [1]}, {"a": [1], "b": 1}, {}, [1], 1],
    ),
    ({"const": [1]}, [[1]], [[1, 1], [2], {"a": 1}, 1]),
    ({"required": ["a"]}, [{"a": None}, "no object"], [{}, {"b": 1}]),
    ({"properties": {"a": {"type": "string"}}}, [{}, {"a": "x"}, {"b": 1}, 5], [{"a": 1}]),
    ({"properties": {"a": True, "b": False}}, [{}, {"a": 1}, []], [{"b": 1}]),
    (
        {"properties": {"a": {}}, "additionalProperties": {"type": "string"}},
        [{"a": 1, "b": "x"}, 7],
        [{"b": 1}],
    ),
    ({"properties": {"a": {}}, "additionalProperties": False}, [{"a": 1}, {}, []], [{"b": 1}]),
    (
        {"patternProperties": {"^x-": {"type": "integer"}, "y$": {"minimum": 2}}},
        [{}, {"x-a": 1}, {"x-y": 2}, {"a": "b"}, "x-"],
        [{"x-a": "b"}, {"x-y": 1}, {"ay": 1}],
    ),
    (
        {"properties": {"a": {}}, "patternProperties": {"^b": {}}, "additionalProperties": False},
        [{"a": 1, "b": 2, "bc": 3}],
        [{"c": 1}],
    ),
    ({"propertyNames": {"maxLength": 2}}, [{}, {"ab": 1}, "abc"], [{"abc": 1}]),
    ({"propertyNames": False}, [{}], [{"": 1}]),
    (
        {"minProperties": 1, "maxProperties": 2},
        [{"a": 1}, [], "abc"],
        [{}, {"a": 1, "b": 2, "c": 3}],
    ),
    (
        {"dependentRequired": {"z": ["y"], "a": ["b", "c"], "d": []}},
        [{}, {"b": 1}, {"a": 1, "b": 2, "c": 3}, {"d": 1}, "a"],
        [{"a": 1}, {"a": 1, "c": 3}],
    ),
    (
        {"dependentSchemas": {"a": {"required": ["b"]}, "c": False}},
        [{}, {"a": 1, "b": 2}, ["c"]],
        [{"a": 1}, {"c": 1}],
    ),
    ({"items": {"type": "integer"}}, [[], [1, 2], "x"], [[1, "x"]]),
    ({"items": True}, [[1, None]], []),
    ({"items": False}, [[]], [[1]]),
    (
        {"prefixItems": [{"type": "integer"}, {"type": "string"}]},
        [[], [1], [1, "a", None], {}],
        [["a"], [1, 2]],
    ),
    ({"prefixItems": [True], "items": {"type": "null"}}, [[1], [1, None]], [[1, 2]]),
    ({"minItems": 1, "maxItems": 2}, [[1], [1, 2], "abc"], [[], [1, 2, 3]]),
    ({"contains": {"type": "integer"}}, [[1], ["a", 2], "a"], [[], ["a"]]),
    ({"contains": {"type": "integer"}, "minContains": 2}, [[1, 2], [1, "a", 2, 3]], [[1, "a"]]),
    ({"contains": {"type": "integer"}, "minContains": 0}, [[], ["a"]], []),
    ({"contains": {"type": "integer"}, "maxContains": 2}, [[1], [1, 2]], [[1, 2, 3]]),
    ({"contains": {"type": "integer"}, "maxContains": 1}, [[1], ["a", 1]], [[1, 2], []]),
    (
        {"uniqueItems": True},
        [[1, True, "1", "True"], [], [{"a": 1}, {"a": 2}], [["a", "b"], ["a,1:b"]], {}, [[], {}]],
        [[1, 1.0], [{"a": 1, "b": 2}, {"b": 2, "a": 1.0}], [[], []], [0.5, 0.5], [None, 1, None]],
    ),
    ({"uniqueItems": False}, [[1, 1]], []),
    ({"minimum": 1, "maximum": 2}, [1, 2, 1.5, "0", True], [0.5, 3, -(10**400)]),
    ({"exclusiveMinimum": 1, "exclusiveMaximum": 2}, [1.5, False], [1, 2, 1.0]),
    ({"multipleOf": 2}, [4, 0, -2, 6.0, "3", True], [3, 0.5]),
    ({"multipleOf": 0.1}, [0.3, 1, 2.7], [0.35]),
    ({"multipleOf": 1e-8}, [12391239123], [1e-9]),
    ({"multipleOf": 0.123456789}, [0], [1e308]),
    ({"minLength": 1, "maxLength": 2}, ["a", "日本", 5], ["", "abc"]),
    ({"pattern": "a+$"}, ["a", "baa", 7], ["b", ""]),
    ({"anyOf": [{"type": "integer"}, {"minimum": 2}]}, [1, 2.5, "x"], [1.5]),
    ({"anyOf": [False, {"type": "null"}]}, [None], [1]),
    ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, [1, 2.5], [3, 1.5]),
    ({"allOf": [{"type": "integer"}, {"minimum": 2}]}, [2], [1, 2.5]),
    ({"not": {"type": "integer"}}, ["x", 1.5], [1, 2.0]),
    (
        {"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"type": "integer"}},
        ["ab", 1],
        ["a", 1.5],
    ),
    ({"if": {"type": "string"}}, ["ab", 1], []),
    ({"$ref": "#/$defs/a~1b%25~0", "$defs": {"a/b%~": {"type": "integer"}}}, [1], ["x"]),
    ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "integer"}}, "minimum": 2}, [2], ["x", 1]),
    (
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": "#/$defs/a",
            "minimum": 5,
            "$defs": {"a": {"type": "integer"}},
        },
        [5],
        [1, "x"],
    ),
    ({"$ref": "#here", "$defs": {"a": {"$anchor": "here", "type": "integer"}}}, [1], ["x"]),
    (
        {
            "properties": {
                "a": {"items": {"anyOf": [{"$anchor": "deep", "type": "null"}]}},
                "b": {"$ref": "#deep"},
            }
        },
        [{"b": None}],
        [{"b": 1}],
    ),
    ({"prefixItems": [{"type": "integer"}, {"$ref": "#/prefixItems/0"}]}, [[1, 2]], [[1, "x"]]),
    ({"$ref": "#/x-parts/one", "x-parts": {"one": {"type": "null"}}}, [None], [1]),
    ({"$ref": "#/definitions/a", "definitions": {"a": {"type": "null"}}}, [None], [1]),
    (
        {"$id": "https://e.com/a", "items": {"$ref": "a#/$defs/b"}, "$defs": {"b": False}},
        [[]],
        [[1]],
    ),
    (
        {
            "$id": "urn:x:y",
            "items": {"$ref": "urn:x:y#b"},
            "$defs": {"b": {"$anchor": "b", "type": "null"}},
        },
        [[None]],
        [[1]],
    ),
    (
        {"properties": {"next": {"$ref": "#"}}, "type": "object"},
        [{"next": {"next": {}}}],
        [{"next": {"next": 1}}],
    ),
    (
        {
            "$schema": DRAFT_07,
            "$ref": "#/definitions/a",
            "minimum": 5,
            "definitions": {"a": {"type": "integer"}},
        },
        [1],
        ["x"],
    ),
    (
        {
            "$schema": DRAFT_07,
            "items": [{"type": "integer"}],
            "additionalItems": {"type": "string"},
        },
        [[1, "a"], [], 5],
        [["a"], [1, 2]],
    ),
    (
        {"$schema": DRAFT_07, "items": {"type": "null"}, "additionalItems": False},
        [[None, None]],
        [[1]],
    ),
    (
        {"$schema": DRAFT_07, "dependencies": {"a": ["b"], "c": {"required": ["d"]}}},
        [{}, {"a": 1, "b": 1}, {"c": 1, "d": 1}],
        [{"a": 1}, {"c": 1}],
    ),
    ({"x-order": 1, "nullable": True, "discriminator": {}}, [1, None], []),
    (True, [1], []),
    (False, [], [1, None]),
]
# Keywords that say nothing about which values fit
ANNOTATIONS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$comment": "c",
    "title": "t",
    "description": "d",
    "default": 1,
    "examples": [1],
    "deprecated": True,
    "readOnly": True,
    "writeOnly": True,
    "format": "date",
    "contentEncoding": "base64",
    "contentMediaType": "text/plain",
    "contentSchema": {"type": "null"},
}

ORDER = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"price": {"type": "number"}, "name": {"type": "string"}},
                "required": ["name"],
                "additionalProperties": False,
            },
        },
        "mode": {"enum": ["fast", "slow", None]},
        "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "odd name": {"type": "boolean"},
    },
    "additionalProperties": False,
}
CIRCLE = {
    "type": "object",
    "properties": {"kind": {"const": "circle"}, "r": {"type": "number"}},
    "required": ["kind", "r"],
}
SQUARE = {
    "type": "object",
    "properties": {"kind": {"const": "square"}, "side": {"type": "number"}},
    "required": ["kind", "side"],
}
SHAPE = {"anyOf": [CIRCLE, SQUARE]}


class Values(unittest.TestCase):
    def test_each_keyword(self):
        for schema, good, bad in CASES:
            self.assertEqual(find_unsupported(schema, "s"), [])
            for value in good:
                with self.subTest(schema=schema, value=value):
                    self.assertEqual(problems_of(value, schema), "")
                    self.assertTrue(Checker(schema).fits(value, schema))
            for value in bad:
                with self.subTest(schema=schema, value=value):
                    self.assertNotEqual(problems_of(value, schema), "")
                    self.assertFalse(Checker(schema).fits(value, schema))

    def test_annotations_let_every_value_pass(self):
        self.assertEqual(find_unsupported(ANNOTATIONS, "s"), [])
        for value in (None, "x", [1], {"a": 1}):
            with self.subTest(value=value):
                self.assertEqual(problems_of(value, ANNOTATIONS), "")

    def test_every_keyword_is_among_the_cases(self):
        tried = set(ANNOTATIONS)
        for schema, _, _ in CASES:
            if isinstance(schema, dict):
                tried.update(schema)
        self.assertEqual(set(ARGUMENTS) - tried, {"$anchor"})  # which is inside others

    @unittest.skipUnless(
        OFFICIAL_TESTS.is_dir(),
        "JSON Schema's official tests are not here: JSON_SCHEMA_TESTS can name a folder of them",
    )
    def test_the_official_tests(self):
        right = refused = 0
        for path in sorted(OFFICIAL_TESTS.glob("*.json")):
            for group in json.loads(path.read_text(encoding="utf-8")):
                if find_unsupported(group["schema"], "s"):
                    refused += len(group["tests"])
                    continue
                for test in group["tests"]:
                    fits = Checker(group["schema"]).fits(test["data"], group["schema"])
                    with self.subTest(
                        file=path.name, group=group["description"], test=test["description"]
                    ):
                        self.assertEqual(fits, test["valid"])
                    right += fits == test["valid"]
        self.assertGreaterEqual(right, 960, f"{refused} refused")


class Judged(unittest.TestCase):
    """A schema whose author takes more than it says."""

    def test_what_is_taken(self):
        even = JudgedSchema({"type": "integer", "maximum": 9}, lambda value: value in (10, "ten"))
        for schema, value, problem in [
            (even, 2, ""),
            (even, 10, ""),
            (even, "ten", ""),
            (even, 11, "expected a number <= 9, got 11"),
            (even, "x", 'expected an integer, got "x"'),
            (
                {"type": "array", "items": even},
                [1, "ten", "x"],
                '[2]: expected an integer, got "x"',
            ),
            ({"anyOf": [even, {"type": "null"}]}, "ten", ""),
            (with_more(even, overrides={"title": "Even"}), "ten", ""),
        ]:
            with self.subTest(schema=schema, value=value):
                self.assertEqual(problems_of(value, schema), problem)

    def test_what_is_said_more(self):
        said = with_more({"a": 1, "b": 1}, defaults={"a": 2, "c": 2}, overrides={"b": 3})
        self.assertEqual(said, {"a": 1, "b": 3, "c": 2})


class Messages(unittest.TestCase):
    def test_a_problem_names_the_place_and_what_is_there(self):
        for value, problem in [
            (
                {"items": [{"name": "a"}, {"name": "b", "price": "no"}]},
                'items[1].price: expected a number, got "no"',
            ),
            ({"items": [{}]}, "items[0].name: missing"),
            ({"items": {}}, "items: expected an array, got {}"),
            ({"mode": "slower"}, 'mode: expected one of ["fast", "slow", null], got "slower"'),
            ({"size": True}, "size: expected an integer or null, got true"),
            ({"odd name": 1}, "odd name: expected true or false, got 1"),
            ({"Mode": 1}, "Mode: not allowed here (did you mean mode?)"),
            ({"zeta": 1}, "zeta: not allowed here"),
            ([], "expected an object, got []"),
        ]:
            with self.subTest(value=value):
                self.assertEqual(problems_of(value, ORDER), problem)

    def test_the_wording_of_each_keyword(self):
        for schema, value, problem in [
            ({"minLength": 2}, "a", 'v: expected 2 or more characters, got "a"'),
            ({"maxLength": 1}, "ab", 'v: expected 1 or fewer characters, got "ab"'),
            ({"pattern": "^a"}, "b", 'v: expected a match for "^a", got "b"'),
            ({"minimum": 2}, 1, "v: expected a number >= 2, got 1"),
            ({"maximum": 2}, 3, "v: expected a number <= 2, got 3"),
            ({"exclusiveMinimum": 2}, 2, "v: expected a number > 2, got 2"),
            ({"exclusiveMaximum": 2}, 2, "v: expected a number < 2, got 2"),
            ({"multipleOf": 0.5}, 0.7, "v: expected a multiple of 0.5, got 0.7"),
            ({"minItems": 1}, [], "v: expected 1 or more items, got []"),
            ({"maxItems": 1}, [1, 2], "v: expected 1 or fewer items, got [1, 2]"),
            (
                {"uniqueItems": True},
                [1, 2, 1],
                "v[2]: the same as item 0, and no two may be equal",
            ),
            ({"minProperties": 1}, {}, "v: expected 1 or more members, got {}"),
            ({"maxProperties": 0}, {"a": 1}, 'v: expected 0 or fewer members, got {"a": 1}'),
            ({"const": {}}, [], "v: expected {}, got []"),
            ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "v.b: missing, and required beside a"),
            (
                {"contains": {"type": "null"}},
                [],
                'v: expected 1 or more items that fit {"type": "null"}, got []',
            ),
            (
                {"contains": {}, "maxContains": 1},
                [1, 2],
                "v: expected 1 or fewer items that fit {}, got [1, 2]",
            ),
            (
                {"not": {"type": "null"}},
                None,
                'v: expected what does not fit {"type": "null"}, got null',
            ),
            (
                {"oneOf": [{}, {}]},
                1,
                "v: expected what fits one alternative only, not 2, got 1",
            ),
            ({"properties": {"a": False}}, {"a": 1}, "v.a: not allowed here"),
            ({"type": ["number", "null"]}, "x", 'v: expected a number or null, got "x"'),
            (
                {"type": "number"},
                10**400,
                "v: expected a number that a double can hold, 1.8e308 at most, "
                "got a number of 1329 bits",
            ),
            ({"type": "integer", "minimum": 5}, "x", 'v: expected an integer, got "x"'),
        ]:
            with self.subTest(schema=schema):
                self.assertEqual(problems_of(value, schema, "v"), problem)

    def test_all_problems_are_said_at_once(self):
        value = {"items": [{"price": "no"}, {"name": 1}], "mode": 5}
        self.assertEqual(
            problems_of(value, ORDER),
            'items[0].price: expected a number, got "no"; items[0].name: missing; '
            "items[1].name: expected a string, got 1; "
            'mode: expected one of ["fast", "slow", null], got 5',
        )

    def test_after_20_problems_the_others_are_counted(self):
        schema = {"type": "array", "items": {"type": "integer"}}
        for count, end in [
            (20, 'v[19]: expected an integer, got "x"'),
            (4332, "; and 4,312 more"),
        ]:
            with self.subTest(count=count):
                self.assertEqual(len(Checker(schema).problems(["x"] * count, schema)), 20)
                text = problems_of(["x"] * count, schema, "v")
                self.assertEqual(text.count("expected"), 20)
                self.assertTrue(text.endswith(end), text[-60:])

    def test_problems_behind_a_reference_are_counted_one_by_one(self):
        schema = {"items": {"$ref": "#/$defs/n"}, "$defs": {"n": {"required": ["a", "b"]}}}
        self.assertTrue(problems_of([{}] * 15, schema).endswith("; and 10 more"))

    def test_a_value_that_fits_no_alternative_counts_as_one(self):
        point = {"type": "object", "required": ["x", "y"]}
        schema = {"items": {"anyOf": [{"type": "null"}, point]}}
        text = problems_of([{}] * 15, schema)
        self.assertEqual(text.count("missing"), 20)
        self.assertTrue(text.endswith("; and 5 more"), text)

    def test_paths_of_200_characters_are_not_cut(self):
        for length, path in [(200, "x" * 200), (201, "x" * 199 + "…"), (250, "x" * 199 + "…")]:
            with self.subTest(length=length):
                (problem,) = Checker({}).problems({"x" * length: 1}, {"propertyNames": False})
                self.assertEqual(problem.path, path)

    def test_long_values_and_paths_are_cut(self):
        long_name = "x" * 100000
        text = problems_of({long_name: 1}, {"additionalProperties": {"type": "string"}})
        self.assertEqual(text, "x" * 199 + "…: expected a string, got 1")
        text = problems_of(long_name, {"type": "integer"}, "v")
        self.assertEqual(text, 'v: expected an integer, got "' + "x" * 78 + "…")
        text = problems_of("v", {"enum": [long_name]})
        self.assertEqual(text, 'expected one of ["' + "x" * 297 + '…, got "v"')

    def test_a_list_of_problems_made_elsewhere_is_described_alike(self):
        many = [Problem("p" * 300, "odd")] * 25
        self.assertEqual(
            describe_problems(many), "; ".join(["p" * 199 + "…: odd"] * 20) + "; and 5 more"
        )
        self.assertEqual(describe_problems([]), "")


class Alternatives(unittest.TestCase):
    """What is said of a value that fits none of several schemas."""

    def test_the_alternative_that_was_meant_is_reported(self):
        for schema, value, problem in [
            # by its type
            ({"anyOf": [CIRCLE, {"type": "null"}]}, {"kind": "circle"}, "v.r: missing"),
            # by its members
            (
                {"anyOf": [{"required": ["r"]}, {"properties": {"x": {"type": "integer"}}}]},
                {"x": "no"},
                'v.x: expected an integer, got "no"',
            ),
            (
                {
                    "anyOf": [
                        {"properties": {"r": {}}, "additionalProperties": False},
                        {"properties": {"x": {"type": "integer"}}},
                    ]
                },
                {"x": "no"},
                'v.x: expected an integer, got "no"',
            ),
            # by a member with a constant
            (SHAPE, {"kind": "square", "side": "x"}, 'v.side: expected a number, got "x"'),
            (
                {
                    "anyOf": [
                        {"properties": {"r": {"type": "null"}, "kind": {"const": "circle"}}},
                        {"properties": {"r": {"type": "string"}, "kind": {"const": "label"}}},
                    ]
                },
                {"kind": "label", "r": 1},
                "v.r: expected a string, got 1",
            ),
            (
                {"oneOf": [CIRCLE, SQUARE, {"type": "string"}]},
                {"kind": "circle", "r": []},
                "v.r: expected a number, got []",
            ),
        ]:
            with self.subTest(value=value):
                self.assertEqual(problems_of(value, schema, "v"), problem)

    def test_if_several_may_have_been_meant_all_that_is_wanted_is_listed(self):
        for schema, value, problem in [
            (SHAPE, 5, "v: expected an object, got 5"),
            (SHAPE, {"kind": "line"}, 'v.kind: expected "circle" or "square", got "line"'),
            (SHAPE, {}, "v: expected an object with kind, r or an object with kind, side, got {}"),
            (
                {"anyOf": [{"type": "integer"}, {"enum": ["a"]}]},
                "b",
                'v: expected an integer or one of ["a"], got "b"',
            ),
            (
                {
                    "anyOf": [
                        {"anyOf": [{"type": "integer"}, {"type": "string"}]},
                        {"type": "null"},
                    ]
                },
                True,
                "v: expected an integer or a string or null, got true",
            ),
            (
                {
                    "anyOf": [
                        {"type": "array", "items": {"type": "integer"}},
                        {"type": "array", "items": {"$ref": "#/$defs/Name"}},
                        {"type": "object", "title": "Pair"},
                    ],
                    "$defs": {"Name": {"type": "string"}},
                },
                [1, "a"],
                "v: expected an array (each item an integer) or an array (each item Name), "
                'got [1, "a"]',
            ),
            ({"anyOf": [False, False]}, 1, "v: expected something else, got 1"),
            (
                {"anyOf": [{"type": "integer", "minimum": 5, "multipleOf": 2}, {"type": "null"}]},
                3,
                "v: expected a number >= 5 or null, got 3",
            ),
            (
                {
                    "title": "Tree",
                    "required": ["kind"],
                    "properties": {"next": {"anyOf": [{"$ref": "#"}, {"required": ["x"]}]}},
                },
                {"kind": 1, "next": {}},
                "v.next: expected Tree or a value with x, got {}",
            ),
            (
                {
                    "anyOf": [
                        {"properties": {"a": {"const": 1}}},
                        {"properties": {"b": {"const": 3}}},
                    ]
                },
                {"a": 2, "b": 2},
                "v.a: expected 1, got 2",
            ),
            (
                {
                    "anyOf": [
                        {"properties": {"b": {"const": 3}}},
                        {"properties": {"a": {"const": 1}}},
                    ]
                },
                {"a": 2, "b": 2},
                "v.b: expected 3, got 2",
            ),
            (
                {"anyOf": [{"required": list("abcdef")}, {"required": ["g"]}]},
                {},
                "v: expected a value with a, b, c, d, e or a value with g, got {}",
            ),
        ]:
            with self.subTest(value=value):
                self.assertEqual(problems_of(value, schema, "v"), problem)

    def test_a_problem_deep_inside_unions_is_found(self):
        node = {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"kind": {"const": kind}, "child": {"$ref": "#/$defs/node"}},
                    "required": ["kind"],
                }
                for kind in ("a", "b")
            ]
        }
        schema = {"$ref": "#/$defs/node", "$defs": {"node": node}}
        value = {"kind": "c"}
        for _ in range(30):
            value = {"kind": "b", "child": value}
        self.assertEqual(
            problems_of(value, schema),
            ".".join(["child"] * 30) + '.kind: expected "a" or "b", got "c"',
        )


class Bounds(unittest.TestCase):
    """What is too much is refused in words, and what could take for ever does not."""

    def test_deep_nesting_is_refused_in_words(self):
        schema = {"properties": {"next": {"$ref": "#"}}}
        for depth in (65, 5000):
            with self.subTest(depth=depth):
                self.assertRegex(
                    problems_of(nested(depth, {}), schema), "nested too deep to be checked$"
                )
                self.assertFalse(Checker(schema).fits(nested(depth, {}), schema))
        self.assertEqual(problems_of(nested(64, {}), schema), "")

    def test_schemas_within_schemas_are_bounded_too(self):
        schema = {"allOf": [{"allOf": [{"properties": {"next": {"$ref": "#"}}}]}]}
        self.assertEqual(problems_of(nested(40, {}), schema), "")
        self.assertEqual(problems_of([nested(40, {})] * 2, {"items": schema}), "")
        self.assertRegex(problems_of(nested(50, {}), schema), "nested too deep to be checked$")

    def test_too_deep_is_all_that_is_said(self):
        schema = {"properties": {"n": {"type": "integer"}, "next": {"$ref": "#"}}}
        text = problems_of(dict(nested(70, {}), n="x"), schema)
        self.assertRegex(text, "^next.next.next[^;]*: nested too deep to be checked$")

    def test_too_deep_for_one_alternative_is_not_for_another(self):
        schema = {"anyOf": [{"properties": {"next": {"$ref": "#/anyOf/0"}}}, True]}
        self.assertEqual(problems_of(nested(70, {}), schema), "")

    def test_too_deep_is_said_of_unions_too(self):
        kinds = [{"properties": {"next": {"$ref": "#"}}, "required": [name]} for name in "ab"]
        schema = {"anyOf": kinds}
        value = {"a": 1}
        for _ in range(70):
            value = {"b": 1, "next": value}
        self.assertRegex(problems_of(value, schema), "nested too deep to be checked$")

    def test_what_no_schema_speaks_of_may_be_nested_deep(self):
        self.assertEqual(problems_of(nested(900, {}), {"properties": {"next": True}}), "")

    def test_what_is_compared_may_be_nested_deep(self):
        for schema, wanted in (({"enum": [1, {}]}, "one of [1, {}]"), ({"const": {}}, "{}")):
            with self.subTest(schema=schema):
                found = problems_of(nested(3000, {}), schema)
                self.assertTrue(found.startswith(f'expected {wanted}, got {{"next": '), found)

    def test_unique_items_may_be_nested_deep(self):
        deep, schema = [nested(3000, {})], {"uniqueItems": True}
        self.assertEqual(problems_of(deep, schema, "v"), "v: nested too deep to be checked")
        self.assertFalse(Checker(schema).fits(deep, schema))

    def test_a_value_inside_many_unions_is_checked_once_for_each_schema(self):
        looked_at = []

        class Watched(dict):
            def __contains__(self, name):
                looked_at.append(name)
                return super().__contains__(name)

        schema = {
            "anyOf": [
                {
                    "properties": {"next": {"$ref": "#"}, "kind": {"const": kind}},
                    "required": ["kind"],
                }
                for kind in "abcd"
            ]
        }
        value = {"kind": "d"}
        for _ in range(50):
            value = Watched(kind="d", next=value)
        self.assertTrue(Checker(schema).fits(value, schema))
        self.assertLess(len(looked_at), 50 * 20)

    def test_schemas_side_by_side_are_not_checked_again_for_each_way_that_leads_to_them(self):
        """Two ways to one member double the work at each level, if nothing is kept."""
        for schema in (
            {"properties": {"next": {"$ref": "#"}}, "patternProperties": {"n": {"$ref": "#"}}},
            {"allOf": [{"properties": {"next": {"$ref": "#"}}}] * 2},
            {
                "additionalProperties": {"$ref": "#"},
                "not": {"properties": {"next": {"not": {"$ref": "#"}}}, "required": ["next"]},
            },
        ):
            with self.subTest(schema=schema):
                self.assertTrue(Checker(schema).fits(nested(40, {}), schema))

    def test_numbers_that_share_a_hash_are_unique_items(self):
        schema = {"uniqueItems": True}
        colliding = [number * (2**61 - 1) for number in range(50000)]
        self.assertEqual(problems_of(colliding, schema), "")
        self.assertEqual(
            problems_of(colliding + [colliding[7]], schema),
            "[50000]: the same as item 7, and no two may be equal",
        )


# a schema that is refused, and how the problem begins
REFUSED = [
    (
        {"properties": {"a": {"unevaluatedProperties": False}}},
        "s.properties.a.unevaluatedProperties: not supported; write",
    ),
    ({"unevaluatedItems": False}, "s.unevaluatedItems: not supported; write items: false"),
    ({"$dynamicRef": "#a"}, "s.$dynamicRef: not supported; write $ref"),
    ({"$dynamicAnchor": "a"}, "s.$dynamicAnchor: not supported"),
    ({"$recursiveRef": "#"}, "s.$recursiveRef: not supported"),
    ({"$vocabulary": {}}, "s.$vocabulary: not supported"),
    ({"dependencies": {}}, "s.dependencies: not supported; write dependentRequired"),
    ({"additionalItems": False}, "s.additionalItems: not supported; write items"),
    ({"$defs": {"a": {"$id": "b"}}}, "s.$defs.a.$id: not supported inside a schema"),
    ({"items": {"$id": "b"}}, "s.items.$id: not supported inside a schema"),
    ({"$ref": 5}, "s.$ref: expected a string, got 5"),
    ({"items": {"$schema": DRAFT_07}}, "s.items.$schema: not supported inside a schema"),
    (
        {"$schema": "http://json-schema.org/draft-04/schema#"},
        "s.$schema: not supported; write https://json",
    ),
    (
        {"$ref": "https://e.com/s"},
        "s.$ref: https://e.com/s leads nowhere: other documents are not",
    ),
    ({"$id": "https://e.com/b", "$ref": "a"}, "s.$ref: a leads nowhere: other documents"),
    ({"$id": "https://e.com/b", "$ref": "c"}, "s.$ref: c leads nowhere: other documents"),
    (
        {"items": {"$ref": "#/$defs/b"}, "$defs": {"a": {}}},
        "s.items.$ref: #/$defs/b leads nowhere: nothing is at /$defs/b: no b",
    ),
    (
        {"prefixItems": [{}], "items": {"$ref": "#/prefixItems/1"}},
        "s.items.$ref: #/prefixItems/1 leads nowhere",
    ),
    (
        {"prefixItems": [{}], "items": {"$ref": "#/prefixItems/2"}},
        "s.items.$ref: #/prefixItems/2 leads nowhere",
    ),
    (
        {"prefixItems": [{}], "items": {"$ref": "#/prefixItems/x"}},
        "s.items.$ref: #/prefixItems/x leads nowhere",
    ),
    ({"title": "t", "items": {"$ref": "#/title/0"}}, "s.items.$ref: #/title/0 leads nowhere"),
    (
        {"required": ["a"], "items": {"$ref": "#/required"}},
        "s.items.$ref: #/required leads nowhere: what is at",
    ),
    ({"$ref": "#here"}, "s.$ref: #here leads nowhere: no schema has the $anchor here"),
    (
        {"$ref": "#/x-parts/a", "x-parts": {"a": {"minLength": "1"}}},
        "s.$ref.minLength: expected an integer",
    ),
    ({"$ref": "#"}, "s.$ref: leads back to itself"),
    (
        {"items": {"anyOf": [{"type": "null"}, {"$ref": "#/items"}]}},
        "s.items.anyOf[1].$ref: leads back to itself",
    ),
    (
        {"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}},
        "s.$defs.a.allOf[0].$ref.not.$ref: leads back to itself",
    ),
    ({"properties": {"a": 1}}, "s.properties.a: expected an object or true or false, got 1"),
    ({"$defs": []}, "s.$defs: expected an object"),
    ({"type": "int"}, 's.type: expected one of ["string", "integer"'),
    ({"type": []}, "s.type: expected"),
    ({"type": ["string", "int"]}, "s.type[1]: expected one of"),
    ({"pattern": "("}, "s.pattern: not a regular expression of Python: missing )"),
    (
        {"properties": {"p": {"pattern": "a**"}}},
        "s.properties.p.pattern: not a regular expression",
    ),
    ({"patternProperties": {"(": {}}}, "s.patternProperties.(: not a regular expression"),
    (
        {"properties": {"required": {"minimum": "1"}}},
        "s.properties.required.minimum: expected a number",
    ),
    ({"multipleOf": 0}, "s.multipleOf: expected a number > 0, got 0"),
    ({"minLength": -1}, "s.minLength: expected a number >= 0, got -1"),
    ({"anyOf": []}, "s.anyOf: expected 1 or more items, got []"),
    ({"required": "a"}, "s.required: expected an array"),
    ({"prefixItems": [{"maxItems": 1.5}]}, "s.prefixItems[0].maxItems: expected an integer"),
    ({"items": [{}]}, "s.items: expected an object or true or false, got [{}]"),
    ({"$schema": DRAFT_07, "items": 3}, "s.items: expected"),
    ({"$anchor": "a b"}, "s.$anchor: expected a match for"),
    (3, "s: expected an object or true or false, got 3"),
]


class Schemas(unittest.TestCase):
    """What is refused when a tool is declared."""

    def test_what_is_malformed_or_not_supported_is_refused_by_name(self):
        for schema, problem in REFUSED:
            with self.subTest(schema=schema):
                (found,) = find_unsupported(schema, "s")
                self.assertTrue(str(found).startswith(problem), found)

    def test_all_problems_are_found(self):
        schema = {
            "minLength": "1",
            "items": {"pattern": "("},
            "$ref": "#/no",
            "unevaluatedItems": True,
        }
        self.assertEqual(
            [problem.path for problem in find_unsupported(schema, "s")],
            ["s.minLength", "s.unevaluatedItems", "s.items.pattern", "s.$ref"],
        )

    def test_what_looks_like_a_problem_and_is_none(self):
        shared = {"type": "object", "properties": {"a": {"type": "integer"}}}
        for schema in [
            {"properties": {"$ref": {"type": "string"}, "unevaluatedItems": {}}},  # names
            {"properties": {"(": {}}, "dependentSchemas": {"(": {}}, "$defs": {"(": {}}},
            {"type": ["string"]},
            {"enum": [{"$ref": "nowhere"}], "default": {"type": 1}, "examples": [{"$id": 2}]},
            {"anyOf": [shared, {"not": shared}], "items": shared},  # one dict in many places
            {"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"b": {"$ref": "#/$defs/a"}}}}},
            {"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}], "$defs": {"a": {}}},
        ]:
            with self.subTest(schema=schema):
                self.assertEqual(find_unsupported(schema, "s"), [])

    def test_a_schema_nested_too_deep_is_refused_in_words(self):
        schema = {}
        for _ in range(2000):
            schema = {"items": schema}
        (problem,) = find_unsupported(schema, "s")
        self.assertTrue(str(problem).startswith("s.items.items.items"), problem)
        self.assertTrue(str(problem).endswith("nested too deep to be checked"), problem)

    def test_a_long_chain_of_references_is_refused_in_words(self):
        names = {f"n{number}": {"$ref": f"#/$defs/n{number + 1}"} for number in range(300)}
        names["n300"] = {"type": "null"}
        (problem,) = find_unsupported({"$ref": "#/$defs/n0", "$defs": names}, "s")
        self.assertTrue(str(problem).endswith("nested too deep to be checked"), problem)

    def test_unknown_keywords_are_kept_with_a_note_if_they_look_misspelt(self):
        ignored = "ignored: no keyword of JSON Schema"
        for schema, notes in [
            ({"minlength": 1}, [f"s.minlength: {ignored} (did you mean minLength?)"]),
            (
                {"items": {"requried": []}},
                [f"s.items.requried: {ignored} (did you mean required?)"],
            ),
            ({"x-minLength": 1, "discriminator": {}, "properties": {"minlength": {}}}, []),
        ]:
            with self.subTest(schema=schema):
                self.assertEqual(find_unsupported(schema, "s"), [])
                self.assertEqual([str(note) for note in find_misspelt(schema, "s")], notes)


class Comparison(unittest.TestCase):
    def test_equal_values_have_the_same_key_and_others_do_not(self):
        values = [
            None, True, False, 0, 1, 0.5, 10**30, 1e300, "", "1", "True", "None",
            [], [1], ["1"], [1, 1], [[1], 1], [[1, 1]], ["a", "b"], ["a,1:b"],
            {}, {"a": 1}, {"a": "1"}, {"a": 1, "b": 2}, {"a": [1]}, {"1:a=n1": 1},
        ]  # fmt: skip
        keys = [comparison_key(value) for value in values]
        self.assertEqual(len(set(keys)), len(values))

    def test_numbers_are_compared_by_value(self):
        for one, other in [
            (1, 1.0),
            ([2], [2.0]),
            ({"a": 1, "b": 0}, {"b": -0.0, "a": 1.0}),
            (2**60, float(2**60)),
        ]:
            with self.subTest(one=one):
                self.assertEqual(comparison_key(one), comparison_key(other))

    def test_previews_are_the_beginning_of_the_json(self):
        for value, text in [
            ({"a": [1, "b", None], "c": {}}, '{"a": [1, "b", null], "c": {}}'),
            ([], "[]"),
            (["é\n"], '["é\\n"]'),
            ("x" * 78, '"' + "x" * 78 + '"'),
            ("x" * 79, '"' + "x" * 78 + "…"),
            (
                list(range(10**6)),
                "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, …",
            ),
        ]:
            with self.subTest(text=text):
                self.assertEqual(preview(value), text)


if __name__ == "__main__":
    unittest.main()
