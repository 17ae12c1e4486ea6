"""Find tools that were declared and are not offered, and say what became of each."""

import ast
import os
from types import ModuleType
from typing import Collection, List, Sequence

from cwd_server.toolkit.functions import describe_location, underlying
from cwd_server.toolkit.loading import importer
from cwd_server.toolkit.tool import Tool, tool_of

TOP_LEVEL = "declare it at the top level of the file"


def find(declared: Sequence[Tool], offered: Collection[Tool]) -> List[Tool]:
    """Return the tools that were declared in the user's own files and are not offered."""
    kept = {id(tool) for tool in offered}
    lost = []
    for tool in declared:
        if id(tool) not in kept and importer.is_beside_tools(_file_of(tool)):
            lost.append(tool)
    return lost


def explain(tool: Tool, modules: Sequence[ModuleType]) -> str:
    """Return what became of a tool that is not offered.

    modules: those that the tools files are
    """
    location = describe_location(tool.function)
    return f"{location}: the tool {tool.name} is not offered: {_reason(tool, modules)}"


def _file_of(tool: Tool) -> str:
    code = getattr(underlying(tool.function), "__code__", None)
    return getattr(code, "co_filename", "")


def _reason(tool: Tool, modules: Sequence[ModuleType]) -> str:
    path = _file_of(tool)
    qualified = getattr(underlying(tool.function), "__qualname__", "")
    parents = qualified.split(".")[:-1]
    if "<locals>" in parents:
        return f"it is declared inside the function {parents[0]}; {TOP_LEVEL}"
    if parents:
        return f"it is declared inside the class {'.'.join(parents)}; {TOP_LEVEL}"
    for module in modules:
        if getattr(module, "__file__", None) == path:
            return _reason_at_top_level(tool, module)
    return _reason_in_helper(tool, path, modules)


def _reason_at_top_level(tool: Tool, module: ModuleType) -> str:
    name = getattr(underlying(tool.function), "__name__", tool.name)
    if not hasattr(module, name):
        return "nothing at the top level of the file has it any more"
    now = vars(module)[name]
    if underlying(now) is underlying(tool.function):
        if tool_of(now) is not None:
            second = f"x = tool(name='x')({name})"
            return f"@tool is above it twice; for a second name write below: {second}"
        if now is underlying(tool.function):
            return "no name at the top level of the file has what tool(…) returned"
        first_line = getattr(getattr(now, "__code__", None), "co_firstlineno", None)
        place = ""
        if first_line is not None:
            place = f" (line {first_line})"
        return f"a decorator above @tool replaced it{place}; put @tool above all others"
    lines = _lines_of_name(module, name)
    if len(lines) == 1 and tool_of(now) is not None:
        return (
            f"line {lines[0]} is run several times, and {name} is the last one;"
            " give each a name at the top level of the file"
        )
    if len(lines) == 1:  # its own alone, so that something has exchanged what is under it
        return "a decorator above @tool replaced it; put @tool above all others"
    if not lines:
        return f"the name {name} is something else now; give one of them another name"
    return f"the name {name} is used again in line {lines[-1]}; give one of them another name"


def _lines_of_name(module: ModuleType, name: str) -> List[int]:
    """Return the lines at the top level of a file that give something this name."""
    found: List[int] = []
    for node in _statements(str(module.__file__)):
        if getattr(node, "name", None) == name:
            found.append(getattr(node, "lineno", 0))
        for target in getattr(node, "targets", []):
            if getattr(target, "id", None) == name:
                found.append(target.lineno)
    return found


def _reason_in_helper(tool: Tool, path: str, modules: Sequence[ModuleType]) -> str:
    function = underlying(tool.function)
    helper = getattr(function, "__module__", None) or os.path.basename(path)
    name = getattr(function, "__name__", tool.name)
    for module in modules:
        for node in _statements(str(module.__file__)):
            if helper in _modules_imported_by(node):
                where = f"{module.__file__}, line {getattr(node, 'lineno', None)}"
                return (
                    f"{where} imports its module without it; write there:"
                    f" from {helper} import {name}"
                )
    return f"no tools file has it at its top level; write: from {helper} import {name}"


def _modules_imported_by(node: ast.AST) -> List[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _statements(path: str) -> List[ast.AST]:
    """Return the statements of a file that are in no function and no class."""
    source = importer.SourceLoader("", path).get_data(path)
    found: List[ast.AST] = []
    pending: List[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop(0)
        found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inner = [child for child in ast.iter_child_nodes(node) if _is_statement(child)]
            pending = inner + pending
    return found


def _is_statement(node: ast.AST) -> bool:
    return isinstance(node, (ast.stmt, ast.ExceptHandler))
