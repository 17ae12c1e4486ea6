"""Write an archive: used by build_zipapp.py for this server and by `pack` for a user's own.

The same files give the same bytes, whatever the day, machine and Python: entries are sorted and
dated 1980-01-01. https://docs.python.org/3/library/zipapp.html
"""

import glob
import io
import os
import tempfile
import zipapp
import zipfile
from typing import Dict, List, Tuple

from cwd_server import location, snapshot
from cwd_server.packaging import bytecode

Files = Dict[str, bytes]  # content by the name in the archive, with / between folders

INTERPRETER = "/usr/bin/env python3"
SHEBANG = f"#!{INTERPRETER}\n".encode("ascii")
OLDEST_DATE = (1980, 1, 1, 0, 0, 0)  # that a zip can say
PACKAGE_FOLDER = "cwd_server/"
FIRST_MODULE = "cwd_server/__init__.py"
TOOLS = location.TOOLS_FOLDER + "/"
BOOTSTRAP = PACKAGE_FOLDER + "packaging/bootstrap.py"
STRIPPER = "cwd_server/packaging/source.py"  # an archive's files are stripped already
OURS = (
    "LICENSE",
    "__main__.py",
    "__main__.pyc",
    bytecode.ENTRY,
    "cwd_server/*.py",
    "cwd_server/*/*.py",
    "cwd_server/*/*/*.py",
    "cwd_server/guide/*.md",
)
TEXTS = ("LICENSE", ".py", ".md")  # whose lines git may have written with \r\n

# What is not compressed here: what each start reads, what a Python without zlib needs to say so,
# and what is compressed already
STORED = (
    "__main__.py",
    "__main__.pyc",
    bytecode.ENTRY,
    snapshot.PACKAGE,
    FIRST_MODULE,
    "cwd_server/__main__.py",
)

# Added to the package's first module, for those who import it from an archive on PYTHONPATH
OPEN_PACKAGE = b"""
import os
import sys

try:
    import zlib
except ImportError:
    zlib = None

if zlib is not None and sys.version_info >= (3, 6):
    from cwd_server import snapshot

    _root = os.path.dirname(os.path.dirname(__file__))

    def _read(name):
        return __loader__.get_data(os.path.join(_root, name))

    snapshot.take(os.path.abspath(_root), _read)
"""


def package_files() -> Files:
    """Return the files of this program: from its archive, an unpacked archive, or a source tree.

    The modules are as in a source tree, but for `bootstrap`, which is `__main__.py`, and for what
    `source.strip` leaves out.
    """
    archive = snapshot.archive()
    if archive is None:
        files = _read_folder(location.ROOT)
    else:
        files = {name: archive.read(name) for name in archive.names()}
    package = snapshot.package()
    if package is not None:
        files.update({name: package.read(name) for name in package.names()})
    return {name: content for name, content in files.items() if _is_ours(name)}


def _is_ours(name: str) -> bool:
    """Whether a file is this program's: no user's tool, no manifest, and not what `pack` notes."""
    is_first = name in ("LICENSE", "__main__.py", "__main__.pyc", bytecode.ENTRY)
    return is_first or name.startswith(PACKAGE_FOLDER)


def _read_folder(root: str) -> Files:
    files = {}
    for pattern in OURS:
        for path in glob.glob(os.path.join(glob.escape(root), pattern)):
            name = os.path.relpath(path, root).replace(os.sep, "/")
            with open(path, "rb") as file:
                content = file.read()
            if name.endswith(TEXTS):
                content = content.replace(b"\r\n", b"\n")
            files[name] = content
    first_file = files.pop(BOOTSTRAP, None)
    if first_file is not None:  # a source tree
        from cwd_server.packaging import source

        del files[STRIPPER]
        for name, content in files.items():
            if name.endswith(".py"):
                files[name] = source.strip(content)
        files["__main__.py"] = source.strip(first_file)
    return files


def archive_bytes(files: Files) -> bytes:
    """Return an executable archive of the files."""
    package = {}
    outer = {}
    for name, content in files.items():
        if name.startswith(PACKAGE_FOLDER):
            package[name] = content
        else:
            outer[name] = content
    for name in snapshot.ENTRY_MODULES:
        if name != FIRST_MODULE:
            outer[name] = package.pop(name)
    outer[FIRST_MODULE] = package[FIRST_MODULE] + OPEN_PACKAGE
    outer[snapshot.PACKAGE] = bytecode.compress(_package_content(package))
    return _make_executable(zip_bytes(outer, head=SHEBANG))


def _package_content(files: Files) -> bytes:
    """Return all files as archive_reader.Package reads them.

    In a zip of their own each would have two headers, which are hard to compress.
    """
    index = ""
    contents = []
    for name in sorted(files, key=_kind_and_name):
        index += f"{len(files[name])} {name}\n"
        contents.append(files[name])
    return index.encode("utf-8") + b"\n" + b"".join(contents)


def _kind_and_name(name: str) -> Tuple[str, str]:
    """Return what sorts files so that code stands by code and text by text, for compression."""
    return os.path.splitext(name)[1], name


def _make_executable(archive: bytes) -> bytes:
    """Return an archive with the line that lets Unix start it, which its offsets count already."""
    executable = io.BytesIO()
    zipapp.create_archive(io.BytesIO(archive), executable, interpreter=INTERPRETER)
    return executable.getvalue()


def zip_bytes(files: Files, head: bytes = b"") -> bytes:
    """Return a zip file behind `head`, which its offsets count: always the same bytes."""
    content = io.BytesIO(head)
    with zipfile.ZipFile(content, "a") as archive:
        for name in sorted(files):
            entry = _entry(name)
            if name not in STORED:
                entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return content.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """Return what an archive says of a file, or of a folder, whose name ends in `/`."""
    entry = zipfile.ZipInfo(name, OLDEST_DATE)
    entry.create_system = 3  # Unix, on every system
    mode = 0o100644  # a file that all may read
    if name.endswith("/"):
        mode = 0o40755
    entry.external_attr = mode << 16
    return entry


def folders_of(names: "List[str]") -> "List[str]":
    """Return the folders of files: entries that make those without `__init__.py` importable."""
    folders = set()
    for name in names:
        folder = name.rpartition("/")[0]
        while folder:
            folders.add(folder + "/")
            folder = folder.rpartition("/")[0]
    return sorted(folders)


def write_file(path: str, content: bytes, is_program: bool = False) -> None:
    """Write a file aside and move it into place: nobody ever sees half of it. Raises OSError.

    Its mode is that of any new file of this user; a program's can be run too.
    """
    target = os.path.realpath(path)  # of a link, what it leads to
    folder = os.path.dirname(target)
    try:
        descriptor, aside = tempfile.mkstemp(prefix=".cwd_server-", dir=folder)
    except OSError as error:
        error.filename = path  # which is the one that the user knows
        raise
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        mode = 0o777 if is_program else 0o666
        os.chmod(aside, mode & ~_umask())
        os.replace(aside, target)
    except BaseException as error:
        os.unlink(aside)
        if isinstance(error, OSError):
            error.filename = path
        raise


def _umask() -> int:
    """Return which permissions this process does not give to new files."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
