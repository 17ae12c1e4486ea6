"""The entry: refuse an old Python with a sentence, then serve, or run a command.

Any Python since 2.7 must be able to read this file, so that it can say which one is needed: its
types stand in comments, and there are no f-strings.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    # ruff: noqa: F401 - these are used in the comments
    from typing import List, Optional

    from cwd_server.app import Options, Packed
    from cwd_server.json_types import JSONObject
    from cwd_server.protocol.session import Session
    from cwd_server.toolkit.tool import Tool

OLDEST_PYTHON = (3, 6)


def main(argv=None, packed=None):
    # type: (Optional[List[str]], Optional[JSONObject]) -> int
    """Run with `argv`, by default the process's own arguments, and return the exit status.

    packed: what `pack` made the running archive of, or None for this server itself
    """
    require_supported_python()
    if argv is None:
        argv = sys.argv[1:]
    try:
        return run(argv, packed)
    except KeyboardInterrupt:
        return 130  # what a shell reports of a program that Ctrl-C ended
    except Exception:
        require_whole_archive()
        raise


def require_supported_python():
    # type: () -> None
    """Exit with a sentence if this Python cannot run the program."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(
            "cwd_server needs Python %d.%d or newer, and this is Python %d.%d (%s): %s"
            % (
                OLDEST_PYTHON[0],
                OLDEST_PYTHON[1],
                sys.version_info[0],
                sys.version_info[1],
                sys.executable,
                "name a newer one in the client's configuration",
            )
        )


def require_python_for_archive():
    # type: () -> None
    """Exit with a sentence if this Python cannot run the program from its archive."""
    require_supported_python()
    try:
        import zlib
    except ImportError:
        sys.exit(
            "cwd_server is a compressed archive, and this Python was built without zlib, which"
            " reads it (%s): name another one in the client's configuration" % sys.executable
        )
    require_whole_archive()


def require_whole_archive():
    # type: () -> None
    """Exit with a sentence if the archive that runs, if one does, is damaged."""
    from cwd_server import snapshot

    path = snapshot.damaged_path()
    if path is not None:
        sys.exit("cwd_server: %s is damaged: copy or download it again" % path)


def run(argv, packed_fields):
    # type: (List[str], Optional[JSONObject]) -> int
    """Serve, or run the command that `argv` names; return the exit status."""
    from cwd_server.app import Options, Packed
    from cwd_server.errors import UserError

    packed = None
    if packed_fields is not None:
        packed = Packed(**packed_fields)  # type: ignore[arg-type]  # as `pack` wrote them
    try:
        options = Options(argv)
    except UserError as error:
        if sys.stderr is not None:  # None: whoever started this closed it
            sys.stderr.write("cwd_server: %s\n" % error)
        return error.exit_status
    if options.rest:
        from cwd_server.commands.cli import run_command

        return run_command(options, packed)
    return serve(options, packed)


def serve(options, packed):
    # type: (Options, Optional[Packed]) -> int
    """Serve on stdin and stdout; return the exit status."""
    from cwd_server.app import make_reloader
    from cwd_server.errors import UserError
    from cwd_server.transport import stdio
    from cwd_server.transport.log import log, log_exception, show_logging

    is_started_by_hand = os.isatty(0)  # before the wire takes descriptor 0
    notes = []  # type: List[str]

    def make_session():
        # type: () -> Session
        from cwd_server.app import load_offering
        from cwd_server.protocol.session import Session
        from cwd_server.tools import directory

        if options.cwd is not None:
            directory.change_directory(options.cwd)
        offering = load_offering(options, packed)
        if offering.has_user_tools and options.verbose:
            show_logging()
        if offering.has_user_tools and is_started_by_hand:
            notes.extend(notes_on_all(offering.tools))
        return Session(offering, log_exception, tools_may_change=options.reload)

    try:
        reloader = make_reloader(options, packed, log)
    except UserError as error:
        log("cwd_server: %s" % error)
        return error.exit_status
    return stdio.serve(make_session, options.verbose, reloader, notes)


def notes_on_all(tools):
    # type: (List[Tool]) -> List[str]
    """Return what the author who tries tools out on a terminal could make better about them."""
    from cwd_server.toolkit.notes import notes_on

    notes = []
    for tool in tools:
        notes += notes_on(tool)
    return notes


if __name__ == "__main__":
    if not __package__:  # started as `python path/to/cwd_server`: that folder is on the path
        sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.exit(main())
