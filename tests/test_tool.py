"""The decorator: the function stays what it was, and the Tool belongs to that very function."""

import copy
import datetime
import doctest
import functools
import inspect
import pickle
import typing
import unittest
import unittest.mock
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import cwd_server.toolkit
from cwd_server.toolkit import content, tool
from cwd_server.toolkit.errors import ArgumentsError, DeclarationError
from cwd_server.toolkit.testing import call_tool
from cwd_server.toolkit.tool import tool_of
from tests.support.cases import PYPY


@tool
def square(number: int) -> int:
    """Square it.

    >>> square(3)
    9
    """
    return number * number


class Stay(NamedTuple):
    day: datetime.date
    nights: int = 1
    then: "Optional[Stay]" = None


class StillItsFunction(unittest.TestCase):
    def test_what_python_knows_of_it(self):
        self.assertTrue(inspect.isfunction(square))
        self.assertEqual(list(inspect.signature(square).parameters), ["number"])
        self.assertEqual((square.__name__, square.__module__), ("square", __name__))
        self.assertIs(pickle.loads(pickle.dumps(square)), square)
        self.assertIs(copy.deepcopy(square), square)
        self.assertEqual(square(3), 9)

    def test_doctest_finds_it(self):
        (test,) = doctest.DocTestFinder().find(square, globs={"square": square})
        self.assertEqual(doctest.DocTestRunner(verbose=False).run(test), (0, 1))

    def test_a_wrapper_is_no_tool(self):
        """A decorator above @tool may check who calls, and must not be passed by."""

        @functools.wraps(square)
        def checked(number):
            raise PermissionError

        self.assertIsNone(tool_of(checked))
        self.assertIs(tool_of(square).function, square)

    def test_things_that_are_none(self):
        class Anything:
            def __getattr__(self, name):
                raise RuntimeError(name)

        for thing in (len, 5, None, Anything(), unittest.mock):
            with self.subTest(thing=type(thing)):
                self.assertIsNone(tool_of(thing))


class Arguments(unittest.TestCase):
    def test_all_that_is_wrong_is_said_at_once(self):
        @tool
        def plan(day: datetime.date, hours: int, days: List[datetime.date]) -> str:
            return ""

        arguments = {"day": "2024-02-30", "hours": "x", "days": ["soon", "2024-01-31"], "how": 1}
        with self.assertRaises(ArgumentsError) as caught:
            call_tool(plan, arguments)
        self.assertEqual(
            str(caught.exception),
            'how: not a parameter; hours: expected an integer, got "x"; '
            'day: expected a date such as 2024-01-31, got "2024-02-30"; '
            'days[0]: expected a date such as 2024-01-31, got "soon"',
        )

    def test_inside_one_parameter_too(self):
        """What no schema says is found beside what it says, in every type that has parts."""
        cases = [
            (List[datetime.date], ["soon", 1], ["[1]", "[0]"]),
            (Optional[Sequence[datetime.date]], ["soon", 1], ["[1]", "[0]"]),
            (List[List[datetime.date]], [["soon"], [1]], ["[1][0]", "[0][0]"]),
            (Tuple[datetime.date, int], ["soon", "x"], ["[1]", "[0]"]),
            (Dict[str, datetime.date], {"a": "soon", "b": 1}, [".b", ".a"]),
            (Dict[datetime.date, int], {"soon": "x"}, [".soon", ".soon"]),
            (Dict[int, datetime.date], {"1": "soon", "x": "2024-01-31"}, [".x", ".1"]),
            (Stay, ["soon", "x"], ["[1]", "[0]"]),
            (Stay, {"day": "soon", "nights": "x"}, [".nights", ".day"]),
            (Stay, {"day": "soon", "how": 1}, [".how", ".day"]),
            (Stay, {"day": "soon", "then": {"day": 1}}, [".then.day", ".day"]),
            (Stay, {"day": 1, "then": {"day": "soon"}}, [".day", ".then.day"]),
        ]
        if hasattr(typing, "Annotated"):
            annotated = typing.Annotated[List[datetime.date], {"minItems": 3}]
            cases.append((annotated, ["soon", "2024-01-31"], ["", "[0]"]))
        for annotation, argument, where in cases:

            def plan(when):
                pass

            plan.__annotations__["when"] = annotation
            with self.subTest(annotation=annotation, argument=argument):
                with self.assertRaises(ArgumentsError) as caught:
                    call_tool(tool(plan), {"when": argument})
                found = [problem.path for problem in caught.exception.problems]
                self.assertEqual(found, [f"when{path}" for path in where])

    def test_where_nobody_knows_what_was_meant(self):
        """Of several alternatives that have parts, none is taken for the one that was meant."""

        @tool
        def plan(when: Union[List[datetime.date], List[datetime.time]]) -> str:
            return ""

        with self.assertRaises(ArgumentsError) as caught:
            call_tool(plan, {"when": ["soon", 1]})
        problem = 'when: expected an array (each item a string), got ["soon", 1]'
        self.assertEqual(str(caught.exception), problem)


class Settings(unittest.TestCase):
    def test_all_of_them(self):
        icons = [{"src": "https://example.com/icon.png", "mimeType": "image/png"}]

        @tool(
            name="a.b-c",
            title="A",
            description="Do it.",
            icons=icons,
            meta={"example.com/a": 1},
            read_only=True,
            destructive=False,
            idempotent=True,
            open_world=False,
            input_schema={"type": "object", "properties": {"a": {"type": "integer"}}},
            output_schema={"type": "object"},
        )
        def full(**arguments) -> dict:
            return arguments

        made = tool_of(full)
        self.assertEqual(made.name, "a.b-c")
        expected = {
            "name": "a.b-c",
            "title": "A",
            "description": "Do it.",
            "icons": icons,
            "_meta": {"example.com/a": 1},
            "annotations": {
                "readOnlyHint": True,
                "destructiveHint": False,
                "idempotentHint": True,
                "openWorldHint": False,
            },
            "inputSchema": {"type": "object", "properties": {"a": {"type": "integer"}}},
            "outputSchema": {"type": "object"},
        }
        self.assertEqual(made.definition, expected)

    def test_misspelt_and_misplaced(self):
        with self.assertRaisesRegex(TypeError, "unexpected keyword argument 'read_ony'"):
            tool(read_ony=True)
        for thing in ("x", 5):
            with self.subTest(thing=thing), self.assertRaisesRegex(
                TypeError, "takes a function, not"
            ):
                tool(thing)

    def test_a_description_is_written_like_a_docstring(self):
        described = tool_of(
            tool(
                square,
                name="described",
                description="""
                Square it.

                    Twice.
                """,
            )
        )
        self.assertEqual(described.definition["description"], "Square it.\n\n    Twice.")

    def test_settings_that_clients_could_not_read(self):
        for settings, reason in (
            ({"title": 5}, "title: expected a str, got 5"),
            ({"description": ["a"]}, "description: expected a str"),
            ({"meta": ["a"]}, "meta: expected a dict"),
            ({"icons": "icon.png"}, "icons: expected a list"),
            ({"icons": ["icon.png"]}, "icons: expected dicts such as"),
            ({"icons": [{"mimeType": "image/png"}]}, "icons: expected dicts such as"),
            ({"read_only": "yes"}, "read_only: expected True or False, got 'yes'"),
            ({"open_world": 1}, "open_world: expected True or False, got 1"),
            ({"threaded": "no"}, "threaded: expected True or False, got 'no'"),
            (
                {"input_schema": {"type": "object", "properties": ["a"]}},
                "input_schema.properties: expected an object",
            ),
            ({"input_schema": Stay}, "input_schema: expected a JSON Schema, a dict, got <class "),
            (
                {"output_schema": "integer"},
                "output_schema: expected a JSON Schema, a dict, got 'i",
            ),
        ):
            with self.subTest(settings=settings), self.assertRaisesRegex(
                DeclarationError, f"test_tool.py, line .*, function named: {reason}"
            ):

                @tool(**settings)
                def named() -> int:
                    return 1

    def refuses_schema_of(self, function, name, reason):
        schema = {"type": "object", "properties": {name: {}}}
        with self.subTest(name=name), self.assertRaisesRegex(DeclarationError, reason):
            tool(function, input_schema=schema)

    @unittest.skipIf(PYPY, "its functions are written in Python, and take arguments by name")
    def test_a_schema_by_hand_for_what_takes_no_names(self):
        reason = "parameter iterable: clients give arguments by name"
        self.refuses_schema_of(sum, "iterable", reason)

    def test_a_schema_by_hand_names_what_the_function_takes(self):
        def takes(a, *more, b=1):
            return a

        def takes_all(a, **more):
            return more

        for function, name, reason in (
            (takes, "c", "input_schema.properties.c: the function takes no c; add it there, or"),
            (takes, "more", "parameter more: clients give arguments by name"),
        ):
            self.refuses_schema_of(function, name, reason)
        both = {"type": "object", "properties": {"a": {}, "b": {}}}
        some = tool(takes, input_schema=both)
        self.assertEqual(call_tool(some, {"a": 1, "b": 2})["structuredContent"], 1)
        several = tool(takes_all, input_schema=both)
        self.assertEqual(call_tool(several, {"a": 1, "b": 2})["structuredContent"], {"b": 2})

    def test_async_cannot_answer_at_once(self):
        async def later() -> str:
            return ""

        with self.assertRaisesRegex(
            DeclarationError, "test_tool.py, line .*, function later: threaded=False"
        ):
            tool(threaded=False)(later)

    def test_methods(self):
        with self.assertRaisesRegex(
            DeclarationError, r"no object to be called on; .*tool\(YourClass\(\).greet"
        ):

            class Service:
                @tool
                def greet(self) -> str:
                    return ""

    def test_methods_of_classes(self):
        for above in (classmethod, staticmethod):
            with self.subTest(above=above):
                if callable(above(square)):  # from Python 3.10 on
                    continue
                with self.assertRaisesRegex(
                    DeclarationError,
                    r"what is in a class is not offered; .*tool\(YourClass.square",
                ):
                    tool(above(square))

    def test_a_partial_that_looks_like_what_it_is_of(self):
        def add(x: int, y: int) -> int:
            return x + y

        for partial, names in (
            (functools.partial(add, y=10), ["x", "y"]),
            (functools.partial(add, 10), ["y"]),
        ):
            looks_like_add = functools.update_wrapper(partial, add)
            made = tool_of(tool(looks_like_add))
            with self.subTest(partial=partial):
                self.assertEqual(made.name, "add")
                self.assertEqual(list(made.definition["inputSchema"]["properties"]), names)
                result = call_tool(made.function, {names[0]: 1})
                self.assertEqual(result["structuredContent"], 11)

        @functools.wraps(looks_like_add)
        def wrapper(*arguments, **keywords):
            return looks_like_add(*arguments, **keywords)

        self.assertEqual(call_tool(tool(wrapper), {"y": 2})["structuredContent"], 12)

    def test_wrappers_that_cannot_be_given_names(self):
        @functools.wraps(square)
        def positional(*arguments):
            return square(*arguments)

        @functools.wraps(square)
        def renamed(value):
            return square(value)

        @functools.wraps(square)
        def named(number):
            return square(number)

        for wrapper in (positional, renamed):
            with self.subTest(wrapper=wrapper), self.assertRaisesRegex(
                DeclarationError,
                "function square: the wrapper around it takes no argument named "
                r"number; write in the decorator: def wrapper\(\*args, \*\*kwargs\)",
            ):
                tool(wrapper)
        with self.assertRaisesRegex(DeclarationError, "singledispatch .*; write a def around it"):
            tool(functools.singledispatch(square))
        self.assertEqual(tool(named)(number=3), 9)
        self.assertEqual(tool(functools.lru_cache()(square))(number=3), 9)

    def test_names(self):
        with self.assertRaisesRegex(DeclarationError, "lambda has no name"):
            tool(lambda: 1)
        with self.assertRaisesRegex(DeclarationError, "^[^;]*lambda cannot say .*; write a def$"):
            tool(lambda a: a, name="same")
        by_hand = {"type": "object", "properties": {"a": {}}}
        same = tool(lambda a: a, name="same", input_schema=by_hand)
        self.assertEqual(call_tool(same, {"a": 1})["structuredContent"], 1)
        with self.assertRaisesRegex(DeclarationError, "function square: a partial has no name"):
            tool(functools.partial(square, number=1))


class Package(unittest.TestCase):
    def test_a_star_brings_the_api_and_nothing_else(self):
        names = {}
        exec("from cwd_server.toolkit import *", names)
        names.pop("__builtins__")
        expected = ["Audio", "Call", "Image", "Link", "Resource", "Result", "ToolError", "tool"]
        self.assertEqual(sorted(names), expected)
        self.assertIs(names["Image"], content.Image)
        self.assertEqual(sorted(cwd_server.toolkit.__all__), expected)

    def test_a_name_that_is_none_of_it(self):
        with self.assertRaisesRegex(AttributeError, "Imag"):
            getattr(cwd_server.toolkit, "Ima" + "g")
        with self.assertRaises(ImportError):
            exec("from cwd_server.toolkit import Imag", {})
