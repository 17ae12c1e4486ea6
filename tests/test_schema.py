"""Checks of values against JSON Schema, and of schemas against what is supported."""

import unittest

from cwd_server.toolkit.jsonschema import DIALECT, KEYWORDS, check, unsupported

ROWS = {
    "type": "object",
    "properties": {
        "rows": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"x": {"type": "number"}, "y": {"type": "number"}},
                "required": ["x"],
                "additionalProperties": False,
            },
        },
        "mode": {"enum": ["fast", "slow", None]},
        "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "odd name": {"type": "boolean"},
    },
    "additionalProperties": False,
}

# schema, values that fit, values that do not
CASES = [
    ({"type": "integer"}, [1, 2.0, -3, 1e300], [True, 2.5, "2", None, [], {}]),
    ({"type": "number"}, [1, 2.5], [True, "2"]),
    ({"type": "boolean"}, [True, False], [1, 0, "true", None]),
    ({"type": "null"}, [None], [0, "", False]),
    ({"type": ["string", "null"]}, ["", None], [1]),
    ({"enum": [1, "a", [1, 2], {"k": True}]}, [1.0, "a", [1.0, 2], {"k": True}], [True, [2, 1], {"k": 1}, "b"]),
    ({"const": False}, [False], [0, None]),
    ({"const": {"a": [1]}}, [{"a": [1.0]}], [{"a": [True]}, {}]),
    ({"required": ["a"]}, [{"a": None}, "no object"], [{}, {"b": 1}]),
    ({"properties": {"a": {"type": "string"}}}, [{}, {"a": "x"}, {"b": 1}, 5], [{"a": 1}]),
    ({"properties": {"a": {}}, "additionalProperties": {"type": "string"}}, [{"a": 1, "b": "x"}], [{"b": 1}]),
    ({"properties": {"a": {}}, "additionalProperties": False}, [{"a": 1}, {}], [{"b": 1}]),
    ({"properties": {"a": {"not": {}}}}, [{}, {"b": 1}], [{"a": 1}]),
    ({"items": {"type": "integer"}}, [[], [1, 2], "x"], [[1, "x"]]),
    ({"prefixItems": [{"type": "integer"}, {"type": "string"}]}, [[], [1], [1, "a", None]], [["a"], [1, 2]]),
    ({"prefixItems": [True], "items": {"type": "null"}}, [[1], [1, None]], [[1, 2]]),
    ({"minItems": 1, "maxItems": 2}, [[1], [1, 2], "abc"], [[], [1, 2, 3]]),
    ({"uniqueItems": True}, [[1, True, "1"], [], [{"a": 1}, {"a": 2}]], [[1, 1.0], [{"a": 1}, {"a": 1.0}], [[], []]]),
    ({"uniqueItems": False}, [[1, 1]], []),
    ({"minimum": 1, "maximum": 2}, [1, 2, 1.5, "0", True], [0.5, 3, -(10**400)]),
    ({"exclusiveMinimum": 1, "exclusiveMaximum": 2}, [1.5], [1, 2, 1.0]),
    ({"minLength": 1, "maxLength": 2}, ["a", "日本", 5], ["", "abc"]),
    ({"pattern": "^a+$"}, ["a", "aaa", 7], ["b", ""]),
    ({"anyOf": [{"type": "integer"}, {"minimum": 2}]}, [1, 2.5, "x"], [1.5]),
    ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, [1, 2.5], [3, 1.5]),
    ({"allOf": [{"type": "integer"}, {"minimum": 2}]}, [2], [1, 2.5]),
    ({"not": {"type": "integer"}}, ["x", 1.5], [1, 2.0]),
    ({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"type": "integer"}}, ["ab", 1], ["a", 1.5]),
    ({"if": {"type": "string"}}, ["ab", 1], []),
    ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "integer"}}}, [1], ["x"]),
    ({"$ref": "#/$defs/a", "$defs": {"a": {"$anchor": "here", "type": "integer"}}}, [1], ["x"]),
    ({"properties": {"next": {"$ref": "#"}}, "type": "object"}, [{"next": {"next": {}}}], [{"next": {"next": 1}}]),
    ({"$schema": DIALECT, "title": "t", "format": "date", "default": 1, "examples": [1]}, [1, None], []),
    ({"items": True}, [[1, None]], []),
    ({"items": False}, [[]], [[1]]),
    ({"anyOf": [False, {"type": "null"}]}, [None], [1]),
]

# a schema that is refused, and what the refusal names
REFUSED = [
    ({"patternProperties": {}}, "s.patternProperties: not allowed"),
    ({"properties": {"a": {"dependentRequired": {}}}}, "s.properties.a.dependentRequired: not allowed"),
    ({"unevaluatedProperties": False}, "s.unevaluatedProperties: not allowed"),
    ({"$id": "https://example.com/"}, "s.$id: not allowed"),
    ({"$schema": "http://json-schema.org/draft-07/schema#"}, "s.$schema: expected one of"),
    ({"$ref": "https://example.com/schema"}, 's.$ref: expected one of ["#"], got'),
    ({"items": {"$ref": "#/$defs/none"}, "$defs": {"a": {}}}, 's.items.$ref: expected one of ["#", "#/$defs/a"], got'),
    ({"$ref": "#here", "$defs": {"a": {"$anchor": "here"}}}, "s.$ref: expected one of"),
    ({"properties": {"a": True}}, "s.properties.a: expected an object, got true"),
    ({"properties": {"a": {"properties": {"b": False}}}}, "s.properties.a.properties.b: expected an object"),
    ({"$defs": []}, "s.$defs: expected an object"),
    ({"type": "int"}, "s.type: expected one of"),
    ({"type": []}, "s.type: expected"),
    ({"pattern": "("}, "s: the pattern '(' is no regular expression: missing )"),
    ({"properties": {"required": {"minimum": "1"}}}, "s.properties.required.minimum: expected a number"),
    ({"multipleOf": 2}, "s.multipleOf: not allowed"),
    ({"minLength": -1}, "s.minLength: expected a number >= 0"),
    ({"anyOf": []}, "s.anyOf: expected 1 items or more"),
    ({"required": "a"}, "s.required: expected an array"),
    ({"prefixItems": [{"x": 1}]}, "s.prefixItems[0].x: not allowed"),
    ({"items": 3}, "s.items: expected true or false or an object, got 3"),
    (3, "s: expected an object, got 3"),
    (True, "s: expected an object, got true"),
]


class Values(unittest.TestCase):
    def test_each_keyword(self):
        for schema, good, bad in CASES:
            self.assertIsNone(unsupported(schema, "s"))
            for value in good:
                with self.subTest(schema=schema, value=value):
                    self.assertIsNone(check(value, schema))
            for value in bad:
                with self.subTest(schema=schema, value=value):
                    self.assertIsInstance(check(value, schema), str)

    def test_every_keyword_with_a_rule_is_among_the_cases(self):
        describing = {"deprecated", "readOnly", "writeOnly", "$anchor", "$comment", "description"}
        tried = {keyword for schema, _, _ in CASES for keyword in schema}
        self.assertEqual(set(KEYWORDS) - tried, describing)

    def test_the_problem_names_the_place(self):
        for value, problem in [
            ({"rows": [{"x": 1}, {"x": 1, "y": "no"}]}, 'rows[1].y: expected a number, got "no"'),
            ({"rows": [{}]}, "rows[0].x: missing"),
            ({"rows": [{"x": 1, "z": 2}]}, "rows[0].z: not allowed here"),
            ({"rows": {}}, "rows: expected an array, got {}"),
            ({"zeta": 1, "eta": 2}, "eta: not allowed here"),
            ({"mode": "slower"}, 'mode: expected one of ["fast", "slow", null], got "slower"'),
            ({"size": True}, "size: expected an integer or null, got true"),
            ({"odd name": 1}, "odd name: expected true or false, got 1"),
            ([], "arguments: expected an object, got []"),
        ]:
            self.assertEqual(check(value, ROWS), problem)
        self.assertEqual(
            check({"cwd": 1}, {"properties": {"cwd": {"type": "string"}}}, "result")[:21], "result.cwd: expected "
        )

    def test_long_values_are_cut(self):
        self.assertLess(len(check("x" * 100000, {"type": "integer"})), 200)
        self.assertLess(len(check({"x" * 100000: 1}, {"additionalProperties": False})), 200)

    def test_nothing_runs_away(self):
        loop = {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}}
        self.assertEqual(check(1, loop), "arguments: nested too deep to be checked")
        deep = value = {}
        for _ in range(5000):
            deep["next"] = deep = {}
        self.assertIn("nested too deep", check(value, {"properties": {"next": {"$ref": "#"}}}))


class Schemas(unittest.TestCase):
    def test_what_is_not_supported_is_refused(self):
        for schema, problem in REFUSED:
            with self.subTest(schema=schema):
                self.assertTrue((unsupported(schema, "s") or "").startswith(problem), unsupported(schema, "s"))
                self.assertIn("supported keywords: type, enum", unsupported(schema, "s"))

    def test_a_property_may_be_called_like_a_keyword(self):
        self.assertIsNone(unsupported({"properties": {"$ref": {"type": "string"}, "x": {}}}, "s"))


if __name__ == "__main__":
    unittest.main()
