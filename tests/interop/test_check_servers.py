"""`check` and the official clients try the same servers of other people: every verdict has to be theirs.

Among them are the reference servers of the protocol's own project, a Go and a Rust program, a server
behind uvx and one behind npx, and two that cannot work: one without its folder, one without its key.
"""

import json
import os
import sys

import environments
import programs
import pytest

from tests.support.paths import ARCHIVE

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 300
ROOT = os.path.abspath(os.sep)  # where all of them are started, as an app's servers are
# What a proxy of the machine may need, which no client hands on
CERTIFICATES = {name: os.environ[name] for name in ("SSL_CERT_FILE",) if name in os.environ}


def python_server(name, *args, **settings):
    return dict(settings, command=environments.program("servers", name), args=list(args))


def node_server(name, *args, **settings):
    path = environments.node("servers-node", ".bin/" + name)
    return dict(settings, command=path, args=list(args))


def entries(folder):
    """Return the servers that are tried, by name."""
    python = environments.python("servers")
    time = environments.node("servers-node", "mcp-time-linux-x64/bin/mcp-time")
    memory = {"MEMORY_FILE_PATH": os.path.join(folder, "memory.json")}
    table = ["--api-key", "none", "--table-endpoint", "http://127.0.0.1:9/"]
    return {
        "everything": node_server("mcp-server-everything"),
        "memory": node_server("mcp-server-memory", env=memory),
        "filesystem": node_server("mcp-server-filesystem", folder),
        "thinking": node_server("mcp-server-sequential-thinking"),
        "time": python_server("mcp-server-time"),
        "git": {"command": python, "args": ["-m", "mcp_server_git"]},
        "fetch": python_server("mcp-server-fetch"),
        "go": {"command": time, "args": []},
        "rust": python_server("seahorse-mcp-server", *table),
        "uvx": python_server("uvx", "--python", python, "mcp-server-time", env=CERTIFICATES),
        "npx": {
            "command": "npx",
            "args": ["-y", "@modelcontextprotocol/server-memory"],
            "env": memory,
        },
        "ours": {"command": sys.executable, "args": [ARCHIVE]},
        "no-folder": node_server("mcp-server-filesystem", os.path.join(folder, "gone")),
        "no-key": python_server("seahorse-mcp-server"),
    }


def verdicts_of_check(path):
    """Return for each server whether `check` finds no problem."""
    command = [sys.executable, "-I", "-S", ARCHIVE, "check", path]
    environment = dict(os.environ, PYTHONIOENCODING="utf-8")
    _, stdout, _ = programs.run(command, SECONDS, cwd=ROOT, env=environment)
    well = {}
    name = ""
    for line in stdout.decode("utf-8").splitlines()[1:-1]:
        if line.startswith(" "):
            well[name] = well[name] and "\u2717" not in line
        else:
            name = line
            well[name] = True
    return well


def verdicts_of(command, path):
    """Return what an official client says of each server: why it gives up, or an empty text."""
    status, stdout, stderr = programs.run([*command, path], SECONDS, cwd=ROOT)
    assert status == 0, stderr
    return json.loads(stdout)


@pytest.mark.counts("runs of check that agree with official clients")
def test_verdicts_are_those_of_official_clients(tmp_path, summary):
    servers = entries(str(tmp_path))
    path = str(tmp_path / "mcp.json")
    with open(path, "w") as file:
        json.dump({"mcpServers": servers}, file)
    node = environments.node("node-22", "node/bin/node")
    library = os.path.dirname(environments.node("typescript-1"))
    tries = os.path.join(HERE, "clients", "tries")
    python = verdicts_of([environments.python("mcp-1"), tries + ".py"], path)
    typescript = verdicts_of([node, tries + ".mjs", library], path)
    ours = verdicts_of_check(path)
    assert set(ours) == set(servers)
    differing = {}
    for name in servers:
        theirs = not python[name] and not typescript[name]
        summary("servers of others, judged as official clients do", int(ours[name] == theirs), 1)
        if ours[name] != theirs:
            differing[name] = (python[name], typescript[name])
    assert not differing
    assert len([name for name in ours if ours[name]]) >= 10
    assert not ours["no-folder"]
