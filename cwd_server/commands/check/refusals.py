"""Why official clients refuse a server's answers.

The official libraries check each answer against a schema of their own, and give up at the first
that does not fit: src/types.ts of modelcontextprotocol/typescript-sdk, which is stricter, and
types.py of its python-sdk. Each function here returns why they refuse, or an empty text.
"""

from typing import Dict

from cwd_server.protocol.revisions import LEGACY_REVISIONS

ENVELOPE = {"jsonrpc", "id", "result"}
MOST_TOOLS_JUDGED = 10000


def refusal_of_envelope(message: "Dict[str, object]") -> str:
    """Return why the official TypeScript client, whose schema is strict, drops an answer."""
    for name in message:
        if name not in ENVELOPE:
            return f"it has a member `{name[:40]}` beside `result`, which the TypeScript one drops"
    return ""


def refusal_of_initialize(result: "Dict[str, object]") -> str:
    """Return why official clients refuse a result of `initialize`."""
    revision = result.get("protocolVersion")
    if not isinstance(revision, str):
        return _missing(result, "protocolVersion", "a string")
    if revision not in LEGACY_REVISIONS:
        return f"protocolVersion is {revision[:40]}, which official clients do not support"
    if not isinstance(result.get("capabilities"), dict):
        return _missing(result, "capabilities", "an object")
    info = result.get("serverInfo")
    if not isinstance(info, dict):
        return _missing(result, "serverInfo", "an object")
    for name in ("name", "version"):
        if not isinstance(info.get(name), str):
            return _missing(info, f"serverInfo.{name}", "a string")
    if not isinstance(result.get("instructions", ""), str):
        return _missing(result, "instructions", "a string")
    return ""


def refusal_of_discover(result: "Dict[str, object]") -> str:
    """Return why official clients of 2026-07-28 refuse a result of `server/discover`."""
    versions = result.get("supportedVersions")
    if not isinstance(versions, list):
        return _missing(result, "supportedVersions", "a list")
    if not isinstance(result.get("capabilities"), dict):
        return _missing(result, "capabilities", "an object")
    return ""


def refusal_of_tools(result: "Dict[str, object]", any_output: bool = False) -> str:
    """Return why official clients refuse a result of `tools/list`: one bad tool is enough.

    any_output: the revision lets a tool's output be of any type
    """
    tools = result.get("tools")
    if not isinstance(tools, list):
        return _missing(result, "tools", "a list")
    for index, tool in enumerate(tools[:MOST_TOOLS_JUDGED]):
        if not isinstance(tool, dict):
            return f"tools[{index}] is not an object"
        refusal = _refusal_of_tool(tool, any_output)
        if refusal:
            name = tool.get("name")
            if isinstance(name, str):
                return f"tool {name[:60]}: {refusal}"
            return f"tools[{index}]: {refusal}"
    cursor = result.get("nextCursor", "")
    if not isinstance(cursor, str):
        return "nextCursor is not a string"
    return ""


def _refusal_of_tool(tool: "Dict[str, object]", any_output: bool) -> str:
    if not isinstance(tool.get("name"), str):
        return _missing(tool, "name", "a string")
    if not isinstance(tool.get("description", ""), str):
        return _missing(tool, "description", "a string")
    if not isinstance(tool.get("title", ""), str):
        return _missing(tool, "title", "a string")
    if "inputSchema" not in tool:
        return "inputSchema is missing"
    refusal = _refusal_of_schema(tool["inputSchema"], "inputSchema")
    if not refusal and "outputSchema" in tool and not any_output:
        refusal = _refusal_of_schema(tool["outputSchema"], "outputSchema")
    if not refusal and not isinstance(tool.get("annotations", {}), dict):
        refusal = "annotations is not an object"
    return refusal


def _refusal_of_schema(schema: object, name: str) -> str:
    if not isinstance(schema, dict):
        return f"{name} is not an object"
    if schema.get("type") != "object":
        return f'{name} needs "type": "object"'
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        return f"{name}.properties is not an object"
    for key, value in properties.items():
        if not isinstance(value, dict):
            return f"{name}.properties.{key[:40]} is not an object"
    required = schema.get("required", [])
    if not isinstance(required, list) or not all(isinstance(each, str) for each in required):
        return f"{name}.required is not a list of strings"
    return ""


def _missing(owner: "Dict[str, object]", path: str, wanted: str) -> str:
    name = path.rpartition(".")[2]
    if name not in owner:
        return f"{path} is missing"
    return f"{path} is not {wanted}"
