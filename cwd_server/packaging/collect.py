"""Which files `pack` takes along, where they go in the archive, and what it leaves out."""

import ast
import glob
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from importlib.util import find_spec
from typing import Dict, List, NamedTuple, Sequence, Set, Tuple

from cwd_server.errors import UserError
from cwd_server.packaging import imports
from cwd_server.packaging.folders import is_below, levels_between, same_drive
from cwd_server.packaging.named_paths import NamedPath, named_paths
from cwd_server.toolkit.loading.module_names import is_standard

EXTENSIONS = (*EXTENSION_SUFFIXES, ".so", ".pyd", ".dylib", ".dll")
SKIPPED_FOLDERS = ("__pycache__", ".git", ".hg", ".svn", ".venv", "node_modules")
# Files that a program writes, and secrets: taken along when they are named with --include
PRIVATE = (".db", ".sqlite", ".sqlite3", ".log", ".key", ".pem", ".p12")
LEVELS = 2  # folders above a tools file that may belong to its project: `src/tools/my_tools.py`


class Collected(NamedTuple):
    """What goes into the archive, and what does not.

    files: paths by the name in the archive, below the folder of tools
    tools: the names of the tools files among them
    data: the names of those that are no Python source, and that code may want as files
    notes: a sentence for everything that is needed, or may be, and is not taken along
    """

    files: Dict[str, str]
    tools: List[str]
    data: List[str]
    notes: List[str]


class CollectError(UserError):
    """Files that cannot go into one archive together; exit status 1."""

    exit_status = 1


class Collector:
    """Collects the files of a server.

    tools: absolute paths of the tools files
    entries: folders that they have put on `sys.path`
    included: absolute paths, or names of installed packages, that the user wants along
    """

    def __init__(
        self, tools: Sequence[str], entries: Sequence[str], included: Sequence[str]
    ) -> None:
        self._tools = tools
        self._included = [_find_included(path) for path in included]
        # Those that are of the project keep their places in it, installed ones do not
        self._near: List[str] = []
        self._installed: List[str] = []
        for text, path in zip(included, self._included):
            is_path = os.path.exists(os.path.expanduser(text))
            if is_path and not _is_installed_there(path):
                self._near.append(path)
            else:
                self._installed.append(path)
        self._folders = _without_doubles([*_folders_of(tools), *entries])
        self._included_in = _folders_of(self._included)
        self._base = _common_folder(_folders_of(tools))
        self._searcher = imports.Searcher(_without_doubles([*self._folders, *self._included_in]))
        self._files: Dict[str, str] = {}
        self._packages: Set[str] = set()  # folders of packages that are taken along
        self._unread: List[Tuple[str, str]] = []  # sources, and the packages they are in
        self._missing: Dict[str, str] = {}  # the module, and the file that imports it
        self._data_named: Set[str] = set()  # by a text that is a file's name
        self._files_named: Set[str] = set()  # by way of `__file__`
        self._reads_beside: Set[str] = set()  # modules that read what is in their own folder

    def collect(self, loaded: Sequence[str]) -> Collected:
        """Find everything.

        loaded: files of modules that the tools have imported, however they did it
        """
        self._base = self._widen_base(self._base)
        for path in self._tools:
            self._take_source(path, package="")
        for path in loaded:
            self._take_source(path, package=self._package_of(path))
        for path in self._included:
            self._take_included(path)
        self._read_sources()
        for path in self._wanted_data():
            if not _is_private(path) and self._has_place(path):
                self._take(path)
        tools = [self._name_of(path) for path in self._tools]
        data = [name for name in sorted(self._files) if self._is_file_for_code(name)]
        return Collected(self._files, tools, data, self._notes())

    def _wanted_data(self) -> List[str]:
        """Return the files that code may want to open."""
        return sorted(self._data_named | self._files_named | self._data_of_packages())

    def _is_file_for_code(self, name: str) -> bool:
        """Whether code may want to open a file, which it can only when it is unpacked."""
        return not name.endswith(".py") or self._files[name] in self._files_named

    def _widen_base(self, base: str) -> str:
        """Return the folder below which files keep their places, relative to each other.

        It is `base`, or a folder up to LEVELS above it that has the others of the project too.
        """
        for folder in [*self._folders, *_folders_of(self._near), *self._folders_named()]:
            if not same_drive(base, folder):
                continue
            common = os.path.commonpath([base, folder])
            if common == base or levels_between(common, base) > LEVELS:
                continue
            if not _is_home_or_root(common):
                base = common
        return base

    def _folders_named(self) -> List[str]:
        """Return the folders of what tools files name by way of `__file__`."""
        found = []
        for tool in self._tools:
            for named in named_paths(_parse(tool), tool):
                if os.path.exists(named.path) and not is_below(tool, named.path):
                    found.append(os.path.dirname(named.path))
        return found

    def _name_of(self, path: str) -> str:
        """Return a file's name in the archive."""
        if is_below(path, self._base) and not _is_installed_there(path):
            return os.path.relpath(path, self._base).replace(os.sep, "/")
        # From elsewhere: beside the first tools file, where its imports look first
        for folder in [*self._included_in, *self._folders]:
            if is_below(path, folder):
                beside = os.path.relpath(os.path.dirname(self._tools[0]), self._base)
                name = os.path.normpath(os.path.join(beside, os.path.relpath(path, folder)))
                return name.replace(os.sep, "/")
        raise CollectError(f"{path}: in no folder that is packed")

    def _has_place(self, path: str) -> bool:
        """Whether a file is in a folder that is packed."""
        folders = [self._base, *self._folders, *self._included_in]
        return any(is_below(path, folder) for folder in folders)

    def _take(self, path: str) -> bool:
        """Take a file along; return whether it is new."""
        name = self._name_of(path)
        other = self._files.get(name)
        if other is None:
            self._files[name] = path
            return True
        if other != path and not os.path.samefile(other, path):
            raise CollectError(f"{other} and {path} would have one name in the archive: {name}")
        return False

    def _take_source(self, path: str, package: str) -> None:
        """Take a module along; what it imports is looked at in its turn."""
        if self._take(path):
            self._unread.append((path, package))

    def _read_sources(self) -> None:
        """Take along whatever is imported, by all that is taken along, and is not installed."""
        while self._unread:
            path, package = self._unread.pop()
            self._read_source(path, package)

    def _read_source(self, path: str, package: str) -> None:
        tree = _parse(path)
        self._note_data(tree, os.path.dirname(path))
        for named in named_paths(tree, path):
            self._note_named(named, path)
        for imported in imports.imports_in(tree, package):
            self._follow(imported, path)
        for name in imports.packages_with_data(tree):
            self._follow(imports.Import(name, False), path)
            self._note_data_of(name)

    def _follow(self, imported: imports.Import, importer: str) -> None:
        top = imported.name.partition(".")[0]
        if top == "cwd_server" or is_standard(top):
            return
        found = [path for path in self._searcher.find(imported) if self._is_wanted(path)]
        if not found and not _is_namespace(top, self._folders):
            if imported.is_sure:
                self._missing.setdefault(top, importer)
            return
        for path in found:
            self._take_source(path, self._package_of(path))
            if os.path.basename(path) == "__init__.py":
                self._take_modules_of(os.path.dirname(path))

    def _is_wanted(self, path: str) -> bool:
        """Whether a module is the project's, or of an installed package that is included."""
        included = any(is_below(path, package) for package in self._installed)
        return included or not _is_installed_there(path)

    def _take_modules_of(self, folder: str) -> None:
        """Take all modules of a package: which ones it imports, it may decide when it runs."""
        if folder in self._packages:
            return
        self._packages.add(folder)
        for path in _files_in(folder):
            _refuse_extension(path, folder)
            if path.endswith(".py"):
                self._take_source(path, self._package_of(path))

    def _package_of(self, path: str) -> str:
        """Return the package that a module is in, or is."""
        folder = os.path.dirname(path)
        roots = [*self._folders, *self._included_in]
        for root in sorted(roots, key=len, reverse=True):  # the nearest one
            if folder == root:
                return ""
            if is_below(folder, root):
                return os.path.relpath(folder, root).replace(os.sep, ".")
        return ""

    def _take_included(self, path: str) -> None:
        files = [path] if os.path.isfile(path) else list(_files_in(path))
        for file in files:
            _refuse_extension(file, path)
            if file.endswith(".py"):
                self._take_source(file, self._package_of(file))
            elif _is_data(file):
                self._take(file)

    def _note_data(self, tree: ast.AST, folder: str) -> None:
        """Note the files that a module names, such as "data.csv" beside it."""
        for text in imports.texts_in(tree):
            if 0 < len(text) < 200 and "\0" not in text and "\n" not in text:
                path = os.path.normpath(os.path.join(folder, text))
                if os.path.isfile(path) and not os.path.isabs(text) and not path.endswith(".py"):
                    self._data_named.add(path)

    def _note_data_of(self, package: str) -> None:
        """Note the files of a package, or of a folder without modules that is asked for as one."""
        for root in self._folders:
            folder = os.path.join(root, *package.split("."))
            self._data_named.update(filter(_is_data, _files_in(folder)))

    def _note_named(self, named: NamedPath, module: str) -> None:
        """Note the files that a module names by way of `__file__`: one, or all in a folder."""
        path = named.path
        if os.path.isdir(path):
            if is_below(module, path) or os.path.realpath(path) in self._folders:
                if not named.is_whole:
                    self._reads_beside.add(module)
                return
            files = _files_in(path)
        elif glob.has_magic(path):
            files = glob.glob(path, recursive=True)
        else:
            files = [path]
        for file in filter(os.path.isfile, files):
            is_source = file.endswith(".py")
            if file != module and (is_source or _is_data(file)):
                self._files_named.add(file)
                if is_source and self._has_place(file):
                    self._take_source(file, self._package_of(file))

    def _notes(self) -> List[str]:
        notes = []
        for module, importer in sorted(self._missing.items()):
            where = os.path.basename(importer)
            if _is_installed(module):
                notes.append(
                    f"not taken along: {module}, which {where} imports; it must be installed"
                    f" where the server runs, or be packed with --include {module}"
                )
            else:
                notes.append(f"not found: {module}, which {where} imports")
        for path in self._wanted_data():
            if path not in self._files.values():
                shown = os.path.relpath(path) if same_drive(path, os.getcwd()) else path
                notes.append(f"not taken along: {shown}; to take it: --include {shown}")
        for module in sorted(self._reads_beside):
            if self._leaves_data_beside(module):
                notes.append(
                    f"{os.path.basename(module)} reads files in its own folder, and only when it"
                    " runs it knows which: take them with --include"
                )
        return notes

    def _leaves_data_beside(self, module: str) -> bool:
        """Whether there are data files beside a module that are not taken along."""
        folder = os.path.dirname(module)
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and _is_data(path) and path not in self._files.values():
                return True
        return False

    def _data_of_packages(self) -> Set[str]:
        """Return the files that are in packages which are taken along, and are no modules."""
        folders = set()
        for path in self._files.values():
            if path.endswith(".py") and self._package_of(path):
                folders.add(os.path.dirname(path))
        return {file for folder in folders for file in _files_in(folder) if _is_data(file)}


def _parse(path: str) -> ast.AST:
    """Return a module's code; none if it is none, as then nobody imports it."""
    with open(path, "rb") as file:
        source = file.read()
    try:
        return ast.parse(source, path)
    except (SyntaxError, ValueError, RecursionError):
        return ast.parse("")


def _find_included(text: str) -> str:
    """Return the path that is meant by a path, or by the name of an installed package."""
    path = os.path.abspath(os.path.expanduser(text))
    if os.path.exists(path):
        return path
    if text.isidentifier():
        spec = PathFinder.find_spec(text, [entry for entry in sys.path if entry])
        if spec is not None and spec.origin and os.path.basename(spec.origin) == "__init__.py":
            return os.path.dirname(spec.origin)
        if spec is not None and spec.origin:
            return spec.origin
    raise UserError(f"--include {text}: there is no such file, folder or installed package")


def _is_installed_there(path: str) -> bool:
    """Whether a path is in a folder of a package installer."""
    parts = os.path.dirname(path).split(os.sep)
    return "site-packages" in parts or "dist-packages" in parts


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _is_namespace(name: str, folders: Sequence[str]) -> bool:
    return any(os.path.isdir(os.path.join(folder, name)) for folder in folders)


def _is_private(path: str) -> bool:
    name = os.path.basename(path)
    return name.startswith(".") or name.endswith(PRIVATE)


def _refuse_extension(path: str, package: str) -> None:
    if path.endswith(EXTENSIONS):
        raise CollectError(
            f"{package} cannot be packed: {os.path.basename(path)} is compiled for one Python"
            " and one system; install it where the server runs"
        )


def _is_data(path: str) -> bool:
    return not path.endswith((".py", ".pyc", ".pyi", "py.typed", *EXTENSIONS))


def _files_in(folder: str) -> List[str]:
    """Return all files below a folder, sorted, but for what programs leave there."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - set(SKIPPED_FOLDERS))  # os.walk goes on with these
        for name in sorted(names):
            if not name.endswith(".pyc"):
                found.append(os.path.join(place, name))
    return found


def _common_folder(folders: Sequence[str]) -> str:
    """Return the folder that all tools files are in or below."""
    try:
        common = os.path.commonpath(list(folders))
    except ValueError:
        raise UserError("tools files on two drives cannot be packed together") from None
    return common


def _folders_of(paths: Sequence[str]) -> List[str]:
    """Return the folder that each file, or folder, is in."""
    return [os.path.dirname(path) for path in paths]


def _is_home_or_root(folder: str) -> bool:
    """Whether a folder has whatever a user has, rather than one project."""
    return folder in (os.path.expanduser("~"), os.path.dirname(folder))


def _without_doubles(paths: Sequence[str]) -> List[str]:
    found: List[str] = []
    for path in paths:
        if path not in found:
            found.append(path)
    return found
