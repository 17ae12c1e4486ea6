"""Arguments as models and clients really send them: what is taken as meant, what is refused."""

import unittest

from cwd_server.toolkit.arguments import CLIENT_MEMBERS, FILLERS, fit_arguments
from cwd_server.toolkit.errors import ArgumentsError

NUMBERS = {"type": "array", "items": {"type": "integer"}}
POINT = {
    "type": "object",
    "properties": {"x": {"type": "integer"}, "y": {"type": "integer", "default": 0}},
    "required": ["x"],
    "additionalProperties": False,
}
NULL = {"type": "null"}


def takes(schema, **more):
    """Return the input schema of a tool with the one parameter `v`."""
    return dict(
        {"type": "object", "properties": {"v": schema}, "additionalProperties": False}, **more
    )


def fitted(arguments, schema, defaults=()):
    """Return the arguments as the tool would get them, or what the model would be told."""
    try:
        return fit_arguments(arguments, schema, defaults)[0]
    except ArgumentsError as error:
        return str(error)


class Texts(unittest.TestCase):
    """A text that does not fit is taken for the JSON in it."""

    def test_a_text_stands_for_its_json(self):
        for schema, text, value in [
            ({"type": "integer"}, "5", 5),
            ({"type": "integer"}, " -5\n", -5),
            ({"type": "number"}, "2.5", 2.5),
            ({"type": "boolean"}, "true", True),
            (NUMBERS, "[1, 2]", [1, 2]),
            (POINT, '{"x": 1}', {"x": 1}),
            ({"anyOf": [NUMBERS, NULL]}, "[1]", [1]),
            ({"anyOf": [NUMBERS, NULL]}, "null", None),
            ({"oneOf": [{"type": "integer"}, {"type": "number", "maximum": 0.5}]}, "0.5", 0.5),
            ({"enum": [1, 2]}, "2", 2),
            ({"const": 1}, "1", 1),
            ({"allOf": [{"type": "integer"}, {"minimum": 1}]}, "3", 3),
            ({"type": ["integer", "null"]}, "3", 3),
        ]:
            with self.subTest(schema=schema, text=text):
                got = fitted({"v": text}, takes(schema))
                self.assertEqual(got, {"v": value})
                self.assertIs(type(got["v"]), type(value))

    def test_at_any_depth(self):
        tree = {
            "type": "object",
            "properties": {
                "n": {"type": "integer"},
                "kids": {"type": "array", "items": {"$ref": "#/$defs/t"}},
            },
        }
        for schema, given, value in [
            (NUMBERS, ["1", 2, "3"], [1, 2, 3]),
            (NUMBERS, '["1", "2"]', [1, 2]),
            (POINT, {"x": "1", "y": 2}, {"x": 1, "y": 2}),
            ({"type": "array", "items": POINT}, ['{"x": "1"}'], [{"x": 1}]),
            ({"additionalProperties": {"type": "integer"}}, {"a": "1", "b": 2}, {"a": 1, "b": 2}),
            (
                {"patternProperties": {"^n": {"type": "integer"}}},
                {"n1": "1", "m": "1"},
                {"n1": 1, "m": "1"},
            ),
            (
                {"prefixItems": [{"type": "integer"}], "items": {"type": "boolean"}},
                ["1", "true"],
                [1, True],
            ),
            ({"anyOf": [NUMBERS, POINT]}, {"x": "1"}, {"x": 1}),
            ({"anyOf": [POINT, NUMBERS]}, ["1"], [1]),
            ({"allOf": [POINT]}, {"x": "1"}, {"x": 1}),
            (
                {"if": {"required": ["a"]}, "then": {"properties": {"n": {"type": "integer"}}}},
                {"a": 1, "n": "2"},
                {"a": 1, "n": 2},
            ),
            (
                {"if": {"required": ["a"]}, "else": {"properties": {"n": {"type": "integer"}}}},
                {"n": "2"},
                {"n": 2},
            ),
            (
                {"$ref": "#/$defs/t"},
                {"kids": [{"kids": '[{"n": "1"}]'}]},
                {"kids": [{"kids": [{"n": 1}]}]},
            ),
        ]:
            with self.subTest(schema=schema, given=given):
                self.assertEqual(
                    fitted({"v": given}, takes(schema, **{"$defs": {"t": tree}})), {"v": value}
                )

    def test_tuples_of_draft_07(self):
        schema = {
            "type": "array",
            "items": [{"type": "integer"}],
            "additionalItems": {"type": "boolean"},
        }
        schema = takes(schema, **{"$schema": "http://json-schema.org/draft-07/schema#"})
        self.assertEqual(fitted({"v": ["1", "true"]}, schema), {"v": [1, True]})

    def test_never_where_a_string_is_taken(self):
        for schema in [
            {"type": "string"},
            {"type": ["string", "integer"]},
            {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            {},
            {"enum": ["5", 5]},
            {"allOf": [{"minLength": 1}]},
            {"$ref": "#/$defs/text"},
            True,
        ]:
            with self.subTest(schema=schema):
                schema = takes(schema, **{"$defs": {"text": {"type": "string"}}})
                self.assertEqual(fitted({"v": "5"}, schema), {"v": "5"})

    def test_not_even_where_the_string_does_not_fit(self):
        for schema in [
            {"type": "string", "maxLength": 0},
            {"enum": ["a", 5]},
            {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "x"}]},
        ]:
            with self.subTest(schema=schema):
                self.assertRegex(fitted({"v": "5"}, takes(schema)), '^v: expected .*, got "5"$')

    def test_a_text_that_does_not_help_is_reported_as_it_came(self):
        for schema, text, problem in [
            ({"type": "integer"}, "five", 'v: expected an integer, got "five"'),
            ({"type": "integer"}, "2.5", 'v: expected an integer, got "2.5"'),
            (
                {"type": "integer"},
                '"5"',
                'v: expected an integer, got "\\"5\\""',
            ),  # tried once only
            ({"type": "integer"}, "[1]", 'v: expected an integer, got "[1]"'),
            ({"type": "number"}, "NaN", 'v: expected a number, got "NaN"'),
            ({"type": "number"}, "1e999", 'v: expected a number, got "1e999"'),
            ({"type": "integer"}, "9" * 500, 'v: expected an integer, got "' + "9" * 78 + "…"),
            ({"type": "integer", "minimum": 9}, "5", 'v: expected an integer, got "5"'),
            (NUMBERS, "[" * 50000, 'v: expected an array, got "' + "[" * 78 + "…"),
        ]:
            with self.subTest(text=text[:20]):
                self.assertEqual(fitted({"v": text}, takes(schema)), problem)

    def test_what_is_wrong_inside_a_text_is_named(self):
        for schema, text, problem in [
            (NUMBERS, '[1, "x"]', 'v[1]: expected an integer, got "x"'),
            (POINT, '{"y": 1}', "v.x: missing"),
        ]:
            with self.subTest(text=text):
                self.assertEqual(fitted({"v": text}, takes(schema)), problem)

    def test_what_the_client_sent_is_not_changed(self):
        arguments = {"v": [{"x": "1"}], "toolCallId": "c"}
        schema = takes({"items": POINT})
        self.assertEqual(fitted(arguments, schema), {"v": [{"x": 1}]})
        self.assertEqual(arguments, {"v": [{"x": "1"}], "toolCallId": "c"})


class Nulls(unittest.TestCase):
    def test_null_stands_for_a_default(self):
        for schema, given in [({"type": "integer"}, None), ({"type": "integer"}, "null")]:
            with self.subTest(given=given):
                self.assertEqual(fitted({"v": given}, takes(schema), {"v"}), {})

    def test_null_stays_where_it_is_taken(self):
        self.assertEqual(
            fitted({"v": None}, takes({"type": ["integer", "null"]}), {"v"}), {"v": None}
        )
        self.assertEqual(fitted({"v": "null"}, takes({"type": ["string"]}), {"v"}), {"v": "null"})
        self.assertEqual(
            fitted({"v": "null"}, takes({"type": ["null", "integer"]}), {"v"}), {"v": None}
        )

    def test_null_is_wrong_without_a_default(self):
        self.assertEqual(
            fitted({"v": None}, takes({"type": "integer"})), "v: expected an integer, got null"
        )


class Names(unittest.TestCase):
    def test_an_unknown_name_comes_with_the_closest_known_one(self):
        schema = {
            "type": "object",
            "properties": {"name": {"type": "string"}, "count": {"type": "integer"}},
            "required": ["name"],
            "additionalProperties": False,
        }
        for arguments, problem in [
            ({"nam": "x"}, "nam: not a parameter (did you mean name?); name: missing"),
            ({"name": "x", "zzz": 1}, "zzz: not a parameter"),
            (
                {"count": "x", "nam": 1},
                "nam: not a parameter (did you mean name?); "
                'count: expected an integer, got "x"; name: missing',
            ),
        ]:
            with self.subTest(arguments=arguments):
                self.assertEqual(fitted(arguments, schema), problem)

    def test_a_tool_without_parameters_says_so(self):
        schema = {"type": "object", "properties": {}, "additionalProperties": False}
        self.assertEqual(
            fitted({"path": "/"}, schema), "path: not a parameter; the tool takes none"
        )

    def test_many_unknown_names_are_counted(self):
        arguments = {f"unknown{number}": 1 for number in range(30)}
        text = fitted(dict(arguments, v="x"), takes({"type": "integer"}))
        self.assertEqual(text.count("not a parameter"), 20)
        self.assertTrue(text.endswith("; and 11 more"), text)
        with self.assertRaises(ArgumentsError) as caught:
            fit_arguments(dict(arguments), takes({}))
        self.assertEqual(caught.exception.problems[0], ("unknown0", "not a parameter"))

    def test_a_tool_that_takes_any_name_gets_it(self):
        for schema in [
            {"type": "object"},
            {"type": "object", "properties": {"a": {}}, "additionalProperties": True},
            {
                "type": "object",
                "properties": {"a": {}},
                "additionalProperties": {"type": "string"},
            },
            {
                "type": "object",
                "properties": {"a": {}},
                "patternProperties": {"^tool": {}},
                "additionalProperties": False,
            },
            {"$ref": "#/$defs/all", "$defs": {"all": {"properties": {"toolCallId": {}}}}},
        ]:
            with self.subTest(schema=schema):
                self.assertEqual(fitted({"toolCallId": "x"}, schema), {"toolCallId": "x"})


class ClientMembers(unittest.TestCase):
    """What clients add to the arguments of every call."""

    def test_they_are_ignored_where_the_tool_has_no_such_parameter(self):
        for member in CLIENT_MEMBERS:
            for schema in (takes({}), {"type": "object", "properties": {"v": {}}}):
                with self.subTest(member=member.name, schema=schema):
                    self.assertEqual(fitted({"v": 1, member.name: "x"}, schema), {"v": 1})

    def test_a_parameter_of_that_name_gets_its_value(self):
        schema = {
            "type": "object",
            "properties": {"action": {"type": "string"}},
            "additionalProperties": False,
        }
        self.assertEqual(fitted({"action": "go", "sessionId": "s"}, schema), {"action": "go"})

    def test_fillers_are_ignored_by_tools_without_parameters_only(self):
        nothing = {"type": "object", "properties": {}, "additionalProperties": False}
        for filler in FILLERS:
            with self.subTest(filler=filler.name):
                self.assertEqual(fitted({filler.name: "x"}, nothing), {})
                self.assertRegex(fitted({"v": 1, filler.name: "x"}, takes({})), "not a parameter")

    def test_each_has_a_source(self):
        for member in CLIENT_MEMBERS + FILLERS:
            with self.subTest(member=member.name):
                self.assertRegex(member.source, "^https://github.com/.+/[0-9]+$")


if __name__ == "__main__":
    unittest.main()
