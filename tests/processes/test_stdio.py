"""What comes in, what goes out, descriptors and text, with processes of every start."""

import errno
import json
import os
import random
import re
import select
import signal
import subprocess
import sys
import threading
import time
import unittest

from tests.support.cases import PYPY, linux, posix
from tests.support.client import Client as Live
from tests.support.client import as_text
from tests.support.client import responses as answers
from tests.support.client import run_process as run
from tests.support.files import tools_file, write_file
from tests.support.messages import cancelled, initialize, ping, request
from tests.support.paths import ARCHIVE, STARTS, environment
from tests.support.processes import descriptors, memory, wait_for
from tests.support.processes import number_in_status as status
from tests.support.serving import (
    PLACES,
    TOOLS,
    WITH_TOOLS,
    EachStart,
    call,
    fill,
    text,
    with_tools,
    write_and_close,
)

MAX_LINE = 4 * 1024 * 1024
PIPE_SIZE = 4096 if os.name == "nt" else 65536  # bytes that a pipe holds


def loaded_modules(arguments, messages=()):
    """Return the names of the modules that Python says it loads when it is started so."""
    done = run([sys.executable, "-v", "-S", *arguments], messages)
    return set(re.findall(r"^import '?([\w.]+)'? #", done.stderr.decode(), re.M))


class Input(EachStart):
    def assert_refused(self, answer, code):
        self.assertEqual(answer["error"]["code"], code)
        self.assertNotIn("id", answer)

    @linux
    def test_a_line_of_200_mb_is_dropped_and_costs_no_memory(self):
        block = b"x" * (1 << 20)
        for start in self.each():
            with Live(start) as server:
                server.ask(ping())
                before = memory(server.pid, "VmHWM")
                server.process.stdin.write(
                    b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"x":"'
                )
                for _ in range(200):
                    server.process.stdin.write(block)
                server.send(b'"}}')
                answer = server.receive()
                self.assertEqual((answer["id"], answer["error"]["code"]), (7, -32600))
                self.assertEqual(server.ask(ping(8)), {"jsonrpc": "2.0", "id": 8, "result": {}})
                self.assertLess(memory(server.pid, "VmHWM") - before, 24 * 1024)

    def test_the_limit_is_4_mib_to_the_byte(self):
        line = json.dumps(request("ping", 1, x="")).encode()
        fits = line.replace(b'""', b'"%s"' % (b"x" * (MAX_LINE - len(line))))
        for start in self.each():
            done = run(start, [fits, fits + b"\r", fits.replace(b'"x', b'"xx', 1), ping(2)])
            first, second, third, last = answers(done)
            self.assertEqual((first["result"], second["result"], last["id"]), ({}, {}, 2))
            self.assertEqual((third["id"], third["error"]["code"]), (1, -32600))

    @linux
    def test_a_line_of_many_small_things_costs_what_it_holds(self):
        """A batch has a limit of its own; 1.4 million empty objects cost what Python needs."""
        ones = b"[" + b",".join([b"1"] * (MAX_LINE // 2 - 2)) + b"]"
        objects = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":[%s{}]}}' % (
            b"{}," * (MAX_LINE // 3 - 50)
        )
        for start in self.each():
            with Live(start) as server:
                server.ask(ping())
                before = memory(server.pid, "VmHWM")
                self.assert_refused(server.ask(ones), -32600)
                self.assertLess(memory(server.pid, "VmHWM") - before, 64 * 1024)
                self.assertEqual(server.ask(objects)["id"], 1)
                self.assertEqual(len(server.ask([1] * 10000)), 10000)
                self.assertLess(memory(server.pid, "VmHWM") - before, 400 * 1024)
                self.assertEqual(server.ask(ping(8))["id"], 8)

    def test_nesting_and_numbers_of_any_length(self):
        depth, digits = 100000, 3000000
        number = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"n":%s}}'
        lines = [
            b"[" * depth,
            b"[" * depth + b"]" * depth,
            b'{"a":' * depth,
            b'{"a":' * depth + b"1" + b"}" * depth,
            b'[{"a":' * depth + b"1" + b"}]" * depth,
            b'{"jsonrpc":"2.0","id":1,"method":"ping","params":'
            + b'{"a":' * depth
            + b"1"
            + b"}" * depth
            + b"}",
            number % (b"7" * digits),
            number % (b"-" + b"7" * digits),
            b'{"jsonrpc":"2.0","id":%s,"method":"ping"}' % (b"7" * digits),
            b"7" * digits,
        ]
        for start in self.each():
            begun = time.monotonic()
            done = run(start, [*lines, ping("next")])
            self.assertLess(time.monotonic() - begun, 30)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            for answer in answers(done)[:-1]:
                self.assert_refused(answer, -32700)
            self.assertEqual(len(answers(done)), len(lines) + 1)
            self.assertEqual(answers(done)[-1]["id"], "next")

    def test_long_fractions_and_exponents_are_answered(self):
        number = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"n":%s}}'
        lines = [
            number % each
            for each in (b"1." + b"3" * 3000000, b"1" * 4000 + b"e-9", b"1e-" + b"9" * 1000000)
        ]
        for start in self.each():
            done = run(start, [*lines, ping("next")])
            self.assertEqual(len(answers(done)), len(lines) + 1)
            self.assertEqual(answers(done)[-1]["id"], "next")

    def test_random_bytes(self):
        """None of them is JSON, which Python's own parser confirms."""
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        lines = []
        while len(lines) < 3000:
            line = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 80)))
            line = line.replace(b"\n", b" ").strip(b" \t\r")
            if line and not is_json(line):
                lines.append(line)
        for start in self.each():
            done = run(start, [*lines, ping("next")])
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertEqual(len(answers(done)), len(lines) + 1)
            for line, answer in zip(lines, answers(done)):
                with self.subTest(line=line, seed=seed):
                    self.assert_refused(answer, -32700)

    @posix
    def test_kinds_of_input(self):
        """A regular file, a socket, the null device."""
        import socket

        message = json.dumps(ping()).encode() + b"\n"
        path = os.path.join(self.directory(), "file")
        with open(path, "wb") as file:
            file.write(message * 1000)
        for start in self.each():
            with open(path, "rb") as file, Live(start, stdin=file) as server:
                self.assertEqual(server.end()[2].count(b"\n"), 1000)
            with open(os.devnull, "rb") as file, Live(start, stdin=file) as server:
                self.assertEqual((server.end()[0], server.end()[2:]), (0, (b"", b"")))
            here, there = socket.socketpair()
            with here, Live(start, stdin=there, stdout=there) as server:
                there.close()
                here.sendall(message)
                self.assertEqual(json.loads(here.recv(1000).decode())["id"], 1)
                here.shutdown(socket.SHUT_WR)
                self.assertEqual(server.end()[0], 0)

    @posix
    def test_pipes_that_do_not_block(self):
        many = 20000
        data = json.dumps(ping()).encode() + b"\n"
        for start in self.each():
            for_input, for_output = os.pipe(), os.pipe()
            os.set_blocking(for_input[0], False)
            os.set_blocking(for_output[1], False)
            with Live(start, stdin=for_input[0], stdout=for_output[1]) as server:
                os.close(for_input[0])
                os.close(for_output[1])
                with open(for_input[1], "wb") as requests, open(for_output[0], "rb") as responses:
                    time.sleep(0.3)  # the server finds nothing to read
                    writer = threading.Thread(target=write_and_close, args=(requests, data * many))
                    writer.start()
                    time.sleep(0.5)  # and no room to write
                    self.assertEqual(responses.read().count(b"\n"), many)
                    writer.join()
                self.assertEqual(server.end()[0], 0)

    def test_bytes_one_by_one(self):
        for start in self.each():
            with Live(start) as server:
                for byte in json.dumps(ping()).encode() + b"\n":
                    os.write(server.process.stdin.fileno(), bytes([byte]))
                self.assertEqual(server.receive()["id"], 1)


def is_json(line):
    try:
        json.loads(line.decode("utf-8"))
    except ValueError:
        return False
    return True


class Output(EachStart):
    WAITING = """
        import os, time
        @tool(threaded=False)
        def wait_for(path: str) -> str:
            while not os.path.exists(path):
                time.sleep(0.01)
            return "there"
    """

    def test_answers_do_not_wait_for_a_tool_without_a_thread(self):
        """What comes after its call has to."""
        path = tools_file(self, self.WAITING)
        with Live([*STARTS["archive"], "--tools", path]) as server:
            server.send(ping("one"), call("wait_for", "slow", path=path + ".1"), ping("two"))
            self.assertEqual(server.receive()["id"], "one")
            write_file(path + ".1", "")
            self.assertEqual([server.receive()["id"] for _ in range(2)], ["slow", "two"])

    @linux
    def test_no_other_thread_takes_the_signals_of_a_tool_in_the_main_thread(self):
        """An interrupt, or an alarm of the tool's own, has to wake it there."""
        source = """
            import os, time
            @tool(threaded=False)
            def blocked_in_others(numbers: list) -> bool:
                expected = sum(1 << (number - 1) for number in numbers)
                for _ in range(500):  # the thread says so when it begins to run
                    time.sleep(0.01)
                    for thread in set(os.listdir("/proc/self/task")) - {str(os.getpid())}:
                        with open(f"/proc/self/task/{thread}/status") as file:
                            (mask,) = [row.split()[1] for row in file if row.startswith("SigBlk:")]
                        if int(mask, 16) & expected == expected:
                            return True
                return False
        """
        path = tools_file(self, source)
        with Live([*STARTS["archive"], "--tools", path]) as server:
            numbers = [int(number) for number in (signal.SIGINT, signal.SIGALRM, signal.SIGTERM)]
            answer = server.ask(call("blocked_in_others", 1, numbers=numbers))
            self.assertEqual(text(answer), "true")

    def test_answers_do_not_wait_for_a_tool_that_used_to_be_quick(self):
        """They may wait to leave with that of its call, but not for as long as it now takes."""
        path = tools_file(self, self.WAITING)
        with Live([*STARTS["archive"], "--tools", path]) as server:
            server.ask(call("wait_for", "quick", path=path))
            slow = json.dumps(call("wait_for", "slow", path=path + ".1")).encode()
            server.send_bytes(json.dumps(ping("one")).encode() + b"\n" + slow + b"\n")
            self.assertEqual(server.receive()["id"], "one")
            write_file(path + ".1", "")
            self.assertEqual(server.receive()["id"], "slow")

    def test_many_threads_never_tear_a_line(self):
        size = 300000
        for place in self.each(PLACES):
            with with_tools(place) as server:
                for number in range(40):
                    message = call("large", number, size=size)
                    message["params"]["_meta"] = {"progressToken": number}
                    server.send(message, ping("ping %d" % number))
                seen, progress = set(), {}
                while len(seen) < 80:
                    message = server.receive()
                    if "method" in message:
                        token = message["params"]["progressToken"]
                        self.assertNotIn(token, seen)
                        self.assertGreater(message["params"]["progress"], progress.get(token, -1))
                        progress[token] = message["params"]["progress"]
                    else:
                        self.assertNotIn(message["id"], seen)
                        seen.add(message["id"])
                        if "content" in message["result"]:
                            self.assertEqual(len(text(message)), size)
                self.assertEqual(set(progress.values()), {19})
                server.process.stdin.close()
                self.assertEqual((server.end()[0], server.end()[2]), (0, b""))

    @linux
    def test_a_client_that_does_not_read_makes_the_server_wait(self):
        line = json.dumps(call("get_cwd")).encode() + b"\n"
        for start in self.each():
            with Live(start) as server:
                server.ask(ping())
                sent = fill(server.process.stdin.fileno(), line)
                before = memory(server.pid)
                time.sleep(0.5)
                sent += fill(server.process.stdin.fileno(), line)
                self.assertLess(memory(server.pid) - before, 512)
                self.assertLess(sent, 5 * 65536)  # the rest stays with the client
                os.set_blocking(server.process.stdin.fileno(), True)
                complete, cut = divmod(sent, len(line))
                reader = []
                thread = threading.Thread(target=reader.extend, args=(server.process.stdout,))
                thread.start()
                server.send(line[cut:-1] if cut else line[:-1])
                server.process.stdin.close()
                thread.join()
                self.assertEqual(len(reader), complete + 1)
                self.assertEqual(set(map(len, reader)), {len(reader[0])})

    @posix
    def test_a_cancellation_is_heard_while_an_answer_waits_for_its_reader(self):
        source = """
            from cwd_server.toolkit import Call
            @tool
            def wait(path: str, call: Call) -> str:
                call.sleep(600)
                open(path, "w").close()
                return ""
            @tool
            def large() -> str:
                return "x" * 2000000
        """
        path = tools_file(self, source)
        with Live([*STARTS["archive"], "--tools", path]) as server:
            server.send(call("wait", "slow", path=path + ".1"), call("large", "large"))
            select.select([server.process.stdout], [], [])  # the answer has begun
            server.send(cancelled("slow"))
            self.assertTrue(wait_for(lambda: os.path.exists(path + ".1")))
            self.assertEqual(server.receive()["id"], "large")

    def test_tools_may_fail_in_any_way(self):
        kinds = [
            "Odd",
            "NoReason",
            "SystemExit",
            "GeneratorExit",
            "MemoryError",
            "BaseException",
            "recursion",
        ]
        kinds += ["descriptors"] if os.name == "posix" else []
        for place in self.each(PLACES):
            with with_tools(
                place, preexec_fn=few_descriptors if os.name == "posix" else None
            ) as server:
                asked = [("fail_inline", kind) for kind in kinds]
                asked += [("fail_threaded", kind) for kind in [*kinds, "KeyboardInterrupt"]]
                for number, (tool, kind) in enumerate(asked):
                    answer = server.ask(call(tool, number, kind=kind))
                    self.assertEqual(
                        (answer["id"], answer["error"]["code"]), (number, -32603), (tool, kind)
                    )
                    if kind == "descriptors":
                        self.assertIn(os.strerror(errno.EMFILE), answer["error"]["message"])
                        self.assertEqual(server.ask(ping("full"))["id"], "full")
                        self.assertEqual(text(server.ask(call("close_leaked"))), "closed")
                server.process.stdin.close()
                self.assertEqual(server.end()[0], 0)


def wait_for_threads(server, number):
    deadline = time.monotonic() + 10
    while status(server.pid, "Threads") > number and time.monotonic() < deadline:
        time.sleep(0.01)


def wait_until_each_has_a_thread(server, calls):
    """Wait until so many calls run, each on a thread beside the one that reads."""
    if sys.platform.startswith("linux"):
        wait_for(lambda: status(server.pid, "Threads") > calls)
    else:
        time.sleep(5)  # no other system says how many threads there are


def few_descriptors():
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


class Descriptors(EachStart):
    def test_nothing_that_a_tool_writes_reaches_the_protocol(self):
        said = ["print", "write", "descriptor", "system", "child", "the first stdout"]
        for place in self.each(PLACES):
            with with_tools(place) as server:
                self.assertEqual(text(server.ask(call("shout"))), "done")
                server.process.stdin.close()
                _, _, rest, stderr = server.end()
                self.assertEqual(rest, b"")
                self.assertEqual(
                    as_text(stderr), "".join("by %s\n" % way for way in said)
                )  # at once: in this order

    def test_children_and_tools_read_nothing(self):
        for place in self.each(PLACES):
            with with_tools(place) as server:
                server.send(call("children"), call("reading", 2), ping(3))
                self.assertEqual(text(server.receive()), "read b'', wrote 0")
                self.assertEqual(text(server.receive()), "'' b''")
                self.assertEqual(server.receive()["id"], 3)
                server.process.stdin.close()
                _, _, rest, stderr = server.end()
                self.assertEqual((rest, as_text(stderr)), (b"", "out\nerr\n"))

    @unittest.skipUnless(os.name == "posix", "needs a shell")
    def test_descriptors_closed_at_the_start(self):
        line = json.dumps(call("get_cwd")).encode() + b"\n"
        cases = {
            "<&-": (1, 0, "cwd_server: cannot serve: stdin is closed; [^\n]+\n"),
            ">&-": (1, 0, "cwd_server: cannot serve: stdout is closed; [^\n]+\n"),
            "<&- >&-": (1, 0, "cwd_server: cannot serve: stdin is closed; [^\n]+\n"),
            "2>&-": (0, 1, ""),
            "<&- 2>&-": (1, 0, ""),
            ">&- 2>&-": (1, 0, ""),
            "<&- >&- 2>&-": (1, 0, ""),
        }
        for start in self.each():
            for redirection, (code, lines, stderr) in cases.items():
                for verbose in ([], ["--verbose"]) if not stderr else ([],):
                    done = subprocess.run(
                        ["sh", "-c", 'exec "$@" ' + redirection, "sh", *start, *verbose],
                        input=line, timeout=60,
                        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    )  # fmt: skip
                    with self.subTest(redirection=redirection):
                        self.assertEqual(
                            (done.returncode, done.stdout.count(b"\n")), (code, lines)
                        )
                        self.assertRegex(done.stderr.decode(), "^%s$" % stderr)

    @unittest.skipUnless(os.name == "posix", "needs a shell")
    def test_children_of_a_server_without_stderr_have_one(self):
        for place in self.each(PLACES):
            environ = dict(environment(), PYTHONPATH=WITH_TOOLS[place])
            done = run(
                ["sh", "-c", 'exec "$@" 2>&-', "sh", *TOOLS],
                [call("children"), call("shout")],
                env=environ,
            )
            self.assertEqual(
                [text(answer) for answer in answers(done)], ["read b'', wrote 0", "done"]
            )

    @unittest.skipUnless(os.name == "posix", "needs a shell")
    def test_a_descriptor_that_cannot_do_its_part(self):
        """Wrong way round, or full: one line, status 1."""
        full = os.path.exists("/dev/full")
        bad = os.strerror(errno.EBADF)
        cases = {"0>/dev/null": bad, "1</dev/null": bad}
        cases.update({">/dev/full": os.strerror(errno.ENOSPC)} if full else {})
        for start in self.each():
            for redirection, reason in cases.items():
                done = run(["sh", "-c", 'exec "$@" ' + redirection, "sh", *start], [ping()])
                with self.subTest(redirection=redirection):
                    self.assertEqual((done.returncode, done.stdout), (1, b""))
                    self.assertRegex(
                        done.stderr.decode(), "^cwd_server: cannot serve: %s\n$" % reason
                    )

    def test_stderr_that_takes_nothing(self):
        """Full, closed, read by nobody: prints and --verbose neither fail nor hang."""
        for place in self.each(PLACES):
            for kind in ("full", "closed", "unread"):
                if kind == "full" and not os.path.exists("/dev/full"):
                    continue
                reader, writer = os.pipe()
                if kind != "unread":
                    os.close(reader)
                if kind == "full":
                    os.close(writer)
                    writer = os.open("/dev/full", os.O_WRONLY)
                with self.subTest(kind=kind), with_tools(
                    place, "--verbose", stderr=writer
                ) as server:
                    os.close(writer)
                    self.assertEqual(text(server.ask(call("chatter", size=300000))), "done")
                    for _number in range(500):
                        server.ask(ping("x" * 200))
                    self.assertEqual(
                        server.ask(call("fail_inline", kind="Odd"))["error"]["code"], -32603
                    )
                    server.process.stdin.close()
                    self.assertEqual(server.process.wait(), 0)
                if kind == "unread":
                    os.close(reader)

    def test_prints_reach_a_reader_of_stderr_whole(self):
        for place in self.each(PLACES):
            environ = dict(environment(), PYTHONPATH=WITH_TOOLS[place], PYTHONIOENCODING="cp1252")
            done = run(TOOLS, [call("chatter", size=16 * PIPE_SIZE)], env=environ)
            lines = done.stderr.decode().splitlines()
            self.assertEqual(lines[:-1], ["x" * 99] * (16 * PIPE_SIZE // 100 + 1))
            self.assertEqual(lines[-1], "é \U0001f600 \\udcff")

    @linux
    def test_one_thread_and_no_descriptor_more_than_needed(self):
        for start in self.each():
            with Live(start) as server:
                server.ask(call("get_cwd"))
                self.assertEqual(status(server.pid, "Threads"), 1)
                self.assertEqual(
                    descriptors(server.pid), 7
                )  # 0, 1, 2, the protocol's two, and a pipe for signals
                for _ in range(100):
                    server.ask(call("get_cwd"))
                self.assertEqual((status(server.pid, "Threads"), descriptors(server.pid)), (1, 7))

    def test_threading_is_not_loaded(self):
        by_python = loaded_modules(["-c", "import runpy"])  # which runs modules and archives
        for start in self.each():
            loaded = loaded_modules(start[1:], [initialize(), call("get_cwd")])
            self.assertIn("select", loaded)
            unexpected = {"threading", "signal", "cwd_server.transport.workers"} - by_python
            self.assertEqual(loaded & unexpected, set())

    @linux
    def test_threads_end_with_their_calls(self):
        for place in self.each(PLACES):
            with with_tools(place) as server:
                server.ask(ping())
                before = descriptors(server.pid)
                server.send(*[call("quick", number) for number in range(500)])
                self.assertEqual({server.receive()["id"] for _ in range(500)}, set(range(500)))
                wait_for_threads(server, 1)
                self.assertEqual(
                    (status(server.pid, "Threads"), descriptors(server.pid)), (1, before)
                )


class Waiting(EachStart):
    """More calls than threads, cancellation, and a system that cannot wait on a pipe."""

    def test_too_many_calls_are_refused_and_the_rest_is_made(self):
        for place in self.each(PLACES):
            with with_tools(place) as server:
                server.send(*[call("wait", number, seconds=60) for number in range(32)])
                wait_until_each_has_a_thread(server, 32)
                server.send(*[call("quick", number) for number in range(32, 1032)])
                refused = server.ask(call("quick", "one more"))
                self.assertEqual(refused["id"], "one more")
                self.assertIn("Too many calls", refused["error"]["message"])
                for number in range(32):
                    server.send(
                        {
                            "jsonrpc": "2.0",
                            "method": "notifications/cancelled",
                            "params": {"requestId": number},
                        }
                    )
                self.assertEqual(
                    {server.receive()["id"] for _ in range(1000)}, set(range(32, 1032))
                )

    @linux
    def test_a_system_that_gives_no_more_threads(self):
        for place in self.each(PLACES):
            with with_tools(place) as server:
                self.assertEqual(text(server.ask(call("limit_memory", 2))), "limited")
                self.assertIn("Too many calls", server.ask(call("quick", 3))["error"]["message"])
                self.assertEqual(text(server.ask(call("limit_memory", 4, size=0))), "limited")
                self.assertEqual(text(server.ask(call("quick", 5))), "done")
                server.process.stdin.close()
                self.assertEqual((server.end()[0], server.end()[2:]), (0, (b"", b"")))

    @linux
    def test_a_system_that_gives_async_tools_no_thread(self):
        source = """
            import resource, threading, time
            @tool(threaded=False)
            def limit(limited: bool) -> str:
                threading.stack_size(16 << 20)
                time.sleep(0.1)  # the thread that looks after this one takes memory when it begins
                with open("/proc/self/statm") as file:
                    used = int(file.read().split()[0]) * resource.getpagesize()
                _, most = resource.getrlimit(resource.RLIMIT_AS)
                resource.setrlimit(
                    resource.RLIMIT_AS, (used + (3 << 20) if limited else most, most)
                )
                return "done"
            @tool
            async def quick() -> str:
                return "done"
        """
        path = tools_file(self, source)
        with Live([*STARTS["archive"], "--tools", path]) as server:
            self.assertEqual(text(server.ask(call("limit", 1, limited=True))), "done")
            self.assertIn("Too many calls", server.ask(call("quick", 2))["error"]["message"])
            self.assertEqual(text(server.ask(call("limit", 3, limited=False))), "done")
            self.assertEqual(text(server.ask(call("quick", 4))), "done")

    def test_a_system_that_cannot_wait(self):
        program = (
            "import select, sys; del select.poll; "
            "from cwd_server.transport import wire; assert not wire.CAN_POLL; "
            "from cwd_server.__main__ import main; sys.exit(main([]))"
        )
        if not hasattr(__import__("select"), "poll"):
            program = program.replace("del select.poll; ", "")
        for place in self.each(PLACES):
            environ = dict(environment(), PYTHONPATH=WITH_TOOLS[place])
            done = run(
                [sys.executable, "-c", program],
                [initialize(), call("get_cwd", 1)] * 500,
                env=environ,
            )
            self.assertEqual((done.returncode, len(answers(done)), done.stderr), (0, 1000, b""))


ALL_STARTS = dict(STARTS, plain=[sys.executable, ARCHIVE])  # this one obeys the variables


class Text(EachStart):
    """The wire is UTF-8 and paths are right, whatever the locale says."""

    ENVIRONMENTS = (
        {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {
            "LC_ALL": "POSIX",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONIOENCODING": "ascii:strict",
        },
    )

    def cwd_of(self, start, directory, *arguments, **changes):
        messages = [initialize(), request("tools/call", name="get_cwd")]
        done = run(start + list(arguments), messages, cwd=directory, env=environment(**changes))
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return answers(done)[1]["result"]

    @posix
    def test_names_of_directories(self):
        names = ["é", "\U0001f600 目录", "two\nlines", "'\"\\", "\x01\x7f\t", " ", "%41", "\u2028"]
        names = [name.encode("utf-8") for name in names] + [b"\xff\xe9", b"\xed\xa0\x80"]
        root = os.fsencode(self.directory())
        for number, name in enumerate(names):
            with self.subTest(number=number, name=name):
                directory = os.path.join(root, name)
                try:
                    os.mkdir(directory)
                except OSError:
                    continue  # macOS has no names that are not UTF-8
                for start in self.each(ALL_STARTS):
                    changes = self.ENVIRONMENTS[number % len(self.ENVIRONMENTS)]
                    result = self.cwd_of(start, directory, **changes)
                    shown = directory.decode("utf-8", "replace")
                    self.assertEqual(
                        result["content"][0]["text"], "Current Working Directory: " + shown
                    )
                    self.assertEqual(result["structuredContent"]["cwd"], shown)
                    self.assertEqual(
                        percent_decoded(result["structuredContent"]["uri"]), b"file://" + directory
                    )

    def test_variables(self):
        directory = os.path.join(self.directory(), "é \U0001f600")
        os.mkdir(directory.encode("utf-8") if os.name == "posix" else directory)
        for changes in self.ENVIRONMENTS:
            with self.subTest(changes=changes):
                for start in self.each(ALL_STARTS):
                    result = self.cwd_of(
                        start, os.path.dirname(directory), "--cwd", directory, **changes
                    )
                    self.assertEqual(result["structuredContent"]["cwd"], directory)

    def test_input_is_utf_8(self):
        for changes in self.ENVIRONMENTS:
            with self.subTest(changes=changes):
                for start in self.each(ALL_STARTS):
                    message = json.dumps(ping("é\U0001f600"), ensure_ascii=False).encode("utf-8")
                    done = run([*start, "--verbose"], [message], env=environment(**changes))
                    self.assertEqual(answers(done)[0]["id"], "é\U0001f600")
                    self.assertIn(message, done.stderr)

    @posix
    def test_directory_removed_before_the_start(self):
        for start in self.each(ALL_STARTS):
            if PYPY and "-m" in start:
                continue  # PyPy itself ends with an error: `-m` asks for the directory
            directory = os.path.join(self.directory(), "gone")
            os.mkdir(directory)
            command = ["sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', directory, *start]
            self.assert_gone(run(command, [ping(), call("get_cwd", 2)]))

    @posix
    def test_directory_removed_after_the_start(self):
        for start in self.each(ALL_STARTS):
            directory = os.path.join(self.directory(), "gone")
            os.mkdir(directory)
            with Live(start, cwd=directory) as server:
                self.assertIn(directory, text(server.ask(call("get_cwd"))))
                os.rmdir(directory)
                answer = server.ask(call("get_cwd"))
                self.assertTrue(answer["error"]["message"].startswith(GONE), answer)

    def assert_gone(self, done):
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        first, second = answers(done)
        self.assertEqual(first["result"], {})
        self.assertTrue(second["error"]["message"].startswith(GONE), second)


GONE = "Failed to get current directory: " + os.strerror(errno.ENOENT)


def percent_decoded(uri):
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(uri)


if __name__ == "__main__":
    unittest.main()
