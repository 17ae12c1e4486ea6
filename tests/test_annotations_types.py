"""Every type: its schema, what a function gets for which JSON, and what is refused."""

import collections.abc
import datetime
import decimal
import enum
import numbers
import os
import pathlib
import sys
import types
import typing
import unittest
import unittest.mock
import uuid
from typing import (
    Any,
    Dict,
    FrozenSet,
    Iterable,
    List,
    Mapping,
    NewType,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from cwd_server.toolkit.annotations.signature import read_parameters
from cwd_server.toolkit.arguments import fit_arguments
from cwd_server.toolkit.call import Call
from cwd_server.toolkit.errors import ArgumentsError, DeclarationError
from cwd_server.toolkit.jsonschema.support import find_unsupported

NEW = sys.version_info
UTC = datetime.timezone.utc

Identifier = NewType("Identifier", int)
T = typing.TypeVar("T")
Bound = typing.TypeVar("Bound", bound=int)
Constrained = typing.TypeVar("Constrained", int, str)
Json = Union[None, int, float, str, "List[Json]", "Dict[str, Json]"]
Nested = List["Nested"]


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Tag(str, enum.Enum):
    A = "a"


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Shade(enum.Enum):
    LIGHT = "light"

    @classmethod
    def _missing_(cls, value):
        if str(value).lower() == "light":
            return cls.LIGHT
        return None


class Day(enum.Enum):
    FIRST = datetime.date(2024, 1, 31)


def taking(annotation):
    """Return a function whose parameter `value` has this annotation."""

    def take(value):
        pass

    take.__annotations__["value"] = annotation
    return take


def schema_of(annotation):
    """Return the schema of a type, as that of a parameter."""
    schema = read_parameters(taking(annotation)).schema
    assert not find_unsupported(schema, "schema")
    return schema["properties"]["value"]


def converted(annotation, value):
    """Return what a function gets for JSON; raise ArgumentsError."""
    parameters = read_parameters(taking(annotation))
    fitted, checker = fit_arguments({"value": value}, parameters.schema, parameters.defaults)
    return parameters.convert(fitted, checker)["value"]


def text(format_name):
    return {"type": "string", "format": format_name}


def array(items=None, **more):
    if items is not None:
        more["items"] = items
    return {"type": "array", **more}


INTEGER = {"type": "integer"}
STRING = {"type": "string"}

SCHEMAS = [
    (str, STRING),
    (bool, {"type": "boolean"}),
    (int, INTEGER),
    (float, {"type": "number"}),
    (None, {"type": "null"}),
    (Any, {}),
    (object, {}),
    (list, array()),
    (List, array()),
    (List[int], array(INTEGER)),
    (Sequence[int], array(INTEGER)),
    (Iterable[str], array(STRING)),
    (typing.Collection[str], array(STRING)),
    (tuple, array()),
    (Tuple, array()),
    (Tuple[int, ...], array(INTEGER)),
    (Tuple[int, str], array(minItems=2, maxItems=2, prefixItems=[INTEGER, STRING])),
    (Tuple[()], array(minItems=0, maxItems=0)),
    (Set[str], array(STRING, uniqueItems=True)),
    (FrozenSet[str], array(STRING, uniqueItems=True)),
    (typing.AbstractSet[str], array(STRING, uniqueItems=True)),
    (Set[int], array(INTEGER, uniqueItems=True, maxItems=5000)),
    (set, array(uniqueItems=True, maxItems=5000)),
    (Set[uuid.UUID], array(text("uuid"), uniqueItems=True, maxItems=5000)),
    (Set[datetime.date], array(text("date"), uniqueItems=True)),
    (typing.Deque[int], array(INTEGER)),
    (dict, {"type": "object"}),
    (Dict, {"type": "object"}),
    (Dict[str, int], {"type": "object", "additionalProperties": INTEGER}),
    (Mapping[str, int], {"type": "object", "additionalProperties": INTEGER}),
    (Mapping[str, Any], {"type": "object"}),
    (Dict[Any, Any], {"type": "object"}),
    (
        Dict[int, str],
        {
            "type": "object",
            "additionalProperties": STRING,
            "propertyNames": {"pattern": "^(0|-?[1-9][0-9]{0,307})$"},
            "maxProperties": 5000,
        },
    ),
    (
        Dict[Tag, int],
        {
            "type": "object",
            "additionalProperties": INTEGER,
            "propertyNames": {"type": "string", "enum": ["a"]},
        },
    ),
    (Optional[int], {"anyOf": [INTEGER, {"type": "null"}]}),
    (Union[int, str, None], {"anyOf": [INTEGER, STRING, {"type": "null"}]}),
    (Color, {"type": "string", "enum": ["red", "blue"]}),
    (Level, {"description": "1 = LOW, 2 = HIGH", "type": "integer", "enum": [1, 2]}),
    (Tag, {"type": "string", "enum": ["a"]}),
    (Day, {"type": "string", "enum": ["2024-01-31"]}),
    (Shade, {"type": "string", "enum": ["light"]}),
    (Access, {"description": "a sum of 1 = READ, 2 = WRITE", "type": "integer"}),
    (
        enum.Enum("Mixed", {"A": 1, "B": 1.5, "C": None, "D": "d"}),
        {
            "description": '1 = A, 1.5 = B, null = C, "d" = D',
            "type": ["number", "null", "string"],
            "enum": [1, 1.5, None, "d"],
        },
    ),
    (datetime.date, text("date")),
    (datetime.datetime, text("date-time")),
    (datetime.time, text("time")),
    (datetime.timedelta, text("duration")),
    (uuid.UUID, text("uuid")),
    (pathlib.Path, text("path")),
    (pathlib.PurePosixPath, text("path")),
    (decimal.Decimal, {"anyOf": [{"type": "number"}, STRING]}),
    (bytes, {"type": "string", "contentEncoding": "base64"}),
    (Identifier, INTEGER),
    (T, {}),
    (List[T], array()),
    (Bound, INTEGER),
    (Constrained, {"anyOf": [INTEGER, STRING]}),
]

# annotation, JSON, what the function gets
VALUES = [
    (str, "x", "x"),
    (int, 2.0, 2),
    (int, 10**400, 10**400),
    (float, 1, 1.0),
    (bool, True, True),
    (Any, {"a": [1]}, {"a": [1]}),
    (List[float], [1, 2], [1.0, 2.0]),
    (Sequence[int], [1], [1]),
    (tuple, [1, "a"], (1, "a")),
    (Tuple[int, ...], [1, 2], (1, 2)),
    (Tuple[float, str], [1, "a"], (1.0, "a")),
    (Tuple[()], [], ()),
    (Set[int], [1, 2.0], {1, 2}),
    (typing.AbstractSet[str], ["a"], {"a"}),
    (FrozenSet[str], ["a"], frozenset("a")),
    (typing.Deque[int], [1], collections.deque([1])),
    (Dict[str, float], {"a": 1}, {"a": 1.0}),
    (Dict[int, str], {"1": "a", "-20": "b", "0": "c"}, {1: "a", -20: "b", 0: "c"}),
    (Dict[Color, int], {"red": 1}, {Color.RED: 1}),
    (Dict[datetime.date, int], {"2024-01-31": 1}, {datetime.date(2024, 1, 31): 1}),
    (Optional[float], 1, 1.0),
    (Optional[float], None, None),
    (Union[int, str], "5", "5"),
    (Union[List[float], Dict[str, float]], {"a": 1}, {"a": 1.0}),
    (Union[int, datetime.date, str], "2024-01-31", datetime.date(2024, 1, 31)),
    (Union[int, datetime.date, str], "yesterday", "yesterday"),
    (Union[List[datetime.date], List[str]], ["2024-01-31", "x"], ["2024-01-31", "x"]),
    (Color, "red", Color.RED),
    (Level, 2.0, Level.HIGH),
    (Day, "2024-01-31", Day.FIRST),
    (Shade, "light", Shade.LIGHT),
    (List[Shade], ["Light"], [Shade.LIGHT]),
    (Set[Tuple[int, FrozenSet[str]]], [[1, ["a"]]], {(1, frozenset("a"))}),
    (Access, 3.0, Access.READ | Access.WRITE),
    (datetime.date, "2024-01-31", datetime.date(2024, 1, 31)),
    (
        datetime.datetime,
        "2024-01-31T15:04:05Z",
        datetime.datetime(2024, 1, 31, 15, 4, 5, tzinfo=UTC),
    ),
    (datetime.time, "15:04:05", datetime.time(15, 4, 5)),
    (datetime.timedelta, "P1DT2H", datetime.timedelta(days=1, hours=2)),
    (uuid.UUID, "00000000-0000-0000-0000-000000000001", uuid.UUID(int=1)),
    (pathlib.Path, "/a/b", pathlib.Path("/a/b")),
    (pathlib.PurePosixPath, "a", pathlib.PurePosixPath("a")),
    (decimal.Decimal, 0.1, decimal.Decimal("0.1")),
    (decimal.Decimal, "1.10", decimal.Decimal("1.10")),
    (bytes, "YWI=", b"ab"),
    (bytes, "-_8=", b"\xfb\xff"),
    (Identifier, 1.0, 1),
    (Json, {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
    (Nested, [[], [[]]], [[], [[]]]),
]

# annotation, JSON, what is wrong
PROBLEMS = [
    (int, True, "value: expected an integer, got true"),
    (float, 10**400, "value: expected a number that a double can hold"),
    (List[int], [1, "a"], r'value\[1\]: expected an integer, got "a"'),
    (Tuple[int, str], [1], "value: expected 2 or more items"),
    (Tuple[int, str], [1, "a", 2], "value: expected 2 or fewer items"),
    (Tuple[()], [1], "value: expected 0 or fewer items"),
    (Set[int], [1, 1.0], r"value\[1\]: the same as item 0"),
    (set, [[1]], "value: its items must be texts, numbers or the like, not arrays or objects"),
    (Set[int], list(range(5001)), "value: expected 5000 or fewer items"),
    (Dict[int, int], {"01": 1}, "value.01: "),
    (Dict[int, int], {"1" * 309: 1}, "value.1+…: expected a match for"),
    (Dict[uuid.UUID, int], {"A" * 32: 1, "a" * 32: 2}, "value.a+: the same key as another one"),
    (
        Dict[str, datetime.date],
        {"a": "x", "b": "y"},
        'value.a: expected a date .*; value.b: expected a date .*, got "y"',
    ),
    (Optional[datetime.date], "x", "value: expected a date such as 2024-01-31, got"),
    (
        Union[datetime.date, uuid.UUID],
        "x",
        'value: expected a date .*, got "x", or expected a UUID, got "x"',
    ),
    (Union[uuid.UUID, List[datetime.date]], ["x"], r"value\[0\]: expected a date"),
    (  # a member that has no name, and one that has
        Union[Dict[str, datetime.date], Dict[str, uuid.UUID]],
        {"": "x", "a": "x"},
        'value: expected a date .*, got "x"; value.a: expected a date .*, got "x"$',
    ),
    (Color, "green", r"value: expected one of \[\"red\", \"blue\"\]"),
    (Shade, "dark", r'value: expected one of \["light"\], got "dark"'),
    (Color, None, r"value: expected one of \[\"red\", \"blue\"\], got null"),
    (Level, "LOW", r"value: expected one of \[1, 2\], got \"LOW\""),
    (Optional[Level], "LOW", r"value: expected one of \[1, 2\] or null, got \"LOW\""),
    (Access, 4, "value: 4 has bits that mean nothing here"),
    (datetime.datetime, "soon", "value: expected a date and time such as 2024-01-31T15:04:05Z"),
    (datetime.time, "25:00", "value: expected a time such as 15:04:05"),
    (datetime.timedelta, "P", "value: expected a duration such as P1DT2H30M"),
    (uuid.UUID, "1", "value: expected a UUID"),
    (decimal.Decimal, "abc", 'value: expected a number such as "1.10"'),
    (decimal.Decimal, "NaN", 'value: expected a number such as "1.10"'),
    (datetime.timedelta, 300, r"value: expected a string \(duration\), got 300$"),
    (Optional[datetime.date], 5, r"value: expected a string \(date\) or null, got 5$"),
    (bytes, [1], r"value: expected a string \(base64\), got \[1\]$"),
    (bytes, "YWI", "value: expected base64"),
    (bytes, "YW I=", "value: expected base64"),
    (bytes, "ä" * 100, 'value: expected base64, got "ä{79}…"'),
    (Json, {"a": [1, {"b": True}]}, "value"),
]

# annotation, and what to write instead
UNSUPPORTED = [
    (complex, "parameter value: complex is not supported; take str and parse it"),
    (List[complex], "parameter value: complex is not supported; take str and parse it"),
    (typing.Callable[[int], int], "take the name of the function as a Literal"),
    (bytearray, "take bytes"),
    (range, "take two of int"),
    (typing.DefaultDict[str, int], "take Dict"),
    (typing.Counter[str], "take Dict"),
    (typing.Iterator[int], r"Iterator\[int\] is not supported; take List\[…\] of its items"),
    (type("Name", (str,), {}), "Name is not supported; take str and make the Name of it"),
    (type("Count", (int,), {}), "Count is not supported; take int and make the Count of it"),
    (type("Rows", (list,), {}), r"Rows is not supported; take List\[…\] and make the Rows of it"),
    (numbers.Number, "Number is not supported; take float"),
    (os.PathLike, "PathLike is not supported; take Path"),
    (pathlib.WindowsPath if os.name == "posix" else pathlib.PosixPath, "Path is not supported; "),
    (List[Call], "Call is not supported; take it as a parameter of its own: call: Call"),
    ([int], r"is not supported; write a type, such as List\[int\]"),
    ({"a": int}, r"is not supported; write a type, such as Dict\[str, int\]"),
    ((int, str), r"is not supported; write a type, such as Tuple\[int, str\]"),
    (any, "is not supported; write Any, of typing"),
    (taking, "is not supported; it is a function; write a type"),
    (callable, "is not supported; it is a function; write a type"),
    (datetime.datetime.now, "is not supported; it is a function; write a type"),
    (datetime, "value: datetime is not supported; it is a module; write a type that is in it"),
    (Color.RED, "Color.RED is not supported; it is a value, of the type Color; write a type"),
    (Ellipsis, "it is a value, of the type ellipsis; write a type"),
    (Optional, r"value: Optional is not supported; write Optional\[int\]"),
    (Union, r"value: Union is not supported; write Union\[int, str\]"),
    (
        Dict[float, int],
        r"float as the keys of a dict: those of JSON are texts; write Dict\[str, …\]",
    ),
    (Dict[Tuple[int, int], int], "as the keys of a dict"),
    (Dict[Level, int], "Level as the keys of a dict"),
    (
        unittest.TestCase,
        "TestCase is not supported; make it a dataclass, or take what it is made of; ",
    ),
    (
        enum.Enum("Odd", {"A": (1, 2)}),
        r"<Odd.A: \(1, 2\)> is not a choice in JSON; use texts, numbers, booleans or None, or declare"
        r' the parameter as Literal\["A", …\] and call Odd\[name\]$',
    ),
    (Set[List[int]], r"List\[int\] cannot be in a set, .*; write List\[List\[int\]\]"),
    (FrozenSet[Tuple[int, Dict[str, int]]], "cannot be in a set"),
    (enum.Enum("Nan", {"A": float("nan")}), "is not a choice in JSON"),
    (enum.Enum("Empty", {}), "nothing to choose from"),
    (enum.Flag("NoFlags", {}), "nothing to choose from"),
    (1, r"1 is not supported; write a type, or Literal\[1\]"),
]


def newer_unsupported():
    """Return what is refused of forms that not every Python has."""
    for name in ("Final", "ClassVar", "Self", "TypeGuard"):
        form = getattr(typing, name, None)
        if form is not None:
            yield form, name + " is not supported; supported are str, int"
    if NEW >= (3, 8):
        yield typing.Literal, r'value: Literal is not supported; write Literal\["a", "b"\]'
        yield (
            typing.Literal[["a"]],
            r"\['a'\] is not a choice .*; write Literal.*tuple\(values\)\]$",
        )
    if NEW >= (3, 9):
        yield typing.Annotated, r'value: Annotated is not supported; write Annotated\[int, "how'
        # Python itself takes any number of types here
        for hint in (list[int, str], collections.abc.Sequence[int, str], set[int, int]):
            yield hint, r" has one type in its brackets, .*; write List\[Union\[…\]\] for items of"
        for hint in (dict[str], collections.abc.Mapping[str, int, int]):
            yield (
                hint,
                r" has two types in its brackets, of keys and of values; write Dict\[str, …",
            )
    if NEW >= (3, 10):
        yield types.UnionType, "UnionType is not supported; |Union is not supported; write Union"
        yield typing.TypeGuard[int], r"TypeGuard\[int\] is not supported; supported are str, int"


class Types(unittest.TestCase):
    def test_schemas(self):
        for annotation, schema in SCHEMAS:
            with self.subTest(annotation=annotation):
                self.assertEqual(schema_of(annotation), schema)

    def test_values(self):
        for annotation, value, expected in VALUES:
            with self.subTest(annotation=annotation, value=value):
                got = converted(annotation, value)
                self.assertEqual(got, expected)
                self.assertIs(type(got), type(expected))

    def test_problems(self):
        for annotation, value, problem in PROBLEMS:
            refused = self.assertRaisesRegex(ArgumentsError, "^" + problem)
            with self.subTest(annotation=annotation), refused:
                converted(annotation, value)

    def test_many_problems_are_counted(self):
        with self.assertRaises(ArgumentsError) as caught:
            converted(List[List[datetime.date]], [["x"] * 500] * 9)
        self.assertEqual(len(caught.exception.problems), 20)
        self.assertTrue(str(caught.exception).startswith("value[0][0]: expected a date"))
        self.assertTrue(str(caught.exception).endswith("; and 4,480 more"))

    def test_a_long_text_is_cut(self):
        for length, shown in [(80, "x" * 80), (81, "x" * 79 + "…")]:
            refused = self.assertRaisesRegex(ArgumentsError, f'got "{shown}"$')
            with self.subTest(length=length), refused:
                converted(datetime.date, "x" * length)

    def test_a_long_name_is_cut(self):
        with self.assertRaisesRegex(ArgumentsError, "^value.k{193}…: expected a date"):
            converted(Dict[str, datetime.date], {"k" * 1000: "x"})

    def test_unsupported(self):
        for annotation, problem in [*UNSUPPORTED, *newer_unsupported()]:
            refused = self.assertRaisesRegex(DeclarationError, problem)
            with self.subTest(annotation=annotation), refused:
                schema_of(annotation)

    def test_a_union_inside_itself_is_a_definition(self):
        schema = read_parameters(taking(Json)).schema
        self.assertEqual(schema["properties"]["value"], {"$ref": "#/$defs/Json"})
        alternatives = schema["$defs"]["Json"]["anyOf"]
        self.assertEqual(alternatives[-2], {"type": "array", "items": {"$ref": "#/$defs/Json"}})
        self.assertEqual(list(schema["$defs"]), ["Json"])

    def test_a_type_that_is_used_twice_is_defined_once(self):
        def take(a: Json, b: List[Json], c: Nested):
            pass

        schema = read_parameters(take).schema
        self.assertEqual(
            schema["properties"]["b"], {"type": "array", "items": {"$ref": "#/$defs/Json"}}
        )
        self.assertEqual(sorted(schema["$defs"]), ["Json", "Nested"])

    def test_unions_inside_unions_take_linear_time(self):
        """A value 30 deep, of which every level fits two alternatives: 2 ** 30 ways."""
        tree = "no date"
        for _ in range(30):
            tree = {"left": tree}
        with self.assertRaisesRegex(ArgumentsError, r"^value(\.left){30}: expected a date such"):
            converted(Deep, tree)


Deep = Union["Dict[str, Union[Deep, datetime.date]]", "Mapping[str, Union[Deep, datetime.date]]"]


@unittest.skipIf(NEW < (3, 11), "needs typing.Unpack")
class TuplesOfAnyLength(unittest.TestCase):
    def test_what_may_follow(self):
        for rest in (typing.Tuple[int, ...], tuple[int, ...]):
            annotation = Tuple[str, typing.Unpack[rest]]
            with self.subTest(rest=rest):
                self.assertEqual(
                    schema_of(annotation), array(INTEGER, minItems=1, prefixItems=[STRING])
                )
                self.assertEqual(converted(annotation, ["a", 1.0, "2"]), ("a", 1, 2))
                self.assertEqual(converted(annotation, ["a"]), ("a",))
                with self.assertRaisesRegex(ArgumentsError, r"^value\[2\]: expected an integer"):
                    converted(annotation, ["a", 1, "x"])

    def test_with_a_star(self):
        namespace = {}
        exec("ANNOTATION = tuple[int, *tuple[int, str], *tuple[float, ...]]", namespace)
        got = converted(namespace["ANNOTATION"], [1, 2, "a", 3])
        self.assertEqual((got, type(got[3])), ((1, 2, "a", 3.0), float))

    def test_defaults(self):
        def take(a: Tuple[str, typing.Unpack[Tuple[int, ...]]] = ("a", 1)):
            pass

        self.assertEqual(read_parameters(take).schema["properties"]["a"]["default"], ["a", 1])
        for wrong in (("a", "b"), (), 1):
            take.__defaults__ = (wrong,)
            refused = self.assertRaisesRegex(DeclarationError, "the default .* is no Tuple")
            with self.subTest(wrong=wrong), refused:
                read_parameters(take)

    def test_what_may_follow_comes_last(self):
        with self.assertRaisesRegex(DeclarationError, "put what may be of any length last"):
            schema_of(Tuple[typing.Unpack[Tuple[int, ...]], str])

    def test_variables(self):
        variable = typing.TypeVarTuple("variable")
        with self.assertRaisesRegex(DeclarationError, "is not supported"):
            schema_of(Tuple[typing.Unpack[variable]])


@unittest.skipIf(NEW < (3, 8), "needs typing.Literal")
class Literals(unittest.TestCase):
    def test_values(self):
        literal = typing.Literal
        for annotation, schema, value, expected in [
            (literal["a", "b"], {"type": "string", "enum": ["a", "b"]}, "b", "b"),
            (literal[1, 2], {"type": "integer", "enum": [1, 2]}, 2.0, 2),
            (
                literal[1, None, True],
                {"type": ["integer", "null", "boolean"], "enum": [1, None, True]},
                True,
                True,
            ),
            (literal[Color.RED], {"type": "string", "enum": ["red"]}, "red", Color.RED),
            (
                literal["a", literal["b", literal["c"]]],
                {"type": "string", "enum": ["a", "b", "c"]},
                "c",
                "c",
            ),
            (literal[b"ab"], {"type": "string", "enum": ["YWI="]}, "YWI=", b"ab"),
        ]:
            with self.subTest(annotation=annotation):
                self.assertEqual(schema_of(annotation), schema)
                got = converted(annotation, value)
                self.assertEqual((got, type(got)), (expected, type(expected)))

    def test_true_is_not_1(self):
        with self.assertRaises(ArgumentsError):
            converted(typing.Literal[1], True)

    def test_final(self):
        self.assertEqual(schema_of(typing.Final[int]), INTEGER)


@unittest.skipIf(NEW < (3, 9), "needs typing.Annotated")
class Annotated(unittest.TestCase):
    def test_what_it_adds(self):
        annotated = typing.Annotated[int, "how many", {"minimum": 1}, object(), {"maximum": 9}]
        self.assertEqual(
            schema_of(annotated),
            {"type": "integer", "description": "how many", "minimum": 1, "maximum": 9},
        )
        self.assertEqual(converted(annotated, 2.0), 2)
        with self.assertRaisesRegex(ArgumentsError, "^value: expected a number >= 1"):
            converted(annotated, 0)

    def test_around_a_list_of_others(self):
        """There is a dict in it that Python cannot hash, nor the list that it is around."""
        item = typing.Annotated[int, {"minimum": 1}]
        annotated = typing.Annotated[List[item], "numbers", {"minItems": 1}]
        self.assertEqual(
            schema_of(annotated),
            array({"type": "integer", "minimum": 1}, description="numbers", minItems=1),
        )
        self.assertEqual(converted(annotated, ["2"]), [2])
        with self.assertRaisesRegex(ArgumentsError, r"^value\[0\]: expected a number >= 1"):
            converted(annotated, [0])

    def test_nothing_for_us(self):
        self.assertEqual(schema_of(typing.Annotated[int, object()]), INTEGER)

    def test_a_description_keeps_what_numbers_stand_for(self):
        self.assertEqual(
            schema_of(typing.Annotated[Level, "how much"])["description"],
            "how much (1 = LOW, 2 = HIGH)",
        )

    def test_inside_others(self):
        annotated = typing.Annotated[str, "a name"]
        described = {"type": "string", "description": "a name"}
        self.assertEqual(schema_of(List[annotated]), array(described))
        self.assertEqual(schema_of(Optional[annotated]), {"anyOf": [described, {"type": "null"}]})
        self.assertEqual(
            schema_of(typing.Annotated[annotated, {"maxLength": 3}]), {**described, "maxLength": 3}
        )
        self.assertEqual(converted(Dict[annotated, int], {"a": 1}), {"a": 1})

    @unittest.skipIf(NEW < (3, 13), "Python itself cannot hash it")
    def test_a_dict_inside_optional(self):
        annotated = Optional[typing.Annotated[int, {"minimum": 1}]]
        self.assertEqual(
            schema_of(annotated), {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}
        )
        with self.assertRaises(ArgumentsError):
            converted(annotated, 0)

    def test_a_dict_that_is_no_schema(self):
        with self.assertRaisesRegex(
            DeclarationError, "^parameter value: Annotated.minimum: expected a number"
        ):
            schema_of(typing.Annotated[int, {"minimum": "x", "maximum": "y"}])

    def test_a_default_has_to_fit_it_too(self):
        def take(a: typing.Annotated[int, {"minimum": 1}] = 0):
            pass

        def text(a: typing.Annotated[int, "how many"] = "x"):
            pass

        def fits(
            a: typing.Annotated[float, {"minimum": 1}] = 1,
            c: typing.Annotated[float, {"minimum": 1}] = float("inf"),
            b: typing.Annotated[Access, "x"] = Access.READ,
        ):
            pass

        for function in (take, text):
            refused = self.assertRaisesRegex(
                DeclarationError, "^parameter a: the default .* is no "
            )
            with self.subTest(function=function.__name__), refused:
                read_parameters(function)
        self.assertEqual(read_parameters(fits).schema["properties"]["b"]["default"], 1)

    def test_what_json_cannot_say(self):
        with self.assertRaisesRegex(
            DeclarationError, "parameter value: Annotated.default: complex is not a type"
        ):
            schema_of(typing.Annotated[int, {"default": 1j}])

    def test_a_documentation(self):
        class Doc:
            documentation = "how many"

        self.assertEqual(schema_of(typing.Annotated[int, Doc()])["description"], "how many")


class WithoutPydantic(unittest.TestCase):
    def test_a_type_for_a_pydantic_that_is_not_there(self):
        class Money:
            @classmethod
            def __get_validators__(cls):
                """What pydantic 1 asked for."""

        refused = self.assertRaisesRegex(
            DeclarationError,
            "^parameter value: pydantic 2 or newer is needed; write at the top: import pydantic$",
        )
        with unittest.mock.patch.dict(sys.modules, {"pydantic": None}), refused:
            schema_of(Money)


class NewSyntax(unittest.TestCase):
    def check(self, source, annotation, schema, value, expected):
        namespace = {}
        exec(source, namespace)
        annotation = eval(annotation, namespace)
        with self.subTest(annotation=annotation):
            self.assertEqual(schema_of(annotation), schema)
            self.assertEqual(converted(annotation, value), expected)

    @unittest.skipIf(NEW < (3, 9), "needs list[int]")
    def test_builtin_generics(self):
        self.check("", "list[int]", array(INTEGER), [1.0], [1])
        self.check(
            "",
            "dict[str, list[int]]",
            {"type": "object", "additionalProperties": array(INTEGER)},
            {"a": [1]},
            {"a": [1]},
        )
        self.check("", "tuple[int, ...]", array(INTEGER), [1], (1,))
        self.check("", "tuple[()]", array(minItems=0, maxItems=0), [], ())
        self.check(
            "from collections.abc import *",
            "Mapping[str, Sequence[int]]",
            {"type": "object", "additionalProperties": array(INTEGER)},
            {"a": [1]},
            {"a": [1]},
        )

    @unittest.skipIf(NEW < (3, 10), "needs int | str")
    def test_unions(self):
        self.check("", "int | None", {"anyOf": [INTEGER, {"type": "null"}]}, 1.0, 1)
        self.check("", "list[int | str]", array({"anyOf": [INTEGER, STRING]}), [1, "a"], [1, "a"])

    @unittest.skipIf(NEW < (3, 12), "needs type X = …")
    def test_aliases(self):
        self.check("type Ids = list[int]", "Ids", array(INTEGER), [1.0], [1])
        self.check("type L[X] = list[X]", "L[int]", array(INTEGER), [1.0], [1])
        self.check(
            "type L[X] = list[X]\ntype M[Y] = dict[str, L[Y] | None]",
            "M[int]",
            {
                "type": "object",
                "additionalProperties": {"anyOf": [array(INTEGER), {"type": "null"}]},
            },
            {"a": [1]},
            {"a": [1]},
        )
        self.check(
            "type Tree = dict[str, Tree]", "Tree", {"$ref": "#/$defs/Tree"}, {"a": {}}, {"a": {}}
        )

    @unittest.skipIf(NEW < (3, 12), "needs def f[T]()")
    def test_variables_of_a_function(self):
        namespace = {}
        exec("def take[X: int](value: 'list[X]'): pass", namespace)
        self.assertEqual(
            read_parameters(namespace["take"]).schema["properties"]["value"], array(INTEGER)
        )

    @unittest.skipIf(NEW < (3, 12), "needs class Box[T]")
    def test_variables_of_a_class(self):
        source = "import dataclasses\n@dataclasses.dataclass\nclass Box[X]:\n    item: X\n    more: 'Box[X] | None' = None"
        namespace = {}
        exec(source, namespace)
        box = namespace["Box"]
        value = {"item": 1, "more": {"item": 2}}
        self.assertEqual(converted(box[float], value), box(1.0, box(2.0)))
        with self.assertRaisesRegex(ArgumentsError, "^value.more.item: expected a number"):
            converted(box[float], {"item": 1, "more": {"item": "x"}})

    @unittest.skipIf(NEW < (3, 11), "needs typing.LiteralString")
    def test_literal_string(self):
        self.assertEqual(schema_of(typing.LiteralString), STRING)
        self.assertEqual(schema_of(enum.StrEnum("S", ["A"])), {"type": "string", "enum": ["a"]})

    @unittest.skipIf(NEW < (3, 13), "needs defaults of type variables")
    def test_defaults_of_variables(self):
        self.assertEqual(schema_of(typing.TypeVar("X", default=int)), INTEGER)


if __name__ == "__main__":
    unittest.main()
