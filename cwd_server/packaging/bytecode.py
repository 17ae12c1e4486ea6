"""Bytecode in an archive: which modules get it, and the one format that is written and read.

An archive has no `__pycache__`, so Python would compile its source at each start. For each
interpreter that is asked for, the build finds what serving imports before its first answer, lets
that interpreter compile it, and puts the result into an entry of its own.

Reading is in two steps. `read_bytecode` is written into `bootstrap`, the archive's first file,
which is compiled at each start and has to be readable by any Python since 2.7. `unpack_modules`
is compiled with `startup`.
"""

import ast
import importlib.util
import inspect
import marshal
import os
import subprocess
import sys
import zlib
from types import CodeType
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union  # noqa: F401

from cwd_server import location
from cwd_server.errors import UserError

STARTUP = "cwd_server/packaging/startup.py"

# Changes of an older interpreter's bytecode are kept if they are smaller than this part of the
# whole: else they are not worth undoing at each start
MAX_PART_OF_CHANGES = 0.65

READER_MARK = b"# read_bytecode(): written here from bytecode.py by the build\n"

# What a client sends first: bytecode is for what serving imports until that is answered
INITIALIZE = (
    b'{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {'
    b'"protocolVersion": "2025-11-25", "capabilities": {}, '
    b'"clientInfo": {"name": "build", "version": "1"}}}\n'
)
MODULE_MARK = "module "  # in front of a module's name on stderr
CANNOT_COMPILE = 3  # the exit status of an interpreter that tried, and is too new for this

# Run by each interpreter: the first says which modules serving needs, the second compiles them
IMPORT_THIS = (
    f"import sys; sys.path[0] = {location.ROOT!r}; "
    "from cwd_server.packaging import bytecode; bytecode."
)
FIND_PROGRAM = IMPORT_THIS + "print_modules()"
COMPILE_PROGRAM = IMPORT_THIS + "print_compiled()"


# Of each module: its name, whether it is a package, its code
Modules = List[Tuple[str, bool, CodeType]]
Marshalled = List[Tuple[str, bool, bytes]]  # the same, with the code as bytes

# The interpreter whose modules these are changes of, or ""; the modules' names, and which are
# packages; and either all codes by name, compressed as one, or the name and changes of each
Content = Tuple[str, List[Tuple[str, bool]], Union[bytes, List[Tuple[str, bytes]]]]


class Compiled(NamedTuple):
    """What an interpreter made of the modules.

    tag: the interpreter's name and the magic number of its bytecode
    startup: the code of startup, with unpack_modules() in it
    modules: those that serving needs
    bootstrap: a `.pyc` of the first file
    """

    tag: str
    startup: bytes
    modules: Marshalled
    bootstrap: bytes

    def codes(self) -> "Dict[str, bytes]":
        """Return the code of each module, as bytes."""
        return {name: code for name, _, code in self.modules}

    def names(self) -> "List[Tuple[str, bool]]":
        """Return the name of each module, and whether it is a package."""
        return [(name, is_package) for name, is_package, _ in self.modules]


class InterpreterError(UserError):
    """A command that was named as an interpreter is none, or is too old."""


class CompileError(UserError):
    """A Python that cannot give bytecode: the message says why."""


def read_bytecode(read):
    # type: (Callable[[str], bytes]) -> Tuple[CodeType, Content]
    """Return startup's code, and the modules as they were written.

    Raises some exception if there are none for this Python, or they are damaged.

    read: returns the content of an entry by its name
    """
    import gc
    import marshal
    import zlib
    from importlib.util import MAGIC_NUMBER

    gc.disable()  # nothing that is made until startup has done its work is garbage
    tag = sys.implementation.cache_tag + "-" + MAGIC_NUMBER[:2].hex()
    startup, content = marshal.loads(read("bytecode/" + tag))
    return marshal.loads(zlib.decompress(startup)), content


def unpack_modules(content, read):
    # type: (Content, Callable[[str], bytes]) -> Modules
    """Return the modules of what read_bytecode() has read; raise if it is damaged."""
    import marshal
    import zlib

    base, names, changes = content
    whole = changes
    if base:
        _, (_, _, whole) = marshal.loads(read("bytecode/" + base))
    codes = marshal.loads(zlib.decompress(whole))  # type: ignore[arg-type]
    if base:  # a change is compressed with the base's code as its dictionary
        for name, change in changes:  # type: ignore[misc]
            unpacker = zlib.decompressobj(zdict=codes.get(name, b""))
            codes[name] = unpacker.decompress(change)
    return [(name, is_package, marshal.loads(codes[name])) for name, is_package in names]


def write_bytecode(compiled: "Sequence[Compiled]") -> "Dict[str, bytes]":
    """Return the entries that read_bytecode() reads.

    Where one interpreter's modules are nearly those of an older one, only the changes are kept.
    They are never changes of changes, so a start undoes one step at most; and no older interpreter
    has to undo anything for a newer one.
    """
    entries = {}
    base: Optional[Compiled] = None
    for each in sorted(compiled, key=age_of):
        name = f"bytecode/{each.tag}"
        entries[name] = _whole(each)
        if base is not None:
            changes = _changes(each, base)
            if len(changes) < MAX_PART_OF_CHANGES * len(entries[name]):
                entries[name] = changes
                continue
        base = each
    return entries


def age_of(compiled: Compiled) -> "Tuple[int, str]":
    """Return what sorts interpreters from the oldest to the newest: 3.10 is newer than 3.9."""
    return len(compiled.tag), compiled.tag


def _whole(compiled: Compiled) -> bytes:
    """Return an entry that has all modules of an interpreter."""
    codes = zlib.compress(_portable(compiled.codes()), 9)
    return _entry(compiled, ("", compiled.names(), codes))


def _changes(compiled: Compiled, base: Compiled) -> bytes:
    """Return an entry that has what differs in an interpreter's modules from the base's.

    Each code is compressed with that of the same module in the base as its dictionary.
    """
    base_codes = base.codes()
    changes = []
    for name, code in compiled.codes().items():
        compressor = zlib.compressobj(9, zdict=base_codes.get(name, b""))
        changes.append((name, compressor.compress(code) + compressor.flush()))
    return _entry(compiled, (base.tag, compiled.names(), changes))


def _entry(compiled: Compiled, content: "Content") -> bytes:
    return _portable((zlib.compress(compiled.startup, 9), content))


def bootstrap_source(source: bytes) -> bytes:
    """Return the archive's first file: `bootstrap`, with read_bytecode() where it says so."""
    head, mark, tail = source.partition(READER_MARK)
    if not mark:
        return source  # it is in there already: this program runs from an archive
    return head + inspect.getsource(read_bytecode).encode("ascii") + tail


def compile_for(interpreter: str, files: "Dict[str, bytes]") -> Compiled:
    """Return what an interpreter, a command or a path, makes of the modules that serving needs.

    files: the package's files, by their names in the archive

    Raises InterpreterError or CompileError.
    """
    modules = []
    for name in _find_modules(interpreter):
        path, is_package = _path_of(name, files)
        modules.append((name, is_package, _archive_path(path), _text(files[path])))
    bootstrap = (_archive_path("__main__.py"), _text(files["__main__.py"]))
    startup_source = _text(files[STARTUP]) + "\n" + inspect.getsource(unpack_modules)
    startup = (_archive_path(STARTUP), startup_source)
    output = _run(interpreter, COMPILE_PROGRAM, _portable((startup, modules, bootstrap)))
    return Compiled(*marshal.loads(output.stdout))  # that Python ran this file


def _path_of(module: str, files: "Dict[str, bytes]") -> "Tuple[str, bool]":
    """Return a module's name in the archive, and whether it is a package."""
    place = module.replace(".", "/")
    if place + "/__init__.py" in files:
        return place + "/__init__.py", True
    return place + ".py", False


def _archive_path(path: str) -> str:
    """Return what a traceback says of where a file is: the same wherever the archive is built."""
    return "cwd_server.pyz/" + path


def _text(content: bytes) -> str:
    return content.decode("utf-8")


def _portable(value: object) -> bytes:
    """Return texts, bytes and containers of them as bytes that every Python reads."""
    return marshal.dumps(value, 2)  # type: ignore[arg-type]


def _find_modules(interpreter: str) -> "List[str]":
    """Return what is imported until `initialize` is answered: each behind all that it imports."""
    done = _run(interpreter, FIND_PROGRAM, INITIALIZE)
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    modules = [line[len(MODULE_MARK) :] for line in lines if line.startswith(MODULE_MARK)]
    if not modules:
        raise InterpreterError(f"{interpreter}: not a Python")
    if b'"result"' not in done.stdout:
        raise CompileError(f"{interpreter}: the source does not serve: {_last_line(done.stderr)}")
    return modules


def _run(interpreter: str, program: str, data: bytes) -> "subprocess.CompletedProcess[bytes]":
    """Run one of this file's programs under the same conditions on every machine."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    environment["PYTHONHASHSEED"] = "0"  # the order of a set shows in the bytecode
    # What the interpreter itself has loaded, such as a locale's encoding, shows too, in what is
    # marked as shared
    command = [interpreter, "-B", "-s", "-S", "-X", "utf8", "-X", "no_debug_ranges", "-c", program]
    pipe = subprocess.PIPE
    try:
        done = subprocess.run(
            command, input=data, env=environment, stdout=pipe, stderr=pipe, check=False
        )
    except OSError as error:
        raise InterpreterError(f"{interpreter}: cannot be started: {error.strerror}") from None
    if done.returncode == CANNOT_COMPILE:
        raise CompileError(f"{interpreter}: {_last_line(done.stderr)}")
    if done.returncode != 0:
        raise InterpreterError(
            f"{interpreter}: not a Python, 3.6 or newer: {_last_line(done.stderr)}"
        )
    return done


def _last_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    if not lines:
        return "it says nothing"
    return lines[-1]


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
        startup, modules, bootstrap = marshal.load(sys.stdin.buffer)
        compiled = []
        for name, is_package, path, source in modules:
            compiled.append((name, is_package, _marshalled(compile_module(path, source))))
        magic = importlib.util.MAGIC_NUMBER
        tag = f"{sys.implementation.cache_tag}-{magic[:2].hex()}"
        bootstrap_pyc = _pyc(compile_module(*bootstrap), bootstrap[1])
        answer = _portable((tag, _marshalled(compile_module(*startup)), compiled, bootstrap_pyc))
    except Exception as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(CANNOT_COMPILE)
    sys.stdout.buffer.write(answer)


def _marshalled(value: CodeType) -> bytes:
    """Return bytes that this Python reads, and writes alike each time; raise ValueError."""
    content = marshal.dumps(value)
    # What the compiler shared differs from run to run; what was loaded shares what was written so
    for _ in range(2):
        content = marshal.dumps(marshal.loads(content))
    if marshal.loads(content) != value:
        raise ValueError("marshal does not give back the code that it was given")
    return content


def _pyc(code: CodeType, source: str) -> bytes:
    """Return a `.pyc` that is taken without looking at the source's date; empty before 3.7.

    https://peps.python.org/pep-0552/
    """
    if sys.version_info < (3, 7):
        return b""
    unchecked_hash = (1).to_bytes(4, "little")
    source_hash = importlib.util.source_hash(source.encode("utf-8"))
    return importlib.util.MAGIC_NUMBER + unchecked_hash + source_hash + _marshalled(code)


def compile_module(path: str, source: str) -> CodeType:
    """Return the code of a module, without what is never read when it serves."""
    tree = _Forget().visit(ast.parse(source))
    code: CodeType = compile(tree, path, "exec", dont_inherit=True, optimize=0)
    return code


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
