"""What a client's command line says (`Options`), and what is offered then (`Offering`)."""

import os

from cwd_server import __version__, location
from cwd_server.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:  # nobody else needs typing, which takes longer to import than all that serves
    from typing import Callable, List, Optional, Sequence

    from cwd_server.json_types import JSONObject
    from cwd_server.toolkit.loading.reload import Reloader
    from cwd_server.toolkit.tool import Tool

# https://modelcontextprotocol.io/specification/2026-07-28/schema#implementation
SERVER_INFO: "JSONObject" = {
    "name": "cwd_server",
    "title": "Current working directory",
    "version": __version__,
}


class Options:
    """What a client's command line asks for.

    cwd: the directory to change to before anything else, or None
    tools: absolute paths of files whose tools are offered too
    verbose: log every line received and sent to stderr
    reload: load tools files anew when they have changed
    rest: all other arguments, in order; if there are any, they name a command to run
    """

    __slots__ = ("cwd", "reload", "rest", "tools", "verbose")

    def __init__(self, argv: "Sequence[str]") -> None:
        self.cwd: Optional[str] = None
        self.tools: List[str] = []
        self.verbose = False
        self.reload = False
        self.rest: List[str] = []
        arguments = iter(argv)
        for argument in arguments:
            name, equals_sign, value = argument.partition("=")
            if name in ("--cwd", "--tools"):
                if not equals_sign:
                    value = next(arguments, "")
                self._set(name, value)
            elif argument == "--verbose":
                self.verbose = True
            elif argument == "--reload":
                self.reload = True
            else:
                self.rest.append(argument)

    def _set(self, name: str, value: str) -> None:
        """Take the value of --cwd or --tools; raise UserError if there is none."""
        if name == "--cwd":
            if not value:
                raise UserError("--cwd needs a directory after it")
            self.cwd = value
        else:
            if not value:
                raise UserError("--tools needs a file after it")
            self.tools.append(_absolute(value))


def _absolute(path: str) -> str:
    """Return the path of a file that is the same after --cwd changed the directory."""
    try:
        return os.path.abspath(os.path.expanduser(path))
    except OSError:  # the directory is gone, which whoever opens the file says better
        return path


class Packed:
    """What `pack` made the running archive of.

    name, version, title: of the server, as clients show them
    files: the names of the tools files in the archive
    cwd_tool: whether get_cwd is offered beside their tools
    unpack: of tools that need their files in a folder, the `digest` of all and the `sizes` by
        name; None for others
    """

    __slots__ = ("cwd_tool", "files", "name", "title", "unpack", "version")

    def __init__(
        self,
        name: str,
        version: str,
        title: str,
        files: "List[str]",
        cwd_tool: bool,
        unpack: "Optional[JSONObject]" = None,
    ) -> None:
        self.name = name
        self.version = version
        self.title = title
        self.files = files
        self.cwd_tool = cwd_tool
        self.unpack = unpack


class Offering:
    """What a client is offered.

    tools: in the order in which they are listed
    server_info: the `serverInfo` of every revision
    instructions: for the model; "" for none
    has_user_tools: whether some are not of this server itself, and may need long messages
    """

    __slots__ = ("has_user_tools", "instructions", "server_info", "tools")

    def __init__(
        self,
        tools: "List[Tool]",
        server_info: "JSONObject",
        instructions: str,
        has_user_tools: bool,
    ) -> None:
        self.tools = tools
        self.server_info = server_info
        self.instructions = instructions
        self.has_user_tools = has_user_tools


def load_offering(options: "Options", packed: "Optional[Packed]") -> "Offering":
    """Return what these options, and `pack`, say is offered.

    Raises DeclarationError for a tools file that cannot be used.
    """
    if packed is None:
        return _own_offering(options)
    return _packed_offering(options, packed)


def make_reloader(
    options: "Options", packed: "Optional[Packed]", log: "Callable[[str], None]"
) -> "Optional[Reloader]":
    """Return what loads the tools files anew while serving, if `--reload` was typed.

    Raises UserError where that makes no sense, or could let others run code.
    """
    if not options.reload:
        return None
    if packed is not None:
        raise UserError(
            "--reload: tools in an archive do not change; serve the files with --tools"
        )
    if not options.tools:
        raise UserError("--reload needs --tools FILE: there is nothing else to load anew")
    from cwd_server import tools
    from cwd_server.toolkit.loading.reload import Reloader

    return Reloader(options.tools, tools.TOOLS, log)


def _own_offering(options: "Options") -> "Offering":
    from cwd_server import tools

    offered = tools.TOOLS
    if options.tools:
        offered = _with_tools_of(options.tools, offered)
    return Offering(offered, SERVER_INFO, tools.INSTRUCTIONS, has_user_tools=bool(options.tools))


def _packed_offering(options: "Options", packed: "Packed") -> "Offering":
    offered: List[Tool] = []
    instructions = ""
    if packed.cwd_tool:
        from cwd_server import tools

        offered = tools.TOOLS
        instructions = tools.INSTRUCTIONS
    folder = location.packed_tools_folder()
    if packed.unpack is not None and location.runs_from_archive():
        from cwd_server.unpacking import unpacked_folder

        folder = unpacked_folder(packed.name, packed.unpack)
    files = [os.path.join(folder, name) for name in packed.files]
    server_info: JSONObject = {
        "name": packed.name,
        "title": packed.title,
        "version": packed.version,
    }
    offered = _with_tools_of(files + options.tools, offered)
    return Offering(offered, server_info, instructions, has_user_tools=True)


def _with_tools_of(files: "List[str]", offered: "List[Tool]") -> "List[Tool]":
    from cwd_server.toolkit.loading.loader import load_tools

    return load_tools(files, offered)
