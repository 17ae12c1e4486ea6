"""Lint, format, types, and the tests of `make test` on every Python of this machine."""

import os
import subprocess

import environments
import pytest

from tests import ROOT, pythons

FOUND = pythons.found()
SUPPORTED = sorted(key for key in FOUND if key[1] >= (3, 6))


def check(*command):
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900)
    assert done.returncode == 0, done.stdout.decode(errors="replace")


@pytest.mark.parametrize("arguments", [["check", "."], ["format", "--check", "."]], ids=["check", "format"])
def test_ruff(arguments):
    check(environments.program("tools", "ruff"), *arguments)


def test_mypy():
    check(environments.program("tools", "mypy"))


@pytest.mark.parametrize("key", SUPPORTED, ids=lambda key: "%s-%s" % (key[0], ".".join(map(str, key[1]))))
def test_unit_tests_pass(key, summary):
    check(FOUND[key], "-W", "error", "-m", "unittest", "discover", "-t", ROOT, "-s", os.path.join(ROOT, "tests"))
    summary("Pythons that pass the tests", 1, 1)
