"""The official Python library tries each server of a configuration: prints {name: why it refuses, or ""}."""

import asyncio
import json
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

SECONDS = 60


async def talk(entry):
    """Do what a client does at its start: open, and list the tools if there are any."""
    server = StdioServerParameters(**entry)
    with open(os.devnull, "w") as errors:
        async with stdio_client(server, errors) as streams, ClientSession(*streams) as session:
            opened = await session.initialize()
            if opened.capabilities.tools is not None:
                await session.list_tools()


async def verdict(entry):
    """Return why the library gives up; an empty text if it does not."""
    try:
        await asyncio.wait_for(talk(entry), SECONDS)
    except Exception as error:  # whatever it raises, it gives up
        return repr(error)
    return ""


async def main(servers):
    return {name: await verdict(entry) for name, entry in servers.items()}


with open(sys.argv[1]) as file:
    print(json.dumps(asyncio.run(main(json.load(file)["mcpServers"]))))
