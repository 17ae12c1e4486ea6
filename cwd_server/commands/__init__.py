"""The command line beyond serving; imported only when it is asked for."""

import argparse
import sys

from cwd_server import __version__


def main(argv: "list[str]") -> int:
    """Run the command that `argv` asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="cwd_server.pyz", description="An MCP server that tells its directory.")
    parser.add_argument("--cwd", metavar="DIR", help="change to DIR before serving")
    parser.add_argument("--verbose", action="store_true", help="log every line received and sent to stderr")
    parser.add_argument("--version", action="version", version="cwd_server " + __version__)
    parser.parse_args(argv)
    sys.stderr.write("cwd_server: nothing to do\n")
    return 2
