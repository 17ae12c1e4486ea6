"""Ends that take seconds: what tools leave behind, clients that are killed, slow readers.

All situations run at the same time, in threads that setUpModule starts; a test looks at what its
own saw.
"""

import concurrent.futures
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from tests.support.cases import linux, posix
from tests.support.client import Client
from tests.support.files import LARGE_TOOLS, write_file
from tests.support.messages import call_tool, initialize, ping, request, text_of
from tests.support.paths import STARTS, STARTS_WITH_SITE

END = 4.0  # seconds: 3 by contract, and 1 for a busy machine
GONE_END = 11.0  # seconds after a client's end: 10 by contract, and 1

TOOLS = """
import asyncio, atexit, multiprocessing, os, sys, threading, time
from concurrent.futures import ProcessPoolExecutor
from cwd_server.toolkit import tool
from cwd_server.toolkit import Call

FORK = multiprocessing.get_context("fork")

@tool
def leave_process() -> str:
    FORK.Process(target=time.sleep, args=(60,)).start()
    return "left"

@tool
def leave_pool() -> str:
    global POOL
    POOL = ProcessPoolExecutor(2, mp_context=FORK)
    POOL.submit(time.sleep, 60)
    return "left"

@tool
def leave_exit_handler() -> str:
    atexit.register(time.sleep, 60)
    return "left"

@tool
def leave_thread() -> str:
    threading.Thread(target=time.sleep, args=(60,)).start()
    return "left"

class Slow:
    def __del__(self):
        time.sleep(60)

@tool
def leave_finalizer() -> str:
    global KEPT
    KEPT = Slow()
    return "left"

@tool
def leave_no_memory_for_threads() -> str:
    import resource
    atexit.register(time.sleep, 60)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (3 << 20), resource.RLIM_INFINITY))
    return "left"

@tool
def leave_full_stdout() -> str:
    global READER
    READER, writer = os.pipe()
    sys.stdout = os.fdopen(writer, "w", 1 << 20)
    sys.stdout.write("x" * 200000)  # more than the pipe holds, and kept until it is flushed
    atexit.register(time.sleep, 60)
    return "left"

@tool
def leave_quick_handler(path: str) -> str:
    atexit.register(lambda: open(path, "w").close())
    return "left"

@tool
def text() -> str:
    return "x" * 300

@tool(threaded=False)
def text_inline() -> str:
    return text()

@tool
async def text_async() -> str:
    return text()

@tool
def never() -> str:
    while True:
        time.sleep(1)

@tool(threaded=False)
def never_inline() -> str:
    while True:
        time.sleep(1)

@tool
async def never_async() -> str:
    atexit.register(time.sleep, 60)
    while True:
        try:
            await asyncio.sleep(60)
        except BaseException:
            pass

@tool(threaded=False)
def second() -> str:
    time.sleep(1)
    return "done"
"""

FOLDER = tempfile.TemporaryDirectory()
TOOLS_FILE = os.path.join(FOLDER.name, "leaving_tools.py")
PENDING = {}  # a situation: the future of what it saw


def setUpModule():
    if os.name != "posix":
        return
    # Where this runs in the background, interrupts are ignored, and children would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    write_file(TOOLS_FILE, TOOLS + LARGE_TOOLS)
    pool = concurrent.futures.ThreadPoolExecutor(24)  # more would keep each other waiting
    for function, *arguments in situations():
        key = (function.__name__, *arguments)
        PENDING[key] = pool.submit(function, *arguments)
    pool.shutdown(wait=False)


def tearDownModule():
    FOLDER.cleanup()


def seen(function, *arguments):
    """Return what a situation saw."""
    return PENDING[(function.__name__, *arguments)].result()


def situations():
    for tool in LEFT_BEHIND:
        for how in ENDS:
            yield end_with_leftovers, tool, how
    yield (end_that_runs_handlers,)
    for tool in ("large", "large_inline"):
        yield answer_that_is_read_slowly, tool
    yield (answer_that_is_read_for_long,)
    yield (interrupted_again_and_again,)
    for tool in STUCK:
        yield batch_with_a_stuck_call, tool
        yield client_that_goes_while_a_tool_is_stuck, tool
    yield (calls_in_the_main_thread_one_after_the_other,)
    yield (reader_that_begins_late,)
    for tool in ("text", "text_inline", "text_async"):
        for size in (1, 5):
            yield answers_that_nobody_reads, tool, size
    for kind in ("direct", "shell"):
        for age in (1, 7):
            yield client_that_is_killed, kind, age
    yield (client_that_closes_what_it_reads,)
    yield (terminal_without_input,)
    yield (terminal_with_input,)
    yield (terminal_that_has_notes,)
    yield (terminal_that_has_notes_and_input,)
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
        yield process_1_that_gets, name


def serve(*arguments, **options):
    return Client([*STARTS_WITH_SITE["archive"], "--tools", TOOLS_FILE, *arguments], **options)


# What tools leave behind

LEFT_BEHIND = [
    "leave_exit_handler",
    "leave_thread",
    "leave_finalizer",
    "leave_no_memory_for_threads",
    "leave_full_stdout",
]
if hasattr(os, "register_at_fork"):  # else a child keeps the client's stdout (Python 3.6)
    LEFT_BEHIND += ["leave_process", "leave_pool"]
ENDS = {"end of input": 0, "SIGINT": 130, "nobody reads": 0}


def end_with_leftovers(tool, how):
    """Return the status, the seconds, and whether the client's stdout ended too."""
    with serve() as client:
        assert text_of(client.ask(call_tool(tool))) == "left"
        children = children_of(client.pid)
        began = time.monotonic()
        if how == "end of input":
            client.process.stdin.close()
        elif how == "SIGINT":
            os.kill(client.pid, signal.SIGINT)
        else:
            client.process.stdout.close()
            client.process.stdout = None
            ping_until_it_ends(client)
        status = client.process.wait()
        seconds = time.monotonic() - began
        ended = client.process.stdout is None or ends(client.process.stdout)
        for child in children:
            os.kill(child, signal.SIGKILL)
        return status, seconds, ended


def ping_until_it_ends(client):
    """Send pings, none of which anybody reads the answer to, until the server has ended.

    One would not do: a process that another thread is just starting holds what the server writes
    to until it executes its program, so that the first answers may still be written.
    """
    while client.process.poll() is None:
        try:
            client.send(ping())
        except BrokenPipeError:
            return  # it is ending
        time.sleep(0.1)


def interrupted_again_and_again():
    """Return the status and stderr of a server whose user presses Ctrl-C until it has ended."""
    with serve() as client:
        client.ask(call_tool("leave_exit_handler"))
        while client.process.poll() is None:
            os.kill(client.pid, signal.SIGINT)
            time.sleep(0.05)
        ended = client.end()
        return ended.status, ended.stderr


def end_that_runs_handlers():
    path = os.path.join(FOLDER.name, "handled")
    with serve() as client:
        client.ask(call_tool("leave_quick_handler", arguments={"path": path}))
        return client.close_input().status, os.path.exists(path)


# Answers at the end


def answer_that_is_read_slowly(tool):
    """Return the status and the answer of 6 MB, read 64 KiB at a time."""
    with serve() as client:
        client.send(call_tool(tool, arguments={"size": 6000000}))
        client.process.stdin.close()
        received = b""
        while True:
            time.sleep(0.03)
            chunk = os.read(client.process.stdout.fileno(), 65536)
            if not chunk:
                return client.process.wait(), received
            received += chunk


def answer_that_is_read_for_long():
    """Return the size of an answer that is read for more than five seconds, and a pong.

    A thread waits for room meanwhile, and the main thread for input.
    """
    with serve() as client:
        client.send(call_tool("large", arguments={"size": 2000000}))
        received = b""
        while not received.endswith(b"\n"):
            time.sleep(0.25)
            received += os.read(client.process.stdout.fileno(), 65536)
        return len(received), client.ask(ping())["result"]


STUCK = ("never", "never_inline", "never_async")


def batch_with_a_stuck_call(tool):
    """Return the status, the seconds, and what a batch was answered with."""
    with serve() as client:
        client.ask(initialize("2025-03-26"))
        stuck = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": tool}}
        client.send([ping(1), stuck, ping(3)])
        time.sleep(0.5)  # until it runs
        ended = client.close_input()
        return ended.status, ended.seconds, json.loads(ended.stdout.decode("ascii"))


def client_that_goes_while_a_tool_is_stuck(tool):
    """Return the status and the seconds of a server whose stdin stays open."""
    with serve() as client:
        client.ask(ping())
        client.send(call_tool(tool))
        client.process.stdout.close()
        client.process.stdout = None
        ended = client.end()
        return ended.status, ended.seconds


def calls_in_the_main_thread_one_after_the_other():
    """Return the status and the answers to more calls than the grace after the end has room for."""
    with serve() as client:
        client.send(*[call_tool("second", number) for number in range(4)])
        ended = client.close_input()
        return ended.status, ended.stdout.count(b"\n")


def reader_that_begins_late():
    """Return how many of 650 answers a reader gets that begins after 4 s, status and stderr."""
    line = json.dumps(request("CallTool", name="get_cwd")).encode("ascii") + b"\n"
    with Client(STARTS["archive"]) as client:
        client.ask(ping())
        client.process.stdin.write(line * 650)
        client.process.stdin.close()
        time.sleep(4)
        ended = client.end()
        return ended.stdout.count(b"\n"), ended.status, ended.stderr.decode()


def answers_that_nobody_reads(tool, size):
    """Return how many answers leave, and how many are said not to, of 500; in batches of `size`."""
    calls = [
        {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool}}
        for number in range(500)
    ]
    with serve() as client:
        client.ask(initialize("2025-03-26"))
        for start in range(0, 500, size):
            client.send(calls[start] if size == 1 else calls[start : start + size])
        client.process.stdin.close()
        client.process.wait()
        ended = client.end()
    complete = ended.stdout.rpartition(b"\n")[0].splitlines()
    return len(complete) * size, ended.status, ended.stderr.decode()


# Clients that go

CLIENT = r"""
import os, subprocess, sys, time
server = sys.argv[2:]
if sys.argv[1] == "shell":
    server = ["/bin/sh", "-c", '"$@"; exit $?', "sh"] + server
(requests, to_server), (from_server, answers) = os.pipe(), os.pipe()
child = subprocess.Popen(server, stdin=requests, stdout=answers, stderr=subprocess.DEVNULL)
os.close(requests), os.close(answers)
os.write(to_server, b'{"jsonrpc":"2.0","id":1,"method":"CallTool","params":{"name":"get_cwd"}}\n')
os.read(from_server, 1000)
sibling = subprocess.Popen(["sleep", "60"], pass_fds=[to_server])
print(child.pid, sibling.pid, flush=True)
time.sleep(60)
"""


def client_that_is_killed(kind, age):
    """Return whether the server ends, whose stdin another child of its client holds open."""
    command = [sys.executable, "-c", CLIENT, kind, *STARTS["archive"]]
    client = subprocess.Popen(command, stdout=subprocess.PIPE)
    child, sibling = [int(word) for word in client.stdout.readline().split()]
    server = children_of(child)[0] if kind == "shell" else child
    time.sleep(age)
    client.kill()
    client.wait()
    client.stdout.close()
    ended = has_ended(server, GONE_END)
    for process in (server, child, sibling):
        try:
            os.kill(process, signal.SIGKILL)
        except OSError:
            pass
    return ended


def client_that_closes_what_it_reads():
    """Return the status of a server that is idle, and whose stdin stays open."""
    with Client(STARTS["archive"]) as client:
        client.ask(ping())
        client.process.stdout.close()
        client.process.stdout = None
        ended = client.end()
        return ended.status, ended.seconds, ended.stderr


# Terminals


def terminal_without_input():
    return on_terminal([])


def terminal_with_input():
    return on_terminal(PINGS)


def terminal_that_has_notes():
    return on_terminal([], *WITH_TOOLS)


def terminal_that_has_notes_and_input():
    return on_terminal(PINGS, *WITH_TOOLS)


PINGS = [json.dumps(ping(number)).encode("ascii") + b"\n" for number in range(20)]
WITH_TOOLS = ("--tools", TOOLS_FILE)  # which have no docstrings


def on_terminal(lines, *arguments):
    """Return what a server writes to its stderr, whose stdin is a terminal."""
    controller, terminal = pty.openpty()
    with Client([*STARTS_WITH_SITE["archive"], *arguments], stdin=terminal) as client:
        os.close(terminal)
        for line in lines:
            os.write(controller, line)
            time.sleep(0.1)
        if not lines:
            select.select([client.process.stderr], [], [], 20)  # a second, once it has started
        os.write(controller, b"\x04")
        ended = client.end()
        os.close(controller)
        return ended.status, ended.stdout.count(b"\n"), ended.stderr.decode()


def process_1_that_gets(name):
    """Return the status of a server that is process 1, or None where that cannot be had."""
    with Client(["unshare", "--pid", "--fork", "--kill-child", *STARTS["archive"]]) as client:
        client.send(ping())
        if not client.process.stdout.readline():
            return None
        os.kill(children_of(client.pid)[0], getattr(signal, name))
        return client.end().status


# What the system says


def children_of(pid):
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], stdout=subprocess.PIPE)
    return [int(word) for word in done.stdout.split()]


def has_ended(pid, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with open("/proc/%d/stat" % pid) as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


def ends(stream):
    """Return whether the end of a stream comes soon."""
    while select.select([stream], [], [], 2)[0]:
        if not os.read(stream.fileno(), 65536):
            return True
    return False


@linux
class Leaving(unittest.TestCase):
    def test_what_tools_leave_behind_holds_nobody(self):
        for tool in LEFT_BEHIND:
            for how, expected in ENDS.items():
                with self.subTest(tool, how=how):
                    status, seconds, ended = seen(end_with_leftovers, tool, how)
                    self.assertEqual((status, ended), (expected, True))
                    self.assertLess(seconds, END)

    def test_exit_handlers_run(self):
        self.assertEqual(seen(end_that_runs_handlers), (0, True))

    def test_a_large_answer_is_read_to_its_end(self):
        for tool in ("large", "large_inline"):
            with self.subTest(tool):
                status, received = seen(answer_that_is_read_slowly, tool)
                self.assertEqual(status, 0)
                self.assertEqual(len(text_of(json.loads(received.decode("ascii")))), 6000000)

    def test_a_client_that_reads_for_long_is_looked_at_meanwhile(self):
        size, pong = seen(answer_that_is_read_for_long)
        self.assertGreater(size, 2000000)
        self.assertEqual(pong, {})

    def test_a_stuck_call_keeps_no_other_answer_of_its_batch(self):
        for tool in STUCK:
            with self.subTest(tool):
                status, seconds, answers = seen(batch_with_a_stuck_call, tool)
                self.assertEqual((status, [answer["id"] for answer in answers]), (0, [1, 3]))
                self.assertLess(seconds, END)

    def test_a_stuck_call_keeps_no_server_whose_client_is_gone(self):
        for tool in STUCK:
            with self.subTest(tool):
                status, seconds = seen(client_that_goes_while_a_tool_is_stuck, tool)
                self.assertEqual(status, 0)
                self.assertLess(seconds, GONE_END)

    def test_calls_in_the_main_thread_have_their_time_each(self):
        self.assertEqual(seen(calls_in_the_main_thread_one_after_the_other), (0, 4))

    def test_another_interrupt_shows_no_traceback(self):
        self.assertEqual(seen(interrupted_again_and_again), (130, b""))

    def test_what_nobody_reads_in_time_is_counted(self):
        received, status, stderr = seen(reader_that_begins_late)
        self.assertLess(received, 650)
        self.assertEqual(status, 1)
        self.assertIn(f" {650 - received} answers were not delivered", stderr)

    def test_what_nobody_reads_is_counted_whatever_answered_it(self):
        for tool in ("text", "text_inline", "text_async"):
            for size in (1, 5):
                with self.subTest(tool, size=size):
                    left, status, stderr = seen(answers_that_nobody_reads, tool, size)
                    self.assertEqual(status, 1)
                    self.assertIn(f" {500 - left} answers were not delivered", stderr)

    def test_a_client_that_is_killed_takes_its_server_along(self):
        for kind in ("direct", "shell"):
            for age in (1, 7):
                with self.subTest(kind, age=age):
                    self.assertTrue(seen(client_that_is_killed, kind, age))

    def test_a_client_that_closes_only_what_it_reads_is_gone(self):
        status, seconds, stderr = seen(client_that_closes_what_it_reads)
        self.assertEqual((status, stderr), (0, b""))
        self.assertLess(seconds, GONE_END)

    def test_process_1_heeds_the_usual_signals(self):
        for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
            with self.subTest(name):
                status = seen(process_1_that_gets, name)
                if status is None:
                    self.skipTest("unshare --pid is not allowed here")
                self.assertEqual(status, 128 + getattr(signal, name))


@posix
class Greeting(unittest.TestCase):
    def test_after_a_second_without_input(self):
        status, lines, stderr = seen(terminal_without_input)
        self.assertEqual((status, lines), (0, 0))
        self.assertRegex(stderr, r"(?s)^cwd_server is waiting.*Ctrl-D.*--help.*\n$")

    def test_what_could_be_better_about_tools_comes_with_it(self):
        status, lines, stderr = seen(terminal_that_has_notes)
        self.assertEqual((status, lines), (0, 0))
        self.assertRegex(stderr, r"(?s)^leave_process: no docstring: .*cwd_server is waiting")

    def test_it_never_stands_among_messages(self):
        self.assertEqual(seen(terminal_with_input), (0, 20, ""))
        self.assertEqual(seen(terminal_that_has_notes_and_input), (0, 20, ""))


if __name__ == "__main__":
    unittest.main()
