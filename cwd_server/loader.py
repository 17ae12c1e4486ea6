"""Load tools from users' files, and from an archive that `pack` wrote."""

import contextlib
import importlib
import os
import sys
import traceback
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any, Dict, List, Sequence, Tuple

# workers for what it imports: a user's file may be called json.py or queue.py
from cwd_server import SERVER_INFO, signature, tools, workers  # noqa: F401
from cwd_server.toolkit import DeclarationError, Tool

THIS_SERVER = dict(SERVER_INFO, files=[], cwd_tool=True)


def offered(paths: Sequence[str] = (), packed: Any = None) -> Tuple[List[Tool], Dict[str, Any], str]:
    """Return what a server offers with these `--tools` files: its tools, server_info and instructions.

    packed: what `pack` made the running archive of. Raises DeclarationError with a message for the user.
    """
    packed = packed or THIS_SERVER
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools")
    files = [os.path.join(folder, name) for name in packed["files"]]
    known, instructions = (tools.TOOLS, tools.INSTRUCTIONS) if packed["cwd_tool"] else ([], "")
    info = {name: packed[name] for name in SERVER_INFO}
    return load_tools([*files, *paths], known), info, instructions


def load_tools(paths: Sequence[str], known: Sequence[Tool]) -> List[Tool]:
    """Return the tools `known` and those that the files define, in that order; raise DeclarationError."""
    offered = {tool.name: tool for tool in known}
    for path in paths:
        module = _import(os.path.abspath(os.path.expanduser(path)))
        found = [thing for thing in vars(module).values() if isinstance(thing, Tool)]
        if not found:
            raise DeclarationError("%s: no tool in it; put @tool above a function" % path)
        for tool in found:
            other = offered.setdefault(tool.name, tool)
            if other is not tool:
                where, taken = signature.where(tool.function), signature.where(other.function)
                raise DeclarationError(
                    "%s: there is a tool named %s already (%s); use @tool(name=…)" % (where, tool.name, taken)
                )
    return list(offered.values())


def _import(path: str) -> Any:
    """Return the module that the file `path`, absolute, is; its folder becomes importable."""
    folder, file = os.path.split(path)
    name, ending = os.path.splitext(file)
    stem = name
    if folder not in sys.path:
        sys.path.insert(0, folder)
    importlib.invalidate_caches()
    while name in sys.modules and getattr(sys.modules[name], "__file__", None) != path:
        name += "_"  # somebody else's module has this name
    if name in sys.modules:
        return sys.modules[name]  # another tools file imported it
    spec = PathFinder.find_spec(stem, [folder]) if ending == ".py" else None
    if spec is None or spec.loader is None:
        reason = "the name of a tools file ends in .py" if os.path.exists(path) else "there is no such file"
        raise DeclarationError("%s: %s" % (path, reason))
    spec.name = name
    module: Any = module_from_spec(spec)
    sys.modules[name] = module
    try:
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for the protocol, or for what a command says
            # zipimport has exec_module since Python 3.10 only
            exec(spec.loader.get_code(stem), vars(module))  # type: ignore[attr-defined]  # noqa: S102
    except (Exception, SystemExit) as error:
        raise DeclarationError(_explain(path, error)) from None
    return module


def _explain(path: str, error: BaseException) -> str:
    """Return where in a file an exception came from, and what it was."""
    if isinstance(error, DeclarationError):
        return str(error)
    lines = ["?", *[frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]]
    if isinstance(error, SyntaxError) and error.filename:  # it may be in a file that this one imports
        path, lines = error.filename, [error.lineno]
    hint = "; it has to be installed for %s, started without -S or -I" % sys.executable
    what = "%s: %s%s" % (type(error).__name__, getattr(error, "msg", error), hint * isinstance(error, ImportError))
    return "%s, line %s: %s" % (path, lines[-1], what)
