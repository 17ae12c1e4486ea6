"""Real MCP clients: the programs in clients/, each the client of one library, told what to do as JSON.

An order has either `command` and `args` or the `url` of a server, `mode` ("auto", "legacy", or a
revision) and `calls` to make, pairs of a tool's name and its arguments. The report has the
`revision` that was agreed on, the names of the `tools`, the `results` (or `{"error": …}`) and what
came of `ping` in the revisions that have it.
"""

import json
import os
import sys

import environments
import programs

from tests.support.paths import ARCHIVE

LEGACY, MODERN = "2025-11-25", "2026-07-28"  # the newest revision of each era

# program: the environment that it runs in, and the revision that each of its modes ends up with
CLIENTS = {
    "python_1.py": ("mcp-1", {"legacy": LEGACY}),
    "python_2.py": ("mcp-2", {"auto": MODERN, "legacy": LEGACY, MODERN: MODERN}),
    "typescript_1.mjs": ("typescript-1", {"legacy": LEGACY}),
    "typescript_2.mjs": ("typescript-2", {"auto": MODERN, "legacy": LEGACY, MODERN: MODERN}),
    "fastmcp_4.py": ("fastmcp", {"auto": MODERN, "legacy": LEGACY, MODERN: MODERN}),
    "langchain_0.py": ("langchain", {"legacy": LEGACY}),
}
OFFICIAL = ("python_1.py", "python_2.py", "typescript_1.mjs", "typescript_2.mjs")
TRIED = [(name, mode) for name, (_, modes) in CLIENTS.items() for mode in modes]
CALLS = (("get_cwd", {}), ("no_such_tool", {}))


def stdio(*arguments):
    """Return the built server as a user's configuration names it: absolute paths, nothing of the site."""
    return {"command": sys.executable, "args": ["-I", "-S", ARCHIVE, *arguments]}


def run(name, mode, server, calls=CALLS):
    """Run a client against a server (`stdio()`, or `{"url": …}`); return its report."""
    environment, _ = CLIENTS[name]
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients", name)
    if name.endswith(".py"):
        command = [environments.python(environment), program]
    else:
        command = [
            environments.node("node-22", "node/bin/node"),
            program,
            os.path.dirname(environments.node(environment)),
        ]
    order = json.dumps(dict(server, mode=mode, calls=calls))
    status, stdout, stderr = programs.run([*command, order], 120)
    # A client passes on what its server writes to stderr, and the server has to be silent
    assert (status, stderr) == (0, "")
    return json.loads(stdout)


def check(report, name, mode, directory):
    """Check the report of a client that made CALLS to a server in `directory`."""
    check_tool(report, CLIENTS[name][1][mode], directory)
    error = report["results"][1]["error"]
    assert error["code"] == -32602
    assert "Unknown tool: no_such_tool" in error["message"]


def check_tool(report, revision, directory):
    """Check all but what came of the unknown tool, which not every proxy hands on as it was."""
    assert report["revision"] == revision
    assert report["tools"] == ["get_cwd"]
    called = report["results"][0]
    assert called["content"][0] == {
        "type": "text",
        "text": "Current Working Directory: " + directory,
    }
    assert called["structuredContent"]["cwd"] == directory
    assert called["isError"] is False
    assert report.get("ping") == ({} if revision < MODERN else None)
