"""The official Python SDK 1.x, which hears of changes as a notification of the session."""

import asyncio
import json
import sys

import mcp.types as types
import steps
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main(path, command):
    heard = asyncio.Event()

    async def handle(message):
        if isinstance(message, types.ServerNotification) and isinstance(
            message.root, types.ToolListChangedNotification
        ):
            heard.set()

    server = StdioServerParameters(command=command[0], args=command[1:])
    async with stdio_client(server) as (read, write):
        session = ClientSession(read, write, message_handler=handle)
        async with session:
            opened = await session.initialize()

            async def list_names():
                return [tool.name for tool in (await session.list_tools()).tools]

            async def call(name):
                return (await session.call_tool(name, {})).content[0].text

            report = await steps.play(path, heard, list_names, call)
            report["announced"] = opened.capabilities.tools.listChanged
            return report


print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2:]))))
