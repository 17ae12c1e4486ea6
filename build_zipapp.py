"""Bundle the package cwd_server into one executable file, dist/cwd_server.pyz.

Beside it go the same bytes as cwd_server.mcpb, a bundle that clients install with a click, and SHA256SUMS.
"""

import argparse
import ast
import hashlib
import importlib.util
import json
import marshal
import os
import subprocess
import sys
import zlib

from cwd_server import __version__
from cwd_server.app import SERVER_INFO
from cwd_server.packaging import archive

TYPE_CHECKING = False
if TYPE_CHECKING:
    import types
    from typing import Any

    from cwd_server.packaging.archive import Files

ROOT = os.path.dirname(os.path.abspath(__file__))

# What serving imports, each after what it imports itself: these get bytecode.
SERVING = (
    "__init__", "errors", "location", "app", "protocol/__init__", "protocol/jsonrpc", "protocol/lines", "protocol/revisions",
    "protocol/messages", "protocol/conversation", "toolkit/errors", "toolkit/call",
    "toolkit/tool", "toolkit/__init__", "protocol/methods",
    "protocol/session", "transport/__init__", "transport/log", "transport/wire", "transport/ending", "transport/stdio",
    "tools/owners", "tools/directory", "tools/file_uri", "tools/get_cwd", "tools/__init__",
    "__main__",
)  # fmt: skip
COMPILE = "--compile-stdin"  # how this file asks an interpreter to run compile_modules()
CANNOT_COMPILE = 3  # the exit status of an interpreter that tried, and is too new for it


class CompileError(ValueError):
    """Why an interpreter, although it is a Python, has no bytecode to give."""


def main() -> int:
    """Build and say what was built."""
    if sys.argv[1:] == [COMPILE]:
        return compile_modules()
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
        if sys.flags.optimize > 1:
            raise ValueError("this Python drops docstrings (-OO, PYTHONOPTIMIZE), which tell a model what a tool does")
        files = archive.package_files()
        add_bytecode(files, options.bytecode)
        archive.write(archive.entries(files), output)
        if not options.output:
            add_siblings(output, options.registry)
    except (OSError, ValueError) as error:
        reason = "cannot write %s: %s" % (output, error.strerror) if isinstance(error, OSError) else error
        sys.stderr.write("build_zipapp.py: %s\n" % reason)
        return 2
    print("built %s (%d bytes)" % (options.output or "dist/cwd_server.pyz", os.path.getsize(output)))
    return 0


def add_bytecode(files: "Files", interpreters: "list[str]") -> None:
    """Add bytecode of the serving modules for each interpreter, a command or a path; raise ValueError.

    Only the interpreter that runs this may be one that cannot compile them: then stderr says so, and why.
    One interpreter's bytecode is much like the next one's, so each is compressed as what differs from the
    next newer one's. `bootstrap` reads them.
    """
    modules = []
    for path in ("cwd_server/%s.py" % name for name in SERVING):
        modules.append((module_name(path[len("cwd_server/") : -3]), "cwd_server.pyz/" + path, files[path].decode("utf-8")))
    compiled = {}
    for interpreter in interpreters:
        try:
            tag, codes = _compile(interpreter, modules)
        except CompileError as error:
            if interpreter != sys.executable:
                raise ValueError("%s: cannot compile this package: %s" % (interpreter, error)) from None
            # It builds all the same: what it writes is complete without bytecode, and starts slower
            note = "build_zipapp.py: no bytecode for this Python, which will compile the source at each start: %s\n"
            sys.stderr.write(note % error)
        else:
            compiled[tag] = codes
    newer = ""
    for tag in sorted(compiled, key=lambda tag: (len(tag), tag), reverse=True):  # 3.10 is newer than 3.9
        before, changes = b"", []
        for name, code in compiled[tag].items():
            compressor = zlib.compressobj(9, zdict=before + compiled.get(newer, {}).get(name, b""))
            changes.append((name, compressor.compress(code) + compressor.flush()))
            before += code
        files["bytecode/" + tag] = portable((newer, changes))
        newer = tag


def module_name(path: str) -> str:
    """Return the name of the module at a path below the package, given without its ending."""
    return ("cwd_server." + path.replace("/", ".")).replace(".__init__", "")


def _compile(interpreter: str, modules: "list[tuple[str, str, str]]") -> "tuple[str, Files]":
    """Return an interpreter's tag and the modules' code; raise CompileError if it is a Python that cannot give them."""
    environment = dict(os.environ, PYTHONHASHSEED="0")  # the order of a set would show in the bytecode
    command, pipe = [interpreter, "-B", "-s", "-S", "-X", "no_debug_ranges", __file__, COMPILE], subprocess.PIPE
    try:
        done = subprocess.run(command, input=portable(modules), env=environment, stdout=pipe, stderr=pipe, check=False)
    except OSError as error:
        raise ValueError("%s: cannot be started: %s" % (interpreter, error.strerror)) from None
    if done.returncode == CANNOT_COMPILE:
        raise CompileError(done.stderr.decode("utf-8", "replace").strip())
    try:
        tag, codes = marshal.loads(done.stdout)  # noqa: S302  ours: that Python ran this file
    except (EOFError, TypeError, ValueError):
        raise ValueError("%s: not a Python, 3.6 or newer" % interpreter) from None
    return tag, codes


def compile_modules() -> int:
    """Compile what stdin has for the interpreter that runs this: a marshalled list of (module, file name, source).

    stdout: marshalled too, the tag under which `bootstrap` looks for it and {module: marshalled code}
    Exits with CANNOT_COMPILE, and the reason on stderr, if this Python is too new for it.
    """
    try:
        tag = "%s-%s" % (sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER[:2].hex())
        codes = {}
        for name, path, source in marshal.load(sys.stdin.buffer):  # noqa: S302
            tree = ast.parse(source)
            forget(tree)
            codes[name] = marshalled(compile(tree, path, "exec", dont_inherit=True, optimize=0))
        answer = portable((tag, codes))
    except Exception as error:  # whatever a future Python does in another way
        sys.stderr.write("%s: %s\n" % (type(error).__name__, error))
        return CANNOT_COMPILE
    sys.stdout.buffer.write(answer)
    return 0


def portable(value: "Any") -> bytes:
    """Return plain data (texts, bytes, lists, dicts) as bytes that every Python reads, and writes alike."""
    return marshal.dumps(value, 2)


def marshalled(code: "types.CodeType") -> bytes:
    """Return code as bytes that its own Python reads, and writes alike each time; raise ValueError."""
    try:
        content = marshal.dumps(code, 2)  # the last version that does not note which objects are shared
    except ValueError:  # constant slices, from Python 3.14 on, need the newest
        content = marshal.dumps(code)
        # What the compiler shared differs from run to run; what was loaded shares what the content says
        for _ in range(2):
            content = marshal.dumps(marshal.loads(content))  # noqa: S302
    if marshal.loads(content) != code:  # noqa: S302
        raise ValueError("marshal does not give back the code that it was given")
    return content


def forget(tree: ast.AST) -> None:
    """Remove docstrings and annotations, which are never read, but for those of a tool, which a model reads."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            continue
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in node.args.args:
                argument.annotation = None
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.copy_location(ast.Pass(), node.body[0])]


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
        "title": SERVER_INFO["title"],
        "description": "Tells an assistant which directory it was started in; one file, no dependencies but Python",
        "repository": {"url": page, "source": "github"},
        "version": __version__,
        "packages": [package],
    }


if __name__ == "__main__":
    sys.exit(main())
