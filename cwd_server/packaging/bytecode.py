"""Bytecode in an archive: which modules get it, and the one format that is written and read.

An archive has no `__pycache__`, so Python would compile its source at each start. For each
interpreter that is asked for, the build finds what serving imports before its first answer, and
lets that interpreter compile it (`compiling`). All of it is one entry of the archive. What several
interpreters' code has in common is in there once (`objects`), and where one's code is nearly that
of an older one, only the changes are.

`bootstrap`, the archive's first file, finds an interpreter's code there, and `unpacker` reads it.
"""

import marshal
import os
import subprocess
import zlib
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

from cwd_server import location
from cwd_server.errors import UserError
from cwd_server.packaging import objects
from cwd_server.packaging.compiling import CANNOT_COMPILE, MODULE_MARK, Source
from cwd_server.packaging.unpacker import SHARED

ENTRY = "bytecode"
FIRST_FILE = "__main__.py"
UNPACKER = "cwd_server/packaging/unpacker.py"
STARTUP = "cwd_server/packaging/startup.py"

# Compiled too where an archive is for one interpreter: what tools of a user's own need at once
LATER_FOLDERS = ("cwd_server/toolkit/", "cwd_server/transport/")
LATER_FILES = (
    "cwd_server/archive_reader.py",
    "cwd_server/json_types.py",
    "cwd_server/unpacking.py",
    "cwd_server/wording.py",
)

# Changes of an older interpreter's bytecode are kept if they are smaller than this part of the
# whole: else they are not worth undoing at each start
MAX_PART_OF_CHANGES = 0.65
# The same for the newest interpreter, which starts fastest since its first file comes compiled,
# and for all where an archive would be too large
MAX_PART_FOR_NEWEST = 0.85

# Bytes of the base, at most, that are a run's dictionary: zlib looks 32 KiB back, and has to reach
# its beginning
MAX_RUN = 28 * 1024
MAX_MEMORY = 9  # of zlib: 256 KiB while it compresses

# What a client sends first: bytecode is for what serving imports until that is answered
INITIALIZE = (
    b'{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {'
    b'"protocolVersion": "2025-11-25", "capabilities": {}, '
    b'"clientInfo": {"name": "build", "version": "1"}}}\n'
)

# Run by each interpreter
IMPORT_THIS = (
    f"import sys; sys.path[0] = {location.ROOT!r}; "
    "from cwd_server.packaging import compiling; compiling."
)
FIND_PROGRAM = IMPORT_THIS + "print_modules()"
COMPILE_PROGRAM = IMPORT_THIS + "print_compiled()"
COMPARE_PROGRAM = IMPORT_THIS + "compare()"

# What marshal writes of an interpreter's code: a pair, whose first is what is shared, and whose
# second is a tuple of the modules. It is cut between the two
PAIR = b")\x02"
NOTHING_SHARED = PAIR + b"N"

# Of an interpreter: the code of `unpacker`; the older one that has most of its code, or None; its
# code, or the changes, each with the part of the other's code that it is compressed with, from and
# to; and what is loaded later, as snapshot.take() gets it. Each is compressed
Tag = Tuple[str, bytes]  # an interpreter's name, and the magic number of its bytecode
Changes = List[Tuple[int, int, bytes]]
Content = Tuple[bytes, Optional[Tag], Union[bytes, Changes], bytes]

Entry = Dict[Union[int, Tag], Union[bytes, Content]]  # bytes at SHARED: what is in front of all

Code = Dict[str, bytes]  # of an interpreter: the head of a tuple, and what each module adds


class Compiled(NamedTuple):
    """What an interpreter made of the modules.

    interpreter: the command or path that it is started by
    names: of startup, and of the modules that serving needs
    tag: its key in the entry
    version: its major and minor version
    unpacker: the code of `unpacker`
    modules: what marshal wrote of these, a tuple of Modules
    later: of modules that are loaded later, by name: whether it is a package, and its code as
        marshal wrote it
    first_file: a `.pyc` of it
    """

    interpreter: str
    names: "List[str]"
    tag: Tag
    version: "Tuple[int, int]"
    unpacker: bytes
    modules: bytes
    later: "Dict[str, Tuple[bool, bytes]]"
    first_file: bytes


class InterpreterError(UserError):
    """A command that was named as an interpreter is none, or is too old."""


class CompileError(UserError):
    """A Python that cannot give bytecode: the message says why."""


def write_bytecode(compiled: "Sequence[Compiled]", is_small: bool = False) -> "Dict[str, bytes]":
    """Return the entry that bootstrap reads, by its name; none if nothing was compiled.

    is_small: whether more of it is to be kept as changes, which start more slowly

    Where one interpreter's code is nearly that of an older one, only the changes are kept. They
    are never changes of changes, so a start undoes one step at most; and no older interpreter has
    to undo anything for a newer one.
    """
    if not compiled:
        return {}
    oldest_first = sorted(compiled, key=age_of)
    shared, codes = _share(oldest_first)
    entry: Entry = {SHARED: compress(shared)}
    base: Optional[Tag] = None
    base_code: Code = {}
    for each, code in zip(oldest_first, codes):
        content = compress(b"".join(code.values()))
        changes = _changes(code, base_code)
        max_part = MAX_PART_OF_CHANGES
        if is_small or each is oldest_first[-1]:
            max_part = MAX_PART_FOR_NEWEST
        if base is not None and len(_portable(changes)) < max_part * len(content):
            entry[each.tag] = (compress(each.unpacker), base, changes, _later_of(each))
        else:
            entry[each.tag] = (compress(each.unpacker), None, content, _later_of(each))
            base, base_code = each.tag, code
    return {ENTRY: _portable(entry)}


def age_of(compiled: Compiled) -> "Tuple[int, Tag]":
    """Return what sorts interpreters from the oldest to the newest: 3.10 is newer than 3.9."""
    name, _ = compiled.tag
    return len(name), compiled.tag


def compress(content: bytes) -> bytes:
    """Return what zlib.decompress() takes, in the fewest bytes."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, MAX_MEMORY)
    return compressor.compress(content) + compressor.flush()


def _later_of(compiled: Compiled) -> bytes:
    """Return an interpreter's code of what is loaded later; empty if there is none."""
    if not compiled.later:
        return b""
    return compress(_portable(compiled.later))


def _share(compiled: "Sequence[Compiled]") -> "Tuple[bytes, List[Code]]":
    """Return what is read in front of each interpreter's code, and the code of each."""
    try:
        return _share_objects(compiled)
    except objects.FormatError:  # an interpreter that does not write as those known here do
        return NOTHING_SHARED, [{"": each.modules} for each in compiled]


def _share_objects(compiled: "Sequence[Compiled]") -> "Tuple[bytes, List[Code]]":
    table: Dict[object, objects.Node] = {}
    roots = []
    for each in compiled:
        roots.append(objects.Reader(each.modules, each.version, table).read_all())
    shared = objects.write_shared(objects.shared_by_many(roots))
    codes = []
    for each, root in zip(compiled, roots):
        parts = objects.write_parts(root, shared.places)
        _require_same(each, PAIR + shared.content + b"".join(parts))
        codes.append(dict(zip(["", *each.names], parts)))
    return PAIR + shared.content, codes


def _require_same(compiled: Compiled, content: bytes) -> None:
    """Let the interpreter compare what it reads with what it wrote; raise FormatError."""
    try:
        _run(compiled.interpreter, COMPARE_PROGRAM, _portable((compiled.modules, content)))
    except CompileError as error:
        raise objects.FormatError(str(error)) from None


def _changes(code: Code, base: Code) -> Changes:
    """Return the code in runs of modules, each compressed with those of the base as dictionary."""
    whole = b"".join(base.values())
    starts, ends = {}, {}
    place = 0
    for name, part in base.items():
        starts[name] = place
        place += len(part)
        ends[name] = place
    changes = []
    for names in _runs(code, base):
        start = end = 0
        if names[0] in base:
            start, end = starts[names[0]], ends[names[-1]]
        compressor = zlib.compressobj(9, zdict=whole[start:end])
        part = b"".join(code[name] for name in names)
        changes.append((start, end, compressor.compress(part) + compressor.flush()))
    return changes


def _runs(code: Code, base: Code) -> "List[List[str]]":
    """Return the modules in runs that follow each other in the base too, and fit into a window.

    A run is smaller than its modules one by one, since each has tables of its own.
    """
    following = dict(zip(base, list(base)[1:]))
    runs: List[List[str]] = []
    size = 0  # of what the run has in the base
    for name in code:
        base_size = len(base.get(name, b""))
        if runs and following.get(runs[-1][-1]) == name and size + base_size <= MAX_RUN:
            runs[-1].append(name)
            size += base_size
        else:
            runs.append([name])
            size = base_size
    return runs


def compile_for(interpreter: str, files: "Dict[str, bytes]", has_later: bool = False) -> Compiled:
    """Return what an interpreter, a command or a path, makes of the modules that serving needs.

    files: the package's files, by their names in the archive
    has_later: whether to compile what is loaded later as well

    Raises InterpreterError or CompileError.
    """
    at_once = [STARTUP]
    for name in _find_modules(interpreter):
        at_once.append(_path_of(name, files))
    later = []
    if has_later:
        later = [path for path in sorted(files) if _is_for_later(path) and path not in at_once]
    sources = []
    for paths in ([UNPACKER], at_once, later, [FIRST_FILE]):
        sources.append([_source_of(path, files) for path in paths])
    output = _run(interpreter, COMPILE_PROGRAM, _portable(sources))
    names = [_name_of(path) for path in at_once]
    return Compiled(interpreter, names, *marshal.loads(output.stdout))


def _path_of(module: str, files: "Dict[str, bytes]") -> str:
    """Return a module's name in the archive."""
    place = module.replace(".", "/")
    if place + "/__init__.py" in files:
        return place + "/__init__.py"
    return place + ".py"


def _name_of(path: str) -> str:
    """Return the name of the module that has a name in the archive."""
    name = path[: -len(".py")].replace("/", ".")
    if name.endswith(".__init__"):
        name = name[: -len(".__init__")]
    return name


def _is_for_later(path: str) -> bool:
    return path in LATER_FILES or (path.startswith(LATER_FOLDERS) and path.endswith(".py"))


def _source_of(path: str, files: "Dict[str, bytes]") -> "Source":
    """Return a module's name, whether it is a package, its path and its text.

    The path is what a traceback says of where it is: the same wherever the archive is built.
    """
    is_package = path.endswith("/__init__.py")
    return _name_of(path), is_package, "cwd_server.pyz/" + path, files[path].decode("utf-8")


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
