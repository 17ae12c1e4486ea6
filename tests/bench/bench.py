"""Measure how fast the server starts and answers, beside the limit and the peers: `make bench`.

The limit is the least that a zipapp can do (limit.py). Every server has the same tool. Each round
starts each server once, in turn, so that a busy machine slows all alike: compare ratios, not times.

--install-peers installs the peers under .cache/; those that are not installed are left out.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [ROOT, os.path.join(ROOT, "tests", "interop")]

import environments  # noqa: E402

import build_zipapp  # noqa: E402
from cwd_server.packaging import archive  # noqa: E402

# Name in the table: environment, server, its calls in one go (few where they are slow)
PEERS = {
    "official Python SDK, mcp 2.3.0": ("mcp-2", "mcp_server.py", 200),
    "FastMCP 4.1.0": ("fastmcp", "fastmcp_server.py", 200),
    "mcpatom 0.3.0": ("mcpatom", "mcpatom_server.py", 5000),
    "zeromcp 1.10.3": ("zeromcp", "zeromcp_server.py", 5000),
    "official TypeScript SDK 1.32.2": ("typescript-1", "typescript_server.mjs", 2000),
}
environments.PYTHON.update({"mcpatom": ["mcpatom==0.3.0"], "zeromcp": ["zeromcp==1.10.3"]})

ROUND_TRIPS = 50  # calls one after the other, in each round
CALLS = 20000  # calls in one go, in each round


def line(method, request_id=None, **params):
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    if request_id is not None:
        message["id"] = request_id
    return json.dumps(message).encode() + b"\n"


INITIALIZE = line(
    "initialize", 0, protocolVersion="2025-11-25", capabilities={}, clientInfo={"name": "bench", "version": "1"}
)
INITIALIZED = line("notifications/initialized")


def call(request_id):
    return line("tools/call", request_id, name="get_cwd", arguments={})


class Server:
    """A running server that has answered `initialize`; `started`: seconds from spawning to that answer."""

    def __init__(self, command):
        quiet = subprocess.DEVNULL
        began = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=quiet, bufsize=0)
        self.send(INITIALIZE)
        self.receive(1)
        self.started = time.perf_counter() - began
        self.send(INITIALIZED)

    def send(self, data):
        self.process.stdin.write(data)

    def receive(self, lines):
        """Read so many lines; return their bytes."""
        size = 0
        while lines:
            chunk = os.read(self.process.stdout.fileno(), 1 << 20)
            if not chunk:
                raise OSError("%s ended too early" % self.process.args)
            lines -= chunk.count(b"\n")
            size += len(chunk)
        return size

    def ask(self, request):
        """Return the seconds between a request and its answer, however long either is."""
        began = time.perf_counter()
        self.ask_all([request])
        return time.perf_counter() - began

    def ask_all(self, requests):
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

    def round_trip(self, request):
        began = time.perf_counter()
        self.send(request)
        self.receive(1)
        return time.perf_counter() - began

    def peak(self):
        """Return the most memory it has had, in KiB, where Linux says it."""
        try:
            with open("/proc/%d/status" % self.process.pid) as file:
                return next(int(row.split()[1]) for row in file if row.startswith("VmHWM"))
        except OSError:
            return float("nan")

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def measure(command, calls):
    """Return what one round finds out about a server."""
    server = Server(command)
    try:
        server.round_trip(call(1))
        peak = server.peak()
        trips = [server.round_trip(call(number)) for number in range(2, 2 + ROUND_TRIPS)]
        rate = calls / server.ask_all([call(number) for number in range(100, 100 + calls)])
        return {
            "start": server.started * 1000,
            "peak": peak / 1024,
            "trip": statistics.median(trips) * 1e6,
            "rate": rate,
        }
    finally:
        server.stop()


def spread(values):
    """Return the median and the quartiles."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]


# What is measured


def servers(directory):
    """Build what is built here; return commands and numbers of calls by name."""
    limit = os.path.join(directory, "limit.pyz")
    with zipfile.ZipFile(limit, "w") as file:
        file.write(os.path.join(HERE, "limit.py"), "__main__.py")
    with_bytecode, without = os.path.join(directory, "with.pyz"), os.path.join(directory, "without.pyz")
    files = archive.package_files()
    archive.write(archive.entries(files), without)
    build_zipapp.add_bytecode(files, [sys.executable])
    archive.write(archive.entries(files), with_bytecode)
    isolated = [sys.executable, "-I", "-S"]
    commands = {
        "limit, -I -S": ([*isolated, limit], CALLS),
        "cwd_server, -I -S": ([*isolated, with_bytecode], CALLS),
        "cwd_server, -I -S, --no-bytecode": ([*isolated, without], CALLS),
        "limit": ([sys.executable, limit], CALLS),
        "cwd_server": ([sys.executable, with_bytecode], CALLS),
    }
    for name, (environment, server, calls) in PEERS.items():
        command = peer(environment, os.path.join(HERE, "peers", server))
        if command is None:
            print("left out, since it is not installed: %s" % name)
        else:
            commands[name] = (command, calls)
    return commands


def peer(environment, server):
    """Return the command that starts a peer's server, or None where the peer is not installed."""
    folder = os.path.join(environments.CACHE, environment)
    modules = os.path.join(folder, "node_modules")
    if environment in environments.NODE:
        command = [os.path.join(environments.CACHE, "node-22", "node_modules", "node", "bin", "node"), server, modules]
    else:
        command = [os.path.join(folder, "Scripts" if os.name == "nt" else "bin", "python"), server]
    return command if os.path.exists(os.path.join(folder, ".installed")) and os.path.exists(command[0]) else None


def compare(commands, rounds):
    """Print the table of all servers; the first is what the others are measured by."""
    found = {name: [] for name in commands}
    for number in range(rounds):
        for name, (command, calls) in commands.items():
            found[name].append(measure(command, calls))
        if sys.stderr.isatty():
            sys.stderr.write("\rround %d of %d " % (number + 1, rounds))
    print()
    print("| server | first answer, ms (quartiles) | x limit | peak MiB | + MiB | round trip, µs | calls/s | x limit |")
    print("|---|---|---|---|---|---|---|---|")
    limit = None
    for name, results in found.items():
        columns = {key: spread([result[key] for result in results]) for key in results[0]}
        middle = {key: value[0] for key, value in columns.items()}
        limit = limit or middle
        row = (
            name,
            *columns["start"],
            middle["start"] / limit["start"],
            middle["peak"],
            middle["peak"] - limit["peak"],
        )
        row += (middle["trip"], format(round(middle["rate"]), ","), middle["rate"] / limit["rate"])
        print("| %s | %.1f (%.1f to %.1f) | %.2f | %.1f | %+.1f | %.0f | %s | %.2f |" % row, flush=True)


# How cost grows


def grow_with_size(limit, ours, rounds):
    print("\n| message | cwd_server, ms | limit, ms | x limit |\n|---|---|---|---|")
    for size in (1 << 10, 16 << 10, 256 << 10, 1 << 20, 4 << 20):
        request = line("ping", 1, _meta={"padding": ""})
        request = request.replace(b'""', b'"%s"' % (b"x" * (size - len(request))))
        both = []
        for command in (ours, limit):
            server = Server(command)
            both.append(statistics.median(server.ask(request) for _ in range(rounds)) * 1000)
            server.stop()
        print("| %s KiB | %.2f | %.2f | %.2f |" % (format(size >> 10, ","), both[0], both[1], both[0] / both[1]))


MANY_TOOLS = """
import sys
sys.path.insert(0, sys.argv[1])
from cwd_server.transport import stdio
from cwd_server.protocol.session import Session
from cwd_server.toolkit import text_block, tool, Result
def numbered(number):
    def get() -> Result:
        "Returns its number, which is of no use to anybody but whoever measures."
        return Result(str(number))
    return tool(get, name="get_%d" % number, threaded=False)
tools = [numbered(number) for number in range(int(sys.argv[2]))]
sys.exit(stdio.serve(lambda: Session(tools, {"name": "many", "version": "1"})))
"""


def grow_with_tools(ours, rounds):
    print("\n| tools | first answer, ms | first tools/list, ms | next, ms | its bytes |\n|---|---|---|---|---|")
    for count in (1, 10, 100, 1000):
        command = [*ours[:-1], "-c", MANY_TOOLS, ours[-1], str(count)]
        found = []
        for _ in range(rounds):
            server = Server(command)
            first, following = (server.round_trip(line("tools/list", number)) for number in (1, 2))
            server.send(line("tools/list", 3))
            found.append((server.started * 1000, first * 1000, following * 1000, server.receive(1)))
            server.stop()
        print("| %s | %.1f | %.2f | %.2f | %d |" % (count, *map(statistics.median, zip(*found))))


def grow_with_requests(limit, ours, rounds):
    print("\n| calls in one go | calls/s | x limit | peak MiB |\n|---|---|---|---|")
    for count in (1, 10, 100, 1000, 10000, 100000):
        requests = [call(number) for number in range(count)]
        rates, peak = [], 0.0
        for command in (ours, limit):
            found = []
            for _ in range(rounds if count <= 10000 else 3):
                server = Server(command)
                found.append(count / server.ask_all(requests))
                peak = server.peak() / 1024 if command is ours else peak
                server.stop()
            rates.append(statistics.median(found))
        row = (format(count, ","), format(round(rates[0]), ","), rates[0] / rates[1], peak)
        print("| %s | %s | %.2f | %.1f |" % row, flush=True)


def install():
    """Install the peers; return an exit status."""
    names = [environment for environment, _, _ in PEERS.values()] + ["node-22"]
    done = [
        environments._install_node(name) if name in environments.NODE else environments._install_python(name)
        for name in names
    ]
    return 0 if all(done) else 1


def main():
    """Measure, and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--install-peers", action="store_true", help="install the peers, and measure nothing")
    parser.add_argument("--rounds", type=int, default=30, help="how often each server is started (default: 30)")
    parser.add_argument("--no-peers", action="store_true", help="only the limit and this server")
    options = parser.parse_args()
    if options.install_peers:
        return install()
    if options.no_peers:
        PEERS.clear()
    machine = (platform.machine(), os.cpu_count(), platform.system(), platform.python_version(), datetime.date.today())
    print("%s, %d cores, %s, Python %s, %s" % machine)
    with tempfile.TemporaryDirectory() as directory:
        commands = servers(directory)
        compare(commands, options.rounds)
        limit, ours = commands["limit, -I -S"][0], commands["cwd_server, -I -S"][0]
        few = max(3, options.rounds // 3)
        grow_with_size(limit, ours, few)
        grow_with_tools(ours, few)
        grow_with_requests(limit, ours, few)
    return 0


if __name__ == "__main__":
    sys.exit(main())
