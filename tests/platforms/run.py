"""The tests on other systems, and a table of what passed, failed and was skipped there, and why.

python3 tests/platforms/run.py                  every platform
python3 tests/platforms/run.py windows-3.13     some of them
"""

import os
import re
import subprocess
import sys
from typing import List, NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
CANNOT = 77  # the status of a script that cannot have its platform, and says why


class Platform(NamedTuple):
    """A name, and the script that runs the tests there, with its arguments."""

    name: str
    command: List[str]


THREADS = ["-m", "tests", "tests.slow.test_threads"]

PLATFORMS = [
    Platform(f"windows-{version}", ["windows.sh", version])
    for version in ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.14t")
]
PLATFORMS += [
    Platform("windows-3.14t-threads", ["windows.sh", "3.14t", *THREADS]),
    Platform("linux-3.14", ["linux.sh", "sid", "amd64", "python3.14"]),
    Platform("linux-3.15", ["linux.sh", "sid", "amd64", "python3.15"]),
    Platform("linux-3.14t", ["linux.sh", "sid", "amd64", "python3.14t"]),
    Platform(
        "linux-3.14t-threads", ["linux.sh", "sid", "amd64", "python3.14t", "python3", *THREADS]
    ),
    Platform("linux-musl-3.14", ["linux.sh", "sid", "amd64", "python3.14-musl"]),
    Platform("linux-i386-3.11", ["linux.sh", "bookworm", "i386", "python3.11"]),
    Platform("archive-i386", ["processor.sh", "i386"]),
    Platform("archive-armhf", ["processor.sh", "armhf"]),
    Platform("archive-s390x", ["processor.sh", "s390x"]),
]


class Outcome(NamedTuple):
    """What came of a platform: a row of the table, and whether that is well."""

    row: str
    well: bool


def run(platform: Platform) -> Outcome:
    """Run the tests of a platform, and show what they print."""
    script, *arguments = platform.command
    process = subprocess.Popen(
        [os.path.join(HERE, script), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output = b""
    for line in process.stdout or ():
        sys.stdout.buffer.write(line)
        sys.stdout.flush()
        output += line
    status = process.wait()
    text = output.decode("utf-8", "replace").replace("\r", "")
    if status == CANNOT:
        return Outcome(f"{platform.name:22} skipped: {text.splitlines()[-1]}", True)
    counts = re.findall(r"^\d+ passed, \d+ failed, \d+ skipped$", text, re.M)
    if not counts:
        return Outcome(f"{platform.name:22} ended with status {status}", False)
    reasons = re.findall(r"^skipped \d+: .*$", text, re.M)
    row = f"{platform.name:22} {counts[-1]}"
    return Outcome("\n    ".join([row, *reasons]), status == 0)


def main(names: List[str]) -> int:
    """Run what is named, or everything; return 1 if something failed."""
    known = [platform.name for platform in PLATFORMS]
    unknown = set(names) - set(known)
    if unknown:
        print(f"no platform {', '.join(unknown)}: there are {', '.join(known)}", file=sys.stderr)
        return 2
    chosen = [platform for platform in PLATFORMS if not names or platform.name in names]
    outcomes = [run(platform) for platform in chosen]
    print()
    for outcome in outcomes:
        print(outcome.row)
    return 0 if all(outcome.well for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
