"""How the cost grows with messages, tools, values to check and requests; each should be linear.

But for calls in one go, what is shown is the server's own processor time, on which other programs
of the machine have little influence, and the client none.
"""

import json
import os
import statistics
import sys

from connection import Server, call, line
from servers import HERE
from table import print_heading, print_row

MAX_MESSAGE = 4 << 20  # bytes; the server refuses what is longer
SIZES = (1 << 10, 16 << 10, 256 << 10, 1 << 20, MAX_MESSAGE)  # bytes
TOOLS = (1, 10, 100, 1000, 10000)
RESULTS = (1 << 10, 1 << 20, 16 << 20, 64 << 20)  # bytes
CALLS = (1, 10, 100, 1000, 10000, 100000)
MANY = 10000  # of which three rounds are enough


def grow(limit, ours, rounds):
    """Print all tables; `limit` and `ours` are paths of archives."""
    isolated = [sys.executable, "-I", "-S"]
    with_message_size([*isolated, limit], [*isolated, ours], rounds)
    with_tools(ours, rounds)
    with_values(ours, rounds)
    with_results(ours, rounds)
    with_requests([*isolated, limit], [*isolated, ours], rounds)


def pipeline_cost(server, request):
    """Send a request and read its answer; return the processor time that it took, in ms."""
    before = server.processor_seconds()
    server.pipeline([request])
    return (server.processor_seconds() - before) * 1000


def with_message_size(limit, ours, rounds):
    """Print what a ping costs that is so long."""
    print_heading("message", "cwd_server, ms", "limit, ms", "x limit", "ms a MiB")
    for size in SIZES:
        empty = line("ping", 1, _meta={"padding": ""})
        request = empty.replace(b'""', b'"%s"' % (b"x" * (size - len(empty))))
        middle = []
        for command in (ours, limit):
            with Server(command) as server:
                costs = [pipeline_cost(server, request) for _ in range(rounds)]
            middle.append(statistics.median(costs))
        print_row(
            f"{size >> 10:,} KiB",
            f"{middle[0]:.2f}",
            f"{middle[1]:.2f}",
            f"{middle[0] / middle[1]:.2f}",
            f"{middle[0] / (size / (1 << 20)):.1f}",
        )


def with_tools(ours, rounds):
    """Print what it costs to start with so many tools, and to list them."""
    print_heading(
        "tools", "first answer, ms", "first tools/list, ms", "next, ms", "its KiB", "peak MiB"
    )
    for count in TOOLS:
        command = [sys.executable, ours, "--tools", os.path.join(HERE, "many_tools.py")]
        os.environ["MANY_TOOLS"] = str(count)
        found = [_list_tools(command) for _ in range(rounds if count < MANY else 3)]
        middle = [statistics.median(column) for column in zip(*found)]
        print_row(
            f"{count:,}",
            f"{middle[0]:.1f}",
            f"{middle[1]:.2f}",
            f"{middle[2]:.2f}",
            f"{middle[3]:,.0f}",
            f"{middle[4]:.1f}",
        )


def _list_tools(command):
    with Server(command) as server:
        started = server.processor_seconds()
        first = pipeline_cost(server, line("tools/list", 1))
        following = pipeline_cost(server, line("tools/list", 2))
        server.send(line("tools/list", 3))
        size = server.receive(1)
        return (
            started * 1000,
            first,
            following,
            size / 1024,
            server.peak_memory(),
        )


def with_values(ours, rounds):
    """Print what it costs to check arguments against a schema, and to make them values."""
    print_heading("arguments", "checked and summed, ms", "ms a MiB", "peak MiB")
    command = [sys.executable, ours, "--tools", os.path.join(HERE, "sized_tools.py")]
    item = {"name": "pen", "price": 2.5, "tags": ["a", "b"]}
    for size in SIZES:
        count = (size - 200) // len(json.dumps(item) + ", ")
        request = call(1, "total", {"items": [item] * count})
        with Server(command) as server:
            costs = [pipeline_cost(server, request) for _ in range(rounds)]
            peak = server.peak_memory()
        middle = statistics.median(costs)
        mebibytes = len(request) / (1 << 20)
        print_row(
            f"{len(request) >> 10:,} KiB",
            f"{middle:.2f}",
            f"{middle / mebibytes:.0f}",
            f"{peak:.1f}",
        )


def with_results(ours, rounds):
    """Print what it costs to write a text that is so long."""
    print_heading("result", "written, ms", "ms a MiB", "peak MiB")
    command = [sys.executable, ours, "--tools", os.path.join(HERE, "sized_tools.py")]
    for size in RESULTS:
        request = call(1, "text", {"size": size})
        with Server(command) as server:
            costs = [pipeline_cost(server, request) for _ in range(min(rounds, 5))]
            peak = server.peak_memory()
        middle = statistics.median(costs)
        print_row(
            f"{size >> 10:,} KiB",
            f"{middle:.2f}",
            f"{middle / (size / 1048576):.1f}",
            f"{peak:.1f}",
        )


def with_requests(limit, ours, rounds):
    """Print how many calls a second are answered, if so many are sent in one go."""
    print_heading("calls in one go", "calls/s", "x limit", "peak MiB")
    for count in CALLS:
        requests = [call(number) for number in range(count)]
        rates, peaks = [], []
        for command in (ours, limit):
            found = []
            for _ in range(rounds if count <= MANY else 3):
                with Server(command) as server:
                    server.round_trip(call(-1))
                    found.append(count / server.pipeline(requests))
                    peak = server.peak_memory()
            rates.append(statistics.median(found))
            peaks.append(peak)
        print_row(
            f"{count:,}", f"{rates[0]:,.0f}", f"{rates[0] / rates[1]:.2f}", f"{peaks[0]:.1f}"
        )
