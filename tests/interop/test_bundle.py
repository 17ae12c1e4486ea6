"""The bundle, by the official command line: it validates, inspects and unpacks it, and the result runs."""

import json
import os
import subprocess
import sys

import environments
import pytest

from cwd_server import __version__, tools
from cwd_server.app import Packed
from cwd_server.packaging import archive, manifest
from tests.support.client import responses, run_process
from tests.support.messages import request
from tests.support.paths import ROOT

BUNDLE = os.path.join(ROOT, "dist", "cwd_server.mcpb")

# Asks the package how a client would start the server: its path, the bundle's folder, the user's configuration
HOW_TO_START = """
const [path, folder, home, configuration] = process.argv.slice(1);
const { getMcpConfigForManifest } = await import(path);
const { readFileSync } = await import("node:fs");
console.log(JSON.stringify(await getMcpConfigForManifest({
  manifest: JSON.parse(readFileSync(folder + "/manifest.json", "utf8")), extensionPath: folder,
  systemDirs: { HOME: home }, userConfig: JSON.parse(configuration), pathSeparator: "/",
})));
"""


def mcpb(*arguments):
    program = environments.node("mcpb", "@anthropic-ai/mcpb/dist/cli/cli.js")
    command = [environments.node("node-22", "node/bin/node"), program, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    said = done.stdout.decode()
    assert done.returncode == 0, said
    return said


@pytest.fixture
def folder(tmp_path):
    """Return the folder that the official program unpacked the bundle into."""
    target = str(tmp_path / "unpacked here")
    mcpb("unpack", BUNDLE, target)
    return target


def test_the_manifest_is_valid(folder, summary):
    assert "valid" in mcpb("validate", os.path.join(folder, "manifest.json"))
    summary("Validators that accept the bundle", 1, 1)


def test_what_pack_writes_is_a_bundle_too(tmp_path, summary):
    packed = {
        "name": "weather",
        "version": "2.1.0",
        "title": "Its \u2600 title",
        "files": [],
        "cwd_tool": True,
    }
    target = str(tmp_path / "weather.pyz")
    files = archive.package_files()
    files["manifest.json"] = manifest.bundle_manifest(Packed(**packed), tools.TOOLS)
    archive.write_file(target, archive.archive_bytes(files))
    mcpb("unpack", target, str(tmp_path / "unpacked"))
    mcpb("validate", str(tmp_path / "unpacked"))
    with open(str(tmp_path / "unpacked" / "manifest.json")) as file:
        assert json.load(file)["name"] == "weather"
    summary("Validators that accept the bundle", 1, 1)


def test_it_can_be_inspected(summary):
    said = mcpb("info", BUNDLE)
    assert "cwd_server.mcpb" in said and "%.2f KB" % (os.path.getsize(BUNDLE) / 1024) in said
    summary("Validators that accept the bundle", 1, 1)


def test_the_official_program_can_pack_it_again(folder, tmp_path, summary):
    again = str(tmp_path / "again.mcpb")
    mcpb("pack", folder, again)
    assert os.path.getsize(again) > 0
    summary("Validators that accept the bundle", 1, 1)


@pytest.mark.parametrize(
    "chosen", [True, False], ids=["a directory is chosen", "the default stays"]
)
def test_the_unpacked_folder_runs_as_the_manifest_says(folder, chosen, awkward_directory, summary):
    library = "file://" + environments.node("mcpb", "@anthropic-ai/mcpb/dist/shared/config.js")
    configuration = json.dumps({"directory": awkward_directory} if chosen else {})
    node = environments.node("node-22", "node/bin/node")
    command = [
        node,
        "--input-type=module",
        "-e",
        HOW_TO_START,
        library,
        folder,
        awkward_directory,
        configuration,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=True)
    start = json.loads(done.stdout.decode())
    assert start["command"] in ("python3", "python")
    environment = dict(os.environ, HOME=awkward_directory, USERPROFILE=awkward_directory)
    messages = [request("CallTool", name="get_cwd")]
    done = run_process([sys.executable, *start["args"]], messages, env=environment, cwd="/")
    assert done.stderr == b""
    assert responses(done)[0]["result"]["content"][0]["text"].startswith(
        "Current Working Directory: " + awkward_directory
    )
    summary("Ways of starting the unpacked bundle", 1, 1)


def test_the_unpacked_folder_runs_alone(folder, awkward_directory, summary):
    messages = [request("CallTool", name="get_cwd")]
    done = run_process([sys.executable, folder], messages, cwd=awkward_directory)
    assert awkward_directory in responses(done)[0]["result"]["content"][0]["text"]
    version = run_process([sys.executable, "-I", "-S", folder, "--version"])
    assert version.stdout.decode().split()[:2] == ["cwd_server", __version__]
    summary("Ways of starting the unpacked bundle", 1, 1)
