"""Archives and all the Pythons of this machine: what they use, and what is damaged."""

import sys
import unittest

import build_zipapp
from cwd_server.packaging import archive, bytecode
from tests.processes import test_bytecode
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
        expected, _ = self.converse(self.source)
        files = dict(self.source)
        compiled = build_zipapp.add_bytecode(files, list(newest.values()))
        build_zipapp.add_manifest(files)
        size = len(archive.archive_bytes(files))
        self.assertLess(size, 400 * 1024)
        smaller = dict(files, **bytecode.write_bytecode(compiled, is_small=True))
        self.assertLessEqual(len(archive.archive_bytes(smaller)), size)
        for version, python in newest.items():
            for each in (files, smaller):
                with self.subTest(version=version, is_small=each is smaller):
                    self.assertEqual(self.converse(each, python), (expected, True))


if __name__ == "__main__":
    unittest.main()
