"""What a function returned, as a CallToolResult: data of every kind, content, Results."""

import array
import collections
import concurrent.futures
import contextlib
import datetime
import decimal
import enum
import fractions
import ipaddress
import math
import pathlib
import subprocess
import types
import unittest
import uuid
from typing import List, Optional, Union

try:
    import sqlite3
except ImportError:  # a Python that was built without
    sqlite3 = None

from cwd_server.toolkit import tool
from cwd_server.toolkit.call import Result
from cwd_server.toolkit.content import Image, Link
from cwd_server.toolkit.errors import ToolError
from cwd_server.toolkit.plain_json import NotJSONError, to_json
from cwd_server.toolkit.results import to_result
from cwd_server.toolkit.tool import tool_of

UTC = datetime.timezone.utc
IMAGE = Image(b"png")
OBJECT = {"type": "object"}


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Tag(str, enum.Enum):
    A = "a"


class Text(str):
    pass


class Numbers(list):
    pass


class Array:
    """What numpy's arrays and pandas' series have in common."""

    def __init__(self, items):
        self.items = items

    def tolist(self):
        return self.items


class NotATime(datetime.datetime):
    """What pandas has for a time that is missing."""

    def __eq__(self, other):
        return False

    def __ne__(self, other):
        return True

    def __str__(self):
        return "NaT"


class Model:
    """What pydantic's models have in common."""

    __get_pydantic_core_schema__ = None

    def __init__(self, data):
        self.data = data

    def model_dump(self, mode, by_alias):
        assert (mode, by_alias) == ("json", True)
        if self.data is None:
            raise ValueError("no way")
        return self.data


class PlainJSON(unittest.TestCase):
    def test_values(self):
        pair = collections.namedtuple("pair", "a b")
        moment = datetime.datetime(2024, 1, 31, 15, 4, 5)
        for value, expected in [
            (None, None),
            (True, True),
            ("ä", "ä"),
            (Text("x"), "x"),
            (1, 1),
            (-(10**300), -(10**300)),
            (1.5, 1.5),
            ((1, "a"), [1, "a"]),
            (pair(1, [2]), [1, [2]]),
            ({1}, [1]),
            (frozenset("a"), ["a"]),
            (collections.deque([1]), [1]),
            (range(2), [0, 1]),
            (Numbers([1]), [1]),
            (iter([1, 2]), [1, 2]),
            (map(str, [1]), ["1"]),
            ((item for item in "ab"), ["a", "b"]),
            ({"a": 1}.keys(), ["a"]),
            ({"a": 1}.values(), [1]),
            ({"a": 1}.items(), [["a", 1]]),
            (collections.OrderedDict(a=1), {"a": 1}),
            (collections.Counter("aa"), {"a": 2}),
            (collections.UserDict(a=1), {"a": 1}),
            (collections.UserString("x"), "x"),
            (types.MappingProxyType({"a": (1,)}), {"a": [1]}),
            (Color.RED, "red"),
            (Level.LOW, 1),
            (Tag.A, "a"),
            (datetime.date(2024, 1, 31), "2024-01-31"),
            (moment, "2024-01-31T15:04:05"),
            (moment.replace(tzinfo=UTC), "2024-01-31T15:04:05Z"),
            (datetime.time(15, 4), "15:04:00"),
            (datetime.timedelta(days=1, seconds=1.5), "P1DT1.5S"),
            (decimal.Decimal("1.10"), "1.10"),
            (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
            (pathlib.PurePosixPath("/a"), "/a"),
            (b"ab", "YWI="),
            (bytearray(b"ab"), "YWI="),
            (memoryview(b"ab"), "YWI="),
            (array.array("i", [1, 2]), [1, 2]),
            (Array([1, [Array(2)]]), [1, [2]]),
            (Model({"when": moment}), {"when": "2024-01-31T15:04:05"}),
        ]:
            with self.subTest(value=value):
                got = to_json(value)
                self.assertEqual(got, expected)
                self.assertIs(type(got), type(expected))

    @unittest.skipIf(sqlite3 is None, "needs sqlite3")
    def test_rows_of_a_database_are_what_their_columns_are_called(self):
        with contextlib.closing(sqlite3.connect(":memory:")) as connection:
            query = "SELECT 1 AS a, 'x' AS b, 2 AS b"
            self.assertEqual(to_json(connection.execute(query)), [[1, "x", 2]])
            connection.row_factory = sqlite3.Row
            self.assertEqual(to_json(connection.execute(query)), [{"a": 1, "b": "x"}])

    def test_keys(self):
        for key, name in [
            (1, "1"),
            (1.5, "1.5"),
            (True, "true"),
            (False, "false"),
            (None, "null"),
            (Text("x"), "x"),
            (Color.RED, "red"),
            (Level.LOW, "1"),
            (datetime.date(2024, 1, 31), "2024-01-31"),
            (uuid.UUID(int=1), str(uuid.UUID(int=1))),
            (pathlib.PurePosixPath("/a"), "/a"),
        ]:
            with self.subTest(key=key):
                self.assertEqual(to_json({key: 0}), {name: 0})

    def test_what_json_cannot_say(self):
        endless = []
        endless.append(endless)
        for value, problem in [
            ({"rows": [1, 2, 3, {"price": math.nan}]}, "result.rows[3].price: nan is not JSON"),
            ([math.inf], "result[0]: inf is not JSON"),
            (-math.inf, "result: -inf is not JSON"),
            (
                {"n": 10**400},
                "result.n: an integer above 1.8e308 is not for JSON's readers; send it as text",
            ),
            (
                {"a": object()},
                "result.a: object is not a type that JSON can say; return a dict or a dataclass",
            ),
            (
                subprocess.CompletedProcess([], 0),
                "result: CompletedProcess is not a type that JSON can say; return its stdout",
            ),
            (
                [concurrent.futures.Future()],
                "result[0]: Future is not a type that JSON can say; wait for it, and return",
            ),
            (
                1j,
                "result: complex is not a type that JSON can say; return its text",
            ),
            (
                (fractions.Fraction(1),),
                "result[0]: Fraction is not a type that JSON can say; return float(…)",
            ),
            (
                ipaddress.ip_address("::1"),
                "result: IPv6Address is not a type that JSON can say; return str(…) of it",
            ),
            (
                [ConnectionError("no")],
                "result[0]: ConnectionError is not a type that JSON can say; return str(…) of it,"
                " or raise ToolError",
            ),
            (types, "result: module is not a type"),
            ([UTC], "result[0]: timezone is not a type that JSON can say; return its name"),
            (NotATime(1, 1, 1), "result: NaT is not JSON"),
            (Image, "result: type is not a type"),
            ({(1, 2): 3}, "result: the key (1, 2) is not a text; JSON has no other keys"),
            ({math.nan: 3}, "result: the key nan: nan is not JSON"),
            ({1: "a", "1": "b"}, "result: the keys 1 and '1' are the same in JSON"),
            ({"a": {"1": "b", 1: "a"}}, "result.a: the keys '1' and 1 are the same in JSON"),
            ({True: "a", "true": "b"}, "result: the keys True and 'true' are the same in JSON"),
            (endless, "result: it contains itself, or is nested too deep"),
            (Array([math.nan]), "result[0]: nan is not JSON"),
            ({"m": Model({"x": math.nan})}, "result.m.x: nan is not JSON"),
            ([Model(None)], "result[0]: pydantic cannot send it: no way"),
            ({"k" * 80: math.nan}, "result." + "k" * 80 + ": nan is not JSON"),
            ({"k" * 81: math.nan}, "result." + "k" * 79 + "…: nan is not JSON"),
        ]:
            with self.subTest(problem=problem):
                with self.assertRaises(NotJSONError) as caught:
                    to_json(value)
                self.assertTrue(str(caught.exception).startswith(problem), caught.exception)

    def test_a_file_is_not_read(self):
        with open(__file__, "rb") as file, self.assertRaisesRegex(
            NotJSONError, "^meta: BufferedReader is not a type that JSON can say"
        ):
            to_json(file, "meta")

    def test_nothing_is_shared(self):
        value = {"a": [{"b": []}]}
        converted = to_json(value)
        converted["a"][0]["b"].append(1)
        self.assertEqual(value, {"a": [{"b": []}]})


def text(data):
    return {"type": "text", "text": data}


class Results(unittest.TestCase):
    def test_without_a_schema(self):
        for value, expected in [
            (None, {"content": []}),
            ("ä", {"content": [text("ä")]}),
            (Text("x"), {"content": [text("x")]}),
            (5, {"content": [text("5")], "structuredContent": 5}),
            (Color.RED, {"content": [text("red")], "structuredContent": "red"}),
            ({"ä": 1}, {"content": [text('{"ä": 1}')], "structuredContent": {"ä": 1}}),
            (["a", None], {"content": [text('["a", null]')], "structuredContent": ["a", None]}),
            ([], {"content": [text("[]")], "structuredContent": []}),
            (IMAGE, {"content": [IMAGE]}),
            ([IMAGE, "a", None, {"b": 1}], {"content": [IMAGE, text("a"), text('{"b": 1}')]}),
            ((IMAGE,), {"content": [IMAGE]}),
            (
                Link("file:///a", "a", lastModified=datetime.date(2024, 1, 31)),
                {"content": [Link("file:///a", "a", lastModified="2024-01-31")]},
            ),
        ]:
            with self.subTest(value=value):
                result = to_result(value)
                self.assertEqual(result, expected)
                self.assertIs(type(result), Result)

    def test_with_a_schema(self):
        nullable = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
        for value, schema, expected in [
            (
                {"a": (1,)},
                OBJECT,
                {"content": [text('{"a": [1]}')], "structuredContent": {"a": [1]}},
            ),
            (None, nullable, {"content": [text("null")], "structuredContent": None}),
            ("red", {"enum": ["red"]}, {"content": [text("red")], "structuredContent": "red"}),
            (
                [IMAGE, "a"],
                {"type": "array"},
                {"content": [IMAGE, text("a")], "structuredContent": [IMAGE, "a"]},
            ),
        ]:
            with self.subTest(value=value):
                self.assertEqual(to_result(value, schema), expected)

    def test_what_the_schema_does_not_allow(self):
        with self.assertRaises(ToolError) as caught:
            to_result([1, "a", "b"], {"type": "array", "items": {"type": "integer"}})
        self.assertEqual(
            str(caught.exception),
            "The tool returned what its output schema does not allow: "
            'result[1]: expected an integer, got "a"; result[2]: expected an integer, got "b"',
        )

    def test_what_cannot_be_sent(self):
        for value, problem in [
            ([IMAGE, {"a": math.nan}], "^result[1].a: nan is not JSON$"),
            ({"a": math.nan}, "^result.a: nan is not JSON$"),
            (Result("x", {"a": math.nan}), "^result.a: nan is not JSON$"),
            (["a", Link("file:///a", "a", size=math.nan)], "^result[1].size: nan is not JSON$"),
            (
                Result([IMAGE, {"type": "text", "text": math.nan}]),
                "^result.content[1].text: nan is not JSON$",
            ),
        ]:
            refused = self.assertRaisesRegex(ToolError, problem.replace("[1]", r"\[1\]"))
            with self.subTest(value=value), refused:
                to_result(value)


class ResultsOfTheAuthors(unittest.TestCase):
    def test_without_data(self):
        self.assertEqual(to_result(Result(["a", IMAGE])), {"content": [text("a"), IMAGE]})

    def test_one_block_alone(self):
        self.assertEqual(to_result(Result(IMAGE, [1]))["content"], [IMAGE])

    def test_what_is_no_content(self):
        for content, name in ((5, "int"), ({"a": 1}, "dict"), (["a", None], "NoneType")):
            with self.subTest(content=content), self.assertRaisesRegex(
                TypeError, f"^Result: {name} is no content; .* and data as the second argument$"
            ):
                Result(content)

    def test_data_becomes_json(self):
        result = to_result(Result("a", {"when": datetime.date(2024, 1, 31)}), OBJECT)
        self.assertEqual(
            result, {"content": [text("a")], "structuredContent": {"when": "2024-01-31"}}
        )

    def test_other_members_stay(self):
        result = Result("a")
        result["_meta"] = {"x": 1}
        self.assertEqual(to_result(result), {"content": [text("a")], "_meta": {"x": 1}})

    def test_it_is_not_changed(self):
        result = Result("a", {"when": datetime.date(2024, 1, 31)})
        self.assertEqual(to_result(result), to_result(result))
        self.assertEqual(result["structuredContent"], {"when": datetime.date(2024, 1, 31)})

    def test_data_that_the_schema_promises(self):
        with self.assertRaisesRegex(
            ToolError, r"promises data: return Result\(content, structured\)"
        ):
            to_result(Result("a"), OBJECT)
        failed = Result("a")
        failed["isError"] = True
        self.assertEqual(to_result(failed, OBJECT), {"content": [text("a")], "isError": True})
        with self.assertRaisesRegex(
            ToolError, r"does not allow: result: expected an object, got \[\]"
        ):
            to_result(Result("a", []), OBJECT)


class Declared(unittest.TestCase):
    """The annotation of a result, its schema and the value together."""

    def test_results_of_tools(self):
        integers = {"type": "array", "items": {"type": "integer"}}
        for annotation, schema, value, expected in [
            (
                List[int],
                integers,
                (1, 2),
                {"content": [text("[1, 2]")], "structuredContent": [1, 2]},
            ),
            (Optional[str], None, None, {"content": []}),
            (str, None, "x", {"content": [text("x")]}),
            (complex, None, "x", {"content": [text("x")]}),
            (List[Union[str, Image]], None, [IMAGE, "x"], {"content": [IMAGE, text("x")]}),
        ]:
            with self.subTest(annotation=annotation):

                def give(value=value):
                    return value

                give.__annotations__ = {"value": object, "return": annotation}
                made = tool_of(tool(give))
                self.assertEqual(made.definition.get("outputSchema"), schema)
                self.assertEqual(made.to_result(made.function()), expected)


if __name__ == "__main__":
    unittest.main()
