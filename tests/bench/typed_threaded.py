"""A typed tool as authors write it."""

from cwd_server.toolkit import tool


@tool
def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b
