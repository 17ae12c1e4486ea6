"""Start-up and calls without noise: instructions, which valgrind counts.

Start-up is from start to end, after one `initialize`. Beside each interpreter alone and a zipapp
that writes a constant answer, the same interpreter starts our archive: as `make` builds it, and as
a release, with bytecode for all. A call is what one more of them costs, beside the limit.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys

from connection import INITIALIZE, Server, call
from servers import build, zip_program
from table import print_heading, print_row

from tests.support.pythons import installed_pythons

OLDEST_WITH_BYTECODE = (3, 8)
# The order of sets differs from start to start, and the figure by half a percent
TIMES = 3
VALGRIND = ["valgrind", "--tool=callgrind"]
CALLS = (1, 101, 1101)  # between them the cost of one is measured: while all is new, and after


def count(command):
    """Return the millions of instructions that a command takes to answer `initialize` and end."""
    found = []
    for _ in range(TIMES):
        done = subprocess.run(
            [*VALGRIND, "--callgrind-out-file=" + os.devnull, *command],
            input=INITIALIZE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            check=True,
        )
        collected = re.search(rb"Collected : (\d+)", done.stderr)
        found.append(int(collected.group(1)) / 1e6)
    return statistics.median(found)


def count_calls(command, directory, send):
    """Return the thousands of instructions that a call costs, from each of CALLS to the next.

    send: sends requests to a Server, and reads their answers
    """
    counted = os.path.join(directory, "callgrind.out")
    totals = []
    for number in CALLS:
        with Server([*VALGRIND, "--callgrind-out-file=" + counted, *command]) as server:
            send(server, [call(each) for each in range(number)])
        with open(counted) as file:
            total = re.search(r"^(?:summary|totals): (\d+)", file.read(), re.MULTILINE)
        totals.append(int(total.group(1)) / 1e3)
    costs = []
    for place in range(1, len(CALLS)):
        more = CALLS[place] - CALLS[place - 1]
        costs.append((totals[place] - totals[place - 1]) / more)
    return costs


def one_after_the_other(server, requests):
    """Send each request when the one before is answered."""
    for request in requests:
        server.round_trip(request)


def interpreters():
    """Return the newest interpreter of each CPython that gets bytecode, by its minor version."""
    newest = {}
    for python in installed_pythons():
        if python.implementation == "CPython" and python.version >= OLDEST_WITH_BYTECODE:
            newest[python.version[:2]] = python.path
    return newest


def compare_instructions(directory):
    """Print a row an interpreter; say why, where that cannot be."""
    if shutil.which("valgrind") is None:
        print("\nvalgrind is not installed: no table of instructions")
        return
    constant = zip_program("constant.py", os.path.join(directory, "constant.pyz"))
    pythons = interpreters()
    release = os.path.join(directory, "release.pyz")
    build(release, "--bytecode", *pythons.values())
    print_heading(
        "Python",
        "interpreter, million",
        "constant answer",
        "cwd_server, make",
        "x constant",
        "a release",
        "x constant",
        "both without -I -S, x",
    )
    for version, path in pythons.items():
        default = os.path.join(directory, "default.pyz")
        build(default, "--bytecode", path)
        isolated = [path, "-I", "-S"]
        least = count([*isolated, constant])
        ours, released = count([*isolated, default]), count([*isolated, release])
        as_typed = count([path, default]) / count([path, constant])
        print_row(
            ".".join(map(str, version)),
            f"{count([*isolated, '-c', 'pass']):.1f}",
            f"{least:.1f}",
            f"{ours:.1f}",
            f"{ours / least:.2f}",
            f"{released:.1f}",
            f"{released / least:.2f}",
            f"{as_typed:.2f}",
        )
    size = os.path.getsize(release)
    print(f"\nThe release: {size / 1024:,.0f} KiB, bytecode for {len(pythons)} interpreters.")


def compare_calls(limit, ours, directory):
    """Print a row a way to call; `limit` and `ours` are paths of archives."""
    if shutil.which("valgrind") is None:
        return
    first, following = CALLS[1] - CALLS[0], CALLS[2] - CALLS[1]
    print_heading(
        "calls",
        f"the first {first}, thousand each",
        "x limit",
        f"the next {following:,}, thousand each",
        "x limit",
    )
    isolated = [sys.executable, "-I", "-S"]
    for way, send in (
        ("one after the other", one_after_the_other),
        ("in one go", Server.pipeline),
    ):
        least = count_calls([*isolated, limit], directory, send)
        found = count_calls([*isolated, ours], directory, send)
        cells = []
        for cost, least_cost in zip(found, least):
            cells += [f"{cost:.1f}", f"{cost / least_cost:.2f}"]
        print_row(way, *cells)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        sys.exit(compare_instructions(folder))
