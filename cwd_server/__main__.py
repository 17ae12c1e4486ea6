"""The entry: refuse an old Python in words, then serve, or run the command that was asked for.

This file has to be readable by any Python since 2.7, which is why its types stand in comments.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any  # noqa: F401  in a type comment, as is the next

    from cwd_server.toolkit import Tool  # noqa: F401

OLDEST = (3, 6)


def main(argv=None, packed=None):
    # type: (list[str] | None, object) -> int
    """Run with `argv` (by default the process's own arguments); return the exit status."""
    if sys.version_info < OLDEST:
        sys.stderr.write(
            "cwd_server needs Python %d.%d or newer, and this is Python %d.%d (%s): "
            "name a newer one in the client's configuration\n" % (OLDEST + sys.version_info[:2] + (sys.executable,))
        )
        return 1
    try:
        arguments = sys.argv[1:] if argv is None else argv
        options = Options()
        if not options.read(arguments):
            from cwd_server.commands import main as command

            return command(arguments, packed)
        return serve(options, packed)
    except KeyboardInterrupt:
        return 130


class Options:
    """What a client's command line asks for."""

    def __init__(self):
        # type: () -> None
        self.cwd = None  # type: str | None
        self.tools = []  # type: list[str]
        self.verbose = False

    def read(self, argv):
        # type: (list[str]) -> bool
        """Read the words of a client's command line; return False if they ask for anything but serving."""
        words = iter(argv)
        for word in words:
            name, equals, value = word.partition("=")
            if word == "--verbose":
                self.verbose = True
            elif name == "--cwd":
                self.cwd = value if equals else next(words, None)
                if self.cwd is None:
                    return False
            elif name == "--tools":
                path = value if equals else next(words, None)
                if path is None:
                    return False
                self.tools.append(path)
            else:
                return False
        return True


def offered(options, packed=None):
    # type: (Any, object) -> tuple[list[Tool], dict[str, str], str]
    """Return what this server is and has: its tools, its `serverInfo` and its instructions."""
    from cwd_server import __title__, __version__, tools

    if packed or options.tools:
        from cwd_server import loader

        return loader.offered(options.tools, packed)
    server_info = {"name": "cwd_server", "title": __title__, "version": __version__}
    return tools.TOOLS, server_info, tools.INSTRUCTIONS


def serve(options, packed=None):
    # type: (Options, object) -> int
    """Serve on stdin and stdout; return the exit status."""
    from cwd_server import stdio, tools
    from cwd_server.protocol import Session

    try:
        if options.cwd is not None:
            tools.change_directory(options.cwd)
        session = Session(*offered(options, packed), report_bug=stdio.log_exception)
    except ValueError as error:
        stdio.log("cwd_server: %s" % error)
        return 2
    return stdio.serve(session, options.verbose)


if __name__ == "__main__":
    if not __package__:  # started as `python path/to/cwd_server`: that folder is on the path, not the one it is in
        import os

        sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.exit(main())
