"""`pack`: write an archive of one's own, which offers the tools of some files."""

import os
import sys
import zipfile
from argparse import Namespace
from typing import Dict, List

from cwd_server import archive, tools
from cwd_server.commands import absolute, fail, say
from cwd_server.loader import load_tools
from cwd_server.toolkit import DeclarationError


def run_pack(options: Namespace) -> int:
    """Write the archive and say what it offers; return the exit status, or raise DeclarationError for wrong usage."""
    paths = [absolute(path) for path in options.files]
    offered = load_tools(paths, tools.TOOLS if options.entry_cwd_tool else [])
    if os.path.exists(options.output) and not zipfile.is_zipfile(options.output):
        raise DeclarationError("%s exists and is no archive: it is left as it is" % options.output)
    files = archive.package_files()
    for name, path in _sources(paths).items():
        with open(path, "rb") as file:
            files["tools/" + name] = file.read().replace(b"\r\n", b"\n")
    name = options.name or os.path.splitext(os.path.basename(options.output))[0]
    packed = {
        "name": name,
        "version": options.version_of or "1.0.0",
        "title": options.title or name,
        "files": [os.path.basename(path) for path in paths],
        "cwd_tool": options.entry_cwd_tool,
    }
    try:
        archive.write(archive.entries(files, packed, offered), options.output)
    except OSError as error:
        fail("cannot write %s: %s" % (options.output, error.strerror), 1)
    say("wrote %s, which offers %s" % (options.output, ", ".join(tool.name for tool in offered)))
    return 0


def _sources(paths: List[str]) -> Dict[str, str]:
    """Return the tools files and the modules beside them that they imported: paths by name in the archive."""
    sources: Dict[str, str] = {}
    others = {name: module for name, module in sys.modules.items() if not name.startswith("cwd_server")}
    for path in paths:
        found = {os.path.basename(path): path}
        for stem, module in others.items():
            for name in (stem.replace(".", "/") + ".py", stem.replace(".", "/") + "/__init__.py"):
                file = os.path.join(os.path.dirname(path), *name.split("/"))
                if getattr(module, "__file__", None) == file:
                    found[name] = file
        for name, file in found.items():
            if sources.setdefault(name, file) != file:
                raise DeclarationError("%s and %s would have one name in the archive" % (sources[name], file))
    return sources
