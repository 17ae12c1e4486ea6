"""Which revision a request is in, decided request by request.

Legacy revisions begin with a handshake, the modern one has none, and the tutorial's dialect is
older than both. A client of any of them may be at the other end, and they may take turns on one
stream.

https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
    "A dual-era server MAY serve both eras concurrently on the same endpoint or process."
"""

from cwd_server.protocol import jsonrpc
from cwd_server.protocol.jsonrpc import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    JSONRPCError,
)
from cwd_server.protocol.revisions import (
    CAPABILITIES_KEY,
    MODERN_REVISION,
    TUTORIAL_DIALECT,
    VERSION_KEY,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from cwd_server.json_types import JSONObject
    from cwd_server.protocol.messages import Request
    from cwd_server.protocol.methods import Method

# https://modelcontextprotocol.io/specification/2026-07-28/basic#error-codes
UNSUPPORTED_PROTOCOL_VERSION = -32022


def find_revision(
    request: "Request", name: str, method: "Method", negotiated: "Optional[str]"
) -> str:
    """Return the revision that a request is in; raise JSONRPCError if its method is not in that.

    name, method: what is asked for, and its row of the table
    negotiated: the legacy revision that a handshake has settled on, or None
    """
    # "The initialize request MUST NOT be part of a JSON-RPC batch"
    if request.batch is not None and not method.in_batch:
        raise JSONRPCError(INVALID_REQUEST, f"'{name}' cannot be part of a batch")

    # 1. "Servers MUST NOT rely on prior requests over the same connection to establish context": a
    #    request that names its own revision is in that one, whatever came before.
    if VERSION_KEY in request.meta:
        if request.batch is not None:  # which that revision does not have
            raise JSONRPCError(INVALID_REQUEST, f"'{name}' cannot be part of a batch")
        _check_modern(request.meta)
        if not method.modern:
            raise _not_supported(name)
        return MODERN_REVISION

    # 2. The tutorial knows no handshake.
    if method.tutorial:
        return TUTORIAL_DIALECT

    # 3. "The initialization phase MUST be the first interaction between client and server": what
    #    belongs to it comes at any time, and `ping` may come before its end.
    if method.before_handshake:
        return negotiated or TUTORIAL_DIALECT

    # 4. "Both parties MUST: Respect the negotiated protocol version"
    if negotiated is not None:
        if not method.legacy:
            raise _not_supported(name)
        return negotiated

    # 5. "A request missing any required field is malformed; the server MUST reject it with
    #    JSON-RPC error code -32602 (Invalid params)." A method of no era is unknown in any case.
    if not method.legacy and not method.modern:
        raise _not_supported(name)
    raise JSONRPCError(
        INVALID_PARAMS,
        f"Method '{name}' needs either the `initialize` handshake first,"
        f" or `{VERSION_KEY}` and `{CAPABILITIES_KEY}` in this request's params._meta",
    )


def _check_modern(meta: "JSONObject") -> None:
    """Check what a modern request says of itself in its `_meta`; raise JSONRPCError."""
    requested = meta[VERSION_KEY]
    if requested != MODERN_REVISION:
        # "it MUST respond with an UnsupportedProtocolVersionError listing the versions it does
        # support". The schema wants `requested` to be a string, whatever was sent.
        if not isinstance(requested, str):
            requested = jsonrpc.encode(requested)
        data: JSONObject = {"supported": [MODERN_REVISION], "requested": requested}
        message = "Unsupported protocol version"
        raise JSONRPCError(UNSUPPORTED_PROTOCOL_VERSION, message, data)
    # "A request missing any required field is malformed; the server MUST reject it with -32602"
    if not isinstance(meta.get(CAPABILITIES_KEY), dict):
        reason = f"params._meta needs {CAPABILITIES_KEY}, an object"
        raise JSONRPCError(INVALID_PARAMS, reason)


def _not_supported(name: str) -> JSONRPCError:
    return JSONRPCError(METHOD_NOT_FOUND, f"Method '{name}' not supported.")
