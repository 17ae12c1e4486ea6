"""`pack`: archives of users' own, which serve what the files did, or say what they do not."""

import json
import os
import shutil
import stat
import subprocess
import sys
import time
import unittest
import zipfile

from tests.support.cases import posix
from tests.support.client import Client, as_text, responses_by_id, run_process
from tests.support.command_line import run_command
from tests.support.files import TOOLS_FILE_IMPORTS, home_variables, temporary_directory, write_file
from tests.support.messages import META, call_tool, initialize, request, text_of
from tests.support.paths import ARCHIVE, STARTS_WITH_SITE
from tests.support.pythons import installed_pythons

ONE = "@tool\ndef one() -> int:\n    return ONE\n"


class Pack(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_directory(self)
        self.away = temporary_directory(self)
        self.out = os.path.join(self.away, "mine.pyz")

    def write(self, name, text="ONE = 1\n"):
        return write_file(os.path.join(self.folder, *name.split("/")), text)

    def tools(self, text, name="first.py"):
        return self.write(name, TOOLS_FILE_IMPORTS + text)

    def pack(self, *arguments, start="archive", status=0, **options):
        """Pack, as a process; return what it said on stdout and stderr."""
        command = [*STARTS_WITH_SITE[start], "pack", *arguments]
        done = run_process(command, cwd=self.folder, **options)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertNotIn(b"Traceback", done.stderr)
        return as_text(done.stdout), as_text(done.stderr)

    def call(self, path, name, python=sys.executable, **options):
        """Return what a tool of an archive says when it is called."""
        options.setdefault("cwd", self.away)
        done = run_process([python, path], [call_tool(name)], **options)
        self.assertEqual(done.stderr, b"")
        return text_of(responses_by_id(done)[1])

    def names_in(self, path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        return [name for name in names if name.startswith("tools/") and not name.endswith("/")]


class Contents(Pack):
    def test_an_archive_serves_its_files_alone(self):
        self.write("helper.py")
        self.write("unused.py")
        self.write("inner/__init__.py", "")
        self.write("inner/deep.py")
        first = self.tools("from helper import ONE\n" + ONE)
        second = self.tools(
            "from inner.deep import ONE\n@tool\ndef two() -> int:\n    return ONE\n", "second.py"
        )
        for start in STARTS_WITH_SITE:
            with self.subTest(start=start):
                said = self.pack(first, second, "-o", self.out, start=start)
                self.assertEqual(said, (f"wrote {self.out}, which offers one, two\n", ""))
                wanted = [
                    "first.py",
                    "helper.py",
                    "inner/__init__.py",
                    "inner/deep.py",
                    "second.py",
                ]
                self.assertEqual(self.names_in(self.out), ["tools/" + name for name in wanted])
                self.assertEqual(self.call(self.out, "one"), "1")
                self.assertEqual(self.call(self.out, "two"), "1")

    @posix
    def test_what_a_tool_imports_later_comes_from_the_archive_as_it_was(self):
        self.write("inner/__init__.py", "")
        self.write("inner/late.py")
        source = ONE.replace("    return", "    from inner.late import ONE\n    return")
        self.pack(self.tools("import inner\n" + source), "-o", self.out)
        with Client([sys.executable, self.out]) as client:
            client.ask(initialize())
            with open(self.out, "wb") as file:
                file.write(b"another release, cut short")
            self.assertEqual(text_of(client.ask(call_tool("one"))), "1")

    def test_imports_that_are_not_at_the_top(self):
        self.write("cwd_server_helper.py")
        self.write("in_function.py")
        self.write("in_try.py")
        self.write("named.py")
        self.write("space/deep.py")
        self.write("package/__init__.py", "from . import sibling\n")
        self.write("package/sibling.py")
        self.write("package/chosen_at_run_time.py")
        tools = self.tools(
            "import importlib\n"
            "try:\n    import in_try\nexcept ImportError:\n    in_try = None\n"
            "@tool\ndef one() -> int:\n"
            "    import cwd_server_helper, in_function, package, space.deep\n"
            "    named = importlib.import_module('named')\n"
            "    last = importlib.import_module('package.' + 'chosen_at_run_time')\n"
            "    modules = [cwd_server_helper, in_function, in_try, named, space.deep, last]\n"
            "    return sum(module.ONE for module in [*modules, package.sibling])\n"
        )
        self.assertEqual(self.pack(tools, "-o", self.out)[1], "")
        shutil.rmtree(self.folder)
        os.mkdir(self.folder)
        with Client([sys.executable, self.out], cwd=self.away) as client:
            client.ask(initialize())
            os.unlink(self.out)
            self.assertEqual(text_of(client.ask(call_tool("one", 2))), "7")

    def test_folders_that_the_file_puts_on_the_path(self):
        here = "os.path.dirname(os.path.abspath(__file__))"
        for name, entry, helper in (
            ("t.py", f"os.path.join({here}, 'vendor')", "vendor/lib/__init__.py"),
            ("t.py", f"os.path.join({here}, 'src')", "src/lib.py"),
            ("tools/t.py", f"os.path.dirname({here})", "lib.py"),
            ("tools/t.py", f"os.path.join({here}, '..', 'vendor')", "vendor/lib.py"),
        ):
            with self.subTest(helper=helper):
                shutil.rmtree(self.folder)
                self.write(helper)
                path = f"import os, sys\nsys.path.insert(0, {entry})\nfrom lib import ONE\n"
                tools = self.tools(path + ONE, name)
                self.assertEqual(self.pack(tools, "-o", self.out)[1], "")
                os.rename(self.folder, self.folder + "-gone")
                self.assertEqual(self.call(self.out, "one"), "1")
                os.rename(self.folder + "-gone", self.folder)

    def test_a_folder_that_a_function_puts_on_the_path(self):
        self.write("vendor/lib.py")
        here = "os.path.dirname(os.path.abspath(__file__))"
        path = f"    sys.path.insert(0, os.path.join({here}, 'vendor'))\n    from lib import ONE\n"
        tools = self.tools("import os, sys\n" + ONE.replace("    return", path + "    return"))
        self.pack(tools, "-o", self.out)
        shutil.rmtree(self.folder)
        self.assertEqual(self.call(self.out, "one"), "1")

    def test_a_system_file_that_the_code_names_is_no_part_of_it(self):
        tools = self.tools(
            f"SYSTEM = {sys.executable!r}\n" + ONE.replace("return ONE", "return 1")
        )
        self.assertEqual(self.pack(tools, "-o", self.out)[1], "")
        self.assertEqual(self.names_in(self.out), ["tools/first.py"])

    def test_what_is_not_taken_along_is_named(self):
        tools = self.tools(
            "try:\n    import found_by_nobody\nexcept ImportError:\n    pass\n"
            "import json, os.path\nONE = 1\n" + ONE + "    import build_zipapp\n"
        )
        _, notes = self.pack(tools, "-o", self.out)
        self.assertEqual(
            notes.splitlines(),
            [
                "not taken along: build_zipapp, which first.py imports; it must be installed where"
                " the server runs, or be packed with --include build_zipapp",
                "not found: found_by_nobody, which first.py imports",
            ],
        )

    def test_line_ends_stay(self):
        tools = os.path.join(self.folder, "t.py")
        text = TOOLS_FILE_IMPORTS + '@tool\ndef f() -> str:\n    return "a\\\n"\n'
        with open(tools, "w", newline="") as file:
            file.write(text.replace("\n", "\r\n"))
        self.pack(tools, "-o", self.out)
        with zipfile.ZipFile(self.out) as archive, open(tools, "rb") as file:
            self.assertEqual(archive.read("tools/t.py"), file.read())

    def test_reproducible(self):
        self.write("data.txt", "here")
        tools = self.tools("ONE = len('data.txt')\n" + ONE)
        self.pack(tools, "-o", self.out)
        os.utime(tools, (1, 1))
        again = os.path.join(self.away, "again.pyz")
        self.pack(tools, "-o", again, "--name", "mine")
        with open(self.out, "rb") as first, open(again, "rb") as second:
            self.assertEqual(first.read(), second.read())

    def test_a_packed_archive_packs_and_takes_tools_as_the_original_does(self):
        first = self.tools("ONE = 1\n" + ONE)
        second = self.tools("@tool\ndef two() -> int:\n    return 2\n", "second.py")
        third = os.path.join(self.away, "third.pyz")
        self.pack(first, "-o", self.out)
        done = run_process([sys.executable, self.out, "pack", second, "-o", third])
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(self.call(third, "two"), "2")
        done = run_process([sys.executable, third, "--tools", first], [call_tool("one")])
        self.assertEqual(text_of(responses_by_id(done)[1]), "1")

    def test_names_and_get_cwd_on_request(self):
        named = ["--name", "m", "--version", "2.1", "--title", "M é", "--with-get-cwd"]
        self.pack(self.tools("ONE = 1\n" + ONE), "-o", self.out, *named)
        asked = [request("tools/list", 1, _meta=META), request("server/discover", 2, _meta=META)]
        results = responses_by_id(run_process([sys.executable, self.out], asked))
        names = [tool["name"] for tool in results[1]["result"]["tools"]]
        self.assertEqual(names, ["get_cwd", "one"])
        info = results[2]["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]
        self.assertEqual(info, {"name": "m", "title": "M é", "version": "2.1"})
        self.assertIn("get_cwd", results[2]["result"]["instructions"])

    def test_the_older_name_of_an_option(self):
        tools = self.tools("ONE = 1\n" + ONE)
        self.pack(tools, "-o", self.out, "--name", "m", "--with-get-cwd")
        older = os.path.join(self.away, "older.pyz")
        self.pack(tools, "-o", older, "--name", "m", "--entry-cwd-tool")
        with open(self.out, "rb") as first, open(older, "rb") as second:
            self.assertEqual(first.read(), second.read())

    def test_children_of_multiprocessing(self):
        tools = self.tools(
            "import multiprocessing\n"
            "def double(number):\n    return 2 * number\n"
            "@tool\ndef doubled(method: str) -> list:\n"
            "    context = multiprocessing.get_context(method)\n"
            "    with context.Pool(1) as pool:\n        return pool.map(double, [1, 2])\n"
        )
        self.pack(tools, "-o", self.out)
        methods = ["spawn"]
        if os.name == "posix":
            methods += ["fork", "forkserver"]
        for method in methods:
            with self.subTest(method=method):
                with Client([sys.executable, self.out], cwd=self.away) as client:
                    client.ask(initialize())
                    answer = client.ask(call_tool("doubled", 1, {"method": method}))
                    self.assertEqual(answer["result"]["structuredContent"], [2, 4], answer)


class Refusals(Pack):
    def test_only_what_pack_wrote_is_overwritten(self):
        tools = self.tools("ONE = 1\n" + ONE)
        document = os.path.join(self.folder, "report.docx")
        with zipfile.ZipFile(document, "w") as archive:
            archive.writestr("word/document.xml", "years of work")
        copy = shutil.copy(ARCHIVE, self.folder)
        renamed = shutil.copy(ARCHIVE, os.path.join(self.folder, "backup.pyz"))
        similar = os.path.join(self.folder, "similar.zip")
        with zipfile.ZipFile(similar, "w") as archive:
            archive.writestr("packed.json", "somebody else's")
        for target in (document, tools, copy, renamed, similar, self.folder):
            with self.subTest(target=target):
                before = self.content(target)
                said = self.pack(tools, "-o", target, status=1)[1]
                self.assertIn("is left as it is", said)
                self.assertEqual(self.content(target), before)
        done = run_process([sys.executable, copy, "pack", tools, "-o", copy])
        self.assertIn(b"is this program itself", done.stderr)
        self.pack(tools, "-o", self.out)
        self.pack(tools, "-o", self.out, "--version", "2")

    @staticmethod
    def content(path):
        if os.path.isdir(path):
            return sorted(os.listdir(path))
        with open(path, "rb") as file:
            return file.read()

    def test_what_cannot_be_packed_leaves_everything_as_it_was(self):
        bad = self.tools("@tool\ndef three(a) -> int:\n    return 1\n", "bad.py")
        none = self.write("none.py", "")
        good = self.tools("ONE = 1\n" + ONE)
        nowhere = os.path.join(self.folder, "nowhere.py")
        no_folder = os.path.join(self.folder, "no", "mine.pyz")
        for arguments, problem in (
            ([bad, "-o", self.out], "parameter a"),
            ([none, "-o", self.out], "no tool in it"),
            ([nowhere, "-o", self.out], "there is no such file"),
            ([good, "-o", no_folder], "mine.pyz"),
            ([good, "-o", self.out, "--include", "no_such_thing"], "--include no_such_thing"),
        ):
            with self.subTest(problem=problem):
                before = self.content(self.folder)
                status, _, said = run_command(["pack", *arguments])
                self.assertIn(status, (1, 2))
                self.assertIn(problem, said)
                self.assertEqual(self.content(self.folder), before)
                self.assertEqual(os.listdir(self.away), [])

    def test_an_archive_that_does_not_start_is_not_written(self):
        tools = self.tools(
            "import os\nif '.pyz' in __file__:\n    raise OSError('no such table')\nONE = 1\n"
            + ONE
        )
        said = self.pack(tools, "-o", self.out, status=1)[1]
        self.assertIn("does not start", said)
        self.assertIn("no such table", said)
        self.assertEqual(os.listdir(self.away), [])

    def test_compiled_extensions_are_refused(self):
        self.write("fast/__init__.py", "")
        self.write("fast/_core.so", "compiled")
        tools = self.tools("ONE = 1\n" + ONE)
        said = self.pack(tools, "--include", "fast", "-o", self.out, status=1)[1]
        self.assertIn("_core.so is compiled for one Python and one system", said)
        tools = self.tools("ONE = 1\n" + ONE.replace("return", "import fast\n    return"))
        said = self.pack(tools, "-o", self.out, status=1)[1]
        self.assertIn("_core.so is compiled for one Python and one system", said)

    @posix
    def test_modes_follow_the_umask(self):
        tools = self.tools("ONE = 1\n" + ONE)
        old = os.umask(0o077)
        try:
            self.pack(tools, "-o", self.out)
        finally:
            os.umask(old)
        self.assertEqual(stat.S_IMODE(os.stat(self.out).st_mode), 0o700)


class Data(Pack):
    TOOLS = (
        "import os, pkgutil, res\n"
        "with open(os.path.join(os.path.dirname(__file__), 'data.txt')) as file:\n"
        "    AT_IMPORT = file.read()\n"
        "@tool\ndef read() -> str:\n"
        "    with open(os.path.join(os.path.dirname(__file__), 'data.txt')) as file:\n"
        "        texts = [AT_IMPORT, file.read(), pkgutil.get_data('res', 'a.txt').decode()]\n"
        "    try:\n        from importlib.resources import read_text\n"
        "    except ImportError:\n        return ' '.join(texts)\n"
        "    return ' '.join([*texts, read_text('res', 'a.txt')])\n"
    )

    def setUp(self):
        super().setUp()
        self.write("data.txt", "beside")
        self.write("res/__init__.py", "")
        self.write("res/a.txt", "inside")
        self.tools_file = self.tools(self.TOOLS)
        self.home = temporary_directory(self)
        self.environment = dict(os.environ, **home_variables(self.home))
        self.environment["XDG_CACHE_HOME"] = os.path.join(self.home, "cache")
        self.environment["LOCALAPPDATA"] = os.path.join(self.home, "cache")
        self.cache = os.path.join(self.home, "cache", "cwd_server")
        if sys.platform == "darwin":
            self.cache = os.path.join(self.home, "Library", "Caches", "cwd_server")

    def pack_data(self):
        said, notes = self.pack(self.tools_file, "-o", self.out)
        self.assertIn("with it go data.txt, res/a.txt", said)
        self.assertEqual(notes, "")
        os.rename(self.folder, self.folder + "-gone")
        self.addCleanup(shutil.rmtree, self.folder + "-gone")

    def read(self, python=sys.executable):
        answer = self.call(self.out, "read", python, env=self.environment)
        self.assertEqual(answer.split()[:3], ["beside", "beside", "inside"])

    def unpacked(self):
        """Return the one folder that was unpacked."""
        (name,) = os.listdir(self.cache)
        return os.path.join(self.cache, name)

    def test_every_python_reads_it(self):
        self.pack_data()
        self.read()  # which may be the only Python here
        for python in installed_pythons():
            if python.version >= (3, 6):
                with self.subTest(version=python.version):
                    self.read(python.path)
        self.unpacked()

    def test_it_is_unpacked_once_and_whatever_differs_is_made_anew(self):
        self.pack_data()
        self.read()
        folder = self.unpacked()
        if os.name == "posix":
            self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        before = os.stat(folder).st_ino
        self.read()
        self.assertEqual(os.stat(folder).st_ino, before)
        with open(os.path.join(folder, "data.txt"), "w") as file:
            file.write("half")
        os.unlink(os.path.join(folder, "res", "a.txt"))
        self.read()
        self.assertEqual(os.listdir(self.cache), [os.path.basename(folder)])

    def test_older_versions_go_when_nobody_uses_them(self):
        self.pack_data()
        self.read()
        for name, age in (("mine-0000", 31), ("mine-1111", 29), ("other-2222", 31)):
            path = os.path.join(self.cache, name)
            os.mkdir(path)
            then = os.stat(path).st_mtime - age * 24 * 3600
            os.utime(path, (then, then))
        shutil.rmtree(os.path.join(self.cache, self.only_new()))
        self.read()
        kept = sorted(
            name for name in os.listdir(self.cache) if name[-4:] in ("0000", "1111", "2222")
        )
        self.assertEqual(kept, ["mine-1111", "other-2222"])

    def only_new(self):
        """Return the name of the folder that was not made by the test itself."""
        names = [name for name in os.listdir(self.cache) if len(name) > 20]
        self.assertEqual(len(names), 1)
        return names[0]

    @posix
    def test_folders_that_others_can_write_are_not_used(self):
        self.pack_data()
        os.makedirs(self.cache)
        os.chmod(self.cache, 0o777)
        self.read()
        self.assertEqual(os.listdir(self.cache), [])
        shutil.rmtree(self.cache)
        elsewhere = temporary_directory(self)
        os.symlink(elsewhere, self.cache)
        self.read()
        self.assertEqual(os.listdir(elsewhere), [])

    @posix
    def test_without_a_place_for_a_cache(self):
        self.pack_data()
        with open(os.path.join(self.home, "cache"), "w"):
            pass  # a file where a folder should be
        temporary = temporary_directory(self)
        self.environment["TMPDIR"] = temporary
        self.read()
        self.assertEqual(os.listdir(temporary), [], "it is removed at the end")
        self.environment["TMPDIR"] = os.path.join(temporary, "none")

    @posix
    def test_without_a_home(self):
        self.pack_data()
        temporary = self.environment["TMPDIR"] = temporary_directory(self)
        del self.environment["XDG_CACHE_HOME"]
        missing = os.path.join(self.home, "missing")
        for home in (missing, ""):
            with self.subTest(home=home):
                self.environment["HOME"] = home
                self.read()
                self.assertFalse(os.path.exists(missing), "nobody makes a home")
                self.assertEqual(os.listdir(temporary), [], "it is removed at the end")

    @posix
    def test_root_leaves_nothing_in_the_home_of_another(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a folder to another user")
        self.pack_data()
        os.chmod(self.home, 0o755)
        os.chown(self.home, 12345, 12345)
        self.read()
        self.assertEqual(os.listdir(self.home), [])

    def test_two_start_at_the_same_time(self):
        self.pack_data()
        started = [self.start() for _ in range(4)]
        line = json.dumps(call_tool("read")).encode() + b"\n"
        for process in started:
            out, err = process.communicate(line)
            self.assertIn(b"beside beside inside", out, err)
        self.unpacked()

    def start(self):
        return subprocess.Popen(
            [sys.executable, self.out],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
        )

    def test_two_start_after_one_was_killed_while_it_unpacked(self):
        for number in range(300):
            self.write(f"res/many/{number}.txt", "some text")
        self.pack(self.tools_file, "-o", self.out, "--include", os.path.join(self.folder, "res"))
        half = self.kill_while_it_unpacks()
        line = json.dumps(call_tool("read")).encode() + b"\n"
        for process in [self.start(), self.start()]:
            out, err = process.communicate(line)
            self.assertIn(b"beside beside inside", out, err)
        self.assertEqual(self.begun(), [half])
        self.assertEqual(len(os.listdir(self.cache)), 2)
        # What was left of the first goes with the next unpacking, a day later
        day_before = time.time() - 25 * 60 * 60
        os.utime(os.path.join(self.cache, half), (day_before, day_before))
        self.write("data.txt", "beside another")
        os.unlink(self.out)
        self.pack(self.tools_file, "-o", self.out)
        out, err = self.start().communicate(line)
        self.assertIn(b"beside another", out, err)
        self.assertEqual(self.begun(), [])

    def kill_while_it_unpacks(self):
        """Return the name of the folder that is left; try again if it was done too soon."""
        while True:
            process = self.start()
            while not os.path.isdir(self.cache) or not os.listdir(self.cache):
                self.assertIsNone(process.poll())
            process.kill()
            process.communicate()
            if self.begun():
                (half,) = os.listdir(self.cache)
                return half
            shutil.rmtree(self.cache)

    def begun(self):
        """Return the folders that are being unpacked, or were left so."""
        if not os.path.isdir(self.cache):
            return []
        return [name for name in os.listdir(self.cache) if name.startswith(".new-")]

    def test_files_that_the_code_names_by_way_of_its_own(self):
        for name in ("data/a.txt", "data/b.txt", "space/table.csv", "notes/c.txt", "more.txt"):
            self.write(name, name)
        self.write("space/deep.py", "FOLDER = __file__\n")
        self.write("script.py", "print('ran')\n")
        tools = self.tools(
            "import os, subprocess, sys\n"
            "from pathlib import Path\n"
            "import space.deep\n"
            "HERE = Path(__file__).parent\n"
            "@tool\ndef one(name: str = 'b.txt') -> str:\n"
            "    parts = [(HERE / 'data' / name).read_text()]\n"
            "    parts += [path.read_text() for path in HERE.glob('notes/*.txt')]\n"
            "    parts.append(Path(space.deep.FOLDER).with_name('table.csv').read_text())\n"
            "    ran = subprocess.check_output([sys.executable, str(HERE / 'script.py')])\n"
            "    return ' '.join([*parts, ran.decode().strip()])\n"
        )
        said, notes = self.pack(tools, "-o", self.out)
        self.assertIn("data/a.txt, data/b.txt, notes/c.txt, script.py, space/table.csv", said)
        self.assertEqual(notes, "")
        os.rename(self.folder, self.folder + "-gone")
        self.addCleanup(shutil.rmtree, self.folder + "-gone")
        answer = self.call(self.out, "one", env=self.environment)
        self.assertEqual(answer, "data/b.txt notes/c.txt space/table.csv ran")

    def test_what_is_named_by_a_text_alone(self):
        """Plugins, packages of which only files are read, scripts, and os.path.split()."""
        self.write("named/__init__.py", "")
        self.write("named/a.txt", "A")
        self.write("named/plug.py", "X = 'B'\n")
        self.write("plug_c.py", "X = 'C'\n")
        self.write("script.py", "X = 'D'\n")
        self.write("deep/e.txt", "E")
        self.write("no_package/plug_f.py", "X = 'F'\n")
        tools = self.tools(
            "import importlib, os, pkgutil, runpy\n"
            "HERE = os.path.split(os.path.abspath(__file__))[0]\n"
            "@tool\ndef read() -> str:\n"
            "    found = [pkgutil.get_data('named', 'a.txt').decode()]\n"
            "    found.append(importlib.import_module('.plug', 'named').X)\n"
            "    for name in ('plug_c',):\n"
            "        found.append(importlib.import_module(name).X)\n"
            "    found.append(runpy.run_path(os.path.join(HERE, 'script.py'))['X'])\n"
            "    with open(os.path.join(HERE, 'deep', 'e.txt')) as file:\n"
            "        found.append(file.read())\n"
            "    for name in 'f':\n"
            "        found.append(importlib.import_module(f'no_package.plug_{name}').X)\n"
            "    return ''.join(found)\n",
            "named_tools.py",
        )
        _, notes = self.pack(tools, "-o", self.out)
        self.assertEqual(notes, "")
        os.rename(self.folder, self.folder + "-gone")
        self.addCleanup(shutil.rmtree, self.folder + "-gone")
        self.assertEqual(self.call(self.out, "read", env=self.environment), "ABCDEF")

    def test_files_beside_that_are_known_only_later_are_spoken_of(self):
        self.write("a.csv", "")
        tools = self.tools(
            "from pathlib import Path\n"
            "@tool\ndef one(name: str) -> str:\n"
            "    return (Path(__file__).parent / name).read_text()\n",
            "t.py",
        )
        said, notes = self.pack(tools, "-o", self.out)
        self.assertNotIn("a.csv", said)
        self.assertIn("t.py reads files in its own folder", notes)

    def test_secrets_and_databases_are_named_and_left(self):
        self.write(".env", "SECRET=1")
        self.write("notes.db", "")
        tools = self.tools("FILES = ['.env', 'notes.db']\nONE = 1\n" + ONE, "second.py")
        _, notes = self.pack(tools, "-o", self.out)
        self.assertEqual(
            notes.splitlines(),
            [
                "not taken along: .env; to take it: --include .env",
                "not taken along: notes.db; to take it: --include notes.db",
            ],
        )
        self.assertEqual(self.names_in(self.out), ["tools/second.py"])
        self.pack(tools, "-o", self.out, "--include", "notes.db")
        self.assertEqual(self.names_in(self.out), ["tools/notes.db", "tools/second.py"])

    def test_installed_in_an_environment_beside_the_tools(self):
        packages = os.path.join(self.folder, "venv", "lib", "site-packages")
        for name in ("pure", "other"):
            write_file(os.path.join(packages, name, "__init__.py"), "ONE = 1\n")
        tools = self.tools("import other\nfrom pure import ONE\n" + ONE, "third.py")
        variables = dict(os.environ, PYTHONPATH=packages)
        _, notes = self.pack(tools, "-o", self.out, "--include", "pure", env=variables)
        self.assertEqual(self.names_in(self.out), ["tools/pure/__init__.py", "tools/third.py"])
        self.assertIn("--include other", notes)
        self.assertNotIn("pure", notes)
        self.pack(tools, "-o", self.out, "--include", "pure", "--include", "other", env=variables)
        self.assertEqual(self.call(self.out, "one"), "1")

    def test_included_from_elsewhere(self):
        library = temporary_directory(self)
        write_file(os.path.join(library, "pure", "__init__.py"), "from pure.other import ONE\n")
        write_file(os.path.join(library, "pure", "other.py"), "ONE = 1\n")
        tools = self.tools(ONE + "from pure import ONE\n", "third.py")
        variables = dict(os.environ, PYTHONPATH=library)
        _, notes = self.pack(tools, "-o", self.out, env=variables)
        self.assertIn("--include pure", notes)
        self.pack(tools, "-o", self.out, "--include", "pure", env=variables)
        self.assertEqual(self.call(self.out, "one"), "1")


if __name__ == "__main__":
    unittest.main()
