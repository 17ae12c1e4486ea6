"""The pages say what is: their commands are run and their output compared.

In a block of the kind `console`, a line that begins with "$ " is run by a shell in a home directory
that holds cwd_server.pyz, the folder project, and every python block of the page that names its file
in its first line. The lines up to the next "$ " are what it prints, stderr included; "..." stands for
any number of lines, and at the end of a line for its rest. Lines of a conversation, "    --> " and
"    <-- ", are one conversation a page, with the archive started in the folder project. The home is called /home/you there, the
interpreter /usr/bin/python3, and all numbers of milliseconds are alike.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest

from cwd_server.commands.clients.client import describe
from cwd_server.commands.clients.table import CLIENTS
from cwd_server.commands.guide import TOPICS
from tests.support.cases import posix
from tests.support.files import home_variables, read_file, temporary_directory, write_file
from tests.support.paths import ARCHIVE, ROOT

FOLDERS = [
    "",
    "cwd_server",
    "cwd_server/guide",
    "tests",
    "tests/bench",
    "tests/transcripts",
    ".github",
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.M)
LINE = re.compile(r"^    (-->|<--) (.*)$", re.M)
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")

# How each warning of get_cwd begins
WARNINGS = (
    "is the root of the file system",
    "is the home directory itself",
    "is the one that this server's own file is in",
    "belongs to",
    "is not the project that the client names",
)

# What a page may take for granted: entries that a reader would have in a client's file
BROKEN = {
    "weather": {"command": "python3", "args": ["server.py"]},
    "chatty": {"command": "/usr/bin/python3", "args": ["-c", "print('ready')"]},
    "remote": {"url": "https://example.org/mcp"},
}


def pages():
    """Yield the path of every page below the root, and its text."""
    for folder in FOLDERS:
        for name in sorted(os.listdir(os.path.join(ROOT, folder))):
            if name.endswith(".md"):
                path = os.path.join(folder, name)
                yield path, read_file(os.path.join(ROOT, path))


def blocks(text, kind):
    """Return the fenced blocks of a kind."""
    return [block for found, block in BLOCK.findall(text) if found == kind]


@posix
class Commands(unittest.TestCase):
    def set_up_home(self, text):
        self.home = temporary_directory(self)
        shutil.copy(ARCHIVE, self.home)
        os.mkdir(os.path.join(self.home, "project"))
        python = write_file(
            os.path.join(self.home, "bin", "python3"), f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
        )
        os.chmod(python, 0o755)
        broken = json.dumps({"mcpServers": BROKEN}).replace("/usr/bin/python3", sys.executable)
        write_file(os.path.join(self.home, "broken.json"), broken)
        for block in blocks(text, "python"):
            name = re.match(r"# (\w+\.py)\n", block)
            if name:
                write_file(os.path.join(self.home, name.group(1)), block)

    def printed_by(self, command):
        """Return what a command prints, with the names that the pages use."""
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.home,
            env=dict(
                home_variables(self.home),
                PATH=os.path.join(self.home, "bin") + ":/usr/bin:/bin",
                LC_ALL="C.UTF-8",
                PYTHONIOENCODING="utf-8",
                PYTHONDONTWRITEBYTECODE="1",
            ),
            timeout=60,
        )
        return self.with_names(done.stdout.decode("utf-8"))

    def test_lines_of_a_conversation_are_answered_as_the_page_shows(self):
        pages_with_lines = 0
        for path, text in pages():
            lines = LINE.findall(text)
            if not lines:
                continue
            pages_with_lines += 1
            self.set_up_home(text)
            asked = "".join(line + "\n" for mark, line in lines if mark == "-->")
            shown = [line for mark, line in lines if mark == "<--"]
            write_file(os.path.join(self.home, "lines"), asked)
            printed = self.printed_by("cd project && python3 ../cwd_server.pyz < ../lines")
            answers = printed.splitlines()
            self.assertEqual(len(answers), len(shown), printed)
            for answer, wanted in zip(answers, shown):
                with self.subTest(page=path, shown=wanted):
                    wanted = re.escape(wanted).replace(re.escape("..."), ".*")
                    self.assertRegex(answer, rf"\A{wanted}\Z")
        self.assertEqual(pages_with_lines, 1)

    def with_names(self, text):
        text = text.replace(self.home, "/home/you")
        for interpreter in (sys.executable, os.path.realpath(sys.executable)):
            text = text.replace(interpreter, "/usr/bin/python3")
        text = text.replace(os.path.join("/home/you", "bin", "python3"), "/usr/bin/python3")
        return re.sub(r"[\d.]+ ms", "N ms", text)

    def test_each_command_prints_what_the_page_shows(self):
        count = 0
        for path, text in pages():
            found = blocks(text, "console")
            if not found:
                continue
            self.set_up_home(text)
            for command, shown in COMMAND.findall("".join(found)):
                count += 1
                with self.subTest(page=path, command=command):
                    wanted = re.escape(self.with_names(shown))
                    wanted = re.sub(r"(?m)^\\.\\.\\.\\?\n", "(.*\n)*", wanted)
                    wanted = wanted.replace(re.escape("..."), ".*")
                    printed = self.printed_by(command)
                    if not re.match(wanted + r"\Z", printed):
                        self.fail(f"shown:\n{shown}\nprinted:\n{printed}")
        self.assertGreaterEqual(count, 20)


class Tables(unittest.TestCase):
    """Tables that repeat what the source has."""

    def test_clients(self):
        text = page("cwd_server/guide/clients.md")
        self.assertIn(table_of_clients(), text)
        for client in CLIENTS.values():
            with self.subTest(client=client.title):
                for moved in client.moved_by:
                    self.assertIn(f"`{moved.variable}`", text)

    def test_topics_of_help(self):
        guide = os.path.join(ROOT, "cwd_server", "guide")
        self.assertEqual(sorted(TOPICS), sorted(name[:-3] for name in os.listdir(guide)))
        for topic in TOPICS:
            with self.subTest(topic=topic):
                self.assertIn(f"(cwd_server/guide/{topic}.md)", page("README.md"))

    def test_warnings_of_get_cwd(self):
        source = read_file(os.path.join(ROOT, "cwd_server", "tools", "directory.py"))
        for warning in WARNINGS:
            with self.subTest(warning=warning):
                self.assertIn(warning, source)
                self.assertIn("| " + warning, page("cwd_server/guide/troubleshooting.md"))

    def test_targets_of_make(self):
        makefile = read_file(os.path.join(ROOT, "Makefile"))
        for path, text in pages():
            for target in re.findall(r"^    make ([a-z]+)", text, re.M):
                with self.subTest(page=path, target=target):
                    self.assertRegex(makefile, rf"(?m)^{target}:")


def page(path):
    """Return the text of a page."""
    return read_file(os.path.join(ROOT, path))


def table_of_clients():
    """Return the table of clients; `python3 -m tests.processes.test_pages --table` prints it."""
    lines = [
        "| client | | user's file | project's file | entry under | seen |",
        "|---|---|---|---|---|---|",
    ]
    for name, client in CLIENTS.items():
        project = "none"
        if client.project:
            project = f"`{client.project[0]}`"
        form = client.format.upper()
        if client.is_list:
            form += ", a list"
        entry = f"`{'.'.join(client.keys[0])}` ({form})"
        row = [name, client.title, user_files(client), project, entry, seen(client)]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def seen(client):
    """Return what the last column says of a client."""
    if not client.writable:
        return "printed only"
    if client.verified:
        return "yes"
    return ""


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


class Links(unittest.TestCase):
    def test_each_leads_to_a_file(self):
        for path, text in pages():
            for link in LINK.findall(text):
                target, _, heading = link.partition("#")
                if link.startswith(("http:", "https:", "mailto:")):
                    continue
                with self.subTest(page=path, link=link):
                    file = os.path.join(ROOT, path)
                    if target:
                        file = os.path.normpath(os.path.join(os.path.dirname(file), target))
                    self.assertTrue(os.path.exists(file), file)
                    if heading:
                        self.assertIn(heading, headings(read_file(file)))

    def test_no_page_speaks_of_a_folder_beside_the_repository(self):
        for path, text in pages():
            with self.subTest(page=path):
                self.assertNotIn("../shared", text)


def headings(text):
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        sys.stdout.buffer.write((table_of_clients() + "\n").encode("utf-8"))
    else:
        unittest.main()
