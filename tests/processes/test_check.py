"""`check` with servers that are started: this one, and small ones that do one thing wrong each."""

import functools
import json
import os
import signal
import subprocess
import sys
import textwrap
import unittest
from unittest import mock

from tests.support.cases import EachStart, linux, posix
from tests.support.command_line import run_command
from tests.support.files import temporary_directory, tools_file, write_file
from tests.support.paths import ARCHIVE, STARTS
from tests.support.processes import wait_for
from tests.support.terminals import read_terminal

# Seconds that a server which answers wrongly is waited for; processes of Wine take long to start
ANSWER = 1
if os.name == "nt":
    ANSWER = 5

SERVER = """
import json, sys
INFO = {"name": "s", "version": "1"}
INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": INFO}
TOOLS = {"tools": [{"name": "t", "inputSchema": {"type": "object"}}]}
def answer(message):
    if message["method"] == "initialize":
        return {"result": INITIALIZE}
    if message["method"] == "tools/list":
        return {"result": TOOLS}
    return {"error": {"code": -32601, "message": "Method not found"}}
def serve():
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message and "method" in message:
            print(json.dumps(dict(answer(message), jsonrpc="2.0", id=message["id"])), flush=True)
"""


class ThisServer(EachStart):
    def test_all_is_well(self):
        for done in self.each("check"):
            output = done.stdout.decode("utf-8", "replace")
            self.assertEqual((done.returncode, done.stderr), (0, b""), output)
            self.assertTrue(
                output.startswith("All is well: clients get the directory they start it in"),
                output,
            )
            for step in (
                "initialize: answered after ",
                "server/discover: answered",
                "ListTools: get_cwd",
            ):
                self.assertIn(step, output)

    def test_the_directory_that_clients_get(self):
        done = run_command(["check", "--cwd", self.directory])
        self.assertEqual(done.status, 0, done.stdout)
        first = done.stdout.splitlines()[0]
        self.assertEqual(
            first, "All is well: clients get the directory %s, as --cwd says" % self.directory
        )

    def test_remarks_about_one_s_own_tools(self):
        path = tools_file(
            self,
            """
            @tool
            def total(items: int) -> int:
                return items
            """,
        )
        done = run_command(["check", "--tools", path])
        self.assertEqual(done.status, 0, done.stdout + done.stderr)
        first = done.stdout.splitlines()[0]
        self.assertIn("All is well, with 1 warning: tool total: no docstring", first)
        self.assertIn("clients get the directory they start it in", first)

    def test_tools_that_cannot_be_loaded(self):
        path = tools_file(self, "raise LookupError('no table')\n")
        done = run_command(["check", "--tools", path])
        self.assertEqual(done.status, 1)
        self.assertTrue(done.stdout.startswith("1 problem: "), done.stdout)
        self.assertIn("no table", done.stdout.splitlines()[0])

    def test_a_directory_that_is_probably_not_meant(self):
        done = run_command(["check", "--cwd", os.path.abspath(os.sep)])
        self.assertEqual(done.status, 0)
        self.assertIn("1 warning: this directory is the root", done.stdout.splitlines()[0])
        self.assertIn("as --cwd says", done.stdout.splitlines()[0])

    @posix
    def test_colours_on_a_terminal_unless_unwanted(self):
        import pty

        for changes, coloured in (
            ({}, True),
            ({"NO_COLOR": "1"}, False),
            ({"TERM": "dumb"}, False),
        ):
            environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
            environment.update({"TERM": "xterm"}, **changes)
            controller, terminal = pty.openpty()
            child = subprocess.Popen(
                STARTS["archive"] + ["check"], stdout=terminal, env=environment
            )
            os.close(terminal)
            output = read_terminal(controller)
            with self.subTest(changes=changes):
                self.assertEqual(child.wait(60), 0)
                self.assertEqual(b"\x1b[" in output, coloured, output)


class FileCheck(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_directory(self)

    def write(self, servers, name="mcp.json"):
        return write_file(
            os.path.join(self.folder, *name.split("/")), json.dumps({"mcpServers": servers})
        )

    def program(self, source):
        """Return an entry that runs a program."""
        return {"command": sys.executable, "args": ["-c", textwrap.dedent(source)]}

    def server(self, *changes, **settings):
        """Return an entry that runs a server; `changes` replace parts of its text in pairs."""
        source = SERVER
        for old, new in zip(changes[::2], changes[1::2]):
            self.assertIn(old, source)
            source = source.replace(old, new)
        return dict(self.program(source + "serve()\n"), **settings)

    def check(self, entry, *options, limits=None, name="mcp.json"):
        """Return what checking a file with one server says."""
        from cwd_server.commands.check import command as check
        from cwd_server.commands.check.probe import Limits

        limits = limits or Limits(answer=20, notice=20, discover=20)
        with mock.patch.object(check, "LIMITS", limits):
            return run_command(["check", *options, self.write({"it": entry}, name)])


class Verdicts(FileCheck):
    def test_servers_that_official_clients_take(self):
        silent_tools = ('"capabilities": {"tools": {}}', '"capabilities": {"resources": {}}')
        for changes in (
            (),
            silent_tools,
            ('[{"name": "t", "inputSchema": {"type": "object"}}]', "[]"),
            ("2025-11-25", "2024-11-05"),
            ('message["id"])', 'str(message["id"]))'),
            (
                "def serve():",
                """def serve():
    print('{"jsonrpc": "2.0", "id": "x", "method": "ping"}', flush=True)""",
            ),
        ):
            with self.subTest(changes=changes):
                done = self.check(self.server(*changes))
                self.assertEqual(done.status, 0, done.stdout)
                self.assertTrue(done.stdout.startswith("All is well: 1 server"), done.stdout)

    def test_servers_that_official_clients_refuse(self):
        for old, new, words in (
            (
                '"protocolVersion": "2025-11-25", ',
                "",
                "official clients refuse the answer: protocolVersion is missing",
            ),
            (
                "2025-11-25",
                "2023-01-01",
                "protocolVersion is 2023-01-01, which official clients do not support",
            ),
            (', "serverInfo": INFO', "", "serverInfo is missing"),
            (', "version": "1"', "", "serverInfo.version is missing"),
            ('"capabilities": {"tools": {}}, ', "", "capabilities is missing"),
            (', "inputSchema": {"type": "object"}', "", "tool t: inputSchema is missing"),
            ('{"type": "object"}', "{}", 'tool t: inputSchema needs "type": "object"'),
            ('{"name": "t", ', "{", "tools[0]: name is missing"),
            (
                '"name": "t",',
                '"name": "t", "description": None,',
                "tool t: description is not a string",
            ),
            ('{"tools": [{', '{"tool": [{', "tools is missing"),
            ("TOOLS}", "5}", "the result is not an object"),
            ('jsonrpc="2.0",', 'jsonrpc="2.0", error=None,', "a member `error` beside `result`"),
            (
                '{"result": INITIALIZE}',
                '{"error": {"code": 1, "message": "no licence"}}',
                "no licence (code 1)",
            ),
        ):
            with self.subTest(old=old, new=new):
                done = self.check(self.server(old, new))
                self.assertEqual(done.status, 1, done.stdout)
                self.assertIn(words, done.stdout.splitlines()[0])

    def test_servers_that_end(self):
        for source, words in (
            (
                "import sys; sys.exit(3)",
                "it exited with status 3 before it answered initialize; its stderr is empty",
            ),
            (
                "import sys; sys.stderr.write('no database\\n'); sys.exit(1)",
                "initialize: no database",
            ),
            ("raise SystemError('boom')", "initialize: SystemError: boom"),
            (
                "import sys; sys.stderr.write('\\x1b[31mError: red\\x1b[0m\\nbye\\n'); sys.exit(1)",
                "initialize: Error: red",
            ),
        ):
            with self.subTest(source=source):
                done = self.check(self.program(source))
                self.assertEqual(done.status, 1)
                self.assertIn(words, done.stdout.splitlines()[0])

    @posix
    def test_a_signal_has_a_name(self):
        done = self.check(self.program("import os; os.kill(os.getpid(), 9)"))
        self.assertIn("it was ended by signal 9 (SIGKILL) before", done.stdout.splitlines()[0])

    def test_what_is_said_of_messages_that_are_none(self):
        from cwd_server.commands.check.probe import Limits

        answer = 'dict(answer(message), jsonrpc="2.0", id=message["id"])'
        for changes, words in (
            ((answer, answer + ", indent=1"), "it writes JSON over several lines"),
            (('"2.0"', '"1.0"'), "noise on stdout, where only messages belong: '{"),
            (('jsonrpc="2.0", ', ""), 'where only messages belong (JSON without "jsonrpc": "2.0"'),
            ((answer, f"[{answer}]"), "it writes a batch of messages"),
            (('message["id"])', '"9")'), 'it answered with the id "9", which no request had'),
        ):
            with self.subTest(changes=changes):
                limits = Limits(answer=ANSWER, notice=20, discover=ANSWER)
                done = self.check(self.server(*changes), limits=limits)
                self.assertEqual(done.status, 1, done.stdout)
                self.assertIn(words, done.stdout.splitlines()[0])

    def test_servers_that_frame_messages_as_editors_do(self):
        frame = """
            import sys
            print("Content-Length: 2\\r\\n\\r\\n{}", flush=True)
            sys.stdin.readline()
        """
        done = self.check(self.program(frame))
        self.assertEqual(done.status, 1)
        self.assertIn("over stdio, a message of MCP is one line", done.stdout.splitlines()[0])

    def test_warnings_do_not_fail(self):
        many = "[{'name': 't%d' % i, 'inputSchema': {'type': 'object'}} for i in range(50)]"
        for changes, words in (
            (
                ("def serve():", "print('ready')\ndef serve():"),
                "noise on stdout, where only messages belong: 'ready'",
            ),
            (('{"name": "t"', '{"name": "a.b/c"'), "some clients drop tools whose names"),
            (
                (
                    '[{"name": "t", "inputSchema": {"type": "object"}}]',
                    '[], "nextCursor": "a"',
                ),
                "tools/list: there is a next page after 100: it may never end",
            ),
            (
                ('[{"name": "t", "inputSchema": {"type": "object"}}]', many),
                "50 tools: some clients offer a model",
            ),
        ):
            with self.subTest(changes=changes):
                done = self.check(self.server(*changes))
                self.assertEqual(done.status, 0, done.stdout)
                self.assertTrue(
                    done.stdout.startswith("All is well, with 1 warning: "), done.stdout
                )
                self.assertIn(words, done.stdout.splitlines()[0])

    def test_answers_of_hostile_servers(self):
        evil = "'\\x1b]52;c;x\\x07' + 'x' * 1000000"
        deep = "json.loads('[' * 400 + ']' * 400)"
        for old, new in (
            ('{"result": INITIALIZE}', '{"error": {"code": 1, "message": %s}}' % evil),
            ('{"result": INITIALIZE}', '{"error": {"code": %s, "message": %s}}' % (deep, deep)),
            ('{"result": INITIALIZE}', '{"error": %s}' % deep),
            ('"2025-11-25"', evil),
            ('"name": "t",', '"name": %s,' % evil),
            ('{"type": "object"}', '{"type": "object", "properties": {%s: 1}}' % evil),
            ('"name": "t",', '"name": "get_cwd",'),
        ):
            with self.subTest(new=new):
                done = self.check(self.server(old, new))
                self.assertNotIn("Traceback", done.stderr)
                self.assertNotIn("\x1b", done.stdout)
                self.assertLess(len(done.stdout), 3000)

    def test_a_suspicion_becomes_the_cause_when_the_server_fails(self):
        entry = dict(self.program("import sys; sys.exit('no project here')"), cwd=self.folder)
        done = self.check(entry, name=".mcp.json")
        first = done.stdout.splitlines()[0]
        self.assertEqual(done.status, 1)
        self.assertIn("1 problem: it: `cwd` is ignored by Claude Code", first)
        self.assertIn("no project here", first)

    def test_a_server_like_this_one_says_what_it_warns_of(self):
        done = self.check({"command": sys.executable, "args": [ARCHIVE]})
        self.assertEqual(done.status, 0)
        self.assertIn(
            "get_cwd warns: this directory is the root of the file system",
            done.stdout.splitlines()[0],
        )

    def test_entries_that_config_prints(self):
        for client, name in (
            ("claude-code", ".mcp.json"),
            ("vscode", ".vscode/mcp.json"),
            ("opencode", "opencode.json"),
        ):
            with self.subTest(client=client):
                printed = run_command(["config", client, "--cwd", self.folder]).stdout
                path = write_file(os.path.join(self.folder, *name.split("/")), printed)
                done = run_command(["check", path])
                self.assertEqual(done.status, 0, done.stdout + done.stderr)
                self.assertIn("get_cwd: Current Working Directory: " + self.folder, done.stdout)


class StartedAsTheClientDoes(FileCheck):
    def report(self):
        """Return an entry whose server says in its name what it was started with."""
        name = "'%s|%s|%s' % (os.getcwd(), os.environ.get('KEY'), sys.argv[1:])"
        return self.program("import os, sys\nsys.exit(%s)" % name)

    def test_directory_environment_and_variables(self):
        entry = dict(self.report(), env={"KEY": "a-value"})
        for name, key, words in (
            ("mcp.json", "mcpServers", os.path.abspath(os.sep) + "|\u2026|[]"),
            (".mcp.json", "mcpServers", self.folder + "|\u2026|[]"),
            (".vscode/mcp.json", "servers", self.folder + "|\u2026|[]"),
        ):
            with self.subTest(name=name):
                path = write_file(
                    os.path.join(self.folder, *name.split("/")), json.dumps({key: {"it": entry}})
                )
                self.assertIn(words, run_command(["check", path]).stdout)

    def test_cwd_that_the_client_honours(self):
        inner = os.path.join(self.folder, "inner")
        os.mkdir(inner)
        entry = dict(self.report(), cwd="${workspaceFolder}/inner")
        path = write_file(
            os.path.join(self.folder, ".vscode", "mcp.json"),
            json.dumps({"servers": {"it": entry}}),
        )
        self.assertIn(inner + "|None", run_command(["check", path]).stdout)

    @posix
    def test_path_of_the_entry(self):
        tool = write_file(
            os.path.join(self.folder, "bin", "a-tool"),
            "#!/bin/sh\nexec %s -I -S %s\n" % (sys.executable, ARCHIVE),
        )
        os.chmod(tool, 0o755)
        done = self.check(
            {"command": "a-tool", "env": {"PATH": os.path.dirname(tool) + ":/usr/bin:/bin"}}
        )
        self.assertIn("initialize: answered", done.stdout)

    def test_what_is_started_and_what_not(self):
        marker = os.path.join(self.folder, "started")
        touch = self.program("open(%r, 'w')" % marker)
        for entry, options in (
            (dict(touch, disabled=True), ()),
            (touch, ("--static",)),
            (dict(touch, args=touch["args"] + [1]), ()),
        ):
            with self.subTest(options=options):
                self.check(entry, *options)
                self.assertFalse(os.path.exists(marker))

    @posix
    def test_a_terminal_is_asked_before_a_project_s_servers_are_started(self):
        import pty

        marker = os.path.join(self.folder, "started")
        path = self.write({"it": self.program("open(%r, 'w')" % marker)}, ".mcp.json")
        for answer, started in ((b"\n", False), (b"no\n", False), (b"yes\n", True)):
            controller, terminal = pty.openpty()
            child = subprocess.Popen(
                STARTS["archive"] + ["check", path],
                stdin=terminal,
                stdout=terminal,
                stderr=terminal,
            )
            os.close(terminal)
            os.write(controller, answer)
            output = read_terminal(controller)
            child.wait(60)
            with self.subTest(answer=answer):
                self.assertIn(b"Start them? [y/N]", output)
                self.assertEqual(os.path.exists(marker), started, output)
                self.assertEqual(b"Nothing was started, only read." in output, not started, output)


class Limits(FileCheck):
    def test_a_long_wait_is_told_of(self):
        from cwd_server.commands.check.probe import Limits

        entry = self.server("def serve():", "def serve():\n    import time; time.sleep(2)")
        done = self.check(entry, limits=Limits(notice=0.1))
        self.assertEqual(done.status, 0)
        self.assertIn("still waiting for an answer to initialize, for 60 s at most", done.stderr)

    def test_the_time_that_the_user_gives(self):
        done = self.check(self.program("import time; time.sleep(60)"), "--timeout", "0.5")
        self.assertIn("no answer to initialize within 0.5 s", done.stdout)

    def test_a_server_that_is_silent_on_discover_or_ends_on_it(self):
        from cwd_server.commands.check.probe import Limits

        for word, seconds, change in (
            ("silent", 0.2, "while message['method'] == 'server/discover': pass"),
            ("ends", 20, "if message['method'] == 'server/discover': sys.exit()"),
        ):
            with self.subTest(change=change):
                entry = self.server("        if", "        %s\n        if" % change)
                done = self.check(entry, limits=Limits(answer=20, discover=seconds))
                self.assertEqual(done.status, 0, done.stdout)
                self.assertIn(f"{word} on server/discover", done.stdout.splitlines()[0])

    def test_a_server_that_goes_on_when_stdin_is_closed(self):
        from cwd_server.commands.check.probe import Limits

        entry = self.program(SERVER + "serve()\nimport time\ntime.sleep(60)\n")
        done = self.check(entry, limits=Limits(answer=20, exit=0.2))
        self.assertEqual(done.status, 0)
        self.assertIn("still running 2 s after stdin was closed", done.stdout)

    def test_stderr_is_cut_and_its_secrets_are_hidden(self):
        source = """
            import os, sys
            for number in range(100):
                print("line", number, os.environ["KEY"], "x" * 5000, "\\x1b[2J", file=sys.stderr)
            print(sys.argv[2], os.environ["PEM"], file=sys.stderr)
            sys.exit(1)
        """
        entry = self.program(source)
        entry["args"] += ["--token", "swordfish-1"]
        entry["env"] = {"KEY": "hunter2-2", "PEM": "first-line\nsecond-line"}
        done = self.check(entry)
        details = [line for line in done.stdout.splitlines() if line.startswith("        ")]
        self.assertLessEqual(len(details), 15)
        self.assertLess(max(map(len, done.stdout.splitlines())), 500)
        self.assertIn("line 99", done.stdout)
        for secret in ("hunter2-2", "swordfish-1", "first-line", "second-line", "\x1b"):
            self.assertNotIn(secret, done.stdout + done.stderr)


@linux
class NothingStaysBehind(FileCheck):
    def test_children_that_left_the_process_group(self):
        pids = os.path.join(self.folder, "pids")
        child = (
            "import os, time; open(%r, 'a').write('%%d\\n' %% os.getpid()); time.sleep(300)" % pids
        )
        source = """
            import os, subprocess, sys, time
            subprocess.Popen([sys.executable, "-c", %r])
            subprocess.Popen([sys.executable, "-c", %r], start_new_session=True)
            while not os.path.exists(%r) or open(%r).read().count("\\n") < 2:
                time.sleep(0.01)
        """ % (child, child, pids, pids)
        self.check(self.program(source))
        self.assert_gone(pids, 2)

    def test_check_itself_is_ended(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
            with self.subTest(signal=number):
                pids = os.path.join(self.folder, "pids-%d" % number)
                source = """
                    import os, signal, subprocess, sys, time
                    if %d == signal.SIGHUP:  # one server that has to be killed
                        signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    sleep = "import time; time.sleep(300)"
                    child = subprocess.Popen([sys.executable, "-c", sleep])
                    open(%r, "w").write("%%d\\n%%d\\n" %% (os.getpid(), child.pid))
                    time.sleep(300)
                """ % (number, pids)
                path = self.write({"it": self.program(source)})
                check = subprocess.Popen(
                    STARTS["archive"] + ["check", path],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                self.assertTrue(wait_for(functools.partial(has_text, pids)))
                check.send_signal(number)
                check.wait(30)
                self.assert_gone(pids, 2)

    def assert_gone(self, path, number):
        with open(path) as file:
            pids = [int(line) for line in file]
        self.assertEqual(len(pids), number)
        self.assertTrue(wait_for(lambda: not any(is_running(pid) for pid in pids)))


def has_text(path):
    """Return whether a file is there and not empty."""
    return os.path.exists(path) and os.path.getsize(path) > 0


def is_running(pid):
    """Return whether a process is there and no zombie."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
