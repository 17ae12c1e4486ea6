"""The entry: refuse an old Python in words, then serve, or run the command that was asked for.

Any Python since 2.7 has to be able to read this file, which is why its types stand in comments.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cwd_server import Any  # noqa: F401  in type comments

OLDEST = (3, 6)


def main(argv=None, packed=None):
    # type: (list[str] | None, object) -> int
    """Run with `argv` (by default the process's own arguments); return the exit status."""
    if sys.version_info < OLDEST:
        versions = "%d.%d or newer, and this is Python %d.%d (%s)" % (OLDEST + sys.version_info[:2] + (sys.executable,))
        sys.exit("cwd_server needs Python %s: name a newer one in the client's configuration" % versions)
    try:
        options = Options(sys.argv[1:] if argv is None else argv)
        if not options.rest:
            return serve(options, packed)
        from cwd_server.commands.cli import main as command

        return command(options.rest, options, packed)
    except KeyboardInterrupt:
        return 130


class Options:
    """What a client's command line asks for, wherever it stands; of `rest`, the other words, a command adds its own."""

    cwd = None  # type: str | None
    tools = ()  # type: tuple[str, ...]
    verbose = False

    def __init__(self, argv):
        # type: (list[str]) -> None
        words, self.rest = list(argv), []  # type: list[str], list[str]
        while words:
            word = words.pop(0)
            name, equals, value = word.partition("=")
            if name == "--cwd" and (equals or words):
                self.cwd = value if equals else words.pop(0)
            elif name == "--tools" and (equals or words):
                self.tools += (value if equals else words.pop(0),)
            elif word == "--verbose":
                self.verbose = True
            else:
                self.rest.append(word)


def offered(options, packed):
    # type: (Any, Any) -> tuple[list[Any], dict[str, str], str]
    """Return the tools, the `serverInfo` and the instructions; raise DeclarationError for tools that cannot be used."""
    from cwd_server import SERVER_INFO, tools

    known, info, instructions, files = tools.TOOLS, SERVER_INFO, tools.INSTRUCTIONS, list(options.tools)
    if packed:  # what `pack` made the running archive of
        folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools")
        files = [os.path.join(folder, name) for name in packed["files"]] + files
        info = {name: packed[name] for name in SERVER_INFO}
        if not packed["cwd_tool"]:
            known, instructions = [], ""
    if files:
        from cwd_server.toolkit.loader import load_tools

        known = load_tools(files, known)
    return known, info, instructions


def serve(options, packed):
    # type: (Options, object) -> int
    """Serve on stdin and stdout; return the exit status."""
    from cwd_server.tools import directory
    from cwd_server.transport import stdio
    from cwd_server.protocol.session import Session

    def offer():
        # type: () -> Any
        if options.cwd is not None:
            directory.change_directory(options.cwd)
        return Session(*offered(options, packed), report_bug=stdio.log_exception)

    return stdio.serve(offer, options.verbose)


if __name__ == "__main__":
    if not __package__:  # started as `python path/to/cwd_server`: that folder is on the path, not the one it is in
        sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.exit(main())
