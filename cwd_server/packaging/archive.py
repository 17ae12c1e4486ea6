"""Write a .pyz: used by build_zipapp.py for this server and by `pack` for a user's own.

The same files give the same bytes, whatever the day, machine and Python: entries are stored, sorted,
and dated 1980-01-01. https://docs.python.org/3/library/zipapp.html
"""

import glob
import io
import json
import os
import re
import zipapp
import zipfile
from typing import Dict, Sequence

from cwd_server import JSON, tools
from cwd_server.app import SERVER_INFO
from cwd_server.toolkit.tool import Tool

Files = Dict[str, bytes]

INTERPRETER = "/usr/bin/env python3"
OURS = ("LICENSE", "__main__.py", "bytecode/*", "cwd_server/*.py", "cwd_server/*/*.py")


def package_files() -> "Files":
    """Return the files of this package by archive name, from a source tree, an archive or an unpacked one."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if os.path.isfile(root):
        with zipfile.ZipFile(root) as archive:
            names = [name for name in archive.namelist() if not name.startswith(("manifest.json", "tools/"))]
            return {name: archive.read(name) for name in names}
    files = {}
    for path in [path for pattern in OURS for path in glob.glob(os.path.join(glob.escape(root), pattern))]:
        name = os.path.relpath(path, root).replace(os.sep, "/")
        with open(path, "rb") as file:
            content = file.read()  # in which a checkout of git's may end lines with \r\n
        files[name] = content if name.startswith("bytecode/") else content.replace(b"\r\n", b"\n")
    files.setdefault("__main__.py", files.pop("cwd_server/packaging/bootstrap.py", b""))
    return files


def entries(files: "Files", packed: "JSON | None" = None, offered: "Sequence[Tool]" = tools.TOOLS) -> "Files":
    """Return `files` and what tells what they are: the runtime by `__main__.py`, clients by `manifest.json`.

    packed: None for this server, else what `pack` was told: a dict with name, version, title, files, cwd_tool
    """
    main = re.sub(b"(?m)^PACKED = .*", lambda _: b"PACKED = %a" % (packed,), files["__main__.py"], count=1)
    manifest = json.dumps(_manifest(packed, offered), indent=2) + "\n"
    return dict(files, **{"__main__.py": main, "manifest.json": manifest.encode("utf-8")})


def _manifest(packed: "JSON | None", offered: "Sequence[Tool]") -> "JSON":
    """Return what makes the archive a bundle, which clients install with a click."""
    # https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md
    server = packed or SERVER_INFO
    isolation = [] if packed else ["-I", "-S"]  # a user's tools may import what the user has installed
    arguments = [*isolation, "${__dirname}", "--cwd", "${user_config.directory}"]
    configuration = {"command": "python3", "args": arguments, "platform_overrides": {"win32": {"command": "python"}}}
    directory = {"type": "directory", "title": "Directory", "description": "The directory in which the server starts"}
    # The default is "~", which the server expands, not "${HOME}": the official library leaves that as it is
    return {
        "manifest_version": "0.3",
        "name": server["name"],
        "display_name": server["title"],
        "version": server["version"],
        "description": "An MCP server that offers " + ", ".join(tool.name for tool in offered),
        "author": {"name": "the %s authors" % server["name"]},
        "server": {"type": "python", "entry_point": "__main__.py", "mcp_config": configuration},
        "tools": [{key: tool.definition.get(key, "") for key in ("name", "description")} for tool in offered],
        "compatibility": {"platforms": ["darwin", "win32", "linux"], "runtimes": {"python": ">=3.6"}},
        "user_config": {"directory": dict(directory, default="~", required=False)},
    }


def write(files: "Files", target: str) -> None:
    """Write an executable archive of `files` to the path `target`, all of it or nothing; raise OSError."""
    archived, content = io.BytesIO(("#!%s\n" % INTERPRETER).encode("ascii")), io.BytesIO()
    with zipfile.ZipFile(archived, "a") as archive:  # behind the shebang, which the offsets count
        for name in sorted(files):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3  # Unix, on every system
            info.external_attr = 0o100644 << 16
            archive.writestr(info, files[name])
    archived.seek(0)
    zipapp.create_archive(archived, content, interpreter=INTERPRETER)
    put(target, content.getvalue(), 0o755)


def put(target: str, content: bytes, mode: int = 0o644) -> None:
    """Write a file aside and move it into place, so that nobody ever sees half of it; raise OSError."""
    aside = "%s.%d.tmp" % (target, os.getpid())
    try:
        with open(aside, "wb") as file:
            file.write(content)
        os.chmod(aside, mode)
        os.replace(aside, target)
    except OSError as error:
        error.filename = target  # which is the one that the user knows
        raise
    finally:
        if os.path.exists(aside):  # something went wrong
            os.unlink(aside)
