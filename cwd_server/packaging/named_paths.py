"""Which paths a module's code names by way of its own: `Path(__file__).parent / "data"`."""

import ast
import os
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence

from cwd_server.packaging.imports import text_of

# After these functions, and these methods, a path is the same, but for how it is written
_SAME = ("Path", "PurePath", "str", "abspath", "realpath", "normpath", "fspath", "resolve")
_SAME_METHODS = ("resolve", "absolute", "as_posix")
_LISTING = ("iterdir", "listdir", "scandir", "walk")


class NamedPath(NamedTuple):
    """A path that code names.

    path: absolute; it may have wildcards, as for `glob`
    is_whole: False where what follows is known only when the code runs
    """

    path: str
    is_whole: bool


def named_paths(tree: ast.AST, path: str) -> Iterator[NamedPath]:
    """Yield the paths that the code of a module names, each in its longest form.

    path: the module's own, absolute
    """
    reader = _Reader(tree, path)
    nodes: List[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        named = reader.value_of(node)
        if named is None:
            nodes += ast.iter_child_nodes(node)
        else:
            yield NamedPath(os.path.normpath(named.path), named.is_whole)


class _Reader:
    """Finds out what expressions are, as far as paths need it."""

    def __init__(self, tree: ast.AST, path: str) -> None:
        self._paths: Dict[str, NamedPath] = {"__file__": NamedPath(path, True)}
        self._texts: Dict[str, str] = {}
        for node in ast.walk(tree):  # from the top level down, so that its names come first
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                self._note_variable(node.targets[0], node.value)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self._note_variable(node.target, node.value)

    def _note_variable(self, target: ast.AST, value: ast.AST) -> None:
        if not isinstance(target, ast.Name):
            return
        text = text_of(value)
        named = self.value_of(value)
        if text is not None:
            self._texts[target.id] = text
        elif named is not None:
            self._paths[target.id] = named

    def value_of(self, node: ast.AST) -> Optional[NamedPath]:
        """Return the path that an expression is, or None."""
        try:
            return self._value_of(node)
        except RecursionError:  # an expression of a thousand parts is no path
            return None

    def _value_of(self, node: ast.AST) -> Optional[NamedPath]:
        if isinstance(node, ast.Name):
            return self._paths.get(node.id)
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return _up(self._value_of(node.value), 1)
        if isinstance(node, ast.Subscript):
            return self._parent_number(node)
        if isinstance(node, ast.BinOp):
            return self._operation(node)
        if isinstance(node, ast.JoinedStr):
            return self._formatted(node)
        if isinstance(node, ast.Call):
            return self._called(node)
        return None

    def _parent_number(self, node: ast.Subscript) -> Optional[NamedPath]:
        """Return what `path.parents[1]` is."""
        if isinstance(node.value, ast.Call):
            return self._split_path(node.value, node)
        if not isinstance(node.value, ast.Attribute) or node.value.attr != "parents":
            return None
        number = _index_of(node)
        if number is None:
            return None
        return _up(self._value_of(node.value.value), number + 1)

    def _split_path(self, call: ast.Call, node: ast.Subscript) -> Optional[NamedPath]:
        """Return what `os.path.split(path)[0]` is."""
        if getattr(call.func, "attr", None) != "split" or len(call.args) != 1:
            return None
        if _index_of(node) != 0:
            return None
        return _up(self._value_of(call.args[0]), 1)

    def _operation(self, node: ast.BinOp) -> Optional[NamedPath]:
        base = self._value_of(node.left)
        if base is None:
            return None
        if isinstance(node.op, ast.Div):
            return self._join(base, [node.right])
        if isinstance(node.op, ast.Add):
            return self._append(base, [node.right])
        return None

    def _formatted(self, node: ast.JoinedStr) -> Optional[NamedPath]:
        """Return what `f"{HERE}/data.csv"` is."""
        if not node.values or not isinstance(node.values[0], ast.FormattedValue):
            return None
        base = self._value_of(node.values[0].value)
        if base is None:
            return None
        return self._append(base, node.values[1:])

    def _called(self, node: ast.Call) -> Optional[NamedPath]:
        function = node.func
        name = getattr(function, "attr", None) or getattr(function, "id", None)
        own = None
        if isinstance(function, ast.Attribute):
            own = self._value_of(function.value)
        if own is not None:
            return self._method(own, str(name), node.args)
        if not node.args:
            return None
        first = self._value_of(node.args[0])
        if first is None:
            return None
        if name == "dirname":
            return _up(first, 1)
        if name == "join" or name in _SAME:
            return self._join(first, node.args[1:])
        if name in _LISTING:
            return NamedPath(first.path, False)
        return None

    def _method(
        self, own: NamedPath, name: str, arguments: Sequence[ast.AST]
    ) -> Optional[NamedPath]:
        if name in ("joinpath", "glob"):
            return self._join(own, arguments)
        if name == "rglob":
            return self._join(NamedPath(os.path.join(own.path, "**"), own.is_whole), arguments)
        if name == "with_name":
            return self._join(NamedPath(os.path.dirname(own.path), own.is_whole), arguments)
        if name == "with_suffix":
            return self._append(NamedPath(os.path.splitext(own.path)[0], own.is_whole), arguments)
        if name in _SAME_METHODS:
            return own
        if name in _LISTING:
            return NamedPath(own.path, False)
        return None

    def _join(self, base: NamedPath, parts: Sequence[ast.AST]) -> NamedPath:
        """Return a path below another one, as far as its parts are known."""
        path = base.path
        for part in parts:
            text = self._text(part)
            if text is None or not base.is_whole:
                return NamedPath(path, False)
            path = os.path.join(path, text)
        return NamedPath(path, base.is_whole)

    def _append(self, base: NamedPath, parts: Sequence[ast.AST]) -> NamedPath:
        """Return a path with texts behind it, as far as they are known."""
        path = base.path
        for part in parts:
            text = self._text(part)
            if text is None or not base.is_whole:
                return NamedPath(_known_folder(base.path, path), False)
            path += text
        return NamedPath(path, base.is_whole)

    def _text(self, node: ast.AST) -> Optional[str]:
        if isinstance(node, ast.FormattedValue):
            node = node.value
        if isinstance(node, ast.Name):
            return self._texts.get(node.id)
        return text_of(node)


def _index_of(node: ast.Subscript) -> Optional[int]:
    """Return the number between the brackets, or None."""
    try:
        number = ast.literal_eval(getattr(node.slice, "value", node.slice))  # Index until 3.8
    except ValueError:
        number = getattr(node.slice, "value", None)
    if isinstance(number, int):
        return number
    return None


def _known_folder(base: str, path: str) -> str:
    """Return the folder of a path whose last name is not whole."""
    if path == base:
        return base
    return os.path.dirname(path)


def _up(named: Optional[NamedPath], levels: int) -> Optional[NamedPath]:
    if named is None:
        return None
    path = named.path
    for _ in range(levels):
        path = os.path.dirname(os.path.normpath(path))
    return NamedPath(path, named.is_whole)
