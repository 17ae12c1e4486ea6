"""The command line beyond serving; imported only when it is asked for."""

import argparse
import sys

from cwd_server import __version__


def main(argv: "list[str]", packed: "object" = None) -> int:
    """Run the command that `argv` asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="cwd_server.pyz", description="An MCP server that tells its directory.")
    parser.add_argument("--cwd", metavar="DIR", help="change to DIR before serving")
    parser.add_argument("--verbose", action="store_true", help="log every line received and sent to stderr")
    parser.add_argument("--version", action="version", version="cwd_server " + __version__)
    parser.add_argument("--tools", metavar="FILE", action="append", default=[], help="offer the tools of FILE as well")
    commands = parser.add_subparsers(dest="command")
    pack = commands.add_parser("pack")
    pack.add_argument("files", metavar="FILE", nargs="+", help="a tools file")
    pack.add_argument("-o", "--output", metavar="OUT", required=True, help="the archive to write")
    pack.add_argument("--name", help="the server's name (default: that of OUT)")
    pack.add_argument("--version", dest="version_of", help="the server's version (default: 1.0.0)")
    pack.add_argument("--title", help="the server's name for people")
    pack.add_argument("--entry-cwd-tool", action="store_true", help="offer get_cwd as well")
    options = parser.parse_args(argv)
    if options.command == "pack":
        from cwd_server.commands.pack import run_pack

        try:
            return run_pack(options)
        except ValueError as error:
            sys.stderr.write("cwd_server: %s\n" % error)
            return 2
    sys.stderr.write("cwd_server: nothing to do\n")
    return 2
