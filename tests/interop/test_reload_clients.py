"""--reload under official clients of both eras, while calls run."""

import json
import os
import sys

import environments
import programs
import pytest

from tests.interop.reloading import steps
from tests.support.paths import ARCHIVE

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reloading")
SOON = 2.0  # seconds within which a client hears; the look once a second and 0.3 s without change


@pytest.mark.parametrize("version", [1, 2])
def test_a_client_hears_of_each_change_and_loses_no_call(version, tmp_path):
    tmp_path.chmod(0o755)
    path = str(tmp_path / "tools.py")
    steps.write(path, steps.STEADY + steps.SLOW)
    client = environments.python(f"mcp-{version}")
    program = os.path.join(FOLDER, f"python_{version}.py")
    server = [sys.executable, ARCHIVE, "--tools", path, "--reload"]
    status, output, stderr = programs.run([client, program, path, *server], 120)
    assert status == 0, stderr
    report = json.loads(output)
    assert report["announced"] is True
    assert report["calls"] > 10
    assert report["lost"] == 0
    for (name, _, names, is_heard), seen in zip(steps.STEPS, report["steps"]):
        assert seen["names"] == ["get_cwd", *names], name
        assert (seen["seconds"] is not None) == is_heard, name
        assert not is_heard or seen["seconds"] < SOON, name
    assert "not loaded anew, the tools stay as they were" in stderr
