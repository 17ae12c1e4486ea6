"""The servers that are compared: the limit, ours as it is built in several ways, and the peers."""

import os
import subprocess
import sys
import zipfile
from typing import List, NamedTuple, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [ROOT, os.path.join(ROOT, "tests", "interop")]

import environments  # noqa: E402

CALLS = 20000  # calls in one go, in each round
ISOLATED = [sys.executable, "-I", "-S"]


class Contestant(NamedTuple):
    """A server: its name in the table, how it is started, what is called, and how often."""

    name: str
    command: List[str]
    calls: int = CALLS
    tool: str = "get_cwd"


class Peer(NamedTuple):
    """Somebody else's server: its environment, its program, and how often what is called."""

    name: str
    environment: str
    program: str
    calls: int
    tool: str = "get_cwd"


PEERS = [
    Peer("official Python SDK, mcp 2.3.0", "mcp-2", "mcp_server.py", 200),
    Peer("FastMCP 4.2.3", "bench-fastmcp", "fastmcp_server.py", 200),
    Peer("mcpatom 0.3.0", "mcpatom", "mcpatom_server.py", 5000),
    Peer("zeromcp 1.10.3", "zeromcp", "zeromcp_server.py", 5000),
    Peer("official TypeScript SDK 1.32.2", "typescript-1", "typescript_server.mjs", 2000),
    Peer("mcp-time 0.4.0, compiled from Go", "mcp-time", "mcp-time", 5000, "current_time"),
]
environments.PYTHON.update(
    {
        "mcpatom": ["mcpatom==0.3.0"],
        "zeromcp": ["zeromcp==1.10.3"],
        "bench-fastmcp": ["fastmcp==4.2.3"],
    }
)
environments.NODE.update({"mcp-time": {"mcp-time-linux-x64": "0.4.0"}})


def zip_program(program, path):
    """Write a zipapp of one of the programs beside this file; return its path."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(os.path.join(HERE, program), "__main__.py")
    return path


def build(path, *options):
    """Build the archive, with the options of build_zipapp.py; return its path."""
    command = [sys.executable, os.path.join(ROOT, "build_zipapp.py"), "-o", path, *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


def contestants(directory):
    """Build what is built here; return the limit, ours, and the peers that are installed."""
    limit = zip_program("limit.py", os.path.join(directory, "limit.pyz"))
    ours = build(os.path.join(directory, "with.pyz"))
    source = build(os.path.join(directory, "without.pyz"), "--no-bytecode")
    found = [
        Contestant("limit, -I -S", [*ISOLATED, limit]),
        Contestant("cwd_server, -I -S", [*ISOLATED, ours]),
        Contestant("cwd_server, -I -S, --no-bytecode", [*ISOLATED, source]),
        Contestant("limit", [sys.executable, limit]),
        Contestant("cwd_server", [sys.executable, ours]),
    ]
    for peer in PEERS:
        command = peer_command(peer.environment, peer.program)
        if command is None:
            print(f"left out, since it is not installed: {peer.name}")
        else:
            found.append(Contestant(peer.name, command, peer.calls, peer.tool))
    return found


def peer_command(environment, program) -> Optional[List[str]]:
    """Return the command that starts a peer's server, or None where the peer is not installed."""
    folder = os.path.join(environments.CACHE, environment)
    if not os.path.exists(os.path.join(folder, ".installed")):
        return None
    server = os.path.join(HERE, "peers", program)
    if environment == "mcp-time":
        return [os.path.join(folder, "node_modules", "mcp-time-linux-x64", "bin", "mcp-time")]
    if environment in environments.NODE:
        node = os.path.join(environments.CACHE, "node-22", "node_modules", "node", "bin", "node")
        return [node, server, os.path.join(folder, "node_modules")]
    scripts = "Scripts" if os.name == "nt" else "bin"
    return [os.path.join(folder, scripts, "python"), server]


def install_peers():
    """Install the peers and what they run on; return an exit status."""
    names = [peer.environment for peer in PEERS]
    return environments.main([*names, "node-22"])
