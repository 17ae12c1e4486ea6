"""get_cwd with zeromcp."""

import os

from zeromcp import McpServer

server = McpServer("cwd")


@server.tool
def get_cwd() -> str:
    """Gets the server's current working directory."""
    return "Current Working Directory: " + os.getcwd()


server.stdio()
