"""The five revisions of MCP: their names, and what each adds to the objects a tool server sends.

Revisions are dates, so comparing strings orders them: what R adds is there in every revision >= R.
https://modelcontextprotocol.io/specification/versioning
"""

from cwd_server.toolkit import text_block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    JSON = Dict[str, Any]

TUTORIAL_DIALECT = "0000-00-00"  # ListTools and CallTool without a handshake: older than all
LEGACY_REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")  # a handshake, then requests
MODERN_REVISIONS = ("2026-07-28",)  # no handshake: each request names its revision
LAST_WITH_BATCHES = "2025-03-26"  # 2025-06-18 removed them
FIRST_WITH_ARGUMENT_RESULTS = "2025-11-25"  # bad arguments are shown to the model, not to the client

# The revision that added each field; before it the field is left out.
# https://modelcontextprotocol.io/specification/2026-07-28/schema#tool
TOOL_FIELDS = {
    "name": TUTORIAL_DIALECT,
    "title": "2025-06-18",
    "description": TUTORIAL_DIALECT,
    "icons": "2025-11-25",
    "inputSchema": TUTORIAL_DIALECT,
    "outputSchema": "2025-06-18",
    "annotations": "2025-03-26",
    "_meta": "2025-06-18",
}
# https://modelcontextprotocol.io/specification/2026-07-28/schema#calltoolresult
RESULT_FIELDS = {
    "content": TUTORIAL_DIALECT,
    "structuredContent": "2025-06-18",
    "isError": TUTORIAL_DIALECT,
}
# https://modelcontextprotocol.io/specification/2026-07-28/schema#contentblock
CONTENT_TYPES = {
    "text": TUTORIAL_DIALECT,
    "image": TUTORIAL_DIALECT,
    "resource": TUTORIAL_DIALECT,
    "audio": "2025-03-26",
    "resource_link": "2025-06-18",
}
# https://modelcontextprotocol.io/specification/2026-07-28/schema#implementation
SERVER_INFO_FIELDS = {
    "name": TUTORIAL_DIALECT,
    "title": "2025-06-18",
    "version": TUTORIAL_DIALECT,
    "description": "2025-11-25",
    "websiteUrl": "2025-11-25",
    "icons": "2025-11-25",
}
FIRST_WITH_PROGRESS_MESSAGE = "2025-03-26"
# Members of content blocks, of their `annotations` and of an embedded `resource`; others were always there
BLOCK_FIELDS = {"_meta": "2025-06-18", "lastModified": "2025-06-18", "icons": "2025-11-25"}
ANY_JSON_SINCE = "2026-07-28"  # before it, output schemas and structuredContent are objects


def since(fields: "Dict[str, str]", revision: str, value: "JSON") -> "JSON":
    """Return the members of `value` that `revision` knows, in the order of the table `fields`."""
    return {name: value[name] for name, added in fields.items() if name in value and added <= revision}


def shape_tool(definition: "JSON", revision: str) -> "JSON":
    """Return a tool's definition as `revision` lists it."""
    shaped = since(TOOL_FIELDS, revision, definition)
    if revision >= ANY_JSON_SINCE:
        return shaped
    if shaped.get("outputSchema", {}).get("type") != "object":
        shaped.pop("outputSchema", None)
    return {name: _spell_out(value) if name.endswith("Schema") else value for name, value in shaped.items()}


def _spell_out(schema: "JSON") -> "JSON":
    """Return a schema whose properties are all objects, as the official schemas of old revisions want it."""
    properties = {
        name: value if isinstance(value, dict) else {} if value else {"not": {}}
        for name, value in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties} if properties else schema


def shape_result(result: "JSON", revision: str) -> "JSON":
    """Return a `CallToolResult` as `revision` knows it."""
    shaped = since(RESULT_FIELDS, revision, {"isError": False, **result})
    if revision < ANY_JSON_SINCE and not isinstance(shaped.get("structuredContent", {}), dict):
        del shaped["structuredContent"]
    shaped["content"] = [_shape_block(block, revision) for block in result["content"]]
    return shaped


def _shape_block(block: "JSON", revision: str) -> "JSON":
    """Return a content block, or where the revision does not have its type, text that stands for it."""
    if CONTENT_TYPES.get(block["type"], TUTORIAL_DIALECT) > revision:
        return text_block("[%s: %s]" % (block["type"], block.get("uri") or block.get("mimeType")))
    shaped = _known(block, revision)
    for name in ("annotations", "resource"):
        if name in shaped:
            shaped[name] = _known(shaped[name], revision)
    return shaped


def _known(value: "JSON", revision: str) -> "JSON":
    return {name: member for name, member in value.items() if BLOCK_FIELDS.get(name, TUTORIAL_DIALECT) <= revision}
