"""How fast a server starts and answers, and what memory it takes."""

import statistics
import sys

from connection import Server, call
from table import print_heading, print_row, spread

ROUND_TRIPS = 50  # calls one after the other, in each round


class Figures:
    """What the rounds found out about a server."""

    def __init__(self, contestant):
        self.contestant = contestant
        self.starts = []  # ms from spawning to the first answer
        self.memory = []  # MiB, after the first call
        self.round_trips = []  # µs, the median of a round
        self.rates = []  # calls a second, in one go

    def add_round(self):
        """Start the server once, and measure it."""
        count, tool = self.contestant.calls, self.contestant.tool
        with Server(self.contestant.command) as server:
            self.starts.append(server.started * 1000)
            server.round_trip(call(1, tool))
            self.memory.append(server.peak_memory())
            trips = [server.round_trip(call(number, tool)) for number in range(ROUND_TRIPS)]
            self.round_trips.append(statistics.median(trips) * 1e6)
            requests = [call(number, tool) for number in range(count)]
            self.rates.append(count / server.pipeline(requests))

    def print_row(self, limit):
        """Print what was found, as a multiple of what the limit does."""
        start, memory = spread(self.starts), statistics.median(self.memory)
        trip, rate = statistics.median(self.round_trips), statistics.median(self.rates)
        print_row(
            self.contestant.name,
            str(start),
            f"{start.median / statistics.median(limit.starts):.2f}",
            f"{memory:.1f}",
            f"{memory - statistics.median(limit.memory):+.1f}",
            f"{trip:.0f}",
            f"{trip / statistics.median(limit.round_trips):.2f}",
            f"{rate:,.0f}",
            f"{rate / statistics.median(limit.rates):.2f}",
        )


def compare(contestants, rounds):
    """Print a row a server; the first is what the others are measured by.

    Each round starts each server once, in turn, so that a busy machine slows all alike.
    """
    found = [Figures(contestant) for contestant in contestants]
    for number in range(rounds):
        for figures in found:
            figures.add_round()
        if sys.stderr.isatty():
            sys.stderr.write(f"\rround {number + 1} of {rounds} ")
    print_heading(
        "server",
        "first answer, ms (quartiles)",
        "x limit",
        "peak MiB",
        "+ MiB",
        "round trip, µs",
        "x limit",
        "calls/s",
        "x limit",
    )
    for figures in found:
        figures.print_row(found[0])
