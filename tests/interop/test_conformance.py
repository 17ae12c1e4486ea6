"""The official conformance suite, whole, in each revision it knows; conformance.yml says what cannot apply."""

import glob
import json
import os
import re
import subprocess

import client
import environments
import programs
import pytest
from bridge import Bridge

HERE = os.path.dirname(os.path.abspath(__file__))
BASELINE = os.path.join(HERE, "conformance.yml")
TOOLS = os.path.join(HERE, "conformance_tools.py")
REVISIONS = ["2025-06-18", "2025-11-25", "2026-07-28"]

# What this server is there for, so what the closing table counts; everything else passes by itself
# or is in the baseline. Of every scenario it also counts that all messages fit the official schema.
APPLICABLE = {
    "server-initialize", "ping", "tools-list", "server-stateless", "caching", "server-sse-multiple-streams",
    "input-required-result-unsupported-methods",
}  # fmt: skip
# Scenarios that need tools of the suite's own design, which conformance_tools.py has
OF_TOOLS = {
    "tools-call-simple-text", "tools-call-image", "tools-call-audio", "tools-call-embedded-resource",
    "tools-call-mixed-content", "tools-call-error", "tools-call-with-progress", "json-schema-2020-12",
}  # fmt: skip


def run_suite(server, revision, baseline, folder):
    """Run every scenario; return the checks, as (scenario, check), the suite's own exit status and output."""
    node = environments.node("node-22", "node/bin/node")
    suite = environments.node("conformance", "@modelcontextprotocol/conformance/dist/index.js")
    with Bridge([server["command"], *server["args"]]) as bridge:
        status, stdout, _ = programs.run(
            [node, suite, "server", "--url", bridge.url, "--suite", "all", "--spec-version", revision,
             "--expected-failures", baseline, "--output-dir", folder],
            300, stderr=subprocess.STDOUT,
        )  # fmt: skip
    assert (bridge.status, bridge.stderr.decode()) == (0, "")
    checks = []
    for path in glob.glob(os.path.join(folder, "*", "checks.json")):
        scenario = re.match(
            r"server-(.*)-\d{4}-\d\d-\d\dT", os.path.basename(os.path.dirname(path))
        ).group(1)
        with open(path, encoding="utf-8") as file:
            checks += [(scenario, check) for check in json.load(file)]
    return checks, status, stdout.decode(errors="replace")


def count(checks, status, output, applicable, summary):
    """Put the checks that apply into the closing table, and fail if one failed or the suite says so."""
    with open(BASELINE, encoding="utf-8") as file:
        left_out = set(re.findall(r"^  - ([\w.:-]+)$", file.read(), re.M))
    counted = [
        check
        for scenario, check in checks
        if (scenario in applicable or check["id"] == "wire-schema-valid")
        and "%s:%s" % (scenario, check["id"]) not in left_out
        and check["status"] not in ("INFO", "SKIPPED")
    ]
    failed = [check for check in counted if check["status"] != "SUCCESS"]
    summary("conformance checks", len(counted) - len(failed), len(counted))
    seen = {scenario for scenario, _ in checks}
    assert failed == [] and seen & applicable and status == 0, output


@pytest.mark.parametrize("revision", REVISIONS)
def test_suite(revision, tmp_path, summary):
    baseline = tmp_path / "baseline.yml"
    with open(BASELINE, encoding="utf-8") as file:
        baseline.write_text(
            file.read() + "".join("  - %s\n" % scenario for scenario in sorted(OF_TOOLS))
        )
    checks, *verdict = run_suite(
        client.stdio(), revision, str(baseline), str(tmp_path / "results")
    )
    count(checks, *verdict, APPLICABLE, summary)


@pytest.mark.parametrize("revision", REVISIONS)
def test_suite_with_tools(revision, tmp_path, summary):
    server = client.stdio("--tools", TOOLS)
    checks, *verdict = run_suite(server, revision, BASELINE, str(tmp_path / "results"))
    count(checks, *verdict, OF_TOOLS, summary)
