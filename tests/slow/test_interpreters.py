"""Archives and all the Pythons of this machine: what they use, and what is damaged."""

import os
import sys
import unittest
import zipfile

from tests.processes import test_bytecode
from tests.support.client import run_process
from tests.support.paths import ROOT
from tests.support.pythons import installed_pythons


class Interpreters(test_bytecode.Archives):
    def test_other_interpreters_use_the_source(self):
        expected, _ = self.converse(self.source)
        for python in installed_pythons():
            if python.version[:2] == sys.version_info[:2] or python.version < (3, 6):
                continue
            with self.subTest(version=python.version):
                self.assertEqual(self.converse(self.files, python.path), (expected, False))

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

    def test_a_release_for_all_interpreters_is_under_400_kib(self):
        newest = {}
        for python in installed_pythons():
            if python.implementation == "CPython" and python.version >= (3, 8):
                newest[python.version[:2]] = python.path
        target = os.path.join(self.directory, "release.pyz")
        build = [sys.executable, os.path.join(ROOT, "build_zipapp.py")]
        done = run_process([*build, "-o", target, "--bytecode", *newest.values()])
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        with zipfile.ZipFile(target) as file:
            self.assertIsNone(file.testzip())
            compiled = [name for name in file.namelist() if name.startswith("bytecode/")]
        self.assertEqual(len(compiled), len(newest))
        self.assertLess(os.path.getsize(target), 400 * 1024)
        for python in newest.values():
            done = run_process([python, "-I", "-S", target, "call", "get_cwd"], cwd=self.directory)
            self.assertEqual((done.returncode, done.stderr), (0, b""))


if __name__ == "__main__":
    unittest.main()
