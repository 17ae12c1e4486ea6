"""The methods of MCP that a tool server answers: the table METHODS, and a function for each row.

A function takes the conversation and a request whose revision is decided, and returns the result
as JSON text; or None when the answer comes later, and adds to what was received what is to be done
now. It raises JSONRPCError for what the client did wrong.

https://modelcontextprotocol.io/specification/2026-07-28/schema
"""

from cwd_server.protocol import jsonrpc, revisions
from cwd_server.protocol.conversation import size_of_id
from cwd_server.protocol.jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    JSONRPCError,
)
from cwd_server.protocol.revisions import (
    LEGACY_REVISIONS,
    MODERN_REVISION,
    SUBSCRIPTION_KEY,
    TUTORIAL_DIALECT,
)
from cwd_server.toolkit.call import ToolCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, Optional

    from cwd_server.json_types import JSONObject
    from cwd_server.protocol.conversation import Conversation
    from cwd_server.protocol.messages import Received, Request

    Answer = Callable[[Conversation, Request, Received], Optional[str]]

MAX_SUBSCRIPTIONS = 64  # open at once
# ms until a client asks for the tools again, as a restart may bring others
TIME_TO_LIVE = 5 * 60 * 1000


class Method:
    """A row of the table.

    answer: the function
    tutorial: whether it is one of the tutorial dialect, which anybody may use at any time
    legacy: whether it is one of the revisions that begin with a handshake
    before_handshake: whether a legacy client may use it before its handshake too
    modern: whether it is one of the revision without a handshake
    in_batch: whether it may stand in a batch
    """

    __slots__ = ("answer", "before_handshake", "in_batch", "legacy", "modern", "tutorial")

    def __init__(
        self,
        answer: "Answer",
        tutorial: bool = False,
        legacy: bool = False,
        before_handshake: bool = False,
        modern: bool = False,
        in_batch: bool = True,
    ) -> None:
        self.answer = answer
        self.tutorial = tutorial
        self.legacy = legacy
        self.before_handshake = before_handshake
        self.modern = modern
        self.in_batch = in_batch


def initialize(conversation: "Conversation", request: "Request", received: "Received") -> str:
    """Settle on a legacy revision; again, if a client asks again."""
    # https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#version-negotiation
    requested = request.params.get("protocolVersion")
    if not isinstance(requested, str):
        raise JSONRPCError(INVALID_PARAMS, "params.protocolVersion must be a string")
    # "If the server supports the requested protocol version, it MUST respond with the same
    # version. Otherwise, the server MUST respond with another protocol version it supports."
    revision = requested
    if requested not in LEGACY_REVISIONS:
        revision = LEGACY_REVISIONS[-1]
    conversation.negotiated = revision
    result: JSONObject = {
        "protocolVersion": revision,
        "capabilities": _capabilities(conversation),
        "serverInfo": revisions.shape_server_info(conversation.server_info, revision),
    }
    _add_instructions(conversation, result)
    return conversation.encode_result(result, revision)


def ping(conversation: "Conversation", request: "Request", received: "Received") -> str:
    """Show that this server is there."""
    # "The receiver MUST respond promptly with an empty response"
    return "{}"


def discover(conversation: "Conversation", request: "Request", received: "Received") -> str:
    """Say what this server is, to a client that makes no handshake."""
    # https://modelcontextprotocol.io/specification/2026-07-28/server/discover
    result: JSONObject = {
        "supportedVersions": [MODERN_REVISION],
        "capabilities": _capabilities(conversation),
    }
    _add_instructions(conversation, result)
    _add_caching(conversation, result)
    return conversation.encode_result(result, request.revision)


def list_tools(conversation: "Conversation", request: "Request", received: "Received") -> str:
    """List the tools, all on one page."""
    # https://modelcontextprotocol.io/specification/2026-07-28/server/tools#listing-tools
    # "Invalid cursors SHOULD result in an error with code -32602 (Invalid params)": with one page
    # there are none to follow. The empty one is what some clients send for the first page.
    if request.params.get("cursor") not in (None, ""):
        raise JSONRPCError(INVALID_PARAMS, "Invalid cursor: the tools are one page")
    revision = request.revision
    text = conversation.listings.get(revision)
    if text is None:
        text = _encode_listing(conversation, revision)
        conversation.listings[revision] = text
    return text


def _encode_listing(conversation: "Conversation", revision: str) -> str:
    """Return the result of tools/list as JSON text."""
    # One tool at a time: copies of ten thousand definitions at once set off the garbage collector,
    # and each takes three times as long
    listed = []
    for tool in conversation.tools.values():
        listed.append(jsonrpc.encode(revisions.shape_tool(tool.definition, revision)))
    others: JSONObject = {}  # members beside the tools
    if revision == MODERN_REVISION:
        _add_caching(conversation, others)
    text = conversation.encode_result(others, revision)
    return jsonrpc.prepend_member("tools", f"[{','.join(listed)}]", text)


def call_tool(conversation: "Conversation", request: "Request", received: "Received") -> None:
    """Begin a call; `Session.finish` answers it."""
    # https://modelcontextprotocol.io/specification/2026-07-28/server/tools#calling-tools
    name = request.params.get("name")
    if not isinstance(name, str):
        raise JSONRPCError(INVALID_PARAMS, "params.name must be a string")
    tool = conversation.tools.get(name)
    if tool is None:
        if request.revision == TUTORIAL_DIALECT:
            raise JSONRPCError(METHOD_NOT_FOUND, f"Tool '{name}' not found.")
        raise JSONRPCError(INVALID_PARAMS, f"Unknown tool: {name}")
    arguments = _object_in(request, "arguments")
    if not tool.takes_arguments:
        arguments = {}  # some clients put things of their own there
    request.progress_token = _progress_token(request)
    if tool.threaded:
        conversation.hold_line(received, request)
    elif received.held is None:
        conversation.find_room(received.size)  # no more: it ends before another line is read
    call = ToolCall(tool, arguments, request)
    conversation.calls[request.id] = call  # type: ignore[index]  # it has an id by now
    received.calls.append(call)


def listen(conversation: "Conversation", request: "Request", received: "Received") -> None:
    """Open a subscription, which ends with the input or when the client cancels it."""
    # https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
    wanted = request.params.get("notifications")
    if not isinstance(wanted, dict):
        raise JSONRPCError(INVALID_PARAMS, "params.notifications must be an object")
    request_id = request.id
    if request_id is None or not jsonrpc.is_text(request_id):
        reason = "This id is not Unicode text, so it cannot name a subscription"
        raise JSONRPCError(INVALID_REQUEST, reason)
    if len(conversation.subscriptions) >= MAX_SUBSCRIPTIONS:
        reason = f"{MAX_SUBSCRIPTIONS} subscriptions are open already"
        raise JSONRPCError(INTERNAL_ERROR, reason)
    conversation.reserve(size_of_id(request_id))
    # "The notifications field in the acknowledgment reflects the subset the server agreed to
    # honor"
    honoured: JSONObject = {}
    if conversation.tools_may_change and wanted.get("toolsListChanged") is True:
        honoured["toolsListChanged"] = True
    conversation.subscriptions[request_id] = bool(honoured)
    # "The server MUST send notifications/subscriptions/acknowledged as the first message"
    params: JSONObject = {"notifications": honoured, "_meta": {SUBSCRIPTION_KEY: request_id}}
    line = jsonrpc.notification_line("notifications/subscriptions/acknowledged", params)
    received.lines.append(line)


def never_called(conversation: "Conversation", request: "Request", received: "Received") -> None:
    """Stand in the row UNKNOWN: eras.find_revision refuses its requests before they get here."""


# What this server answers, and to whom.
METHODS: "Dict[str, Method]" = {
    "initialize": Method(initialize, legacy=True, before_handshake=True, in_batch=False),
    "ping": Method(ping, legacy=True, before_handshake=True),
    "server/discover": Method(discover, modern=True),
    "tools/list": Method(list_tools, legacy=True, modern=True),
    "tools/call": Method(call_tool, legacy=True, modern=True),
    "subscriptions/listen": Method(listen, modern=True),
    "ListTools": Method(list_tools, tutorial=True),
    "CallTool": Method(call_tool, tutorial=True),
}

# The row of every other method: in no era, so that a request for it is refused
UNKNOWN = Method(never_called)


def _capabilities(conversation: "Conversation") -> "JSONObject":
    # "Servers that support tools MUST declare the tools capability"
    tools: JSONObject = {}
    if conversation.tools_may_change:
        tools["listChanged"] = True
    return {"tools": tools}


def _add_instructions(conversation: "Conversation", result: "JSONObject") -> None:
    if conversation.instructions:
        result["instructions"] = conversation.instructions


def _add_caching(conversation: "Conversation", result: "JSONObject") -> None:
    # "Servers MUST provide a ttlMs value that is >= 0."
    result["ttlMs"] = TIME_TO_LIVE
    if conversation.tools_may_change:
        result["ttlMs"] = 0
    result["cacheScope"] = "public"  # the tools are the same for everyone


def _object_in(request: "Request", name: str) -> "JSONObject":
    """Return a member of the params that is an object, or left out; raise JSONRPCError."""
    value = request.params.get(name)
    if value is None or value == []:  # PHP has one literal for the empty array and object
        return {}
    if not isinstance(value, dict):
        raise JSONRPCError(INVALID_PARAMS, f"params.{name} must be an object")
    return value


def _progress_token(request: "Request") -> "Optional[jsonrpc.ID]":
    # "Progress tokens MUST be a string or integer value"
    token = jsonrpc.to_id(request.meta.get("progressToken"))
    if token is None or not jsonrpc.is_text(token):
        return None
    return token
