"""Lint, format, types, size, and the tests of `make test` on every Python of this machine."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import environments
import programs
import pytest

from tests import ROOT, pythons

FOUND = pythons.found()
SUPPORTED = sorted(key for key in FOUND if key[1] >= (3, 6))


def run(*command):
    return programs.run(command, 900, cwd=ROOT, stderr=subprocess.STDOUT)


def check(status, output, _):
    assert status == 0, output.decode(errors="replace")


@pytest.mark.parametrize("arguments", [["check", "."], ["format", "--check", "."]], ids=["check", "format"])
def test_ruff(arguments):
    check(*run(environments.program("tools", "ruff"), *arguments))


def test_mypy():
    check(*run(environments.program("tools", "mypy")))


def test_size(summary):
    """The package is to stay small enough to be read: lines of code, and no module over 400 lines of any kind."""
    status, output, _ = run(environments.program("tools", "pygount"), "--format=json", "cwd_server")
    assert status == 0, output.decode(errors="replace")
    files = json.loads(output.decode())["files"]
    lines = sum(file["sourceCount"] for file in files)
    summary("lines of code in the package, of those allowed", lines, 2200)
    assert len(files) > 20
    assert lines < 2200
    assert max(file["lineCount"] for file in files) <= 400


@pytest.fixture(scope="module")
def runs():
    """Run the tests on every Python, two at a time: most of the time they wait."""
    words = ["-W", "error", "-m", "unittest", "discover", "-t", ROOT, "-s", os.path.join(ROOT, "tests")]
    pool = ThreadPoolExecutor(2)
    yield {key: pool.submit(run, FOUND[key], *words) for key in SUPPORTED}
    pool.shutdown(cancel_futures=True)


@pytest.mark.counts("Pythons that pass the tests")
@pytest.mark.parametrize("key", SUPPORTED, ids=lambda key: "%s-%s" % (key[0], ".".join(map(str, key[1]))))
def test_unit_tests_pass(key, runs):
    check(*runs[key].result())
