"""Beyond one machine with what exists: the same file behind two proxies that talk HTTP, and over ssh."""

import getpass
import os
import shlex

import client
import environments
import programs
import pytest

OFFICIAL = [(name, mode) for name, mode in client.TRIED if name in client.OFFICIAL]

# supergateway listens on every address; a test has no business there
LOOPBACK = (
    "data:text/javascript,import net from 'node:net'; const listen = net.Server.prototype.listen;"
    "net.Server.prototype.listen = function (port, ...rest) { return listen.call(this, port, '127.0.0.1', ...rest); }"
)


@pytest.mark.counts("clients that pass, over HTTP")
@pytest.mark.parametrize(("name", "mode"), OFFICIAL)
def test_supergateway(name, mode, awkward_directory):
    server = client.stdio("--cwd", awkward_directory)
    port = programs.free_port()
    command = [
        environments.node("node-22", "node/bin/node"), "--import", LOOPBACK,
        environments.node("supergateway", "supergateway/dist/index.js"), "--stateful",
        "--outputTransport", "streamableHttp", "--port", str(port),
        "--stdio", shlex.join([server["command"], *server["args"]]),
    ]  # fmt: skip
    with programs.serving(command, port):
        report = client.run(name, mode, {"url": "http://127.0.0.1:%d/mcp" % port})
    client.check(report, name, mode, awkward_directory)


@pytest.mark.counts("clients that pass, over HTTP")
@pytest.mark.parametrize(("name", "mode"), [each for each in OFFICIAL if each[1] != client.MODERN])
def test_mcp_proxy(name, mode, awkward_directory):
    server = client.stdio("--cwd", awkward_directory)
    port = programs.free_port()
    proxy = environments.program("mcp-proxy", "mcp-proxy")
    with programs.serving(
        [proxy, "--port", str(port), "--", server["command"], *server["args"]], port
    ):
        report = client.run(name, mode, {"url": "http://127.0.0.1:%d/mcp" % port})
    # It speaks the legacy era alone, and makes a result of the error for an unknown tool
    client.check_tool(report, client.LEGACY, awkward_directory)
    unknown = report["results"][1]
    assert unknown["isError"] and unknown["content"][0]["text"] == "Unknown tool: no_such_tool"


SSHD = """
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/login_key.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
"""
SSH = """
Host far
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {folder}/login_key
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile {folder}/known_hosts
  BatchMode yes
"""


@pytest.fixture
def far(tmp_path):
    """Run an sshd of our own on the loopback; return the words that reach it: `ssh -F config far`."""
    sshd, ssh = environments.system("openssh-server"), environments.system("openssh-client")
    port, folder = programs.free_port(), tmp_path / "ssh"
    folder.mkdir()
    for key in ("host_key", "login_key"):
        keygen = os.path.join(os.path.dirname(ssh), "ssh-keygen")
        status, _, stderr = programs.run(
            [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], 60
        )
        assert status == 0, stderr
    values = {"port": port, "folder": folder, "user": getpass.getuser()}
    (folder / "known_hosts").write_text(
        "[127.0.0.1]:%d %s" % (port, (folder / "host_key.pub").read_text())
    )
    (folder / "sshd_config").write_text(SSHD.format(**values))
    (folder / "config").write_text(SSH.format(**values))
    if os.geteuid() == 0:
        os.makedirs(
            "/run/sshd", mode=0o755, exist_ok=True
        )  # sshd's own service makes it, but does not run here
    with programs.serving([sshd, "-D", "-e", "-f", str(folder / "sshd_config")], port):
        yield [ssh, "-F", str(folder / "config"), "far"]


@pytest.mark.counts("clients that pass, over ssh")
@pytest.mark.parametrize(("name", "mode"), OFFICIAL)
def test_ssh(name, mode, far, awkward_directory):
    server = client.stdio("--cwd", awkward_directory)
    remote = shlex.join([server["command"], *server["args"]])  # one word: the far shell splits it
    report = client.run(name, mode, {"command": far[0], "args": [*far[1:], remote]})
    client.check(report, name, mode, awkward_directory)
