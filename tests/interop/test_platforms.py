"""The tests on systems and Pythons that this machine does not have, each in a root of its own."""

import os
import subprocess

import pytest
from environments import CACHE, ROOT

UNAVAILABLE = 77  # what the scripts exit with, and say why

# What differs most on Windows; `make platforms` runs all tests there, on every Python
WINDOWS_MODULES = [
    "tests.processes.test_main",
    "tests.processes.test_stdio",
    "tests.processes.test_stderr",
    "tests.processes.test_endings",
    "tests.test_config",
    "tests.test_protocol",
    "tests.test_safe_write",
]

# Where a lock that is missing shows; `make platforms` runs all tests there
THREAD_MODULES = ["tests.slow.test_threads", "tests.test_workers", "tests.test_event_loop"]


def run(script, *arguments):
    """Run a script of tests/platforms; skip the test where it says that it cannot."""
    path = os.path.join(ROOT, "tests", "platforms", script)
    environment = {"ROOTS": os.path.join(CACHE, "platforms"), **os.environ}
    done = subprocess.run(
        ["sh", path, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode == UNAVAILABLE:
        pytest.skip(said.splitlines()[-1])
    assert done.returncode == 0, said


@pytest.mark.parametrize("python", ["python3.14", "python3.15"])
def test_newest_pythons(python):
    run("linux.sh", "sid", "amd64", python)


def test_a_free_threaded_python():
    command = ["python3", "-W", "error", "-X", "dev", "-m", "tests", *THREAD_MODULES]
    run("linux.sh", "sid", "amd64", "python3.14t", *command)


def test_windows():
    run("windows.sh", "3.13", "-W", "error", "-m", "tests", *WINDOWS_MODULES)


@pytest.mark.parametrize("processor", ["i386", "s390x"])
def test_archive_of_another_processor(processor):
    run("processor.sh", processor)
