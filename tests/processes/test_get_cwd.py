"""get_cwd in a process: what it learns from how it was started."""

import os
import shutil
import sys
import tempfile
import unittest

from tests.support.cases import PYPY, EachStart, linux, posix
from tests.support.client import responses, run_process
from tests.support.messages import call_tool, initialize
from tests.support.paths import ARCHIVE, STARTS, environment

CALL = [initialize(), call_tool("get_cwd")]


def answer_of(done):
    """Return the structured half of the only call's result."""
    return responses(done)[1]["result"]["structuredContent"]


class Starts(EachStart):
    def test_a_directory_where_all_is_well(self):
        for done in self.each(messages=CALL, cwd=self.directory):
            self.assertEqual(answer_of(done)["cwd"], self.directory)
            self.assertEqual(answer_of(done)["warnings"], [])

    @posix
    def test_what_the_client_says_in_the_environment(self):
        for variable in ("HOME", "CLAUDE_PROJECT_DIR", "WORKSPACE_FOLDER_PATHS"):
            with self.subTest(variable=variable):
                other = os.path.join(self.directory, "other")
                value = other
                if variable == "HOME":
                    value = self.directory
                variables = environment(**{variable: value})
                for done in self.each(messages=CALL, cwd=self.directory, env=variables):
                    (warning,) = answer_of(done)["warnings"]
                    self.assertRegex(
                        warning, "(home directory itself|client names in %s)" % variable
                    )

    def test_the_folder_of_the_archive(self):
        archive = shutil.copy(ARCHIVE, self.directory)
        for path in (archive, os.path.basename(archive)):
            with self.subTest(path=path):
                done = run_process([sys.executable, path], CALL, cwd=self.directory)
                (warning,) = answer_of(done)["warnings"]
                self.assertRegex(warning, "this server's own file is in.*--cwd DIR")

    @linux
    def test_a_directory_that_is_gone(self):
        leave = "import os, sys; os.rmdir(os.getcwd()); os.execv(sys.argv[1], sys.argv[1:])"
        for name, start in STARTS.items():
            if PYPY and name == "source":
                continue  # PyPy itself ends with an error: `-m` asks for the directory
            with self.subTest(start=name):
                command = [sys.executable, "-c", leave] + start
                done = run_process(command, CALL, cwd=tempfile.mkdtemp())
                result = responses(done)[1]["result"]
                self.assertIs(result["isError"], True)
                self.assertRegex(
                    result["content"][0]["text"],
                    "^Failed to get current directory: No such file.*restart this server, or add",
                )


if __name__ == "__main__":
    unittest.main()
