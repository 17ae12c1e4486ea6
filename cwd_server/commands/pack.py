"""`pack`: write an archive of one's own, with the tools of some files and what they need."""

import argparse
import filecmp
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from typing import Dict, List, Optional, Sequence

from cwd_server import location, snapshot
from cwd_server.app import Packed
from cwd_server.commands.errors import CommandError
from cwd_server.commands.options import CommandOptions
from cwd_server.packaging import archive, collect, manifest
from cwd_server.packaging.startup import PACKED
from cwd_server.toolkit.loading import importer
from cwd_server.toolkit.loading.loader import load_tools
from cwd_server.toolkit.tool import Tool
from cwd_server.tools import TOOLS

START_TIMEOUT = 60  # seconds that the new server gets to say what it offers


class PackOptions(CommandOptions):
    """What `pack` is asked for."""

    files: List[str]
    output: str
    name: Optional[str]
    version: str
    title: Optional[str]
    with_get_cwd: bool
    include: List[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the tools files, what goes along, and what the server is called."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="where the tools are")
    parser.add_argument(
        "-o", dest="output", required=True, metavar="OUT", help="the archive to write"
    )
    parser.add_argument(
        "--include",
        action="append",
        default=[],
        metavar="PATH",
        help="take a file, a folder or an installed package along; may be given again",
    )
    parser.add_argument("--name", help="of the server; without it, that of OUT")
    parser.add_argument("--version", default="1.0.0", help="without it, 1.0.0")
    parser.add_argument("--title", help="for people; without it, the name")
    parser.add_argument("--with-get-cwd", action="store_true", help="offer get_cwd as well")
    # As it was called in 1.0
    parser.add_argument(
        "--entry-cwd-tool", dest="with_get_cwd", action="store_true", help=argparse.SUPPRESS
    )


def run(options: PackOptions) -> int:
    """Write the archive, and say what it offers and what it leaves out."""
    _require_overwritable(options.output)
    paths = [os.path.realpath(os.path.expanduser(path)) for path in options.files]
    before = list(sys.path)
    offered = load_tools(paths, TOOLS if options.with_get_cwd else [])
    collector = collect.Collector(paths, _added_entries(before), options.include)
    collected = collector.collect(_loaded_files())
    files = _read_files(collected)
    packed = _describe(options, collected, files)
    content = _archive_bytes(files, packed, offered)
    _require_that_it_starts(content, os.path.basename(options.output), offered)
    archive.write_file(options.output, content, is_program=True)
    for note in collected.notes:
        print(note, file=sys.stderr)
    names = ", ".join(tool.name for tool in offered)
    print(f"wrote {options.output}, which offers {names}")
    if collected.data:
        print(f"with it go {', '.join(collected.data)}: the first start unpacks them for the user")
    return 0


def _require_overwritable(output: str) -> None:
    """Raise CommandError unless nothing is there, or what `pack` itself has written."""
    if not os.path.lexists(output):
        return
    if os.path.exists(output) and os.path.samefile(output, location.program_path()):
        raise CommandError(f"{output} is this program itself: choose another name with -o")
    if not _is_replaceable(output):
        raise CommandError(
            f"{output} exists and is not an archive that pack wrote: it is left as it is;"
            " choose another name with -o"
        )


def _is_replaceable(path: str) -> bool:
    """Whether a file may be overwritten: `pack` wrote it, or it is another version of ours.

    A copy of the program that runs is kept for a reason, and so is one that has its name.
    """
    if not os.path.isfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as existing:
            names = existing.namelist()
    except (OSError, zipfile.BadZipFile):
        return False
    if snapshot.PACKAGE not in names:
        return False
    return PACKED in names or not _is_copy(path)


def _is_copy(path: str) -> bool:
    """Whether a file is this program under any name, or any version of it under its own."""
    if os.path.basename(path).startswith("cwd_server"):
        return True
    return filecmp.cmp(path, location.program_path(), shallow=False)


def _added_entries(before: Sequence[str]) -> List[str]:
    """Return the folders that tools files have put on `sys.path`."""
    added = []
    for entry in sys.path:
        if entry and entry not in before and os.path.isdir(entry):
            added.append(os.path.realpath(entry))
    return added


def _loaded_files() -> List[str]:
    """Return the source files of the modules that the tools have imported from beside them."""
    files = []
    for module in importer.loaded_modules().values():
        path = getattr(module, "__file__", None)
        if path is not None and path.endswith(".py"):
            files.append(os.path.realpath(path))
    return files


def _read_files(collected: collect.Collected) -> Dict[str, bytes]:
    """Return the user's files by their names in the archive, line ends as they are."""
    files = {}
    for name, path in collected.files.items():
        with open(path, "rb") as file:
            files[archive.TOOLS + name] = file.read()
    return files


def _describe(
    options: PackOptions, collected: collect.Collected, files: Dict[str, bytes]
) -> Packed:
    name = options.name or os.path.splitext(os.path.basename(options.output))[0]
    unpack: Optional[Dict[str, object]] = None
    if collected.data:
        unpack = {"digest": _digest(files), "sizes": _sizes(files)}
    return Packed(
        name=name,
        version=options.version,
        title=options.title or name,
        files=collected.tools,
        cwd_tool=options.with_get_cwd,
        unpack=unpack,
    )


def _digest(files: Dict[str, bytes]) -> str:
    """Return what tells the content of these files from any other."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0".encode())
        whole.update(files[name])
    return whole.hexdigest()[:32]


def _sizes(files: Dict[str, bytes]) -> Dict[str, int]:
    return {name[len(archive.TOOLS) :]: len(files[name]) for name in sorted(files)}


def _archive_bytes(files: Dict[str, bytes], packed: Packed, offered: Sequence[Tool]) -> bytes:
    everything = archive.package_files()
    everything.update(files)
    for folder in archive.folders_of(list(files)):
        everything[folder] = b""
    fields = {field: getattr(packed, field) for field in Packed.__slots__}
    everything[PACKED] = json.dumps(fields, sort_keys=True).encode("ascii")
    everything["manifest.json"] = manifest.bundle_manifest(packed, offered)
    return archive.archive_bytes(everything)


def _require_that_it_starts(content: bytes, file_name: str, offered: Sequence[Tool]) -> None:
    """Start the archive in an empty folder, and ask for its tools; raise CommandError."""
    with tempfile.TemporaryDirectory(prefix="cwd_server-pack-") as folder:
        path = os.path.join(folder, file_name)
        with open(path, "wb") as file:
            file.write(content)
        listed = _ask_for_tools(path, folder)
    expected = [tool.name for tool in offered]
    if listed != expected:
        raise CommandError(
            f"what would be packed offers {listed}, not {expected}; nothing is written"
        )


def _ask_for_tools(path: str, folder: str) -> List[object]:
    """Return the names of the tools that an archive offers when it is served."""
    # What has to be unpacked for this goes when the folder does
    environment = dict(os.environ, XDG_CACHE_HOME=folder, LOCALAPPDATA=folder)
    request = b'{"jsonrpc": "2.0", "id": 1, "method": "ListTools"}\n'
    try:
        done = subprocess.run(
            [sys.executable, path],
            input=request,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment,
            timeout=START_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CommandError(
            f"what would be packed says nothing for {START_TIMEOUT} s; nothing is written"
        ) from None
    try:
        result = json.loads(done.stdout.decode("ascii"))["result"]
    except (ValueError, KeyError):
        said = done.stderr.decode("utf-8", "replace").strip() or f"exit status {done.returncode}"
        raise CommandError(
            f"what would be packed does not start: {said}; nothing is written"
        ) from None
    return [tool["name"] for tool in result["tools"]]
