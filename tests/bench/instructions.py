"""Start-up without noise: the instructions from start to end, after one `initialize`.

valgrind counts them. Beside each interpreter alone and a zipapp that writes a constant answer, the
same interpreter starts our archive: as `make` builds it, and as a release, with bytecode for all.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys

from connection import INITIALIZE
from servers import build, zip_program
from table import print_heading, print_row

from tests.support.pythons import installed_pythons

OLDEST_WITH_BYTECODE = (3, 8)
# The order of sets differs from start to start, and the figure by half a percent
TIMES = 3


def count(command):
    """Return the millions of instructions that a command takes to answer `initialize` and end."""
    found = []
    for _ in range(TIMES):
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + os.devnull, *command],
            input=INITIALIZE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            check=True,
        )
        collected = re.search(rb"Collected : (\d+)", done.stderr)
        found.append(int(collected.group(1)) / 1e6)
    return statistics.median(found)


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


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        sys.exit(compare_instructions(folder))
