"""Import tools files and the modules beside them, as the files are now.

A finder and a loader for the folders of tools files alone. They neither read nor write
bytecode, so that a file rewritten within a second is the new one, and no `__pycache__` appears;
installed packages keep theirs. What the standard library has is never looked for there, so that
nobody else's import finds a user's file. https://docs.python.org/3/reference/import.html
"""

import ast
import os
import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
    SourcelessFileLoader,
)
from importlib.util import module_from_spec, spec_from_file_location
from types import CodeType, ModuleType
from typing import Dict, List, Optional, Sequence, Union

from cwd_server.toolkit.errors import DeclarationError
from cwd_server.toolkit.loading import packed_modules
from cwd_server.toolkit.loading.file_state import FileState, state_of
from cwd_server.toolkit.loading.module_names import Helpers, is_standard
from cwd_server.toolkit.loading.packed_modules import PackedFinder

INSTALLED = ("site-packages", "dist-packages")  # folders that belong to package installers

Finder = Union[FileFinder, PackedFinder]


def _is_file(path: str) -> bool:
    return packed_modules.has_file(path) or os.path.isfile(path)


_folders: List[str] = []  # of tools files, in the order of their arguments
_earlier_entries: List[str] = []  # of sys.path, before the first tools file
_helpers = Helpers(_is_file)
_files_read: Dict[str, FileState] = {}  # by path, as they were just before that


class SourceLoader(SourceFileLoader):
    """Load a module from its source, as that is now."""

    def get_data(self, path: object) -> bytes:
        """Return the content of a file; raise OSError."""
        packed = packed_modules.read(str(path))
        if packed is not None:
            return packed
        return super().get_data(str(path))

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of a module; raise DeclarationError for an import that means two."""
        path = self.get_filename(fullname)
        _files_read[path] = state_of(path)
        source = self.get_data(path)
        tree = ast.parse(source, path)
        _helpers.check(tree, path, _folders_around(path))
        if b"async" in source:
            _make_loop_current()
        code: CodeType = compile(tree, path, "exec", dont_inherit=True)
        return code


def _make_loop_current() -> None:
    """Let a file that is about to run find the event loop that its async functions will run on."""
    from cwd_server.toolkit import shared_loop  # which loads asyncio

    shared_loop.make_current()


def leave_loop() -> None:
    """Let this thread have no current event loop, if a file that was imported wanted one."""
    shared_loop = sys.modules.get("cwd_server.toolkit.shared_loop")
    if shared_loop is not None:
        shared_loop.leave_current()


class BesideFinder:
    """Find modules beside tools files, before those that are installed."""

    @classmethod
    def find_spec(
        cls,
        fullname: str,
        path: Optional[Sequence[str]] = None,
        target: Optional[ModuleType] = None,
    ) -> Optional[ModuleSpec]:
        """Return where a module is, or None."""
        if path is not None or is_standard(fullname):
            return None
        folders = list(_folders)
        if fullname in _helpers.paths:
            folders = _folders_around(_helpers.paths[fullname])
        for folder in folders:
            spec = _cached_finder(folder).find_spec(fullname)
            # Without a loader it is a namespace package, of which other folders may have a part
            if spec is not None and spec.loader is not None:
                return spec
        return None


def import_file(path: str) -> ModuleType:
    """Return the module that a tools file is, importing it if nobody has.

    path: absolute; of a symbolic link the target is imported, and modules beside either are found

    Raises whatever the file raises, and DeclarationError for a path that is no tools file.
    """
    real = os.path.realpath(path)
    if os.path.isdir(real):
        raise DeclarationError(f"{path}: this is a folder; name a file in it")
    if not _is_file(real):
        raise DeclarationError(f"{path}: there is no such file")
    if not real.endswith(".py"):
        raise DeclarationError(f"{path}: the name of a tools file ends in .py")
    for folder in (os.path.dirname(real), os.path.dirname(path)):
        _add_folder(folder)
    name = os.path.splitext(os.path.basename(real))[0]
    while is_standard(name) or _is_taken(name, real):
        name += "_"
    if name in sys.modules:
        return sys.modules[name]  # another tools file imported it
    return _import_as(name, real)


def _import_as(name: str, path: str) -> ModuleType:
    loader = SourceLoader(name, path)
    spec = spec_from_file_location(name, path, loader=loader)
    if spec is None:
        raise ImportError(f"{path}: no module can be made of it", name=name, path=path)
    module = sys.modules[name] = module_from_spec(spec)
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return sys.modules.get(name, module)


def _is_taken(name: str, path: str) -> bool:
    """Whether a module of this name is loaded that does not come from `path`."""
    if name not in sys.modules:
        return False
    return getattr(sys.modules[name], "__file__", None) != path


def _add_folder(folder: str) -> None:
    """Let the modules of a folder be imported."""
    if folder in _folders:
        return
    if not _folders:
        _earlier_entries.extend(entry for entry in sys.path if entry)
        sys.path_hooks.insert(0, _finder_for)
        sys.meta_path.insert(0, BesideFinder)
    _folders.append(folder)
    for known in list(sys.path_importer_cache):
        if _is_in(known, folder):
            del sys.path_importer_cache[known]  # looked into before it was known to be ours
    # For namespace packages, and for processes that are given this list
    if folder not in sys.path:
        sys.path.append(folder)


def _cached_finder(folder: str) -> Finder:
    finder = sys.path_importer_cache.get(folder)
    if finder is None:
        finder = sys.path_importer_cache[folder] = _finder_for(folder)
    return finder  # type: ignore[return-value]


def _finder_for(path: str) -> Finder:
    """Return the finder for a folder of ours; raise ImportError, as `sys.path_hooks` want it."""
    packed_path = os.path.normpath(path)  # an archive knows no `..`
    if packed_modules.has_folder(packed_path):  # wherever the tools are in it
        return PackedFinder(packed_path, SourceLoader)
    # runpy.run_path() asks for a file too, and takes a finder to mean that it is an archive
    if not is_beside_tools(path) or os.path.isfile(path):
        raise ImportError(f"no tools file is in {path}")
    return FileFinder(
        path,
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (SourceLoader, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )


def is_beside_tools(path: str) -> bool:
    """Whether a file or folder is in the folder of a tools file, and not installed there."""
    return bool(_folders_around(path))


def _folders_around(path: str) -> List[str]:
    """Return the folders of tools files that a file or folder is in, and is not installed in."""
    around = []
    for folder in _folders:
        if _is_in(path, folder) and not _is_installed(path, folder):
            around.append(folder)
    return around


def _is_installed(path: str, folder: str) -> bool:
    """Whether something in `folder` belongs to a Python that is in there, such as a venv."""
    parts = path[len(folder) :].split(os.sep)
    if any(part in INSTALLED for part in parts):
        return True
    return any(len(entry) > len(folder) and _is_in(path, entry) for entry in _earlier_entries)


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def loaded_modules() -> Dict[str, ModuleType]:
    """Return the modules that were loaded from the folders of tools files, by name."""
    found = {}
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if isinstance(getattr(spec, "loader", None), SourceLoader):
            found[name] = module
    return found


def files_read() -> Dict[str, FileState]:
    """Return the states that the files of the modules had when they were read, by path."""
    return dict(_files_read)


def take_modules() -> Dict[str, ModuleType]:
    """Forget the modules beside tools files, so that they are imported anew; return them."""
    modules = loaded_modules()
    for name in modules:
        del sys.modules[name]
    _helpers.paths.clear()
    _files_read.clear()
    _invalidate_finders()
    return modules


def put_modules(modules: Dict[str, ModuleType]) -> None:
    """Put modules back in the place of what was imported since they were taken."""
    for name in loaded_modules():
        del sys.modules[name]
    sys.modules.update(modules)


def _invalidate_finders() -> None:
    for folder, finder in sys.path_importer_cache.items():
        if finder is not None and is_beside_tools(folder):
            finder.invalidate_caches()  # type: ignore[attr-defined]
