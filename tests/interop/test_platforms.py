"""The tests on Pythons that this machine does not have, each in a private root of its own."""

import os
import subprocess

import pytest
from environments import CACHE, ROOT

UNAVAILABLE = 77  # what linux.sh exits with, and says why


@pytest.mark.parametrize("python", ["python3.14", "python3.15"])
def test_newest_pythons(python):
    script = os.path.join(ROOT, "tests", "platforms", "linux.sh")
    environment = dict(os.environ, ROOTS=os.path.join(CACHE, "platforms"))
    done = subprocess.run(
        ["sh", script, "sid", "amd64", python], env=environment, stdout=subprocess.PIPE
    )
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode == UNAVAILABLE:
        pytest.skip(said.splitlines()[-1])
    assert done.returncode == 0, said
