"""The official Python SDK 1.x as a client; what it is told and what it reports: ../clients.py."""

import asyncio
import json
import sys
from contextlib import AsyncExitStack

from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client


async def call(session, name, arguments):
    try:
        result = await session.call_tool(name, arguments)
    except McpError as error:
        return {"error": {"code": error.error.code, "message": error.error.message}}
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


async def main(order):
    async with AsyncExitStack() as stack:
        if "url" in order:
            transport = streamablehttp_client(order["url"])
        else:
            transport = stdio_client(
                StdioServerParameters(command=order["command"], args=order["args"])
            )
        read, write, *_ = await stack.enter_async_context(transport)
        session = await stack.enter_async_context(ClientSession(read, write))
        opened = await session.initialize()
        listed = await session.list_tools()
        return {
            "revision": opened.protocolVersion,
            "tools": [tool.name for tool in listed.tools],
            "results": [await call(session, *each) for each in order["calls"]],
            "ping": (await session.send_ping()).model_dump(exclude_none=True),
        }


print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
