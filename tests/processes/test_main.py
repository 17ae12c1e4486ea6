"""The entry: options, exit statuses, and the three kinds of client, from source and archive."""

import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

from cwd_server import __version__
from tests.support.cases import EachStart
from tests.support.client import as_text, responses, run_process
from tests.support.messages import META, initialize, request
from tests.support.paths import ARCHIVE, STARTS, environment
from tests.support.pythons import too_old_pythons

# Waits for half a second, while signals that Python handles come: was it that long, and silent?
WAIT_AMID_SIGNALS = """
import os, signal, threading, time
from cwd_server.transport.wire import Wire

def send_signals():
    for _ in range(3):
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGUSR1)

signal.signal(signal.SIGUSR1, lambda *_: None)
wire = Wire()
threading.Thread(target=send_signals).start()
began = time.monotonic()
is_silent = wire.is_silent_for(0.5)
os.write(2, b"silent: %r\\n" % (is_silent and time.monotonic() - began >= 0.5))
"""


class Serving(EachStart):
    def test_tutorial_client(self):
        messages = [
            request("ListTools"),
            request("CallTool", 2, name="get_cwd"),
            request("CallTool", 3, name="x"),
            request("Foo", 4),
            {"id": 5},
        ]
        for done in self.each(messages=messages, cwd=self.directory):
            listed, called, no_tool, no_method, no_request = responses(done)
            self.assertEqual([tool["name"] for tool in listed["result"]["tools"]], ["get_cwd"])
            self.assertTrue(
                listed["result"]["tools"][0]["description"].startswith(
                    "Gets the server's current working directory."
                )
            )
            text = called["result"]["content"][0]["text"]
            self.assertEqual(text, "Current Working Directory: " + self.directory)
            self.assertEqual(no_tool["error"], {"code": -32601, "message": "Tool 'x' not found."})
            self.assertEqual(
                no_method["error"], {"code": -32601, "message": "Method 'Foo' not supported."}
            )
            self.assertEqual(
                no_request["error"], {"code": -32600, "message": "Invalid Request structure"}
            )
            self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_legacy_client(self):
        for revision in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
            with self.subTest(revision=revision):
                messages = [
                    initialize(revision), {"jsonrpc": "2.0", "method": "notifications/initialized"},
                    request("ping", 1), request("tools/list", 2), request("tools/call", 3, name="get_cwd"),
                ]  # fmt: skip
                for done in self.each(messages=messages, cwd=self.directory):
                    opened, ping, listed, called = responses(done)
                    self.assertEqual(opened["result"]["protocolVersion"], revision)
                    self.assertEqual(ping["result"], {})
                    self.assertEqual(listed["result"]["tools"][0]["name"], "get_cwd")
                    self.assertIn(self.directory, called["result"]["content"][0]["text"])
                    structured = called["result"].get("structuredContent", {})
                    self.assertEqual(
                        structured.get("cwd"), self.directory if revision >= "2025-06-18" else None
                    )

    def test_modern_client(self):
        messages = [
            request("server/discover", 1, _meta=META),
            request("tools/list", 2, _meta=META),
            request("tools/call", 3, _meta=META, name="get_cwd"),
        ]
        for done in self.each(messages=messages, cwd=self.directory):
            discovered, listed, called = responses(done)
            self.assertEqual(discovered["result"]["supportedVersions"], ["2026-07-28"])
            self.assertEqual(listed["result"]["cacheScope"], "public")
            self.assertEqual(
                called["result"]["structuredContent"]["uri"], pathlib.Path(self.directory).as_uri()
            )

    def test_nothing_is_imported_from_the_working_directory(self):
        for name in ("json", "cwd_server", "select", "os", "argparse"):
            with open(os.path.join(self.directory, name + ".py"), "w") as file:
                file.write("raise SystemExit('imported from the working directory')")
        commands = [[sys.executable, ARCHIVE], [sys.executable, "-I", "-S", ARCHIVE]]
        if os.name == "posix":  # Windows starts no file by its first line
            commands.append([ARCHIVE])
        for command in commands:
            with self.subTest(command=command):
                done = run_process(
                    command,
                    [request("CallTool", name="get_cwd")],
                    cwd=self.directory,
                    env=dict(os.environ),
                )
                self.assertIn(self.directory, responses(done)[0]["result"]["content"][0]["text"])


class Options(EachStart):
    def test_cwd(self):
        target = os.path.join(self.directory, "with space, é")
        os.mkdir(target)
        for arguments in (["--cwd", target], ["--cwd=" + target]):
            with self.subTest(arguments=arguments):
                for done in self.each(
                    *arguments, messages=[initialize(), request("tools/call", name="get_cwd")]
                ):
                    structured = responses(done)[1]["result"]["structuredContent"]
                    self.assertEqual(structured["cwd"], target)
                    self.assertEqual(structured["source"], "--cwd")

    def test_cwd_that_is_no_directory(self):
        for done in self.each("--cwd", "/no/such/directory"):
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertRegex(
                as_text(done.stderr), "^cwd_server: [^\n]*/no/such/directory[^\n]*\n$"
            )

    def test_a_name_cannot_steer_the_terminal_that_shows_why_it_is_refused(self):
        for done in self.each("--cwd", "/no/such/\x1b]52;c;x\x07"):
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"/no/such/\\x1b]52;c;x\\x07", done.stderr)

    def test_cwd_with_a_variable_left_in_it(self):
        for done in self.each("--cwd", "${workspaceFolder}"):
            self.assertEqual(done.returncode, 2)
            self.assertIn(
                b"${workspaceFolder}: the client did not expand this variable", done.stderr
            )

    def test_verbose_logs_both_ways(self):
        for done in self.each("--verbose", messages=[request("ping")]):
            lines = as_text(done.stderr).splitlines()
            self.assertRegex(lines[0], r"^\d\d:\d\d:\d\d\.\d\d\d received .*ping")
            self.assertRegex(lines[1], r"^\d\d:\d\d:\d\d\.\d\d\d sent .*result")

    def test_version_and_help(self):
        for done in self.each("--version"):
            self.assertEqual(as_text(done.stdout).split(), ["cwd_server", __version__])
        for done in self.each("--help"):
            self.assertEqual(done.returncode, 0)
            self.assertIn(b"--cwd", done.stdout)

    @unittest.skipUnless(os.name == "posix", "needs a pseudo-terminal")
    def test_a_terminal_is_told_what_is_going_on(self):
        import pty

        started = []
        for name, start in STARTS.items():
            controller, terminal = pty.openpty()
            child = subprocess.Popen(
                start,
                stdin=terminal,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment(),
            )
            started.append((name, controller, terminal, child))
        time.sleep(2)  # it waits for a second without input
        for name, controller, terminal, child in started:
            with self.subTest(start=name):
                os.write(controller, b"\x04")
                stdout, stderr = child.communicate(timeout=30)
                os.close(controller)
                os.close(terminal)
                self.assertEqual((child.returncode, stdout), (0, b""))
                self.assertTrue(re.search(b"waiting.*Ctrl-D.*--help", stderr, re.S), stderr)
                self.assertLessEqual(stderr.count(b"\n"), 3)

    @unittest.skipUnless(os.name == "posix", "needs poll() and signals")
    def test_a_signal_does_not_shorten_the_wait_for_somebody_who_types(self):
        child = subprocess.Popen(
            [sys.executable, "-c", WAIT_AMID_SIGNALS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        with child:  # whose input stays open, and empty
            self.assertEqual(as_text(child.stderr.readline()).rstrip(), "silent: True")


class OldPythons(unittest.TestCase):
    def test_python_2_gets_a_sentence(self):
        old = too_old_pythons()
        if not old:
            self.skipTest("no Python older than 3.6 here")
        for python in old:
            with self.subTest(python=python):
                done = run_process([python, ARCHIVE], [request("ping")])
                self.assertEqual((done.returncode, done.stdout), (1, b""))
                self.assertRegex(
                    as_text(done.stderr), "^cwd_server needs Python 3.6 or newer[^\n]*\n$"
                )


if __name__ == "__main__":
    unittest.main()
