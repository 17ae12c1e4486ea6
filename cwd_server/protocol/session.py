"""One client's conversation with a server that offers tools.

How the protocol works
======================

A client starts the server as its child process. Each side writes JSON-RPC messages to the other,
one a line (jsonrpc.py says what those look like): the client asks, the server answers, and now and
then either tells the other something that needs no answer. The client is a program around a
language model. It asks what tools there are, shows their names, descriptions and schemas to the
model, calls those that the model chooses, and gives it what they return:

    --> {"id":2,"method":"tools/call","params":{"name":"get_cwd"}}
    <-- {"id":2,"result":{"content":[{"type":"text","text":"..."}],"isError":false}}

Answers come in any order: the id says which request is answered. A tool that fails is no error of
the protocol: its result has `isError`, so that the model reads the reason and can try again. An
error response is for the client's own mistakes, such as a tool that does not exist.

The protocol has five published revisions, named by their dates, and two ways to agree on one. The
table of methods.py has a flag for each:

legacy, until 2025-11-25
    A handshake comes first. `initialize` names the newest revision that the client knows; the
    answer names the one that both will use from then on. `notifications/initialized` follows.

        --> {"id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",...}}
        <-- {"id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},...}}
        --> {"method":"notifications/initialized"}
        --> {"id":2,"method":"tools/list"}

modern, since 2026-07-28
    No handshake and nothing to remember: each request says in `params._meta` which revision it is
    written in and what its client can do. `server/discover` asks what the server knows.

        --> {"id":1,"method":"tools/list","params":{"_meta":{".../protocolVersion":"2026-07-28",
             ".../clientCapabilities":{}}}}

Besides, this server speaks the dialect of the tutorial that it implements: `ListTools` and
`CallTool`, without any handshake. It is treated as a revision older than all others.

All three may be mixed on one stream, so each request is looked at by itself: eras.py decides by
rules in a fixed order. What the revisions say differently of one thing is in the tables
of revisions.py; here and in methods.py they are alike.

Three things go beyond question and answer. While a tool runs, it may report progress
(`notifications/progress`) if the request had a token for it. A client may take back a request
(`notifications/cancelled`); then nothing more is sent for it. A modern client may subscribe to
changes (`subscriptions/listen`); it stays open until it is cancelled or the input ends.

How it is used
==============

There is no I/O here, and no thread, clock or environment. `receive` takes a line and returns what
it led to: lines to send, and calls to run. Whoever runs a call hands what came of it to `finish`,
which returns the lines that may be sent now:

    bytes --> Lines.feed --> line --> Session.receive --> lines, calls
                                 call --> run_call --> outcome --> Session.finish --> lines

Threads that share a session need a lock. What a client did wrong is a `JSONRPCError`; any other
exception is a bug of ours, and is answered as one.

https://modelcontextprotocol.io/specification
"""

from cwd_server.protocol import jsonrpc, revisions
from cwd_server.protocol.conversation import Conversation, request_of, size_of_id
from cwd_server.protocol.eras import find_revision
from cwd_server.protocol.jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    JSONRPCError,
)
from cwd_server.protocol.lines import EDGE, LongLine, id_at_the_edges
from cwd_server.protocol.messages import (
    NO_MEMBERS,
    TOO_MANY_CALLS,
    Batch,
    Received,
    Request,
    count_requests,
    is_request,
    read_request,
)
from cwd_server.protocol.methods import METHODS, UNKNOWN
from cwd_server.protocol.revisions import MODERN_REVISION, SUBSCRIPTION_KEY, TUTORIAL_DIALECT
from cwd_server.toolkit.call import Failure, FixedResult, text_block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, List, Optional

    from cwd_server.json_types import JSONObject
    from cwd_server.protocol.conversation import Offering
    from cwd_server.protocol.jsonrpc import ID
    from cwd_server.protocol.lines import Line
    from cwd_server.toolkit.call import Outcome, ToolCall
    from cwd_server.toolkit.tool import Tool

MAX_LINE = 4 * 1024 * 1024  # bytes: enough for what get_cwd needs, and for any list of tools
MAX_LINE_OF_USER_TOOLS = 64 * 1024 * 1024  # their arguments may be files
MAX_BATCH = 10000  # messages: four million bytes of "1," would cost 700 MiB to answer one by one


def _ignore() -> None:
    pass


class Session:
    """One client's conversation.

    offering: the tools, in the order in which they are listed, `serverInfo`, and instructions
    report_bug: called inside an `except` block for an exception that only a bug of ours can cause
    tools_may_change: whether `tools_changed` may be called, which the client is told
    """

    def __init__(
        self,
        offering: "Offering",
        report_bug: "Callable[[], None]" = _ignore,
        tools_may_change: bool = False,
    ) -> None:
        self._conversation = Conversation(offering, tools_may_change)
        self._report_bug = report_bug
        self.has_user_tools = offering.has_user_tools
        self.max_line = MAX_LINE
        if self.has_user_tools:
            self.max_line = MAX_LINE_OF_USER_TOOLS

    def receive(self, line: "Line") -> Received:
        """Take a line of input; return what comes of it."""
        if isinstance(line, LongLine):
            return self._refuse_long_line(line)
        received = Received(len(line))
        try:
            message = jsonrpc.decode(line)
            if isinstance(message, list):
                self._receive_batch(message, received)
            else:
                self._receive_message(message, Request(), received)
        except JSONRPCError as error:
            received.lines.append(jsonrpc.error_line(None, error))
        except MemoryError:
            edges = LongLine(bytes(line[:EDGE]), bytes(line[-EDGE:]), fits_limit=True)
            return self._refuse_long_line(edges)
        return received

    def _refuse_long_line(self, line: LongLine) -> Received:
        """Return the error for a line that was not read, under its id where that can be seen."""
        error = JSONRPCError(INVALID_REQUEST, f"Message longer than {self.max_line} bytes")
        if line.fits_limit:
            error = JSONRPCError(INTERNAL_ERROR, "Out of memory")
        received = Received(0)
        request_id = id_at_the_edges(line.head, line.tail)
        received.lines.append(jsonrpc.error_line(request_id, error))
        return received

    def finish(self, call: "ToolCall", outcome: "Outcome") -> "List[str]":
        """Take what came of a call, cancelled or not; return the lines to send."""
        request = request_of(call)
        return self._end_call(call, request, self._response(call, request, outcome))

    def refuse(self, call: "ToolCall") -> "List[str]":
        """Take back a call that cannot be run since too many are; return the lines to send."""
        request = request_of(call)
        line = _error_line(request, INTERNAL_ERROR, TOO_MANY_CALLS)
        return self._end_call(call, request, line)

    def forget(self, call: "ToolCall") -> None:
        """Take back a call that was cancelled before it began."""
        self._conversation.release_line(request_of(call))

    def count_unanswered(self) -> int:
        """Return how many requests are not answered, of those that are answered later."""
        return self._conversation.count_unanswered()

    def count_requests(self, line: "Line") -> int:
        """Return how many answers a line would get; nothing else comes of it."""
        return count_requests(line, self._conversation.takes_batches())

    def progress(
        self,
        call: "ToolCall",
        done: float,
        total: "Optional[float]" = None,
        message: "Optional[str]" = None,
    ) -> "List[str]":
        """Return the notification of a call's progress, if its client asked for it and may get it.

        https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress
        """
        request = request_of(call)
        token = request.progress_token
        # "Progress notifications MUST only reference tokens that [...] are associated with an
        # in-progress operation"
        if token is None or not self._conversation.is_running(call, request):
            return []
        # "The progress value MUST increase with each notification, even if the total is unknown."
        if request.progress is not None and done <= request.progress:
            return []
        params: JSONObject = {"progressToken": token, "progress": done}
        if total is not None:
            params["total"] = total
        if message is not None:
            params["message"] = message
        line = jsonrpc.notification_line("notifications/progress", params)
        request.progress = done
        return [line]

    def tools_changed(self, tools: "List[Tool]") -> "List[str]":
        """Offer these tools from now on; return the notifications of it.

        "List Changed Notification" of
        https://modelcontextprotocol.io/specification/2026-07-28/server/tools
        """
        conversation = self._conversation
        conversation.set_tools(tools)
        method = "notifications/tools/list_changed"
        lines = []
        if conversation.negotiated is not None:
            lines.append(jsonrpc.notification_line(method, {}))
        # "The server MUST NOT send notification types the client has not explicitly requested."
        for request_id, listens in conversation.subscriptions.items():
            if listens:
                params: JSONObject = {"_meta": {SUBSCRIPTION_KEY: request_id}}
                lines.append(jsonrpc.notification_line(method, params))
        return lines

    def close(self) -> "List[str]":
        """Return the last lines, once input has ended and calls have had their time.

        What has not been answered will not be. Of a batch the answers go out that are there, and
        open subscriptions end gracefully.
        """
        # "Graceful Closure" of
        # https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
        conversation = self._conversation
        lines = []
        batches = conversation.waiting_batches()
        conversation.abandoned += len(conversation.calls)
        conversation.calls.clear()
        for batch in batches:
            lines += batch.close()
        for request_id in conversation.subscriptions:
            meta: JSONObject = {SUBSCRIPTION_KEY: request_id}
            result: JSONObject = {"resultType": "complete", "_meta": meta}
            text = conversation.encode_result(result, MODERN_REVISION)
            lines.append(jsonrpc.result_line(request_id, text))
        conversation.subscriptions.clear()
        return lines

    # Messages

    def _receive_batch(self, messages: "List[object]", received: Received) -> None:
        # https://modelcontextprotocol.io/specification/2025-03-26/basic#batching
        if not self._conversation.takes_batches():
            reason = f"Revision {self._conversation.negotiated} has no batches: one message a line"
            raise JSONRPCError(INVALID_REQUEST, reason)
        if not 1 <= len(messages) <= MAX_BATCH:
            raise JSONRPCError(INVALID_REQUEST, f"A batch has 1 to {MAX_BATCH} messages")
        batch = Batch(len(messages))
        for place, message in enumerate(messages):
            self._receive_message(message, Request(batch, place), received)
        self._drop_cancelled(received)

    def _drop_cancelled(self, received: Received) -> None:
        """Let no call begin that was cancelled in the same batch."""
        calls, received.calls = received.calls, []
        for call in calls:
            if call.cancelled:
                self.forget(call)
            else:
                received.calls.append(call)

    def _receive_message(self, message: object, request: Request, received: Received) -> None:
        line = None
        try:
            if not isinstance(message, dict):
                raise JSONRPCError(INVALID_REQUEST, "A message is a JSON object")
            if is_request(message):
                result = self._handle(message, request, received)
                if result is None:
                    return  # answered later
                line = jsonrpc.result_line(request.id, result)
            else:
                self._receive_notification(message, received)
        except JSONRPCError as error:
            line = jsonrpc.error_line(request.id, error)
        except RecursionError:  # near the parser's own limit, so that it got this far
            line = _error_line(request, INVALID_PARAMS, "params is nested too deeply")
        except MemoryError:
            line = _error_line(request, INTERNAL_ERROR, "Out of memory")
        except Exception:
            self._report_bug()
            line = _error_line(request, INTERNAL_ERROR, "Internal error")
        received.lines += request.answer(line)

    def _receive_notification(self, message: "JSONObject", received: Received) -> None:
        """Take a message that is never answered; only cancelling does something here."""
        # Also for what is malformed: "Invalid cancellation notifications SHOULD be ignored"
        if message.get("method") != "notifications/cancelled":
            return
        params = message.get("params")
        if not isinstance(params, dict):
            return
        request_id = jsonrpc.to_id(params.get("requestId"))
        if request_id is not None:
            self._cancel(request_id, received)

    def _cancel(self, request_id: "ID", received: Received) -> None:
        # "Servers SHOULD stop work on a cancelled request as soon as practical and MUST NOT send
        # any further messages for it."
        conversation = self._conversation
        if conversation.subscriptions.pop(request_id, None) is not None:
            conversation.release(size_of_id(request_id))
        call = conversation.calls.pop(request_id, None)
        if call is not None:
            call.cancel()
            received.cancelled.append(call)
            received.lines += request_of(call).answer(None)

    # Requests

    def _handle(
        self, message: "JSONObject", request: Request, received: Received
    ) -> "Optional[str]":
        """Return the result of a request as JSON, or None if it is answered later.

        Raises JSONRPCError.
        """
        name = read_request(message, request)
        # "The request ID MUST NOT match the ID of any other request the sender has issued and not
        # yet received a response for."
        if self._conversation.is_in_use(request.id):
            reason = "This id is in use by a request that is not answered yet"
            raise JSONRPCError(INVALID_REQUEST, reason)
        method = METHODS.get(name, UNKNOWN)
        negotiated = self._conversation.negotiated
        request.revision = find_revision(request, name, method, negotiated)
        result = method.answer(self._conversation, request, received)
        request.params = request.meta = NO_MEMBERS  # what stays open keeps nothing of its line
        return result

    # Calls

    def _end_call(self, call: "ToolCall", request: Request, line: str) -> "List[str]":
        """Forget a call; return the lines to send now that `line` answers it."""
        conversation = self._conversation
        conversation.release_line(request)
        if not conversation.is_running(call, request):
            return []  # it was cancelled
        del conversation.calls[request.id]  # type: ignore[arg-type]
        return request.answer(line)

    def _response(self, call: "ToolCall", request: Request, outcome: "Outcome") -> str:
        """Return the response to a call.

        https://modelcontextprotocol.io/specification/2026-07-28/server/tools#error-handling
        """
        if isinstance(outcome, Failure):
            return self._failure_response(request, outcome)
        try:
            text = self._encode_result(outcome, call.tool.definition, request.revision)
            return jsonrpc.result_line(request.id, text)
        except MemoryError:
            reason = "The tool's result is too large: out of memory"
        except Exception as error:  # whatever the tool returned
            reason = f"The tool's result cannot be sent as JSON: {error}"
        return self._failure_response(request, Failure(reason))

    def _failure_response(self, request: Request, failure: Failure) -> str:
        """Return the response to a call that failed: for the model, or an error, by revision."""
        revision = request.revision
        # Since 2025-11-25: "Input validation errors" are tool execution errors, for the model
        if failure.is_about_arguments and revision < revisions.FIRST_WITH_ARGUMENT_RESULTS:
            return _error_line(request, INVALID_PARAMS, failure.reason)
        if revision == TUTORIAL_DIALECT:
            return _error_line(request, INTERNAL_ERROR, failure.reason)
        result: JSONObject = {"content": [text_block(failure.reason)], "isError": True}
        return jsonrpc.result_line(request.id, self._conversation.encode_result(result, revision))

    def _encode_result(self, result: object, definition: "JSONObject", revision: str) -> str:
        """Return a `CallToolResult` as JSON text; that of a FixedResult is kept with it."""
        if type(result) is FixedResult:
            text = result.texts.get(revision)
            if text is None:
                text = self._encode_result(result.result, definition, revision)
                result.texts[revision] = text
            return text
        shaped = revisions.shape_result(result, definition, revision)  # type: ignore[arg-type]
        return self._conversation.encode_result(shaped, revision)


def _error_line(request: Request, code: int, message: str) -> str:
    return jsonrpc.error_line(request.id, JSONRPCError(code, message))
