"""What `make verify` needs: other people's programs, each set in an environment of its own.

Run as a program, it installs them under .cache/, which git ignores; what is there already stays.
The tests ask for an environment by name and are skipped, by that name, where it is missing.
"""

import json
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.path.join(ROOT, ".cache")

# name: what pip installs in a virtual environment of that name
PYTHON = {
    "tools": ["pytest==9.*", "ruff==0.17.*", "mypy==2.4.*", "jsonschema==4.*", "hypothesis==6.*"],
    "mcp-1": ["mcp==1.30.0"],
    "mcp-2": ["mcp==2.3.0"],
    "workflows": ["check-jsonschema==0.39.0", "zizmor==1.32.0"],
}

# name: what npm installs in a folder of that name
NODE: "dict[str, dict[str, str]]" = {
    "mcpb": {"@anthropic-ai/mcpb": "2.1.2"},
}

# Debian packages, where the machine has apt-get and a test needs a system program
DEBIAN: "list[str]" = []


def python(name: str) -> str:
    """Return the interpreter of a Python environment; skip the test that asks if it is missing."""
    folder = "Scripts" if os.name == "nt" else "bin"
    return _need(name, os.path.join(CACHE, name, folder, "python"))


def program(name: str, program: str) -> str:
    """Return a program that a Python environment installed."""
    return _need(name, os.path.join(os.path.dirname(python(name)), program))


def node(name: str, path: str = "") -> str:
    """Return a path below node_modules of a Node environment."""
    return _need(name, os.path.join(CACHE, name, "node_modules", path))


def _need(name: str, path: str) -> str:
    import pytest

    if not os.path.exists(os.path.join(CACHE, name, ".installed")) or not os.path.exists(path):
        pytest.skip("%s is not installed: run tests/interop/environments.py" % name)
    return path


def _install(name: str, wanted: object, *commands: "list[str]") -> bool:
    folder = os.path.join(CACHE, name)
    marker = os.path.join(folder, ".installed")
    if os.path.exists(marker):
        with open(marker) as file:
            if json.load(file) == wanted:
                return True
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    print("installing %s" % name, flush=True)
    for command in commands:
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            print("could not install %s: its tests will be skipped\n%s" % (name, done.stdout.decode(errors="replace")))
            return False
    with open(marker, "w") as file:
        json.dump(wanted, file)
    return True


def main() -> int:
    """Install everything; fail only if the test runner itself is missing."""
    good = True
    for name, wanted in PYTHON.items():
        pip = [os.path.join(CACHE, name, "Scripts" if os.name == "nt" else "bin", "python"), "-m", "pip", "-q"]
        done = _install(name, wanted, [sys.executable, "-m", "venv", "."], [*pip, "install", *wanted])
        good = good and (done or name != "tools")
    for name, packages in NODE.items():
        words = ["%s@%s" % package for package in packages.items()]
        quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
        _install(name, packages, ["npm", "init", "-y"], ["npm", "install", *quiet, *words])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
