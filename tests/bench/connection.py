"""A client that costs as little as it can, so that what is measured is the server.

tests/support/client.py is the one for tests; this one parses nothing, and counts lines.
"""

import json
import os
import subprocess
import threading
import time

READ_SIZE = 65536  # bytes at a time: for more, each read gets memory from the system anew


def line(method, request_id=None, **params):
    """Return a message as the bytes of a line."""
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    if request_id is not None:
        message["id"] = request_id
    return json.dumps(message).encode("ascii") + b"\n"


CLIENT = {"name": "bench", "version": "1"}
INITIALIZE = line(
    "initialize", 0, protocolVersion="2025-11-25", capabilities={}, clientInfo=CLIENT
)
INITIALIZED = line("notifications/initialized")


def call(request_id, tool="get_cwd", arguments=None):
    """Return a call of a tool as the bytes of a line."""
    return line("tools/call", request_id, name=tool, arguments=arguments or {})


def pin_to_one_processor():
    """Keep this process, and the servers it starts, on one processor; return which, or None.

    On two, the figures depend on how the system moves two processes that wait for each other.
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    processor = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {processor})
    return processor


class Server:
    """A running server that has answered `initialize`; use it in a `with` block.

    started: seconds from spawning it to that answer
    """

    def __init__(self, command):
        began = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self.send(INITIALIZE)
        self.receive(1)
        self.started = time.perf_counter() - began
        self.send(INITIALIZED)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def send(self, data):
        """Write all of `data`."""
        self.process.stdin.write(data)

    def receive(self, lines):
        """Read so many lines; return their bytes."""
        size = 0
        while lines > 0:
            chunk = os.read(self.process.stdout.fileno(), READ_SIZE)
            if not chunk:
                raise OSError(f"{self.process.args} ended too early")
            lines -= chunk.count(b"\n")
            size += len(chunk)
        return size

    def round_trip(self, request):
        """Return the seconds between a short request and its answer."""
        began = time.perf_counter()
        self.send(request)
        self.receive(1)
        return time.perf_counter() - began

    def pipeline(self, requests):
        """Send requests in one go and read their answers meanwhile; return the seconds."""
        data = memoryview(b"".join(requests))
        began = time.perf_counter()
        writer = threading.Thread(target=self._write, args=(data,))
        writer.start()
        self.receive(len(requests))
        writer.join()
        return time.perf_counter() - began

    def _write(self, data):
        while data:
            data = data[os.write(self.process.stdin.fileno(), data) :]

    def processor_seconds(self):
        """Return the processor time that it has used, all threads together; Linux."""
        clock = (~self.process.pid << 3) | 2  # what clock_getcpuclockid(3) returns for a process
        return time.clock_gettime(clock)

    def peak_memory(self):
        """Return the most memory that it has had, in MiB, or nan where Linux does not say it."""
        try:
            with open(f"/proc/{self.process.pid}/status") as file:
                for row in file:
                    if row.startswith("VmHWM"):
                        return int(row.split()[1]) / 1024
        except OSError:
            pass
        return float("nan")
