"""Bytecode in the archive: what serving loads, and what happens when the bytecode does not fit."""

import marshal
import os
import re
import sys
import unittest
import zipfile
from unittest import mock

import build_zipapp
from cwd_server.packaging import archive, bytecode, objects
from tests.support.cases import posix
from tests.support.client import Client, responses, run_process
from tests.support.files import temporary_directory, tools_file
from tests.support.messages import META, call_tool, initialize, request
from tests.support.paths import ROOT
from tests.support.pythons import too_old_pythons

# What serving loads beside the package, once Python itself and `os` are there. Each entry costs at
# every start of every client: let the list grow only for what the first answer needs.
STANDARD_LIBRARY = {"_json", "atexit", "errno", "gc", "marshal", "select", "time", "zlib"}
if os.name == "nt":
    # What pipes need; Python itself has loaded the second at its start, since 3.9
    STANDARD_LIBRARY |= {"msvcrt", "_winapi"}

LIBRARY = os.path.dirname(os.__file__)

# Those that are compiled at the start, or on demand, on every Python
CONVERSATION = [
    initialize(),
    request("tools/list", 1),
    request("tools/call", 2, name="get_cwd"),
    request("tools/call", 3, name="x"),
    request("server/discover", 4, _meta=META),
    request("CallTool", 5, name="get_cwd"),
    b"{",
]


TYPED_TOOL = """
from typing import List, NamedTuple

from cwd_server.toolkit import tool


class Item(NamedTuple):
    price: float


@tool
def total(items: List[Item]) -> float:
    '''Add up.'''
    return sum(item.price for item in items)
"""


def imports(done):
    """Return the modules that a process started with -v says it imported."""
    said = done.stderr.decode("utf-8", "replace")
    return set(re.findall(r"(?m)^import '?([\w.]+)'? #", said))


def write_archive(path, files):
    with open(path, "wb") as file:
        file.write(archive.archive_bytes(files))
    return path


class Archives(unittest.TestCase):
    """A base for tests that talk to archives with other files in them."""

    @classmethod
    def setUpClass(cls):
        cls.source = archive.package_files()
        cls.files = dict(cls.source)
        build_zipapp.add_bytecode(cls.files, [sys.executable])
        cls.names = [name for name in cls.files if name == "bytecode"]

    def setUp(self):
        self.directory = temporary_directory(self)

    def converse(self, files, python=sys.executable):
        """Return the answers of an archive of `files`, and whether it used bytecode."""
        target = write_archive(os.path.join(self.directory, "server.pyz"), files)
        command = [python, "-v", "-I", "-S", target]
        done = run_process(command, CONVERSATION, cwd=self.directory)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(b"Traceback", done.stderr)
        return responses(done), "cwd_server.protocol.session" not in imports(done)


class Bytecode(Archives):
    def test_bytecode_is_used_and_changes_nothing(self):
        without, used = self.converse(self.source)
        self.assertFalse(used)
        self.assertEqual(len(without), len(CONVERSATION))
        self.assertEqual(self.converse(self.files), (without, True))

    def test_two_builds_of_a_version_in_whatever_order(self):
        usual = bytecode.compile_for(sys.executable, self.source)
        free_threaded = usual._replace(unpacker=usual.unpacker + b"\0")
        built = []
        for order in ([usual, free_threaded], [free_threaded, usual]):
            files = dict(self.source)
            with mock.patch.object(bytecode, "compile_for", side_effect=order):
                build_zipapp.add_bytecode(files, ["python3.14", "python3.14t"])
            built.append(files)
        self.assertEqual(built[0], built[1])

    def test_a_python_that_is_too_old_says_so_although_there_is_bytecode(self):
        target = write_archive(os.path.join(self.directory, "server.pyz"), self.files)
        for python in too_old_pythons():
            with self.subTest(python=python):
                done = run_process([python, target], CONVERSATION, env=dict(os.environ))
                self.assertEqual((done.returncode, done.stdout), (1, b""))
                self.assertRegex(done.stderr, rb"\Acwd_server needs Python 3.6 or newer[^\n]*\n\Z")

    @unittest.skipUnless(os.path.isdir(LIBRARY), "this Python's own library is compressed")
    def test_a_python_without_zlib_says_so(self):
        program = (
            "import runpy, sys; sys.modules['zlib'] = None; sys.argv = sys.argv[1:];"
            " runpy.run_path(sys.argv[0], run_name='__main__')"
        )
        for files in (self.files, self.source):
            target = write_archive(os.path.join(self.directory, "server.pyz"), files)
            done = run_process([sys.executable, "-c", program, target], CONVERSATION)
            self.assertEqual((done.returncode, done.stdout), (1, b""))
            self.assertRegex(
                done.stderr, rb"\Acwd_server is a compressed[^\n]* without zlib[^\n]*\r?\n\Z"
            )

    def test_a_damaged_archive_says_so(self):
        for files in (self.files, self.source):
            target = write_archive(os.path.join(self.directory, "server.pyz"), files)
            with zipfile.ZipFile(target) as file:
                entry = file.getinfo("cwd_server.files")
            with open(target, "r+b") as file:
                file.seek(entry.header_offset + 30 + entry.compress_size // 2)
                file.write(b"damaged")
            commands = [["--version"], ["help"]]
            if files is self.source:
                commands.append([])
            for command in commands:
                with self.subTest(command=command, bytecode="bytecode" in files):
                    done = run_process([sys.executable, target, *command], CONVERSATION)
                    self.assertEqual((done.returncode, done.stdout), (1, b""))
                    self.assertRegex(
                        done.stderr, rb"\Acwd_server: [^\n]*server.pyz is damaged[^\n]*\n\Z"
                    )

    def test_damaged_bytecode_is_not_used(self):
        expected, _ = self.converse(self.source)
        for name in self.names:
            whole = self.files[name]
            for damaged in (
                b"",
                whole[:1],
                whole[: len(whole) // 2],
                whole[:-1],
                b"\0" * len(whole),
            ):
                with self.subTest(name=name, bytes=len(damaged)):
                    files = dict(self.files, **{name: damaged})
                    self.assertEqual(self.converse(files), (expected, False))

    def test_an_interpreter_that_lays_code_out_in_another_way_shares_nothing(self):
        expected, _ = self.converse(self.source)
        files = dict(self.source)
        with mock.patch.object(objects, "CODE_FIELDS", (((3, 6), "loo"),)):
            build_zipapp.add_bytecode(files, [sys.executable])
        self.assertEqual(self.converse(files), (expected, True))

    def test_objects_that_are_read_as_others_are_not_shared(self):
        expected, _ = self.converse(self.source)
        files = dict(self.source)
        with mock.patch.object(objects, "write_parts", lambda root, places: [b"N"]):
            build_zipapp.add_bytecode(files, [sys.executable])
        self.assertEqual(self.converse(files), (expected, True))

    def test_a_tools_file_is_served_by_bytecode_alone_where_it_is_for_one_interpreter(self):
        files = dict(self.files)
        for name in files:
            if name.startswith(("cwd_server/toolkit/", "cwd_server/transport/")):
                files[name] = b"this cannot be compiled"
        self.assertEqual(self.serve_tools(files), self.serve_tools(self.source))

    def test_damaged_bytecode_of_what_is_loaded_later_is_not_used(self):
        entry = marshal.loads(self.files["bytecode"])
        for tag, compiled in entry.items():
            if isinstance(compiled, tuple):
                *others, later = compiled
                entry[tag] = (*others, later[: len(later) // 2])
        files = dict(self.files, bytecode=marshal.dumps(entry, 2))
        self.assertNotEqual(files["bytecode"], self.files["bytecode"])
        self.assertEqual(self.serve_tools(files), self.serve_tools(self.source))

    def serve_tools(self, files):
        """Return the answers of an archive of `files` that serves a typed tool."""
        target = write_archive(os.path.join(self.directory, "server.pyz"), files)
        tools = tools_file(self, TYPED_TOOL)
        conversation = [initialize(), call_tool("total", 1, {"items": [{"price": "2"}]})]
        done = run_process([sys.executable, target, "--tools", tools], conversation)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        answers = responses(done)
        self.assertEqual(answers[1]["result"]["content"][0]["text"], "2.0")
        return answers

    def test_first_files_that_are_compiled_for_another_python(self):
        expected, _ = self.converse(self.source)
        self.assertEqual("__main__.pyc" in self.files, sys.version_info >= (3, 7))
        foreign = b"\x00\x0c\r\n" + b"\1\0\0\0" + bytes(8) + b"nothing that anybody reads"
        found, _ = self.converse(dict(self.files, **{"__main__.pyc": foreign}))
        self.assertEqual(found, expected)

    def test_what_is_not_needed_at_first_is_served_from_memory(self):
        for files in (self.files, self.source):
            target = write_archive(os.path.join(self.directory, "server.pyz"), files)
            expected = run_process([sys.executable, target, "--version"]).stdout
            self.assertTrue(expected)
            with Client([sys.executable, "-I", "-S", target]) as client:
                opened = client.ask(initialize())
                os.unlink(target)
                again = [client.ask(initialize()), client.ask(call_tool("get_cwd", 2, {"x": 1}))]
                self.assertEqual(again[0], opened)
                self.assertIn("result", again[1])
                ended = client.close_input()
                self.assertEqual((ended.status, ended.stderr), (0, b""))


# A Python of the future: PATCH makes its library behave as none does yet, in the build and in the
# server
FUTURE = """#!%s -SB
import os, runpy, sys
words = sys.argv[1:]
sys.executable = os.path.abspath(__file__)
%s
while words[0].startswith("-") and words[0] != "-c":  # its own options
    words = words[2 if words[0] == "-X" else 1:]
sys.argv = words
if words[0] == "-c":
    exec(words[1], {"__name__": "__main__"})
else:
    sys.path.insert(0, os.path.dirname(words[0]))
    runpy.run_path(words[0], run_name="__main__")
"""
FUTURES = {
    "marshal does not write code": """
import marshal
dumps = marshal.dumps
def refuse(value, version=marshal.version):
    if "code object" in repr(value):
        raise ValueError("unmarshallable object")
    return dumps(value, version)
marshal.dumps = refuse
""",
    "marshal gives back something else": """
import marshal
dumps = marshal.dumps
def differ(value, version=marshal.version):
    if "code object" in repr(value):
        value = (lambda: 0).__code__
    return dumps(value, version)
marshal.dumps = differ
""",
    "importlib has no magic number": """
import importlib.util
importlib.util.MAGIC_NUMBER = None
""",
    "_json wants other settings": """
import _json
scanner = _json.make_scanner
def make_scanner(settings):
    settings.memo  # which json's own decoder has
    return scanner(settings)
_json.make_scanner = make_scanner
""",
    "zipimport reads no data": """
import zipimport
def get_data(self, path):
    raise OSError(5, "not read like this any more")
if sys.version_info >= (3, 8):  # before, it was written in C
    zipimport.zipimporter.get_data = get_data
""",
}  # fmt: skip
WITHOUT_BYTECODE = [name for name in FUTURES if name.startswith("marshal")]


@posix
class FuturePython(unittest.TestCase):
    def setUp(self):
        self.directory = temporary_directory(self)

    def future(self, patch):
        path = os.path.join(self.directory, "python")
        with open(path, "w") as file:
            file.write(FUTURE % (sys.executable, patch))
        os.chmod(path, 0o755)
        return path

    def test_a_python_that_differs_builds_and_serves(self):
        build = os.path.join(ROOT, "build_zipapp.py")
        plain = os.path.join(self.directory, "plain.pyz")
        run_process([sys.executable, build, "--no-bytecode", "-o", plain])
        done = run_process([sys.executable, plain], CONVERSATION, cwd=self.directory)
        expected = responses(done)
        self.assertEqual(len(expected), len(CONVERSATION))
        for name, patch in FUTURES.items():
            with self.subTest(name):
                python = self.future(patch)
                target = os.path.join(self.directory, "built.pyz")
                done = run_process([python, build, "-o", target])
                self.assertEqual(done.returncode, 0, done.stderr)
                if name in WITHOUT_BYTECODE:
                    reason = rb"\Abuild_zipapp.py: no bytecode for the Python that builds.*Error: .*\n\Z"
                    self.assertRegex(done.stderr, reason)
                for start in ([python], [sys.executable]):
                    done = run_process([*start, target], CONVERSATION, cwd=self.directory)
                    self.assertEqual((responses(done), done.stderr), (expected, b""))

    def test_another_interpreter_that_differs_is_named_with_the_reason(self):
        python = self.future(FUTURES["marshal gives back something else"])
        target = os.path.join(self.directory, "built.pyz")
        build = os.path.join(ROOT, "build_zipapp.py")
        done = run_process([sys.executable, build, "-o", target, "--bytecode", python])
        self.assertEqual((done.returncode, os.path.exists(target)), (2, False))
        self.assertIn(b"marshal does not give back the code that it was given", done.stderr)


@unittest.skipUnless(sys.implementation.name == "cpython", "other Pythons load other modules")
class Imports(unittest.TestCase):
    def setUp(self):
        self.directory = temporary_directory(self)
        self.bare = os.path.join(self.directory, "bare.pyz")
        with zipfile.ZipFile(self.bare, "w") as file:
            file.writestr("__main__.py", "import os")

    def served(self, interpreters, conversation):
        files = archive.package_files()
        build_zipapp.add_bytecode(files, interpreters)
        target = write_archive(os.path.join(self.directory, "server.pyz"), files)
        start = [sys.executable, "-v", "-I", "-S"]
        done = run_process([*start, target], conversation)
        self.assertEqual(len(responses(done)), len(conversation))
        return imports(done) - imports(run_process([*start, self.bare]))

    def test_serving_imports_nothing_more_than_it_needs(self):
        conversation = [initialize(), request("tools/list"), call_tool("get_cwd")]
        imported = self.served([sys.executable], conversation)
        self.assertLessEqual(imported, STANDARD_LIBRARY)

    def test_the_first_answer_needs_no_module_without_bytecode(self):
        imported = self.served([sys.executable], [initialize()])
        self.assertEqual([name for name in imported if name.startswith("cwd_server")], [])


if __name__ == "__main__":
    unittest.main()
