"""`new`: what it writes, that it works, and that nothing is overwritten."""

import os
import unittest

from cwd_server.toolkit.loading import importer
from tests.support.command_line import run_command
from tests.support.files import read_file, temporary_directory, write_file


class New(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_directory(self)
        self.addCleanup(importer.take_modules)

    def run_command(self, *argv):
        return run_command(list(argv), cwd=self.folder)

    def files(self):
        """Return the files in the folder, with / between names."""
        found = []
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.folder)
                found.append(path.replace(os.sep, "/"))
        return sorted(found)

    def test_a_file_its_test_and_the_types(self):
        done = self.run_command("new", "my_tools.py")
        self.assertEqual((done.status, done.stderr), (0, ""))
        written = ["my_tools.py", "test_my_tools.py", "typings/cwd_server/toolkit.pyi"]
        self.assertEqual(self.files(), written)
        for name in written:
            with self.subTest(name=name):
                self.assertIn(f"wrote {name.replace('/', os.sep)}", done.stdout)
        self.assertIn("--tools my_tools.py list", done.stdout)
        self.assertIn("-m unittest test_my_tools", done.stdout)
        source = read_file(os.path.join(self.folder, "my_tools.py"))
        self.assertNotIn("{", source)
        self.assertIn("\n\nfrom cwd_server.toolkit import Call, ToolError, tool\n\n", source)

    def test_the_tool_works(self):
        self.run_command("new", os.path.join("inner", "words.py"))
        path = os.path.join(self.folder, "inner", "words.py")
        done = run_command(["--tools", path, "call", "count_words", 'texts=["one two", "three"]'])
        self.assertEqual((done.status, done.stdout), (0, "3\n"))
        listed = run_command(["--tools", path, "list"]).stdout
        self.assertIn(
            "count_words(texts: array of string, longest_only: boolean = false)  Count the words",
            listed,
        )

    def test_its_test_passes(self):
        self.run_command("new", "scaffolded.py")
        source = read_file(os.path.join(self.folder, "test_scaffolded.py"))
        tools = read_file(os.path.join(self.folder, "scaffolded.py"))
        written = {}
        exec(compile(tools, "scaffolded.py", "exec"), written)
        source = source.replace("from scaffolded import count_words", "")
        exec(compile(source, "test_scaffolded.py", "exec"), written)
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(written["CountWords"]).run(result)
        self.assertEqual((result.testsRun, result.failures, result.errors), (3, [], []))

    def test_nothing_is_overwritten(self):
        for taken in (
            "my_tools.py",
            "test_my_tools.py",
            os.path.join("typings", "cwd_server", "toolkit.pyi"),
        ):
            with self.subTest(taken=taken):
                self.folder = temporary_directory(self)
                path = write_file(os.path.join(self.folder, taken), "mine")
                done = self.run_command("new", "my_tools.py")
                self.assertEqual((done.status, done.stdout), (1, ""))
                self.assertIn(
                    f"{taken} is there already: nothing was written; choose another", done.stderr
                )
                self.assertEqual(read_file(path), "mine")
                self.assertEqual(len(self.files()), 1)

    def test_a_second_file_shares_the_types(self):
        self.run_command("new", "first.py")
        done = self.run_command("new", "second.py")
        self.assertEqual(done.status, 0)
        self.assertEqual(len(self.files()), 5)

    def test_names(self):
        for name, said in (
            ("tools", "name the file like a module"),
            ("my-tools.py", "name the file like a module"),
            ("class.py", "name the file like a module"),
            ("random.py", "Python has a module random of its own"),
        ):
            with self.subTest(name=name):
                done = self.run_command("new", name)
                self.assertEqual((done.status, self.files()), (2, []))
                self.assertIn(said, done.stderr)
