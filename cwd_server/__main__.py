"""The entry: refuse an old Python in words, then serve, or run the command that was asked for.

This file has to be readable by any Python since 2.7, which is why its types stand in comments.
"""

import sys

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

            return command(arguments)
        return serve(options)
    except KeyboardInterrupt:
        return 130


class Options:
    """What a client's command line asks for."""

    def __init__(self):
        # type: () -> None
        self.cwd = None  # type: str | None
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
            else:
                return False
        return True


def serve(options):
    # type: (Options) -> int
    """Serve on stdin and stdout; return the exit status."""
    from cwd_server import __title__, __version__, stdio, tools
    from cwd_server.protocol import Session

    if options.cwd is not None:
        try:
            tools.change_directory(options.cwd)
        except ValueError as error:
            stdio.log("cwd_server: %s" % error)
            return 2
    server_info = {"name": "cwd_server", "title": __title__, "version": __version__}
    session = Session(tools.TOOLS, server_info, tools.INSTRUCTIONS, stdio.log_exception)
    return stdio.serve(session, options.verbose)


if __name__ == "__main__":
    sys.exit(main())
