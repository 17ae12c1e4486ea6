"""FastMCP's client; what it is told and what it reports: ../clients.py."""

import asyncio
import json
import sys

from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from mcp import MCPError


async def call(client, name, arguments):
    try:
        result = await client.call_tool_mcp(name, arguments)
    except MCPError as error:
        return {"error": {"code": error.code, "message": error.message}}
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


async def main(order):
    server = order.get("url") or StdioTransport(order["command"], order["args"], keep_alive=False)
    async with Client(server, mode=order["mode"]) as client:
        report = {
            "revision": client.session.protocol_version,
            "tools": [tool.name for tool in await client.list_tools()],
            "results": [await call(client, *each) for each in order["calls"]],
        }
        if client.session.protocol_version < "2026":  # later revisions have no ping
            report["ping"] = {} if await client.ping() else None
        return report


print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
