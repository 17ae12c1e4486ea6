"""get_cwd: what it says of a directory that is probably not the one the user meant."""

import os
import shutil
import sys
import tempfile
import unittest

from cwd_server import tools
from cwd_server.tools import directory, owners
from cwd_server.toolkit import Call, ToolError
from tests import ARCHIVE, PYPY, STARTS, answers, environment, initialize, request, run
from tests.test_main import EachStart

CALL = [initialize(), request("tools/call", name="get_cwd")]


class Warnings(EachStart):
    def warnings(self, *arguments, **options):
        """Yield the warnings of each start, having seen that they are text blocks as well."""
        for done in self.each(*arguments, messages=CALL, **options):
            result = answers(done)[1]["result"]
            warnings = result["structuredContent"]["warnings"]
            self.assertEqual([block["text"] for block in result["content"][1:]], ["Warning: " + w for w in warnings])
            yield warnings

    def test_none_where_all_is_well(self):
        for warnings in self.warnings(cwd=self.directory):
            self.assertEqual(warnings, [])
        for warnings in self.warnings("--cwd", self.directory, cwd="/"):
            self.assertEqual(warnings, [])

    def test_root(self):
        for warnings in self.warnings(cwd=os.path.abspath(os.sep)):
            self.assertEqual(len(warnings), 1)
            self.assertRegex(warnings[0], "root of the file system.*add `--cwd DIR` to the args of this server")
        for warnings in self.warnings("--cwd", os.path.abspath(os.sep)):
            self.assertRegex(warnings[0], "root of the file system.*change `--cwd DIR` in the args")

    @unittest.skipUnless(os.name == "posix", "HOME is another variable on Windows")
    def test_home_even_through_a_link(self):
        link = os.path.join(self.directory, "link")
        home = os.path.join(self.directory, "home")
        os.mkdir(home)
        os.symlink(home, link)
        for named in (home, link):
            for warnings in self.warnings(cwd=home, env=environment(HOME=named)):
                self.assertEqual(len(warnings), 1)
                self.assertRegex(warnings[0], "home directory itself.*--cwd DIR")

    def test_directory_of_the_archive(self):
        archive = shutil.copy(ARCHIVE, self.directory)
        for path in (archive, os.path.basename(archive)):
            done = run([sys.executable, path], CALL, cwd=self.directory)
            warnings = answers(done)[1]["result"]["structuredContent"]["warnings"]
            self.assertEqual(len(warnings), 1)
            self.assertRegex(warnings[0], "this server's own file is in.*--cwd DIR")
        done = run([sys.executable, archive, "--cwd", self.directory], CALL)  # chosen, so meant
        self.assertEqual(answers(done)[1]["result"]["structuredContent"]["warnings"], [])

    def test_package_cache(self):
        for path, owner in ((".cache/uv/archive-v0/x", "uv"), (".local/pipx/venvs/x", "pipx"), (".npm/_npx/x", "npx")):
            directory = os.path.join(self.directory, *path.split("/"))
            os.makedirs(directory)
            for warnings in self.warnings(cwd=directory):
                self.assertEqual(len(warnings), 1)
                self.assertRegex(warnings[0], "belongs to %s, not to a project: add `--cwd DIR`" % owner)

    def test_project_that_the_client_names(self):
        other = os.path.join(self.directory, "other")
        project = os.path.join(self.directory, "project")
        os.mkdir(project)
        for variable in ("CLAUDE_PROJECT_DIR", "WORKSPACE_FOLDER_PATHS"):
            for warnings in self.warnings(cwd=project, env=environment(**{variable: other})):
                self.assertEqual(len(warnings), 1)
                self.assertRegex(warnings[0], "not the project.*%s, %s: add `--cwd DIR`" % (variable, other))
            for value in (project, project + os.sep, other + "," + project, "", "relative"):
                for warnings in self.warnings(cwd=project, env=environment(**{variable: value})):
                    self.assertEqual(warnings, [], value)

    @unittest.skipUnless(sys.platform == "linux", "elsewhere a directory in use cannot be removed, or keeps its path")
    def test_a_directory_that_is_gone(self):
        leave = "import os, sys; os.rmdir(os.getcwd()); os.execv(sys.argv[1], sys.argv[1:])"
        for name, start in STARTS.items():
            if PYPY and name == "source":
                continue  # PyPy itself ends with an error: `-m` asks for the directory
            with self.subTest(start=name):
                done = run([sys.executable, "-c", leave, *start], CALL, cwd=tempfile.mkdtemp())
                result = answers(done)[1]["result"]
                self.assertTrue(result["isError"])
                self.assertRegex(
                    result["content"][0]["text"],
                    "^Failed to get current directory: No such file.*restart this server, or add `--cwd DIR`",
                )


class Owners(unittest.TestCase):
    """Whose a directory is; with paths as Windows has them too, after normcase and without their drive."""

    CASES = {  # noqa: RUF012
        "/usr/bin/": "the system",
        "/usr/": "the system",
        "/bin/": "the system",
        "/System/Library/": "the system",
        "/windows/system32/": "the system",
        "/program files/claude/": "the system",
        "/program files (x86)/cursor/": "the system",
        "/users/me/appdata/local/uv/cache/archive-v0/x/": "uv",
        "/home/me/.local/share/uv/tools/x/": "uv",
        "/home/me/.local/share/pipx/venvs/x/": "pipx",
        "/home/me/venv/lib/python3.11/site-packages/x/": "pip",
        "/home/me/project/node_modules/x/": "npm",
        "/home/me/uv/": "",
        "/home/me/pipx/src/": "",
        "/home/usr/bin/": "",
        "/usr/src/app/": "",
        "/usr/home/me/project/": "",
        "/srv/windows/": "",
        "/users/me/project/": "",
    }

    def test_owner(self):
        for path, owner in self.CASES.items():
            self.assertEqual(owners.owner_of(path), owner or None, path)


class Cost(unittest.TestCase):
    def test_a_second_call_looks_at_nothing_again(self):
        first = tools.get_cwd.run(Call(tools.get_cwd, {}))
        original, directory.problems = directory.problems, None
        try:
            self.assertEqual(tools.get_cwd.run(Call(tools.get_cwd, {})), first)
        finally:
            directory.problems = original

    def test_reason_of_a_failure(self):
        def fails():
            raise PermissionError(13, "Permission denied")

        original, os.getcwdb = os.getcwdb, fails
        try:
            with self.assertRaisesRegex(ToolError, "^Failed to get current directory: Permission denied"):
                tools.get_cwd()
        finally:
            os.getcwdb = original


if __name__ == "__main__":
    unittest.main()
