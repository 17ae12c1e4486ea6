"""A minute of what `make soak` does for longer: odd lines to a live server, each answered as it has to be.

Hypothesis makes small lines from nothing and shrinks what fails; the mutations begin with what clients say.
"""

import json

import pytest

from tests.soak import fuzz
from tests.support.paths import STARTS

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import strategies as st  # noqa: E402

LINES = 40000

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
methods = st.sampled_from(
    [
        "initialize",
        "ping",
        "tools/list",
        "tools/call",
        "ListTools",
        "CallTool",
        "server/discover",
        "x",
    ]
)
params = st.fixed_dictionaries(
    {
        "name": st.just("get_cwd") | values,
        "arguments": st.just({}) | values,
        "protocolVersion": values,
    }
)
messages = st.fixed_dictionaries(
    {"method": methods, "params": params | values, "jsonrpc": st.just("2.0") | values}
)
requests = st.builds(lambda message, request_id: dict(message, id=request_id), messages, values)
lines = (
    st.binary(max_size=200)
    | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | (values | messages | requests | st.lists(requests | messages | values, max_size=3)).map(
        lambda message: json.dumps(message).encode()
    )
)


@pytest.mark.parametrize("name", STARTS)
def test_mutated_lines(name, summary):
    fuzz.fuzz(STARTS[name], LINES, seed=20261122)
    summary("fuzzed lines answered as they have to be", LINES, LINES)


def test_generated_lines(summary):
    server = fuzz.Fuzzed(STARTS["archive"])
    sent = []

    @hypothesis.settings(max_examples=1500, deadline=None, database=None, derandomize=True)
    @hypothesis.given(st.lists(lines, min_size=1, max_size=5))
    def check(some):
        some = [line.replace(b"\n", b" ") for line in some]
        sent.append(len(some))
        server.check(some)

    check()
    server.end()
    summary("fuzzed lines answered as they have to be", sum(sent), sum(sent))
