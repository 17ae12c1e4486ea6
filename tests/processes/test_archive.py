"""The archive: the same bytes everywhere, all of it or nothing, and a bundle too."""

import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import unittest
import zipfile
import zlib
from unittest import mock

import build_zipapp
from cwd_server import __version__, tools
from cwd_server.app import SERVER_INFO, Packed
from cwd_server.archive_reader import Package
from cwd_server.packaging import archive, bytecode, manifest
from tests.support.cases import posix
from tests.support.client import responses, run_process
from tests.support.files import temporary_directory
from tests.support.messages import META, request
from tests.support.paths import ARCHIVE, ROOT, environment
from tests.support.pythons import installed_pythons, too_old_pythons

# What each start reads, and what a Python without zlib needs to say so
STORED = {
    "cwd_server.files",
    "__main__.py",
    "__main__.pyc",
    "bytecode",
    "cwd_server/__init__.py",
    "cwd_server/__main__.py",
}

CALL = request("CallTool", name="get_cwd")
PACKED = {
    "name": "weather",
    "version": "2.1",
    "title": "It's é \n",
    "files": ["weather.py"],
    "cwd_tool": False,
}


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Temporary(unittest.TestCase):
    def setUp(self):
        self.directory = temporary_directory(self)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def build(self, *arguments, **options):
        """Run the build in a copy of the source, or in this one; return the finished process."""
        root = options.pop("root", ROOT)
        return run_process(
            [sys.executable, os.path.join(root, "build_zipapp.py"), *arguments], **options
        )


class Format(Temporary):
    def test_entries_are_stored_sorted_and_dated(self):
        with zipfile.ZipFile(ARCHIVE) as file:
            entries = file.infolist()
            self.assertIsNone(file.testzip())
        names = [entry.filename for entry in entries]
        self.assertEqual(names, sorted(names))
        for name in ("LICENSE", "__main__.py", "manifest.json", "cwd_server.files"):
            self.assertIn(name, names)
        for entry in entries:
            is_stored = entry.filename in STORED
            expected = zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED
            self.assertEqual(entry.compress_type, expected, entry.filename)
            self.assertEqual(entry.date_time, (1980, 1, 1, 0, 0, 0))
            self.assertEqual((entry.create_system, entry.external_attr >> 16), (3, 0o100644))

    def test_offsets_count_the_shebang(self):
        content = read(ARCHIVE)
        self.assertTrue(content.startswith(b"#!/usr/bin/env python3\nPK\3\4"))
        with zipfile.ZipFile(ARCHIVE) as file:
            self.assertEqual(file.infolist()[0].header_offset, content.index(b"PK"))
        with open(ARCHIVE, "rb") as file:
            file.seek(-22, os.SEEK_END)
            end = file.read()
        start, size = int.from_bytes(end[16:20], "little"), int.from_bytes(end[12:16], "little")
        self.assertEqual(
            start + size + 22, len(content), "zip tools would warn of bytes before the archive"
        )

    @unittest.skipUnless(shutil.which("unzip"), "no unzip here")
    def test_unzip_has_nothing_to_say(self):
        done = run_process(["unzip", "-tqq", ARCHIVE])
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_every_python_can_read_the_first_file(self):
        with zipfile.ZipFile(ARCHIVE) as file:
            first = [file.read("__main__.py"), file.read("cwd_server/__main__.py")]
        for python in [*too_old_pythons(), sys.executable]:
            with self.subTest(python=python):
                for source in first:
                    program = "import sys; compile(sys.stdin.read(), 'first', 'exec')"
                    self.assertEqual(run_process([python, "-c", program], [source]).returncode, 0)


class Reproducible(Temporary):
    def copy(self, name, newline=b"\n"):
        """Copy the source as another checkout would have it; return its path."""
        root = self.path(name)
        os.makedirs(os.path.join(root, "dist"))
        for folder, _, names in os.walk(ROOT):
            inside = os.path.relpath(folder, ROOT)
            if inside.split(os.sep)[0] not in (".", "cwd_server") or "__pycache__" in inside:
                continue
            os.makedirs(os.path.join(root, inside), exist_ok=True)
            for each in names if inside != "." else ("LICENSE", "build_zipapp.py"):
                with open(os.path.join(root, inside, each), "wb") as file:
                    file.write(read(os.path.join(folder, each)).replace(b"\n", newline))
        return root

    def test_another_place_day_time_zone_and_line_ending(self):
        first = self.path("first.pyz")
        self.assertEqual(self.build("-o", first).returncode, 0)
        others = (
            ("é with space [1]", b"\n", {"TZ": "Asia/Tokyo"}),
            ("crlf", b"\r\n", {"TZ": "UTC+12", "LC_ALL": "C"}),
        )
        for name, newline, changes in others:
            with self.subTest(name=name, newline=newline, changes=changes):
                root = self.copy(name, newline)
                for folder, _, names in os.walk(root):
                    for each in names:
                        os.utime(os.path.join(folder, each), (0, 86400 * 365 * 30))
                again = self.path(name + ".pyz")
                changed = environment(PYTHONHASHSEED="7", **changes)
                done = self.build("-o", again, root=root, env=changed, cwd=self.directory)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertEqual(read(again), read(first), name)

    @posix
    def test_another_umask(self):
        for mask in (0o000, 0o077):
            with self.subTest(mask=mask):
                program = (
                    "import os, sys; os.umask(%d); sys.argv = sys.argv[1:]; exec(open(sys.argv[0]).read())"
                    % mask
                )
                target = self.path("%o.pyz" % mask)
                script = os.path.join(ROOT, "build_zipapp.py")
                program = program.replace("exec(", "__file__ = sys.argv[0]; exec(")
                done = run_process(
                    [sys.executable, "-c", program, script, "--no-bytecode", "-o", target]
                )
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertEqual(stat.S_IMODE(os.stat(target).st_mode), 0o777 & ~mask)
        self.assertEqual(read(self.path("0.pyz")), read(self.path("77.pyz")))

    def test_the_order_in_which_interpreters_are_named_says_nothing(self):
        found = [
            python.path
            for python in installed_pythons()
            if python.implementation == "CPython" and python.version >= (3, 6)
        ]
        if len(found) < 2:
            self.skipTest("one Python here")
        self.build("-o", self.path("a"), "--bytecode", *found[:2])
        self.build("-o", self.path("b"), "--bytecode", *found[1::-1])
        self.assertEqual(read(self.path("a")), read(self.path("b")))

    def test_an_archive_and_its_unpacked_folder_have_the_same_files(self):
        folder = self.path("folder")
        with zipfile.ZipFile(ARCHIVE) as file:
            file.extractall(folder)
        program = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from cwd_server.packaging import archive\n"
            "archive.write_file(sys.argv[2], archive.archive_bytes(archive.package_files()))\n"
            "print(archive.__file__)"
        )
        written = []
        for origin in (ARCHIVE, folder):
            with self.subTest(origin=origin):
                target = self.path("again.pyz")
                command = [sys.executable, "-c", program, origin, target]
                done = run_process(command, env=dict(os.environ, PYTHONPATH=""))
                self.assertTrue(done.stdout.decode().startswith(origin), done.stderr)
                written.append(read(target))
        self.assertEqual(written[0], written[1])
        with zipfile.ZipFile(ARCHIVE) as original, zipfile.ZipFile(target) as again:
            self.assertEqual(sorted([*again.namelist(), "manifest.json"]), original.namelist())


class Content(unittest.TestCase):
    def test_files_are_given_back_as_they_were(self):
        files = archive.package_files()
        files["cwd_server/odd.py"] = "é…".encode() + b"\n\n\r\n\t\x00\xff"
        with zipfile.ZipFile(io.BytesIO(archive.archive_bytes(files))) as file:
            package = Package(zlib.decompress(file.read("cwd_server.files")))
            beside = {name for name in file.namelist() if name.startswith("cwd_server/")}
        for name in package.names():
            self.assertEqual(package.read(name), files[name], name)
        self.assertEqual(
            {*package.names(), *beside}, {name for name in files if name.startswith("cwd_server/")}
        )


class Size(Temporary):
    def test_an_archive_that_would_be_too_large_keeps_more_as_changes(self):
        asked = []

        def write_bytecode(compiled, is_small=False):
            asked.append(is_small)
            return {"bytecode": bytes(10 if is_small else 500 * 1024)}

        target = self.path("a.pyz")
        argv = ["build_zipapp.py", "-o", target]
        with mock.patch.object(bytecode, "write_bytecode", write_bytecode):
            with mock.patch.object(sys, "argv", argv), mock.patch("builtins.print"):
                self.assertEqual(build_zipapp.main(), 0)
        self.assertEqual(asked, [False, True])
        with zipfile.ZipFile(target) as file:
            self.assertEqual(len(file.read("bytecode")), 10)


class Failures(Temporary):
    def fails(self, done, word):
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertRegex(done.stderr.decode(), r"\Abuild_zipapp.py: [^\n]*%s[^\n]*\n\Z" % word)

    def test_interpreters_that_are_none(self):
        nothing = self.path("nothing")
        self.fails(self.build("--bytecode", nothing), "nothing: cannot be started: ")
        if os.name == "nt":
            return  # which starts no file by its first line
        with open(nothing, "w") as file:
            file.write("#!/bin/sh\necho hello\n")
        os.chmod(nothing, 0o755)
        self.fails(self.build("--bytecode", nothing), "nothing: not a Python")

    def test_a_python_that_is_too_old(self):
        for path in too_old_pythons():
            self.fails(self.build("--bytecode", path), "not a Python, 3.6 or newer")

    def test_a_python_that_drops_docstrings(self):
        self.fails(
            self.build("-o", self.path("a"), env=environment(PYTHONOPTIMIZE="2")), "docstrings"
        )

    def test_a_place_that_cannot_be_written(self):
        self.fails(
            self.build("--no-bytecode", "-o", self.path("no", "a.pyz")), "cannot write .*a.pyz"
        )

    def test_a_folder_in_the_place(self):
        os.mkdir(self.path("a.pyz"))
        self.fails(self.build("--no-bytecode", "-o", self.path("a.pyz")), "cannot write .*a.pyz")
        self.assertEqual(os.listdir(self.directory), ["a.pyz"])

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs /dev/full")
    def test_what_was_there_stays_when_writing_fails(self):
        target = self.path("a.pyz")
        with open(target, "w") as file:
            file.write("before")
        program = (
            "import os, sys; sys.path.insert(0, %r); from cwd_server.packaging import archive\n"
            "os.replace = lambda old, new: open('/dev/full', 'w', 1).write('x\\n')\n"
            "archive.write_file(%r, b'after')" % (ROOT, target)
        )
        self.assertIn(b"No space left", run_process([sys.executable, "-c", program]).stderr)
        self.assertEqual((os.listdir(self.directory), read(target)), (["a.pyz"], b"before"))


class Bundle(Temporary):
    def manifest(self, packed=None, offered=tools.TOOLS):
        return json.loads(manifest.bundle_manifest(packed, offered).decode("utf-8"))

    def test_the_manifest_says_what_this_server_is(self):
        found = self.manifest()
        self.assertEqual(found["name"], "cwd_server")
        self.assertEqual(
            (found["version"], found["display_name"]), (__version__, SERVER_INFO["title"])
        )
        listed = []
        for tool in tools.TOOLS:
            listed.append({"name": tool.name, "description": tool.definition["description"]})
        self.assertEqual(found["tools"], listed)

    def test_the_manifest_of_something_packed_is_its_own(self):
        found = self.manifest(Packed(**PACKED), [])
        self.assertEqual((found["name"], found["version"]), ("weather", "2.1"))
        self.assertEqual((found["display_name"], found["tools"]), (PACKED["title"], []))

    def test_an_unpacked_folder_runs_as_the_manifest_says(self):
        folder = self.path("unpacked here")
        with zipfile.ZipFile(ARCHIVE) as file:
            file.extractall(folder)
        configuration = self.manifest()["server"]["mcp_config"]
        words = {"${__dirname}": folder, "${user_config.directory}": self.directory}
        arguments = [words.get(argument, argument) for argument in configuration["args"]]
        for start in (arguments, [folder]):
            with self.subTest(start=start):
                done = run_process(
                    [sys.executable, *start], [CALL], env=dict(os.environ), cwd=self.directory
                )
                self.assertIn(self.directory, responses(done)[0]["result"]["content"][0]["text"])

    def test_cwd_does_not_lose_a_server_that_was_named_by_a_relative_path(self):
        shutil.copy(ARCHIVE, self.path("s.pyz"))
        with zipfile.ZipFile(ARCHIVE) as file:
            file.extractall(self.path("s"))
        os.mkdir(self.path("other"))
        call = request("tools/call", _meta=META, name="get_cwd")
        for name in ("s.pyz", "s"):
            with self.subTest(name=name):
                done = run_process(
                    [sys.executable, "-I", name, "--cwd", "other"], [call], cwd=self.directory
                )
                answer = responses(done)[0]["result"]["structuredContent"]
                self.assertEqual((answer["cwd"], answer["source"]), (self.path("other"), "--cwd"))

    def test_what_the_build_leaves(self):
        folder = os.path.dirname(ARCHIVE)
        content = read(ARCHIVE)
        self.assertEqual(read(os.path.join(folder, "cwd_server.mcpb")), content)
        digest = hashlib.sha256(content).hexdigest()
        sums = "%s  cwd_server.mcpb\n%s  cwd_server.pyz\n" % (digest, digest)
        self.assertEqual(read(os.path.join(folder, "SHA256SUMS")), sums.encode("ascii"))
        if shutil.which("sha256sum"):
            subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)


if __name__ == "__main__":
    unittest.main()
