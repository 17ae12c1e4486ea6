"""Measure how fast the server starts and answers, beside the limit and the peers: `make bench`.

README.md says what each table shows. Compare ratios, not times: those are of one machine.
"""

import argparse
import datetime
import os
import platform
import sys
import tempfile

import servers
from compare import compare
from connection import pin_to_one_processor
from growth import grow
from instructions import compare_calls, compare_instructions
from typed import compare_typed_tools


def print_machine():
    """Print what was measured on."""
    processor = pin_to_one_processor()
    where = "not pinned" if processor is None else f"pinned to processor {processor}"
    print(
        f"{platform.machine()}, {os.cpu_count()} processors, client and server {where}, "
        f"{platform.system()}, Python {platform.python_version()}, {datetime.date.today()}"
    )


def main():
    """Measure, and print tables in Markdown; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--install-peers", action="store_true", help="install the peers, and measure nothing")
    add("--rounds", type=int, default=30, help="how often each server is started (default: 30)")
    add("--only", choices=["instructions", "calls", "servers", "typed", "growth"], help="one part")
    add("--no-peers", action="store_true", help="only the limit and this server")
    options = parser.parse_args()
    if options.install_peers:
        return servers.install_peers()
    if options.no_peers:
        servers.PEERS.clear()
    few = max(3, options.rounds // 3)
    print_machine()
    with tempfile.TemporaryDirectory() as directory:
        contestants = servers.contestants(directory)
        limit, ours = contestants[0].command[-1], contestants[1].command[-1]
        parts = {
            "instructions": lambda: compare_instructions(directory),
            "calls": lambda: compare_calls(limit, ours, directory),
            "servers": lambda: compare(contestants, options.rounds),
            "typed": lambda: compare_typed_tools(ours, few),
            "growth": lambda: grow(limit, ours, few),
        }
        for name, measure in parts.items():
            if options.only in (None, name):
                measure()
    return 0


if __name__ == "__main__":
    sys.exit(main())
