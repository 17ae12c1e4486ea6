"""Tools whose arguments or results are as long as one likes."""

from typing import Dict, List, Union

from cwd_server.toolkit import tool


@tool(threaded=False)
def total(items: List[Dict[str, Union[str, float, List[str]]]]) -> float:
    """Add what the items cost."""
    return sum(item["price"] for item in items)


@tool(threaded=False)
def text(size: int) -> str:
    """Return a text of so many characters."""
    return "x" * size
