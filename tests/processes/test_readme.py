"""The README says what is: its commands are run, its output compared, its table of clients made anew.

In a block of the kind `console`, a line that begins with "$ " is run by a shell in a home directory
that holds cwd_server.pyz, the folder project and broken.json; up to the next, the lines are what it
prints, stderr included. A line "..." stands for any number of lines. The home directory is called
/home/you there, the interpreter /usr/bin/python3, and all numbers of milliseconds are alike.
`python3 -m tests.processes.test_readme` prints the table of clients.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from cwd_server.commands.client_table import CLIENTS
from cwd_server.commands.clients import describe
from tests.support.paths import ARCHIVE, ROOT

SECTIONS = [
    "Two commands",
    "In your client",
    "What the answer means",
    "Troubleshooting",
]  # those that are tested here
BROKEN = {
    "weather": {"command": "/usr/bin/python3", "args": ["server.py"]},
    "chatty": {"command": "/usr/bin/python3", "args": ["-c", "print('ready')"]},
    "remote": {"url": "https://example.org/mcp"},
}


def readme():
    """Return the sections of the README by heading."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        parts = re.split("^## (.*)\n", file.read(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]), **{"": parts[0]})


def blocks(kind):
    """Return the fenced blocks of a kind, in the sections that are tested here."""
    return [
        block
        for name in SECTIONS
        for block in re.findall("^```%s\n(.*?)^```" % kind, readme()[name], re.M | re.S)
    ]


def table():
    """Return the table of clients."""
    lines = [
        "| client | | user's file | project's file | entry under | seen |",
        "|---|---|---|---|---|---|",
    ]
    for name, client in CLIENTS.items():
        project = f"`{client.project[0]}`" if client.project else "none"
        key = ".".join(client.keys[0])
        form = client.format.upper() + (", a list" if client.is_list else "")
        seen = "yes" if client.verified else ""
        if not client.writable:
            seen = "printed only"
        row = [name, client.title, user_files(client), project, f"`{key}` ({form})", seen]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def user_files(client):
    """Return the paths of a client's file, those of the platforms where it is another one."""
    if client.user is None:
        return "none"
    paths = []
    for platform in ("linux", "darwin", "win32"):
        path = describe(client.user, platform)
        if path.replace("\\", "/") not in paths:
            paths.append(path)
    return ", ".join(f"`{path}`" for path in paths)


@unittest.skipUnless(os.name == "posix", "needs a shell")
class Console(unittest.TestCase):
    def setUp(self):
        self.home = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.home)
        shutil.copy(ARCHIVE, self.home)
        os.mkdir(os.path.join(self.home, "project"))
        os.mkdir(os.path.join(self.home, "bin"))
        python = os.path.join(self.home, "bin", "python3")
        with open(python, "w") as file:
            file.write('#!/bin/sh\nexec "%s" "$@"\n' % sys.executable)
        os.chmod(python, 0o755)
        with open(os.path.join(self.home, "broken.json"), "w") as file:
            file.write(
                json.dumps({"mcpServers": BROKEN}).replace("/usr/bin/python3", sys.executable)
            )

    def run_as_shown(self, command):
        """Return what a command prints, with the names that the README uses."""
        env = {
            "HOME": self.home,
            "PATH": os.path.join(self.home, "bin") + ":/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            ["/bin/sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.home,
            env=dict(env, PYTHONIOENCODING="utf-8"), timeout=60,
        )  # fmt: skip
        return self.alike(done.stdout.decode("utf-8"))

    def alike(self, text):
        text = text.replace(self.home, "/home/you").replace(sys.executable, "/usr/bin/python3")
        text = re.sub(
            "'?/*server.py'?: \\[", "'/server.py': [", text
        )  # each Python names it in its own way
        return re.sub(r"[\d.]+ ms", "N ms", text)

    def test_each_command(self):
        count = 0
        for block in blocks("console"):
            for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
                with self.subTest(command=command):
                    count += 1
                    pattern = re.escape(self.alike(shown)).replace(re.escape("...\n"), "(.*\n)*")
                    printed = self.run_as_shown(command)
                    self.assertTrue(
                        re.match(pattern + r"\Z", printed),
                        "README:\n%s\nprinted:\n%s" % (shown, printed),
                    )
        self.assertGreater(count, 5)

    def test_every_block_is_of_a_known_kind(self):
        for name in SECTIONS:
            self.assertLessEqual(
                set(re.findall("^```(.*)$", readme()[name], re.M)[::2]), {"console"}, name
            )


class Text(unittest.TestCase):
    def test_clients(self):
        self.assertIn(table(), readme()["In your client"])

    def test_make(self):
        with open(os.path.join(ROOT, "Makefile")) as file:
            makefile = file.read()
        for command in re.findall("^    (make.*?) *(?:#.*)?$", readme()["Two commands"], re.M):
            target = command.partition(" ")[2]
            self.assertRegex(makefile, "(?m)^%s:" % (target or "demo"))

    def test_warnings(self):
        from cwd_server import tools

        with open(tools.__file__, encoding="utf-8") as file:
            source = file.read()
        starts = re.findall(r'yield "(is [a-z\' ]+|belongs to)', source)
        self.assertEqual(len(starts), source.count("        yield "))
        for start in starts:
            self.assertIn("| " + start.strip(), readme()["What the answer means"])


if __name__ == "__main__":
    sys.stdout.buffer.write((table() + "\n").encode("utf-8"))
