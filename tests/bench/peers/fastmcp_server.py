"""get_cwd with FastMCP."""

import os

from fastmcp import FastMCP

server = FastMCP("cwd")


@server.tool
def get_cwd() -> str:
    """Gets the server's current working directory."""
    return "Current Working Directory: " + os.getcwd()


server.run(show_banner=False)
