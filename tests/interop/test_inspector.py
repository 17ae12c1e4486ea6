"""The official Inspector: its command line, and its web page used in a real browser."""

import json
import os
import shutil

import client
import environments
import programs
import pytest
from test_toolkit_clients import examples  # noqa: F401

REVISIONS = {
    "legacy": client.LEGACY,
    "auto": client.MODERN,
    "modern": client.MODERN,
}  # what each era ends up with
INSPECTOR = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"


@pytest.fixture
def inspector(tmp_path, awkward_directory):
    """Return what `configured` does, for get_cwd in an awkward directory."""
    return configured(client.stdio("--cwd", awkward_directory), tmp_path)


def configured(server, tmp_path):
    """Return the Inspector's command with a configuration of a server for each era, and its environment."""
    command = [
        environments.node("node-22", "node/bin/node"),
        environments.node("inspector", INSPECTOR),
    ]
    configuration = tmp_path / "config.json"
    configuration.write_text(
        json.dumps(
            {"mcpServers": {era: dict(server, type="stdio", protocolEra=era) for era in REVISIONS}}
        )
    )
    changes = {
        "HOME": str(tmp_path),
        "MCP_AUTO_OPEN_ENABLED": "false",
        "MCP_INSPECTOR_SECRET_STORE": "memory",
        "MCP_SANDBOX_PORT": "0",
        "DANGEROUSLY_OMIT_AUTH": "true",  # it listens on the loopback, for seconds
    }

    def with_mode(mode):
        return [*command, mode, "--config", str(configuration)]

    return with_mode, dict(os.environ, **changes)


@pytest.mark.counts("clients that pass")
@pytest.mark.parametrize("era", REVISIONS)
def test_command_line(era, inspector, awkward_directory):
    with_mode, environment = inspector
    words = [*with_mode("--cli"), "--server", era, "--format", "json", "--method"]
    for method, expected in (
        (
            ["tools/list", "--strict"],
            "get_cwd",
        ),  # --strict: fail where the schemas might trouble some client
        (
            ["tools/call", "--tool-name", "get_cwd"],
            "Current Working Directory: " + awkward_directory,
        ),
    ):
        status, stdout, stderr = programs.run([*words, *method], 60, env=environment)
        said = [
            line for line in stderr.splitlines() if not line.startswith("[mcp-inspector] ")
        ]  # of where it keeps secrets
        assert (status, said) == (0, [])
        result = json.loads(stdout)["result"]
        found = result["tools"][0]["name"] if "tools" in result else result["content"][0]["text"]
        assert found == expected
    assert result["structuredContent"]["cwd"] == awkward_directory


@pytest.mark.counts("examples called from the Inspector")
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("total", ['items=[{"name": "pen", "price": 2, "count": 3}]'], "6.0"),
        ("latest_release", ["repository=python/mypy"], '{"tag": "v2", "published": "2026-01-02"}'),
        ("query", ["sql=select id from notes"], '[{"id": 1}]'),
        ("compress", ['files=["FILE"]'], "Compressed 1 files"),
        ("bars", ["values=[1, 2]"], "image/png"),
    ],
)
def test_examples(name, arguments, expected, examples, tmp_path):  # noqa: F811
    server, file = examples
    with_mode, environment = configured(server, tmp_path)
    words = [
        *with_mode("--cli"),
        "--server",
        "modern",
        "--format",
        "json",
        "--method",
        "tools/call",
        "--tool-name",
        name,
    ]
    for argument in arguments:
        words += ["--tool-arg", argument.replace("FILE", file)]
    status, stdout, stderr = programs.run(words, 60, env=environment)
    assert status == 0, stderr
    block = json.loads(stdout)["result"]["content"][0]
    assert block.get("text", block.get("mimeType")) == expected


@pytest.mark.counts("clients that pass")
@pytest.mark.parametrize("era", REVISIONS)
def test_web_page(era, inspector, awkward_directory, tmp_path):
    with_mode, environment = inspector
    browser = environments.system("chromium")
    playwright = os.path.dirname(environments.node("browser"))
    port = programs.free_port()
    environment = dict(environment, CLIENT_PORT=str(port))
    person = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inspector.mjs")
    command = [
        with_mode("--web")[0],
        person,
        playwright,
        browser,
        "http://127.0.0.1:%d/" % port,
        era,
        str(tmp_path),
    ]
    with programs.serving(with_mode("--web"), port, env=environment):
        status, stdout, stderr = programs.run(command, 120)
    assert status == 0, stderr
    assert json.loads(stdout) == {
        "revision": "MCP " + REVISIONS[era],
        "heading": "Tools (1)",
        "answer": "Current Working Directory: " + awkward_directory,
        "silent": True,
    }
    shutil.copy(
        str(tmp_path / "page.png"), os.path.join(environments.CACHE, "inspector-%s.png" % era)
    )
