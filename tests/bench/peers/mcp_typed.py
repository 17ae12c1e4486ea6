"""A typed tool with the official Python SDK, 2.x."""

from mcp.server import MCPServer

server = MCPServer("typed")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


server.run()
