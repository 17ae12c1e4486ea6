"""Play every file in tests/transcripts: through a `Session`, the source and the archive; whole and in bytes.

`python -m tests.test_transcripts --update` rewrites the server's lines, and only those that no longer
fit; read the difference before keeping it. transcripts/README.md says what the files look like.
"""

import glob
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest

from cwd_server import __version__, tools
from cwd_server.app import Offering
from cwd_server.protocol.lines import Lines
from cwd_server.protocol.session import Session
from cwd_server.tools import directory
from cwd_server.toolkit.call import run_call
from tests import ARCHIVE, META, ROOT, STARTS, environment, fixtures

FOLDER = os.path.join(ROOT, "tests", "transcripts")
FILES = sorted(glob.glob(os.path.join(FOLDER, "*.txt")))
END = "--|"
PIECES = 20000  # a byte at a time, or this many pieces for the few lines that are longer

# What each set of tools is started with
SETS = {
    "own": STARTS,
    "fixtures": {
        "source": [sys.executable, os.path.join(ROOT, "tests", "fixtures.py"), ROOT],
        "archive": [sys.executable, os.path.join(ROOT, "tests", "fixtures.py"), ARCHIVE],
    },
}


def enter(folder):
    """Go to a folder as a client that starts the server there does: no tool chose it."""
    os.chdir(folder)
    directory.choice = directory.Choice(directory.PROCESS)


class Step:
    """Client lines sent without waiting, and the server lines that they lead to."""

    def __init__(self):
        self.started = False
        self.data = b""  # what the client writes
        self.ends = False  # whether the client then closes the server's input
        self.before = []  # lines of the file up to the server's
        self.expected = []
        self.after = []  # prose that follows


class Transcript:
    """A file: prose, `--> ` and `==> ` lines of the client's, `<-- ` lines of the server's."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.tools = self._setting(text, "tools") or "own"
        self.stderr = self._setting(text, "stderr") or "^$"
        self.steps = [Step()]
        for line in text.splitlines():
            self._read(line)

    @staticmethod
    def _setting(text, name):
        found = re.search("^%s: (.+)$" % name, text, re.M)
        return found and found.group(1)

    def _read(self, line):
        step = self.steps[-1]
        if line.startswith(("--> ", "==> ")) or line == END:
            if step.expected or step.after:
                step = Step()
                self.steps.append(step)
            step.started = True
            step.before.append(line)
            step.ends = line == END
            step.data += client_bytes(line)
        elif line.startswith("<-- "):
            step.expected.append(line[4:])
        else:
            (step.after if step.started else step.before).append(line)

    def updated(self, played):
        """Return the file's text with server lines that fit `played`, a list of lines a step."""
        lines = []
        for step, actual in zip(self.steps, played):
            same = len(actual) == len(step.expected) and all(map(fits, step.expected, actual))
            lines += step.before + ["<-- " + line for line in (step.expected if same else map(general, actual))]
            lines += step.after
        return "\n".join(lines) + "\n"


def client_bytes(line):
    """Return what a client line stands for."""
    line = line.replace("${META}", META_TEXT)
    if line.startswith("--> "):
        return line[4:].encode("utf-8") + b"\n"
    if line == END:
        return b""
    text = re.sub(r"<(\d+)\*(.+?)>", lambda found: int(found.group(1)) * found.group(2), line[4:])
    return text.encode("utf-8").decode("unicode_escape").encode("latin-1")


META_TEXT = json.dumps(META, separators=(",", ":"))


def server_meta(server_info):
    """Return what a server says of itself in the `_meta` of a modern result, as text."""
    return json.dumps({"io.modelcontextprotocol/serverInfo": server_info}, separators=(",", ":"))


def variables():
    """Return what differs between machines and versions, as it stands inside a JSON string."""
    cwd = os.getcwd()
    own = {"name": "cwd_server", "title": "Current working directory", "version": __version__}
    return {"META": server_meta(own), "META_OF_FIXTURES": server_meta(fixtures.SERVER_INFO), "CWD": json.dumps(cwd)[1:-1], "URI": pathlib.Path(cwd).as_uri(), "VERSION": __version__}


def fits(expected, actual):
    """Whether a line is the expected one; `${*}` stands for anything inside a JSON string."""
    values = {"${%s}" % name: re.escape(value) for name, value in variables().items()}
    values["${META}"] = "(?:%s|%s)" % (values["${META}"], values["${META_OF_FIXTURES}"])
    values["${*}"] = r'(?:[^"\\]|\\.)*'
    parts = re.split(r"(\$\{[^}]+\})", expected)
    return re.match("".join(values.get(part) or re.escape(part) for part in parts) + "$", actual) is not None


def general(line):
    """Return a line with variables in place of what differs between machines."""
    for name in ("META", "META_OF_FIXTURES"):
        line = line.replace(variables()[name], "${META}")
    line = line.replace('"version":"%s"' % __version__, '"version":"${VERSION}"')
    for name in ("URI", "CWD"):
        line = line.replace(variables()[name], "${%s}" % name)
    return re.sub(r'("code":-32700,"message":"Parse error: )(?:[^"\\]|\\.)*', r"\1${*}", line)


class SessionPlayer:
    """Plays through a `Session` what stdio does around it.

    Calls that want a thread run at the end of a step; those of `wait`, which only cancelling ends, never do.
    """

    def __init__(self, tool_set):
        self.bugs = []
        own = {"name": "cwd_server", "title": "Current working directory", "version": __version__}
        if tool_set == "own":
            offering = Offering(tools.TOOLS, own, tools.INSTRUCTIONS, False)
            self.session = Session(offering, self._report)
        else:
            self.session = fixtures.session(self._report)
        self.lines = Lines(self.session.max_line)
        self.sent = []

    def _report(self):
        self.bugs.append(sys.exc_info()[1])

    def step(self, data, ends, size):
        """Return the lines that `data` leads to, fed in pieces of `size` bytes."""
        self.sent, later = [], []
        for start in range(0, len(data), size):
            for line in self.lines.feed(data[start : start + size]):
                self._take(line, later)
        for line in self.lines.feed(b"") if ends else []:
            self._take(line, later)
        for call in later:
            if not call.cancelled and call.tool.name != "wait":
                self._make(call)
        return self.sent + (self.session.close() if ends else [])

    def _take(self, line, later):
        received = self.session.receive(line)
        self.sent += received.lines
        for call in received.calls:
            if call.tool.threaded:
                call.on_progress = lambda *progress: self.sent.extend(self.session.progress(*progress))
                later.append(call)
            else:
                self._make(call)

    def _make(self, call):
        self.sent += self.session.finish(call, run_call(call, lambda: None))

    def end(self):
        """Nothing is left to do."""
        return ""


class ProcessPlayer:
    """Plays through a process; a step ends when as many lines have come as are expected of it."""

    def __init__(self, command, expected):
        self.expected = iter(expected)
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        self.alarm = threading.Timer(10, self.process.kill)
        self.alarm.start()

    def step(self, data, ends, size):
        """Return the lines that came, at the end of input all of them."""
        for start in range(0, len(data), size):
            self.process.stdin.write(data[start : start + size])
            self.process.stdin.flush()
        if ends:
            self.process.stdin.close()
            lines = self.process.stdout.read().splitlines(True)
        else:
            lines = [self.process.stdout.readline() for _ in range(next(self.expected))]
        return [line.decode("ascii").rstrip("\n") for line in lines]

    def end(self):
        """Wait for the process; return what it wrote to stderr."""
        text = self.process.stderr.read().decode("utf-8", "replace")
        self.process.stderr.close()
        self.process.stdout.close()
        status = self.process.wait()
        self.alarm.cancel()
        return text if status == 0 else "exit status %d\n%s" % (status, text)


def play(transcript, player, whole):
    """Return the lines that each step led to, and what was on stderr."""
    played = []
    for step in transcript.steps:
        size = max(1, len(step.data) if whole else len(step.data) // PIECES)
        played.append(player.step(step.data, step.ends, size))
    if not transcript.steps[-1].ends:
        played[-1] += player.step(b"", True, 1)
    return played, player.end()


def musts():
    """Return the README's two tables: rows of (sentence, revisions, pages, what pins it or why it cannot apply)."""
    with open(os.path.join(FOLDER, "README.md"), encoding="utf-8") as file:
        pinned, other = file.read().split("## What pins which MUST")[1].split("## What cannot apply")
    tables = []
    for text in (pinned, other.split("Whole pages")[0]):
        rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
        known = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]
        table = []
        for sentence, span, pages, last in rows:
            first, _, final = span.partition(" to ")
            several = known if span == "all" else known[known.index(first) : known.index(final or first) + 1]
            table.append((sentence, several, pages.split(", "), last))
        tables.append(table)
    return tables


class List(unittest.TestCase):
    """The list of MUSTs in transcripts/README.md."""

    def test_what_is_named_exists_and_every_transcript_is_named(self):
        named = set()
        for sentence, _, _, pins in musts()[0]:
            for pin in pins.split(", "):
                found = glob.glob(os.path.join(FOLDER, pin)) + glob.glob(os.path.join(ROOT, "tests", pin))
                self.assertTrue(found, (sentence, pin))
                named.update(os.path.basename(path) for path in found)
        self.assertLessEqual({os.path.basename(path) for path in FILES}, named)


class Transcripts(unittest.TestCase):
    """Each test plays every file in one way."""

    @classmethod
    def setUpClass(cls):
        cls.before = os.getcwd()
        cls.folder = tempfile.TemporaryDirectory()
        enter(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        enter(cls.before)
        cls.folder.cleanup()

    def each(self, player_of, whole):
        self.assertTrue(FILES)
        for path in FILES:
            transcript = Transcript(path)
            with self.subTest(transcript.name):
                player = player_of(transcript)
                played, stderr = play(transcript, player, whole)
                for step, actual in zip(transcript.steps, played):
                    for expected, line in zip(step.expected, actual):
                        self.assertTrue(fits(expected, line), "%s\nexpected %s\nreceived %s" % (
                            "\n".join(step.before), expected, line))  # fmt: skip
                    self.assertEqual(len(actual), len(step.expected), (step.before, actual))
                if isinstance(player, SessionPlayer):
                    self.assertEqual(player.bugs, [])
                else:
                    self.assertRegex(stderr, transcript.stderr)

    def each_process(self, start, whole):
        def player_of(transcript):
            steps = transcript.steps if not transcript.steps[-1].ends else transcript.steps[:-1]
            return ProcessPlayer(SETS[transcript.tools][start], [len(step.expected) for step in steps])

        self.each(player_of, whole)

    def test_session(self):
        self.each(lambda transcript: SessionPlayer(transcript.tools), True)

    def test_session_a_byte_at_a_time(self):
        self.each(lambda transcript: SessionPlayer(transcript.tools), False)

    def test_updating_rewrites_only_the_servers_lines(self):
        for path in FILES:
            with self.subTest(os.path.basename(path)):
                transcript = Transcript(path)
                played, _ = play(transcript, SessionPlayer(transcript.tools), True)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                self.assertEqual(transcript.updated(played), text)
                for step in transcript.steps:
                    step.expected = ["wrong"] * 2
                updated = transcript.updated(played).splitlines()
                self.assertEqual(len(updated), len(text.splitlines()))
                self.assertNotIn("<-- wrong", updated)
                for new, old in zip(updated, text.splitlines()):
                    self.assertTrue(new == old or (new.startswith("<-- ") and old.startswith("<-- ")), (new, old))

    def test_source(self):
        self.each_process("source", True)

    def test_source_a_byte_at_a_time(self):
        self.each_process("source", False)

    def test_archive(self):
        self.each_process("archive", True)

    def test_archive_a_byte_at_a_time(self):
        self.each_process("archive", False)


def update():
    """Rewrite server lines that no longer fit; say which files changed."""
    with tempfile.TemporaryDirectory() as folder:
        enter(folder)
        for path in FILES:
            transcript = Transcript(path)
            player = SessionPlayer(transcript.tools)
            text = transcript.updated(play(transcript, player, True)[0])
            if player.bugs:
                sys.exit("%s: %r" % (transcript.name, player.bugs))
            with open(path, encoding="utf-8") as file:
                if file.read() == text:
                    continue
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            print("rewrote " + transcript.name)
        enter(ROOT)


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        unittest.main()
