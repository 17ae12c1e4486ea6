"""The files of tests/transcripts, as their README.md describes them: read, compare, update."""

import glob
import json
import os
import pathlib
import re

from cwd_server import __version__
from tests import fixtures
from tests.support.messages import META
from tests.support.paths import TESTS

FOLDER = os.path.join(TESTS, "transcripts")
FILES = sorted(glob.glob(os.path.join(FOLDER, "*.txt")))
END = "--|"
META_TEXT = json.dumps(META, separators=(",", ":"))
OWN_INFO = {"name": "cwd_server", "title": "Current working directory", "version": __version__}
ANYTHING = r'(?:[^"\\]|\\.)*'  # that a JSON string may hold
REVISIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]


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
        found = re.search(f"^{name}: (.+)$", text, re.M)
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
        elif step.started:
            step.after.append(line)
        else:
            step.before.append(line)

    def updated(self, played):
        """Return the file's text with server lines that fit `played`, a list of lines a step."""
        lines = []
        for step, actual in zip(self.steps, played):
            lines += step.before
            if len(actual) == len(step.expected) and all(map(fits, step.expected, actual)):
                lines += ["<-- " + line for line in step.expected]
            else:
                lines += ["<-- " + general(line) for line in actual]
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


def server_meta(server_info):
    """Return what a server says of itself in the `_meta` of a modern result, as text."""
    meta = {"io.modelcontextprotocol/serverInfo": server_info}
    return json.dumps(meta, separators=(",", ":"))


def variables():
    """Return what differs between machines and versions, as it stands inside a JSON string."""
    cwd = os.getcwd()
    return {
        "META": server_meta(OWN_INFO),
        "META_OF_FIXTURES": server_meta(fixtures.SERVER_INFO),
        "CWD": json.dumps(cwd)[1:-1],
        "URI": pathlib.Path(cwd).as_uri(),
        "VERSION": __version__,
    }


def fits(expected, actual):
    """Return whether a line is the expected one; `${*}` is anything inside a JSON string."""
    values = {}
    for name, value in variables().items():
        values["${%s}" % name] = re.escape(value)
    either = [values["${META}"], values["${META_OF_FIXTURES}"]]
    values["${META}"] = "(?:" + "|".join(either) + ")"
    values["${*}"] = ANYTHING
    pattern = ""
    for part in re.split(r"(\$\{[^}]+\})", expected):
        pattern += values.get(part) or re.escape(part)
    return re.match(pattern + "$", actual) is not None


def general(line):
    """Return a line with variables in place of what differs between machines."""
    values = variables()
    for name in ("META", "META_OF_FIXTURES"):
        line = line.replace(values[name], "${META}")
    line = line.replace(f'"version":"{__version__}"', '"version":"${VERSION}"')
    for name in ("URI", "CWD"):
        line = line.replace(values[name], "${%s}" % name)
    return re.sub(r'("code":-32700,"message":"Parse error: )' + ANYTHING, r"\1${*}", line)


def musts():
    """Return the README's two tables: rows of (sentence, revisions, pages, pins or reason)."""
    with open(os.path.join(FOLDER, "README.md"), encoding="utf-8") as file:
        text = file.read()
    pinned, other = text.split("## What pins which MUST")[1].split("## What cannot apply")
    return [_rows(pinned), _rows(other.split("Whole pages")[0])]


def _rows(text):
    rows = []
    for line in [line for line in text.splitlines() if line.startswith("| ")][1:]:
        sentence, span, pages, last = line.strip("| ").split(" | ")
        rows.append((sentence, _revisions(span), pages.split(", "), last))
    return rows


def _revisions(span):
    if span == "all":
        return REVISIONS
    first, _, last = span.partition(" to ")
    return REVISIONS[REVISIONS.index(first) : REVISIONS.index(last or first) + 1]
