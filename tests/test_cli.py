"""The command line: which command runs, and what wrong usage is told."""

import os
import sys
import unittest

from cwd_server import __version__
from cwd_server.commands.cli import COMMANDS
from tests.support.command_line import run_command


class Usage(unittest.TestCase):
    def assert_refused(self, argv, *messages):
        done = run_command(argv)
        self.assertEqual((done.status, done.stdout), (2, ""))
        self.assertRegex(done.stderr, r"\Acwd_server: [^\n]+\n\Z")
        for message in messages:
            self.assertIn(message, done.stderr)

    def test_a_command_that_is_nearly_right(self):
        for typed, meant in (
            ("lst", "list"),
            ("chek", "check"),
            ("cofnig", "config"),
            ("vesion", "version"),
        ):
            with self.subTest(typed=typed):
                self.assert_refused([typed], f"no command '{typed}' (did you mean {meant}?)")

    def test_a_command_like_no_other(self):
        self.assert_refused(["zzzzzz"], "no command 'zzzzzz'; see ")

    def test_a_tool_typed_as_a_command(self):
        self.assert_refused(
            ["get_cwd"], "it is a tool; to call it: python -m cwd_server call get_cwd"
        )

    def test_something_else_typed_as_a_command(self):
        for typed, hint in (
            ("serve", "without a command it serves, as clients start it: python -m cwd_server"),
            ("my_tools.py", "to offer the tools of a file: {} --tools my_tools.py"),
            ("cursor", "it is a client; for its entry: {} config cursor"),
            ("tools", "it is a page of the guide; to read it: {} help tools"),
            ("install", "here it is {} config CLIENT --write"),
            ("uninstall", "here it is {} config CLIENT --remove"),
            ("doctor", "here it is {} check"),
        ):
            with self.subTest(typed=typed):
                hint = hint.format("python -m cwd_server")
                self.assert_refused([typed], f"no command '{typed}': {hint}")

    def test_a_tools_file_where_none_belongs(self):
        for argv, hint in (
            (["list", "my_tools.py"], "my_tools.py (did you mean --tools my_tools.py?)"),
            (["call", "my_tools.py", "add"], "offer the tools of a file, add --tools my_tools.py"),
            (["check", "my_tools.py"], "to check its tools: check --tools my_tools.py"),
        ):
            with self.subTest(argv=argv):
                self.assert_refused(argv, hint)

    def test_a_client_where_a_file_belongs(self):
        file = os.path.join(".cursor", "mcp.json")
        self.assert_refused(
            ["check", "cursor"], "cursor: a client, not a file; its file is ", file
        )
        self.assert_refused(["check", "trae"], "a client, not a file; `config` lists")

    def test_two_where_one_belongs(self):
        for argv, word in (
            (["config", "cursor", "vscode"], "vscode (one client at a time)"),
            (["check", "a.json", "b.json"], "b.json (one file at a time)"),
        ):
            with self.subTest(argv=argv):
                self.assert_refused(argv, f"unrecognized arguments: {word}; see ")

    def test_a_command_where_a_page_of_the_guide_belongs(self):
        self.assert_refused(
            ["help", "config"], "it is a command; see python -m cwd_server config --help"
        )

    def test_names_that_begin_as_typed_and_other_cases(self):
        self.assert_refused(["config", "claude"], "(did you mean claude-desktop or claude-code?)")
        self.assert_refused(["config", "CURSOR"], "(did you mean cursor?)")
        self.assert_refused(["-v"], "-v (did you mean -V?)")

    def test_no_option_is_meant_for_its_dashes_alone(self):
        self.assert_refused(["config", "--list"], "--list; see ")

    def test_an_option_that_is_nearly_right(self):
        self.assert_refused(["list", "--jsno"], "--jsno (did you mean --json?)")
        self.assert_refused(["--verbos"], "--verbos (did you mean --verbose?)")

    def test_an_option_without_its_value(self):
        self.assert_refused(["--cwd"], "--cwd needs a directory")
        self.assert_refused(["list", "--tools"], "--tools needs a file")
        self.assert_refused(["list", "--cwd="], "--cwd needs a directory")

    def test_an_argument_that_is_missing(self):
        for argv, hint in (
            (["new"], "file is missing; for example: python -m cwd_server new my_tools.py"),
            (
                ["pack", "x.py"],
                "-o is missing; for example: python -m cwd_server pack my_tools.py -o",
            ),
        ):
            with self.subTest(argv=argv):
                self.assert_refused(argv, hint)

    def test_too_many_words(self):
        self.assert_refused(["list", "x"], "unrecognized arguments: x")

    def test_no_command(self):
        self.assert_refused(
            ["-x"],
            "unrecognized arguments: -x; see python -m cwd_server --help",
        )

    def test_a_name_that_would_steer_the_terminal(self):
        self.assert_refused(["call", "get_cwd", "--cwd", "/no/\x1b[2Jx"], "--cwd /no/\\x1b[2Jx: ")


class Help(unittest.TestCase):
    def test_of_the_program_shows_every_command_by_an_example(self):
        done = run_command(["--help"])
        self.assertEqual((done.status, done.stderr), (0, ""))
        for name, command in COMMANDS.items():
            with self.subTest(command=name):
                self.assertRegex(done.stdout, rf"\n  python -m cwd_server {name}[^\n]*\n")
                self.assertIn(command.summary, done.stdout)

    def test_as_other_programs_are_asked_for_it(self):
        for typed in ("-help", "-?", "/?"):
            with self.subTest(typed=typed):
                self.assertEqual(run_command([typed]), run_command(["--help"]))

    def test_of_each_command(self):
        for name in COMMANDS:
            with self.subTest(command=name):
                done = run_command([name, "--help"])
                self.assertEqual((done.status, done.stderr), (0, ""))
                self.assertIn("for example:", done.stdout)
                self.assertIn("--cwd DIR", done.stdout)


class Version(unittest.TestCase):
    def test_every_way_to_ask(self):
        for argv in (["--version"], ["-V"], ["version"]):
            with self.subTest(argv=argv):
                done = run_command(argv)
                self.assertEqual(tuple(done), (0, f"cwd_server {__version__}\n", ""))

    def test_verbose_tells_which_file_this_is(self):
        for argv in (["--version", "--verbose"], ["--verbose", "version"]):
            with self.subTest(argv=argv):
                done = run_command(argv)
                facts = ("2024-11-05", "2026-07-28", sys.version.split()[0], sys.executable)
                for fact in facts:
                    self.assertIn(fact, done.stdout)


class Output(unittest.TestCase):
    def test_an_encoding_that_cannot_say_a_name(self):
        done = run_command(
            ["call", "get_cwd", "--cwd", os.path.dirname(__file__)], encoding="ascii"
        )
        self.assertEqual(done.status, 0)


if __name__ == "__main__":
    unittest.main()
