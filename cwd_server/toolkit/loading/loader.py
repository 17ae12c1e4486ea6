"""Load tools from users' files, on a disk or in an archive that `pack` wrote.

Offered is what a file has at its top level, whether it was declared or imported there. Whatever
else was declared meanwhile would be missed without a word, so it is an error, which says where.
"""

import os
from types import ModuleType
from typing import Dict, List, Sequence

from cwd_server.toolkit import declaration  # noqa: F401  before any file of a user's runs
from cwd_server.toolkit.decorator import recorded_declarations
from cwd_server.toolkit.errors import DeclarationError
from cwd_server.toolkit.functions import describe_location
from cwd_server.toolkit.loading import failures, importer, lost_tools
from cwd_server.toolkit.loading.stdio_guard import stdio_as_served
from cwd_server.toolkit.tool import Tool, tool_of


def load_tools(paths: Sequence[str], known: Sequence[Tool]) -> List[Tool]:
    """Return the tools `known`, then those that the files offer; raise DeclarationError.

    While a file runs, what it and its children write to stdout goes to stderr: stdout is for
    the protocol, or for what a command says.
    """
    offered = {tool.name: tool for tool in known}
    modules = []
    with recorded_declarations() as declared, stdio_as_served():
        for path in paths:
            module = _import(os.path.abspath(os.path.expanduser(path)))
            modules.append(module)
            tools = tools_in(module)
            if not tools and not lost_tools.find(declared, offered.values()):
                raise DeclarationError(
                    f"{path}: no tool in it; put @tool, of cwd_server.toolkit, above a function"
                )
            for tool in tools:
                _add(tool, offered)
    lost = lost_tools.find(declared, offered.values())
    if lost:
        raise DeclarationError(lost_tools.explain(lost[0], modules))
    return list(offered.values())


def tools_in(module: ModuleType) -> List[Tool]:
    """Return the tools at the top level of a module, in the order in which it names them."""
    found: Dict[int, Tool] = {}
    for thing in list(vars(module).values()):
        tool = tool_of(thing)
        if tool is not None:
            found[id(tool)] = tool
    return list(found.values())


def _add(tool: Tool, offered: Dict[str, Tool]) -> None:
    other = offered.setdefault(tool.name, tool)
    if other is not tool:
        raise DeclarationError(
            f"{describe_location(tool.function)}: there is a tool named {tool.name} already"
            f" ({describe_location(other.function)}); use @tool(name=…)"
        )


def _import(path: str) -> ModuleType:
    """Return the module that a tools file is; raise DeclarationError saying why there is none."""
    try:
        return importer.import_file(path)
    except DeclarationError:
        raise
    except (Exception, SystemExit) as error:
        raise DeclarationError(failures.explain(path, error)) from None
    finally:
        importer.leave_loop()
