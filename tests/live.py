"""A server process that a test talks to line by line, and what the system says of it."""

import json
import os
import subprocess
import threading
import time

from tests import ARCHIVE, ROOT, STARTS, environment

LIMIT = 60  # seconds after which a process that a test forgot, or that hangs, is killed

# Servers that offer the tools of stdio_tools.py, with cwd_server from the source and from the archive.
TOOLS = [STARTS["source"][0], os.path.join(ROOT, "tests", "stdio_tools.py")]
WITH_TOOLS = {"source": ROOT, "archive": ARCHIVE}  # PYTHONPATH


class Live:
    """A process with pipes; kill it at the end of the test by `addCleanup(live.close)`, or use `with`."""

    def __init__(self, command, **options):
        for stream in ("stdin", "stdout", "stderr"):
            options.setdefault(stream, subprocess.PIPE)
        options.setdefault("env", environment())
        limit = options.pop("limit", LIMIT)
        self.process = subprocess.Popen(command, **options)
        self.pid = self.process.pid
        self._timer = threading.Timer(limit, self.process.kill)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._timer.cancel()
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    pass  # what was still to be written to a process that has ended

    def send(self, *messages):
        lines = [message if isinstance(message, bytes) else json.dumps(message).encode() for message in messages]
        self.send_bytes(b"".join(line + b"\n" for line in lines))

    def send_bytes(self, data, times=1):
        for _ in range(times):
            self.process.stdin.write(data)
        self.process.stdin.flush()

    def receive(self):
        """Return the next message; raise ValueError at the end."""
        return json.loads(self.process.stdout.readline().decode("ascii"))

    def ask(self, message):
        self.send(message)
        return self.receive()

    def end(self):
        """Wait for the process to end; return (status, seconds that it took, rest of stdout, stderr)."""
        start = time.monotonic()
        stdout = self.process.stdout.read() if self.process.stdout is not None else b""
        status = self.process.wait()
        seconds = time.monotonic() - start
        return status, seconds, stdout, self.process.stderr.read() if self.process.stderr is not None else b""


def with_tools(place, *arguments, **options):
    """Return a Live server with the tools of stdio_tools.py, from `place`, a key of WITH_TOOLS."""
    options.setdefault("env", environment())
    options["env"] = dict(options["env"], PYTHONPATH=WITH_TOOLS[place])
    return Live(TOOLS + list(arguments), **options)


def memory(pid, what="VmRSS"):
    """Return the memory of a process in KiB: VmRSS is now, VmHWM the most that it was; Linux."""
    return status(pid, what)


def status(pid, what):
    """Return a number from /proc/PID/status."""
    with open("/proc/%d/status" % pid) as file:
        for line in file:
            if line.startswith(what + ":"):
                return int(line.split()[1])
    raise KeyError(what)


def descriptors(pid):
    """Return how many descriptors a process has open; Linux."""
    return len(os.listdir("/proc/%d/fd" % pid))
