"""The five revisions of MCP: their names, and what each adds to the objects a tool server sends.

Revisions are dates, so comparing strings orders them: what R adds is there in every revision >= R.
https://modelcontextprotocol.io/specification/versioning
"""

from cwd_server import JSON
from cwd_server.toolkit.call import text_block

TUTORIAL_DIALECT = ""  # ListTools and CallTool without a handshake: older than all
LEGACY_REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")  # a handshake, then requests
MODERN_REVISIONS = ("2026-07-28",)  # no handshake: each request names its revision
LAST_WITH_BATCHES = "2025-03-26"  # 2025-06-18 removed them
FIRST_WITH_ARGUMENT_RESULTS = "2025-11-25"  # bad arguments are shown to the model, not to the client
FIRST_WITH_ANY_JSON = "2026-07-28"  # before it, output schemas and structuredContent are objects

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
# The same of the types of https://modelcontextprotocol.io/specification/2026-07-28/schema#contentblock
CONTENT_TYPES = {"audio": "2025-03-26", "resource_link": "2025-06-18"}


def known(added: "dict[str, str]", value: JSON, revision: str) -> JSON:
    """Return the members of `value` that `revision` knows, by one of the tables above."""
    return {name: member for name, member in value.items() if added.get(name, "") <= revision}


def shape_tool(definition: JSON, revision: str) -> JSON:
    """Return a tool's definition as `revision` lists it."""
    shaped = known(TOOL_FIELDS, definition, revision)
    if revision < FIRST_WITH_ANY_JSON and shaped.get("outputSchema", {}).get("type") != "object":
        shaped.pop("outputSchema", None)
    return shaped


def shape_result(result: JSON, revision: str) -> JSON:
    """Return a `CallToolResult` as `revision` knows it."""
    shaped = known(RESULT_FIELDS, {**result, "isError": result.get("isError", False)}, revision)
    if revision < FIRST_WITH_ANY_JSON and not isinstance(shaped.get("structuredContent"), dict):
        shaped.pop("structuredContent", None)
    shaped["content"] = [_shape_block(block, revision) for block in result["content"]]
    return shaped


def _shape_block(block: JSON, revision: str) -> JSON:
    """Return a content block, or where the revision does not have its type, text that stands for it."""
    if CONTENT_TYPES.get(block["type"], "") <= revision:
        return block
    return text_block("[%s: %s]" % (block["type"], block.get("uri") or block.get("mimeType")))
