"""What there is to remember of a client: what was negotiated, what runs, what is listened to."""

from cwd_server.protocol import jsonrpc
from cwd_server.protocol.jsonrpc import INTERNAL_ERROR, JSONRPCError
from cwd_server.protocol.messages import TOO_MANY_CALLS, HeldLine
from cwd_server.protocol.revisions import LAST_WITH_BATCHES, MODERN_REVISION, SERVER_INFO_KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional, Protocol

    from cwd_server.json_types import JSONObject
    from cwd_server.protocol.jsonrpc import ID
    from cwd_server.protocol.messages import Batch, Received, Request
    from cwd_server.toolkit.call import ToolCall
    from cwd_server.toolkit.tool import Tool

    class Offering(Protocol):
        """What a client is offered."""

        tools: List[Tool]
        server_info: JSONObject
        instructions: str
        has_user_tools: bool


MAX_RESERVED = 64 * 1024 * 1024  # bytes of lines that calls keep while they wait or run


class Conversation:
    """The state of a session.

    tools: what is offered, by name, in the order in which it is listed
    tools_may_change: whether the client is told that they may, and when they do
    negotiated: the legacy revision that `initialize` settled on, or None
    calls: running or waiting, by request id
    abandoned: how many calls had not ended when the session did
    subscriptions: open, by request id: whether changes of the tools are listened for
    listings: the results of tools/list as JSON, by revision
    """

    __slots__ = (
        "_reserved",
        "abandoned",
        "calls",
        "instructions",
        "listings",
        "negotiated",
        "server_info",
        "subscriptions",
        "tools",
        "tools_may_change",
    )

    def __init__(self, offering: "Offering", tools_may_change: bool) -> None:
        self.set_tools(offering.tools)
        self.tools_may_change = tools_may_change
        self.server_info = offering.server_info
        self.instructions = offering.instructions
        self.negotiated: Optional[str] = None
        self.calls: Dict[ID, ToolCall] = {}
        self.abandoned = 0
        self.subscriptions: Dict[ID, bool] = {}
        self._reserved = 0

    def set_tools(self, tools: "List[Tool]") -> None:
        """Offer these tools from now on; calls of others that run go on."""
        self.tools: Dict[str, Tool] = {tool.name: tool for tool in tools}
        self.listings: Dict[str, str] = {}

    def is_in_use(self, request_id: "Optional[ID]") -> bool:
        """Whether an id belongs to a request that is not answered yet."""
        return request_id in self.calls or request_id in self.subscriptions

    def count_unanswered(self) -> int:
        """Return how many requests are not answered: calls, their batches, subscriptions."""
        alone = [call for call in self.calls.values() if request_of(call).batch is None]
        count = self.abandoned + len(self.subscriptions) + len(alone)
        for batch in self.waiting_batches():
            count += batch.count_responses()
        return count

    def waiting_batches(self) -> "List[Batch]":
        """Return the batches whose answers wait for those of calls."""
        batches: List[Batch] = []
        for call in self.calls.values():
            batch = request_of(call).batch
            if batch is not None and batch not in batches:
                batches.append(batch)
        return batches

    def takes_batches(self) -> bool:
        """Whether an array may come now: before a handshake, and in the oldest revisions."""
        return self.negotiated is None or self.negotiated <= LAST_WITH_BATCHES

    def is_running(self, call: "ToolCall", request: "Request") -> bool:
        """Whether a client still waits for a call: its id may belong to another by now."""
        return self.calls.get(request.id) is call  # type: ignore[arg-type]

    def encode_result(self, result: "JSONObject", revision: str) -> str:
        """Return a result as JSON text, with what every result of `revision` has."""
        if revision == MODERN_REVISION:
            # "The result MUST include a resultType field to indicate the type of the result."
            meta = self._add_server_info(result)
            result = {**result, "resultType": "complete", "_meta": meta}
        return jsonrpc.encode(result)

    def _add_server_info(self, result: "JSONObject") -> "JSONObject":
        meta = result.get("_meta")
        if isinstance(meta, dict):
            return {**meta, SERVER_INFO_KEY: self.server_info}
        return {SERVER_INFO_KEY: self.server_info}

    # The memory that a client may use

    def reserve(self, size: int) -> None:
        """Count bytes that are kept for a client; raise JSONRPCError if they are too many."""
        self.find_room(size)
        self._reserved += size

    def find_room(self, size: int) -> None:
        """Raise JSONRPCError if so many bytes would be too many beside those that are kept."""
        if self._reserved and self._reserved + size > MAX_RESERVED:
            raise JSONRPCError(INTERNAL_ERROR, TOO_MANY_CALLS)

    def release(self, size: int) -> None:
        """Stop counting what `reserve` has counted."""
        self._reserved -= size

    def hold_line(self, received: "Received", request: "Request") -> None:
        """Count the line of a call that will wait or run; raise JSONRPCError."""
        if received.held is None:
            self.reserve(received.size)
            received.held = HeldLine(received.size)
        received.held.calls += 1
        request.held = received.held

    def release_line(self, request: "Request") -> None:
        """Stop counting the line of a call that has ended, if no other call is from that line."""
        held = request.held
        if held is None:
            return
        request.held = None
        held.calls -= 1
        if not held.calls:
            self.release(held.size)


def request_of(call: "ToolCall") -> "Request":
    """Return the request that a call answers."""
    return call.request  # type: ignore[return-value]  # the session put it there


def size_of_id(request_id: "ID") -> int:
    """Return how many bytes, at most, an id keeps in memory."""
    if isinstance(request_id, str):
        return 4 * len(request_id)
    return request_id.bit_length() // 8
