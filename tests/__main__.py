"""Run the tests, one module more at a time than there are processors: much of the time they wait.

    python3 -m tests                          all that need nothing but Python
    python3 -m tests --quick                  those that start no process
    python3 -m tests tests.test_jsonrpc ...   some modules
    python3 -m tests --slowest 20             and name the tests that took longest

Each module has a process of its own, so that none depends on what another one left behind.
`python3 -m unittest` runs the same tests, one after the other.
"""

import argparse
import collections
import glob
import json
import os
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from tests.support.paths import ROOT, TESTS

LIMIT = 900  # seconds after which a module that hangs is killed
REPORT_MARK = "report of this module: "


class Result(unittest.TextTestResult):
    """What unittest prints, and how long each test took."""

    def __init__(self, *args):
        super().__init__(*args)
        self.seconds = {}
        self._started = 0.0

    def startTest(self, test):  # noqa: N802
        self._started = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):  # noqa: N802
        self.seconds[test.id()] = time.monotonic() - self._started
        super().stopTest(test)


class Module:
    """What came of the tests of a module, as the process that ran them says."""

    def __init__(self, name, passed=0, failed=0, skipped=(), seconds=None, output=""):
        self.name = name
        self.passed = passed
        self.failed = failed
        self.skipped = skipped  # reasons
        self.seconds = seconds or {}  # by test
        self.output = output


def module_names(quick):
    """Return the names of all modules, those that take long first."""
    folders = [TESTS] if quick else [os.path.join(TESTS, "processes"), TESTS]
    names = []
    for folder in folders:
        for path in sorted(glob.glob(os.path.join(folder, "test_*.py"))):
            relative = os.path.relpath(path, ROOT)
            names.append(relative[: -len(".py")].replace(os.sep, "."))
    return names


def interpreter_options():
    """Return the -W and -X options that this process was started with."""
    options = ["-W" + option for option in sys.warnoptions]
    for name, value in sys._xoptions.items():
        options.append("-X" + name if value is True else f"-X{name}={value}")
    return options


def run_in_process(name):
    """Run the tests of a module in a process of their own; return what came of them."""
    command = [sys.executable, *interpreter_options(), "-m", "tests", "--here", name]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )
    try:
        written, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        written = process.communicate()[0] + b"\nkilled: the module hangs\n"
    output = written.decode("utf-8", "replace")
    before, mark, rest = output.rpartition(REPORT_MARK)
    ended = f"\nended with status {process.returncode}"
    if not mark:
        return Module(name, failed=1, output=output + ended)
    report, _, after = rest.partition("\n")
    module = Module(name, output=before + after, **json.loads(report))
    if not module.failed and (process.returncode != 0 or after.strip()):
        module.failed = 1  # it crashed, or complained, after its last test
        module.output += ended
    return module


def run_here(name):
    """Run the tests of a module in this process; print a report as JSON, for `run_in_process`."""
    suite = unittest.defaultTestLoader.loadTestsFromName(name)
    result = unittest.TextTestRunner(resultclass=Result).run(suite)
    # A test with several failing subtests is one that failed
    failed = {_test_of(test).id() for test, _ in result.failures + result.errors}
    failed.update(test.id() for test in result.unexpectedSuccesses)
    skipped = {_test_of(test).id(): reason for test, reason in result.skipped}
    passed = set(result.seconds) - failed - set(skipped)
    report = {
        "passed": len(passed),
        "failed": len(failed),
        "skipped": list(skipped.values()),
        "seconds": result.seconds,
    }
    sys.stderr.flush()
    print("\n" + REPORT_MARK + json.dumps(report))
    return 0 if result.wasSuccessful() else 1


def _test_of(test):
    return getattr(test, "test_case", test)  # a subtest's test


def print_module(module):
    """Print a line for a module, and all that it printed if something failed."""
    if module.failed:
        encoding = sys.stdout.encoding or "ascii"
        print(module.output.encode(encoding, "backslashreplace").decode(encoding))
    total = sum(module.seconds.values())
    print(f"{module.name}: {counts([module])} in {total:.1f} s", flush=True)


def counts(modules):
    """Return how many tests passed, failed and were skipped, in words."""
    passed = sum(module.passed for module in modules)
    failed = sum(module.failed for module in modules)
    skipped = sum(len(module.skipped) for module in modules)
    return f"{passed} passed, {failed} failed, {skipped} skipped"


def print_summary(modules, slowest):
    """Print why tests were skipped, which took longest, and the counts of all."""
    reasons = collections.Counter()
    seconds = {}
    for module in modules:
        reasons.update(module.skipped)
        seconds.update(module.seconds)
    for reason, count in sorted(reasons.items()):
        print(f"skipped {count}: {reason}")
    for name in sorted(seconds, key=seconds.get, reverse=True)[:slowest]:
        print(f"{seconds[name]:6.2f} s  {name}")
    for module in modules:
        if module.failed:
            print(f"failed in {module.name}; its output is above")
    print(counts(modules))


def main(argv):
    """Run what is asked for; return the exit status."""
    parser = argparse.ArgumentParser("python3 -m tests", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="such as tests.test_get_cwd; without it, all"
    )
    parser.add_argument("--quick", action="store_true", help="only tests that start no process")
    parser.add_argument("--jobs", type=int, default=(os.cpu_count() or 1) + 1, help="at a time")
    parser.add_argument("--slowest", type=int, default=0, metavar="N", help="name the N slowest")
    parser.add_argument("--fail-fast", action="store_true", help="stop after a module that fails")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.here:
        return run_here(options.modules[0])
    modules = []
    with ThreadPoolExecutor(options.jobs) as pool:
        names = options.modules or module_names(options.quick)
        futures = [pool.submit(run_in_process, name) for name in names]
        for future in futures:
            modules.append(future.result())
            print_module(modules[-1])
            if modules[-1].failed and options.fail_fast:
                for other in futures:
                    other.cancel()
                break
    print_summary(modules, options.slowest)
    return 1 if any(module.failed for module in modules) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
