# ruff: noqa: B006, B008  what is wrong with these functions is tested
"""Dataclasses, TypedDicts and NamedTuples: what they take, and how they are sent."""

import abc
import datetime
import sys
import types
import typing
import unittest
from typing import ClassVar, Dict, Generic, List, NamedTuple, Optional, TypeVar, Union

try:
    import dataclasses
    from dataclasses import InitVar, dataclass, field
except ImportError:  # 3.6
    dataclasses = None

from cwd_server.toolkit.annotations.signature import read_parameters, read_result
from cwd_server.toolkit.errors import ArgumentsError, DeclarationError, ToolError
from cwd_server.toolkit.results import to_result
from tests.test_annotations import returning
from tests.test_annotations_types import INTEGER, STRING, array, converted, schema_of, taking

NEW = sys.version_info
T = TypeVar("T")


def sent(annotation, value):
    """Return what a tool with this return annotation sends for a value, and its schema."""
    schema = read_result(returning(annotation)).schema
    return to_result(value, schema)["structuredContent"], schema


if dataclasses is not None:

    @dataclass
    class Point:
        """A point.

        Attributes:
            x: how far east

        """

        x: float
        y: float = 0
        tags: List[str] = field(default_factory=list)
        count: ClassVar[int] = 0
        norm: float = field(init=False, default=0)
        scale: InitVar[float] = 1

        def __post_init__(self, scale):
            self.norm = abs(self.x) * scale
            if self.x < 0:
                raise ValueError("x is negative")

    @dataclass
    class Point3(Point):
        z: float = 0

    @dataclass
    class Node:
        value: int
        children: "List[Node]" = field(default_factory=list)

    if hasattr(typing, "Self"):

        @dataclass
        class Person:
            name: str
            friends: List[typing.Self] = field(default_factory=list)

        @dataclass
        class Author(Person):
            pages: int = 0

        @dataclass
        class Pile(Generic[T]):
            top: T
            below: Optional[typing.Self] = None

    @dataclass
    class Leaf:
        leaf: "Union[Branch, Leaf, None]" = None

    @dataclass
    class Branch:
        branch: "Union[Leaf, Branch, None]" = None

    @dataclass
    class Box(Generic[T]):
        item: T
        more: "Optional[Box[T]]" = None

    @dataclass
    class Words(Box[List[str]]):
        pass

    @dataclass
    class Outer(Generic[T]):
        item: T
        box: Box

    @dataclass
    class Growing(Generic[T]):
        next: "Optional[Growing[List[T]]]" = None

    @dataclass
    class Own:
        a: int
        b: int

        def __init__(self, both: int, *rest, c: "Optional[int]" = None, **more):
            self.a = self.b = both

    @dataclass
    class Unset:
        a: int = field(init=False)


@unittest.skipIf(dataclasses is None, "needs dataclasses")
class Dataclasses(unittest.TestCase):
    def test_schema_of_a_parameter(self):
        number = {"type": "number"}
        expected = {
            "type": "object",
            "properties": {
                "x": {**number, "description": "how far east"},
                "y": {**number, "default": 0},
                "tags": array(STRING),
                "scale": {**(number if NEW >= (3, 8) else {}), "default": 1},
            },
            "required": ["x"],
            "additionalProperties": False,
        }
        self.assertEqual(schema_of(Point), expected)

    def test_schema_of_a_result(self):
        _, schema = sent(Point, Point(1))
        self.assertEqual(list(schema["properties"]), ["x", "y", "tags", "norm"])
        self.assertEqual(schema["required"], ["x"])
        self.assertNotIn("additionalProperties", schema)

    def test_values(self):
        self.assertEqual(converted(Point, {"x": 1, "scale": 3}), Point(1.0, scale=3))
        self.assertEqual(converted(Point, {"x": 1, "scale": 3}).norm, 3)
        self.assertEqual(converted(Point3, {"x": 1, "z": 2}), Point3(1, z=2))
        self.assertEqual(converted(List[Point], [{"x": 1}]), [Point(1)])

    def test_what_post_init_refuses(self):
        with self.assertRaisesRegex(ArgumentsError, r"^value\[1\]: x is negative$"):
            converted(List[Point], [{"x": 1}, {"x": -1}])
        self.assertEqual(converted(Union[Point, Dict[str, int]], {"x": -1}), {"x": -1})

    def test_problems_name_the_place(self):
        for value, problem in [
            ({}, "^value.x: missing$"),
            ({"x": 1, "tags": ["a", 1]}, r"^value.tags\[1\]: expected a string, got 1$"),
            ({"x": 1, "norm": 1}, "^value.norm: "),
            ({"x": 1, "count": 1}, "^value.count: "),
        ]:
            refused = self.assertRaisesRegex(ArgumentsError, problem)
            with self.subTest(value=value), refused:
                converted(Point, value)

    def test_instances_are_sent_with_their_own_fields(self):
        data, _ = sent(Point, Point(1))
        self.assertEqual(data, {"x": 1, "y": 0, "tags": [], "norm": 1})
        data, _ = sent(List[Point], [Point3(1, z=5)])
        self.assertEqual(data, [{"x": 1, "y": 0, "tags": [], "norm": 1, "z": 5}])
        data, _ = sent(Unset, Unset())
        self.assertEqual(data, {})

    def test_what_the_schema_does_not_allow(self):
        with self.assertRaisesRegex(
            ToolError, r"output schema does not allow: result\[0\].y: expected a number"
        ):
            sent(List[Point], [Point3(1, "far")])

    def test_one_inside_itself(self):
        schema = read_parameters(taking(Node)).schema
        self.assertEqual(schema["properties"]["value"], {"$ref": "#/$defs/Node"})
        self.assertEqual(
            schema["$defs"]["Node"]["properties"]["children"], array({"$ref": "#/$defs/Node"})
        )
        value = {"value": 1, "children": [{"value": 2.0}]}
        self.assertEqual(converted(Node, value), Node(1, [Node(2)]))
        with self.assertRaisesRegex(ArgumentsError, r"^value.children\[0\].value: missing$"):
            converted(Node, {"value": 1, "children": [{}]})

    def test_a_list_of_those_shows_that_it_is_one(self):
        self.assertEqual(schema_of(List[Node]), array({"$ref": "#/$defs/Node"}))

    def test_one_inside_itself_as_a_result_shows_its_type_at_the_top(self):
        data, schema = sent(Node, Node(1, [Node(2)]))
        self.assertEqual(data, {"value": 1, "children": [{"value": 2, "children": []}]})
        self.assertEqual(schema["type"], "object")
        self.assertEqual(list(schema["$defs"]), ["Node"])

    def test_what_can_never_be_made(self):
        @dataclass
        class Abstract(abc.ABC):
            x: int

            @abc.abstractmethod
            def area(self):
                """Return something."""

        @dataclass
        class Anything:
            x: int

            def __init__(self, **more):
                self.x = more["x"]

        for annotation, problem in [
            (Abstract, "Abstract is abstract; take a class that has all its methods"),
            (Anything, "Anything: its __init__ names no argument; write each instead of"),
            (typing.Set[Point], r"Point cannot be in a set, .*, or @dataclass\(frozen=True\)"),
        ]:
            refused = self.assertRaisesRegex(DeclarationError, problem)
            with self.subTest(annotation=annotation), refused:
                schema_of(annotation)

    def test_a_set_of_what_cannot_change(self):
        @dataclass(frozen=True)
        class Cell:
            x: int

        self.assertEqual(converted(typing.Set[Cell], [{"x": 1}]), {Cell(1)})

    @unittest.skipUnless(hasattr(typing, "Self"), "needs typing.Self")
    def test_self_is_the_class_that_is_read(self):
        value = {"name": "a", "pages": 1, "friends": [{"name": "b", "pages": "2"}]}
        expected = Author("a", [Author("b", [], 2)], 1)
        self.assertEqual(converted(Author, value), expected)
        self.assertEqual(converted(Person, {"name": "a", "friends": []}), Person("a"))
        self.assertEqual(
            converted(Pile[datetime.date], {"top": "2024-01-31", "below": {"top": "2024-02-01"}}),
            Pile(datetime.date(2024, 1, 31), Pile(datetime.date(2024, 2, 1))),
        )

    def test_trees_of_two_kinds_take_linear_time(self):
        value = {"leaf": None}
        expected = Leaf()
        for depth in range(30):
            name, cls = [("leaf", Leaf), ("branch", Branch)][depth % 2]
            value = {name: value}
            expected = cls(expected)
        self.assertEqual(converted(Union[Leaf, Branch], value), expected)

    def test_generic_ones(self):
        self.assertEqual(schema_of(List[Box[str]])["items"], {"$ref": "#/$defs/Box"})
        self.assertEqual(converted(Box[float], {"item": 1}), Box(1.0))
        self.assertEqual(
            converted(Box[float], {"item": 1, "more": {"item": 2}}), Box(1.0, Box(2.0))
        )
        self.assertEqual(converted(Box, {"item": "x"}), Box("x"))
        self.assertEqual(converted(Words, {"item": ["a"]}), Words(["a"]))
        outer = {
            "item": 1,
            "box": {"item": "x"},
        }  # a Box of anything, whatever the outer one is of
        self.assertEqual(converted(Outer[float], outer), Outer(1.0, Box("x")))
        for annotation, value in [
            (Box[int], {"item": "x"}),
            (Box[int], {"item": 1, "more": {"item": "x"}}),
            (Words, {"item": "a"}),
        ]:
            refused = self.assertRaises(ArgumentsError)
            with self.subTest(annotation=annotation, value=value), refused:
                converted(annotation, value)

    def test_one_that_grows_within_itself(self):
        with self.assertRaisesRegex(
            DeclarationError, r"^parameter value: .*Growing\[int\] is nested without end$"
        ):
            schema_of(List[Growing[int]])

    def test_two_of_one_name_are_two_definitions(self):
        def take(a: Box[int], b: Box[str]):
            pass

        self.assertEqual(sorted(read_parameters(take).schema["$defs"]), ["Box", "Box_2"])

    def test_a_constructor_of_ones_own(self):
        schema = schema_of(Own)
        self.assertEqual(list(schema["properties"]), ["both", "c"])
        self.assertEqual(schema["required"], ["both"])
        self.assertEqual(converted(Own, {"both": 3}), Own(3))
        self.assertEqual(sent(Own, Own(3))[0], {"a": 3, "b": 3})
        self.assertEqual(schema_of(Unset)["properties"], {})

    def test_a_constructor_without_annotations(self):
        @dataclass
        class Bare:
            a: int

            def __init__(self, a, b=1):
                self.a = a

        with self.assertRaisesRegex(
            DeclarationError,
            "parameter value: Bare.b: no annotation; write its type, such as b: str",
        ):
            schema_of(Bare)

    def test_a_local_class_may_name_itself(self):
        @dataclass
        class Local:
            inner: "Optional[Local]" = None

        self.assertEqual(converted(Local, {"inner": {}}), Local(Local()))

    def test_fields_that_are_not_supported(self):
        @dataclass
        class Wave:
            phase: complex

        with self.assertRaisesRegex(
            DeclarationError, "parameter value: Wave.phase: complex is not supported"
        ):
            schema_of(Wave)

    def test_as_a_default(self):
        def take(a: Point = Point(1), b: Point = None):
            pass

        parameters = read_parameters(take)
        self.assertEqual(parameters.schema["properties"]["a"]["default"]["x"], 1)
        first, second = parameters.convert({}, None), parameters.convert({}, None)
        self.assertEqual(first, second)
        self.assertIsNot(first["a"], second["a"])

        def wrong(a: Point = {"x": 1}):
            pass

        with self.assertRaisesRegex(DeclarationError, "the default {'x': 1} is no Point"):
            read_parameters(wrong)


class Pair(NamedTuple):
    a: int
    b: "float" = 0


class Chain(NamedTuple):
    value: int
    next: "Optional[Chain]" = None


class NamedTuples(unittest.TestCase):
    def test_schema(self):
        number = {"type": "number"}
        places = {"type": "array", "minItems": 1, "maxItems": 2, "prefixItems": [INTEGER, number]}
        members = {
            "type": "object",
            "properties": {"a": INTEGER, "b": {**number, "default": 0}},
            "required": ["a"],
            "additionalProperties": False,
        }
        self.assertEqual(schema_of(Pair), {"anyOf": [places, members]})
        self.assertEqual(sent(Pair, Pair(1, 2)), ([1, 2], places))

    def test_values(self):
        for value in ([1], [1, 0], {"a": 1}, {"a": 1.0, "b": 0}):
            with self.subTest(value=value):
                got = converted(Pair, value)
                self.assertEqual(got, Pair(1, 0))
                self.assertIs(type(got), Pair)
        self.assertIs(type(converted(Pair, [1, 2]).b), float)

    def test_problems(self):
        for value in ([], [1, 2, 3], ["x"], {}, {"a": 1, "c": 1}):
            refused = self.assertRaisesRegex(ArgumentsError, "^value")
            with self.subTest(value=value), refused:
                converted(Pair, value)

    def test_one_inside_itself(self):
        self.assertEqual(
            converted(Chain, [1, {"value": 2, "next": [3]}]), Chain(1, Chain(2, Chain(3)))
        )

    def test_one_without_types(self):
        import collections

        plain = collections.namedtuple("plain", "a b")
        self.assertEqual(converted(plain, ["x", 1]), plain("x", 1))

    def test_as_a_default(self):
        def take(a: Pair = Pair(1)):
            pass

        self.assertEqual(read_parameters(take).schema["properties"]["a"]["default"], [1, 0])


@unittest.skipIf(NEW < (3, 8), "needs typing.TypedDict")
class TypedDicts(unittest.TestCase):
    def setUp(self):
        class Base(typing.TypedDict):
            """A row.

            Attributes:
                a: the first

            """

            a: float

        class Row(Base, total=False):
            b: "List[datetime.date]"

        self.base, self.row = Base, Row

    def test_schema(self):
        schema = schema_of(self.row)
        self.assertEqual(sorted(schema["properties"]), ["a", "b"])
        self.assertEqual(schema["additionalProperties"], False)
        self.assertEqual(
            schema_of(self.base)["properties"]["a"], {"type": "number", "description": "the first"}
        )
        if NEW >= (3, 9):  # before, nobody can tell which keys came from where
            self.assertEqual(schema["required"], ["a"])

    def test_values(self):
        value = {"a": 1, "b": ["2024-01-31"]}
        self.assertEqual(converted(self.row, value), {"a": 1.0, "b": [datetime.date(2024, 1, 31)]})
        with self.assertRaisesRegex(ArgumentsError, r"^value.b\[0\]: expected a date"):
            converted(self.row, {"a": 1, "b": ["x"]})
        with self.assertRaisesRegex(ArgumentsError, "^value.a: missing"):
            converted(self.base, {})
        with self.assertRaisesRegex(ArgumentsError, "^value.z: "):
            converted(self.base, {"a": 1, "z": 1})

    def test_more_keys_than_declared_are_sent(self):
        data, schema = sent(self.base, {"a": 1, "z": 2})
        self.assertEqual(data, {"a": 1, "z": 2})
        self.assertEqual(schema["required"], ["a"])
        with self.assertRaisesRegex(ToolError, "result.a: missing"):
            sent(self.base, {})

    def test_as_a_default(self):
        def right(a: self.base = {"a": 1}):
            pass

        def missing(a: self.base = {}):
            pass

        def more(a: self.base = {"a": 1, "b": 1}):
            pass

        self.assertEqual(read_parameters(right).schema["properties"]["a"]["default"], {"a": 1})
        for function in (missing, more):
            refused = self.assertRaises(DeclarationError)
            with self.subTest(function=function.__name__), refused:
                read_parameters(function)

    @unittest.skipIf(NEW < (3, 9, 8), "Python forgets where the text was written")
    def test_text_of_another_module(self):
        module = types.ModuleType("another_module")
        sys.modules[module.__name__] = module
        self.addCleanup(sys.modules.pop, module.__name__)
        source = (
            "import typing, decimal as d\nclass Base(typing.TypedDict):\n    price: 'd.Decimal'\n"
        )
        exec(source, module.__dict__)

        class Row(module.Base):
            count: int

        price = {"anyOf": [{"type": "number"}, STRING]}
        self.assertEqual(schema_of(Row)["properties"], {"price": price, "count": INTEGER})

    @unittest.skipIf(NEW < (3, 11), "needs typing.Required")
    def test_required(self):
        from typing import Annotated, NotRequired, Required, TypedDict

        for row, required in [
            (
                TypedDict(
                    "row", {"a": Required[int], "b": str, "c": "NotRequired[int]"}, total=False
                ),
                ["a"],
            ),
            (
                TypedDict("row", {"a": "Annotated[Required[int], 'one']", "b": int}, total=False),
                ["a"],
            ),
            (
                TypedDict(
                    "row",
                    {"a": int, "b": "NotRequired[int]", "c": Annotated[NotRequired[int], "x"]},
                ),
                ["a"],
            ),
        ]:
            with self.subTest(row=row.__annotations__):
                namespace = sys.modules[__name__].__dict__
                for name in ("Annotated", "NotRequired", "Required"):
                    namespace.setdefault(name, getattr(typing, name))
                self.assertEqual(schema_of(row)["required"], required)

    @unittest.skipIf(NEW < (3, 13), "needs typing.ReadOnly")
    def test_read_only(self):
        row = typing.TypedDict(
            "row", {"a": typing.ReadOnly[typing.NotRequired[int]], "b": typing.ReadOnly[int]}
        )
        self.assertEqual(schema_of(row)["required"], ["b"])
        self.assertEqual(converted(row, {"a": 1.0, "b": 2}), {"a": 1, "b": 2})

    @unittest.skipIf(NEW < (3, 11), "needs generic TypedDicts")
    def test_generic_ones(self):
        class Page(typing.TypedDict, Generic[T]):
            items: List[T]

        class Numbers(Page[float]):
            total: int

        self.assertEqual(converted(Page[float], {"items": [1]}), {"items": [1.0]})
        self.assertEqual(schema_of(Numbers)["properties"]["items"], array({"type": "number"}))


if __name__ == "__main__":
    unittest.main()
