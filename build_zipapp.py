"""Bundle the package cwd_server into one executable file, dist/cwd_server.pyz.

Beside it go the same bytes as cwd_server.mcpb, a bundle that clients install with a click, and SHA256SUMS.
"""

import argparse
import hashlib
import json
import os
import sys

from cwd_server import __title__, __version__, archive

ROOT = os.path.dirname(os.path.abspath(__file__))


def main() -> int:
    """Build and say what was built."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--bytecode", nargs="*", metavar="PYTHON", default=[sys.executable],
        help="interpreters to carry bytecode for (default: the one that builds)",
    )  # fmt: skip
    parser.add_argument("--no-bytecode", dest="bytecode", action="store_const", const=[], help="source alone")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the .pyz there, and nothing else")
    parser.add_argument(
        "--registry", metavar="OWNER/NAME",
        help="also write server.json, for the MCP registry: a release of this GitHub repository",
    )  # fmt: skip
    options = parser.parse_args()
    output = options.output or os.path.join(ROOT, "dist", "cwd_server.pyz")
    try:
        build(options.bytecode, output)
        if not options.output:
            add_siblings(output, options.registry)
    except (OSError, ValueError) as error:
        reason = "cannot write %s: %s" % (output, error.strerror) if isinstance(error, OSError) else error
        sys.stderr.write("build_zipapp.py: %s\n" % reason)
        return 2
    print("built %s (%d bytes)" % (options.output or "dist/cwd_server.pyz", os.path.getsize(output)))
    return 0


def build(interpreters: "list[str]", output: str) -> None:
    """Write the archive, with bytecode for `interpreters`; raise ValueError or OSError."""
    if sys.flags.optimize > 1:
        raise ValueError("this Python drops docstrings (-OO, PYTHONOPTIMIZE), which tell a model what a tool does")
    files = archive.package_files()
    archive.add_bytecode(files, interpreters)
    archive.write(archive.entries(files), output)


def add_siblings(output: str, repository: "str | None") -> None:
    """Write the bundle, which is the same file, the checksums of both, and what a registry wants; raise OSError."""
    with open(output, "rb") as file:
        content = file.read()
    folder, name = os.path.split(output)
    bundle = os.path.splitext(name)[0] + ".mcpb"
    archive.put(os.path.join(folder, bundle), content)
    digest = hashlib.sha256(content).hexdigest()
    sums = "".join("%s  %s\n" % (digest, each) for each in (bundle, name))
    archive.put(os.path.join(folder, "SHA256SUMS"), sums.encode("ascii"))
    if repository:
        server = json.dumps(registry_entry(repository, bundle, digest), indent=2) + "\n"
        archive.put(os.path.join(folder, "server.json"), server.encode("ascii"))


def registry_entry(repository: str, bundle: str, digest: str) -> "dict[str, object]":
    """Return the entry of a release for the MCP registry.

    https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json/generic-server-json.md
    """
    page = "https://github.com/" + repository
    package = {
        "registryType": "mcpb",
        "identifier": "%s/releases/download/v%s/%s" % (page, __version__, bundle),
        "version": __version__,
        "fileSha256": digest,
        "transport": {"type": "stdio"},
    }
    return {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": "io.github." + repository,
        "title": __title__,
        "description": "Tells an assistant which directory it was started in; one file, no dependencies but Python",
        "repository": {"url": page, "source": "github"},
        "version": __version__,
        "packages": [package],
    }


if __name__ == "__main__":
    sys.exit(main())
