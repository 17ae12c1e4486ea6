"""Reads the archive that `snapshot` holds in memory: its entries, and the package's modules.

Most starts need nothing from it, so it is not among the modules that are loaded at once:
`snapshot` keeps this file's source, and runs that when something is asked for.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType
    from typing import Dict, List, Optional, Tuple

# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.3.7, 4.3.12 and 4.3.16,
# where fields are too
END_MARK = b"PK\x05\x06"
HEADER_SIZE = 30  # bytes before an entry's data, and before its name
ENTRY_SIZE = 46  # bytes of an entry in the directory, before its name
DEFLATED = 8


class Zip:
    """A zip file's content in memory, found by name. Its directory is read when it is needed."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._entries: Optional[Dict[str, Entry]] = None

    def names(self) -> "List[str]":
        """Return the names of all entries, with `/` between folders."""
        return list(self._find_entries())

    def __contains__(self, name: str) -> bool:
        return name in self._find_entries()

    def read(self, name: str) -> bytes:
        """Return the content of an entry; raise KeyError if there is none of that name.

        Raises zlib.error or ValueError if it is damaged.
        """
        entry = self._find_entries()[name]
        data = self._content[entry.start : entry.start + entry.size]
        if not entry.is_deflated:
            return data
        import zlib

        content = zlib.decompress(data, -15)  # no header: what a zip holds is the bare stream
        if zlib.crc32(content) != entry.checksum:
            raise ValueError(f"{name} is damaged")
        return content

    def _find_entries(self) -> "Dict[str, Entry]":
        if self._entries is None:
            self._entries = _read_directory(self._content)
        return self._entries


class Entry:
    """Where an entry's data is: `size` bytes at `start`; and the CRC-32 of its content."""

    __slots__ = ("checksum", "is_deflated", "size", "start")

    def __init__(self, start: int, size: int, checksum: int, is_deflated: bool) -> None:
        self.start = start
        self.size = size
        self.checksum = checksum
        self.is_deflated = is_deflated


def _read_directory(content: bytes) -> "Dict[str, Entry]":
    """Read where the entries of a zip of less than 4 GiB are."""
    end = content.rindex(END_MARK)
    count = _integer(content, end + 10, 2)
    place = _integer(content, end + 16, 4)
    entries = {}
    for _ in range(count):
        name_size = _integer(content, place + 28, 2)
        extra_size = _integer(content, place + 30, 2)
        comment_size = _integer(content, place + 32, 2)
        name_start = place + ENTRY_SIZE
        name = content[name_start : name_start + name_size].decode("utf-8")
        entries[name] = _read_entry(content, place)
        place = name_start + name_size + extra_size + comment_size
    return entries


def _read_entry(content: bytes, place: int) -> Entry:
    """Read an entry's part of the directory, at `place`, and the size of its header."""
    is_deflated = _integer(content, place + 10, 2) == DEFLATED
    size = _integer(content, place + 20, 4)
    header = _integer(content, place + 42, 4)
    name_size = _integer(content, header + 26, 2)
    extra_size = _integer(content, header + 28, 2)
    start = header + HEADER_SIZE + name_size + extra_size
    return Entry(start, size, _integer(content, place + 16, 4), is_deflated)


def _integer(content: bytes, place: int, size: int) -> int:
    return int.from_bytes(content[place : place + size], "little")


class Package:
    """The package's files, one behind the other: an index in front says the size of each.

    Each of its lines has a size in bytes, a space and a name; an empty line ends it.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._places: Dict[str, Tuple[int, int]] = {}  # where a file begins and ends
        index, _, _ = content.partition(b"\n\n")
        start = len(index) + 2
        for line in index.decode("utf-8").split("\n"):
            size, _, name = line.partition(" ")
            end = start + int(size)
            self._places[name] = (start, end)
            start = end

    def names(self) -> "List[str]":
        """Return the names of all files, with `/` between folders."""
        return list(self._places)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def read(self, name: str) -> bytes:
        """Return the content of a file; raise KeyError if there is none of that name."""
        start, end = self._places[name]
        return self._content[start:end]


class PackageImporter:
    """The finder and loader of the package cwd_server.

    root: the path of the archive, or of the folder that it was unpacked to
    outer: the archive, or what stands for it: the package's files, and those beside them
    package_entry: the name of the package's files in it
    compiled: of modules that come compiled, by name: whether it is a package, and its code
    """

    def __init__(
        self, root: str, outer: Zip, package_entry: str, compiled: "Dict[str, Tuple[bool, bytes]]"
    ) -> None:
        self._compiled = compiled
        self._root = root
        self.outer = outer
        self._package_entry = package_entry
        self._package: Optional[Package] = None

    @property
    def package(self) -> Package:
        """The package's files; decompressed when the first is asked for."""
        if self._package is None:
            import zlib

            self._package = Package(zlib.decompress(self.outer.read(self._package_entry)))
        return self._package

    def find_spec(self, name: str) -> "Optional[ModuleSpec]":
        """Return how to load a module of this program; None if there is none of that name."""
        entry = self._entry_of(name)
        if entry is None:
            return None
        from importlib.machinery import ModuleSpec

        is_package = entry.endswith("/__init__.py")
        loader: Loader = self  # type: ignore[assignment]  # without importing the base class
        spec = ModuleSpec(name, loader, origin=self._path_of(entry), is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(self._path_of(entry))]
        return spec

    def create_module(self, spec: "ModuleSpec") -> None:
        """Leave it to Python to make the module."""

    def exec_module(self, module: "ModuleType") -> None:
        """Run a module's source in it."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102

    def get_code(self, name: str) -> "CodeType":
        """Return a module's code, compiled anew if it does not come compiled."""
        if name in self._compiled:
            import marshal

            code: CodeType = marshal.loads(self._compiled[name][1])
            return code
        entry = self._existing_entry_of(name)
        return compile(self._read(entry), self._path_of(entry), "exec", dont_inherit=True)

    def get_source(self, name: str) -> str:
        """Return a module's source, which a traceback shows."""
        return self._read(self._existing_entry_of(name)).decode("utf-8")

    def get_filename(self, name: str) -> str:
        """Return what a module's `__file__` is."""
        return self._path_of(self._existing_entry_of(name))

    def is_package(self, name: str) -> bool:
        """Whether a module is a package."""
        return self._existing_entry_of(name).endswith("/__init__.py")

    def get_data(self, path: str) -> bytes:
        """Return the content of a file of the package; raise OSError if there is none."""
        name = path[len(self._root) + 1 :].replace(os.sep, "/")
        if not self._has(name):
            raise FileNotFoundError(2, "no such file in the archive", path)
        return self._read(name)

    def _has(self, name: str) -> bool:
        return name in self.outer or name in self.package

    def _read(self, name: str) -> bytes:
        """Return the content of a file of the package, which may be beside the others."""
        if name in self.outer:
            return self.outer.read(name)
        return self.package.read(name)

    def _entry_of(self, name: str) -> "Optional[str]":
        place = name.replace(".", "/")
        if name in self._compiled:  # without decompressing the package
            is_package, _ = self._compiled[name]
            if is_package:
                return place + "/__init__.py"
            return place + ".py"
        for entry in (place + ".py", place + "/__init__.py"):
            if self._has(entry):
                return entry
        return None

    def _existing_entry_of(self, name: str) -> str:
        entry = self._entry_of(name)
        if entry is None:
            raise ImportError(f"there is no module {name} in {self._root}", name=name)
        return entry

    def _path_of(self, entry: str) -> str:
        return os.path.join(self._root, *entry.split("/"))


class UnpackedArchive(Zip):
    """The folder that an archive was unpacked to: what an importer needs of the archive.

    files: content by name
    """

    def __init__(self, files: "Dict[str, bytes]") -> None:
        super().__init__(b"")
        self._files = files

    def names(self) -> "List[str]":
        """Return the names of the files."""
        return list(self._files)

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        return self._files[name]
