"""How a call is carried out: what the function may do with it, and what becomes of that."""

import asyncio
import decimal
import fractions
import functools
import gc
import io
import os
import sys
import threading
import time
import unittest
import unittest.mock
import warnings
import weakref

from cwd_server.toolkit import Call, ToolError, shared_loop, tool
from cwd_server.toolkit.call import ToolCall, run_call, run_call_async
from cwd_server.toolkit.errors import describe_failure
from cwd_server.toolkit.tool import tool_of
from tests.support.cases import PYPY, posix


class Surprise(Exception):
    def __str__(self):
        raise ValueError("no words")


@tool
def behave(call: Call, how: str) -> str:
    if how == "said":
        raise ToolError("no luck")
    if how == "exit":
        raise SystemExit(3)
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "surprise":
        raise Surprise
    return how


def call_of(function, **arguments):
    return ToolCall(tool_of(function), arguments)


class Carrying(unittest.TestCase):
    def setUp(self):
        self.logged = []

    def log(self):
        self.logged.append(1)

    def run_call(self, call):
        return run_call(call, self.log)

    def text(self, call):
        return self.run_call(call)["content"][0]["text"]


class Outcomes(Carrying):
    def test_each(self):
        for how, failure, is_logged in (
            ("said", "no luck", False),
            ("exit", "SystemExit: 3", True),
            ("interrupt", "KeyboardInterrupt", True),
            ("surprise", "Surprise: it cannot say why", True),
        ):
            with self.subTest(how=how):
                self.logged.clear()
                outcome = self.run_call(call_of(behave, how=how))
                self.assertEqual(outcome.reason, failure)
                self.assertFalse(outcome.is_about_arguments)
                self.assertEqual(bool(self.logged), is_logged)
        self.assertEqual(self.text(call_of(behave, how="well")), "well")

    def test_a_failure_without_a_reason(self):
        for error, failure in (
            (ToolError(), "the tool failed, and does not say why"),
            (ValueError(), "ValueError"),
        ):
            with self.subTest(error=error):
                self.assertEqual(describe_failure(error), failure)

    def test_what_was_noted_on_an_exception(self):
        for error, failure in (
            (ToolError("no such city"), "no such city\ntry Paris"),
            (ToolError(), "try Paris"),
            (ValueError("x"), "ValueError: x\ntry Paris"),
        ):
            with self.subTest(error=error):
                error.__notes__ = ["try Paris"]  # as add_note does, from Python 3.11 on
                self.assertEqual(describe_failure(error), failure)
        error = ToolError("x")
        error.__notes__ = [5]
        self.assertEqual(describe_failure(error), "it cannot say why")

    def test_what_is_in_a_group(self):
        class Group(Exception):
            """What Python has from 3.11 on, and the package exceptiongroup before."""

            def __init__(self, message, exceptions):
                super().__init__(message)
                self.exceptions = tuple(exceptions)

        inner = Group("inner", [ToolError("no luck"), KeyError("x")])
        for error, failure in (
            (Group("many", [ValueError("a")]), "Group: many: ValueError: a"),
            (
                Group("many", [ValueError("a"), inner, OSError()]),
                "Group: many: ValueError: a; no luck; KeyError: 'x'; OSError",
            ),
            (Group("many", [ToolError("no luck"), ToolError("none")]), "no luck; none"),
            (Group("many", []), "Group: many"),
            (Group("many", [1]), "Group: many"),
        ):
            with self.subTest(error=error):
                self.assertEqual(describe_failure(error), failure)
        nested = ValueError("a")
        for _ in range(5000):
            nested = Group("many", [nested])
        self.assertEqual(describe_failure(nested), "Group: many: ValueError: a")

    def test_what_cannot_say_what_is_in_it(self):
        class Closed(Exception):
            @property
            def exceptions(self):
                raise RuntimeError("not now")

        self.assertEqual(describe_failure(Closed("no")), "Closed: no")

    @unittest.skipIf(sys.version_info < (3, 11), "needs groups of exceptions")
    def test_what_a_task_group_raises(self):
        async def fail():
            raise ToolError("no luck")

        @tool(name="gather")
        async def gather() -> str:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())

        outcome = asyncio.run(run_call_async(call_of(gather), self.log))
        self.assertEqual(outcome.reason, "no luck")

    @unittest.skipIf(PYPY, "its input() does not say what has ended")
    def test_a_tool_that_asks_somebody(self):
        @tool(name="ask")
        def ask() -> str:
            return input()

        with unittest.mock.patch("sys.stdin", io.StringIO()):
            self.assertEqual(
                self.run_call(call_of(ask)).reason,
                "EOFError: EOF when reading a line; a tool has nobody to ask: take what it needs"
                " as a parameter",
            )

    def test_arguments_that_do_not_fit(self):
        outcome = self.run_call(call_of(behave, hw="x"))
        self.assertIn("did you mean how?", outcome.reason)
        self.assertTrue(outcome.is_about_arguments)
        self.assertEqual(self.logged, [])

    @unittest.skipIf(PYPY, "it frees memory when it likes")
    def test_what_a_failed_tool_had_goes_with_the_outcome(self):
        """No circle of frames and the error keeps it until the garbage is collected."""
        kept = []

        class Large:
            pass

        @tool(name="fail")
        def fail() -> str:
            large = Large()
            kept.append(weakref.ref(large))
            raise ToolError("no luck")

        gc.disable()
        self.addCleanup(gc.enable)
        outcome = self.run_call(call_of(fail))
        self.assertIsNotNone(kept[0]())
        del outcome
        self.assertIsNone(kept[0]())

    def test_an_interrupt_in_the_main_thread_is_the_servers(self):
        inline = tool(name="inline", threaded=False)(behave)
        with self.assertRaises(KeyboardInterrupt):
            self.run_call(call_of(inline, how="interrupt"))

    def test_a_cancelled_call_is_not_logged(self):
        call = call_of(behave, how="exit")
        call.cancel()
        self.run_call(call)
        self.assertEqual(self.logged, [])

    @posix
    def test_a_child_that_comes_back_from_the_tool_ends_there(self):
        @tool(name="fork")
        def fork(how: str) -> str:
            child = os.fork()
            if child:
                return str(os.waitpid(child, 0)[1] >> 8)
            if how == "raise":
                raise KeyError("in the child")
            if how == "exit":
                raise SystemExit(5)
            return "from the child"

        for how, status in (("return", "0"), ("raise", "1"), ("exit", "5")):
            with self.subTest(how=how), warnings.catch_warnings():
                # Since 3.12 Python warns of forking beside threads, which other tests may have left
                warnings.simplefilter("ignore", DeprecationWarning)
                self.assertEqual(self.text(call_of(fork, how=how)), status)


class Waiting(Carrying):
    def test_sleep_ends_with_the_call(self):
        call = ToolCall(tool_of(behave), {})
        self.assertFalse(call.sleep(0))
        self.assertFalse(call.sleep(-1))
        threading.Timer(0.05, call.cancel).start()
        self.assertTrue(call.sleep(30))
        self.assertTrue(call.sleep(30))
        call.cancel()
        self.assertTrue(call.cancelled)

    def test_every_thread_of_a_call_wakes_up(self):
        call = ToolCall(tool_of(behave), {})
        woken = []
        threads = [threading.Thread(target=lambda: woken.append(call.sleep(30))) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        call.cancel()
        for thread in threads:
            thread.join(10)
        self.assertEqual(woken, [True] * 3)

    def test_a_call_that_nobody_made(self):
        call = Call()
        call.progress(1, 2, "of two")
        self.assertFalse(call.sleep(0.001))
        self.assertFalse(call.cancelled)

    def test_not_in_an_async_function(self):
        @tool(name="sleepy")
        async def sleepy(call: Call) -> str:
            call.sleep(1)

        outcome = shared_loop.wait_for(call_of(sleepy), run_call_async(call_of(sleepy), self.log))
        self.assertIn("TypeError: call.sleep blocks all async tools", outcome.reason)


class Progress(unittest.TestCase):
    def setUp(self):
        self.told = []
        self.call = ToolCall(tool_of(behave), {})
        self.call.on_progress = lambda call, *progress: self.told.append(progress)

    def test_numbers(self):
        self.call.progress(1)
        self.call.progress(0.5, 2, "half")
        self.call.progress(decimal.Decimal("1.5"), fractions.Fraction(3, 2))
        self.assertEqual(self.told, [(1, None, None), (0.5, 2, "half"), (1.5, 1.5, None)])

    def test_what_is_no_number(self):
        for progress in (("Copying", 1), (True,), (None,), (1, "ten"), ({},), (1, 2, 3), (1, [])):
            with self.subTest(progress=progress), self.assertRaises(TypeError):
                self.call.progress(*progress)
        for number in (float("nan"), float("inf"), -float("inf"), 10**309, -(10**5000)):
            with self.subTest(), self.assertRaisesRegex(ValueError, "done must be a finite"):
                self.call.progress(number)
        self.assertEqual(self.told, [])


class Kinds(Carrying):
    """What a function may be, beside a def that returns."""

    def test_a_generator_until_the_call_is_cancelled(self):
        ended = []

        @tool(name="count")
        def count(call: Call) -> list:
            try:
                for number in range(1000):
                    if number == 2:
                        call.cancel()
                    yield number
            finally:
                ended.append(number)

        call = call_of(count)
        self.assertEqual(self.run_call(call)["structuredContent"], [0, 1, 2])
        self.assertEqual(ended, [2])

    def test_a_generator_without_a_thread(self):
        @tool(name="two", threaded=False)
        def two() -> list:
            yield 1
            yield 2

        self.assertEqual(self.run_call(call_of(two))["structuredContent"], [1, 2])

    def test_an_asynchronous_generator(self):
        @tool(name="slowly")
        async def slowly() -> list:
            for number in range(3):
                await asyncio.sleep(0)
                yield number

        self.assertTrue(tool_of(slowly).is_async)
        outcome = shared_loop.wait_for(call_of(slowly), run_call_async(call_of(slowly), self.log))
        self.assertEqual(outcome["structuredContent"], [0, 1, 2])

    def test_a_plain_wrapper_around_an_async_function(self):
        async def later() -> str:
            await asyncio.sleep(0)
            return "later"

        def hidden() -> str:
            return later()

        @functools.wraps(later)
        def shown():
            return later()

        self.assertTrue(tool_of(tool(name="shown")(shown)).is_async)
        made = tool(name="hidden")(hidden)
        self.assertFalse(tool_of(made).is_async)
        self.assertEqual(self.text(call_of(made)), "later")

    def test_a_plain_wrapper_between_two_lines_cannot_wait(self):
        """Nor does Python warn of what was never awaited; not every awaitable can be closed."""

        async def later() -> str:
            return "later"

        class Later:
            def __await__(self):
                return later().__await__()

        for give in (later, Later):
            inline = tool(name="inline", threaded=False)(lambda: give())  # noqa: B023
            with self.subTest(give), warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                outcome = self.run_call(call_of(inline))
                self.assertIn("cannot wait for async", outcome.reason)
                del outcome
                gc.collect()
                self.assertEqual(warned, [])

    def test_the_loop_survives_a_task_that_wants_to_end_it(self):
        """One that a tool has started and nobody waits for: other calls go on."""

        async def leave(error):
            raise error

        @tool(name="begin")
        async def begin(call: Call) -> str:
            self.task = asyncio.ensure_future(leave(error))
            await asyncio.sleep(0.01)
            return "begun"

        for error in (SystemExit(3), KeyboardInterrupt()):
            with self.subTest(error=error):
                call = run_call_async(call_of(begin), self.log)
                future = asyncio.run_coroutine_threadsafe(call, shared_loop.get())
                self.assertEqual(future.result(10)["content"][0]["text"], "begun")
                self.assertIs(self.task.exception(), error)

    def test_cancelling_what_a_plain_function_waits_for(self):
        async def never() -> str:
            await asyncio.sleep(60)

        made = tool(name="never")(lambda: never())
        call = call_of(made)
        threading.Timer(0.05, call.cancel).start()
        self.assertIn("CancelledError", self.run_call(call).reason)
