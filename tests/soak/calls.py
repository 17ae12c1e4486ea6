"""A million calls of one server, and threaded ones of another: nothing may be left over; run by `make soak`.

Usage: python -m tests.soak.calls [CALLS] [THREADED]; needs Linux, for /proc
"""

import json
import sys
import threading
import time

from tests.support.client import Client
from tests.support.paths import STARTS
from tests.support.processes import descriptors, memory, number_in_status
from tests.support.serving import WITH_TOOLS, call, with_tools

WINDOW = 500  # threaded calls that are open at once


def flood(server, line, count):
    """Send `line` `count` times while reading; return the memory in KiB at a tenth of the answers and at the end."""
    writer = threading.Thread(
        target=server.send_bytes, args=(line * 1000, count // 1000), daemon=True
    )
    writer.start()
    answered, early = 0, None
    while answered < count:
        answered += server.process.stdout.read1(1 << 20).count(b"\n")
        if early is None and answered >= count // 10:
            early = memory(server.pid)
    writer.join()
    return early, memory(server.pid)


def flood_in_turns(server, name, count):
    """Make threaded calls, WINDOW at a time; return the same."""
    early = 0
    for done in range(0, count, WINDOW):
        server.send(*[call(name, number) for number in range(done, done + WINDOW)])
        assert {server.receive()["id"] for _ in range(WINDOW)} == set(range(done, done + WINDOW))
        if done <= count // 10:
            early = memory(server.pid)
    return early, memory(server.pid)


def report(what, server, before, early, late):
    """Print what was seen and stop at what is too much."""
    deadline = time.monotonic() + 5
    while number_in_status(server.pid, "Threads") > 1 and time.monotonic() < deadline:
        time.sleep(0.1)
    after = descriptors(server.pid), number_in_status(server.pid, "Threads")
    print(
        "soak: %s; memory %d KiB at a tenth, %d KiB at the end; descriptors %d, then %d; threads %d, then %d"
        % (what, early, late, before[0], after[0], before[1], after[1]), flush=True,
    )  # fmt: skip
    assert late - early < 512, "memory has grown"
    assert after == before, "something is left over"
    server.process.stdin.close()
    assert server.end()[0] == 0


def main():
    """Run both."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
    threaded = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    for name, start in STARTS.items():
        with Client(start, limit=3600) as server:
            server.ask(call("get_cwd"))
            before = descriptors(server.pid), number_in_status(server.pid, "Threads")
            begun = time.monotonic()
            early, late = flood(server, json.dumps(call("get_cwd")).encode() + b"\n", calls)
            rate = calls / (time.monotonic() - begun)
            report(
                "%d calls of the %s, %d a second" % (calls, name, rate),
                server,
                before,
                early,
                late,
            )
    for place in WITH_TOOLS:
        with with_tools(place, limit=3600) as server:
            server.ask(call("quick"))
            before = descriptors(server.pid), 1
            early, late = flood_in_turns(server, "quick", threaded)
            report(
                "%d threaded calls, cwd_server from the %s" % (threaded, place),
                server,
                before,
                early,
                late,
            )


if __name__ == "__main__":
    main()
