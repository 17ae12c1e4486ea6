"""What `make verify` needs: other people's programs, each set in an environment of its own.

Run as a program, it installs them under .cache/, which git ignores; what is there already stays.
With names as arguments, such as `tools`, it installs only those.

The tests ask for an environment by name and are skipped, by that name, where it is missing.
"""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.path.join(ROOT, ".cache")

# name: what pip installs in a virtual environment of that name
PYTHON = {
    "tools": ["pytest==9.*", "ruff==0.17.*", "mypy==2.4.*", "jsonschema==4.*", "hypothesis==6.*"],
    "pyright": ["pyright==1.1.414"],
    "mcp-1": ["mcp==1.30.0"],
    "mcp-2": ["mcp==2.3.0"],
    "fastmcp": ["fastmcp==4.1.0"],
    "langchain": ["langchain-mcp-adapters==0.3.2"],
    "mcp-proxy": ["mcp-proxy==0.13.0"],
    "servers": [  # of other people, for `check`; seahorse is a Rust program
        "mcp-server-time==2026.10.19",
        "mcp-server-git==2026.10.19",
        "mcp-server-fetch==2026.10.24",
        "seahorse-mcp-server==0.1.0",
        "uv==0.13.9",
    ],
    "formats": ["PyYAML==6.*", "tomli==2.*"],  # readers of what `config` prints
    "workflows": ["check-jsonschema==0.39.0", "zizmor==1.32.0"],
    "vibe": ["mistral-vibe==3.0.2"],
    "openhands": ["openhands==1.16.0"],
}

# The oldest Python that a package above takes, where that is newer than the one that runs this
NEWER_PYTHON = {"vibe": (3, 12), "openhands": (3, 12)}

# The same, for what `make verify` does not need: installed where it is named
ON_REQUEST = {
    "style": [
        "h11==0.16.0",
        "tomli==2.5.0",
        "installer==1.1.0",
        "uvicorn==0.54.0",
        "trio==0.35.0",
    ],
    "mutants": ["cosmic-ray==8.7.0", "pydantic==2.*"],
}

# name: what npm installs in a folder of that name
NODE: "dict[str, dict[str, str]]" = {
    "node-22": {"node": "22.23.3"},  # Node itself, which all of these run on
    "typescript-1": {"@modelcontextprotocol/sdk": "1.32.2"},
    "typescript-2": {"@modelcontextprotocol/client": "2.4.0"},
    "conformance": {"@modelcontextprotocol/conformance": "0.2.0-alpha.12"},
    "inspector": {"@modelcontextprotocol/inspector": "2.12.0"},
    "browser": {"playwright-core": "1.65.1"},  # drives the Chromium of the system, brings none
    "supergateway": {"supergateway": "4.0.0"},
    # Clients whose own command reads the entries that `config` writes
    "claude-code": {"@anthropic-ai/claude-code": "2.1.330"},
    "codex": {"@openai/codex": "0.169.0"},
    "gemini": {"@google/gemini-cli": "0.61.0"},
    "opencode": {"opencode-ai": "1.18.33"},
    "copilot-cli": {"@github/copilot": "1.0.102"},
    "cline": {"cline": "3.0.65"},
    "qwen": {"@qwen-code/qwen-code": "0.24.4"},
    "kilo": {"@kilocode/cli": "7.7.7"},
    "droid": {"droid": "0.215.0"},
    "grok": {"@xai-official/grok": "1.0.41"},
    "kimi": {"@moonshot-ai/kimi-code": "2.1.0"},
    "qoder": {"@qoder-ai/qodercli": "1.1.52"},
    "continue": {"@continuedev/cli": "1.5.47"},
    "mcporter": {"mcporter": "0.12.3"},
    "nanocoder": {"@nanocollective/nanocoder": "1.30.0"},
    "parsers": {"jsonc-parser": "3.3.1", "smol-toml": "1.9.1"},  # readers of what it edits
    # Servers of other people, for `check`; mcp-time is a Go program
    "servers-node": {
        "@modelcontextprotocol/server-everything": "2026.8.31",
        "@modelcontextprotocol/server-filesystem": "2026.8.31",
        "@modelcontextprotocol/server-memory": "2026.8.31",
        "@modelcontextprotocol/server-sequential-thinking": "2026.8.31",
        "mcp-time-linux-x64": "0.4.0",
    },
    "mcpb": {"@anthropic-ai/mcpb": "2.1.2"},
}

# Debian package: the names that its program may have on the PATH. Installed where the machine has
# apt-get, we may use it, and none of the names is there.
DEBIAN: "dict[str, list[str]]" = {
    "chromium": ["chromium", "chromium-browser", "google-chrome"],
    "openssh-server": ["sshd"],
    "openssh-client": ["ssh"],
    "npm": ["npm"],
    "pypy3": ["pypy3"],
    "mmdebstrap": ["mmdebstrap"],
}


def python(name: str) -> str:
    """Return the interpreter of a Python environment; skip the test that asks if it is missing."""
    return _need(name, _python_of(name))


def _python_of(name: str) -> str:
    folder = "Scripts" if os.name == "nt" else "bin"
    return os.path.join(CACHE, name, folder, "python")


def program(name: str, program: str) -> str:
    """Return a program that a Python environment installed."""
    return _need(name, os.path.join(os.path.dirname(python(name)), program))


def node(name: str, path: str = "") -> str:
    """Return a path below node_modules of a Node environment."""
    return _need(name, os.path.join(CACHE, name, "node_modules", path))


def system(package: str) -> str:
    """Return the program of a Debian package, however it came to this machine."""
    path = _on_path(DEBIAN[package])
    if path is None:
        import pytest

        pytest.skip("%s is not installed" % package)
    return path


def _on_path(names: "list[str]") -> "str | None":
    # sshd is in /usr/sbin, which many a PATH lacks
    folders = os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin"
    for name in names:
        path = shutil.which(name, path=folders)
        if path is not None:
            return path
    return None


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
    if not _run(name, folder, commands):
        return False
    with open(marker, "w") as file:
        json.dump(wanted, file)
    return True


def _run(name: str, folder: str, commands: "Sequence[list[str]]") -> bool:
    print("installing %s" % name, flush=True)
    for command in commands:
        try:
            subprocess.run(
                command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
            )
        except subprocess.CalledProcessError as error:
            _say_failed(name, error.stdout.decode(errors="replace"))
            return False
        except OSError as error:
            _say_failed(name, str(error))
            return False
    return True


def _say_failed(name: str, problem: str) -> None:
    print(f"could not install {name}: its tests will be skipped\n{problem}", flush=True)


def _install_python(name: str) -> bool:
    packages = {**PYTHON, **ON_REQUEST}[name]
    interpreter = _interpreter_for(name)
    if interpreter is None:
        version = ".".join(str(part) for part in NEWER_PYTHON[name])
        print(f"could not install {name}: it takes Python {version}")
        return False
    make = [interpreter, "-m", "venv", "."]
    install = [_python_of(name), "-m", "pip", "-q", "install", *packages]
    return _install(name, packages, make, install)


def _interpreter_for(name: str) -> "str | None":
    """Return a Python that is new enough for an environment, None if there is none."""
    wanted = NEWER_PYTHON.get(name, (3, 6))
    if sys.version_info >= wanted:
        return sys.executable
    sys.path.insert(0, ROOT)
    from tests.support.pythons import installed_pythons

    for python in installed_pythons():
        if python.implementation == "CPython" and python.version >= wanted:
            return python.path
    return None


def _install_node(name: str) -> bool:
    words = ["%s@%s" % package for package in NODE[name].items()]
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    return _install(name, NODE[name], ["npm", "init", "-y"], ["npm", "install", *quiet, *words])


def _install_debian() -> bool:
    packages = [package for package, names in DEBIAN.items() if _on_path(names) is None]
    if not packages:
        return True
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print("not installed, and only root can install them here: %s" % ", ".join(packages))
        return False
    # Run level 1: nothing that is installed for a test starts as a service of the machine
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-qq"]
    install = [*quiet, "install", "--no-install-recommends", *packages]
    return _run(" ".join(packages), CACHE, [[*quiet, "update"], install])


def main(names: "list[str]") -> int:
    """Install everything, two at a time, or what is named; return the exit status.

    It is 1 where something that was named cannot be had, or the test runner itself.
    """
    os.makedirs(CACHE, exist_ok=True)
    if names:
        installed = [_install_named(name) for name in names]
        return 0 if all(installed) else 1
    with ThreadPoolExecutor(2) as pool:
        system_packages = pool.submit(_install_debian)
        tools = pool.submit(_install_python, "tools")
        list(pool.map(_install_python, [name for name in PYTHON if name != "tools"]))
        system_packages.result()  # npm is one of them
        list(pool.map(_install_node, NODE))
    return 0 if tools.result() else 1


def _install_named(name: str) -> bool:
    if name in PYTHON or name in ON_REQUEST:
        return _install_python(name)
    if name in NODE:
        return _install_node(name)
    print(f"no environment {name!r}: there are {', '.join([*PYTHON, *ON_REQUEST, *NODE])}")
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
