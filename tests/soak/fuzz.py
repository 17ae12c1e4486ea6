"""Mutate lines that clients send, put them to one server, and check every answer; run by `make soak`.

Usage: python -m tests.soak.fuzz [LINES] [SEED]

After every line goes a ping with an id of its own, so that the answers between two pings are those of
the line. How many there have to be is worked out here from the line alone, with Python's own `json`.
"""

import glob
import json
import os
import random
import re
import sys
import tempfile
import threading

from tests import META, ROOT, STARTS, initialize, request
from tests.live import Live, memory

LIMIT = 4 * 1024 * 1024
BLOCK = 1000  # lines sent at a time
LAST_WITH_BATCHES = "2025-03-26"

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
    {"jsonrpc": "2.0", "id": 13, "result": {}}, {"jsonrpc": "2.0", "id": "é\U0001f600\ud800", "error": {"code": 1}},
]  # fmt: skip

# What takes the place of a value, or is thrown in as it stands.
VALUES = [
    None, True, False, 0, -1, 1.5, 1e300, 2**63, -(10**30), "", "x", "\x00", "\ud800", "\ufeff", [], {}, [[]],
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
            lines += [line[4:] for line in file.read().split("\n") if line.startswith("--> ")]
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
        key = chance.choice(list(parent)) if isinstance(parent, dict) else chance.randrange(len(parent))
    if chance.random() < 0.2 and isinstance(parent, dict):
        del parent[key]
    else:
        parent[key] = chance.choice(VALUES)
    return json.dumps(message, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _batch(line, lines, chance):
    return b"[" + b",".join([line] * chance.randrange(1, 4)) + b"]" if len(line) < 20000 else line


MUTATIONS = [_flip, _insert, _cut, _repeat, _splice, _change_value, _change_value, _change_value, _batch]

# What the server may refuse, as a number too large, and Python's json takes
LARGE = re.compile(rb"[eE]\+?\d{3}")


def _finite(digits):
    if float(digits) in (float("inf"), float("-inf")):
        raise ValueError(digits)
    return float(digits)


def _refuse(constant):
    raise ValueError(constant)


def expected(line, negotiated):
    """Return the least and the most lines that may answer `line`, and the message where it is one."""
    line = line.strip(b" \t\r")
    if not line:
        return 0, 0, None
    if len(line) > LIMIT:
        return 1, 1, None
    least = 0 if LARGE.search(line) else 1
    try:
        message = json.loads(line.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        return 0, 1, None  # it depends on how deep the stack is
    except ValueError:
        return 1, 1, None
    if not isinstance(message, list):
        answered = int(is_answered(message))
    elif not message or (negotiated or "") > LAST_WITH_BATCHES:
        answered = 1
    else:
        answered = int(any(is_answered(element) for element in message))
        if b"cancelled" in line:
            return 0, answered, message  # it may cancel a call of the same batch
    return min(least, answered), max(1 - least, answered), message


def is_answered(message):
    """Return whether one message is a request, or nothing that the server knows."""
    if not isinstance(message, dict):
        return True
    return "id" in message if "method" in message else not ("result" in message or "error" in message)


class Wrong(AssertionError):
    """An answer that is not right."""


def check_answer(answer, message):
    """Check one answer to `message`; raise Wrong."""
    if isinstance(answer, list):
        if not isinstance(message, list) or not answer or len(answer) > len(message):
            raise Wrong("a batch of %d" % len(answer))
        return
    if answer.get("jsonrpc") != "2.0":
        raise Wrong("no jsonrpc")
    if "method" in answer:
        if answer["method"] != "notifications/subscriptions/acknowledged" or "id" in answer:
            raise Wrong("what nobody asked for")
        return
    if ("result" in answer) == ("error" in answer):
        raise Wrong("neither result nor error, or both")
    if "id" not in answer:
        if "error" not in answer or answer["error"]["code"] not in (-32700, -32600):
            raise Wrong("no id")
    elif not isinstance(message, dict) or answer["id"] != message["id"] or isinstance(answer["id"], bool):
        raise Wrong("another id")
    if answer.get("error", {}).get("code") == -32603 and "subscriptions are open" not in answer["error"]["message"]:
        raise Wrong("an internal error, though no tool failed")


class Fuzzed:
    """A server, and what was negotiated with it so far."""

    def __init__(self, start):
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self.live = Live(start, stderr=self._stderr, limit=3600)
        self._negotiated = None
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
        least, most, message = expected(line, self._negotiated)
        got = 0
        while True:
            answer = json.loads(self.live.process.stdout.readline().decode("ascii"), parse_constant=_refuse)
            if isinstance(answer, dict) and answer.get("id") == marker:
                break
            got += 1
            check_answer(answer, message)
            if isinstance(answer, dict) and "protocolVersion" in answer.get("result", {}):
                self._negotiated = answer["result"]["protocolVersion"]
        if not least <= got <= most:
            raise Wrong("%d answers instead of %d to %d" % (got, least, most))

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
        server.check([mutate(chance.choice(lines), lines, chance) for _ in range(min(BLOCK, count - done))])
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
        print("fuzz: all answered as they have to be; memory %d KiB, at the end %d KiB" % (before, after), flush=True)


if __name__ == "__main__":
    main()
