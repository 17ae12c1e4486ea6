"""The files of a packed server's tools, and how Python finds modules among them."""

import os
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from types import ModuleType
from typing import Dict, List, Optional, Type

from cwd_server import location, snapshot

_files: Optional[Dict[str, bytes]] = None  # by path; read once


def read(path: str) -> Optional[bytes]:
    """Return the content of a file of the archive's tools, or None for any other path."""
    return _all().get(path)


def has_file(path: str) -> bool:
    """Whether a file is one of the archive's tools."""
    return path in _all()


def has_folder(path: str) -> bool:
    """Whether a folder is in the archive, with files of the tools in it or in folders of it."""
    if not path.startswith(location.packed_tools_folder()):
        return False
    return any(name.startswith(path + os.sep) for name in _all())


def _all() -> Dict[str, bytes]:
    global _files
    if _files is None:
        _files = _read_archive()
    return _files


def _read_archive() -> Dict[str, bytes]:
    """Return all files of the archive that are below the folder of tools, by path."""
    found: Dict[str, bytes] = {}
    archive = snapshot.archive()
    if archive is None:
        return found
    root = location.packed_tools_folder()
    for name in archive.names():
        parts = name.split("/")
        if parts[0] == os.path.basename(root) and parts[-1]:
            found[os.path.join(root, *parts[1:])] = archive.read(name)
    return found


class PackedFinder:
    """Find modules in a folder of a packed server's tools.

    loader: what loads them
    """

    def __init__(self, folder: str, loader: Type[SourceFileLoader]) -> None:
        self._folder = folder
        self._loader = loader

    def find_spec(
        self, fullname: str, target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        """Return where a module is, or None."""
        path = os.path.join(self._folder, fullname.rpartition(".")[2])
        package = os.path.join(path, "__init__.py")
        if has_file(package):
            return self._spec(fullname, package, [path])
        if has_file(path + ".py"):
            return self._spec(fullname, path + ".py", None)
        if has_folder(path):
            namespace = ModuleSpec(fullname, None, is_package=True)
            namespace.submodule_search_locations = [path]
            return namespace
        return None

    def _spec(self, name: str, path: str, folders: Optional[List[str]]) -> Optional[ModuleSpec]:
        spec = spec_from_loader(name, self._loader(name, path), origin=path)
        if spec is not None:
            spec.submodule_search_locations = folders
            spec.has_location = True
        return spec

    def invalidate_caches(self) -> None:
        """Do nothing: what was read stays as it is."""
