"""Tests of cwd_server; `make test` runs those that need nothing but Python."""

import json
import os
import subprocess
import sys

for variable in ("CLAUDE_PROJECT_DIR", "WORKSPACE_FOLDER_PATHS"):  # the client that runs the tests has its own project
    os.environ.pop(variable, None)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ARCHIVE = os.path.join(ROOT, "dist", "cwd_server.pyz")
SHARED = os.path.join(os.path.dirname(ROOT), "shared")

PYPY = sys.implementation.name == "pypy"

# Every way a user can start the server; tests of behaviour go through each.
STARTS = {
    "source": [sys.executable, "-m", "cwd_server"],
    "archive": [sys.executable, "-I", "-S", ARCHIVE],
}

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


def environment(**changes):
    """Return the environment for a server: this one, with the source importable, and `changes`."""
    return dict(os.environ, PYTHONPATH=ROOT, **changes)


def run(command, messages=(), **options):
    """Run `command` with messages (objects, or bytes for a raw line) as input; return the finished process."""
    lines = [message if isinstance(message, bytes) else json.dumps(message).encode() for message in messages]
    options.setdefault("env", environment())
    return subprocess.run(
        command, input=b"".join(line + b"\n" for line in lines), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        timeout=60, **options
    )  # fmt: skip


def answers(done):
    """Return what a finished server wrote, as objects."""
    return [json.loads(line.decode("ascii")) for line in done.stdout.splitlines()]


def request(method, request_id=1, **params):
    """Return a request; `params` left out where there are none."""
    message = {"jsonrpc": "2.0", "id": request_id, "method": method}
    if params:
        message["params"] = params
    return message


def initialize(revision="2025-11-25", request_id=0):
    """Return the request that opens a legacy session."""
    client = {"name": "tests", "version": "1"}
    return request("initialize", request_id, protocolVersion=revision, capabilities={}, clientInfo=client)
