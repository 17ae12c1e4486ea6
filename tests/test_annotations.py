# ruff: noqa: B006, B008, RUF013, F821, F722, D417  what is wrong with these functions is tested
"""What a function's signature becomes: parameters, defaults, the Call, and refusals."""

import datetime
import enum
import functools
import http
import sys
import typing
import unittest
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from cwd_server.toolkit import tool
from cwd_server.toolkit.annotations.signature import read_parameters, read_result
from cwd_server.toolkit.arguments import fit_arguments
from cwd_server.toolkit.call import Call, Result
from cwd_server.toolkit.content import Image
from cwd_server.toolkit.errors import ArgumentsError, DeclarationError
from cwd_server.toolkit.tool import tool_of
from tests.support.cases import PYPY, annotated_is_not_hashed
from tests.test_annotations_types import Access, Color, Level, Nested

NEW = sys.version_info

Twenty = enum.IntEnum("Twenty", [f"N{number}" for number in range(1, 21)])
Many = enum.IntEnum("Many", [f"N{number}" for number in range(1, 22)])


def keywords_of(function, **arguments):
    """Return the keyword arguments that a call with these arguments gives to a function."""
    parameters = read_parameters(function)
    fitted, checker = fit_arguments(arguments, parameters.schema, parameters.defaults)
    return parameters.convert(fitted, checker)


class Schema(unittest.TestCase):
    def test_the_whole_of_it(self):
        def give(a: int, b: str = "x", *, c: Optional[float] = None):
            """Give.

            Args:
                a: the first

            """

        expected = {
            "type": "object",
            "properties": {
                "a": {"description": "the first", "type": "integer"},
                "b": {"type": "string", "default": "x"},
                "c": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
            },
            "required": ["a"],
            "additionalProperties": False,
        }
        self.assertEqual(read_parameters(give).schema, expected)

    @unittest.skipIf(NEW < (3, 11), "needs typing.Unpack")
    def test_keywords_that_a_typed_dict_names(self):
        class Options(typing.TypedDict, total=False):
            """What may be left out."""

            depth: int
            day: typing.Required[datetime.date]

        def give(a: int, **options: typing.Unpack[Options]):
            """Give.

            Args:
                depth: how deep

            """

        schema = read_parameters(give).schema
        self.assertEqual(
            schema["properties"],
            {
                "a": {"type": "integer"},
                "depth": {"description": "how deep", "type": "integer"},
                "day": {"type": "string", "format": "date"},
            },
        )
        self.assertEqual(schema["required"], ["a", "day"])
        self.assertEqual(
            keywords_of(give, a=1, day="2024-01-31"),
            {"a": 1, "day": datetime.date(2024, 1, 31)},
        )

        def wrong(**options: typing.Unpack[Tuple[int]]):
            pass

        with self.assertRaisesRegex(DeclarationError, "^parameter options: clients have to know"):
            read_parameters(wrong)

    def test_the_docstring_of_what_is_no_plain_function(self):
        def plain(a: int, b: int = 0):
            """Give.

            Args:
                a: the first

            """

        class Service:
            """A service."""

            def give(self, a: int):
                """Give.

                Args:
                    a: the first

                """

            __call__ = give

        class Other(Service):
            def give(self, a: int):
                pass

        for function in (
            functools.partial(plain, b=1),
            functools.wraps(plain)(lambda *args, **kwargs: None),
            Service().give,
            Service(),
            Other().give,
        ):
            with self.subTest(function=function):
                given = tool_of(tool(function, name="give"))
                self.assertEqual(given.definition["description"].split("\n")[0], "Give.")
                described = given.definition["inputSchema"]["properties"]["a"]
                self.assertEqual(described["description"], "the first")

    def test_what_numbers_stand_for_is_said_beside_what_is_written(self):
        def give(level: Level, access: Access, levels: List[Level], plain: Optional[Level] = None):
            """Give.

            Args:
                level: how much
                access: what for
                levels: and these

            """

        properties = read_parameters(give).schema["properties"]
        legend = "1 = LOW, 2 = HIGH"
        self.assertEqual(properties["level"]["description"], f"how much ({legend})")
        self.assertEqual(
            properties["access"]["description"], "what for (a sum of 1 = READ, 2 = WRITE)"
        )
        self.assertEqual(properties["levels"]["description"], "and these")
        self.assertEqual(properties["levels"]["items"]["description"], legend)
        self.assertEqual(properties["plain"]["anyOf"][0]["description"], legend)

    def test_what_many_numbers_stand_for_is_said_of_the_first(self):
        def give(status: http.HTTPStatus, many: Many, twenty: Twenty):
            pass

        properties = read_parameters(give).schema["properties"]
        self.assertRegex(properties["status"]["description"], r"^100 = CONTINUE, .*, …$")
        self.assertTrue(properties["many"]["description"].endswith("20 = N20, …"))
        self.assertTrue(properties["twenty"]["description"].endswith("19 = N19, 20 = N20"))

    def test_no_parameters(self):
        def give():
            pass

        self.assertEqual(
            read_parameters(give).schema,
            {"type": "object", "properties": {}, "additionalProperties": False},
        )
        self.assertEqual(keywords_of(give), {})

    def test_annotations_that_are_text(self):
        def give(a: "int", b: "List[Dict[str, Any]]", c: List["int"]):
            pass

        properties = read_parameters(give).schema["properties"]
        self.assertEqual(properties["a"], {"type": "integer"})
        self.assertEqual(properties["b"], {"type": "array", "items": {"type": "object"}})
        self.assertEqual(properties["c"], {"type": "array", "items": {"type": "integer"}})

    def test_what_stands_behind_wrappers(self):
        def give(a: "Sequence[int]", b: int = 1):
            pass

        @functools.wraps(give)
        def wrapper(*arguments, **keywords):
            return give(*arguments, **keywords)

        class Giver:
            def give(self, a: "Sequence[int]", b: int = 1):
                pass

            def __call__(self, a: "Sequence[int]", b: int = 1):
                pass

        schema = read_parameters(give).schema
        functions = (
            wrapper,
            functools.lru_cache()(give),
            Giver().give,
            Giver(),
            functools.partial(give, b=1),
        )
        for function in functions:
            with self.subTest(function=function):
                self.assertEqual(read_parameters(function).schema, schema)

    def test_what_a_partial_has_set_can_still_be_given(self):
        def give(a: int, b: int):
            pass

        parameters = read_parameters(functools.partial(give, a=7))
        self.assertEqual(parameters.schema["properties"]["a"], {"type": "integer", "default": 7})
        self.assertEqual(parameters.schema["required"], ["b"])
        self.assertEqual(read_parameters(functools.partial(give, 7)).schema["required"], ["b"])


class Defaults(unittest.TestCase):
    def test_copied_for_each_call(self):
        def give(items: List[int] = [], options: Dict[str, List[int]] = {"a": []}):
            pass

        first = keywords_of(give)
        first["items"].append(1)
        first["options"]["a"].append(1)
        self.assertEqual(keywords_of(give), {"items": [], "options": {"a": []}})
        self.assertEqual(keywords_of(give, items=[2])["items"], [2])

    def test_what_cannot_change_stays_the_functions_own(self):
        missing = object()

        def give(a: int = 1, b: Any = missing):
            pass

        self.assertEqual(keywords_of(give), {})

    def test_null_is_the_default_where_the_type_has_no_null(self):
        def give(a: int = 1, b: Optional[int] = 2):
            pass

        self.assertEqual(keywords_of(give, a=None, b=None), {"b": None})

    def test_what_json_cannot_say_is_not_shown(self):
        def give(a: float = float("inf"), b: Any = object()):
            pass

        schema = read_parameters(give).schema
        self.assertEqual(schema["properties"], {"a": {"type": "number"}, "b": {}})
        self.assertNotIn("required", schema)

    def test_one_that_does_not_fit_is_refused(self):
        def text(a: int = "x"):
            pass

        def flag(a: int = True):
            pass

        def fraction(a: float = "x"):
            pass

        def truth(a: float = True):
            pass

        def inner(a: List[int] = ["x"]):
            pass

        def letters(a: Sequence[str] = "abc"):
            pass

        def member(a: Color = "red"):
            pass

        def number(a: Level = 1):
            pass

        def pair(a: Tuple[int, str] = (1, 2)):
            pass

        def longer(a: Tuple[int] = (1, 2)):
            pass

        def day(a: datetime.date = "2024-01-31"):
            pass

        def items(a: Dict[str, int] = []):
            pass

        def name(a: Dict[str, int] = {1: 1}):
            pass

        for function, problem in [
            (text, "parameter a: the default 'x' is no int; change one of the two"),
            (flag, "parameter a: the default True is no int; change one of the two"),
            (fraction, "parameter a: the default 'x' is no float"),
            (truth, "parameter a: the default True is no float"),
            (inner, r"parameter a: the default \['x'\] is no List\[int\]"),
            (letters, r"parameter a: the default 'abc' is no Sequence\[str\]"),
            (member, "parameter a: the default 'red' is no Color; change one of the two"),
            (number, "parameter a: the default 1 is no Level"),
            (pair, r"parameter a: the default \(1, 2\) is no Tuple\[int, str\]"),
            (longer, r"parameter a: the default \(1, 2\) is no Tuple\[int\]"),
            (day, "parameter a: the default '2024-01-31' is no date"),
            (items, r"parameter a: the default \[\] is no Dict"),
            (name, "parameter a: the default {1: 1} is no Dict"),
        ]:
            refused = self.assertRaisesRegex(DeclarationError, "^" + problem)
            with self.subTest(function=function.__name__), refused:
                read_parameters(function)

    def test_ones_that_fit(self):
        def give(
            a: float = 1,
            b: Sequence[int] = (),
            c: Union[int, List[str]] = ["x"],
            d: int = None,  # not right, and written everywhere
            e: object = "x",
            f: Color = Color.RED,
            g: Level = Level.LOW,
            h: Access = Access.READ | Access.WRITE,
            i: Tuple[int, str] = (1, "a"),
            j: datetime.date = datetime.date(2024, 1, 31),
            k: Dict[str, int] = {"a": 1},
            none: type(None) = None,
        ):
            pass

        properties = read_parameters(give).schema["properties"]
        shown = {name: schema.get("default", "-") for name, schema in properties.items()}
        expected = {
            "a": 1,
            "b": [],
            "c": ["x"],
            "d": "-",
            "e": "x",
            "f": "red",
            "g": 1,
            "h": 3,
            "i": [1, "a"],
            "j": "2024-01-31",
            "k": {"a": 1},
            "none": None,
        }
        self.assertEqual(shown, expected)


class TheCall(unittest.TestCase):
    def test_parameters_that_take_it(self):
        def plain(here: Call, a: int):
            pass

        def optional(a: int, here: Optional[Call] = None):
            pass

        def by_default(a: int, here: Call = None):
            pass

        def text(a: int, here: "Optional[Call]" = None):
            pass

        functions = [plain, optional, by_default, text]
        if NEW >= (3, 9):

            def annotated(here: typing.Annotated[Optional[Call], "whose"], a: int):
                pass

            functions.append(annotated)
        for function in functions:
            with self.subTest(function=function.__name__):
                parameters = read_parameters(function)
                self.assertEqual(parameters.call_names, ["here"])
                self.assertEqual(list(parameters.schema["properties"]), ["a"])
                self.assertEqual(keywords_of(function, a=1), {"a": 1})

    def test_beside_a_schema_of_ones_own(self):
        def give(here: Call, a, *rest, b: "NoSuchType" = 1, **more):
            pass

        parameters = read_parameters(give, by_hand=True)
        self.assertEqual(parameters.call_names, ["here"])
        self.assertEqual(parameters.convert({"a": 1, "z": 2}, None), {"a": 1, "z": 2})

    def test_defaults_beside_a_schema_of_ones_own(self):
        def give(a: int, b: "NoSuchType" = []):
            pass

        parameters = read_parameters(give, by_hand=True)
        self.assertEqual(parameters.defaults, {"b": []})
        given = {"a": 1}
        parameters.convert(given, None)["b"].append(1)
        self.assertEqual(parameters.convert(given, None), {"a": 1, "b": []})
        self.assertEqual(given, {"a": 1})


class Refused(unittest.TestCase):
    def test_parameters(self):
        def unannotated(a):
            pass

        def several(*a: int):
            pass

        def any_name(**a: int):
            pass

        def anything(*args, **kwargs):
            pass

        def forgotten(call):
            pass

        def context(ctx=None):
            pass

        def number(a=1.5):
            pass

        def switch(a=True):
            pass

        def unknown(a: "NoSuchType"):
            pass

        def inside(a: List["NoSuchType"]):
            pass

        def malformed(a: "List["):
            pass

        for function, problem in [
            (unannotated, "parameter a: no annotation; write its type, such as a: str"),
            (several, r"parameter a: clients give arguments by name; take a list: a: List\[str\]"),
            (any_name, "parameter a: clients have to know the names; write each, or use "),
            (anything, "^it takes any arguments, .* put @functools.wraps"),
            (forgotten, "parameter call: no annotation; write its type, such as call: Call"),
            (context, "parameter ctx: no annotation; write its type, such as ctx: Call$"),
            (number, "parameter a: no annotation; write its type, such as a: float$"),
            (switch, "parameter a: no annotation; write its type, such as a: bool$"),
            (
                unknown,
                r"parameter a: Python 3\.\d+ cannot read the annotation 'NoSuchType' "
                r"\(name 'NoSuchType' is not defined\); define or import it above, at the top "
                "level, not under TYPE_CHECKING alone$",
            ),
            (inside, r"parameter a: Python 3\.\d+ cannot read the annotation 'NoSuchType'"),
            (
                malformed,
                r"parameter a: Python 3\.\d+ cannot read the annotation 'List\[' .*; "
                "Optional, Union, List, Dict of typing always work$",
            ),
        ]:
            refused = self.assertRaisesRegex(DeclarationError, problem)
            with self.subTest(function=function.__name__), refused:
                read_parameters(function)

    @unittest.skipIf(sys.version_info < (3, 14), "Python itself looks the name up")
    def test_a_name_that_is_never_defined(self):
        names = {}
        exec("def take(a: NoSuchType):\n    pass", names)
        problem = r"parameter a: Python 3\.\d+ cannot read the annotation 'NoSuchType'"
        with self.assertRaisesRegex(DeclarationError, problem):
            read_parameters(names["take"])

    @unittest.skipIf(NEW < (3, 8), "needs positional-only parameters")
    def test_parameters_without_a_name(self):
        namespace = {}
        exec("def give(a: int, /): pass", namespace)
        with self.assertRaisesRegex(DeclarationError, "parameter a: clients .* remove the / "):
            read_parameters(namespace["give"])

    @unittest.skipIf(PYPY, "its functions all have a signature")
    def test_what_has_no_signature(self):
        with self.assertRaisesRegex(
            DeclarationError, "Python cannot say what it takes .* write a def around it"
        ):
            read_parameters(min)

    @annotated_is_not_hashed
    def test_a_dict_inside_optional(self):
        def give(a: "Optional[typing.Annotated[int, {'minimum': 1}]]"):
            pass

        with self.assertRaisesRegex(
            DeclarationError, r"put Annotated outside: Annotated\[Optional\[int\], \{…\}\]"
        ):
            read_parameters(give)


class ProblemsOfArguments(unittest.TestCase):
    def test_all_that_cannot_be_converted_is_said(self):
        def give(days: List[datetime.date], more: Dict[str, datetime.time]):
            pass

        with self.assertRaises(ArgumentsError) as caught:
            keywords_of(give, days=["x", "2024-01-31", "2024-02-31"], more={"a": "y"})
        expected = [
            'days[0]: expected a date such as 2024-01-31, got "x"',
            'days[2]: expected a date such as 2024-01-31, got "2024-02-31"',
            'more.a: expected a time such as 15:04:05, got "y"',
        ]
        self.assertEqual([str(problem) for problem in caught.exception.problems], expected)
        self.assertEqual(str(caught.exception), "; ".join(expected))

    def test_arguments_that_are_nested_without_end(self):
        def give(tree: Nested):
            pass

        tree = []
        for _ in range(10000):
            tree = [tree]
        parameters = read_parameters(give)
        with self.assertRaisesRegex(ArgumentsError, "^the arguments are nested too deep$"):
            parameters.convert({"tree": tree}, None)


class Results(unittest.TestCase):
    def test_schemas(self):
        for annotation, schema in [
            (int, {"type": "integer"}),
            (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
            (Dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
            (typing.Iterator[int], {"type": "array", "items": {"type": "integer"}}),
            (typing.Generator[int, None, str], {"type": "array", "items": {"type": "integer"}}),
            (typing.AsyncIterator[int], {"type": "array", "items": {"type": "integer"}}),
            ("List[int]", {"type": "array", "items": {"type": "integer"}}),
            (typing.Awaitable[int], {"type": "integer"}),
            (typing.Coroutine[Any, Any, int], {"type": "integer"}),
        ]:
            with self.subTest(annotation=annotation):
                self.assertEqual(read_result(returning(annotation)).schema, schema)

    def test_the_limits_of_parameters_are_not_those_of_results(self):
        for annotation in (typing.Set[int], Dict[int, int]):
            with self.subTest(annotation=annotation):
                schema = read_result(returning(annotation)).schema
                self.assertEqual({"maxItems", "maxProperties"} & set(schema), set())

    def test_what_needs_none(self):
        unsupported = (complex, List[complex], "NoSuchType", Call)
        content = (Result, Image, List[Image], Optional[Image], Union[str, Image])
        # Who writes these may return pictures and texts, which a schema would make data of
        lists = (list, tuple, List, Tuple, List[Any], Sequence[object], Optional[list])
        for annotation in (str, None, Any, object, Optional[str], *lists, *content, *unsupported):
            with self.subTest(annotation=annotation):
                self.assertIsNone(read_result(returning(annotation)))

    def test_no_annotation(self):
        def give():
            pass

        self.assertIsNone(read_result(give))


def returning(annotation):
    """Return a function with this return annotation."""

    def give():
        pass

    give.__annotations__["return"] = annotation
    return give


if __name__ == "__main__":
    unittest.main()
