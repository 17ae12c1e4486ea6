"""`config` as a user starts it, killed as it writes, and several times at once."""

import contextlib
import errno
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import unittest
from unittest import mock

from cwd_server.commands.clients.table import CLIENTS
from cwd_server.commands.config import entry_file
from cwd_server.commands.config.edits import ConfigConflict
from cwd_server.commands.launch import command_of
from tests.support.cases import EachStart, for_each_start
from tests.support.client import as_text, responses, run_process
from tests.support.files import home_variables, temporary_directory
from tests.support.messages import request
from tests.support.paths import ARCHIVE, STARTS, environment

OLD = b'{"mcpServers": {"old": {"command": "precious"}}}'
WATCHED = ("open", "write", "mkdir", "fsync", "fchmod", "fchown", "replace", "stat", "fstat")


class Interruption:
    """What happens at the call of a number of those that look at files or change them."""

    def __init__(self, step, happen):
        self.step = step
        self.happen = happen

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        for name in WATCHED:
            if hasattr(os, name):
                watched = self.watch(getattr(os, name))
                self.stack.enter_context(mock.patch.object(os, name, watched))
        return self

    def __exit__(self, *_):
        self.stack.close()

    def watch(self, original):
        def call(*args, **kwargs):
            self.step -= 1
            if self.step == 0:
                self.happen()
            return original(*args, **kwargs)

        return call


def be_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def fail():
    raise OSError(errno.ENOSPC, "No space left on device")


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
    def put_old(self):
        path = os.path.join(temporary_directory(self), "mcp.json")
        with open(path, "wb") as file:
            file.write(OLD)
        return path

    def write(self, path, interruption):
        """Write an entry; return whether the interruption has happened."""
        wanted = entry_file.Wanted("new", ["x"], {})
        target = entry_file.Target(path, CLIENTS["cursor"], None)
        with interruption:
            entry_file.apply(target, wanted)
        return interruption.step <= 0

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_killed_at_each_step(self):
        for step in itertools.count(1):
            path = self.put_old()
            child = os.fork()
            if child == 0:
                os._exit(self.write(path, Interruption(step, be_killed)))
            _, status = os.waitpid(child, 0)
            with open(path, "rb") as file:
                servers = json.loads(file.read().decode())["mcpServers"]
            self.assertIn(sorted(servers), (["old"], ["new", "old"]))
            if not os.WIFSIGNALED(status):
                break
        self.assertGreater(step, 10)

    def test_failure_of_each_step(self):
        for step in itertools.count(1):
            path = self.put_old()
            has_happened = True
            has_failed = False
            try:
                has_happened = self.write(path, Interruption(step, fail))
            except (OSError, ConfigConflict):
                has_failed = True
            with open(path, "rb") as file:
                content = file.read()
            self.assertEqual(content == OLD, has_failed, step)
            names = "\n".join(os.listdir(os.path.dirname(path)))
            self.assertNotIn(".tmp", names)
            if not has_happened:
                break
        self.assertGreater(step, 6)


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
