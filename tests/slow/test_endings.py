"""How a server ends, and that it does not end otherwise: real processes, signals and parents.

Most of these take seconds of waiting. They all run at once, in threads that setUpModule starts;
each test then looks at what its own saw.
"""

import concurrent.futures
import json
import os
import select
import signal
import subprocess
import sys
import time
import unittest

from tests.support.cases import posix
from tests.support.client import Client as Live
from tests.support.messages import cancelled, ping, request
from tests.support.paths import STARTS, environment
from tests.support.serving import PLACES, TOOLS, WITH_TOOLS, EachStart, call, fill, with_tools

SOON = 2.0  # seconds for what happens at once; a busy machine needs some
# Seconds after which a server whose input has ended is gone: 3 by contract, 1 for a busy machine
END = 4.0
ORPHAN_END = 11.0  # seconds after its parent's end: 10 by contract, 1 for a busy machine
UP = 6.5  # seconds until a server has surely noted its parent, which it does after 5
LONG = (
    16.0  # seconds after which a server that wanted to end would have: 5, then two looks, 5 apart
)

SCENARIOS = {}  # name: function of a start or place
SEEN = {}  # (name, start): future of what it returned


def scenario(places):
    """Run a function for each of `places`, at the same time as all the others."""

    def add(function):
        SCENARIOS[function.__name__] = function, places
        return function

    return add


def setUpModule():
    if os.name != "posix":
        return
    # Where this runs in the background, interrupts are ignored, and children would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pool = concurrent.futures.ThreadPoolExecutor(2 * len(SCENARIOS))
    for name, (function, places) in SCENARIOS.items():
        for place in places:
            SEEN[name, place] = pool.submit(function, place)
    pool.shutdown(wait=False)


class Seen(EachStart):
    def seen(self, function):
        """Yield what a scenario saw, for each start."""
        for place in self.each({place: place for place in SCENARIOS[function.__name__][1]}):
            yield SEEN[function.__name__, place].result()


# Ends of input


@scenario(PLACES)
def tool_that_never_returns(place):
    with with_tools(place) as server:
        server.send(call("never", 1), call("wait", 2, seconds=1), ping(3))
        first = server.receive()["id"]
        server.process.stdin.close()
        return (first, *server.end())


@scenario(PLACES)
def tool_that_ignores_its_cancellation(place):
    with with_tools(place) as server:
        server.send(call("never", 1), cancelled(1))
        server.ask(ping())
        server.process.stdin.close()
        return server.end()


@scenario(PLACES)
def thread_left_by_a_tool(place):
    with with_tools(place) as server:
        server.ask(call("leave_thread"))
        server.process.stdin.close()
        return server.end()


@scenario(PLACES)
def client_that_neither_writes_nor_reads(place):
    """The main thread is stuck in writing when the input ends."""
    with with_tools(place) as server:
        server.ask(ping())
        fill(server.process.stdin.fileno(), json.dumps(ping()).encode() + b"\n")
        server.process.stdin.close()
        start = time.monotonic()
        return server.process.wait(), time.monotonic() - start, server.process.stderr.read()


@scenario(PLACES)
def client_that_neither_writes_nor_reads_a_large_result(place):
    """A worker is stuck in writing when the input ends."""
    with with_tools(place) as server:
        server.ask(ping())
        server.send(call("large", size=10000000))
        time.sleep(SOON)
        server.process.stdin.close()
        start = time.monotonic()
        return server.process.wait(), time.monotonic() - start, server.process.stderr.read()


@scenario(STARTS)
def client_that_reads_slowly_after_the_end(start):
    """A pause of a second now and then is no reason to leave while answers are being read."""
    with Live(STARTS[start]) as server:
        server.send(*[ping("x" * 10000)] * 12)
        server.process.stdin.close()
        got = 0
        for _ in range(4):
            time.sleep(1)
            got += len(os.read(server.process.stdout.fileno(), 20000))
        return got + len(server.end()[2])


# The parent


class Orphan:
    """A server whose parent is a launcher; its stdin is held open by this process."""

    LAUNCHER = (
        "import os, subprocess, sys; child = subprocess.Popen(sys.argv[1:]); "
        "os.write(2, b'%d\\n' % child.pid); child.wait()"
    )

    def __init__(self, command, **options):
        self.launcher = Live([sys.executable, "-S", "-c", self.LAUNCHER, *command], **options)
        self.server = int(self.launcher.process.stderr.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.ended(0):
            os.kill(self.server, signal.SIGKILL)
        self.launcher.close()

    def leave(self):
        """End the parent."""
        self.launcher.process.kill()
        self.launcher.process.wait()

    def ended(self, seconds):
        """Wait for the end of the server's stdout; return whether it came."""
        return bool(select.select([self.launcher.process.stdout], [], [], seconds)[0])


@scenario(STARTS)
def parent_that_leaves(start):
    with Orphan(STARTS[start]) as orphan:
        answered = orphan.launcher.ask(ping(7))["id"]
        time.sleep(UP)
        orphan.leave()
        left = time.monotonic()
        ended = orphan.ended(ORPHAN_END)
        return answered, ended, time.monotonic() - left, orphan.launcher.process.stderr.read()


@scenario(PLACES)
def parent_that_leaves_while_nobody_reads(place):
    with with_orphan(place) as orphan:
        orphan.launcher.ask(ping())
        orphan.launcher.send(call("large", size=10000000))
        time.sleep(UP)
        orphan.leave()
        time.sleep(ORPHAN_END)
        try:
            os.kill(orphan.server, 0)
        except OSError:
            return True
        with open("/proc/%d/stat" % orphan.server) as file:
            return (
                file.read().rpartition(")")[2].split()[0] == "Z"
            )  # ended, though nobody has asked for its status


def with_orphan(place):
    return Orphan(TOOLS, env=dict(environment(), PYTHONPATH=WITH_TOOLS[place]))


@scenario(STARTS)
def parent_that_left_early(start):
    """The launcher stepped aside, so who is the parent then says nothing about the client."""
    with Orphan(STARTS[start]) as orphan:
        orphan.launcher.ask(ping())
        orphan.leave()
        ended = orphan.ended(LONG)
        return ended, orphan.launcher.ask(ping("still there"))["id"]


@scenario(STARTS)
def parent_that_lives(start):
    with Live(STARTS[start]) as server:
        server.ask(ping())
        time.sleep(LONG)
        return server.ask(ping("still there"))["id"]


@scenario(STARTS)
def process_1_without_a_parent(start):
    """In a container of its own a server is process 1 and its parent is 0."""
    with Live(["unshare", "--pid", "--fork", "--kill-child", *STARTS[start]]) as server:
        server.send(ping())
        if not server.process.stdout.readline():
            return None  # not allowed here
        time.sleep(LONG)
        there = server.ask(ping("still there"))["id"]
        child = subprocess.check_output(["ps", "-o", "pid=", "--ppid", str(server.pid)])
        os.kill(int(child), signal.SIGTERM)
        return there, server.end()[0]


@posix
class EndOfInput(Seen):
    def test_with_calls_that_end_in_time(self):
        for place in self.each(PLACES):
            with with_tools(place) as server:
                server.send(*[call("wait", number, seconds=0.5) for number in range(40)])
                server.process.stdin.close()
                status, seconds, stdout, stderr = server.end()
                self.assertEqual((status, stderr), (0, b""))
                self.assertEqual(
                    {json.loads(line.decode())["id"] for line in stdout.splitlines()},
                    set(range(40)),
                )
                self.assertLess(seconds, END)

    def test_with_a_tool_that_never_returns(self):
        for first, status, seconds, stdout, _ in self.seen(tool_that_never_returns):
            self.assertEqual(first, 3)
            self.assertEqual(json.loads(stdout.decode())["id"], 2)
            self.assertEqual(status, 0)
            self.assertLess(seconds, END)

    def test_with_a_tool_that_ignores_its_cancellation(self):
        for status, seconds, stdout, _ in self.seen(tool_that_ignores_its_cancellation):
            self.assertEqual((status, stdout), (0, b""))
            self.assertLess(seconds, END)

    def test_with_a_thread_that_a_tool_left(self):
        for status, seconds, stdout, _ in self.seen(thread_left_by_a_tool):
            self.assertEqual((status, stdout), (0, b""))
            self.assertLess(seconds, END)

    def test_open_subscriptions_are_closed(self):
        meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        for place in self.each(PLACES):
            with with_tools(place) as server:
                server.send(
                    request("subscriptions/listen", "s", notifications={}, _meta=meta),
                    call("never", 2),
                )
                self.assertEqual(
                    server.receive()["method"], "notifications/subscriptions/acknowledged"
                )
                server.process.stdin.close()
                status, seconds, stdout, _ = server.end()
                closed = json.loads(stdout.decode())
                self.assertEqual((status, closed["id"]), (0, "s"))
                self.assertEqual(
                    closed["result"]["_meta"]["io.modelcontextprotocol/subscriptionId"], "s"
                )
                self.assertLess(seconds, END)

    def test_nobody_reads_what_is_being_written(self):
        for scenario in (
            client_that_neither_writes_nor_reads,
            client_that_neither_writes_nor_reads_a_large_result,
        ):
            with self.subTest(scenario=scenario):
                for status, seconds, stderr in self.seen(scenario):
                    self.assertEqual(status, 1)
                    self.assertRegex(
                        stderr, rb"^cwd_server: .* [0-9,]+ answers? (was|were) not delivered\n$"
                    )
                    self.assertLess(seconds, END)

    def test_a_slow_reader_gets_everything(self):
        for size in self.seen(client_that_reads_slowly_after_the_end):
            self.assertGreater(size, 120000)


class Watch(Seen):
    @posix
    def test_gone(self):
        for answered, ended, seconds, stderr in self.seen(parent_that_leaves):
            self.assertEqual((answered, ended), (7, True))
            self.assertLess(seconds, ORPHAN_END)
            self.assertIn(b"the process that started this server has ended", stderr)

    @unittest.skipUnless(sys.platform.startswith("linux"), "needs /proc")
    def test_gone_while_nobody_reads(self):
        for ended in self.seen(parent_that_leaves_while_nobody_reads):
            self.assertTrue(ended)

    @posix
    def test_gone_before_it_could_be_noted(self):
        for ended, answered in self.seen(parent_that_left_early):
            self.assertEqual((ended, answered), (False, "still there"))

    @posix
    def test_alive(self):
        for answered in self.seen(parent_that_lives):
            self.assertEqual(answered, "still there")

    @unittest.skipUnless(sys.platform.startswith("linux"), "needs unshare")
    def test_none(self):
        for seen in self.seen(process_1_without_a_parent):
            if seen is None:
                self.skipTest("unshare --pid is not allowed here")
            self.assertEqual(seen, ("still there", 128 + signal.SIGTERM))


if __name__ == "__main__":
    unittest.main()
