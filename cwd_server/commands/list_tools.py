"""`list`: the tools that are offered."""

import argparse
import json

from cwd_server.commands.options import CommandOptions
from cwd_server.commands.terminal import print_safely
from cwd_server.commands.tool_text import describe_signature, first_line, parameters_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take --json."""
    parser.add_argument("--json", action="store_true", help="all of it, as on the wire")


def run(options: CommandOptions) -> int:
    """Print each tool with its parameters and what it says of them, or all there is as JSON."""
    definitions = [tool.definition for tool in options.offering.tools]
    if options.json:
        print(json.dumps({"tools": definitions}, indent=2))
        return 0
    for definition in definitions:
        print_safely(f"{describe_signature(definition)}  {first_line(definition)}".rstrip())
        for parameter in parameters_of(definition):
            if parameter.description:
                print_safely(f"  {parameter.name}: {parameter.description}")
    return 0
