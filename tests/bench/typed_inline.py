"""A typed tool that is carried out in the main thread."""

from cwd_server.toolkit import tool


@tool(threaded=False)
def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b
