"""Figures, and tables of them in Markdown."""

import statistics
from typing import NamedTuple


class Spread(NamedTuple):
    """The middle of some figures, and the quartiles around it."""

    median: float
    low: float
    high: float

    def __str__(self):
        return f"{self.median:.1f} ({self.low:.1f} to {self.high:.1f})"


def spread(values):
    """Return the spread of some figures."""
    ordered = sorted(values)
    quarter = len(ordered) // 4
    return Spread(statistics.median(ordered), ordered[quarter], ordered[-1 - quarter])


def print_heading(*titles):
    """Print the head of a table, after an empty line."""
    print()
    print_row(*titles)
    print("|" + "---|" * len(titles), flush=True)


def print_row(*cells):
    """Print a row; the cells are texts."""
    print(f"| {' | '.join(cells)} |", flush=True)
