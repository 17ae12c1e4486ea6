"""`list`: the tools that are offered."""

import json
from typing import Any


def add_arguments(parser: Any) -> None:
    """Take --json."""
    parser.add_argument("--json", action="store_true", help="all of it, as on the wire")


def run(options: Any) -> int:
    """Print a line for each tool and each of its arguments, or all there is as JSON."""
    definitions = [tool.definition for tool in options.offering.tools]
    if options.json:
        print(json.dumps({"tools": definitions}, indent=2))
        return 0
    for definition in definitions:
        print("%s  %s" % (definition["name"], definition.get("description", "").partition("\n")[0]))
        for name, schema in definition["inputSchema"].get("properties", {}).items():
            print("  %s=%s  %s" % (name, schema.get("type", "JSON"), schema.get("description", "")))
    return 0
