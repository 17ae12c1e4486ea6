"""`help`: the pages of the guide, which the archive carries along."""

import argparse
import os
from typing import Dict

from cwd_server import location
from cwd_server.commands.errors import UsageError
from cwd_server.commands.options import CommandOptions
from cwd_server.commands.page_text import to_text
from cwd_server.wording import did_you_mean

# The pages in cwd_server/guide, in the order in which one reads them, and what each is for
TOPICS: Dict[str, str] = {
    "tools": "write tools of your own, test them, and pack them into one file",
    "clients": "put this server into a client's configuration",
    "troubleshooting": "find out why a client does not show this server, or a wrong directory",
    "network": "reach this server from another machine",
    "security": "what this server can do, what it says, and what it cannot be made to do",
    "fastmcp": "the same tool in FastMCP and here",
    "learn": "learn how MCP works, from a tutorial through this source",
    "speed": "how fast it is, beside other servers",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the page to read."""
    parser.add_argument("topic", nargs="?", help=f"one of {', '.join(TOPICS)}")


def run(options: CommandOptions) -> int:
    """Print a page, or without a topic what there is to read."""
    if options.topic is None:
        _print_topics()
        return 0
    if options.topic in options.commands and options.topic not in TOPICS:
        command = f"{location.program_name()} {options.topic} --help"
        raise UsageError(f"no topic '{options.topic}': it is a command; see {command}")
    if options.topic not in TOPICS:
        suggestion = did_you_mean(options.topic, TOPICS)
        raise UsageError(f"no topic '{options.topic}'{suggestion}; topics: {', '.join(TOPICS)}")
    print(to_text(page(options.topic)), end="")
    return 0


def page(topic: str) -> str:
    """Return the text of a page, Markdown."""
    path = os.path.join(location.ROOT, "cwd_server", "guide", f"{topic}.md")
    content: bytes = __loader__.get_data(path)  # type: ignore[name-defined]  # folder or archive
    return content.decode("utf-8")


def _print_topics() -> None:
    for topic, purpose in TOPICS.items():
        print(f"{topic:<16} {purpose}")
    program = location.program_name()
    print(f"\n{program} help TOPIC prints one; {program} --help lists the commands.")
