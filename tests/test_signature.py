"""What a function's signature becomes: schemas, descriptions, conversions, and errors that say where."""

import enum
import sys
import typing
import unittest
from typing import Any, Dict, List, Optional, Union
from unittest import mock

from cwd_server.toolkit import content
from cwd_server.toolkit import Call, tool
from cwd_server.toolkit.call import ToolCall
from cwd_server.toolkit.errors import ArgumentsError, DeclarationError
from cwd_server.toolkit.tool import Tool, tool_of

NEW = sys.version_info


NOT_JSON = object()


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


def run(function, **arguments):
    """Return what is wrong with the arguments, or what the function under @tool got."""
    made = function
    if not isinstance(made, Tool):
        made = tool_of(function) or tool_of(tool(function))
    try:
        return made.function(**made.prepare(ToolCall(made, arguments)))
    except ArgumentsError as error:
        return str(error)


def run_problem(made, arguments):
    """Return what is wrong with arguments, or None."""
    try:
        made.prepare(ToolCall(made, arguments))
    except ArgumentsError as error:
        return str(error)
    return None


def takes(annotation):
    """Return a tool whose parameter `value`, with this annotation, is what it gives back."""

    def give(value):
        return value

    give.__annotations__["value"] = annotation
    return tool_of(tool(give))


def schema_of(annotation):
    return takes(annotation).definition["inputSchema"]["properties"]["value"]


# annotation, its schema, pairs of what comes and what arrives, what is refused
TYPES = [
    (str, {"type": "string"}, [("x", "x")], [1, None]),
    (int, {"type": "integer"}, [(1, 1), (2.0, 2)], [True, 1.5, "1"]),
    (float, {"type": "number"}, [(1, 1.0), (1.5, 1.5)], [True, "1"]),
    (bool, {"type": "boolean"}, [(True, True)], [0, "true"]),
    (list, {"type": "array"}, [([1, "x"], [1, "x"])], [{}, "x"]),
    (List, {"type": "array"}, [([1, "x"], [1, "x"])], [{}]),
    (dict, {"type": "object"}, [({"a": 1}, {"a": 1})], [[]]),
    (Dict, {"type": "object"}, [({"a": 1}, {"a": 1})], [[]]),
    (Any, {}, [(None, None), ([1], [1])], []),
    (List[int], {"type": "array", "items": {"type": "integer"}}, [([1, 2.0], [1, 2])], [["x"], 1]),
    (
        Dict[str, float],
        {"type": "object", "additionalProperties": {"type": "number"}},
        [({"a": 1}, {"a": 1.0})],
        [{"a": "x"}],
    ),
    (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}, [(None, None), (2.0, 2)], ["x"]),
    (Union[str, int], {"anyOf": [{"type": "string"}, {"type": "integer"}]}, [("x", "x"), (2.0, 2)], [None]),
    (Color, {"type": "string", "enum": ["red", "blue"]}, [("red", Color.RED)], ["RED", "green"]),
    (Level, {"enum": [1, 2]}, [(1, Level.LOW), (2.0, Level.HIGH)], [True, 3]),
]
if NEW >= (3, 8):
    TYPES += [
        (typing.Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}, [("a", "a")], ["c"]),
        (typing.Literal[1, None, True], {"enum": [1, None, True]}, [(1.0, 1), (None, None), (True, True)], [2, False]),
    ]
if NEW >= (3, 9):
    annotated = typing.Annotated[int, "how many", {"minimum": 1}]
    TYPES += [
        (list[int], {"type": "array", "items": {"type": "integer"}}, [([2.0], [2])], [["x"]]),
        (dict[str, list[int]], schema_of(Dict[str, List[int]]), [({"a": [2.0]}, {"a": [2]})], [{"a": 1}]),
        (annotated, {"type": "integer", "description": "how many", "minimum": 1}, [(2.0, 2)], [0]),
        (List[annotated], {"type": "array", "items": schema_of(annotated)}, [([2.0], [2])], [[0]]),
    ]
if NEW >= (3, 10):
    TYPES += [(int | None, schema_of(Optional[int]), [(None, None), (2.0, 2)], ["x"])]


class Types(unittest.TestCase):
    def test_each_type(self):
        for annotation, schema, pairs, refused in TYPES:
            with self.subTest(annotation=annotation):
                self.assertEqual(schema_of(annotation), schema)
                for value, arrives in pairs:
                    got = run(takes(annotation), value=value)
                    self.assertEqual((type(got), got), (type(arrives), arrives))
                for value in refused:
                    self.assertRegex(run_problem(takes(annotation), {"value": value}), "^value")

    def test_the_whole_schema(self):
        def add(a: int, b: int = 0, *, note: str = "", color: Color = Color.RED, odd: Any = NOT_JSON) -> int:
            return a + b

        made = tool_of(tool(add))
        self.assertEqual(
            made.definition["inputSchema"],
            {
                "type": "object",
                "properties": {
                    "a": {"type": "integer"},
                    "b": {"type": "integer", "default": 0},
                    "note": {"type": "string", "default": ""},
                    "color": {"type": "string", "enum": ["red", "blue"], "default": "red"},
                    "odd": {},
                },
                "required": ["a"],
                "additionalProperties": False,
            },
        )
        self.assertEqual(made.definition["outputSchema"], {"type": "integer"})
        self.assertEqual(run(made, a=2.0), 2)
        self.assertEqual(run_problem(made, {"a": 1, "c": 2}), "c: not allowed here")
        self.assertEqual(run_problem(made, {}), "a: missing")

    def test_a_default_that_the_type_does_not_allow_is_not_shown(self):
        def give(value: int = None) -> str:  # noqa: RUF013
            return repr(value)

        self.assertEqual(tool_of(tool(give)).definition["inputSchema"]["properties"], {"value": {"type": "integer"}})
        self.assertEqual(run(give), "None")

    @unittest.skipIf(NEW < (3, 7), "needs from __future__ import annotations")
    def test_annotations_as_text(self):
        namespace = {"tool": tool, "List": List}
        exec(
            "from __future__ import annotations\n@tool\ndef give(value: List[int]) -> int:\n    return sum(value)",
            namespace,
        )
        self.assertEqual(run(namespace["give"], value=[1, 2.0]), 3)

    @unittest.skipIf(NEW < (3, 7), "needs from __future__ import annotations")
    def test_new_syntax_where_python_cannot_read_it(self):
        source = "from __future__ import annotations\n@tool\ndef give(value: int | None): return value"
        namespace = {"tool": tool}
        if NEW >= (3, 10):
            exec(source, namespace)
            self.assertEqual(run(namespace["give"], value=2.0), 2)
        else:
            with self.assertRaisesRegex(DeclarationError, "parameter value: Python 3.*cannot read.*Optional"):
                exec(source, namespace)

    @unittest.skipIf(NEW < (3, 8), "needs typing.TypedDict")
    def test_typed_dict(self):
        class Base(typing.TypedDict):
            a: int

        class Row(Base, total=False):
            b: List[float]

        schema = schema_of(Row)
        self.assertEqual((sorted(schema["properties"]), schema["additionalProperties"]), (["a", "b"], False))
        if NEW >= (3, 9):  # before, nobody can tell which keys came from where
            self.assertEqual(schema["required"], ["a"])
        self.assertEqual(run(takes(Row), value={"a": 2.0, "b": [1]}), {"a": 2, "b": [1.0]})
        self.assertEqual(
            run_problem(takes(List[Row]), {"value": [{"a": 1, "b": ["x"]}]}), 'value[0].b[0]: expected a number, got "x"'
        )

    @unittest.skipIf(NEW < (3, 11), "needs typing.Required")
    def test_required(self):
        row = typing.TypedDict(
            "row", {"a": typing.Required[int], "b": str, "c": "typing.NotRequired[int]"}, total=False
        )
        self.assertEqual(schema_of(row)["required"], ["a"])
        row = typing.TypedDict("row", {"b": str, "c": typing.Annotated[typing.NotRequired[int], "number"]})
        self.assertEqual(schema_of(row)["required"], ["b"])

    @unittest.skipIf(NEW < (3, 7), "needs dataclasses")
    def test_dataclass(self):
        import dataclasses

        @dataclasses.dataclass
        class Point:
            x: float
            y: float = 0
            tags: List[str] = dataclasses.field(default_factory=list)
            norm: float = dataclasses.field(init=False, default=0)

        @dataclasses.dataclass
        class Line:
            start: Point
            end: Optional[Point] = None
            color: Color = Color.RED

        line = schema_of(Line)
        self.assertEqual((line["required"], line["properties"]["color"]["default"]), (["start"], "red"))
        self.assertEqual(sorted(line["properties"]["start"]["properties"]), ["tags", "x", "y"])
        got = run(takes(Line), value={"start": {"x": 1}, "end": {"x": 2, "tags": ["a"]}, "color": "blue"})
        self.assertEqual(got, Line(Point(1.0), Point(2.0, tags=["a"]), Color.BLUE))
        self.assertEqual(run_problem(takes(Line), {"value": {"start": {"y": 1}}}), "value.start.x: missing")
        self.assertEqual(
            run_problem(takes(Line), {"value": {"start": {"x": 1}, "end": {"x": ""}}}),
            'value.end.x: expected a number, got ""',
        )


class Descriptions(unittest.TestCase):
    def described(self, docstring):
        def give(first: int, second: str = "") -> str:
            return second

        give.__doc__ = docstring
        properties = tool_of(tool(give)).definition["inputSchema"]["properties"]
        return [properties[name].get("description") for name in ("first", "second")]

    def test_google(self):
        said = """Do it.

        Args:
            first (int): the one
                and only
            second: another

        Returns:
            first: no
        """
        self.assertEqual(self.described(said), ["the one and only", "another"])

    def test_rest(self):
        said = "Do it.\n\n    :param int first: the one\n        and only\n    :param second: another\n    :returns: no"
        self.assertEqual(self.described(said), ["the one and only", "another"])

    def test_none(self):
        self.assertEqual(self.described("Do it."), [None, None])
        self.assertEqual(self.described(None), [None, None])

    @unittest.skipIf(NEW < (3, 9), "needs typing.Annotated")
    def test_annotated_comes_first(self):
        def give(first: typing.Annotated[int, "the one"]) -> str:
            """Give.

            Args:
                first: another

            """

        self.assertEqual(tool_of(tool(give)).definition["inputSchema"]["properties"]["first"]["description"], "the one")


class Refused(unittest.TestCase):
    def refused(self, function, pattern, **settings):
        with self.assertRaises(DeclarationError) as caught:
            tool(**settings)(function) if settings else tool(function)
        self.assertRegex(str(caught.exception), r"test_signature.py, line \d+, function .*: .*" + pattern)
        self.assertNotIn("\n", str(caught.exception))

    def test_parameters(self):
        def unannotated(a):
            pass

        def unsupported(a: complex):
            pass

        def inner(a: List[Dict[str, bytes]]):
            pass

        def keys(a: Dict[int, str]):
            pass

        def unknown(a: "NoSuchType"):  # noqa: F821
            pass

        def several(*a: int):
            pass

        def any_name(**a: int):
            pass

        for function, pattern in [
            (unannotated, "parameter a: no annotation; write its type, such as a: str"),
            (unsupported, "parameter a: complex is not supported; what works: str, int"),
            (inner, "parameter a: bytes is not supported"),
            (keys, "parameter a: the keys of JSON objects are strings"),
            (unknown, r"parameter a: Python 3\.\d+ cannot read the annotation \(name 'NoSuchType' is not defined\)"),
            (several, "parameter .*a.*: clients give named arguments"),
            (any_name, "parameter .*a.*: clients give named arguments; .*input_schema"),
        ]:
            self.refused(function, pattern)

    def test_functions(self):
        def wait():
            yield 1

        def result() -> complex:
            pass

        def fine():
            pass

        namespace = {}
        exec(compile("async def later(): pass", "test_signature.py", "exec"), namespace)
        self.refused(namespace["later"], "threaded=False does not work for async def", threaded=False)
        self.refused(result, "the result: complex is not supported")
        self.refused(lambda: 1, "lambda has no name of its own.*name=")
        self.refused(fine, "'a b' is no name", name="a b")
        self.refused(fine, "is no name", name="a" * 129)
        self.refused(fine, "output_schema.unevaluatedItems: not supported", output_schema={"unevaluatedItems": {}})
        self.refused(fine, 'input_schema.type: expected "object"', input_schema={"properties": {}})
        self.refused(fine, "JSON has no way to say a bytes", icons=[{"src": b""}])
        with self.assertRaisesRegex(TypeError, "takes a function, not 'fine'.* by name, as in @tool"):
            tool("fine")

    @unittest.skipIf(NEW < (3, 7), "needs dataclasses")
    def test_a_type_within_itself(self):
        import dataclasses

        node = dataclasses.make_dataclass("node", [("inner", "Optional[node]", None)])
        sys.modules[node.__module__].__dict__["node"] = node
        self.addCleanup(sys.modules[node.__module__].__dict__.pop, "node")
        sys.modules[node.__module__].__dict__.setdefault("Optional", Optional)

        def give(value: node):
            pass

        self.refused(give, "a type contains itself")


BY_HAND = {"type": "object", "properties": {"a": {"type": "integer"}}, "anyOf": [{"required": ["a"]}]}


class ByHand(unittest.TestCase):
    def test_any_arguments(self):
        @tool(input_schema=BY_HAND)
        def give(**arguments):
            return arguments

        self.assertEqual(tool_of(give).definition["inputSchema"], BY_HAND)
        self.assertEqual(run(give, a=1, b=2), {"a": 1, "b": 2})
        self.assertEqual(run_problem(tool_of(give), {}), "a: missing")
        self.assertEqual(run_problem(tool_of(give), {"a": "x"}), 'a: expected an integer, got "x"')

    def test_tuples_stand_for_arrays(self):
        @tool(input_schema={"type": "object", "properties": {"a": {"type": ("string", "null"), "enum": ("x", None)}}})
        def give(a):
            return a

        self.assertEqual(run_problem(tool_of(give), {"a": 1}), "a: expected a string or null, got 1")
        self.assertIsNone(run_problem(tool_of(give), {"a": None}))

    def test_the_call_too(self):
        @tool(input_schema=BY_HAND)
        def give(a, here: Call):
            return a, here.arguments

        self.assertEqual(run(give, a=1), (1, {"a": 1}))


if __name__ == "__main__":
    unittest.main()
