"""MCP for a server that offers tools: five revisions, their methods, and one `Session`. No I/O.

The way of a message: `Session.receive` takes a line and returns the lines that answer it and the calls to make;
whoever makes a call hands what came of it to `Session.finish`, which returns the lines that this allows. Nothing
here blocks or touches a descriptor, a thread, a clock or the environment. Threads that share a session need a lock.

Errors of the client's become `JSONRPCError`; any other exception is our bug and is answered as one.
"""

from cwd_server import JSON, Any, Callable
from cwd_server.protocol import jsonrpc, revisions
from cwd_server.protocol.jsonrpc import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, JSONRPCError
from cwd_server.protocol.revisions import LEGACY_REVISIONS, MODERN_REVISIONS, TUTORIAL_DIALECT
from cwd_server.toolkit.call import FixedResult, Outcome, ToolCall, text_block
from cwd_server.toolkit.tool import Tool

# https://modelcontextprotocol.io/specification/2026-07-28/basic#error-codes
UNSUPPORTED_PROTOCOL_VERSION = -32022

# https://modelcontextprotocol.io/specification/2026-07-28/basic#_meta
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
SERVER_INFO_KEY = "io.modelcontextprotocol/serverInfo"
SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId"

CAPABILITIES: JSON = {"tools": {}}  # no listChanged: the tools never change while the server runs
CACHING = {"ttlMs": 300000, "cacheScope": "public"}  # 5 minutes: a restart may bring other tools
MAX_BATCH = 10000  # messages: four million bytes of "1," would cost 700 MiB to answer one by one
MAX_SUBSCRIPTIONS = 64  # open at once; each costs memory until the client cancels it


# Who may call a method, https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
TUTORIAL = "tutorial"  # anybody, at any time
OPENING = "opening"  # a legacy client, before and after its handshake
LEGACY = "legacy"  # a legacy client, after its handshake
MODERN = "modern"  # a request that names a modern revision itself

NO_ERA = "Method '%s' needs either the `initialize` handshake first, or `%s` and `%s` in this request's params._meta"


class Session:
    """One client's conversation: what was negotiated, what is running, what is listened to.

    tools: what is offered, in the order in which it is listed
    info: our `serverInfo`, https://modelcontextprotocol.io/specification/2026-07-28/schema#implementation
    report_bug: called inside an `except` block for an exception that only a bug of ours can cause
    """

    def __init__(
        self, offering: Any, info: Any = None, instructions: str = "", report_bug: "Callable[[], None]" = lambda: None
    ) -> None:
        tools = offering
        if hasattr(offering, "server_info"):
            tools, info, instructions = offering.tools, offering.server_info, offering.instructions
        self._tools = {tool.name: tool for tool in tools}
        self._server_info = info
        self._instructions = {"instructions": instructions} if instructions else {}
        self._report_bug = report_bug
        self._negotiated: str | None = None  # the legacy revision that `initialize` settled on
        self._calls: dict[Any, ToolCall] = {}  # running, by request id
        self._subscriptions: dict[Any, jsonrpc.Request] = {}  # open, by request id
        self._listings: dict[str, JSON] = {}  # the answers to tools/list, by revision
        self._modern_extras = {"resultType": "complete", "_meta": {SERVER_INFO_KEY: info}}

    def receive(self, line: "bytes | None") -> jsonrpc.Received:
        """Take a line of input, or None for one that was too long."""
        received = jsonrpc.Received()
        try:
            if line is None:
                raise JSONRPCError(INVALID_REQUEST, "Message longer than %d bytes" % jsonrpc.MAX_LINE)
            message = jsonrpc.decode(line)
            if isinstance(message, list):
                self._receive_batch(message, received)
            else:
                self._receive_message(message, received, 0)
        except JSONRPCError as error:
            received.lines.append(jsonrpc.error_line(None, error))
        return received

    def finish(self, call: ToolCall, outcome: Outcome) -> "list[str]":
        """Take what came of a call; return the lines to send."""
        request: jsonrpc.Request = call.request
        if self._calls.get(request.id) is not call:
            return []  # it was cancelled
        del self._calls[request.id]
        result, failure = outcome.result, outcome.failure or outcome.argument_problem
        if outcome.argument_problem and request.revision < revisions.FIRST_WITH_ARGUMENT_RESULTS:
            return request.answer(jsonrpc.error_line(request.id, JSONRPCError(INVALID_PARAMS, failure)))
        try:
            line = jsonrpc.result_line(request.id, self._call_json(call, result or _failure(failure)))
        except Exception as error:  # whatever the tool returned
            result, failure = None, "The tool's result cannot be sent as JSON: %s" % error
            line = self._result_line(request, _failure(failure))
        if result is None and request.revision == TUTORIAL_DIALECT:
            line = jsonrpc.error_line(request.id, JSONRPCError(INTERNAL_ERROR, failure))
        return request.answer(line)

    def _call_json(self, call: ToolCall, result: Any) -> str:
        """Return a `CallToolResult` as JSON; that of a FixedResult is made once."""
        revision: str = call.request.revision
        if not isinstance(result, FixedResult):
            return self._encode(revisions.shape_result(result, revision), revision)
        text = result.texts.get(revision)
        if text is None:
            text = result.texts[revision] = self._encode(revisions.shape_result(result.result, revision), revision)
        return text

    def progress(self, call: ToolCall, done: float, total: "float | None" = None, text: "str | None" = None) -> "list[str]":
        """Return the notification of a call's progress, if its client asked for it and may get it.

        https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress
        """
        request: jsonrpc.Request = call.request
        meta = request.params.get("_meta")
        token = meta.get("progressToken") if isinstance(meta, dict) else None
        # "Progress notifications MUST only reference tokens that [...] are associated with an
        # in-progress operation"; "the progress value MUST increase with each notification"
        running = self._calls.get(request.id) is call
        if not running or not jsonrpc.is_token(token) or (call.reported is not None and done <= call.reported):
            return []
        params = {"progressToken": token, "progress": done, "total": total, "message": text}
        params = {name: value for name, value in params.items() if value is not None}
        lines = [jsonrpc.notification_line("notifications/progress", params)]
        call.reported = done  # now that it has turned out to be a number
        return lines

    def close(self) -> "list[str]":
        """Return the lines that end open subscriptions gracefully, once input has ended."""
        # https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions#graceful-closure
        lines = []
        for request in self._subscriptions.values():
            meta = {SUBSCRIPTION_KEY: request.id, SERVER_INFO_KEY: self._server_info}
            lines.append(jsonrpc.result_line(request.id, jsonrpc.encode({"resultType": "complete", "_meta": meta})))
        self._subscriptions.clear()
        return lines

    def _receive_batch(self, messages: "list[Any]", received: jsonrpc.Received) -> None:
        # https://modelcontextprotocol.io/specification/2025-03-26/basic#batching
        if self._negotiated is not None and self._negotiated > revisions.LAST_WITH_BATCHES:
            raise JSONRPCError(INVALID_REQUEST, "Revision %s has no batches: one message a line" % self._negotiated)
        if not 1 <= len(messages) <= MAX_BATCH:
            raise JSONRPCError(INVALID_REQUEST, "A batch has 1 to %d messages" % MAX_BATCH)
        received.answers, received.pending = [None] * len(messages), len(messages)
        for slot, message in enumerate(messages):
            self._receive_message(message, received, slot)

    def _receive_message(self, message: Any, received: jsonrpc.Received, slot: int) -> None:
        request = jsonrpc.Request(received, slot)
        line = None
        try:
            if not isinstance(message, dict):
                raise JSONRPCError(INVALID_REQUEST, "A message is a JSON object")
            if _is_request(message):
                result = self._answer(message, request)
                if result is None:
                    return  # answered later
                line = self._result_line(request, result)
            else:
                self._receive_notification(message, received)
        except JSONRPCError as error:
            line = jsonrpc.error_line(request.id, error)
        except RecursionError:  # near the parser's own limit, so that it got this far
            line = jsonrpc.error_line(request.id, JSONRPCError(INVALID_PARAMS, "params is nested too deeply"))
        except Exception:
            self._report_bug()
            line = jsonrpc.error_line(request.id, JSONRPCError(INTERNAL_ERROR, "Internal error"))
        received.lines += request.answer(line)

    def _answer(self, message: JSON, request: jsonrpc.Request) -> "JSON | None":
        """Return the result of a request, or None when it is answered later; raise JSONRPCError."""
        # "Requests MUST include a string or integer ID. [...] the ID MUST NOT be null"
        if type(message.get("id")) not in jsonrpc.ID:
            raise JSONRPCError(INVALID_REQUEST, "A request's id is a string or an integer")
        request.id = message["id"]
        method = message.get("method")
        if message.get("jsonrpc") != "2.0" or not isinstance(method, str):
            raise JSONRPCError(INVALID_REQUEST, "Invalid Request structure")
        if message.get("params") is not None:
            request.params = message["params"]
        if not isinstance(request.params, dict):
            raise JSONRPCError(INVALID_PARAMS, "params is not an object")
        # "The request ID MUST NOT match the ID of any other request the sender has issued and not
        # yet received a response for."
        if request.id in self._calls or request.id in self._subscriptions:
            raise JSONRPCError(INVALID_REQUEST, "This id is in use by a request that is not answered yet")
        eras, handler = METHODS.get(method, ((), None))
        meta: Any = request.params.get("_meta")
        era = eras[0] if eras in ((TUTORIAL,), (OPENING,)) else LEGACY
        if isinstance(meta, dict) and VERSION_KEY in meta:
            era = MODERN
        if (era == MODERN or method == "initialize") and request.received.answers is not None:
            raise JSONRPCError(INVALID_REQUEST, "'%s' cannot be part of a batch" % method)
        if era == MODERN:
            request.revision = _modern_revision(meta)
        elif era != TUTORIAL and self._negotiated is not None:
            request.revision = self._negotiated
        elif era == LEGACY and eras:
            raise JSONRPCError(INVALID_PARAMS, NO_ERA % (method, VERSION_KEY, CAPABILITIES_KEY))
        if handler is None or era not in eras:
            raise JSONRPCError(METHOD_NOT_FOUND, "Method '%s' not supported." % method)
        return handler(self, request)

    def _encode(self, result: JSON, revision: str) -> str:
        return jsonrpc.encode({**result, **self._modern_extras} if revision in MODERN_REVISIONS else result)

    def _result_line(self, request: jsonrpc.Request, result: JSON) -> str:
        return jsonrpc.result_line(request.id, self._encode(result, request.revision))

    def _receive_notification(self, message: JSON, received: jsonrpc.Received) -> None:
        params = message.get("params")
        request_id = params.get("requestId") if isinstance(params, dict) else None
        if message.get("method") != "notifications/cancelled" or type(request_id) not in jsonrpc.ID:
            return  # also for what is malformed: "Invalid cancellation notifications SHOULD be ignored"
        self._subscriptions.pop(request_id, None)
        call = self._calls.pop(request_id, None)
        if call is not None:
            call.cancel()
            received.lines += call.request.answer(None)

    # Methods: each returns the result of a request, or None when the answer comes later, or raises JSONRPCError

    def _initialize(self, request: jsonrpc.Request) -> JSON:
        # https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#version-negotiation
        requested = _param(request, "protocolVersion", str)
        # "If the server supports the requested protocol version, it MUST respond with the same
        # version. Otherwise, the server MUST respond with another protocol version it supports."
        self._negotiated = revision = requested if requested in LEGACY_REVISIONS else LEGACY_REVISIONS[-1]
        return {
            "protocolVersion": revision,
            "capabilities": CAPABILITIES,
            "serverInfo": revisions.known(revisions.SERVER_INFO_FIELDS, self._server_info, revision),
            **self._instructions,
        }

    def _discover(self, request: jsonrpc.Request) -> JSON:
        # https://modelcontextprotocol.io/specification/2026-07-28/server/discover
        return {"supportedVersions": MODERN_REVISIONS, "capabilities": CAPABILITIES, **self._instructions, **CACHING}

    def _list_tools(self, request: jsonrpc.Request) -> JSON:
        # https://modelcontextprotocol.io/specification/2026-07-28/server/tools#listing-tools
        # "Invalid cursors SHOULD result in an error with code -32602": there is one page, so all are
        if request.params.get("cursor") is not None:
            raise JSONRPCError(INVALID_PARAMS, "Invalid cursor: the tools are one page")
        revision = request.revision
        if revision not in self._listings:
            tools = [revisions.shape_tool(tool.definition, revision) for tool in self._tools.values()]
            self._listings[revision] = {"tools": tools, **(CACHING if revision in MODERN_REVISIONS else {})}
        return self._listings[revision]

    def _call_tool(self, request: jsonrpc.Request) -> "JSON | None":
        # https://modelcontextprotocol.io/specification/2026-07-28/server/tools#calling-tools
        name = _param(request, "name", str)
        tool = self._tools.get(name)
        if tool is None and request.revision == TUTORIAL_DIALECT:
            raise JSONRPCError(METHOD_NOT_FOUND, "Tool '%s' not found." % name)
        if tool is None:
            raise JSONRPCError(INVALID_PARAMS, "Unknown tool: %s" % name)
        arguments = {} if request.params.get("arguments") is None else _param(request, "arguments", dict)
        call = self._calls[request.id] = ToolCall(tool, arguments if tool.takes_arguments else {}, request)
        request.received.calls.append(call)
        return None

    def _listen(self, request: jsonrpc.Request) -> None:
        # https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
        _param(request, "notifications", dict)
        if not jsonrpc.is_token(request.id):
            raise JSONRPCError(INVALID_REQUEST, "This id is no Unicode text, so it cannot name a subscription")
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise JSONRPCError(INTERNAL_ERROR, "%d subscriptions are open already" % MAX_SUBSCRIPTIONS)
        self._subscriptions[request.id] = request
        # "The notifications field in the acknowledgment reflects the subset the server agreed to
        # honor": none, since nothing here ever changes
        params = {"notifications": {}, "_meta": {SUBSCRIPTION_KEY: request.id}}
        request.received.lines.append(jsonrpc.notification_line("notifications/subscriptions/acknowledged", params))


# What this server answers, and to whom; anything else is METHOD_NOT_FOUND.
METHODS: "dict[str, tuple[tuple[str, ...], Callable[[Session, jsonrpc.Request], JSON | None]]]" = {
    "initialize": ((OPENING,), Session._initialize),
    "ping": ((OPENING,), lambda session, request: {}),
    "server/discover": ((MODERN,), Session._discover),
    "tools/list": ((LEGACY, MODERN), Session._list_tools),
    "tools/call": ((LEGACY, MODERN), Session._call_tool),
    "subscriptions/listen": ((MODERN,), Session._listen),
    "ListTools": ((TUTORIAL,), Session._list_tools),
    "CallTool": ((TUTORIAL,), Session._call_tool),
}


def _is_request(message: JSON) -> bool:
    """Whether a message is to be answered, whatever is wrong with it: it is neither a notification nor a response."""
    # Of a notification "the receiver MUST NOT send a response"; of responses there are none that we wait for
    return "id" in message if "method" in message else not ("result" in message or "error" in message)


def _param(request: jsonrpc.Request, name: str, kind: type) -> Any:
    """Return a member of a request's params; raise JSONRPCError if it is not a `kind`, str or dict."""
    value = request.params.get(name)
    if not isinstance(value, kind):
        wanted = "a string" if kind is str else "an object"
        raise JSONRPCError(INVALID_PARAMS, "params.%s has to be %s" % (name, wanted))
    return value


def _modern_revision(meta: JSON) -> str:
    """Return the revision that a request names in its `_meta`; raise JSONRPCError for one we do not serve."""
    requested = meta[VERSION_KEY]
    if requested not in MODERN_REVISIONS:
        # The schema wants `requested` to be a string, whatever was sent
        named = requested if isinstance(requested, str) else jsonrpc.encode(requested)
        data = {"supported": MODERN_REVISIONS, "requested": named}
        raise JSONRPCError(UNSUPPORTED_PROTOCOL_VERSION, "Unsupported protocol version", data)
    # "A request missing any required field is malformed; the server MUST reject it with -32602"
    if not isinstance(meta.get(CAPABILITIES_KEY), dict):
        raise JSONRPCError(INVALID_PARAMS, "params._meta needs %s, an object" % CAPABILITIES_KEY)
    return str(requested)


def _failure(reason: str) -> JSON:
    return {"content": [text_block(reason)], "isError": True}
