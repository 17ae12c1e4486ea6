"""A typed tool, `add(a: int, b: int) -> int`: with a thread, without, and with the peers."""

import os
import statistics
import sys

from connection import Server, call
from servers import HERE, peer_command
from table import print_heading, print_row

CALLS = 2000  # in one go, in each round
ROUND_TRIPS = 200


class Figures:
    """What the rounds found out about a server."""

    def __init__(self, name, command):
        self.name = name
        self.command = command
        self.round_trips = []  # µs
        self.pipelined = []  # µs a call
        self.processor = []  # µs of processor time a call, pipelined

    def add_round(self):
        """Start the server once, and measure it."""
        requests = [call(number, "add", {"a": number, "b": 1}) for number in range(CALLS)]
        with Server(self.command) as server:
            server.round_trip(requests[0])
            trips = [server.round_trip(request) for request in requests[:ROUND_TRIPS]]
            self.round_trips.append(statistics.median(trips) * 1e6)
            before = server.processor_seconds()
            self.pipelined.append(server.pipeline(requests) / CALLS * 1e6)
            self.processor.append((server.processor_seconds() - before) / CALLS * 1e6)


def servers(ours):
    """Return what is compared; the first is what the others are measured by."""
    command = [sys.executable, ours, "--tools"]
    found = [
        Figures("cwd_server, threaded=False", [*command, os.path.join(HERE, "typed_inline.py")]),
        Figures("cwd_server", [*command, os.path.join(HERE, "typed_threaded.py")]),
    ]
    peers = [
        ("FastMCP 4.2.3", "bench-fastmcp", "fastmcp_typed.py"),
        ("official Python SDK, mcp 2.3.0", "mcp-2", "mcp_typed.py"),
    ]
    for name, environment, program in peers:
        started = peer_command(environment, program)
        if started is not None:
            found.append(Figures(name, started))
    return found


def compare_typed_tools(ours, rounds):
    """Print a row a server."""
    found = servers(ours)
    for _ in range(rounds):
        for figures in found:
            figures.add_round()
    titles = ["round trip, µs", "x", "pipelined, µs", "x", "processor, µs", "x"]
    print_heading("add(a: int, b: int)", *titles)
    first = found[0]
    for figures in found:
        cells = [figures.name]
        for name in ("round_trips", "pipelined", "processor"):
            middle = statistics.median(getattr(figures, name))
            cells += [f"{middle:.0f}", f"{middle / statistics.median(getattr(first, name)):.2f}"]
        print_row(*cells)
