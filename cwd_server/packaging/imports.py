"""What a module imports, read from its source: also inside functions and in `try`."""

import ast
import os
import sys
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Set

# Where a node has the text of a literal
TEXT = "value" if sys.version_info >= (3, 8) else "s"

# Functions of importlib.resources and pkgutil, whose first argument may be a package's name
DATA_FUNCTIONS = (
    "contents",
    "files",
    "get_data",
    "is_resource",
    "open_binary",
    "open_text",
    "path",
    "read_binary",
    "read_text",
)


class Import(NamedTuple):
    """A module that a file names.

    name: as from outside every package, such as "a.b"
    is_sure: False where it may as well be what the module in front of the last dot defines
    is_prefix: whether a module inside it is imported, which one is known only when the code runs
    """

    name: str
    is_sure: bool
    is_prefix: bool = False


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
            yield from _dynamic_imports(node, tree, package)


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


def _dynamic_imports(node: ast.Call, tree: ast.AST, package: str) -> Iterator[Import]:
    """Yield what `importlib.import_module("a")` or `__import__("a")` may import.

    Where the name is known only when the code runs, it may be any text in the module.
    """
    if _name_of_function(node) not in ("import_module", "__import__") or not node.args:
        return
    name = text_of(node.args[0])
    if name is None:
        for text in sorted(texts_in(tree)):
            if is_module_name(text):
                yield Import(text, False)
            parent = text.rpartition(".")[0]
            if is_module_name(parent):  # the text may be a prefix: f"plugins.{name}"
                yield Import(parent, False, is_prefix=True)
    elif name.startswith("."):
        yield Import(_anchor(node, package) + name, False)
    else:
        yield Import(name, True)


def _anchor(node: ast.Call, package: str) -> str:
    """Return the package that the name of `import_module(".a", "package")` is relative to."""
    others = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
    for other in others:
        text = text_of(other)
        if text is not None:
            return text
    return package


def packages_with_data(tree: ast.AST) -> Iterator[str]:
    """Yield the packages that `importlib.resources` or `pkgutil` are asked for files of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name_of_function(node) in DATA_FUNCTIONS:
            text = text_of(node.args[0])
            if text is not None and is_module_name(text):
                yield text


def is_module_name(text: str) -> bool:
    """Whether a text can be the name of a module, with dots or without."""
    return all(part.isidentifier() for part in text.split("."))


def _name_of_function(node: ast.Call) -> Optional[str]:
    return getattr(node.func, "attr", None) or getattr(node.func, "id", None)


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
        self._found: Dict[Import, List[str]] = {}

    def find(self, imported: Import) -> List[str]:
        """Return a module's file behind those of the packages around it; [] if it is not there."""
        if imported not in self._found:
            self._found[imported] = self._look_for(imported)
        return self._found[imported]

    def _look_for(self, imported: Import) -> List[str]:
        parts = imported.name.split(".")
        for folder in self._folders:
            if _is_module(os.path.join(folder, parts[0])):
                files = _files_below(folder, parts)
                if imported.is_prefix:
                    files += _modules_in(os.path.join(folder, *parts))
                return files
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


def _modules_in(folder: str) -> List[str]:
    """Return the modules in a folder, which may be no package and may not be there."""
    if not os.path.isdir(folder):
        return []
    names = [name for name in sorted(os.listdir(folder)) if name.endswith(".py")]
    return [os.path.join(folder, name) for name in names]
