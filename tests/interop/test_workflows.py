"""The workflows of .github/, by the schema and by a linter; and the registry entry that a release carries."""

import glob
import json
import os
import re
import subprocess
import sys

import environments
import pytest

from cwd_server import __version__
from tests.support.paths import ROOT

WORKFLOWS = sorted(glob.glob(os.path.join(ROOT, ".github", "workflows", "*.yml")))


def check(*command):
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300
    )
    return done.returncode, done.stdout.decode(errors="replace")


def schema_check(path):
    program = environments.program("workflows", "check-jsonschema")
    return check(program, "--builtin-schema", "vendor.github-workflows", path)


def audit(path):
    program = environments.program("workflows", "zizmor")
    return check(
        program, "--offline", "--no-progress", "--strict-collection", "--persona=pedantic", path
    )


def test_there_are_workflows():
    assert [os.path.basename(path) for path in WORKFLOWS] == ["ci.yml", "release.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=os.path.basename)
def test_schema_and_linter_find_nothing(path, summary):
    for judge in (schema_check, audit):
        status, said = judge(path)
        assert status == 0, said
        summary("Judgements of workflow files", 1, 1)


def test_schema_and_linter_would_find_something(tmp_path):
    with open(WORKFLOWS[0]) as file:
        good = file.read()
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(good.replace("runs-on:", "run-on:"))
    assert schema_check(str(bad))[0] != 0
    bad.write_text(re.sub("(actions/checkout@).*", r"\1main", good))
    assert audit(str(bad))[0] != 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=os.path.basename)
def test_actions_are_pinned_by_commit_with_their_version_beside(path):
    with open(path) as file:
        used = re.findall(r"uses: *(.*)", file.read())
    assert used
    for action in used:
        assert re.match(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", action), action


def test_registry_entry(tmp_path):
    copy = tmp_path / "copy"
    for path in [
        "build_zipapp.py",
        "LICENSE",
        *glob.glob(os.path.join(ROOT, "cwd_server", "**", "*.py"), recursive=True),
    ]:
        target = copy / os.path.relpath(os.path.join(ROOT, path), ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(os.path.join(ROOT, path), "rb") as file:
            target.write_bytes(file.read())
    (copy / "dist").mkdir()
    command = [
        sys.executable,
        str(copy / "build_zipapp.py"),
        "--no-bytecode",
        "--registry",
        "someone/some-thing",
    ]
    assert check(*command)[0] == 0
    entry = json.loads((copy / "dist" / "server.json").read_text())
    # The rules of the registry's schema of 2025-12-11
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"])
    assert entry["name"] == "io.github.someone/some-thing"
    assert 1 <= len(entry["description"]) <= 100
    assert 1 <= len(entry["title"]) <= 100
    assert entry["version"] == __version__
    (package,) = entry["packages"]
    assert (package["registryType"], package["transport"]) == ("mcpb", {"type": "stdio"})
    assert package["identifier"].endswith(
        "/someone/some-thing/releases/download/v%s/cwd_server.mcpb" % __version__
    )
    sums = (copy / "dist" / "SHA256SUMS").read_text().splitlines()
    assert "%s  cwd_server.mcpb" % package["fileSha256"] in sums
