"""The stdio client of these tests: a server process, spoken to a line at a time.

    with Client(STARTS["archive"]) as client:
        self.assertEqual(client.ask(ping()), {"jsonrpc": "2.0", "id": 1, "result": {}})
        self.assertEqual(client.close_input().status, 0)

Where nothing has to be read before the next line is sent, these are shorter:

    done = run_process(STARTS["archive"], [initialize(), ping(1)])
    opened, pong = responses(done)
"""

import json
import subprocess
import threading
import time
from typing import NamedTuple

from tests.support.paths import environment

LIMIT = 60  # seconds after which a process that a test forgot, or that hangs, is killed


class Ended(NamedTuple):
    """How a process ended: its exit status, the seconds it took, and what it still wrote."""

    status: int
    seconds: float
    stdout: bytes
    stderr: bytes


class Client:
    """A process with pipes; use it in a `with` block, or after it `self.addCleanup(client.close)`.

    `options` are those of subprocess.Popen. Where they do not say otherwise, the streams are pipes
    and the source can be imported.
    """

    def __init__(self, command, limit=LIMIT, **options):
        for stream in ("stdin", "stdout", "stderr"):
            options.setdefault(stream, subprocess.PIPE)
        options.setdefault("env", environment())
        self.process = subprocess.Popen(command, **options)
        self.pid = self.process.pid
        self._watchdog = threading.Timer(limit, self.process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Kill the process, if it still runs, and close the pipes."""
        self._watchdog.cancel()
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                _close_quietly(stream)

    def send(self, *messages):
        """Write messages, a line each: objects, or bytes for a line that is none."""
        self.send_bytes(_lines_of(messages))

    def send_bytes(self, data, times=1):
        """Write bytes as they are."""
        for _ in range(times):
            self.process.stdin.write(data)
        self.process.stdin.flush()

    def receive(self):
        """Return the next message of the server; raise ValueError where there is none."""
        line = self.process.stdout.readline()
        if not line:
            raise ValueError("the server closed its stdout")
        return json.loads(line.decode("ascii"))

    def ask(self, message):
        """Send a message and return the next one of the server."""
        self.send(message)
        return self.receive()

    def close_input(self):
        """Close the server's stdin, as clients do when they are done; return how it ended."""
        self.process.stdin.close()
        return self.end()

    def end(self):
        """Wait for the process to end by itself; return how."""
        start = time.monotonic()
        stdout = _rest_of(self.process.stdout)
        status = self.process.wait()
        seconds = time.monotonic() - start
        return Ended(status, seconds, stdout, _rest_of(self.process.stderr))


def run_process(command, messages=(), **options):
    """Run a process with messages, as for `Client.send`, as its whole input; return it."""
    options.setdefault("env", environment())
    options.setdefault("timeout", LIMIT)
    options.update(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return subprocess.run(command, input=_lines_of(messages), **options)


def responses(done):
    """Return what a finished process wrote, as objects, in order."""
    return [json.loads(line.decode("ascii")) for line in done.stdout.splitlines()]


def responses_by_id(done):
    """Return what a finished process answered, by request id: calls may overtake each other."""
    return {response.get("id"): response for response in responses(done)}


def as_text(data):
    """Return what a command printed, as text; Windows ends its lines in another way."""
    return data.decode("utf-8").replace("\r\n", "\n")


def _lines_of(messages):
    lines = b""
    for message in messages:
        if not isinstance(message, bytes):
            message = json.dumps(message).encode("ascii")
        lines += message + b"\n"
    return lines


def _rest_of(stream):
    if stream is None:
        return b""
    return stream.read()


def _close_quietly(stream):
    try:
        stream.close()
    except OSError:
        pass  # there was more to write to a process that has ended
