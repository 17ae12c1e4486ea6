"""The command line: list, call, versions, help, and errors of one line."""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import unittest

from cwd_server import __version__
from tests import ARCHIVE, ROOT, STARTS, environment, run
from tests.test_main import EachStart

COMMANDS = ("list", "call", "config", "check")


class List(EachStart):
    def test_a_line_for_people(self):
        for done in self.each("list"):
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertEqual(done.stdout.decode(), "get_cwd  Gets the server's current working directory.\n")

    def test_json_is_what_the_wire_says(self):
        for done in self.each("list", "--json"):
            (tool,) = json.loads(done.stdout.decode())["tools"]
            self.assertEqual(tool["name"], "get_cwd")
            self.assertIn("outputSchema", tool)


class Call(EachStart):
    def test_text(self):
        text = "Current Working Directory: %s\n" % self.directory
        for done in self.each("call", "get_cwd", cwd=self.directory):
            self.assertEqual((done.returncode, done.stdout.decode(), done.stderr), (0, text, b""))
        for arguments in (["call", "get_cwd", "--cwd", self.directory], ["--cwd=" + self.directory, "call", "get_cwd"]):
            for done in self.each(*arguments):
                self.assertEqual(done.stdout.decode(), text)

    def test_json(self):
        for arguments in (["--json"], ["--json", "{}"]):
            for done in self.each("call", "get_cwd", *arguments, cwd=self.directory):
                result = json.loads(done.stdout.decode())
                self.assertEqual(result["structuredContent"]["cwd"], self.directory)
                self.assertIs(result["isError"], False)

    def test_arguments_are_checked_as_on_the_wire(self):
        for arguments in (["x=1"], ["--cwd", "/", "x=1"]):
            for done in self.each("call", "get_cwd", *arguments):
                self.assertEqual((done.returncode, done.stdout), (1, b""))
                self.assertIn(b"x", done.stderr)
                self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_values(self):
        from cwd_server.commands.call import _arguments

        schemas = {"number": {"type": "integer"}, "text": {"type": "string"}, "wrong": {"type": "integer"}}
        tool = argparse.Namespace(name="it", definition={"inputSchema": {"properties": schemas}})
        words = ["number=1", "text=1", 'any=["a"]', "wrong=a"]
        given = _arguments(argparse.Namespace(name="it", json='{"b": 2}', arguments=words, offering=argparse.Namespace(tools=[tool])))
        # What is wrong is left for the check, whose words are better
        self.assertEqual(given, {"b": 2, "number": 1, "text": "1", "any": ["a"], "wrong": "a"})

    def test_wrong_usage(self):
        for arguments, message in (
            (["get_cw"], "no tool 'get_cw' (did you mean get_cwd?)"),
            (["get_cwd", "x"], "x: not of the form key=value"),
            (["get_cwd", "--json", "[]"], "not a JSON object"),
            (["get_cwd", "--json", "{"], "--json {: not a JSON object"),
            (["get_cwd", "--jsn"], "--jsn"),
            ([], "the following arguments are required: name; see"),
        ):
            for done in self.each("call", *arguments):
                self.assertEqual((done.returncode, done.stdout), (2, b""), arguments)
                self.assertRegex(done.stderr.decode(), "^cwd_server: [^\n]*\n$")
                self.assertIn(message, done.stderr.decode())

    def test_a_directory_that_is_not_there(self):
        for done in self.each("call", "get_cwd", "--cwd", "/no/such"):
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertRegex(done.stderr.decode(), "^cwd_server: --cwd /no/such: No such file[^\n]*\n$")


class Words(EachStart):
    def test_folder_of_the_package_runs_from_anywhere(self):
        done = run(
            [sys.executable, "-I", "-S", os.path.join(ROOT, "cwd_server"), "call", "get_cwd"], cwd=self.directory
        )
        self.assertEqual(done.stdout.decode(), "Current Working Directory: %s\n" % self.directory)

    def test_nobody_reads_on(self):
        for name, start in STARTS.items():
            for arguments in (["list", "--json"], ["config"], ["--version", "--verbose"], ["check"], ["--help"]):
                with self.subTest(start=name, arguments=arguments):
                    ours, theirs = os.pipe()
                    child = subprocess.Popen(
                        start + arguments, stdout=theirs, stderr=subprocess.PIPE, env=environment(PYTHONUNBUFFERED="1")
                    )
                    os.close(theirs)
                    os.close(ours)
                    self.assertEqual(child.communicate(timeout=60)[1], b"")

    def test_any_encoding(self):
        directory = os.path.join(self.directory, "\u00e9\u76ee")
        os.mkdir(directory)
        start = [sys.executable, "-c", "import sys; from cwd_server.__main__ import main; sys.exit(main())"]
        done = run(
            [*start, "call", "get_cwd", "--cwd", directory], env=environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        )
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"\\xe9\\u76ee", done.stdout)

    @unittest.skipUnless(os.name == "posix", "needs a shell")
    def test_closed_descriptors(self):
        for done in self.each("list"):
            command = " ".join("'%s'" % word for word in done.args)
            self.assertEqual(run(["sh", "-c", command + " >&-"]).stderr, b"")
            self.assertEqual(run(["sh", "-c", command + " 2>&-"]).returncode, 0)


if __name__ == "__main__":
    unittest.main()
