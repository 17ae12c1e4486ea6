"""What each interpreter is asked when an archive is built: run by it, as a program.

`bytecode` starts that interpreter, which finds out which modules serving needs, and compiles them.
"""

import ast
import importlib.util
import marshal
import os
import sys
from types import CodeType
from typing import List, Tuple, Union

from cwd_server.packaging import line_tables

MODULE_MARK = "module "  # in front of a module's name on stderr
CANNOT_COMPILE = 3  # the exit status of an interpreter that tried, and is too new for this

Modules = Tuple[Tuple[str, bool, CodeType], ...]  # of each: name, whether it is a package, code
Source = Tuple[str, bool, str, str]  # of a module: name, whether it is a package, path, text

# All that a code object has: values, but for co_lnotab, which newer Pythons say not to read
CODE_FIELDS = []
for _name in dir(CodeType):
    if _name.startswith("co_") and _name != "co_lnotab":
        if not callable(getattr(CodeType, _name)):
            CODE_FIELDS.append(_name)


def print_modules() -> None:
    """Serve, as the program of another interpreter; name each complete module on stderr."""
    from importlib.machinery import SourceFileLoader

    exec_module = SourceFileLoader.exec_module

    def exec_and_print(loader: SourceFileLoader, module: object) -> None:
        exec_module(loader, module)  # type: ignore[arg-type]
        if _is_ours(loader.name):
            os.write(2, f"{MODULE_MARK}{loader.name}\n".encode())

    SourceFileLoader.exec_module = exec_and_print  # type: ignore[method-assign,assignment]
    for name in list(sys.modules):
        if _is_ours(name):
            del sys.modules[name]
    from cwd_server import snapshot  # noqa: F401  which startup imports
    from cwd_server.__main__ import main

    sys.exit(main([]))


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "cwd_server"


def print_compiled() -> None:
    """Compile what stdin has, as the program of another interpreter; write the code to stdout.

    Exits with CANNOT_COMPILE, and the reason on stderr, if this Python does something in another
    way than all before.
    """
    try:
        (unpacker,), at_once, later, (first_file,) = marshal.load(sys.stdin.buffer)
        modules = _compile_all(at_once)
        later_codes = {}
        for name, is_package, code in _compile_all(later):
            later_codes[name] = (is_package, _marshalled(code))
        answer = (
            (sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER),
            sys.version_info[:2],
            _marshalled(_compile(unpacker)),
            _marshalled(modules),
            later_codes,
            _pyc(first_file),
        )
    except Exception as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(CANNOT_COMPILE)
    sys.stdout.buffer.write(marshal.dumps(answer, 2))


def _compile_all(sources: "List[Source]") -> Modules:
    modules = []
    for source in sources:
        name, is_package, _, _ = source
        modules.append((name, is_package, _compile(source)))
    return tuple(modules)


def _compile(source: Source) -> CodeType:
    _, _, path, text = source
    return compile_module(path, text)


def _marshalled(value: "Union[CodeType, Modules]") -> bytes:
    """Return bytes that this Python reads, and writes alike each time; raise ValueError."""
    content = marshal.dumps(value)
    # What the compiler shared differs from run to run; what was loaded shares what was written so
    for _ in range(2):
        content = marshal.dumps(marshal.loads(content))
    if marshal.loads(content) != value:
        raise ValueError("marshal does not give back the code that it was given")
    return content


def compare() -> None:
    """Compare modules as this Python wrote them, and behind what is shared, both from stdin.

    Exits with CANNOT_COMPILE, and a line on stderr, if they are not the same.
    """
    written, shared = marshal.load(sys.stdin.buffer)
    try:
        _, modules = marshal.loads(shared)
    except Exception:
        modules = None
    if not is_same(modules, marshal.loads(written)):
        sys.stderr.write("what is shared does not give the same code\n")
        sys.exit(CANNOT_COMPILE)


def is_same(one: object, other: object) -> bool:
    """Whether two values are of one type and equal, and codes in all that they have."""
    if type(one) is not type(other):
        return False
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return all(is_same(getattr(one, name), getattr(other, name)) for name in CODE_FIELDS)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return one == other


def _pyc(source: Source) -> bytes:
    """Return a `.pyc` that is taken without looking at the source's date; empty before 3.7.

    https://peps.python.org/pep-0552/
    """
    if sys.version_info < (3, 7):
        return b""
    _, _, _, text = source
    unchecked_hash = (1).to_bytes(4, "little")
    source_hash = importlib.util.source_hash(text.encode("utf-8"))
    code = _marshalled(_compile(source))
    return importlib.util.MAGIC_NUMBER + unchecked_hash + source_hash + code


def compile_module(path: str, source: str) -> CodeType:
    """Return the code of a module, without what is never read when it serves."""
    tree = _Forget().visit(ast.parse(source))
    code: CodeType = compile(tree, path, "exec", dont_inherit=True, optimize=0)
    return line_tables.merge(code)


class _Forget(ast.NodeTransformer):
    """Remove docstrings, annotations, and what is for type checkers alone.

    What stands under a decorator keeps its docstring and annotations: it may be a tool, whose
    docstring a model reads.
    """

    def visit_Module(self, module: ast.Module) -> ast.AST:
        self._remove_docstring(module)
        self.generic_visit(module)
        return module

    def visit_ClassDef(self, definition: ast.ClassDef) -> ast.AST:
        self._remove_docstring(definition)
        self.generic_visit(definition)
        return definition

    def visit_FunctionDef(self, function: ast.FunctionDef) -> ast.AST:
        if not function.decorator_list:
            self._remove_docstring(function)
            self._remove_annotations(function)
        self.generic_visit(function)
        return function

    def visit_If(self, statement: ast.If) -> "Union[ast.AST, List[ast.stmt]]":
        if isinstance(statement.test, ast.Name) and statement.test.id == "TYPE_CHECKING":
            return statement.orelse or ast.copy_location(ast.Pass(), statement)
        self.generic_visit(statement)
        return statement

    @staticmethod
    def _remove_docstring(node: "Union[ast.Module, ast.ClassDef, ast.FunctionDef]") -> None:
        if ast.get_docstring(node, clean=False) is not None:
            node.body[0] = ast.copy_location(ast.Pass(), node.body[0])

    @staticmethod
    def _remove_annotations(function: ast.FunctionDef) -> None:
        function.returns = None
        arguments = function.args
        everything = arguments.args + arguments.kwonlyargs + getattr(arguments, "posonlyargs", [])
        for argument in [*everything, arguments.vararg, arguments.kwarg]:
            if argument is not None:
                argument.annotation = None
