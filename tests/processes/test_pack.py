"""`pack`: archives of users' own, which serve, and can pack in turn."""

import os
import shutil
import sys
import tempfile
import unittest
import zipfile

from tests.support.client import responses, run_process
from tests.support.messages import META, request
from tests.support.paths import STARTS

TOOL = "from cwd_server.toolkit import tool\nfrom %s import ONE\n@tool\ndef %s() -> int:\n    return ONE\n"
HELPER = "ONE = 1\n"


class Pack(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        os.mkdir(os.path.join(self.folder, "inner"))
        self.write("helper.py", HELPER)
        self.write("unused.py", HELPER)
        self.write(os.path.join("inner", "__init__.py"), "")
        self.write(os.path.join("inner", "deep.py"), HELPER)
        self.first = self.write("first.py", TOOL % ("helper", "one"))
        self.second = self.write("second.py", TOOL % ("inner.deep", "two"))
        self.out = os.path.join(self.folder, "mine.pyz")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def pack(self, start, *arguments):
        return run_process([*start, "pack", *arguments])

    def served(self, *command):
        """Return what the server of an archive offers and says of itself, and what its tool `one` gives."""
        asked = [
            request("tools/list", 1, _meta=META),
            request("tools/call", 2, _meta=META, name="one"),
        ]
        done = run_process(
            [sys.executable, "-I", "-S", *command],
            [*asked, request("server/discover", 3, _meta=META)],
        )
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        results = {answer["id"]: answer.get("result") for answer in responses(done)}
        names = [each["name"] for each in results[1]["tools"]]
        info = results[3]["_meta"]["io.modelcontextprotocol/serverInfo"]
        return (
            names,
            info,
            results[2] and results[2]["structuredContent"],
            results[3].get("instructions"),
        )

    def test_an_archive_serves_its_files_alone(self):
        for name, start in STARTS.items():
            with self.subTest(start=name):
                done = self.pack(start, self.first, self.second, "-o", self.out)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertIn(b"mine.pyz, which offers one, two", done.stdout)
                info = {"name": "mine", "title": "mine", "version": "1.0.0"}
                moved = shutil.copy(
                    self.out, os.path.join(tempfile.gettempdir(), "moved-%d.pyz" % os.getpid())
                )
                self.addCleanup(os.unlink, moved) if name == "source" else None
                self.assertEqual(self.served(moved), (["one", "two"], info, 1, None))
                with zipfile.ZipFile(self.out) as archive:
                    packed = sorted(
                        each for each in archive.namelist() if each.startswith("tools/")
                    )
                wanted = [
                    "first.py",
                    "helper.py",
                    "inner/__init__.py",
                    "inner/deep.py",
                    "second.py",
                ]
                self.assertEqual(packed, ["tools/" + each for each in wanted])

    def test_names_and_get_cwd_on_request(self):
        named = ["--name", "m", "--version", "2.1", "--title", "M é", "--entry-cwd-tool"]
        done = self.pack(STARTS["archive"], self.first, "-o", self.out, *named)
        self.assertEqual(done.returncode, 0, done.stderr)
        names, info, one, instructions = self.served(self.out)
        self.assertEqual((names, one, "get_cwd" in instructions), (["get_cwd", "one"], 1, True))
        self.assertEqual(info, {"name": "m", "title": "M é", "version": "2.1"})

    def test_reproducible(self):
        again = os.path.join(self.folder, "again.pyz")
        for name, start in STARTS.items():
            with self.subTest(start=name):
                self.assertEqual(self.pack(start, self.first, "-o", self.out).returncode, 0)
                os.utime(self.first, (1, 1))
                self.assertEqual(
                    self.pack(start, self.first, "-o", again, "--name", "mine").returncode, 0
                )
                self.assertEqual(self.read(self.out), self.read(again))

    def test_a_packed_archive_packs_and_takes_tools_as_the_original_does(self):
        third = os.path.join(self.folder, "third.pyz")
        self.assertEqual(self.pack(STARTS["archive"], self.first, "-o", self.out).returncode, 0)
        self.assertEqual(
            self.pack([sys.executable, self.out], self.second, "-o", third).returncode, 0
        )
        self.assertEqual(self.served(third)[0], ["two"])
        self.assertEqual(self.served(third, "--tools", self.first)[::2], (["two", "one"], 1))

    def test_what_cannot_be_packed_leaves_everything_as_it_was(self):
        notes = self.write("notes.txt", "mine")
        bad = self.write("bad.py", TOOL.replace("()", "(a)") % ("helper", "three"))
        for arguments, problem in [
            ([bad, "-o", self.out], b"bad.py, line 3, function three: parameter a: no annotation"),
            ([self.write("none.py", ""), "-o", self.out], b"no tool in it"),
            ([self.first, "-o", notes], b"is no archive"),
            ([self.first, "-o", self.first], b"is no archive"),
            ([os.path.join(self.folder, "nowhere.py"), "-o", self.out], b"there is no such file"),
            ([self.first, "-o", os.path.join(self.folder, "no", "mine.pyz")], b"mine.pyz"),
        ]:
            before = {name: self.read(path) for name, path in self.files()}
            done = self.pack(STARTS["archive"], *arguments)
            self.assertIn(done.returncode, (1, 2))
            self.assertIn(problem, done.stderr)
            self.assertNotIn(b"Traceback", done.stderr)
            self.assertEqual({name: self.read(path) for name, path in self.files()}, before)

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs a file that does not end")
    def test_a_device_is_left_alone(self):
        done = self.pack(STARTS["archive"], self.first, "-o", "/dev/full")
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertIn(b"/dev/full exists and is no archive", done.stderr)

    def files(self):
        paths = ((name, os.path.join(self.folder, name)) for name in os.listdir(self.folder))
        return [(name, path) for name, path in paths if os.path.isfile(path)]

    def test_two_files_of_one_name(self):
        other = self.write(os.path.join("inner", "first.py"), TOOL % ("helper", "other"))
        done = self.pack(STARTS["archive"], self.first, other, "-o", self.out)
        self.assertEqual((done.returncode, b"Traceback" in done.stderr), (2, False))
        self.assertIn(b"first.py", done.stderr)


if __name__ == "__main__":
    unittest.main()
