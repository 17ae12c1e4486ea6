"""Whatever a client sends: only valid messages come back, one answer a request, and no exception.

https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns
    "Servers MUST NOT initiate JSON-RPC requests, and clients do not send JSON-RPC responses."
https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
    "The server MUST NOT write JSON-RPC requests to stdout."
"""

import json
import re
import sys

import pytest

from cwd_server.protocol.lines import Lines
from cwd_server.protocol.methods import METHODS
from cwd_server.protocol.revisions import (
    CAPABILITIES_KEY,
    LEGACY_REVISIONS,
    MODERN_REVISION,
    VERSION_KEY,
)
from cwd_server.toolkit.call import run_call
from tests import fixtures
from tests.support.messages import META, initialize, request

hypothesis = pytest.importorskip(
    "hypothesis", reason="hypothesis is not installed: run tests/interop/environments.py"
)
st = hypothesis.strategies

BOUNDED = hypothesis.settings(
    max_examples=400,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
NOTIFICATIONS = {"notifications/progress", "notifications/subscriptions/acknowledged"}
CODES = {-32700, -32600, -32601, -32602, -32603, -32022}  # JSON-RPC's own, and one of MCP's
SURROGATE = re.compile("[\ud800-\udfff]")

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud83d"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)
ids = st.integers(0, 4) | st.sampled_from(
    ["a", "", "\ud83d", -1, 10**30]
)  # few, so that they meet again
odd_ids = st.sampled_from([None, True, 1.0, 1.5, [], {}, float("inf")])
metas = st.fixed_dictionaries(
    {},
    optional={
        VERSION_KEY: st.sampled_from((MODERN_REVISION, *LEGACY_REVISIONS)) | scalars,
        CAPABILITIES_KEY: st.just({}) | values,
        "progressToken": ids | odd_ids,
    },
)
members = st.fixed_dictionaries(
    {},
    optional={
        "_meta": st.just(META) | metas | values,
        "protocolVersion": st.sampled_from((*LEGACY_REVISIONS, MODERN_REVISION)) | scalars,
        "name": st.sampled_from([tool.name for tool in fixtures.TOOLS]) | scalars,
        "arguments": st.just({"a": 1, "b": 2}) | values,
        "notifications": st.just({}) | values,
        "requestId": ids | odd_ids,
        "cursor": scalars,
    },
)
near_misses = st.fixed_dictionaries(
    {"jsonrpc": st.sampled_from(["2.0"] * 9 + ["1.0", 2.0, None])},
    optional={
        "id": ids | odd_ids,
        "method": st.sampled_from(
            [*METHODS, "notifications/cancelled", "notifications/initialized", "x"]
        )
        | scalars,
        "params": members | members | members | values,
        "result": values,
        "error": values,
    },
)
cancellations = ids.map(
    lambda one: {
        "jsonrpc": "2.0",
        "method": "notifications/cancelled",
        "params": {"requestId": one},
    }
)
messages = near_misses | near_misses | cancellations | values
messages |= st.lists(near_misses | cancellations | values, max_size=4)
lines = messages.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40)

# Requests that are valid at any time, whatever came before
valid_requests = st.one_of(
    st.sampled_from([request("ping"), request("ListTools"), request("CallTool", name="fail")]),
    st.sampled_from(LEGACY_REVISIONS).map(initialize),
    st.sampled_from(["server/discover", "tools/list"]).map(
        lambda method: request(method, _meta=META)
    ),
    st.sampled_from(fixtures.TOOLS).map(
        lambda tool: request("tools/call", name=tool.name, arguments={}, _meta=META)
    ),
    st.just(request("subscriptions/listen", notifications={}, _meta=META)),
)


class Driver:
    """A client and the serving loop around one session; calls end when the test says so."""

    def __init__(self):
        self.session = fixtures.session(self.report)
        self.cut = Lines(4 * 1024 * 1024)
        self.calls = []
        self.sent = []

    @staticmethod
    def report():
        raise AssertionError("the session reported a bug of its own") from sys.exc_info()[1]

    def feed(self, data):
        """Take bytes, however they were cut."""
        self.take(self.cut.feed(data))

    def take(self, cut):
        """Take lines as they were cut."""
        for line in cut:
            received = self.session.receive(line)
            self.sent += received.lines
            self.calls += received.calls

    def finish(self, which):
        """Let one of the running calls report progress and end."""
        if not self.calls:
            return
        call = self.calls.pop(which % len(self.calls))
        call.on_progress = lambda *progress: self.sent.extend(self.session.progress(*progress))
        outcome = {"content": []}
        if call.tool.name != "wait":
            outcome = run_call(call, lambda: None)
        self.sent += self.session.finish(call, outcome)

    def end(self):
        """Close the input, let every call end, and return all messages sent, batches taken apart."""
        self.take(self.cut.feed(b""))
        while self.calls:
            self.finish(0)
        self.sent += self.session.close()
        assert self.session.count_unanswered() == 0
        flat = []
        for line in self.sent:
            message = check_line(line)
            assert message != [], "an empty batch"
            flat += message if isinstance(message, list) else [message]
        for message in flat:
            check_message(message)
        return flat


def refuse(constant):
    raise AssertionError("%s is not JSON" % constant)


def check_line(line):
    assert re.match("[ -~]*$", line), "not one line of ASCII: %r" % line
    return json.loads(line, parse_constant=refuse)


def check_message(message):
    assert message["jsonrpc"] == "2.0"
    rest = {name: value for name, value in message.items() if name != "id"}
    assert not SURROGATE.search(json.dumps(rest, ensure_ascii=False)), message
    if "method" in message:
        assert set(message) == {"jsonrpc", "method", "params"}
        assert message["method"] in NOTIFICATIONS
        return
    assert set(message) - {"id"} in ({"jsonrpc", "result"}, {"jsonrpc", "error"})
    if "error" in message:
        assert message["error"]["code"] in CODES
        assert type(message["error"]["message"]) is str
        assert set(message["error"]) <= {"code", "message", "data"}
    else:
        assert isinstance(message["result"], dict)
        assert "id" in message
    assert type(message.get("id", 0)) in (int, str)


def count(messages):
    """Return how many of some messages have each id."""
    counted = {}
    for message in messages:
        key = repr(message["id"])
        counted[key] = counted.get(key, 0) + 1
    return counted


def requests_of(line):
    """Return the messages on a line that have an id, by Python's own reading of JSON.

    An integer in value, such as 1.0, is that integer.
    """
    try:
        message = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return []
    listed = message if isinstance(message, list) else [message]
    found = []
    for one in listed:
        if not isinstance(one, dict):
            continue
        request_id = one.get("id")
        if isinstance(request_id, float) and request_id.is_integer():
            request_id = int(request_id)
        if type(request_id) in (int, str):
            found.append(dict(one, id=request_id))
    return found


@BOUNDED
@hypothesis.given(
    st.lists(lines | st.integers(0, 9), max_size=12),
    st.integers(1, 50),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_only_valid_messages_come_back(events, size, newline):
    driver = Driver()
    asked = []
    for event in events:
        if isinstance(event, int):
            driver.finish(event)
            continue
        for line in event.split(b"\n"):
            asked += requests_of(line)
        data = event + newline
        for start in range(0, len(data), size):
            driver.feed(data[start : start + size])
    answered = count(message for message in driver.end() if "id" in message)
    uses = count(asked)
    for key, answers in answered.items():
        assert answers <= uses.get(key, 0), "%s was asked %d times and answered %d times" % (
            key, uses.get(key, 0), answers)  # fmt: skip


@BOUNDED
@hypothesis.given(
    st.lists(
        st.tuples(valid_requests, st.lists(lines | st.integers(0, 9), max_size=2)), max_size=8
    )
)
def test_a_valid_request_gets_exactly_one_answer(conversation):
    driver = Driver()
    for number, (message, noise) in enumerate(conversation):
        # ids that no noise can name, so that nothing cancels or repeats them
        driver.feed(json.dumps(dict(message, id="valid %d" % number)).encode() + b"\n")
        for event in noise:
            driver.finish(event) if isinstance(event, int) else driver.feed(event + b"\n")
    answers = [
        message for message in driver.end() if str(message.get("id", "")).startswith("valid ")
    ]
    assert sorted(message["id"] for message in answers) == [
        "valid %d" % number for number in range(len(conversation))
    ]


@BOUNDED
@hypothesis.given(st.lists(ids, min_size=1, max_size=6, unique_by=repr), st.integers(0, 9))
def test_a_batch_is_answered_in_order(chosen, which):
    driver = Driver()
    batch = [
        request("CallTool", one, name=fixtures.TOOLS[(i + which) % 9].name)
        for i, one in enumerate(chosen)
    ]
    driver.feed(json.dumps(batch).encode() + b"\n")
    while driver.calls:
        driver.finish(which)
    responses = [check_line(line) for line in driver.sent if line.startswith("[")]
    assert [[message["id"] for message in response] for response in responses] == [chosen]


def test_wrong_messages_are_found():
    for wrong in (
        {"jsonrpc": "2.0", "id": 1},
        {"jsonrpc": "2.0", "id": None, "result": {}},
        {"jsonrpc": "2.0", "id": 1, "result": {}, "error": {"code": 1, "message": ""}},
        {"jsonrpc": "2.0", "id": 1, "result": {"text": "\ud83d"}},
        {"jsonrpc": "2.0", "method": "ping", "params": {}},
    ):
        with pytest.raises((AssertionError, KeyError)):
            check_message(wrong)
    with pytest.raises(AssertionError):
        check_line('{"x": NaN}')
