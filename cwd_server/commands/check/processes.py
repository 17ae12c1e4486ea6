"""Ending what `check` started, whatever it started itself, and however `check` ends.

A server leads a process group of its own, and what it starts inherits a variable with a random
value: what left the group is found by that on Linux. A guard, a small process beside `check`, ends
the groups and whoever has the variable as soon as `check` is gone, even if that was killed.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import Dict, Iterator, List, Optional

from cwd_server.location import ROOT

MARK_VARIABLE = "CWD_SERVER_CHECK"
TERMINATE_TIMEOUT = 2.0  # seconds between SIGTERM and SIGKILL, as official clients wait
POLL_INTERVAL = 0.02  # seconds

_GUARD_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from cwd_server.commands.check.processes import guard
guard()
"""


class ProcessGroups:
    """The processes that `check` starts; all of them are ended when its `with` block is left."""

    def __init__(self) -> None:
        self.mark = secrets.token_hex(16)
        self._running: Dict[int, subprocess.Popen[bytes]] = {}
        self._guard: Optional[subprocess.Popen[bytes]] = None

    def __enter__(self) -> "ProcessGroups":
        return self

    def __exit__(self, *_: object) -> None:
        for process in list(self._running.values()):
            self.end(process)
        if self._guard is not None:
            self._tell("done\n")
            self._guard.communicate()
            self._guard = None

    def start(
        self, argv: "List[str]", program: str, env: "Dict[str, str]", directory: str
    ) -> "subprocess.Popen[bytes]":
        """Start a program in a group of its own, with pipes; raise OSError if it cannot be."""
        if self._guard is None:
            self._guard = _start_guard(self.mark)
        process = subprocess.Popen(
            argv,
            executable=program,
            bufsize=0,
            cwd=directory,
            env={**env, MARK_VARIABLE: self.mark},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._running[process.pid] = process
        self._tell(f"{process.pid}\n")
        return process

    def end(self, process: "subprocess.Popen[bytes]", politely: bool = True) -> None:
        """End a process, its group and what left the group."""
        if politely and process.poll() is None and os.name == "posix":
            _signal_group(process.pid, signal.SIGTERM)
            _wait(process, TERMINATE_TIMEOUT)
        kill_group(process.pid)
        if process.poll() is None:
            process.kill()
        process.wait()
        for pid in marked(self.mark):
            _kill(pid)
        self._running.pop(process.pid, None)
        self._tell(f"-{process.pid}\n")

    def _tell(self, line: str) -> None:
        if self._guard is None or self._guard.stdin is None:
            return
        try:
            self._guard.stdin.write(line.encode("ascii"))
            self._guard.stdin.flush()
        except OSError:  # somebody ended it: then `check` alone cleans up
            pass


def _start_guard(mark: str) -> "Optional[subprocess.Popen[bytes]]":
    """Start the guard; None where there can be none."""
    if os.name != "posix" or not sys.executable:
        return None
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _GUARD_PROGRAM, ROOT, mark],
            cwd=os.path.abspath(os.sep),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None


def guard() -> None:
    """Wait for the end of `check`; if it could not clean up, do that."""
    mark = sys.argv[2]
    groups = set()
    for line in sys.stdin:
        if line == "done\n":
            return
        if line.startswith("-"):
            groups.discard(int(line[1:]))
        else:
            groups.add(int(line))
    for group in groups:
        kill_group(group)
    for pid in marked(mark):
        _kill(pid)


def kill_group(pid: int) -> None:
    """Kill the process group, on Windows the tree, that a process leads."""
    if os.name == "posix":
        _signal_group(pid, signal.SIGKILL)
        return
    command = ["taskkill", "/T", "/F", "/PID", str(pid)]
    try:
        subprocess.call(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
    except OSError:
        pass


def marked(mark: str) -> "Iterator[int]":
    """Yield the processes whose environment has the mark, where the system shows it (Linux)."""
    wanted = f"{MARK_VARIABLE}={mark}".encode("ascii")
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    for name in names:
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                environment = file.read()
        except OSError:  # gone meanwhile, or somebody else's
            continue
        if wanted in environment.split(b"\0"):
            yield int(name)


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except OSError:  # nothing of it is left
        pass


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(POLL_INTERVAL)


class Terminated(SystemExit):
    """A signal wants this program to end; what it started is ended first."""


@contextmanager
def ending_on_signals() -> "Iterator[None]":
    """Let signals that end this program raise an exception, so that `with` blocks are left."""
    names = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]

    def end(number: int, _frame: object) -> None:
        # The end takes a moment, and nothing may cut it short
        for each in [*numbers, signal.SIGINT]:
            signal.signal(each, signal.SIG_IGN)
        raise Terminated(128 + number)

    try:
        before = {number: signal.signal(number, end) for number in numbers}
    except ValueError:  # not in the main thread: then somebody else decides
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
