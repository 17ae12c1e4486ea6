"""`config` as a user starts it, killed as it writes, and several times at once."""

import json
import os
import shutil
import signal
import subprocess
import sys
import unittest

from cwd_server.commands.client_table import CLIENTS
from cwd_server.commands.launch import command_of
from tests.support.cases import EachStart, for_each_start, posix
from tests.support.client import as_text, responses, run_process
from tests.support.files import home_variables, temporary_directory
from tests.support.messages import request
from tests.support.paths import ARCHIVE, ROOT, STARTS, environment

OLD = b'{"mcpServers": {"old": {"command": "precious"}}}'
# Runs config, and is killed, or has the system fail, at one of the calls that change files
INTERRUPTED = """
import os, signal, sys
from cwd_server.__main__ import main
step, how, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
def watched(name):
    original = getattr(os, name)
    def call(*args, **kwargs):
        global step
        step -= 1
        if step == 0:
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(28, "No space left on device")
        return original(*args, **kwargs)
    setattr(os, name, call)
for name in ("open", "write", "mkdir", "fsync", "fchmod", "fchown", "replace", "stat", "fstat"):
    if hasattr(os, name):
        watched(name)
status = main(["config", "cursor", "--write", "--name", "new", "--file", path])
sys.exit(99 if step > 0 else status)  # there are not so many calls
"""


class Smoke(EachStart):
    @for_each_start
    def test_what_it_prints_starts_from_anywhere_without_a_path(self, start):
        done = run_process(start + ["config", "cursor", "--cwd", self.directory])
        self.assertEqual(done.returncode, 0)
        (entry,) = json.loads(as_text(done.stdout))["mcpServers"].values()
        called = run_process(
            command_of(entry), [request("CallTool", name="get_cwd")], cwd=os.sep, env={"PATH": ""}
        )
        text = responses(called)[0]["result"]["content"][0]["text"]
        self.assertEqual(text, "Current Working Directory: " + self.directory)

    @for_each_start
    def test_the_list_of_clients(self, start):
        done = run_process(start + ["config"], env=environment(**home_variables(self.directory)))
        names = [line.split()[0] for line in as_text(done.stdout).splitlines()]
        self.assertEqual((done.returncode, names), (0, list(CLIENTS)))

    def test_an_archive_whose_name_has_everything(self):
        if os.name == "nt":
            self.skipTest("Windows forbids most of these characters in names")
        folder = os.path.join(
            self.directory, 'it\'s "a" \u00e9 \u76ee \U0001f600 back\\slash\t{d}'
        )
        os.mkdir(folder)
        archive = shutil.copy(ARCHIVE, os.path.join(folder, "the server.pyz"))
        path = os.path.join(self.directory, "mcp.json")
        done = run_process(
            [sys.executable, "-I", "-S", archive, "config", "cursor", "--write", "--file", path],
            env=dict(os.environ, LC_ALL="C.UTF-8"),
        )
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        with open(path, encoding="utf-8") as file:
            (entry,) = json.load(file)["mcpServers"].values()
        self.assertEqual(command_of(entry)[-1], archive)


class Interrupted(unittest.TestCase):
    def attempts(self, how):
        """Yield status, content and names in the folder, one call further each time."""
        for step in range(1, 100):
            folder = temporary_directory(self)
            path = os.path.join(folder, "mcp.json")
            with open(path, "wb") as file:
                file.write(OLD)
            done = subprocess.run(
                [sys.executable, "-c", INTERRUPTED, str(step), how, path], cwd=ROOT,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), timeout=60,
            )  # fmt: skip
            with open(path, "rb") as file:
                content = file.read()
            if done.returncode == 99:
                self.assertGreater(step, 6)
                return
            yield done.returncode, content, sorted(os.listdir(folder))
        self.fail("it never came to an end")

    @posix
    def test_killed_at_each_step(self):
        for status, content, _ in self.attempts("kill"):
            self.assertIn(status, (0, -signal.SIGKILL))
            servers = json.loads(content.decode())["mcpServers"]
            self.assertIn(sorted(servers), (["old"], ["new", "old"]))

    def test_failure_of_each_step(self):
        for status, content, names in self.attempts("fail"):
            if status != 0 and content != OLD:
                self.fail("it failed, and wrote all the same")
            self.assertFalse([name for name in names if name.endswith(".tmp")])


class ManyWriters(unittest.TestCase):
    def test_no_entry_is_lost(self):
        path = os.path.join(temporary_directory(self), "new", "mcp.json")
        start = STARTS["archive"] + ["config", "cursor", "--write", "--file", path, "--name"]
        names = [f"server-{number}" for number in range(8)]
        writers = [
            subprocess.Popen(start + [name], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for name in names
        ]
        for writer in writers:
            output = writer.communicate(timeout=60)
            self.assertEqual(writer.returncode, 0, output)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(sorted(json.load(file)["mcpServers"]), names)


if __name__ == "__main__":
    unittest.main()
