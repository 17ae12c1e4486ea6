"""One call of a tool: what its function may do with it, and how it is carried out.

Whoever serves, the command `call`, an author's test and the transcripts all carry out calls here:
arguments are checked and converted, the function is called, what it returned becomes a
`Result`, and whatever it raised a `Failure`. Nothing here is loaded but what get_cwd needs.
"""

import os
import sys
from _thread import TIMEOUT_MAX, allocate_lock  # the core of threading, which takes longer to load

from cwd_server.toolkit.errors import ArgumentsError, ToolError, describe_failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType
    from typing import AsyncGenerator, Callable, Dict, NoReturn, Optional, Sequence, Union

    from cwd_server.json_types import JSONObject
    from cwd_server.toolkit.tool import Tool

    OnProgress = Callable[["ToolCall", float, Optional[float], Optional[str]], None]
    # What came of a call. For type checkers alone, as Union would have to be loaded
    Outcome = Union["Result", "FixedResult", "Failure"]


class Result(dict):  # type: ignore[type-arg]
    """What a tool returns to say one thing to the model and another to a program.

    content: texts and content blocks (Image, Audio, Resource, Link, or as on the wire), or one
        of these
    structured: JSON that satisfies the tool's output schema, or None for none

    https://modelcontextprotocol.io/specification/2026-07-28/schema#calltoolresult
    """

    def __init__(
        self,
        content: "Union[str, JSONObject, Sequence[object]]",
        structured: object = None,
    ) -> None:
        if isinstance(content, (str, dict)) or not hasattr(content, "__iter__"):
            content = [content]
        self["content"] = [_block_of(item) for item in content]
        if structured is not None:
            self["structuredContent"] = structured


class FixedResult:
    """A result that nobody changes any more, so that its JSON can be kept.

    result: the result, which is taken at its word
    texts: its JSON by revision, kept by whoever sends it
    """

    __slots__ = ("result", "texts")

    def __init__(self, result: Result) -> None:
        self.result = result
        self.texts: Dict[str, str] = {}


class Failure:
    """Why a call has no result.

    reason: for the model to read
    error: the tool's exception, or None if there was none, or nobody needs it any more
    is_about_arguments: whether the arguments were wrong, so that the tool was not called
    """

    __slots__ = ("error", "is_about_arguments", "reason")

    def __init__(self, reason: str, error: "Optional[BaseException]" = None) -> None:
        self.reason = reason
        self.error = error
        self.is_about_arguments = isinstance(error, ArgumentsError)


LARGEST_DOUBLE = sys.float_info.max
_making_wakes = allocate_lock()  # held while a call gets its lock, which two threads may ask for


def text_block(text: str) -> "JSONObject":
    """Return `text` as a content block."""
    return {"type": "text", "text": text}


def _block_of(item: object) -> object:
    """Return what a Result has in its content as a content block; raise TypeError."""
    if isinstance(item, str):
        return text_block(item)
    if isinstance(item, dict) and isinstance(item.get("type"), str):
        return item
    raise TypeError(
        f"Result: {type(item).__name__} is no content; give texts, Image, Audio, Resource or Link,"
        " and data as the second argument"
    )


class Call:
    """A call of a tool while it runs: a parameter annotated `Call` receives it.

    In a test of one's own, `Call()` is a call that nobody listens to.
    """

    __slots__ = ("_cancelled", "_wake")

    def __init__(self) -> None:
        self._cancelled = False
        self._wake: Optional[LockType] = None  # locked until the call is cancelled

    @property
    def cancelled(self) -> bool:
        """Whether the client has lost interest: whatever is returned now, nobody gets it."""
        return self._cancelled

    def progress(
        self, done: float, total: "Optional[float]" = None, message: "Optional[str]" = None
    ) -> None:
        """Tell the client how far this call is, if it asked to know.

        done: a number that grows; of the total, if there is one
        total: what `done` will be in the end, if that is known
        message: what is being done, for people

        Raises TypeError for what is no number, and for a message that is no text; ValueError for
        NaN, infinity, and integers too large for a double, which clients cannot read.
        """
        done = _number("done", done)
        if total is not None:
            total = _number("total", total)
        if message is not None and not isinstance(message, str):
            raise TypeError(f"progress: message must be a str, not {type(message).__name__}")
        self._report(done, total, message)

    def sleep(self, seconds: float) -> bool:
        """Wait for `seconds`, or until the call is cancelled; return whether it was.

        Raises TypeError in an `async def`, where one writes `await asyncio.sleep(seconds)`.
        """
        with _making_wakes:
            if self._wake is None:
                self._wake = allocate_lock()
                self._wake.acquire()
        if seconds <= 0 or self._cancelled:
            return self._cancelled
        if self._wake.acquire(timeout=min(seconds, TIMEOUT_MAX)):
            self._wake.release()  # for other threads that sleep in this call
        return self._cancelled

    def _report(self, done: float, total: "Optional[float]", message: "Optional[str]") -> None:
        """Pass on what `progress` was told."""


class ToolCall(Call):
    """A call as whoever carries it out knows it.

    tool, arguments: what is called, and with what; the arguments are not checked yet
    request: whatever belongs to it elsewhere, such as the protocol's request
    on_progress: called from the tool's thread with done, total and message
    on_cancel: called once with the call when that is cancelled, by whoever cancels it
    on_child_end: called in a child that the tool has forked, just before it is ended
    """

    __slots__ = (
        "arguments",
        "on_cancel",
        "on_child_end",
        "on_progress",
        "request",
        "tool",
    )

    def __init__(self, tool: "Tool", arguments: "JSONObject", request: object = None) -> None:
        Call.__init__(self)  # super().__init__() would cost ten times this, for every call
        self.tool = tool
        self.arguments = arguments
        self.request = request
        self.on_progress: Optional[OnProgress] = None
        self.on_cancel: Optional[Callable[[ToolCall], object]] = None
        self.on_child_end: Optional[Callable[[], object]] = None

    def cancel(self) -> None:
        """Mark this call as cancelled, and wake it if it sleeps."""
        if self._cancelled:
            return
        self._cancelled = True
        wake = self._wake
        if wake is not None and wake.locked():
            wake.release()
        if self.on_cancel is not None:
            self.on_cancel(self)

    def sleep(self, seconds: float) -> bool:
        """Do what Call.sleep does."""
        if self.tool.is_async:
            raise TypeError(
                "call.sleep blocks all async tools; write: await asyncio.sleep(seconds)"
            )
        return super().sleep(seconds)

    def _report(self, done: float, total: "Optional[float]", message: "Optional[str]") -> None:
        if self.on_progress is not None:
            self.on_progress(self, done, total, message)


def _number(name: str, value: object) -> float:
    """Return what `progress` was given as a number of JSON's; raise TypeError if it is none."""
    if type(value) is int or type(value) is float:
        number: float = value
    elif isinstance(value, bool):
        raise TypeError(f"progress: {name} must be a number, not bool")
    elif hasattr(value, "__index__"):  # NumPy's integers
        number = value.__index__()
    elif hasattr(value, "__float__"):  # NumPy's others, Decimal, Fraction
        number = value.__float__()
    else:
        raise TypeError(f"progress: {name} must be a number, not {type(value).__name__}")
    if not -LARGEST_DOUBLE <= number <= LARGEST_DOUBLE:  # infinity and NaN too
        raise ValueError(f"progress: {name} must be a finite number that fits into a double")
    return number


def run_call(call: ToolCall, log_exception: "Callable[[], None]") -> "Outcome":
    """Carry out a call on this thread, and return what came of it.

    log_exception: called inside an `except` block for what the tool did not mean to raise

    Nothing is raised but KeyboardInterrupt, and that only where the tool runs in the main
    thread: there it is meant for the server.
    """
    process = _this_process()
    try:
        value = call.tool.function(**call.tool.prepare(call))
        if type(value) is FixedResult:
            outcome: Outcome = value  # nothing to wait for, to convert or to check
        else:
            outcome = _complete(call, value)
    except BaseException as error:  # a tool's exit() must not take the server with it
        if isinstance(error, KeyboardInterrupt) and not call.tool.threaded:
            raise
        # Not kept in a variable: the error's traceback leads to this frame, and the circle would
        # keep what the tool had until Python looks for garbage
        return _failed(call, error, process, log_exception)
    if _this_process() != process:
        _end_forked_child(call, 0)
    return outcome


def _complete(call: ToolCall, value: object) -> Result:
    """Return the result for what a function returned, once all of that is there."""
    if hasattr(type(value), "__await__") or hasattr(type(value), "__anext__"):
        value = _wait_for_async(call, value)
    return call.tool.to_result(_collect(call, value))


async def run_call_async(call: ToolCall, log_exception: "Callable[[], None]") -> "Outcome":
    """Do what `run_call` does, on the event loop."""
    process = _this_process()
    try:
        value = call.tool.function(**call.tool.prepare(call))
        value = await finish_async(call, value)
        outcome = call.tool.to_result(_collect(call, value))
    except BaseException as error:  # CancelledError too: the task ends here
        return _failed(call, error, process, log_exception)
    if _this_process() != process:
        _end_forked_child(call, 0)
    return outcome


async def finish_async(call: ToolCall, value: object) -> object:
    """Return what an awaitable gives, and all that an asynchronous generator yields."""
    if hasattr(value, "__await__"):
        value = await value
    if not hasattr(value, "__anext__"):
        return value
    items = []
    generator: AsyncGenerator[object, None] = value  # type: ignore[assignment]
    async for item in generator:
        items.append(item)
        if call.cancelled:
            await generator.aclose()
            break
    return items


def _wait_for_async(call: ToolCall, value: object) -> object:
    """Return what an awaitable gives that a plain function returned, as wrappers do."""
    if not call.tool.threaded:
        if hasattr(value, "close"):
            value.close()  # else Python warns that it was never awaited
        raise ToolError(
            "this tool is declared with threaded=False and cannot wait for async functions"
        )
    from cwd_server.toolkit.shared_loop import wait_for

    return wait_for(call, finish_async(call, value))


_GENERATOR = type(_ for _ in ())  # types.GeneratorType, without loading types


def _collect(call: ToolCall, value: object) -> object:
    """Return what a generator yields, until the call is cancelled, or another value as it is."""
    if type(value) is not _GENERATOR:
        return value
    items = []
    for item in value:
        items.append(item)
        if call.cancelled:
            value.close()
            break
    return items


def _failed(
    call: ToolCall, error: BaseException, process: int, log_exception: "Callable[[], None]"
) -> Failure:
    """Return what a tool's exception means, called while it is handled."""
    if _this_process() != process:
        _end_forked_child(call, _exit_status(error, log_exception))
    if isinstance(error, ArgumentsError):
        return Failure(str(error), error)
    if not isinstance(error, ToolError) and not call.cancelled:
        log_exception()
    return Failure(describe_failure(error), error)


def _exit_status(error: BaseException, log_exception: "Callable[[], None]") -> int:
    """Return the exit status that Python itself gives a process for an exception."""
    if not isinstance(error, SystemExit):
        log_exception()
        return 1
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    sys.stderr.write(f"{error.code}\n")
    return 1


# A tool may fork and return in the child as well, which must not answer the client too.
# `_this_process` returns a number that tells the two apart: how many forks lie between the process
# that loaded this module and the one that asks
_forks = 0


def _count_forks() -> int:
    return _forks


def _note_fork() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
    _this_process = _count_forks
else:  # Python 3.6
    _this_process = os.getpid  # which is a system call


def _end_forked_child(call: ToolCall, status: int) -> "NoReturn":
    """End a child that a tool forked and that came back from it: its parent answers the client."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        if call.on_child_end is not None:
            call.on_child_end()
    finally:
        os._exit(status)
