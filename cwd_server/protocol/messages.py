"""What a line of input consists of, a `Request` or a `Batch` of them, and what comes of it."""

from cwd_server.protocol import jsonrpc
from cwd_server.protocol.jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    JSONRPCError,
)
from cwd_server.protocol.lines import LongLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional

    from cwd_server.json_types import JSONObject
    from cwd_server.protocol.jsonrpc import ID
    from cwd_server.protocol.lines import Line
    from cwd_server.toolkit.call import ToolCall

MAX_ANSWERS = 64 * 1024 * 1024  # bytes of a batch's answers, which have to wait for each other
TOO_MANY_CALLS = "Too many calls: try again when some have been answered"


class Received:
    """What comes of a line of input: responses to send, calls to run.

    lines: to be sent at once (without newline)
    calls: to be run; what comes of each goes to `Session.finish`
    cancelled: calls that the client no longer wants, running or still waiting
    size: bytes of the line
    held: the line as its calls keep it in memory, if there are any that wait or run
    """

    __slots__ = ("calls", "cancelled", "held", "lines", "size")

    def __init__(self, size: int) -> None:
        self.lines: List[str] = []
        self.calls: List[ToolCall] = []
        self.cancelled: List[ToolCall] = []
        self.size = size
        self.held: Optional[HeldLine] = None


class HeldLine:
    """A line that calls keep in memory, one or several of a batch.

    size: its bytes
    calls: how many have not ended yet
    """

    __slots__ = ("calls", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.calls = 0


class Batch:
    """The responses to an array of messages, which leave together and in order.

    https://www.jsonrpc.org/specification#batch
    """

    __slots__ = ("_answers", "_pending", "_size")

    def __init__(self, length: int) -> None:
        self._answers: List[Optional[str]] = [None] * length
        self._pending = length  # messages that are not answered, or found to need no answer
        self._size = 0

    def answer(self, request: "Request", line: "Optional[str]") -> "List[str]":
        """Return the line to send now that a message is answered: all of them or none."""
        if line is not None:
            self._size += len(line)
            if self._size > MAX_ANSWERS:
                self._size -= len(line)
                error = JSONRPCError(INTERNAL_ERROR, TOO_MANY_CALLS)
                line = jsonrpc.error_line(request.id, error)
        self._answers[request.place] = line
        self._pending -= 1
        if self._pending:
            return []
        return self.close()

    def count_responses(self) -> int:
        """Return how many answers are there already, or still to come."""
        return self._pending + len(self._answers) - self._answers.count(None)

    def close(self) -> "List[str]":
        """Return the line with the answers that are there."""
        responses = [answer for answer in self._answers if answer is not None]
        self._answers = []
        if not responses:
            return []
        try:
            return [jsonrpc.batch_line(responses)]
        except MemoryError:
            return responses  # one by one, which a client understands by their ids


NO_MEMBERS: "Dict[str, object]" = {}  # shared: nobody changes what a client has sent


class Request:
    """A message on its way: what it asks, and where its answer goes.

    id: None until it has turned out to be a string or an integer
    params: never None
    meta: the `_meta` in them; empty if there is none, or it is no object
    revision: the one that it is answered in
    progress_token: what its progress is reported under, or None if nobody asked for it
    progress: the last that was reported
    batch, place: the array that the message stood in, or None, and where
    held: its line, while that is kept for a call

    A call leads here, so nothing here leads to a call: else they would stay in memory, with all
    that a client has sent, until Python looks for circles.
    """

    __slots__ = (
        "batch",
        "held",
        "id",
        "meta",
        "params",
        "place",
        "progress",
        "progress_token",
        "revision",
    )

    def __init__(self, batch: "Optional[Batch]" = None, place: int = 0) -> None:
        self.id: Optional[ID] = None
        self.params: JSONObject = NO_MEMBERS
        self.meta: JSONObject = NO_MEMBERS
        self.revision = ""
        self.progress_token: Optional[ID] = None
        self.progress: Optional[float] = None
        self.batch = batch
        self.place = place
        self.held: Optional[HeldLine] = None

    def answer(self, line: "Optional[str]") -> "List[str]":
        """Return what may be sent now that `line`, or nothing, answers this."""
        if self.batch is not None:
            return self.batch.answer(self, line)
        if line is None:
            return []
        return [line]


def is_request(message: "JSONObject") -> bool:
    """Whether a message is to be answered, whatever is wrong with it."""
    if "method" in message:
        # Of a notification, which has no id: "The receiver MUST NOT send a response."
        return "id" in message
    # A response answers a request, and this server sends none. What is neither is a bad request.
    return "result" not in message and "error" not in message


def count_requests(line: "Line", takes_batches: bool) -> int:
    """Return how many answers a line asks for: of a batch several, of what is malformed one."""
    if isinstance(line, LongLine):
        return 1
    try:
        message = jsonrpc.decode(line)
    except (JSONRPCError, MemoryError):
        return 1
    messages = [message]
    if isinstance(message, list) and message and takes_batches:
        messages = message
    count = 0
    for each in messages:
        if not isinstance(each, dict) or is_request(each):
            count += 1
    return count


def read_request(message: "JSONObject", request: Request) -> str:
    """Put a message's id, params and _meta into its `request`; return the name of the method.

    Raises JSONRPCError for what no method may be asked with.
    """
    # "Requests MUST include a string or integer ID."
    # "Unlike base JSON-RPC, the ID MUST NOT be null."
    request.id = jsonrpc.to_id(message.get("id"))
    if request.id is None:
        raise JSONRPCError(INVALID_REQUEST, "A request's id must be a string or an integer")
    name = message.get("method")
    if message.get("jsonrpc") != "2.0" or not isinstance(name, str):
        raise JSONRPCError(INVALID_REQUEST, "Invalid Request structure")
    params = message.get("params")
    if isinstance(params, dict):
        request.params = params
        meta = params.get("_meta")
        if isinstance(meta, dict):
            request.meta = meta
    elif params is not None and params != []:  # PHP has one literal for [] and {}
        raise JSONRPCError(INVALID_PARAMS, "params must be an object")
    return name
