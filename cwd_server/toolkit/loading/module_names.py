"""Which module a name means: the standard library's, the user's own, or two of them.

Python takes whichever it finds first, or has loaded already, so that a tools file works in one
place and not in another. Here such a name is an error that says which two files have it.
"""

import ast
import os
import sys
from importlib.machinery import PathFinder
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence

from cwd_server.toolkit.errors import DeclarationError

IsFile = Callable[[str], bool]


class Import(NamedTuple):
    """An absolute import in a file: the outermost module's name, and the line."""

    module: str
    line: int


class Helpers:
    """The modules beside tools files that are imported so far: the path of each by its name."""

    def __init__(self, is_file: IsFile) -> None:
        self._is_file = is_file
        self.paths: Dict[str, str] = {}

    def check(self, tree: ast.AST, path: str, folders: Sequence[str]) -> None:
        """Note what a file imports from beside it; raise DeclarationError for an ambiguous name.

        folders: those in which modules beside this file may be
        """
        for module, line in imports_in(tree):
            helper = self._find(module, folders)
            if helper is None:
                continue
            if is_standard(module):
                meaning = f"{module} means {_describe_standard(module)}, but {helper}"
                raise _ambiguous(path, line, meaning, "your file")
            other = self.paths.setdefault(module, helper)
            if other != helper:
                meaning = (
                    f"{module} means {helper}, but {other}, which another tools file imports,"
                )
                raise _ambiguous(path, line, meaning, "one of them")

    def _find(self, module: str, folders: Sequence[str]) -> Optional[str]:
        for folder in folders:
            for path in (
                os.path.join(folder, module, "__init__.py"),
                os.path.join(folder, module + ".py"),
            ):
                if self._is_file(path):
                    return path
        return None


def _ambiguous(path: str, line: int, meaning: str, remedy: str) -> DeclarationError:
    return DeclarationError(
        f"{path}, line {line}: import {meaning} has that name too; rename {remedy}"
    )


def imports_in(tree: ast.AST) -> Iterator[Import]:
    """Return the absolute imports of a file, wherever in it they are."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name.partition(".")[0], node.lineno)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield Import(node.module.partition(".")[0], node.lineno)


def is_standard(name: str) -> bool:
    """Whether the standard library, or this program, has a module of this name."""
    if name == "cwd_server" or name in sys.builtin_module_names:
        return True
    if hasattr(sys, "stdlib_module_names"):  # Python 3.10
        return name in sys.stdlib_module_names
    if name not in _found_standard:
        _found_standard[name] = _is_found_in_library(name)
    return _found_standard[name]


_found_standard: Dict[str, bool] = {}


def _is_found_in_library(name: str) -> bool:
    if name == "test":  # Python's own tests, which nobody imports
        return False
    spec = PathFinder.find_spec(name, _library_folders())
    return spec is not None and spec.loader is not None


def _library_folders() -> List[str]:
    library = os.path.dirname(os.__file__)
    windows = os.path.join(sys.base_exec_prefix, "DLLs")
    return [library, os.path.join(library, "lib-dynload"), windows]


def _describe_standard(module: str) -> str:
    if module == "cwd_server":
        return "this program"
    return f"Python's own {module}"
