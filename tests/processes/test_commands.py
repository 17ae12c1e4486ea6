"""The command line: list, call, versions, help, and errors of one line."""

import os
import subprocess
import sys
import unittest

from tests.support.cases import EachStart, posix
from tests.support.client import as_text, run_process
from tests.support.files import tools_file
from tests.support.paths import ROOT, STARTS, STARTS_WITH_SITE, environment

COMMANDS = ("list", "call", "config", "check")


class Words(EachStart):
    def test_folder_of_the_package_runs_from_anywhere(self):
        done = run_process(
            [sys.executable, "-I", "-S", os.path.join(ROOT, "cwd_server"), "call", "get_cwd"],
            cwd=self.directory,
        )
        self.assertEqual(as_text(done.stdout), f"Current Working Directory: {self.directory}\n")

    def test_nobody_reads_on(self):
        for name, start in STARTS.items():
            for arguments in (
                ["list", "--json"],
                ["config"],
                ["--version", "--verbose"],
                ["check"],
                ["--help"],
            ):
                with self.subTest(start=name, arguments=arguments):
                    ours, theirs = os.pipe()
                    child = subprocess.Popen(
                        start + arguments,
                        stdout=theirs,
                        stderr=subprocess.PIPE,
                        env=environment(PYTHONUNBUFFERED="1"),
                    )
                    os.close(theirs)
                    os.close(ours)
                    self.assertEqual(child.communicate(timeout=60)[1], b"")

    def test_async_tools_that_nobody_calls_leave_nothing_open(self):
        path = tools_file(self, "@tool\nasync def later() -> int:\n    return 1\n")
        start = [sys.executable, "-X", "dev", "-W", "error", "-m", "cwd_server"]
        done = run_process([*start, "--tools", path, "list"], cwd=ROOT)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_any_encoding(self):
        directory = os.path.join(self.directory, "\u00e9\u76ee")
        os.mkdir(directory)
        start = [
            sys.executable,
            "-c",
            "import sys; from cwd_server.__main__ import main; sys.exit(main())",
        ]
        done = run_process(
            [*start, "call", "get_cwd", "--cwd", directory],
            env=environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0"),
        )
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"\\xe9\\u76ee", done.stdout)

    @unittest.skipUnless(os.name == "posix", "needs a shell")
    def test_closed_descriptors(self):
        for done in self.each("list"):
            command = " ".join("'%s'" % word for word in done.args)
            self.assertEqual(run_process(["sh", "-c", command + " >&-"]).stderr, b"")
            self.assertEqual(run_process(["sh", "-c", command + " 2>&-"]).returncode, 0)

    @posix
    def test_a_tools_file_that_writes_while_descriptors_are_closed(self):
        source = "import os\nos.write(1, b'noise\\n')\n@tool\ndef f() -> str:\n    pass\n"
        path = tools_file(self, source)
        listed = b"get_cwd()  Gets the server's current working directory.\nf()\n"
        for start in STARTS_WITH_SITE.values():
            command = " ".join(f"'{word}'" for word in [*start, "list", "--tools", path])
            for closed in ("", "<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-"):
                with self.subTest(start=start, closed=closed):
                    done = run_process(["sh", "-c", f"{command} {closed}"])
                    stdout, stderr = listed, b"noise\n"
                    if ">&-" in closed.split():
                        stdout = b""
                    if "2>&-" in closed:
                        stderr = b""
                    self.assertEqual(
                        (done.returncode, done.stdout, done.stderr), (0, stdout, stderr)
                    )


if __name__ == "__main__":
    unittest.main()
