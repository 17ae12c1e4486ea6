"""`call` and `list`: tools without a client."""

import json
import logging
import os
import shlex
import unittest
from unittest import mock

from cwd_server.toolkit.loading import importer
from tests.support.command_line import run_command
from tests.support.files import temporary_directory, tools_file, write_file

SOURCE = """\
import os, subprocess, sys, threading
from typing import List, Optional, Union
from cwd_server.toolkit import Result
from cwd_server.toolkit import Resource
from cwd_server.toolkit import Link
from cwd_server.toolkit import Image
from cwd_server.toolkit import Audio

@tool
def echo(text: Optional[str] = None) -> str:
    '''Give a text back.

    :param text: what to give back
    '''
    return repr(text)

@tool
def mixed(value: Union[str, float]) -> str:
    return repr(value)

@tool
def add(numbers: List[float], start: int = 0) -> float:
    return sum(numbers, start)

@tool
def noisy() -> dict:
    print("printed")
    os.write(1, b"written\\n")
    subprocess.call([sys.executable, "-c", "print('by a child')"])
    return {"a": 1}

@tool
def empty() -> str:
    return ""

@tool
def thread() -> str:
    return threading.current_thread().name

@tool
async def later(call: Call) -> str:
    call.progress(1, 2, "half")
    return threading.current_thread().name

@tool
def inline() -> str:
    return threading.current_thread().name
inline.__mcp_tool__.threaded = False

@tool
def blocks():
    return [
        Image(b"1" * 1234), Audio(b"12"), Link("https://example.com/a", "a"),
        Resource("urn:a", "text"),
        Resource("urn:b", b"123", "application/zip"), "said",
    ]

@tool
def fail(how: str) -> str:
    if how == "said":
        raise ToolError("no luck")
    return {}["x"]

@tool
def structured() -> Result:
    return Result([], {"a": 1})
"""


class WithTools(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_directory(self)
        self.path = tools_file(self, SOURCE, "call_tools.py", self.folder)
        self.addCleanup(importer.take_modules)

    def run_command(self, *argv, **options):
        return run_command([*argv, "--tools", self.path], **options)

    def answer(self, *argv):
        """Return what a call that succeeds prints."""
        done = self.run_command("call", *argv)
        self.assertEqual((done.status, done.stderr), (0, ""))
        return done.stdout


class Words(WithTools):
    def test_a_text_stays_text_where_the_schema_takes_one(self):
        for text in ("12345", "1.10", "true", "NaN", "{}", "[x", "plain", "", "null", "a=b"):
            with self.subTest(text=text):
                self.assertEqual(self.answer("echo", "text=" + text), repr(text) + "\n")
        self.assertEqual(self.answer("mixed", "value=1.10"), "'1.10'\n")

    def test_elsewhere_it_is_json(self):
        self.assertEqual(self.answer("add", "numbers=[1, 2.5]", "start=2"), "5.5\n")

    def test_objects_and_pairs_in_any_order(self):
        objects = json.dumps({"numbers": [1], "start": 5})
        for argv in (
            ["add", "--json", objects, "start=2"],
            ["add", "start=2", "--json", objects],
            ["add", "start=2", objects],
            ["--json=" + objects, "add", "start=2"],
            [objects, "add", "--cwd", self.folder, "start=2"],
        ):
            with self.subTest(argv=argv):
                self.assertEqual(self.answer(*argv), "3.0\n")

    def test_the_whole_result(self):
        for argv in (
            ["add", "--json", "numbers=[1]"],
            ["add", "numbers=[1]", "--json"],
            ["--json", "add", "numbers=[1]"],
        ):
            with self.subTest(argv=argv):
                result = json.loads(self.answer(*argv))
                self.assertIs(result["isError"], False)
                self.assertEqual(result["structuredContent"], 1)

    def test_wrong_usage(self):
        deep = "[" * 100000
        for argv, message in (
            (["add", "numbers=1", "numbers=2"], "numbers is given twice; for a list: numbers='["),
            (["ech"], "no tool 'ech' (did you mean echo?); there are: get_cwd, echo, mixed"),
            ([], "which tool? there are: get_cwd, echo"),
            (["echo", "x"], "x: not of the form key=value; to call it: "),
            (["echo", "=x"], "=x: not of the form key=value; to call it: "),
            (["echo", "--json", "[]"], "--json []: not a JSON object"),
            (["echo", "--json", "{"], "--json {: not a JSON object"),
            (["echo", "--json", '{"text": NaN}'], "not a JSON object"),
            (["echo", "--json", deep], "…: not a JSON object"),
            (["echo", "--jsn"], "--jsn"),
            (["get_cwd", "x=1"], "get_cwd takes no arguments"),
        ):
            with self.subTest(argv=[word[:50] for word in argv]):
                done = self.run_command("call", *argv)
                self.assertEqual((done.status, done.stdout), (2, ""))
                self.assertRegex(done.stderr, "^cwd_server: [^\n]*\n$")
                self.assertIn(message, done.stderr)

    def test_help_of_a_tool_ends_with_a_command_that_calls_it(self):
        folder = os.path.join(temporary_directory(self), "my tools")
        os.mkdir(folder)
        self.addCleanup(importer.take_modules)
        path = write_file(
            os.path.join(folder, "double.py"),
            "from cwd_server.toolkit import tool\n@tool\ndef double(x: int) -> int: return 2 * x\n",
        )
        done = run_command(["--tools", path, "call", "double", "--help"])
        command = f"python -m cwd_server --tools {shlex.quote(path)} call double x=…"
        self.assertEqual(done.stdout.splitlines()[-1], f"to call it: {command}")

    def test_arguments_that_do_not_fit(self):
        done = self.run_command("call", "add", "start=x", "nambers=[1]")
        self.assertEqual((done.status, done.stdout), (1, ""))
        for problem in (
            "nambers",
            "did you mean numbers?",
            "start: expected an integer",
            "numbers: missing",
        ):
            with self.subTest(problem=problem):
                self.assertIn(problem, done.stderr)


class Running(WithTools):
    def test_where_a_tool_runs(self):
        self.assertNotEqual(self.answer("thread"), "MainThread\n")
        self.assertEqual(self.answer("inline"), "MainThread\n")
        # In Python's development mode asyncio logs what takes long, as anything may here
        with mock.patch.object(logging.getLogger("asyncio"), "disabled", True):
            done = self.run_command("call", "later")
        self.assertEqual((done.stdout, done.stderr), ("async tools\n", "1/2 half\n"))

    def test_stdout_is_the_answers_alone(self):
        done = self.run_command("call", "noisy", "--json")
        self.assertEqual(json.loads(done.stdout)["structuredContent"], {"a": 1})
        self.assertIn("printed", done.stderr)

    def test_blocks(self):
        expected = (
            "[image/png, 1,234 bytes]\n[audio/wav, 2 bytes]\n[a: https://example.com/a]\ntext\n"
            "[urn:b: application/zip, 3 bytes]\nsaid\n"
        )
        self.assertEqual(self.answer("blocks"), expected)
        self.assertEqual(self.answer("empty"), "\n")
        self.assertEqual(json.loads(self.answer("structured")), {"a": 1})

    def test_failures(self):
        done = self.run_command("call", "fail", "how=said")
        self.assertEqual((done.status, done.stdout, done.stderr), (1, "", "no luck\n"))
        done = self.run_command("call", "fail", "how=bug")
        self.assertEqual((done.status, done.stdout), (1, ""))
        self.assertIn("KeyError: 'x'\n", done.stderr)
        done = self.run_command("call", "fail", "how=said", "--json")
        self.assertIs(json.loads(done.stdout)["isError"], True)

    def test_tools_files_are_relative_to_where_one_is(self):
        done = run_command(
            ["--tools=call_tools.py", "call", "echo", "--cwd", os.sep], cwd=self.folder
        )
        self.assertEqual((done.status, done.stdout), (0, "None\n"))


class Verbose(unittest.TestCase):
    def test_logging_is_shown_from_info_on(self):
        source = """\
        import logging
        @tool
        def report() -> str:
            logging.getLogger("mine").info("told")
            logging.getLogger("mine").debug("not told")
            return ""
        """
        path = tools_file(self, source, "logging_tools.py")
        self.addCleanup(importer.take_modules)
        self.addCleanup(logging.getLogger().setLevel, logging.getLogger().level)
        self.addCleanup(logging.getLogger().handlers.clear)
        quiet = run_command(["--tools", path, "call", "report"])
        self.assertEqual(quiet.stderr, "")
        told = run_command(["--tools", path, "call", "report", "--verbose"])
        self.assertEqual(told.stderr, "INFO:mine:told\n")


class Help(WithTools):
    def test_of_a_tool(self):
        done = self.run_command("call", "add", "--help")
        self.assertEqual(done.status, 0)
        self.assertIn("add(numbers: array of number, start: integer = 0)", done.stdout)
        self.assertIn("numbers: array of number (required)", done.stdout)
        self.assertIn("call add numbers=…", done.stdout)
        done = self.run_command("call", "echo", "-h")
        self.assertIn("Give a text back.", done.stdout)
        self.assertIn("what to give back", done.stdout)

    def test_of_the_command(self):
        self.assertIn("TOOL", self.run_command("call", "--help").stdout)


class List(WithTools):
    def test_signatures(self):
        lines = self.run_command("list").stdout.splitlines()
        self.assertEqual(lines[0], "get_cwd()  Gets the server's current working directory.")
        self.assertIn("echo(text: string | null = null)  Give a text back.", lines)
        self.assertIn("  text: what to give back", lines)
        self.assertIn("add(numbers: array of number, start: integer = 0)", lines)

    def test_json_is_what_the_wire_says(self):
        tools = json.loads(self.run_command("list", "--json").stdout)["tools"]
        self.assertEqual([tool["name"] for tool in tools][:2], ["get_cwd", "echo"])
        self.assertIn("outputSchema", tools[0])
