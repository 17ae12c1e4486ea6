"""The README's five examples called from real clients, and sixteen slow calls at once."""

import base64
import glob
import http.server
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from tests.support.messages import META, request
from tests.support.paths import ARCHIVE, ROOT

client = pytest.importorskip("client", reason="the clients of tests/interop/clients are not there")

# clients/langchain_0.py reports text blocks alone, and one of the examples returns a picture
CLIENTS = [each for each in client.TRIED if not each[0].startswith("langchain")]
EXAMPLES = sorted(glob.glob(os.path.join(ROOT, "tests", "examples", "*.py")))


class GitHub(http.server.BaseHTTPRequestHandler):
    """Stands for the API that an example asks."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"tag_name": "v2", "published_at": "2026-01-02"}')

    def log_message(self, *_):
        pass


@pytest.fixture
def examples(tmp_path):
    """Return a server with all examples, and a file for them to compress."""
    database = sqlite3.connect(str(tmp_path / "notes.sqlite"))
    with database:
        database.execute("create table notes as select 1 as id, 'é' as text")
    database.close()
    file = tmp_path / "a file"
    file.write_text("text")
    github = http.server.HTTPServer(("127.0.0.1", 0), GitHub)
    threading.Thread(target=github.serve_forever, args=(0.05,), daemon=True).start()
    variables = {
        "GITHUB_API": "http://127.0.0.1:%d" % github.server_port,
        "DATABASE": str(tmp_path / "notes.sqlite"),
    }
    started = client.stdio(*[word for path in EXAMPLES for word in ("--tools", path)])
    # Clients hand few variables on to a server, so env(1) sets them
    words = ["%s=%s" % pair for pair in variables.items()] + [started["command"], *started["args"]]
    yield {"command": "env", "args": words}, str(file)
    github.shutdown()
    github.server_close()


@pytest.mark.skipif(os.name != "posix", reason="needs env(1)")
@pytest.mark.parametrize(("name", "mode"), CLIENTS)
def test_examples(name, mode, examples, summary):
    server, file = examples
    calls = [
        ("total", {"items": [{"name": "pen", "price": 2, "count": 3}], "discount": 50}),
        ("latest_release", {"repository": "python/mypy"}),
        ("query", {"sql": "select * from notes where id = ?", "values": [1]}),
        ("compress", {"files": [file]}),
        ("bars", {"values": [1, 2]}),
        ("total", {"items": [{"name": "pen", "price": "no"}]}),
        ("query", {"sql": "drop table notes"}),
    ]
    report = client.run(name, mode, server, calls)
    total, release, rows, packed, picture, wrong, refused = report["results"]
    assert sorted(report["tools"]) == [
        "bars",
        "compress",
        "get_cwd",
        "latest_release",
        "query",
        "total",
    ]
    assert [block["text"] for block in total["content"]] == ["3.0"]
    assert release["structuredContent"] == {"tag": "v2", "published": "2026-01-02"}
    assert json.loads(rows["content"][0]["text"]) == [{"id": 1, "text": "é"}]
    if report["revision"] >= client.MODERN:  # before, structured content was an object
        assert (total["structuredContent"], rows["structuredContent"]) == (
            3.0,
            [{"id": 1, "text": "é"}],
        )
    assert packed["content"][0]["text"] == "Compressed 1 files"
    assert os.path.exists(file + ".gz")
    assert picture["content"][0]["mimeType"] == "image/png"
    assert base64.b64decode(picture["content"][0]["data"]).startswith(b"\x89PNG")
    assert (wrong["isError"], wrong["content"][0]["text"]) == (
        True,
        'items[0].price: expected a number, got "no"',
    )
    assert refused["isError"]
    summary("examples called from clients", 5, 5)


SLOW = """
import time
from cwd_server.toolkit import tool
@tool
def slow() -> str:
    time.sleep(1)
    return "done"
"""


def test_sixteen_calls_of_a_second_take_one(tmp_path, summary):
    path = tmp_path / "slow.py"
    path.write_text(SLOW)
    calls = [request("tools/call", number, _meta=META, name="slow") for number in range(16)]
    lines = "".join(json.dumps(call) + "\n" for call in calls).encode()
    best = 60.0
    for _ in range(3):  # the machine may be busy with something else
        command = [sys.executable, "-I", "-S", ARCHIVE, "--tools", str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
            server.stdin.write(b'{"jsonrpc":"2.0","id":"up","method":"ping"}\n')
            server.stdin.flush()
            server.stdout.readline()
            start = time.monotonic()
            server.stdin.write(lines)
            server.stdin.flush()
            assert sorted(json.loads(server.stdout.readline())["id"] for _ in calls) == list(
                range(16)
            )
            best = min(best, time.monotonic() - start)
            server.stdin.close()
    assert best < 1.5
    summary("16 calls of one second, in %.2f s" % best, 1, 1)
