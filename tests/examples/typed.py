from dataclasses import dataclass
from typing import List

from cwd_server.toolkit import tool


@dataclass
class Item:
    name: str
    price: float
    count: int = 1


@tool(read_only=True)
def total(items: List[Item], discount: float = 0) -> float:
    """Add up what is bought.

    Args:
        discount: what is taken off, in percent
    """
    return sum(item.price * item.count for item in items) * (100 - discount) / 100
