"""The five revisions of MCP: their names, and what each adds to the objects a tool server sends.

Revisions are dates, so comparing strings orders them: what R adds is there in every revision >= R.
https://modelcontextprotocol.io/specification/versioning
"""

from cwd_server.protocol import schemas

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Iterable, List

    from cwd_server.json_types import JSONObject

TUTORIAL_DIALECT = ""  # ListTools and CallTool without a handshake: older than all
# A handshake, then requests
LEGACY_REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN_REVISION = "2026-07-28"  # no handshake: each request names its revision

LAST_WITH_BATCHES = "2025-03-26"  # 2025-06-18 removed them
FIRST_WITH_ARGUMENT_RESULTS = "2025-11-25"  # wrong arguments are shown to the model
FIRST_WITH_ANY_JSON = "2026-07-28"  # before it, structured results and their schemas are objects

# What a modern message has in its `_meta`
# https://modelcontextprotocol.io/specification/2026-07-28/basic#_meta
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
SERVER_INFO_KEY = "io.modelcontextprotocol/serverInfo"
SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId"

# The revision that added a member to an object; what is not named was there from the start.
# https://modelcontextprotocol.io/specification/2026-07-28/schema#tool
TOOL_FIELDS = {
    "annotations": "2025-03-26",
    "title": "2025-06-18",
    "outputSchema": "2025-06-18",
    "_meta": "2025-06-18",
    "icons": "2025-11-25",
}
# https://modelcontextprotocol.io/specification/2026-07-28/schema#implementation
SERVER_INFO_FIELDS = {
    "title": "2025-06-18",
    "description": "2025-11-25",
    "websiteUrl": "2025-11-25",
    "icons": "2025-11-25",
}
# https://modelcontextprotocol.io/specification/2026-07-28/schema#calltoolresult
RESULT_FIELDS = {"structuredContent": "2025-06-18"}
# The same of types of content
# https://modelcontextprotocol.io/specification/2026-07-28/schema#contentblock
CONTENT_TYPES = {"audio": "2025-03-26", "resource_link": "2025-06-18"}

# What a result that is no object is wrapped in where it has to be one, as the official library for
# Python does: {"result": [1, 2]}
WRAPPER = "result"


def fields_in(revision: str, added: "Dict[str, str]", value: "JSONObject") -> "JSONObject":
    """Return the members of `value` that `revision` has, by one of the tables above."""
    return {name: member for name, member in value.items() if added.get(name, "") <= revision}


def shape_server_info(server_info: "JSONObject", revision: str) -> "JSONObject":
    """Return `serverInfo` as `revision` has it."""
    return fields_in(revision, SERVER_INFO_FIELDS, server_info)


def shape_tool(definition: "JSONObject", revision: str) -> "JSONObject":
    """Return a tool's definition as `revision` lists it."""
    shaped = fields_in(revision, TOOL_FIELDS, definition)
    if revision >= FIRST_WITH_ANY_JSON:
        return shaped
    shaped["inputSchema"] = schemas.without_booleans(definition["inputSchema"])
    if "outputSchema" in shaped:
        output = definition["outputSchema"]
        if wraps_results(definition, revision):
            output = schemas.wrap(output, WRAPPER)
        shaped["outputSchema"] = schemas.without_booleans(output)
    return shaped


def wraps_results(definition: "JSONObject", revision: str) -> bool:
    """Whether a tool declares results that `revision` takes only inside an object."""
    if revision >= FIRST_WITH_ANY_JSON or "outputSchema" not in definition:
        return False
    schema = definition["outputSchema"]
    is_of_objects = isinstance(schema, dict) and schema.get("type") == "object"
    return not is_of_objects


def shape_result(result: "JSONObject", definition: "JSONObject", revision: str) -> "JSONObject":
    """Return a `CallToolResult` of a tool as `revision` has it.

    Raises KeyError, TypeError or AttributeError if it is none.
    """
    shaped = fields_in(revision, RESULT_FIELDS, result)
    shaped.setdefault("isError", False)
    if "structuredContent" in shaped and revision < FIRST_WITH_ANY_JSON:
        structured = shaped["structuredContent"]
        if wraps_results(definition, revision) or not isinstance(structured, dict):
            shaped["structuredContent"] = {WRAPPER: structured}
    blocks: Iterable[JSONObject] = result["content"]  # type: ignore[assignment]
    shaped["content"] = _shape_content(blocks, revision)
    return shaped


def _shape_content(blocks: "Iterable[JSONObject]", revision: str) -> "List[JSONObject]":
    shaped = []
    for block in blocks:
        since = CONTENT_TYPES.get(block["type"], "")  # type: ignore[call-overload]
        if since <= revision:
            shaped.append(block)
        else:
            shaped.append(_text_instead(block))
    return shaped


def _text_instead(block: "JSONObject") -> "JSONObject":
    """Return text that stands for a block of a type that a revision does not have."""
    source = block.get("uri") or block.get("mimeType")
    return {"type": "text", "text": f"[{block['type']}: {source}]"}
