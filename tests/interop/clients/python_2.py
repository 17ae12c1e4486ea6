"""The official Python SDK 2.x as a client; what it is told and what it reports: ../clients.py."""

import asyncio
import json
import sys

from mcp import Client, MCPError, StdioServerParameters


async def call(client, name, arguments):
    try:
        result = await client.call_tool(name, arguments)
    except MCPError as error:
        return {"error": {"code": error.code, "message": error.message}}
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


async def main(order):
    server = order.get("url") or StdioServerParameters(
        command=order["command"], args=order["args"]
    )
    async with Client(server, mode=order["mode"]) as client:
        report = {
            "revision": client.protocol_version,
            "tools": [tool.name for tool in (await client.list_tools()).tools],
            "results": [await call(client, *each) for each in order["calls"]],
        }
        if client.protocol_version < "2026":  # later revisions have no ping
            report["ping"] = (await client.session.send_ping()).model_dump(exclude_none=True)
        return report


print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
