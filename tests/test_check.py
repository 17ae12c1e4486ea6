"""`check`: this server as a client starts it, and the servers of a client's configuration."""

import json
import os
import stat
import subprocess
import sys
import textwrap
import time
import unittest

from tests import ARCHIVE, STARTS, environment, pythons, run
from tests.test_main import EachStart

MARKS = ("\u2713", "\u2717")
ANSWER = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        result = {"tools": []} if message["method"] == "tools/list" else {"protocolVersion": "2025-11-25"}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


class Own(EachStart):
    def test_all_is_well(self):
        for done in self.each("check"):
            output = done.stdout.decode("utf-8", "replace")
            self.assertEqual((done.returncode, done.stderr), (0, b""), output)
            for step in (
                "initialize",
                "server/discover",
                "ListTools",
                "get_cwd",
                "Current Working Directory: ",
                "ends",
            ):
                self.assertIn(step, output)
            self.assertRegex(output, r"answered \d+ ms after the start")
            self.assertTrue(output.endswith("All is well\n"))

    def test_marks_in_any_encoding(self):
        start = [sys.executable, "-c", "import sys; from cwd_server.__main__ import main; sys.exit(main())", "check"]
        env = dict(os.environ, PYTHONPATH=os.path.dirname(os.path.dirname(ARCHIVE)))
        for encoding, mark in (("utf-8", "  \u2713 "), ("ascii", "  \\u2713 "), ("cp1252", "  \\u2713 ")):
            done = run(start, env=dict(env, PYTHONIOENCODING=encoding))
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertIn(mark, done.stdout.decode(encoding))
            self.assertNotIn("\x1b", done.stdout.decode(encoding))

    @unittest.skipUnless(os.name == "posix", "needs a pseudo-terminal")
    def test_colours_on_a_terminal_unless_unwanted(self):
        import pty

        for env, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
            controller, terminal = pty.openpty()
            child = subprocess.Popen(
                STARTS["archive"] + ["check"], stdout=terminal, env=dict(kept, **dict({"TERM": "xterm"}, **env))
            )
            os.close(terminal)
            output = b""
            try:
                while True:
                    output += os.read(controller, 65536)
            except OSError:
                pass  # how Linux says that the other end is closed
            self.assertEqual(child.wait(60), 0)
            os.close(controller)
            self.assertEqual(b"\x1b[" in output, coloured, (env, output))


class Files(EachStart):
    def check(self, text, name="mcp.json", start=tuple(STARTS["archive"])):
        """Return status and output of checking a file that holds `text` (str, or an object for JSON)."""
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text if isinstance(text, str) else json.dumps(text))
        done = run([*start, "check", path], env=environment(PYTHONIOENCODING="utf-8"))
        self.assertNotIn(b"Traceback", done.stderr)
        return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")

    def server(self, command, *args, **more):
        return self.check({"mcpServers": {"it": dict({"command": command, "args": list(args)}, **more)}})

    def program(self, source):
        return self.server(sys.executable, "-c", textwrap.dedent(source))

    def test_every_json_client(self):
        for client in ("claude-code", "vscode", "zed", "opencode", "copilot-cli"):
            printed = run(STARTS["archive"] + ["config", client]).stdout.decode("utf-8")
            status, output = self.check(printed)
            self.assertEqual(status, 0, output)
            self.assertIn("get_cwd: Current Working Directory: ", output)

    def test_toml(self):
        printed = run(STARTS["archive"] + ["config", "codex"]).stdout.decode("utf-8")
        status, output = self.check(printed, "config.toml")
        self.assertEqual(status, 0 if sys.version_info >= (3, 11) else 1)
        self.assertIn("All is well" if status == 0 else "takes Python 3.11", output)

    def test_yaml_and_damage_are_said_to_be(self):
        for text, name, message in (
            ("extensions:\n  a: 1\n", "config.yaml", "YAML cannot be read"),
            ("{", "mcp.json", "mcp.json: "),
            ("\x00", "mcp.json", "mcp.json: "),
            ("[" * 100000, "mcp.json", "mcp.json: "),
            ("{}", "mcp.json", "there is no server in it"),
            ('{"mcpServers": {}}', "mcp.json", "there is no server in it"),
        ):
            status, output = self.check(text, name)
            self.assertEqual((status, output.count("\n")), (1, 1), output)
            self.assertIn(message, output)
        done = run(STARTS["archive"] + ["check", "/no/such/file"])
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"/no/such/file: No such file", done.stderr)

    def test_comments_trailing_commas_and_other_places(self):
        entry = '{"command": %s, "args": ["-I", %s, // ", ] */\n], /* , } */ }' % (
            json.dumps(sys.executable), json.dumps(ARCHIVE),
        )  # fmt: skip
        for text in (
            '\ufeff{"mcp": {"servers": {"it": %s,},},}',
            '{"projects": {"/p": {"mcpServers": {"it": %s}}}} // end',
            '{"note": "// no comment, }", "mcp": {"it": %s}}',
            '{"mcpServers": {"it": {"transport": %s}}}',
        ):
            status, output = self.check(text % entry)
            self.assertEqual(status, 0, output)
            self.assertTrue(output.startswith("it\n"))

    def test_remote_servers_are_named_and_skipped(self):
        status, output = self.check({"mcpServers": {"a": {"url": "https://secret.example"}, "b": {"httpUrl": "x"}}})
        self.assertEqual(status, 0)
        self.assertEqual(output.count("remote"), 2)
        self.assertNotIn("secret", output)

    def test_problems_that_show_before_the_start(self):
        for words, message in (
            (["/no/such/program"], "/no/such/program is not there"),
            ([ARCHIVE + "x"], "is not there, or no program: correct the path"),
            (["no-such-program"], "no-such-program is not an absolute path, and not on the PATH"),
            (["git"], "git is not an absolute path, and a client's PATH may lack it: write /"),
            ([sys.executable, "server.py"], "server.py is a relative path"),
            ([sys.executable, "./build/index.js"], "./build/index.js is a relative path"),
            ([sys.executable, "/gone/server.pyz"], "/gone/server.pyz is not there"),
            (
                [sys.executable, ARCHIVE, "--cwd", "${workspaceFolder}"],
                "${workspaceFolder}: not every client replaces that",
            ),
            ([sys.executable, "~/server.py"], "~/server.py: not every client"),
            (["%APPDATA%\\python.exe"], "%APPDATA%\\python.exe: not every client"),
            ([sys.executable, "{env:HOME}/x"], "{env:HOME}/x: not every client"),
            ([], "there is no command"),
        ):
            entry = {"command": words[0], "args": words[1:]} if words else {"args": ["x"]}
            status, output = self.check({"mcpServers": {"it": entry}})
            self.assertEqual(status, 1, output)
            self.assertIn("\u2717 " + message if message[0] != "i" else message, output)
        for entry in (3, None, [], "x", {"command": 3}, {"command": [], "args": 5}):
            self.assertEqual(self.check({"mcpServers": {"it": entry}})[0], 1)

    def test_too_old_a_python(self):
        old = [path for (_, version), path in pythons.found().items() if version < (3, 6)]
        if not old:
            self.skipTest("no Python older than 3.6 here")
        status, output = self.server(old[0], ARCHIVE)
        self.assertEqual(status, 1)
        self.assertIn("%s is older than Python 3.6: name a newer one" % old[0], output)
        self.assertIn("cwd_server needs Python 3.6 or newer", output)  # what it said itself

    @unittest.skipUnless(os.name == "posix", "a script needs its interpreter named elsewhere")
    def test_a_program_whose_name_begins_like_pythons(self):
        path = os.path.join(self.directory, "pything")
        with open(path, "w") as file:
            file.write("#!/bin/sh\nexit 3\n")
        os.chmod(path, 0o755)
        self.assertNotIn("older than", self.server(path)[1])

    def test_what_shows_in_talking(self):
        status, output = self.program(ANSWER)
        self.assertEqual(status, 0, output)
        self.assertIn("tools/list: no tools", output)
        for source, message in (
            ("print('Server is ready')" + ANSWER, "noise on stdout, where only messages belong: b'Server is ready"),
            ("print('[1]')" + ANSWER, "noise on stdout"),
            ("import sys; sys.stderr.write('no database\\n'); sys.exit(3)", "no database"),
            ("import sys; sys.exit(3)", "ended before it answered initialize; its stderr is empty"),
            ("raise SystemError('boom')", "SystemError: boom"),
            (ANSWER.replace('"result": result', '"error": {"code": 1, "message": "no licence"}'), "no licence"),
            (ANSWER.replace('{"tools": []}', '{"tool": []}'), "not MCP"),
            (ANSWER.replace('{"tools": []}', "5"), "not MCP"),
        ):
            status, output = self.program(source)
            self.assertEqual(status, 1, output)
            self.assertIn(message, output)

    def test_every_wait_ends(self):
        forever = "import time\nwhile True: time.sleep(1)\n"
        child = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', %r]); sys.exit()" % forever
        programs = {
            "silent": forever,
            "does not end": ANSWER + forever,
            "floods": "while True: print('x' * 1000)",
            "floods with messages": 'while True: print(\'{"jsonrpc": "2.0", "method": "x"}\')',
            "one endless line": "import sys\nwhile True: sys.stdout.write('x' * 1000)",
            "stderr": "import sys\nwhile True: sys.stderr.write('x' * 1000)",
            "leaves a child": child,
        }
        begun = time.monotonic()
        servers = {name: {"command": sys.executable, "args": ["-c", each]} for name, each in programs.items()}
        sooner = (
            "import sys; from cwd_server.commands import check; check.LIMIT = 3; from cwd_server.__main__ import main;"
        )
        start = [sys.executable, "-c", sooner + "sys.exit(main())"]
        status, output = self.check({"mcpServers": servers}, start=start)
        self.assertLess(time.monotonic() - begun, 60)
        self.assertEqual(status, 1)
        self.assertIn("no answer to initialize within 3 s", output)
        self.assertIn("goes on 3 s after its input ended", output)
        self.assertEqual(output.count("\u2717"), len(programs))

    @unittest.skipUnless(os.name == "posix", "needs a program that is a script")
    def test_environment_is_the_entry_s_own(self):
        script = os.path.join(self.directory, "server")
        with open(script, "w") as file:
            file.write("#!%s\nimport os, sys\ne = os.environ\n" % sys.executable)
            file.write("sys.exit('%s %r %s' % (e.get('PATH'), e.get('KEY'), os.getcwd()))\n")
        os.chmod(script, os.stat(script).st_mode | stat.S_IXUSR)
        output = self.server(script, env={"KEY": "a b"})[1]
        self.assertIn("None 'a b' /", output)


if __name__ == "__main__":
    unittest.main()
