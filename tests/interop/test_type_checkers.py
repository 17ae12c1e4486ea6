"""What type checkers see of the toolkit, in its source and in the stub that `new` writes."""

import os

import environments
import programs
import pytest

from cwd_server.commands.toolkit_stub import STUB
from tests.support.paths import ROOT, environment

# A line for each mistake that has to be found
MISTAKES = """\
from cwd_server.toolkit import tool
from cwd_server.toolkit import ToolError
from cwd_server.toolkit import Call

@tool
def greet(name: str, times: int = 1) -> str:
    return name * times

@tool(read_only=True, threaded=False)
def version() -> str:
    return greet("1.0")

greet(5)  # wrong
greet("a", tims=2)  # wrong
number: int = greet("a")  # wrong
@tool(read_ony=True)  # wrong
def misspelt() -> str:
    return "x"
"""
WRONG = [number for number, line in enumerate(MISTAKES.splitlines(), 1) if "# wrong" in line]


@pytest.fixture(params=["source", "stub"])
def folder(request, tmp_path):
    """A folder with the file, which finds the toolkit's source, or its stub."""
    (tmp_path / "mistakes.py").write_text(MISTAKES)
    stub = tmp_path / "typings" / "cwd_server" / "toolkit.pyi"
    stub.parent.mkdir(parents=True)
    if request.param == "stub":
        stub.write_text(STUB, encoding="utf-8")
    else:
        os.symlink(os.path.join(ROOT, "cwd_server"), tmp_path / "cwd_server")
    return tmp_path


def lines_of(output):
    """Return the lines of the file that a checker's errors are about."""
    found = set()
    for line in output.decode(errors="replace").splitlines():
        name, _, rest = line.strip().partition(":")
        if name.endswith("mistakes.py") and "error" in rest:
            found.add(int(rest.partition(":")[0]))
    return sorted(found)


def test_mypy(folder):
    mypy = environments.program("tools", "mypy")
    options = ["--strict", "--config-file", os.devnull, "--follow-imports", "silent"]
    command = [mypy, *options, "mistakes.py"]
    variables = {**environment(), "MYPYPATH": "typings"}
    _, output, _ = programs.run(command, 300, cwd=folder, env=variables)
    assert lines_of(output) == WRONG, output.decode()


def test_pyright(folder):
    pyright = environments.program("pyright", "pyright")
    _, output, _ = programs.run([pyright, "mistakes.py"], 300, cwd=folder)
    assert lines_of(output) == WRONG, output.decode()


def test_the_stub_is_true(tmp_path):
    """The tool stubtest compares it with the toolkit as it is."""
    stub = tmp_path / "cwd_server" / "toolkit.pyi"
    stub.parent.mkdir()
    stub.write_text(STUB, encoding="utf-8")
    stubtest = environments.program("tools", "stubtest")
    command = [stubtest, "--ignore-missing-stub", "cwd_server.toolkit"]
    variables = {**environment(), "MYPYPATH": str(tmp_path), "PYTHONPATH": ROOT}
    status, output, stderr = programs.run(command, 300, cwd=tmp_path, env=variables)
    assert status == 0, output.decode() + stderr
