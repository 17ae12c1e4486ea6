"""The official clients, FastMCP's and an agent framework's, each starting the built file as a user would."""

import client
import pytest


@pytest.mark.counts("clients that pass")
@pytest.mark.parametrize(("name", "mode"), client.TRIED)
def test_lists_calls_and_pings(name, mode, awkward_directory):
    report = client.run(name, mode, client.stdio("--cwd", awkward_directory))
    client.check(report, name, mode, awkward_directory)


def test_checks_can_fail(awkward_directory):
    name, mode = client.TRIED[0]
    report = client.run(name, mode, client.stdio("--cwd", awkward_directory))
    with pytest.raises(AssertionError):
        client.check(report, name, mode, awkward_directory + "x")
    with pytest.raises(AssertionError):  # what the server says on stderr is noticed
        client.run(name, mode, client.stdio("--cwd", awkward_directory, "--verbose"))
