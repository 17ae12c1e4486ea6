"""`call` and `list` as a user starts them, and what only a process can show."""

import json
import os
import subprocess
import unittest

from tests.support.cases import EachStart, posix
from tests.support.client import as_text, run_process
from tests.support.files import tools_file
from tests.support.paths import STARTS_WITH_SITE
from tests.support.terminals import read_terminal


class Starts(EachStart):
    def test_call(self):
        text = f"Current Working Directory: {self.directory}\n"
        for done in self.each("call", "get_cwd", cwd=self.directory):
            self.assertEqual((done.returncode, as_text(done.stdout), done.stderr), (0, text, b""))

    def test_list(self):
        for done in self.each("list"):
            self.assertEqual(
                as_text(done.stdout), "get_cwd()  Gets the server's current working directory.\n"
            )


class Stdout(unittest.TestCase):
    @posix
    def test_it_is_the_answers_alone(self):
        """Whatever children and C code write, at the import and while the tool runs."""
        source = """\
        import os, subprocess
        subprocess.call(["echo", "by a child, imported"])
        os.write(1, b"by descriptor, imported\\n")
        @tool
        def noisy() -> dict:
            subprocess.call(["echo", "by a child"])
            os.write(1, b"by descriptor\\n")
            return {"a": 1}
        """
        path = tools_file(self, source)
        for start in STARTS_WITH_SITE.values():
            with self.subTest(start=start):
                done = run_process([*start, "--tools", path, "call", "noisy", "--json"])
                self.assertEqual(json.loads(done.stdout)["structuredContent"], {"a": 1})
                self.assertEqual(done.stderr.count(b"by "), 4)
                done = run_process([*start, "--tools", path, "list", "--json"])
                self.assertEqual(len(json.loads(done.stdout)["tools"]), 2)

    @posix
    def test_controls_are_escaped_on_a_terminal_and_nowhere_else(self):
        import pty

        source = "@tool\ndef page() -> str:\n    return '\\x1b[2J\\tgone\\n\\x9b1A'\n"
        command = [
            *STARTS_WITH_SITE["archive"],
            "--tools",
            tools_file(self, source),
            "call",
            "page",
        ]
        self.assertEqual(run_process(command).stdout.decode(), "\x1b[2J\tgone\n\x9b1A\n")
        ours, theirs = pty.openpty()
        with subprocess.Popen(command, stdout=theirs, stderr=theirs):
            os.close(theirs)
            shown = read_terminal(ours)
        self.assertEqual(shown.decode().expandtabs(1), "\\x1b[2J gone\r\n\\x9b1A\r\n")
