"""The calls of async tools: how many run, how they end, and that none blocks what is sent."""

import asyncio
import sys
import threading
import time
import unittest
from unittest import mock

from cwd_server.toolkit import Call, shared_loop, tool
from cwd_server.toolkit.call import Failure, ToolCall
from cwd_server.toolkit.tool import tool_of
from cwd_server.transport import event_loop
from cwd_server.transport.event_loop import TASKS, EventLoop
from tests.support.processes import wait_for


@tool
async def nap(seconds: float, call: Call) -> str:
    call.progress(1)
    await asyncio.sleep(seconds)
    return "slept"


@tool
async def stubborn() -> str:
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.3)


class WithLoop(unittest.TestCase):
    def setUp(self):
        self.logged = []
        self.bugs = []
        self.loop = EventLoop(lambda: self.bugs.append(sys.exc_info()[1]), self.logged.append)
        self.outcomes = []

    def start(self, function, done=None, **arguments):
        call = ToolCall(tool_of(function), arguments)
        self.loop.start(call, done or self.done)
        return call

    def done(self, call, outcome):
        self.outcomes.append(outcome)

    def failures(self):
        """Return those of the outcomes that are no results."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, Failure)]


class Calls(WithLoop):
    def test_many_at_once_and_the_others_after_them(self):
        for _ in range(2 * TASKS):
            self.start(nap, seconds=0.05)
        self.assertTrue(self.loop.wait(30))
        self.assertEqual(len(self.outcomes), 2 * TASKS)
        self.assertEqual(self.failures(), [])

    def test_no_more_than_the_limit_run(self):
        running = []
        most = []

        @tool(name="counted")
        async def counted() -> str:
            running.append(1)
            most.append(len(running))
            while max(most) < TASKS:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)  # in which others would begin if nothing kept them
            running.pop()
            return ""

        for _ in range(TASKS + 10):
            self.start(counted)
        self.assertTrue(self.loop.wait(30))
        self.assertEqual(max(most), TASKS)

    def test_too_many_are_refused_until_one_is_cancelled(self):
        with mock.patch.object(event_loop, "MAX_WAITING", 2):
            calls = [self.start(nap, seconds=60) for _ in range(TASKS + 2)]
            more = ToolCall(tool_of(nap), {"seconds": 0})
            self.assertFalse(self.loop.start(more, self.done))
            calls[-1].cancel()
            # The outcome is passed on just before its place is free
            self.assertTrue(wait_for(lambda: self.loop.start(more, self.done)))
        for call in calls:
            call.cancel()
        self.assertTrue(self.loop.wait(30))
        self.assertEqual(len(self.outcomes), TASKS + 3)

    def test_a_system_that_gives_the_loop_no_thread(self):
        with mock.patch.object(shared_loop, "get", side_effect=RuntimeError("no thread")):
            call = ToolCall(tool_of(nap), {"seconds": 0})
            self.assertFalse(self.loop.start(call, self.done))
        self.start(nap, seconds=0)
        self.assertTrue(self.loop.wait(30))
        self.assertEqual(len(self.outcomes), 1)

    def test_cancelled_calls_end_whether_they_have_begun_or_wait(self):
        calls = [self.start(nap, seconds=60) for _ in range(TASKS + 5)]
        for call in reversed(calls):
            call.cancel()
        self.assertTrue(self.loop.wait(30))
        self.assertEqual(len(self.outcomes), TASKS + 5)
        self.assertEqual(len(self.failures()), len(self.outcomes))

    def test_the_end(self):
        self.start(nap, seconds=60)
        self.start(stubborn)
        self.assertFalse(self.loop.wait(0.05))
        with mock.patch.object(event_loop, "EXIT_TIMEOUT", 0.1):
            self.loop.close()
        self.assertEqual(len(self.outcomes), 1)  # the other is abandoned

    def test_what_blocks_the_loop_is_named(self):
        @tool
        async def block() -> str:
            deadline = time.monotonic() + 30
            while not self.logged and time.monotonic() < deadline:
                time.sleep(0.01)
            return "blocked"

        self.start(nap, seconds=0)  # the loop waits until the thread that watches it runs
        self.assertTrue(self.loop.wait(30))
        with mock.patch.object(event_loop, "BLOCKED_TIMEOUT", 0.5):
            self.start(block)
            self.assertTrue(self.loop.wait(30))
        self.assertEqual(len(self.logged), 1)
        self.assertRegex(
            self.logged[0],
            "blocked all others for 0.5 s at .*test_event_loop.py, line .*, in block",
        )


class Sending(WithLoop):
    def test_a_client_that_does_not_read_stops_no_tool(self):
        """Progress waits, and of what is unsent the last is sent, before the answer."""
        reading = threading.Event()
        told = []
        ended = threading.Event()

        @tool(name="tell")
        async def tell(call: Call) -> str:
            for number in range(100):
                call.progress(number)
                await asyncio.sleep(0)
            ended.set()
            return "told"

        def report(call, done, total, message):
            reading.wait(30)
            told.append(done)

        call = ToolCall(tool_of(tell), {})
        call.on_progress = report
        self.loop.start(call, lambda call, outcome: told.append("done"))
        self.assertTrue(ended.wait(30))
        reading.set()
        self.assertTrue(self.loop.wait(30))
        self.assertEqual(told[-2:], [99, "done"])
        self.assertLess(len(told), 10)

    def test_no_more_than_the_limit_of_answers_wait_for_a_client_that_does_not_read(self):
        reading = threading.Event()
        begun = []

        @tool(name="begin")
        async def begin() -> str:
            begun.append(1)
            return ""

        def done(call, outcome):
            reading.wait(30)
            self.outcomes.append(outcome)

        for _ in range(3 * TASKS):
            self.start(begin, done)
        self.assertTrue(wait_for(lambda: len(begun) == TASKS))
        for _ in range(10):
            turned = threading.Event()
            shared_loop.get().call_soon_threadsafe(turned.set)
            self.assertTrue(turned.wait(30))
        self.assertEqual(len(begun), TASKS)
        reading.set()
        self.assertTrue(self.loop.wait(30))
        self.assertEqual(len(self.outcomes), 3 * TASKS)

    def test_a_bug_costs_no_other_answer(self):
        def fail(call, outcome):
            raise OSError("a bug")

        self.start(nap, fail, seconds=0)
        self.start(nap, seconds=0)
        self.assertTrue(self.loop.wait(30))
        self.assertEqual(len(self.outcomes), 1)
        self.assertEqual([str(each) for each in self.bugs], ["a bug"])

    def test_a_system_that_gives_the_answers_no_thread(self):
        shared_loop.get()  # has its own
        with mock.patch.object(threading.Thread, "start", side_effect=RuntimeError):
            self.start(nap, seconds=0)
            self.assertTrue(self.loop.wait(30))
        self.assertEqual((len(self.outcomes), self.failures()), (1, []))
        self.start(nap, seconds=0)  # and it has some again
        self.assertTrue(self.loop.wait(30))
        self.assertEqual(len(self.outcomes), 2)
