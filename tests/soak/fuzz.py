"""Mutate lines that clients send, put them to one server, and check every answer; run by `make soak`.

Usage: python -m tests.soak.fuzz [LINES] [SEED]

After every line goes a ping with an id of its own, so that the answers between two pings are those of
the line. What they have to be is said by oracle.py, from the protocol's rules.
"""

import glob
import json
import os
import random
import sys
import tempfile
import threading

from tests.soak.oracle import SUBSCRIPTION, Anything, Oracle, refuse
from tests.support.client import Client
from tests.support.messages import META, initialize, request
from tests.support.paths import ROOT, STARTS
from tests.support.processes import memory

LIMIT = 4 * 1024 * 1024
BLOCK = 1000  # lines sent at a time

SEEDS = [
    initialize("2024-11-05"), initialize("2025-03-26"), initialize("2025-06-18"), initialize(), initialize("x"),
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 3, "reason": "no"}},
    request("ping"), request("tools/list", "a"), request("tools/call", 2, name="get_cwd"),
    request("tools/call", 3, name="get_cwd", arguments={}), request("tools/call", 4, name="x", arguments={"y": 1}),
    request("ListTools"), request("CallTool", 6, name="get_cwd"), request("server/discover", 7, _meta=META),
    request("tools/call", 8, _meta=dict(META, progressToken="t"), name="get_cwd"),
    request("tools/list", 9, _meta=META, cursor="c"),
    request("subscriptions/listen", 10, _meta=META, notifications={"toolsListChanged": True}),
    [request("ping", 11), request("CallTool", 12, name="get_cwd"), 1], [],
    request("tools/call", 14.0, name="get_cwd", arguments=[]), request("tools/list", 15, cursor="", _meta=META),
    request("ping", 1e2), request("subscriptions/listen", 16.0, _meta=META, notifications={}),
    {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 16.0}},
    {"jsonrpc": "2.0", "id": 17, "method": "ping", "params": []},
    {"jsonrpc": "2.0", "id": 13, "result": {}}, {"jsonrpc": "2.0", "id": "é\U0001f600\ud800", "error": {"code": 1}},
]  # fmt: skip

# What takes the place of a value, or is thrown in as it stands.
VALUES = [
    None, True, False, 0, -1, 1.5, 1.0, -0.0, 1e2, 1e300, 2**63, -(10**30), "", "x", "\x00", "\ud800", "\ufeff", [], {}, [[]],
    "2.0", "ping", "tools/call", "get_cwd", "initialize", "2026-07-28", "x" * 5000, {"": None}, {"a": {}}, [None] * 50,
]  # fmt: skip
TOKENS = [
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud800", b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", b"NaN", b"-Infinity", b"null", b"true", b"1e999", b"-0", b"0x1", b"1" * 5000, b"[" * 2000,
    b'{"a":' * 2000, b" ", b"\t", b"\r", b"\x0b", b"\xe2\x80\xa8", b'"id":null,', b'"id":1,', b'"method":1,',
]  # fmt: skip


def seeds():
    """Return lines to begin with: those above, and what clients say in the transcripts."""
    lines = [json.dumps(seed, ensure_ascii=number % 2 == 0) for number, seed in enumerate(SEEDS)]
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", "transcripts", "*.txt"))):
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("${META}", json.dumps(META))
        lines += [line[4:] for line in text.split("\n") if line.startswith("--> ")]
    return [line.encode("utf-8", "surrogatepass") for line in lines]


def mutate(line, lines, chance):
    """Return `line` changed a little, or a lot; it has no newline."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        line = chance.choice(MUTATIONS)(line, lines, chance)
    if chance.random() < 0.00002:
        line += b" " * (LIMIT - len(line) + chance.randrange(-1, 3))
        line = line[:-1] + chance.choice((b"}", b" ", b"x"))
    return line.replace(b"\n", b" ")


def _place(line, chance):
    return chance.randrange(len(line) + 1)


def _flip(line, lines, chance):
    start = _place(line, chance)
    return line[:start] + bytes([chance.randrange(256)]) + line[start + 1 :]


def _insert(line, lines, chance):
    start = _place(line, chance)
    return line[:start] + chance.choice(TOKENS) + line[start:]


def _cut(line, lines, chance):
    start = _place(line, chance)
    return line[:start] + line[start + chance.randrange(1, 20) :]


def _repeat(line, lines, chance):
    start, end = sorted((_place(line, chance), _place(line, chance)))
    return line[:end] + line[start:end] + line[end:] if len(line) < 20000 else line[:200]


def _splice(line, lines, chance):
    other = chance.choice(lines)
    return line[: _place(line, chance)] + other[_place(other, chance) :]


def _change_value(line, lines, chance):
    """Change a value somewhere inside, so that the line stays JSON."""
    try:
        message = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return chance.choice(lines)
    parent, key = [message], 0
    while isinstance(parent[key], (dict, list)) and parent[key] and chance.random() < 0.8:
        parent = parent[key]
        key = (
            chance.choice(list(parent))
            if isinstance(parent, dict)
            else chance.randrange(len(parent))
        )
    if chance.random() < 0.2 and isinstance(parent, dict):
        del parent[key]
    else:
        parent[key] = chance.choice(VALUES)
    return json.dumps(message, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _batch(line, lines, chance):
    return b"[" + b",".join([line] * chance.randrange(1, 4)) + b"]" if len(line) < 20000 else line


MUTATIONS = [
    _flip,
    _insert,
    _cut,
    _repeat,
    _splice,
    _change_value,
    _change_value,
    _change_value,
    _batch,
]


class Wrong(AssertionError):
    """An answer that is not right."""


class Fuzzed:
    """A server, and what was negotiated with it so far."""

    def __init__(self, start):
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self.live = Client(start, stderr=self._stderr, limit=3600)
        self._oracle = Oracle()
        self._markers = 0

    def check(self, lines):
        """Send `lines` and check what comes back; raise Wrong."""
        first = self._markers
        self._markers += len(lines)
        data = b"".join(
            line + b'\n{"jsonrpc":"2.0","id":"marker %d","method":"ping"}\n' % number
            for number, line in enumerate(lines, first)
        )
        writer = threading.Thread(target=self.live.send_bytes, args=(data,), daemon=True)
        writer.start()
        for number, line in enumerate(lines, first):
            try:
                self._check_line(line, "marker %d" % number)
            except Exception as error:
                raise Wrong("%s: %r" % (error, line[:2000])) from error
        writer.join()

    def _check_line(self, line, marker):
        expected = self._oracle.expect(line)
        received = []
        while True:
            answer = json.loads(
                self.live.process.stdout.readline().decode("ascii"), parse_constant=refuse
            )
            if isinstance(answer, dict) and answer.get("id") == marker:
                break
            received.append(answer)
        if expected is None:
            if received:
                raise Wrong("answered: %s" % received)
        elif isinstance(expected, Anything):
            self._oracle = self._oracle_after(received)
        elif len(received) != 1 or not expected.matches(received[0]):
            raise Wrong("answered %s" % received)

    def _oracle_after(self, received):
        """Return the oracle for what is known after a line whose effect is not."""
        for answer in received:
            if isinstance(answer, dict) and "protocolVersion" in answer.get("result", {}):
                self._oracle.negotiated = answer["result"]["protocolVersion"]
            if isinstance(answer, dict) and "method" in answer:
                self._oracle.subscriptions.add(answer["params"]["_meta"][SUBSCRIPTION])
        return self._oracle

    def end(self):
        """Check that the server ends well, without a word on stderr."""
        self.live.process.stdin.close()
        status, _, rest, _ = self.live.end()
        for line in rest.splitlines():
            json.loads(line.decode("ascii"))
        self._stderr.seek(0)
        words = self._stderr.read().decode("utf-8", "replace")
        self._stderr.close()
        self.live.close()
        if status or words:
            raise Wrong("status %d: %s" % (status, words[:2000]))


def fuzz(start, count, seed):
    """Put `count` mutated lines to a server; return its memory in KiB after the first tenth, and at the end."""
    chance, lines = random.Random(seed), seeds()
    server = Fuzzed(start)
    server.check(lines)
    before = 0
    for done in range(0, count, BLOCK):
        server.check(
            [mutate(chance.choice(lines), lines, chance) for _ in range(min(BLOCK, count - done))]
        )
        if done <= count // 10 and sys.platform.startswith("linux"):
            before = memory(server.live.pid)
    after = memory(server.live.pid) if before else 0
    server.end()
    return before, after


def main():
    """Fuzz the archive, and the source with a tenth as many lines."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    for name, lines in (("archive", count), ("source", count // 10)):
        print("fuzz: %d lines to the %s, seed %d" % (lines, name, seed), flush=True)
        before, after = fuzz(STARTS[name], lines, seed)
        print(
            "fuzz: all answered as they have to be; memory %d KiB, at the end %d KiB"
            % (before, after),
            flush=True,
        )


if __name__ == "__main__":
    main()
