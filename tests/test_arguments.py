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
            ({"type": "boolean"}, "False", False),
            ({"type": ["integer", "null"]}, "None", None),
            (NUMBERS, "[1, 2]", [1, 2]),
            (POINT, '{"x": 1}', {"x": 1}),
            ({"anyOf": [NUMBERS, NULL]}, "[1]", [1]),
            ({"anyOf": [NUMBERS, NULL]}, "null", None),
            ({"oneOf": [{"type": "integer"}, {"type": "number", "maximum": 0.5}]}, "0.5", 0.5),
            ({"enum": [1, 2]}, "2", 2),
            ({"const": 1}, "1", 1),
            ({"allOf": [{"type": "integer"}, {"minimum": 1}]}, "3", 3),
            ({"type": ["integer", "null"]}, "3", 3),
            ({"$ref": "#/$defs/n"}, "3", 3),
            ({"type": "integer"}, "1" + "0" * 399, 10**399),
        ]:
            with self.subTest(schema=schema, text=text):
                got = fitted({"v": text}, takes(schema, **{"$defs": {"n": {"type": "integer"}}}))
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
            (POINT, {"x": 1, "y": "2"}, {"x": 1, "y": 2}),
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

    def test_a_union_takes_the_alternative_that_needs_nothing_replaced(self):
        number, text = {"type": "integer"}, {"type": "string"}
        for alternatives, given, value in [
            ([{"properties": {"x": number}}, {"properties": {"x": text}}], {"x": "1"}, {"x": "1"}),
            (
                [
                    {"properties": {"x": number, "z": number}},
                    {"properties": {"x": text, "z": text, "y": number}},
                ],
                {"x": "no", "z": "1", "y": "2"},
                {"x": "no", "z": "1", "y": 2},
            ),
        ]:
            with self.subTest(given=given):
                schema = takes({"items": {"anyOf": alternatives}})
                schema["properties"]["n"] = number
                self.assertEqual(fitted({"v": [given], "n": "1"}, schema), {"v": [value], "n": 1})

    def test_never_where_a_string_is_taken(self):
        for schema in [
            {"type": "string"},
            {"type": ["string", "integer"]},
            {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            {},
            {"enum": ["5", 5]},
            {"allOf": [{"minLength": 1}]},
            {"$ref": "#/$defs/either"},
            {"allOf": [{"type": ["integer", "string"]}]},
            True,
        ]:
            with self.subTest(schema=schema):
                schema = takes(schema, **{"$defs": {"either": {"type": ["integer", "string"]}}})
                schema["properties"]["n"] = {"type": "integer"}
                self.assertEqual(fitted({"v": "5", "n": "1"}, schema), {"v": "5", "n": 1})

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
            ({"type": "integer"}, "9" * 401, 'v: expected an integer, got "' + "9" * 78 + "…"),
            ({"type": "integer"}, '{"a": 1}', 'v: expected an integer, got "{\\"a\\": 1}"'),
            (NUMBERS, "[" * 50000, 'v: expected an array, got "' + "[" * 78 + "…"),
        ]:
            with self.subTest(text=text[:20]):
                self.assertEqual(fitted({"v": text}, takes(schema)), problem)

    def test_what_is_wrong_with_the_json_in_a_text_is_named(self):
        choice = {"type": "integer", "enum": [1, 2]}
        for schema, text, problem in [
            ({"type": "integer", "minimum": 9}, "5", "v: expected a number >= 9, got 5"),
            ({"type": ["number", "null"], "maximum": 1}, "2", "v: expected a number <= 1, got 2"),
            (choice, "3", "v: expected one of [1, 2], got 3"),
            ({"anyOf": [choice, NULL]}, "3", "v: expected one of [1, 2] or null, got 3"),
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
        for given in (None, "null", " null\n"):
            with self.subTest(given=given):
                self.assertEqual(fitted({"v": given}, takes({"type": "integer"}), {"v"}), {})

    def test_null_stays_where_it_is_taken(self):
        self.assertEqual(
            fitted({"v": None}, takes({"type": ["integer", "null"]}), {"v"}), {"v": None}
        )
        self.assertEqual(fitted({"v": "null"}, takes({"type": ["string"]}), {"v"}), {"v": "null"})
        self.assertEqual(
            fitted({"v": "null"}, takes({"type": ["null", "integer"]}), {"v"}), {"v": None}
        )

    def test_another_text_does_not_stand_for_a_default(self):
        for text in ("abc", "zzz"):
            with self.subTest(text=text):
                got = fitted({"v": text}, takes({"type": "integer"}), {"v"})
                self.assertEqual(got, f'v: expected an integer, got "{text}"')

    def test_null_stands_for_a_member_that_may_be_left_out(self):
        point = {
            "type": "object",
            "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}, "z": NULL},
            "required": ["x"],
            "additionalProperties": {"type": "integer"},
        }
        for schema, given, expected in (
            (point, {"x": 1, "y": None}, {"x": 1}),
            (point, {"x": "1", "y": "null", "z": None}, {"x": 1, "z": None}),
            (point, '{"x": 1, "y": null}', {"x": 1}),
            ({"type": "array", "items": point}, [{"x": 1, "y": None}], [{"x": 1}]),
            ({"anyOf": [point, NULL]}, {"x": 1, "y": None}, {"x": 1}),
            ({"$ref": "#/$defs/p"}, {"x": 1, "y": None}, {"x": 1}),
            (point, {"x": None, "y": None}, "v.x: expected an integer, got null"),
            (point, {"x": 1, "w": None}, "v.w: expected an integer, got null"),
        ):
            with self.subTest(schema=schema, given=given):
                wanted = expected
                if not isinstance(expected, str):
                    wanted = {"v": expected}
                got = fitted({"v": given}, takes(schema, **{"$defs": {"p": point}}))
                self.assertEqual(got, wanted)

    def test_null_is_wrong_without_a_default(self):
        self.assertEqual(
            fitted({"v": None}, takes({"type": "integer"})), "v: expected an integer, got null"
        )


class Depth(unittest.TestCase):
    def test_texts_are_found_40_levels_down_and_in_many_places(self):
        node = {
            "type": "object",
            "properties": {
                "n": {"type": "integer"},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}]},
            },
        }
        given, value = {"n": "1"}, {"n": 1}
        for _ in range(40):
            given, value = {"next": given}, {"next": value}
        schema = takes({"items": {"$ref": "#/$defs/node"}}, **{"$defs": {"node": node}})
        self.assertEqual(fitted({"v": [given, given]}, schema), {"v": [value, value]})
        self.assertEqual(
            fitted({"v": [{"n": "1"} for _ in range(300)]}, schema), {"v": [{"n": 1}] * 300}
        )

    def test_what_is_nested_too_deep_is_refused_in_words(self):
        node = {"properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, NULL]}}}
        schema = takes({"$ref": "#/$defs/node"}, **{"$defs": {"node": node}})
        for depth in (70, 900):
            for leaf in ({}, "[1]"):
                with self.subTest(depth=depth, leaf=leaf):
                    value = leaf
                    for _ in range(depth):
                        value = {"next": value}
                    self.assertRegex(
                        fitted({"v": value}, schema), "^v.next.next.*: nested too deep"
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
            ({"NAME": "x"}, "NAME: not a parameter (did you mean name?); name: missing"),
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
        self.assertEqual(len(caught.exception.problems), 20)
        self.assertEqual(caught.exception.problems[0], ("unknown0", "not a parameter"))

    def test_problems_of_names_and_values_are_counted_together(self):
        for unknown, wrong, end in [
            (3, 30, "; and 13 more"),
            (3, 17, 'got "x"'),
            (25, 30, "; and 35 more"),
        ]:
            with self.subTest(unknown=unknown, wrong=wrong):
                arguments = {f"unknown{number}": 1 for number in range(unknown)}
                text = fitted(dict(arguments, v=["x"] * wrong), takes(NUMBERS))
                self.assertEqual(text.count("not a parameter"), min(unknown, 20))
                self.assertTrue(text.endswith(end), text)
                with self.assertRaises(ArgumentsError) as caught:
                    fit_arguments(dict(arguments, v=["x"] * wrong), takes(NUMBERS))
                self.assertEqual(len(caught.exception.problems), 20)

    def test_other_names_are_let_through_where_the_schema_does_not_forbid_them(self):
        schema = {"type": "object", "properties": {"v": {"type": "integer"}}}
        self.assertEqual(fitted({"v": "x", "w": 1}, schema), 'v: expected an integer, got "x"')
        self.assertEqual(fitted({"v": "1", "w": "1"}, schema), {"v": 1, "w": "1"})

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
            {"properties": {"a": {}}, "allOf": [{"properties": {"toolCallId": {}}}]},
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
