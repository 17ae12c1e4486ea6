"""Write a .pyz: used by build_zipapp.py for this server and by `pack` for a user's own.

The same files give the same bytes, whatever the day, machine and Python: entries are stored, sorted,
and dated 1980-01-01. https://docs.python.org/3/library/zipapp.html
"""

import io
import json
import os
import subprocess
import zipapp
import zipfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Sequence

    Files = Dict[str, bytes]

INTERPRETER = "/usr/bin/env python3"

# What serving imports, each after what it imports itself: these get bytecode.
SERVING = ("__init__", "jsonrpc", "toolkit", "revisions", "protocol", "stdio", "tools", "__main__")


def package_files() -> "Files":
    """Return the files of this package by archive name, from a source tree or from an archive."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if os.path.isfile(root):
        with zipfile.ZipFile(root) as archive:
            names = [name for name in archive.namelist() if name.startswith(("cwd_server/", "bytecode/"))]
            return {name: archive.read(name) for name in names}
    files = {}
    for folder, _, names in os.walk(os.path.join(root, "cwd_server")):
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    content = file.read().replace(b"\r\n", b"\n")  # as git may have checked it out
                files[os.path.relpath(path, root).replace(os.sep, "/")] = content
    return files


def add_bytecode(files: "Files", interpreters: "Sequence[str]") -> None:
    """Add bytecode of the serving modules for each interpreter (a command or path); raise OSError."""
    modules = []
    for name in SERVING:
        path = "cwd_server/%s.py" % name
        module = "cwd_server" if name == "__init__" else "cwd_server." + name
        modules.append((module, "cwd_server.pyz/" + path, files[path].decode("utf-8")))
    for interpreter in interpreters:
        tag = _run(interpreter, _TAG, b"").decode("ascii").strip()
        files["bytecode/" + tag] = _run(
            interpreter, files["cwd_server/bytecode.py"].decode("utf-8"), json.dumps(modules).encode("utf-8")
        )


_TAG = "import sys, importlib.util as u; print('%s-%s' % (sys.implementation.cache_tag, u.MAGIC_NUMBER[:2].hex()))"


def _run(interpreter: str, program: str, data: bytes) -> bytes:
    # A fixed hash seed: the order of a set of constants would show in the bytecode
    environment = dict(os.environ, PYTHONHASHSEED="0")
    command = [interpreter, "-s", "-S", "-X", "no_debug_ranges", "-c", program]
    done = subprocess.run(command, input=data, env=environment, stdout=subprocess.PIPE, check=True)
    return done.stdout


def entries(files: "Files", packed: "object" = None) -> "Files":
    """Return `files` with the archive's own `__main__.py`, which tells the runtime what is packed."""
    bootstrap = files["cwd_server/bootstrap.py"].decode("utf-8")
    main = bootstrap.replace("PACKED = None", "PACKED = %r" % (packed,), 1)
    return dict(files, **{"__main__.py": main.encode("utf-8")})


def write(files: "Files", target: str) -> None:
    """Write an executable archive of `files` to the path `target`, all of it or nothing; raise OSError."""
    shebang = len("#!%s\n" % INTERPRETER)
    payload = io.BytesIO(bytes(shebang))
    payload.seek(shebang)  # zipapp puts the shebang in front; the offsets inside count it
    with zipfile.ZipFile(payload, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3  # Unix, on every system
            info.external_attr = 0o100644 << 16
            archive.writestr(info, files[name])
    content = io.BytesIO()
    zipapp.create_archive(io.BytesIO(payload.getvalue()[shebang:]), content, interpreter=INTERPRETER)
    aside = "%s.%d.tmp" % (target, os.getpid())
    try:
        with open(aside, "wb") as file:
            file.write(content.getvalue())
        os.chmod(aside, 0o755)  # noqa: S103
        os.replace(aside, target)
    except OSError:
        if os.path.exists(aside):
            os.unlink(aside)
        raise
