"""Change the code at random, and name the changes that no test notices: `make mutants`.

    .cache/mutants/bin/python tests/mutants.py [COUNT] [SEED]

cosmic-ray (tests/interop/environments.py mutants) makes the changes, in copies of this checkout; a
place is as likely as any other, whatever can be changed there. The quick tests run first, and what
they miss meets some that start processes. A change that survives is a test that is missing, code that is
superfluous, or a change that changes nothing.
"""

import itertools
import os
import queue
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.commands.init import _all_work_items
from cosmic_ray.mutating import use_mutation
from cosmic_ray.plugins import get_operator

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ["cwd_server/protocol", "cwd_server/toolkit"]
LIMIT = 60  # seconds after which tests hang, which counts as noticed; at least, and at least
SLOWER = 10  # times as long as they take without a change
# Modules that start processes, and see more of protocol and toolkit than of anything else
PROCESSES = ["call", "endings", "forks", "main", "pack", "stdio", "toolkit", "transcripts"]


def test_steps():
    """Return the commands that a change has to pass, one after the other, to survive."""
    quick = ["tests.interop.pydantic_types"]
    for path in sorted(Path("tests").glob("test_*.py")):
        if re.search(r"cwd_server\.(protocol|toolkit)|support\.players", path.read_text("utf-8")):
            quick.append(f"tests.{path.stem}")
    processes = [f"tests.processes.test_{name}" for name in PROCESSES]
    return [
        [sys.executable, "-m", "unittest", "--failfast", *quick],
        [sys.executable, "build_zipapp.py"],
        [sys.executable, "-m", "unittest", "--failfast", *processes],
    ]


class Change(NamedTuple):
    """A change of the code: where, and by which of cosmic-ray's operators."""

    module: Path  # relative to the checkout
    line: int
    operator: str
    occurrence: int

    def __str__(self):
        return f"{self.module}:{self.line}: {self.operator}"


def find_changes():
    """Return the changes that are possible, by place."""
    os.chdir(ROOT)
    modules = []
    for folder in FOLDERS:
        modules += sorted(Path(folder).rglob("*.py"))
    places = {}
    for item in _all_work_items(modules, {}):
        mutation = item.mutations[0]
        line, _ = mutation.start_pos
        change = Change(
            Path(mutation.module_path), line, mutation.operator_name, mutation.occurrence
        )
        places.setdefault((str(mutation.module_path), mutation.start_pos), []).append(change)
    return places


def choose(places, count, chance):
    """Return changes at random: a place each."""
    names = sorted(places)
    chosen = chance.sample(names, min(count, len(names)))
    return [chance.choice(places[name]) for name in chosen]


def copy_checkout(folder):
    """Copy what git knows, and what is new, as it is now."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        stdout=subprocess.PIPE,
    )
    packed = subprocess.run(
        ["tar", "-C", ROOT, "--null", "--files-from=-", "--ignore-failed-read", "-c"],
        check=True,
        input=listed.stdout,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    subprocess.run(["tar", "-C", folder, "-x"], check=True, input=packed.stdout)


class Trial:
    """The tests, run in copies of the checkout, a change at a time in each."""

    def __init__(self, folders):
        self.steps = test_steps()
        self.folders = queue.Queue()
        for folder in folders:
            self.folders.put(folder)
        self._limits = [None] * len(self.steps)
        self._times = itertools.count(10**9)

    def passes_unchanged(self):
        """Return whether the tests pass without a change; note how long each step takes."""
        folder = self.folders.get()
        for number, step in enumerate(self.steps):
            start = time.monotonic()
            if not passes(step, folder, None):
                return False
            self._limits[number] = max(LIMIT, SLOWER * (time.monotonic() - start))
        self.folders.put(folder)
        return True

    def survives(self, change):
        """Make a change in a copy that is free; return its lines if no test notices, or None."""
        folder = self.folders.get()
        try:
            path = folder / change.module
            operator = get_operator(change.operator)()
            with use_mutation(path, operator, change.occurrence) as (before, after):
                if after is None or before == after:
                    return None
                # By the time Python tells whether bytecode is of this text: one that no other text has
                changed = next(self._times)
                os.utime(path, (changed, changed))
                for step, limit in zip(self.steps, self._limits):
                    if not passes(step, folder, limit):
                        return None
                return difference(before, after)
        finally:
            self.folders.put(folder)


def passes(step, folder, limit):
    """Return whether a command succeeds within so many seconds; leave nothing of it running."""
    process = subprocess.Popen(
        step,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(limit) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # as it should be
        process.wait()


def difference(before, after):
    """Return the line that changed, before and after."""
    for old, new in zip(before.splitlines(), after.splitlines()):
        if old != new:
            return f"    - {old.strip()}\n    + {new.strip()}"
    return ""


def main(count=200, seed=None):
    """Try so many changes; print those that survive; return 1 if there are any."""
    seed = random.randrange(1 << 30) if seed is None else seed
    changes = choose(find_changes(), count, random.Random(seed))
    print(f"{len(changes)} changes, seed {seed}", flush=True)
    survivors = 0
    jobs = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as directory:
        folders = [Path(directory, str(number)) for number in range(jobs)]
        for folder in folders:
            folder.mkdir()
            copy_checkout(folder)
        trial = Trial(folders)
        if not trial.passes_unchanged():
            print("the tests fail without a change", file=sys.stderr)
            return 2
        with ThreadPoolExecutor(jobs) as pool:
            tried = {pool.submit(trial.survives, change): change for change in changes}
            for number, future in enumerate(as_completed(tried), 1):
                lines = future.result()
                if lines is not None:
                    survivors += 1
                    print(f"{tried[future]} (of the first {number})\n{lines}", flush=True)
    print(f"{survivors} of {len(changes)} survived, seed {seed}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
