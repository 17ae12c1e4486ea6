"""What a module imports, read from its source: also inside functions and in `try`."""

import ast
import os
import sys
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Set

# Where a node has the text of a literal
TEXT = "value" if sys.version_info >= (3, 8) else "s"


class Import(NamedTuple):
    """A module that a file names.

    name: as from outside every package, such as "a.b"
    is_sure: False where it may as well be what the module in front of the last dot defines
    """

    name: str
    is_sure: bool


def imports_in(tree: ast.AST, package: str) -> Iterator[Import]:
    """Yield what a module's code imports.

    package: the package that relative imports start from, or ""
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, True)
        elif isinstance(node, ast.ImportFrom):
            yield from _imports_from(node, package)
        elif isinstance(node, ast.Call):
            name = _dynamic_import(node)
            if name is not None:
                yield Import(name, True)


def _imports_from(node: ast.ImportFrom, package: str) -> Iterator[Import]:
    module = node.module or ""
    if node.level:
        parents = package.split(".")
        kept = parents[: len(parents) - node.level + 1]
        if module:
            kept.append(module)
        module = ".".join(kept)
    if module:
        yield Import(module, True)
    for alias in node.names:
        if module and alias.name != "*":
            yield Import(f"{module}.{alias.name}", False)


def _dynamic_import(node: ast.Call) -> Optional[str]:
    """Return the module that `importlib.import_module("a")` or `__import__("a")` names."""
    function = node.func
    name = getattr(function, "attr", None) or getattr(function, "id", None)
    if name not in ("import_module", "__import__") or len(node.args) == 0:
        return None
    text = text_of(node.args[0])
    if text is not None and not text.startswith("."):
        return text
    return None


def text_of(node: ast.AST) -> Optional[str]:
    """Return the text that an expression is, or None."""
    text = getattr(node, TEXT, None)
    if isinstance(text, str):
        return text
    return None


def texts_in(tree: ast.AST) -> Set[str]:
    """Return the texts in a module's code, which may be names of files."""
    found = set()
    for node in ast.walk(tree):
        text = text_of(node)
        if text is not None:
            found.add(text)
    return found


class Searcher:
    """Finds modules in folders, in their order, as Python would.

    folders: absolute paths
    """

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = folders
        self._found: Dict[str, List[str]] = {}

    def find(self, name: str) -> List[str]:
        """Return a module's file behind those of the packages around it; [] if it is not there."""
        if name not in self._found:
            self._found[name] = self._look_for(name)
        return self._found[name]

    def _look_for(self, name: str) -> List[str]:
        parts = name.split(".")
        for folder in self._folders:
            if _is_module(os.path.join(folder, parts[0])):
                return _files_below(folder, parts)
        return []


def _is_module(path: str) -> bool:
    """Whether `path`, without an ending, is a module, a package, or a folder of modules."""
    return os.path.isfile(path + ".py") or (os.path.isdir(path) and _has_source(path))


def _has_source(folder: str) -> bool:
    for _, _, names in os.walk(folder):
        if any(name.endswith(".py") for name in names):
            return True
    return False


def _files_below(folder: str, parts: Sequence[str]) -> List[str]:
    files = []
    path = folder
    for part in parts:
        path = os.path.join(path, part)
        package = os.path.join(path, "__init__.py")
        if os.path.isfile(package):
            files.append(package)
        elif os.path.isfile(path + ".py"):
            files.append(path + ".py")
            break
        elif not os.path.isdir(path):
            break
    return files
