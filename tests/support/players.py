"""Players of transcripts: a `Session` without any I/O, and a process."""

import os
import subprocess
import sys
import threading

from cwd_server import tools
from cwd_server.app import Offering
from cwd_server.protocol.lines import Lines
from cwd_server.protocol.session import Session
from cwd_server.toolkit.call import run_call
from cwd_server.tools import directory
from tests import fixtures
from tests.support.paths import ARCHIVE, ROOT, STARTS, TESTS, environment
from tests.support.transcripts import OWN_INFO

PIECES = 20000  # a byte at a time, or this many pieces for the few lines that are longer
LIMIT = 60  # seconds after which a process that answers too little is killed

# What each set of tools is started with
SETS = {
    "own": STARTS,
    "fixtures": {
        "source": [sys.executable, os.path.join(TESTS, "fixtures.py"), ROOT],
        "archive": [sys.executable, os.path.join(TESTS, "fixtures.py"), ARCHIVE],
    },
}


def enter(folder):
    """Go to a folder as a client that starts the server there does: no tool chose it."""
    os.chdir(folder)
    directory.choice = directory.Choice(directory.PROCESS)


class SessionPlayer:
    """Plays through a `Session` what stdio does around it.

    Calls that want a thread run at the end of a step; those of `wait`, which only cancelling ends,
    never do.
    """

    def __init__(self, tool_set):
        self.bugs = []
        if tool_set == "own":
            offering = Offering(tools.TOOLS, OWN_INFO, tools.INSTRUCTIONS, False)
            self.session = Session(offering, self._report)
        else:
            self.session = fixtures.session(self._report)
        self.lines = Lines(self.session.max_line)
        self.sent = []

    def _report(self):
        self.bugs.append(sys.exc_info()[1])

    def step(self, data, ends, size):
        """Return the lines that `data` leads to, fed in pieces of `size` bytes."""
        self.sent = []
        threaded = []
        for start in range(0, len(data), size):
            self._receive(self.lines.feed(data[start : start + size]), threaded)
        if ends:
            self._receive(self.lines.feed(b""), threaded)
        for call in threaded:
            if not call.cancelled and call.tool.name != "wait":
                self._run(call)
        if ends:
            self.sent += self.session.close()
        return self.sent

    def _receive(self, lines, threaded):
        for line in lines:
            received = self.session.receive(line)
            self.sent += received.lines
            for call in received.calls:
                if call.tool.threaded:
                    threaded.append(call)
                else:
                    self._run(call)

    def _run(self, call):
        call.on_progress = lambda *progress: self.sent.extend(self.session.progress(*progress))
        self.sent += self.session.finish(call, run_call(call, lambda: None))

    def end(self):
        """Return what is on stderr: nothing can be."""
        return ""


class ProcessPlayer:
    """Plays through a process; a step ends when as many lines have come as are expected of it."""

    def __init__(self, command, expected):
        self.expected = iter(expected)
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        self.watchdog = threading.Timer(LIMIT, self.process.kill)
        self.watchdog.start()

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
        self.watchdog.cancel()
        return text if status == 0 else f"exit status {status}\n{text}"


def process_player(transcript, start):
    """Return a player of a transcript through a start of the program, "source" or "archive"."""
    steps = transcript.steps
    if steps[-1].ends:
        steps = steps[:-1]
    expected = [len(step.expected) for step in steps]
    return ProcessPlayer(SETS[transcript.tools][start], expected)


def play(transcript, player, whole):
    """Return the lines that each step led to, and what was on stderr."""
    played = []
    for step in transcript.steps:
        size = max(1, len(step.data) if whole else len(step.data) // PIECES)
        played.append(player.step(step.data, step.ends, size))
    if not transcript.steps[-1].ends:
        played[-1] += player.step(b"", True, 1)
    return played, player.end()
