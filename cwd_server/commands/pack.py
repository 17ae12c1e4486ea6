"""`pack`: write an archive of one's own, which offers the tools of some files."""

import json
import os
import sys
import zipfile
from typing import Any

from cwd_server import tools
from cwd_server.app import Packed
from cwd_server.packaging import archive, manifest
from cwd_server.commands.legacy import absolute
from cwd_server.toolkit.loader import load_tools
from cwd_server.toolkit.errors import DeclarationError


def add_arguments(parser: Any) -> None:
    """Take the tools files, and what the server is called."""
    parser.add_argument("files", nargs="+", help="where the tools are")
    parser.add_argument("-o", dest="output", required=True, metavar="OUT", help="the archive to write")
    parser.add_argument("--name", help="of the server; without it, that of OUT")
    parser.add_argument("--version", help="without it, 1.0.0")
    parser.add_argument("--title", help="for people")
    parser.add_argument("--entry-cwd-tool", action="store_true", help="offer get_cwd as well")


def run(options: Any) -> int:
    """Write the archive and say what it offers."""
    paths = [absolute(path) for path in options.files]
    offered = load_tools(paths, tools.TOOLS if options.entry_cwd_tool else [])
    if os.path.exists(options.output) and not (os.path.isfile(options.output) and zipfile.is_zipfile(options.output)):
        raise DeclarationError("%s exists and is no archive: it is left as it is" % options.output)
    files = archive.package_files()
    for name, path in _sources(paths).items():
        with open(path, "rb") as file:
            files["tools/" + name] = file.read().replace(b"\r\n", b"\n")
    name = options.name or os.path.splitext(os.path.basename(options.output))[0]
    info = {"name": name, "version": options.version or "1.0.0", "title": options.title or name}
    fields = dict(info, files=[os.path.basename(path) for path in paths], cwd_tool=options.entry_cwd_tool)
    files["packed.json"] = json.dumps(fields).encode("ascii")
    files["manifest.json"] = manifest.bundle_manifest(Packed(**fields), offered)
    archive.write_file(options.output, archive.archive_bytes(files), is_program=True)
    print("wrote %s, which offers %s" % (options.output, ", ".join(tool.name for tool in offered)))
    return 0


def _sources(paths: "list[str]") -> "dict[str, str]":
    """Return the tools files and the modules beside them that they imported: paths by name in the archive."""
    sources: dict[str, str] = {}
    loaded = {getattr(module, "__file__", None) for module in sys.modules.values()}
    stems = [name.replace(".", "/") for name in sys.modules if not name.startswith("cwd_server")]
    for path in paths:
        for name in [os.path.basename(path), *(stem + end for stem in stems for end in (".py", "/__init__.py"))]:
            file = os.path.normpath(os.path.join(os.path.dirname(path), name))
            if file in loaded and sources.setdefault(name, file) != file:
                raise DeclarationError("%s and %s would have one name in the archive" % (sources[name], file))
    return sources
