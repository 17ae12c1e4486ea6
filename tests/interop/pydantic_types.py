# ruff: noqa: B008  Field belongs into the place of a default
"""pydantic's models, types and Field: read, validated and sent by pydantic.

    python -m unittest tests.interop.pydantic_types

Needs pydantic 2; test_pydantic.py runs it with one.
"""

import dataclasses
import datetime
import decimal
import enum
import json
import math
import pathlib
import typing
import unittest
import uuid
from typing import Dict, Generic, List, Optional, Set, Tuple, TypeVar, Union

import pydantic
from pydantic import BaseModel, Field
from typing_extensions import TypedDict  # pydantic takes typing's from Python 3.12 on

from cwd_server.toolkit.annotations.signature import read_parameters
from cwd_server.toolkit.errors import ArgumentsError, DeclarationError, ToolError
from cwd_server.toolkit.plain_json import to_json
from tests.test_annotations import keywords_of
from tests.test_annotations_records import sent
from tests.test_annotations_types import INTEGER, converted, schema_of

T = TypeVar("T")
Annotated = typing.Annotated


class Item(BaseModel):
    """A thing."""

    price: int = Field(ge=0, description="in cents")
    since: Optional[datetime.date] = None


class Tree(BaseModel):
    value: int
    children: List["Tree"] = []


class Mended(BaseModel):
    """Takes more than its schema says."""

    model_config = pydantic.ConfigDict(populate_by_name=True)

    price: int = Field(alias="cost", ge=0)

    @pydantic.model_validator(mode="before")
    @classmethod
    def take_a_text(cls, value):
        """Take "price" alone, too."""
        if isinstance(value, str):
            return {"cost": value.strip("$")}
        return value


class Named(BaseModel):
    real: int = Field(alias="wire")

    @pydantic.field_validator("real")
    @classmethod
    def refuse_thirteen(cls, value):
        """Refuse what no schema can refuse."""
        if value == 13:
            raise ValueError("thirteen is bad luck")
        return value

    @pydantic.computed_field
    @property
    def twice(self) -> int:
        """What only a result has."""
        return self.real * 2


class Cat(BaseModel):
    kind: typing.Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: typing.Literal["dog"]
    tricks: List[str]


class Page(BaseModel, Generic[T]):
    items: List[T]


class Numbers(pydantic.RootModel[List[int]]):
    pass


@pydantic.dataclasses.dataclass
class Point:
    x: int


@dataclasses.dataclass
class Plain:
    """A dataclass of the standard library, with pydantic's Field for defaults."""

    x: int = Field(5, ge=1)


class Parameters(unittest.TestCase):
    def test_the_schema_is_pydantics_own(self):
        schema = schema_of(Item)
        self.assertEqual(schema["properties"]["price"]["description"], "in cents")
        self.assertEqual((schema["title"], schema["required"]), ("Item", ["price"]))

    def test_definitions_move_to_the_root(self):
        def take(a: Tree, b: List[Item], c: Page[Item]):
            pass

        schema = read_parameters(take).schema
        self.assertEqual(schema["properties"]["a"], {"$ref": "#/$defs/Tree"})
        self.assertEqual(sorted(schema["$defs"]), ["Item", "Tree"])
        self.assertNotIn("$defs", schema["properties"]["c"])

    def test_two_models_of_one_name_are_two_definitions(self):
        other = pydantic.create_model("Tree", value=(str, ...), children=(List["Tree"], []))

        def take(a: Tree, b: other):
            pass

        schema = read_parameters(take).schema
        self.assertEqual(schema["properties"]["b"], {"$ref": "#/$defs/Tree_2"})
        self.assertEqual(schema["$defs"]["Tree_2"]["properties"]["value"]["type"], "string")
        self.assertEqual(schema["$defs"]["Tree"]["properties"]["value"]["type"], "integer")

    def test_values(self):
        day = datetime.date(2024, 1, 31)
        for annotation, value, expected in [
            (Item, {"price": 1, "since": "2024-01-31"}, Item(price=1, since=day)),
            (Item, {"price": "1"}, Item(price=1)),
            (
                Tree,
                {"value": 1, "children": [{"value": 2}]},
                Tree(value=1, children=[Tree(value=2)]),
            ),
            (List[Item], [{"price": 1}], [Item(price=1)]),
            (Optional[Item], None, None),
            (Dict[str, Item], {"a": {"price": 1}}, {"a": Item(price=1)}),
            (Union[Cat, Dog], {"kind": "dog", "tricks": []}, Dog(kind="dog", tricks=[])),
            (
                Annotated[Union[Cat, Dog], Field(discriminator="kind")],
                {"kind": "cat", "lives": 9},
                Cat(kind="cat", lives=9),
            ),
            (Page[int], {"items": [1]}, Page[int](items=[1])),
            (Numbers, [1], Numbers([1])),
            (Named, {"wire": 1}, Named(wire=1)),
            (Point, {"x": 1}, Point(1)),
            (Plain, {"x": 1}, Plain(1)),
            (Plain, {}, Plain(5)),
            (pydantic.PositiveInt, 1, 1),
            (pydantic.HttpUrl, "http://example.com", pydantic.HttpUrl("http://example.com")),
            (Annotated[datetime.date, Field(description="day")], "2024-01-31", day),
        ]:
            with self.subTest(annotation=annotation, value=value):
                got = converted(annotation, value)
                self.assertEqual(got, expected)
                self.assertIs(type(got), type(expected))

    def test_what_pydantic_takes_and_its_schema_does_not(self):
        mended = Mended(cost=5)
        dollars = Annotated[int, pydantic.BeforeValidator(lambda value: int(str(value)[1:]))]
        for annotation, value, expected in [
            (Mended, {"price": 5}, mended),
            (Mended, "$5", mended),
            (Optional[Mended], {"price": 5}, mended),
            (List[Mended], ["$5", {"cost": 5}], [mended, mended]),
            (Annotated[Mended, "a price"], "$5", mended),
            (dollars, "$5", 5),
            (Dict[str, dollars], {"a": "$5"}, {"a": 5}),
            (Annotated[bool, Field(description="x")], "yes", True),
        ]:
            with self.subTest(annotation=annotation, value=value):
                self.assertEqual(converted(annotation, value), expected)
        for annotation, value, problem in [
            (Mended, {"price": -1}, "value.cost: missing"),
            (Mended, {"cost": -1}, "value.cost: expected a number >= 0, got -1"),
            (List[Mended], [{}], r"value\[0\].cost: missing"),
        ]:
            refused = self.assertRaisesRegex(ArgumentsError, f"^{problem}")
            with self.subTest(annotation=annotation, value=value), refused:
                converted(annotation, value)

    def test_results_are_what_the_schema_says(self):
        with self.assertRaisesRegex(ToolError, "result: expected an array"):
            sent(List[Mended], "$5")

    def test_problems(self):
        for annotation, value, problem in [
            (Item, {"price": -1}, "^value.price: expected a number >= 0, got -1$"),
            (List[Item], [{"price": 1}, {"price": 1, "since": "x"}], r"^value\[1\].since: "),
            (Tree, {"value": 1, "children": [{}]}, r"^value.children\[0\].value: missing$"),
            (Named, {"wire": 13}, "^value.wire: Value error, thirteen is bad luck$"),
            (Plain, {"x": 0}, "^value.x: expected a number >= 1"),
            (pydantic.HttpUrl, "x", "^value: Input should be a valid URL"),
            (Annotated[int, Field(ge=1)], 0, "^value: expected a number >= 1"),
            (Optional[Annotated[int, Field(gt=0)]], 0, "^value: "),
        ]:
            refused = self.assertRaisesRegex(ArgumentsError, problem)
            with self.subTest(annotation=annotation, value=value), refused:
                converted(annotation, value)

    def test_many_problems_are_counted(self):
        with self.assertRaisesRegex(ArgumentsError, r"^value\[0\]: .*; and 5 more$"):
            converted(pydantic.RootModel[List[pydantic.HttpUrl]], ["x"] * 25)

    def test_a_field_beside_our_own_words(self):
        annotated = Annotated[int, Field(ge=1), "how many", {"maximum": 9}]
        self.assertEqual(
            schema_of(annotated),
            {"type": "integer", "minimum": 1, "description": "how many", "maximum": 9},
        )

    def test_what_pydantic_does_not_know(self):
        class Odd:
            pass

        with self.assertRaisesRegex(DeclarationError, "^parameter value: pydantic: "):
            schema_of(Annotated[Odd, Field(description="x")])


class FieldAsDefault(unittest.TestCase):
    def test_a_default(self):
        def take(a: int = Field(5, description="how many", ge=1)):
            pass

        schema = read_parameters(take).schema
        self.assertEqual(
            schema["properties"]["a"],
            {**INTEGER, "description": "how many", "minimum": 1, "default": 5},
        )
        self.assertNotIn("required", schema)
        self.assertEqual(keywords_of(take), {"a": 5})
        self.assertEqual(keywords_of(take, a=2), {"a": 2})
        with self.assertRaisesRegex(ArgumentsError, "^a: expected a number >= 1, got 0$"):
            keywords_of(take, a=0)

    def test_no_default(self):
        def take(a: int = Field(description="how many"), b: "Optional[int]" = Field(...)):
            pass

        self.assertEqual(read_parameters(take).schema["required"], ["a", "b"])

    def test_a_factory(self):
        def take(a: List[int] = Field(default_factory=list)):
            pass

        first = keywords_of(take)
        first["a"].append(1)
        self.assertEqual(keywords_of(take), {"a": []})
        self.assertEqual(read_parameters(take).schema["properties"]["a"]["default"], [])

    def test_a_default_that_does_not_fit(self):
        def field(a: int = Field("x")):
            pass

        def bound(a: Annotated[int, Field(ge=1)] = 0):
            pass

        for function in (field, bound):
            with self.subTest(function=function.__name__), self.assertRaisesRegex(
                DeclarationError, "^parameter a: the default .* is no "
            ):
                read_parameters(function)

    def test_a_default_that_is_no_field(self):
        def take(a: pydantic.HttpUrl = pydantic.HttpUrl("http://example.com")):
            pass

        schema = read_parameters(take).schema["properties"]["a"]
        self.assertEqual(schema["default"], "http://example.com/")
        self.assertEqual(keywords_of(take), {})

    def test_a_model_is_copied_for_each_call(self):
        def take(a: Item = Item(price=1)):
            pass

        first = keywords_of(take)
        first["a"].price = 2
        self.assertEqual(keywords_of(take), {"a": Item(price=1)})


class Results(unittest.TestCase):
    def test_values(self):
        day = datetime.date(2024, 1, 31)
        for annotation, value, expected in [
            (Item, Item(price=1, since=day), {"price": 1, "since": "2024-01-31"}),
            (List[Item], [Item(price=1)], [{"price": 1, "since": None}]),
            (Named, Named(wire=1), {"wire": 1, "twice": 2}),
            (Numbers, Numbers([1]), [1]),
            (Point, Point(1), {"x": 1}),
            (Page[int], Page[int](items=[1]), {"items": [1]}),
            (Item, {"price": 1}, {"price": 1}),
        ]:
            with self.subTest(annotation=annotation, value=value):
                self.assertEqual(sent(annotation, value)[0], expected)

    def test_types_of_its_own_without_annotation(self):
        self.assertEqual(
            to_json({"a": pydantic.HttpUrl("http://example.com")}), {"a": "http://example.com/"}
        )

    def test_a_model_inside_itself_shows_its_type_at_the_top(self):
        data, schema = sent(Tree, Tree(value=1, children=[Tree(value=2)]))
        self.assertEqual(data, {"value": 1, "children": [{"value": 2, "children": []}]})
        self.assertEqual(schema["type"], "object")
        self.assertEqual(schema["properties"]["children"]["items"], {"$ref": "#/$defs/Tree"})

    def test_what_json_cannot_say(self):
        class Mean(BaseModel):
            mean: float

        with self.assertRaisesRegex(ToolError, r"^result\[0\].mean: nan is not JSON$"):
            sent(List[Mean], [Mean(mean=math.nan)])


class Color(enum.Enum):
    RED = "red"
    TWO = 2


class Pair(typing.NamedTuple):
    a: int
    b: str = "z"


class Row(TypedDict):
    day: datetime.date


@dataclasses.dataclass
class Order:
    """A dataclass that pydantic reads as well."""

    count: int
    price: decimal.Decimal = decimal.Decimal("1.10")
    row: Optional[Row] = None


MOMENT = datetime.datetime(2024, 1, 31, 15, 4, 5, 60, datetime.timezone.utc)


class AsPydanticDoes(unittest.TestCase):
    """Types that we read ourselves mean what they mean in FastMCP and the official SDK."""

    def test_parameters(self):
        for annotation, value in [
            (int, 2.0),
            (int, "5"),
            (int, 1.5),
            (float, 1),
            (float, "1.5"),
            (bool, "true"),
            (str, 1),
            (List[int], [1, "2"]),
            (Set[int], [1, 2]),
            (Tuple[int, str], [1, "a"]),
            (Tuple[int, str], [1]),
            (Tuple[int, ...], [1, 2]),
            (Dict[int, str], {"1": "a"}),
            (Dict[int, str], {"x": "a"}),
            (Pair, [1]),
            (Pair, {"a": 1}),
            (Pair, {"b": "x"}),
            (Row, {"day": "2024-01-31"}),
            (Row, {}),
            (Order, {"count": 1, "price": "2.50", "row": {"day": "2024-01-31"}}),
            (Order, {"price": 1}),
            (Color, "red"),
            (Color, 2),
            (Color, "blue"),
            (typing.Literal["a", 1], 1),
            (typing.Literal["a", 1], "1"),
            (Optional[int], None),
            (Union[int, str], "1"),
            (datetime.date, "2024-01-31"),
            (datetime.date, "2024-01-31T00:00:00"),
            (datetime.date, "2024-01-31T01:00:00"),
            (datetime.date, "31.1.2024"),
            (datetime.datetime, "2024-01-31T15:04:05.000060Z"),
            (datetime.datetime, "2024-01-31 15:04:05.1234567+02:00"),
            (datetime.datetime, "2024-01-31"),
            (datetime.time, "15:04"),
            (datetime.time, "25:00"),
            (datetime.timedelta, "P1DT2H3M4.5S"),
            (datetime.timedelta, "P1Y2M"),
            (datetime.timedelta, "-PT1.5S"),
            (datetime.timedelta, "soon"),
            (decimal.Decimal, 0.1),
            (decimal.Decimal, "1.10"),
            (decimal.Decimal, "NaN"),
            (uuid.UUID, "{00000000-0000-0000-0000-000000000001}"),
            (uuid.UUID, "1"),
            (pathlib.Path, "/a"),
        ]:
            with self.subTest(annotation=annotation, value=value):
                self.assertEqual(ours(annotation, value), theirs(annotation, value))

    def test_results(self):
        for annotation, value in [
            (Order, Order(1, row={"day": datetime.date(2024, 1, 31)})),
            (List[Pair], [Pair(1)]),
            (Color, Color.TWO),
            (Set[int], {1}),
            (Dict[int, str], {1: "a"}),
            (datetime.datetime, MOMENT),
            (datetime.datetime, MOMENT.replace(tzinfo=None)),
            (datetime.time, MOMENT.timetz()),
            (datetime.timedelta, datetime.timedelta(days=-1, seconds=1.5)),
            (decimal.Decimal, decimal.Decimal("1.10")),
            (uuid.UUID, uuid.UUID(int=1)),
            (pathlib.Path, pathlib.Path("/a")),
        ]:
            with self.subTest(annotation=annotation, value=value):
                expected = pydantic.TypeAdapter(annotation).dump_python(value, mode="json")
                self.assertEqual(sent(annotation, value)[0], expected)


def ours(annotation, value):
    """Return what a function gets, and of which type; "refused" if it gets nothing."""
    try:
        got = converted(annotation, value)
    except ArgumentsError:
        return "refused"
    return got, type(got)


def theirs(annotation, value):
    """Return the same of pydantic."""
    try:
        got = pydantic.TypeAdapter(annotation).validate_json(json.dumps(value))
    except pydantic.ValidationError:
        return "refused"
    return got, type(got)


if __name__ == "__main__":
    unittest.main()
