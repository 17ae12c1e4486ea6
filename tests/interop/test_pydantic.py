"""pydantic's types in tools, with the pydantic that FastMCP brings along."""

import subprocess

import environments
from conftest import ROOT


def test_types_of_pydantic():
    """Run the tests that need it."""
    command = [environments.python("fastmcp"), "-m", "unittest", "tests.interop.pydantic_types"]
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8")
    assert done.returncode == 0, done.stderr
