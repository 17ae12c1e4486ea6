"""Load tools from users' files, and from an archive that `pack` wrote."""

import importlib
import os
import sys
import traceback
from importlib.machinery import PathFinder

from cwd_server import __version__, tools
from cwd_server.toolkit import DeclarationError, Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence, Tuple

    from cwd_server.toolkit import JSON

SERVER_INFO = {"name": "cwd_server", "title": "Current working directory", "version": __version__}


def offered(paths: "Sequence[str]" = (), packed: "Optional[Dict[str, Any]]" = None) -> "Tuple[List[Tool], JSON, str]":
    """Return what a server offers with these `--tools` files: its tools, server_info and instructions.

    packed: what `pack` made the running archive of. Raises DeclarationError with a message for the user.
    """
    if packed is None:
        return load_tools(paths, tools.TOOLS), SERVER_INFO, tools.INSTRUCTIONS
    info = {name: packed[name] for name in ("name", "title", "version") if packed.get(name)}
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools")
    files = [os.path.join(folder, name) for name in packed["files"]]
    with_cwd = packed.get("cwd_tool")
    known = load_tools(files + list(paths), tools.TOOLS if with_cwd else [])
    return known, info, tools.INSTRUCTIONS if with_cwd else ""


def load_tools(paths: "Sequence[str]", known: "Sequence[Tool]" = ()) -> "List[Tool]":
    """Return the tools `known` and those that the files define, in that order; raise DeclarationError.

    Each file is imported under its own name, and its folder becomes importable. What it prints goes to stderr.
    """
    offered = {tool.name: tool for tool in known}
    for path in paths:
        module = _import(os.path.abspath(os.path.expanduser(path)))
        found = [thing for thing in vars(module).values() if isinstance(thing, Tool)]
        if not found:
            raise DeclarationError("%s: no tool in it; put @tool above a function" % path)
        for tool in found:
            if offered.setdefault(tool.name, tool) is not tool:
                from cwd_server.signature import where

                raise DeclarationError(
                    "%s: there is a tool named %s already (%s); give it another with @tool(name=…)"
                    % (where(tool.function), tool.name, where(offered[tool.name].function))
                )
    return list(offered.values())


def _import(path: str) -> "Any":
    """Return the module that is the file `path`, absolute; raise DeclarationError saying what is wrong in it."""
    folder, file = os.path.split(path)
    name = os.path.splitext(file)[0]
    if folder not in sys.path:
        sys.path.insert(0, folder)
    importlib.invalidate_caches()
    spec = PathFinder.find_spec(name, [folder]) if file.endswith(".py") else None
    if spec is None or spec.loader is None:
        what = "a tools file is a Python file and ends in .py" if os.path.exists(path) else "there is no such file"
        raise DeclarationError("%s: %s" % (path, what))
    while name in sys.modules:
        if getattr(sys.modules[name], "__file__", None) == spec.origin:
            return sys.modules[name]  # another tools file imported it
        name += "_"  # somebody else's module has this name
    spec = PathFinder.find_spec(name, [folder]) or spec
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    quiet = _Quiet()
    try:
        spec.loader.exec_module(module)
    except DeclarationError as error:
        raise DeclarationError(str(error)) from None
    except (Exception, SystemExit) as error:
        raise DeclarationError(_explain(path, error)) from None
    finally:
        quiet.end()
    return module


def _explain(path: str, error: BaseException) -> str:
    """Return where in a file an exception came from, and what it was."""
    line = getattr(error, "lineno", None)
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == path:
            line = frame.lineno
    hint = ""
    if isinstance(error, ImportError) and sys.flags.no_site:
        hint = "; Python was started with -S or -I, which hides installed packages"
    elif isinstance(error, ImportError):
        hint = "; it has to be installed for %s" % sys.executable
    where = ", line %s" % line if line else ""
    return "%s%s: %s: %s%s" % (path, where, type(error).__name__, error, hint)


class _Quiet:
    """Descriptors 0 and 1 out of reach until `end`: importing a file must not touch the protocol's stream."""

    def __init__(self) -> None:
        self._saved: List[Tuple[int, int]] = []
        self._stdout = sys.stdout
        if sys.stdin is None or sys.stdout is None or sys.stderr is None:
            return  # something is closed, which serving will refuse
        sys.stdout.flush()
        sys.stdout = sys.stderr
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor, instead in ((0, null), (1, 2)):
            self._saved.append((descriptor, os.dup(descriptor)))
            os.dup2(instead, descriptor)
        os.close(null)

    def end(self) -> None:
        sys.stdout = self._stdout
        for descriptor, copy in self._saved:
            os.dup2(copy, descriptor)
            os.close(copy)
