"""Messages as clients of each revision send them, as Python objects."""

# What makes a request one of the 2026-07-28 revision
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


def request(method, request_id=1, **params):
    """Return a request; it has no `params` where none are given."""
    message = {"jsonrpc": "2.0", "id": request_id, "method": method}
    if params:
        message["params"] = params
    return message


def notification(method, **params):
    """Return a notification; it has no `params` where none are given."""
    message = {"jsonrpc": "2.0", "method": method}
    if params:
        message["params"] = params
    return message


def ping(request_id=1):
    """Return a request that every server of the older revisions answers with `{}`."""
    return request("ping", request_id)


def initialize(revision="2025-11-25", request_id=0):
    """Return the request that opens a session of an older revision."""
    client = {"name": "tests", "version": "1"}
    params = {"protocolVersion": revision, "capabilities": {}, "clientInfo": client}
    return request("initialize", request_id, **params)


def call_tool(name, request_id=1, arguments=None, **meta):
    """Return a call of the newest revision; `meta` is added to its `_meta`: progressToken=1."""
    params = {"name": name, "arguments": arguments or {}}
    return request("tools/call", request_id, _meta=dict(META, **meta), **params)


def cancelled(request_id):
    """Return the notification that a client no longer wants an answer."""
    return notification("notifications/cancelled", requestId=request_id)


def text_of(response):
    """Return the text of a call's first content block."""
    return response["result"]["content"][0]["text"]
