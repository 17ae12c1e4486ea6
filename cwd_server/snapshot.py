"""The archive that this program runs from, in memory, as it was at the start.

Whoever upgrades replaces the file while old servers run. What an old server needs later, such as
a module that it has not imported yet, comes from here and never from the file: zipimport would
read the new archive with the offsets of the old one.

The package's files are in one entry, one behind the other, and compressed as one. Beside it, where
Python itself finds them, are those of `ENTRY_MODULES`.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType
    from typing import Callable, Dict, Optional, Sequence, Tuple

    from cwd_server.archive_reader import Package, PackageImporter, Zip

PACKAGE = "cwd_server.files"  # the name of that entry
READER = "cwd_server/archive_reader.py"
READER_MODULE = "cwd_server.archive_reader"
ENTRY_MODULES = (
    "cwd_server/__init__.py",
    "cwd_server/__main__.py",
    "cwd_server/snapshot.py",
    READER,
)

_finder: "Optional[Finder]" = None


class Finder:
    """Finds this program's modules in what was read at the start.

    root: the path of the archive, or of the folder that it was unpacked to
    content: the archive
    unpacked: of a folder, the content of PACKAGE and of ENTRY_MODULES by name, instead
    reader: the source of `archive_reader`
    later: bytecode of modules that are loaded later, as take() gets it
    """

    def __init__(
        self, root: str, content: bytes, unpacked: "Dict[str, bytes]", reader: bytes, later: bytes
    ) -> None:
        self.root = root
        self._later = later
        self.is_archive = not unpacked
        self.content = content
        self._unpacked = unpacked
        self._reader = reader
        self._importer: Optional[PackageImporter] = None

    def importer(self) -> "PackageImporter":
        """Return what finds and loads the modules, made when it is first needed."""
        if self._importer is None:
            module = type(sys)(READER_MODULE)  # types.ModuleType, without types
            compiled = _unpack(self._later)
            exec(self._reader_code(compiled), module.__dict__)  # noqa: S102
            self.read_with(module, compiled)
        return self._importer  # type: ignore[return-value]

    def _reader_code(self, compiled: "Dict[str, Tuple[bool, bytes]]") -> "CodeType":
        if READER_MODULE in compiled:
            import marshal

            code: CodeType = marshal.loads(compiled[READER_MODULE][1])
            return code
        return compile(self._reader, READER, "exec", dont_inherit=True)

    def read_with(self, module: "ModuleType", compiled: "Dict[str, Tuple[bool, bytes]]") -> None:
        """Make the importer, with what the module `archive_reader` has."""
        outer = module.Zip(self.content)
        if not self.is_archive:
            outer = module.UnpackedArchive(self._unpacked)
        self._importer = module.PackageImporter(self.root, outer, PACKAGE, compiled)

    def find_spec(
        self,
        name: str,
        path: "Optional[Sequence[str]]" = None,
        target: "Optional[ModuleType]" = None,
    ) -> "Optional[ModuleSpec]":
        """Return how to load a module of this program; None for any other."""
        if name.partition(".")[0] != "cwd_server":
            return None
        return self.importer().find_spec(name)

    def get_source(self, name: str) -> str:
        """Return the source of a module that was made of bytecode, for a traceback."""
        return self.importer().get_source(name)


def _unpack(later: bytes) -> "Dict[str, Tuple[bool, bytes]]":
    """Return what take() got, by module; nothing if it got nothing, or it is damaged."""
    if not later:
        return {}
    import marshal
    import zlib

    try:
        compiled: Dict[str, Tuple[bool, bytes]] = marshal.loads(zlib.decompress(later))
    except Exception:
        return {}
    return compiled


def take(root: str, read: "Callable[[str], bytes]", later: bytes = b"") -> None:
    """Read the archive, or unpacked archive, at `root`, once; from now on modules come from that.

    read: returns the content of one of its entries, by name, before it can have changed
    later: by module, whether it is a package, and its code as marshal writes it: a dictionary,
        itself written by marshal, and compressed. What is not in it comes from its source
    """
    global _finder
    if _finder is not None:
        return
    try:
        reader = read(READER)
    except OSError:
        # A future Python that reads archives in another way, but still imports from them
        from cwd_server import archive_reader

        reader = b""
    content = b""
    unpacked = {}
    if os.path.isdir(root):
        for name in (PACKAGE, *ENTRY_MODULES):
            unpacked[name] = _read(os.path.join(root, *name.split("/")))
    else:
        content = _read(root)
    _finder = Finder(root, content, unpacked, reader, later)
    if not reader:
        _finder.read_with(archive_reader, {})
    sys.meta_path.insert(0, _finder)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "cwd_server":
            module.__loader__ = _finder  # type: ignore[assignment]  # asked for the source


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def has(name: str) -> bool:
    """Whether the archive that this program runs from has an entry of this name."""
    if _finder is None or not _finder.is_archive or name.encode("utf-8") not in _finder.content:
        return False  # without reading the directory, as most starts end here
    return name in _finder.importer().outer


def damaged_path() -> "Optional[str]":
    """Return where this program runs from if its files cannot be read there; else None."""
    if _finder is None:
        return None
    try:
        package()
    except Exception:
        return _finder.root
    return None


def archive() -> "Optional[Zip]":
    """Return the archive that this program runs from, or None if it runs from a folder."""
    if _finder is None or not _finder.is_archive:
        return None
    return _finder.importer().outer


def package() -> "Optional[Package]":
    """Return the package's files, or None if it runs from a source tree."""
    if _finder is None:
        return None
    return _finder.importer().package
