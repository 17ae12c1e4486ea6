"""LangChain's MCP adapters as a client, tools called as an agent calls them; see ../clients.py."""

import asyncio
import json
import sys

from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.server_info import load_mcp_server_info
from langchain_mcp_adapters.tools import load_mcp_tools
from mcp import McpError


async def call(session, tools, name, arguments):
    if name not in tools:  # an agent cannot call what was not listed; its session can
        try:
            return (await session.call_tool(name, arguments)).model_dump(
                mode="json", by_alias=True
            )
        except McpError as error:
            return {"error": {"code": error.error.code, "message": error.error.message}}
    message = await tools[name].ainvoke(
        {"type": "tool_call", "id": "1", "name": name, "args": arguments}
    )
    blocks = [{"type": block["type"], "text": block["text"]} for block in message.content]
    return {
        "content": blocks,
        "structuredContent": (message.artifact or {}).get("structured_content"),
        "isError": message.status == "error",
    }


async def main(order):
    if "url" in order:
        connection = {"transport": "http", "url": order["url"]}
    else:
        connection = {"transport": "stdio", "command": order["command"], "args": order["args"]}
    client = MultiServerMCPClient({"cwd": connection})
    async with client.session("cwd", auto_initialize=False) as session:
        opened = await load_mcp_server_info(session)
        tools = {tool.name: tool for tool in await load_mcp_tools(session)}
        return {
            "revision": opened.protocolVersion,
            "tools": list(tools),
            "results": [await call(session, tools, *each) for each in order["calls"]],
            "ping": (await session.send_ping()).model_dump(exclude_none=True),
        }


print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
