"""Lint, format, types, and the tests of `make test` on every Python of this machine."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import environments
import programs
import pytest

from tests.support.paths import ROOT
from tests.support.pythons import installed_pythons

SUPPORTED = [python for python in installed_pythons() if python.version >= (3, 6)]


def run(*command):
    return programs.run(command, 900, cwd=ROOT, stderr=subprocess.STDOUT)


def check(status, output, _):
    assert status == 0, output.decode(errors="replace")


@pytest.mark.parametrize(
    "arguments", [["check", "."], ["format", "--check", "."]], ids=["check", "format"]
)
def test_ruff(arguments):
    check(*run(environments.program("tools", "ruff"), *arguments))


def test_mypy():
    check(*run(environments.program("tools", "mypy")))


@pytest.fixture(scope="module")
def runs():
    """Run the tests on every Python, two at a time: most of the time they wait."""
    pool = ThreadPoolExecutor(2)
    yield {python: pool.submit(run_tests, python) for python in SUPPORTED}
    pool.shutdown(cancel_futures=True)


def run_tests(python):
    """Run the tests on a Python; on PyPy, which starts slowly, those that start no process."""
    words = ["-W", "error", "-m", "tests", "--jobs", "1"]
    if python.implementation == "PyPy":
        words.append("--quick")
    return run(python.path, *words)


def name_of(python):
    return f"{python.implementation}-{'.'.join(map(str, python.version))}"


IDS = [name_of(python) for python in SUPPORTED]


@pytest.mark.counts("Pythons that pass the tests")
@pytest.mark.parametrize("python", SUPPORTED, ids=IDS)
def test_unit_tests_pass(python, runs):
    check(*runs[python].result())
