"""get_cwd with the official Python SDK, 2.x."""

import os

from mcp.server import MCPServer

server = MCPServer("cwd")


@server.tool()
def get_cwd() -> str:
    """Gets the server's current working directory."""
    return "Current Working Directory: " + os.getcwd()


server.run()
