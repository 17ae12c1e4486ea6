"""Bytecode in the archive: what serving loads, and what happens when the bytecode does not fit."""

import os
import re
import shutil
import sys
import tempfile
import unittest
import zipfile

import build_zipapp
from cwd_server.packaging import archive
from tests import META, ROOT, answers, environment, initialize, pythons, request, run

# What serving loads beside the package, once Python itself and `os` are there. Each entry costs at
# every start of every client: let the list grow only for what the first answer needs.
STANDARD_LIBRARY = {"_json", "atexit", "errno", "select", "time", "zlib"}

CONVERSATION = [
    initialize(),
    request("tools/list", 1),
    request("tools/call", 2, name="get_cwd"),
    request("tools/call", 3, name="x"),
    request("server/discover", 4, _meta=META),
    request("CallTool", 5, name="get_cwd"),
    b"{",
]


def imports(done):
    """Return the modules that a process started with -v says it imported."""
    return set(re.findall(r"(?m)^import '?([\w.]+)'? #", done.stderr.decode("utf-8", "replace")))


class Bytecode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = os.path.realpath(tempfile.mkdtemp())
        cls.source = archive.package_files()
        cls.files = dict(cls.source)
        # Bytecode leans on that of a newer interpreter, if the archive has one
        newest = [
            path for key, path in sorted(pythons.found().items()) if key[0] == "CPython" and key[1] > sys.version_info
        ]
        build_zipapp.add_bytecode(cls.files, [sys.executable, *newest[-1:]])
        cls.names = [name for name in cls.files if name.startswith("bytecode/")]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)

    def converse(self, files, python=sys.executable):
        """Return the answers of an archive of `files`, and whether it used bytecode."""
        target = os.path.join(self.directory, "server.pyz")
        archive.write(archive.entries(files), target)
        done = run([python, "-v", "-I", "-S", target], CONVERSATION, env=environment(), cwd=self.directory)
        self.assertEqual(done.returncode, 0)
        self.assertNotIn(b"Traceback", done.stderr)
        return answers(done), "cwd_server.protocol.session" not in imports(done)

    def test_bytecode_is_used_and_changes_nothing(self):
        without, used = self.converse(self.source)
        self.assertFalse(used)
        self.assertEqual(len(without), len(CONVERSATION))
        self.assertEqual(self.converse(self.files), (without, True))

    def test_other_interpreters_use_the_source(self):
        expected, _ = self.converse(self.source)
        own = sys.version_info[:2]
        files = dict(self.source)
        build_zipapp.add_bytecode(files, [sys.executable])
        others = {key[1][:2]: path for key, path in pythons.found().items() if key[1] >= (3, 6) and key[1][:2] != own}
        for version, python in others.items():
            with self.subTest(version=version):
                self.assertEqual(self.converse(files, python), (expected, False))

    def test_damaged_bytecode_is_not_used(self):
        expected, _ = self.converse(self.source)
        for name in self.names:
            whole = self.files[name]
            for damaged in (b"", whole[:1], whole[: len(whole) // 2], whole[:-1], b"\0" * len(whole)):
                with self.subTest(name=name, bytes=len(damaged)):
                    self.assertEqual(self.converse(dict(self.files, **{name: damaged})), (expected, False))

    def test_bits_that_flipped(self):
        expected, _ = self.converse(self.source)
        for name in self.names:
            whole = self.files[name]
            for place in range(0, len(whole), len(whole) // 12):
                damaged = bytearray(whole)
                damaged[place] ^= 1 << place % 8
                with self.subTest(name=name, place=place):
                    found, _ = self.converse(dict(self.files, **{name: bytes(damaged)}))
                    self.assertEqual(found, expected)

    def test_one_without_the_other(self):
        expected, _ = self.converse(self.source)
        for name in self.names:
            files = {other: content for other, content in self.files.items() if other != name}
            self.assertEqual(self.converse(files), (expected, False))


# A Python of the future: PATCH makes its library behave as none does yet, in the build and in the server
FUTURE = """#!%s -ISB
import os, runpy, sys
python, words = sys.executable, sys.argv[1:]
sys.executable = os.path.abspath(__file__)
while words[0].startswith("-"):  # its own options
    words = words[2 if words[0] == "-X" else 1:]
sys.argv = words
%s
sys.path.insert(0, os.path.dirname(words[0]))
runpy.run_path(words[0], run_name="__main__")
"""
FUTURES = {
    "marshal does not write code": """
import marshal
dumps = marshal.dumps
def refuse(value, version=4):
    if hasattr(value, "co_code"):
        raise ValueError("unmarshallable object")
    return dumps(value, version)
marshal.dumps = refuse
""",
    "marshal gives back something else": """
import marshal
dumps = marshal.dumps
def differ(value, version=4):
    return dumps((lambda: 0).__code__ if hasattr(value, "co_code") else value, version)
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
zipimport.zipimporter.get_data = get_data
""",
}  # fmt: skip


@unittest.skipUnless(os.name == "posix", "needs scripts that the system starts by their first line")
class FuturePython(unittest.TestCase):
    def setUp(self):
        self.directory = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)

    def future(self, patch):
        path = os.path.join(self.directory, "python")
        with open(path, "w") as file:
            file.write(FUTURE % (sys.executable, patch))
        os.chmod(path, 0o755)
        return path

    def test_a_python_that_differs_builds_and_serves(self):
        build = os.path.join(ROOT, "build_zipapp.py")
        plain = os.path.join(self.directory, "plain.pyz")
        run([sys.executable, build, "--no-bytecode", "-o", plain])
        expected = answers(run([sys.executable, plain], CONVERSATION, cwd=self.directory))
        for name, patch in FUTURES.items():
            with self.subTest(name):
                python = self.future(patch)
                target = os.path.join(self.directory, "built.pyz")
                done = run([python, build, "-o", target])
                self.assertEqual(done.returncode, 0, done.stderr)
                if "_json" not in name and "zipimport" not in name:  # those make no difference to a build
                    self.assertRegex(done.stderr.decode(), r"\Abuild_zipapp.py: no bytecode for this Python.*Error: .*\n\Z")
                for start in ([python], [sys.executable]):
                    done = run([*start, target], CONVERSATION, cwd=self.directory)
                    self.assertEqual((answers(done), done.stderr), (expected, b""))

    def test_another_interpreter_that_differs_is_named_with_the_reason(self):
        python = self.future(FUTURES["marshal gives back something else"])
        target = os.path.join(self.directory, "built.pyz")
        done = run([sys.executable, os.path.join(ROOT, "build_zipapp.py"), "-o", target, "--bytecode", python])
        self.assertEqual((done.returncode, os.path.exists(target)), (2, False))
        self.assertIn(b"cannot compile this package: ValueError: marshal does not give back", done.stderr)


@unittest.skipUnless(sys.implementation.name == "cpython", "other Pythons load other modules")
class Imports(unittest.TestCase):
    def setUp(self):
        self.directory = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.bare = os.path.join(self.directory, "bare.pyz")
        with zipfile.ZipFile(self.bare, "w") as file:
            file.writestr("__main__.py", "import os")

    def served(self, interpreters):
        files = archive.package_files()
        build_zipapp.add_bytecode(files, interpreters)
        target = os.path.join(self.directory, "server.pyz")
        archive.write(archive.entries(files), target)
        start = [sys.executable, "-v", "-I", "-S"]
        done = run([*start, target], [initialize(), request("tools/list"), request("tools/call", name="get_cwd")])
        self.assertEqual(len(answers(done)), 3)
        return imports(done) - imports(run([*start, self.bare]))

    def test_serving_imports_nothing_more_than_it_needs(self):
        self.assertLessEqual(self.served([sys.executable]), STANDARD_LIBRARY)

    def test_the_modules_that_serving_imports_are_those_with_bytecode(self):
        named = {build_zipapp.module_name(name) for name in build_zipapp.SERVING}
        self.assertEqual(self.served([]) - STANDARD_LIBRARY, named)


if __name__ == "__main__":
    unittest.main()
