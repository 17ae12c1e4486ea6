"""The threads that run calls: their number, their queue, and when answers are sent."""

import threading
import unittest
from unittest import mock

from cwd_server.transport import workers
from cwd_server.transport.workers import MAX_WAITING, THREADS, Workers

LIMIT = 30  # seconds, for what happens at once


class Running(unittest.TestCase):
    def setUp(self):
        self.may_end = threading.Event()
        self.begun = []
        self.ended = []
        self.sent = []
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.workers = Workers(self.run_call, self.flush)
        self.addCleanup(self.may_end.set)

    def run_call(self, call):
        with self.changed:
            self.begun.append(call)
            self.changed.notify_all()
        if call != "quick":
            self.may_end.wait(LIMIT)
        with self.changed:
            self.ended.append(call)
            self.changed.notify_all()

    def flush(self):
        with self.changed:
            self.sent = list(self.ended)
            self.changed.notify_all()

    def wait_for(self, condition):
        with self.changed:
            self.assertTrue(self.changed.wait_for(condition, LIMIT))

    def test_calls_run_side_by_side_and_the_rest_waits_in_order(self):
        for number in range(THREADS + 2):
            self.assertTrue(self.workers.start(number))
        self.wait_for(lambda: len(self.begun) == THREADS)
        self.may_end.set()
        self.workers.wait(LIMIT)
        self.assertEqual(set(self.begun[-2:]), {THREADS, THREADS + 1})
        self.wait_for(lambda: sorted(self.sent) == list(range(THREADS + 2)))

    def test_too_many_are_refused_until_one_is_cancelled(self):
        for number in range(THREADS):
            self.workers.start(number)
        self.wait_for(lambda: len(self.begun) == THREADS)
        for number in range(MAX_WAITING):
            self.assertTrue(self.workers.start(("waits", number)))
        self.assertFalse(self.workers.start("one more"))
        self.assertTrue(self.workers.cancel(("waits", 500)))
        self.assertFalse(self.workers.cancel(("waits", 500)))
        self.assertFalse(self.workers.cancel(0))  # it runs
        self.assertTrue(self.workers.start("one more"))
        self.may_end.set()
        self.workers.wait(LIMIT)
        self.assertNotIn(("waits", 500), self.begun)
        self.assertIn("one more", self.begun)

    def test_an_answer_is_sent_although_the_next_call_takes_long(self):
        self.workers.start("quick")
        self.workers.start("long")
        self.wait_for(lambda: "quick" in self.sent)
        self.assertEqual(self.ended, ["quick"])

    def test_threads_stay_for_the_next_call(self):
        names = set()

        def run_call(call):
            names.add(threading.current_thread().name)
            done.set()

        stay = Workers(run_call, lambda: None)
        for _ in range(50):
            done = threading.Event()
            stay.start("call")
            done.wait(LIMIT)
            stay.wait(LIMIT)
        self.assertLessEqual(len(names), 2)

    def test_a_thread_is_there_for_the_call_that_its_answer_leads_to(self):
        """A client that waits for each answer has the next call ready at once."""
        names = []
        next_calls = ["second"]

        def run_call(call):
            names.append(threading.current_thread().name)
            if len(names) == 2:
                done.set()

        def flush():
            if names and next_calls:
                led.start(next_calls.pop())

        done = threading.Event()
        led = Workers(run_call, flush)
        led.start("first")
        self.assertTrue(done.wait(LIMIT))
        self.assertEqual(names[0], names[1])

    def test_a_system_that_gives_no_thread(self):
        with mock.patch.object(workers.threading.Thread, "start", side_effect=RuntimeError):
            self.assertFalse(self.workers.start("call"))
        self.assertTrue(self.workers.start("quick"))
        self.wait_for(lambda: self.sent == ["quick"])

    def test_a_bug_costs_no_thread(self):
        def fail(call):
            raise ZeroDivisionError

        broken = Workers(fail, lambda: None)
        with mock.patch.object(workers, "log_exception") as logged:
            for _ in range(3):
                broken.start("call")
            broken.wait(LIMIT)
        self.assertEqual(logged.call_count, 3)


if __name__ == "__main__":
    unittest.main()
