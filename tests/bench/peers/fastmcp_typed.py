"""A typed tool with FastMCP."""

from fastmcp import FastMCP

server = FastMCP("typed")


@server.tool
def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


server.run(show_banner=False)
