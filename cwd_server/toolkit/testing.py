"""For authors' tests: call a tool as a client would, without a server.

from cwd_server.toolkit.testing import call_tool

def test_total():
    result = call_tool(total, {"items": [{"name": "pen", "price": 2}]})
    assert result["structuredContent"] == 2
"""

from typing import TYPE_CHECKING, Callable, Dict, List, NamedTuple, Optional

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.annotations.conversions import as_object
from cwd_server.toolkit.call import (
    Failure,
    FixedResult,
    Result,
    ToolCall,
    run_call,
    run_call_async,
)
from cwd_server.toolkit.errors import ArgumentsError
from cwd_server.toolkit.plain_json import NotJSONError, to_json
from cwd_server.toolkit.tool import Tool, tool_of

if TYPE_CHECKING:
    from cwd_server.toolkit.call import Outcome

__all__ = ["ArgumentsError", "Progress", "call_tool"]


class Progress(NamedTuple):
    """What a tool told its client with `call.progress`."""

    done: float
    total: Optional[float]
    message: Optional[str]


def call_tool(
    function: Callable[..., object],
    arguments: Optional[Dict[str, object]] = None,
    progress: Optional[List[Progress]] = None,
) -> Result:
    """Call a tool with arguments as a client sends them; return the result that the client gets.

    function: decorated with @tool; an async one runs on the event loop that all share
    arguments: JSON, or what JSON has a form for, such as a date or a tuple; they are checked and
        converted as a client's are
    progress: a list to which is added what the tool reports

    Raises ArgumentsError, a text that the model would read, for arguments that do not fit,
    whatever the tool raises, and TypeError for a function that is no tool, and for what a client
    cannot send.
    """
    tool = tool_of(function)
    if tool is None:
        raise TypeError(
            f"{function!r} is not a tool: put @tool above it, above all other decorators"
        )
    call = ToolCall(tool, _as_sent(arguments or {}))

    def collect(_: ToolCall, done: float, total: Optional[float], message: Optional[str]) -> None:
        if progress is not None:
            progress.append(Progress(done, total, message))

    call.on_progress = collect
    return _result_of(_carry_out(tool, call))


def _as_sent(arguments: object) -> JSONObject:
    """Return arguments as a client sends them; raise TypeError."""
    if not isinstance(arguments, dict):
        kind = type(arguments).__name__
        raise TypeError(f"arguments: expected a dict, the names with their values, not {kind}")
    try:
        return as_object(to_json(arguments, "arguments"))
    except NotJSONError as error:
        raise TypeError(f"{error}; give what a client sends") from None


def _carry_out(tool: Tool, call: ToolCall) -> "Outcome":
    if not tool.is_async:
        return run_call(call, _ignore)
    from cwd_server.toolkit.shared_loop import wait_for

    return wait_for(call, run_call_async(call, _ignore))


def _result_of(outcome: "Outcome") -> Result:
    if isinstance(outcome, Failure):
        if outcome.error is None:
            raise RuntimeError("the call was cancelled")
        raise outcome.error
    if isinstance(outcome, FixedResult):
        return outcome.result
    return outcome


def _ignore() -> None:
    """Log nothing: the test gets the exception itself."""
