"""The official Python SDK 2.x, which hears of changes on a subscription."""

import asyncio
import json
import sys

import steps
from mcp import Client, StdioServerParameters


async def main(path, command):
    heard = asyncio.Event()
    server = StdioServerParameters(command=command[0], args=command[1:])
    async with Client(server, mode="auto") as client:

        async def list_names():
            return [tool.name for tool in (await client.list_tools()).tools]

        async def call(name):
            return (await client.call_tool(name, {})).content[0].text

        async with client.listen(tools_list_changed=True) as subscription:

            async def listen():
                async for _ in subscription:
                    heard.set()

            listening = asyncio.create_task(listen())
            report = await steps.play(path, heard, list_names, call)
            listening.cancel()
        report["announced"] = client.server_capabilities.tools.list_changed
        report["revision"] = client.protocol_version
        return report


print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2:]))))
