"""Load tools from users' files, on a disk or in an archive that `pack` wrote."""

import contextlib
import os
import sys
import traceback
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any, List, Sequence

from cwd_server.transport import workers  # noqa: F401  for what it imports: a user's file may be called json.py or queue.py
from cwd_server.toolkit import declaration  # noqa: F401  the same
from cwd_server.toolkit.errors import DeclarationError
from cwd_server.toolkit.functions import describe_location as where
from cwd_server.toolkit.tool import Tool, tool_of


def load_tools(paths: Sequence[str], known: Sequence[Tool]) -> List[Tool]:
    """Return the tools `known` and those that the files define, in that order; raise DeclarationError."""
    offered = {tool.name: tool for tool in known}
    for path in paths:
        module = _import(os.path.abspath(os.path.expanduser(path)))
        found = [tool_of(thing) for thing in vars(module).values() if tool_of(thing)]
        if not found:
            raise DeclarationError("%s: no tool in it; put @tool above a function" % path)
        for tool in found:
            other = offered.setdefault(tool.name, tool)
            if other is not tool:
                problem = "%s: there is a tool named %s already (%s); use @tool(name=…)"
                raise DeclarationError(problem % (where(tool.function), tool.name, where(other.function)))
    return list(offered.values())


def _import(path: str) -> Any:
    """Return the module that the file `path`, absolute, is; its folder becomes importable."""
    folder, file = os.path.split(path)
    name = stem = os.path.splitext(file)[0]
    if folder not in sys.path:
        sys.path.insert(0, folder)
    while name in sys.modules and getattr(sys.modules[name], "__file__", None) != path:
        name += "_"  # somebody else's module has this name
    if name in sys.modules:
        return sys.modules[name]  # another tools file imported it
    spec: Any = PathFinder.find_spec(stem, [folder])
    if spec is None or spec.origin != path:
        reason = "the name of a tools file ends in .py" if os.path.exists(path) else "there is no such file"
        raise DeclarationError("%s: %s" % (path, reason))
    spec.name = name
    module = sys.modules[name] = module_from_spec(spec)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for the protocol, or for what a command says
            exec(spec.loader.get_code(stem), vars(module))  # noqa: S102  zipimport's exec_module came with 3.10
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
