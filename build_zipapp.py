"""Bundle the package cwd_server into one executable file, dist/cwd_server.pyz.

Beside it go the same bytes as cwd_server.mcpb, a bundle that clients install with a click, and
SHA256SUMS.
"""

import argparse
import hashlib
import os
import sys
from typing import Dict, List, Optional

from cwd_server.app import Options, load_offering
from cwd_server.errors import UserError
from cwd_server.packaging import archive, bytecode, manifest
from cwd_server.packaging.archive import Files

ROOT = os.path.dirname(os.path.abspath(__file__))
DIST = os.path.join(ROOT, "dist")
MAX_SIZE = 400 * 1024  # bytes of an archive: where it is larger, some Pythons start more slowly


class BuildError(UserError):
    """The build cannot be done as it was asked for."""


def main() -> int:
    """Build, and say what was built; return the exit status."""
    options = parse_arguments()
    try:
        require_docstrings()
        files = archive.package_files()
        compiled = add_bytecode(files, options.bytecode)
        add_manifest(files)
        content = archive.archive_bytes(files)
        if len(content) >= MAX_SIZE:
            files.update(bytecode.write_bytecode(compiled, is_small=True))
            content = archive.archive_bytes(files)
        if options.output is None:
            write_release(content, options.registry)
        else:
            write(options.output, content, is_program=True)
    except UserError as error:
        sys.stderr.write(f"build_zipapp.py: {error}\n")
        return 2
    print(f"built {options.output or 'dist/cwd_server.pyz'} ({len(content)} bytes)")
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line; leave with status 2 if it is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--bytecode",
        nargs="*",
        metavar="PYTHON",
        default=[sys.executable],
        help="interpreters to carry bytecode for (default: the one that builds)",
    )
    parser.add_argument(
        "--no-bytecode", dest="bytecode", action="store_const", const=[], help="source alone"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write the .pyz there, and nothing else"
    )
    parser.add_argument(
        "--registry",
        metavar="OWNER/NAME",
        help="also write server.json, for the MCP registry: a release of this GitHub repository",
    )
    return parser.parse_args()


def require_docstrings() -> None:
    """Raise BuildError for a Python that drops what tells a model what a tool does."""
    if sys.flags.optimize > 1:
        raise BuildError(
            "this Python drops docstrings (-OO, PYTHONOPTIMIZE), "
            "which tell a model what a tool does"
        )


def add_bytecode(files: Files, interpreters: List[str]) -> List[bytecode.Compiled]:
    """Add bytecode for each interpreter, a command or a path; return what each has compiled.

    Raises InterpreterError or CompileError; but the interpreter that runs this builds in any case:
    what it writes is complete without bytecode, and stderr says why it has none.
    """
    compiled: Dict[bytecode.Tag, bytecode.Compiled] = {}
    for interpreter in interpreters:
        try:
            # What is loaded later is carried for one: for all it would be too much
            result = bytecode.compile_for(interpreter, files, has_later=len(interpreters) == 1)
        except (bytecode.CompileError, bytecode.InterpreterError) as error:
            if interpreter != sys.executable:
                raise
            sys.stderr.write(
                "build_zipapp.py: no bytecode for the Python that builds, "
                f"which will start slower: {error}\n"
            )
        else:
            # A free-threaded build has the usual one's tag: of two, always the same one is taken
            both = [result, compiled.get(result.tag, result)]
            compiled[result.tag] = max(both, key=lambda each: (each.modules, each.unpacker))
    found = list(compiled.values())
    files.update(bytecode.write_bytecode(found))
    add_compiled_bootstrap(files, found)
    return found


def add_compiled_bootstrap(files: Files, compiled: List[bytecode.Compiled]) -> None:
    """Add the first file's bytecode for the newest interpreter, as there can be only one."""
    if compiled:
        newest = max(compiled, key=bytecode.age_of)
        if newest.first_file:
            files["__main__.pyc"] = newest.first_file


def add_manifest(files: Files) -> None:
    """Add what makes the archive a bundle."""
    files["manifest.json"] = manifest.bundle_manifest(None, load_offering(Options([]), None).tools)


def write_release(content: bytes, repository: Optional[str]) -> None:
    """Write to dist/ the archive, the same as a bundle, checksums, and a registry's entry."""
    digest = hashlib.sha256(content).hexdigest()
    sums = f"{digest}  cwd_server.mcpb\n{digest}  cwd_server.pyz\n"
    write(os.path.join(DIST, "cwd_server.pyz"), content, is_program=True)
    write(os.path.join(DIST, "cwd_server.mcpb"), content)
    write(os.path.join(DIST, "SHA256SUMS"), sums.encode("ascii"))
    if repository is not None:
        entry = manifest.registry_entry(repository, "cwd_server.mcpb", digest)
        write(os.path.join(DIST, "server.json"), entry)


def write(path: str, content: bytes, is_program: bool = False) -> None:
    """Write a file, all of it or nothing; raise BuildError."""
    try:
        archive.write_file(path, content, is_program)
    except OSError as error:
        raise BuildError(f"cannot write {path}: {error.strerror}") from None


if __name__ == "__main__":
    sys.exit(main())
