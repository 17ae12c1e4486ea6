"""Write an archive: used by build_zipapp.py for this server and by `pack` for a user's own.

The same files give the same bytes, whatever the day, machine and Python: entries are sorted and
dated 1980-01-01. https://docs.python.org/3/library/zipapp.html
"""

import glob
import io
import os
import tempfile
import zipfile
from typing import Dict, List

from cwd_server import location, snapshot
from cwd_server.packaging import bytecode

Files = Dict[str, bytes]  # content by the name in the archive, with / between folders

SHEBANG = b"#!/usr/bin/env python3\n"
OLDEST_DATE = (1980, 1, 1, 0, 0, 0)  # that a zip can say
OURS = (
    "LICENSE",
    "__main__.py",
    "__main__.pyc",
    "bytecode/*",
    "cwd_server/*.py",
    "cwd_server/*/*.py",
)
TOOLS = "tools/"  # where `pack` puts a user's own

# What is read at each start stays as it is; so do our own compressed entries. The rest is read
# when it is needed
STORED = ("__main__.py", "__main__.pyc", "bytecode/")


def package_files() -> Files:
    """Return the files of this program: from its archive, an unpacked archive, or a source tree."""
    archive = snapshot.archive()
    if archive is not None:
        files = {name: archive.read(name) for name in archive.names()}
    elif location.runs_from_archive():  # imported from it, as tests of tools do
        files = _read_archive(location.ROOT)
    else:
        files = _read_folder(location.ROOT)
    return {name: content for name, content in files.items() if _is_ours(name)}


def _is_ours(name: str) -> bool:
    """Whether a file is this program's, rather than what says what is offered."""
    return name in ("LICENSE", "__main__.py", "__main__.pyc") or name.startswith(
        ("bytecode/", "cwd_server/")
    )


def _read_archive(path: str) -> Files:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _read_folder(root: str) -> Files:
    files = {}
    for pattern in OURS:
        for path in glob.glob(os.path.join(glob.escape(root), pattern)):
            name = os.path.relpath(path, root).replace(os.sep, "/")
            with open(path, "rb") as file:
                content = file.read()
            if (
                name.endswith(".py") or name == "LICENSE"
            ):  # git may have written its lines with \r\n
                content = content.replace(b"\r\n", b"\n")
            files[name] = content
    first_file = files.pop("cwd_server/packaging/bootstrap.py", None)
    if first_file is not None:
        files["__main__.py"] = bytecode.bootstrap_source(first_file)
    return files


def archive_bytes(files: Files) -> bytes:
    """Return an executable archive of the files."""
    content = io.BytesIO(SHEBANG)
    with zipfile.ZipFile(content, "a") as archive:  # behind the shebang, which the offsets count
        for name in sorted(files):
            archive.writestr(_entry(name), files[name])
    return content.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """Return what an archive says of a file, or of a folder, whose name ends in `/`."""
    entry = zipfile.ZipInfo(name, OLDEST_DATE)
    entry.create_system = 3  # Unix, on every system
    is_folder = name.endswith("/")
    entry.external_attr = (0o40755 if is_folder else 0o100644) << 16
    if not is_folder and not name.startswith(STORED):
        entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def folders_of(names: "List[str]") -> "List[str]":
    """Return the names of the folders that files are in, which make folders without `__init__.py` importable."""
    folders = set()
    for name in names:
        folder = name.rpartition("/")[0]
        while folder:
            folders.add(folder + "/")
            folder = folder.rpartition("/")[0]
    return sorted(folders)


def write_file(path: str, content: bytes, is_program: bool = False) -> None:
    """Write a file aside and move it into place, so that nobody ever sees half of it; raise
    OSError.

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
        os.chmod(aside, (0o777 if is_program else 0o666) & ~_umask())
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
