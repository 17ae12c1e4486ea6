"""Lint, format, types, size, and the tests of `make test` on every Python of this machine."""

import os
import pathlib
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
    """The package is to stay small enough to be read."""
    modules = [path.read_text("utf-8").splitlines() for path in pathlib.Path(ROOT, "cwd_server").rglob("*.py")]
    lines = sum(bool(line.strip()) for module in modules for line in module)
    summary("lines of the package that are not blank, at most", lines, 2200)
    assert len(modules) > 20
    assert lines < 2200
    assert max(map(len, modules)) <= 400


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
