"""How a server ends at once: at the end of input, by signals, without a client."""

import json
import os
import signal
import sys
import time

from tests.support.cases import posix
from tests.support.client import Client as Live
from tests.support.client import as_text
from tests.support.client import run_process as run
from tests.support.files import tools_file
from tests.support.messages import ping
from tests.support.paths import ARCHIVE, STARTS, STARTS_WITH_SITE
from tests.support.serving import PLACES, EachStart, call, fill, with_tools

SOON = 2.0  # seconds for what happens at once; a busy machine needs some
if os.name == "nt":
    SOON = 6.0  # where starting is part of what is measured, and Wine takes long for that


def setUpModule():
    if os.name == "posix":
        # Where this runs in the background, interrupts are ignored, and children would inherit
        # that
        signal.signal(signal.SIGINT, signal.default_int_handler)


class EndOfInput(EachStart):
    def test_idle(self):
        for start in STARTS.values():
            with self.subTest(start=start):
                with Live(start) as server:
                    server.ask(ping())
                    server.process.stdin.close()
                    status, seconds, stdout, stderr = server.end()
                    self.assertEqual((status, stdout, stderr), (0, b"", b""))
                    self.assertLess(seconds, SOON)

    def test_before_the_first_line(self):
        for start in STARTS.values():
            with self.subTest(start=start):
                done = run(start)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_in_the_middle_of_a_line(self):
        for start in STARTS.values():
            with self.subTest(start=start):
                for line, expected in (
                    (json.dumps(ping(5)).encode(), 5),
                    (b'{"jsonrpc": "2', None),
                ):
                    with Live(start) as server:
                        server.process.stdin.write(line)
                        server.process.stdin.close()
                        status, seconds, stdout, stderr = server.end()
                        self.assertEqual((status, stderr, stdout.count(b"\n")), (0, b"", 1))
                        self.assertEqual(json.loads(stdout.decode()).get("id"), expected)
                        self.assertLess(seconds, SOON)

    def test_exit_handlers_run_also_where_files_are_watched(self):
        """The watch does not hold Python back until the process is ended without them."""
        source = "import atexit, sys\natexit.register(sys.stderr.write, 'handler\\n')\n"
        path = tools_file(self, source + "@tool\ndef f():\n    pass\n")
        for start in STARTS_WITH_SITE.values():
            for options in ([], ["--reload"]):
                with self.subTest(start=start, options=options):
                    done = run([*start, "--tools", path, *options], [ping()])
                    self.assertEqual((done.returncode, as_text(done.stderr)), (0, "handler\n"))


class ClientGone(EachStart):
    def test_while_it_is_being_answered(self):
        for start in self.each():
            with Live(start) as server:
                server.ask(ping())
                server.process.stdout.close()
                server.send(ping())
                server.process.stdout = None
                status, seconds, _, stderr = server.end()
                self.assertEqual((status, stderr), (0, b""))
                self.assertLess(seconds, SOON)

    @posix
    def test_while_the_server_waits_for_it_to_read(self):
        for start in self.each():
            with Live(start) as server:
                server.ask(ping())
                fill(server.process.stdin.fileno(), json.dumps(ping()).encode() + b"\n")
                server.process.stdout.close()
                server.process.stdout = None
                status, seconds, _, stderr = server.end()
                self.assertEqual((status, stderr), (0, b""))
                self.assertLess(seconds, SOON)

    def test_while_a_thread_answers(self):
        for place in self.each(PLACES):
            with with_tools(place) as server:
                server.ask(ping())
                server.process.stdout.close()
                server.process.stdout = None
                server.send(call("quick"))
                status, seconds, _, stderr = server.end()
                self.assertEqual((status, stderr), (0, b""))
                self.assertLess(seconds, SOON)

    @posix
    def test_a_socket_that_is_closed_with_unread_answers(self):
        import socket

        for start in self.each():
            here, there = socket.socketpair()
            with Live(start, stdin=there, stdout=there) as server:
                there.close()
                here.sendall((json.dumps(ping()).encode() + b"\n") * 1000)
                here.recv(1)
                here.close()
                status, seconds, _, stderr = server.end()
                self.assertEqual((status, stderr), (0, b""))
                self.assertLess(seconds, SOON)

    @posix
    def test_a_terminal_that_is_closed(self):
        import pty

        for start in self.each():
            controller, terminal = pty.openpty()
            with Live(start, stdin=terminal, stdout=terminal) as server:
                os.close(terminal)
                os.write(controller, json.dumps(ping()).encode() + b"\n")
                time.sleep(0.3)
                os.close(controller)
                status, seconds, _, _ = server.end()
                self.assertEqual(status, 0)
                self.assertLess(seconds, SOON)


@posix
class Signals(EachStart):
    """Interrupted (Ctrl-C): 130 and no word. Terminated: at once."""

    ENDS = ((signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM))

    def assert_ends(self, server, number, expected):
        os.kill(server.pid, number)
        status, seconds, _, stderr = server.end()
        self.assertEqual((status, stderr.replace(b"holding\n", b"")), (expected, b""))
        self.assertLess(seconds, SOON)

    def test_idle(self):
        for start in self.each():
            for number, expected in self.ENDS:
                with Live(start) as server:
                    server.ask(ping())
                    self.assert_ends(server, number, expected)

    def test_in_the_middle_of_a_line(self):
        for start in self.each():
            for number, expected in self.ENDS:
                with Live(start) as server:
                    server.ask(ping())
                    server.process.stdin.write(b'{"jsonrpc"')
                    server.process.stdin.flush()
                    self.assert_ends(server, number, expected)

    def test_while_a_tool_runs(self):
        for place in self.each(PLACES):
            for message in (call("hold", seconds=30), call("never")):
                for number, expected in self.ENDS:
                    with with_tools(place) as server:
                        server.send(message)
                        self.assertEqual(server.process.stderr.readline(), b"holding\n")
                        self.assert_ends(server, number, expected)

    def test_in_another_thread(self):
        for place in self.each(PLACES):
            with with_tools(place) as server:
                server.ask(ping())
                server.send(call("interrupt"))
                status, seconds, _, stderr = server.end()
                self.assertEqual((status, stderr), (130, b""))
                self.assertLess(seconds, SOON)

    def test_after_a_tool_left_a_thread(self):
        for place in self.each(PLACES):
            for number, expected in self.ENDS:
                with with_tools(place) as server:
                    server.ask(call("leave_thread"))
                    self.assert_ends(server, number, expected)

    def test_while_nobody_reads(self):
        for start in self.each():
            for number, expected in self.ENDS:
                with Live(start) as server:
                    server.ask(ping())
                    fill(server.process.stdin.fileno(), json.dumps(ping()).encode() + b"\n")
                    self.assert_ends(server, number, expected)

    def test_during_start_up(self):
        """Interrupted at the import of a module, early and late."""
        starts = {
            "source": 'runpy.run_module("cwd_server", run_name="__main__", alter_sys=True)',
            "archive": "runpy.run_path(%r, run_name='__main__')" % ARCHIVE,
        }
        moments = {
            "source": ["select", "cwd_server.protocol.session"],
            "archive": ["marshal", "zlib", "select"],
        }
        for name, start in starts.items():
            for module in moments[name]:
                done = run(
                    [sys.executable, "-S", "-c", INTERRUPTED % (module, module, start)], [ping()]
                )
                with self.subTest(start=name, module=module):
                    self.assertEqual((done.returncode, done.stdout, done.stderr), (130, b"", b""))


INTERRUPTED = """
import importlib.util, os, runpy, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == %r:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
sys.modules.pop(%r, None)
%s
"""
