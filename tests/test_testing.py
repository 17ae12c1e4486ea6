"""call_tool, for authors' tests."""

import asyncio
import datetime
import gc
import unittest
import weakref
from typing import Dict, List

from cwd_server.toolkit import Call, Result, ToolError, tool
from cwd_server.toolkit.testing import ArgumentsError, Progress, call_tool
from tests.support.cases import PYPY


@tool
def total(items: list, discount: float = 0) -> float:
    """Add up."""
    return sum(items) - discount


@tool
async def count(call: Call, up_to: int) -> list:
    for number in range(up_to):
        call.progress(number, up_to, "counting")
        await asyncio.sleep(0)
    return list(range(up_to))


@tool
def numbers(last: int) -> list:
    yield from range(last)


@tool
def fail(how: str) -> str:
    if how == "said":
        raise ToolError("no luck")
    return {}["x"]


class CallTool(unittest.TestCase):
    def test_results(self):
        result = call_tool(total, {"items": [1, 2], "discount": 1})
        self.assertIsInstance(result, Result)
        self.assertEqual(result["structuredContent"], 2)
        self.assertEqual(call_tool(numbers, {"last": 3})["structuredContent"], [0, 1, 2])

    def test_arguments_are_taken_as_a_clients_are(self):
        self.assertEqual(
            call_tool(total, {"items": "[1, 2]", "discount": "1"})["structuredContent"], 2
        )
        with self.assertRaisesRegex(ArgumentsError, "itms.*did you mean items.*items: missing"):
            call_tool(total, {"itms": []})
        with self.assertRaises(ArgumentsError):
            call_tool(total)

    def test_arguments_that_python_has_and_json_says_otherwise(self):
        @tool
        def plan(day: datetime.date, hours: List[int], rooms: Dict[int, str]) -> str:
            return repr((day, hours, rooms))

        arguments = {"day": datetime.date(2024, 1, 31), "hours": (1, 2), "rooms": {1: "a"}}
        text = call_tool(plan, arguments)["content"][0]["text"]
        self.assertEqual(text, "(datetime.date(2024, 1, 31), [1, 2], {1: 'a'})")

    def test_arguments_that_no_client_can_send(self):
        for arguments, reason in (
            (["a"], "arguments: expected a dict, the names with their values, not list"),
            ({"items": [object()]}, r"arguments.items\[0\]: object is not .*; give what a client"),
        ):
            with self.subTest(arguments=arguments), self.assertRaisesRegex(TypeError, reason):
                call_tool(total, arguments)

    def test_what_the_tool_raises(self):
        with self.assertRaisesRegex(ToolError, "^no luck$"):
            call_tool(fail, {"how": "said"})
        with self.assertRaises(KeyError):
            call_tool(fail, {"how": "bug"})

    def test_what_the_tool_raises_though_it_is_empty(self):
        class Problems(Exception):
            def __len__(self):
                return 0

        @tool
        def check() -> None:
            raise Problems()

        with self.assertRaises(Problems):
            call_tool(check)

    def test_async_with_progress(self):
        said = []
        for _ in range(2):
            self.assertEqual(call_tool(count, {"up_to": 2}, said)["structuredContent"], [0, 1])
        self.assertEqual(said, 2 * [Progress(0, 2, "counting"), Progress(1, 2, "counting")])

    def test_inside_a_loop_that_runs(self):
        async def test():
            return call_tool(count, {"up_to": 1})["structuredContent"]

        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        self.assertEqual(loop.run_until_complete(test()), [0])

    def test_what_is_no_tool(self):
        with self.assertRaisesRegex(TypeError, "put @tool above it"):
            call_tool(len)

    @unittest.skipIf(PYPY, "it frees memory when it likes")
    def test_nothing_of_a_failed_call_is_kept(self):
        class Thing:
            pass

        @tool(name="raising")
        def fails() -> str:
            thing = Thing()
            seen.append(weakref.ref(thing))
            raise ToolError("gone")

        seen = []
        gc.disable()
        self.addCleanup(gc.enable)
        with self.assertRaises(ToolError):
            call_tool(fails)
        self.assertIsNone(seen[0]())
