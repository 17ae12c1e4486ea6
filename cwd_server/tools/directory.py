"""What a directory is: its `file:` URI, and why it is probably not the one that the user meant."""

import os

from cwd_server import Iterator

source = "process"  # who chose the directory: the client that started this process, or "--cwd"

# What stands for itself in a URI (RFC 3986 section 2.3), as "/" does between names; any other byte is %XX
_UNRESERVED = b"/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


# Parts of paths, with / between and behind names, that belong to a package installer
_INSTALLERS = {
    "/uv/cache/": "uv", "/.cache/uv/": "uv", "/uv/tools/": "uv", "/archive-v0/": "uv", "/.cache/pipx/": "pipx",
    "/pipx/venvs/": "pipx", "/_npx/": "npx", "/node_modules/": "npm", "/site-packages/": "pip",
}  # fmt: skip
_SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib/", "/etc/", "/System/", "/Applications/", "/windows/", "/program files")
_NOT_SYSTEM = ("/usr/src/", "/usr/home/", "/usr/local/src/")

# The archive, or the folder of a source tree; found before --cwd changes what a relative path means
_FILE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def remedy() -> str:
    does = "change `--cwd DIR` in" if source == "--cwd" else "add `--cwd DIR` to"
    return "%s the args of this server in the client's configuration" % does


def problems(cwd: str) -> "Iterator[str]":
    """Say why `cwd` is probably not the directory that the user meant."""
    here = os.path.normcase(cwd)
    if os.path.dirname(here) == here:
        yield "is the root of the file system, where some clients start every server"
    elif here == _real("~"):
        yield "is the home directory itself, where some clients start every server"
    elif source == "process" and os.path.isfile(_FILE) and here == _real(os.path.dirname(_FILE)):
        yield "is the one that this server's own file is in"
    owner = owner_of(os.path.splitdrive(here)[1].replace(os.sep, "/") + "/")
    if owner:
        yield "belongs to %s, not to a project" % owner
    for variable in ("CLAUDE_PROJECT_DIR", "WORKSPACE_FOLDER_PATHS"):  # Claude Code's; Cursor's, with commas between
        value = os.environ.get(variable, "")
        folders = [_real(folder) for folder in [value, *value.split(",")] if os.path.isabs(folder)]
        if folders and here not in folders:
            yield "is not the project that the client names in %s, %s" % (variable, value)


def owner_of(path: str) -> str:
    """Return what a directory belongs to if not to a user: `path` has no drive, and / between and behind names."""
    if path.startswith(_SYSTEM) and not path.startswith(_NOT_SYSTEM):
        return "the system"
    return next((installer for part, installer in _INSTALLERS.items() if part in path), "")


def _real(path: str) -> str:
    return os.path.normcase(os.path.realpath(os.path.expanduser(path)))


def file_uri(raw: bytes) -> str:
    """Return the `file:` URI of an absolute path given in the file system's bytes (UTF-8 on Windows)."""
    path, plain = raw, _UNRESERVED
    if os.name == "nt":  # C:\a is /C:/a in a URI; of \\host\a, the host is the URI's own
        path, plain = raw.replace(b"\\", b"/"), _UNRESERVED + b":"
        path = path[2:] if path.startswith(b"//") else b"/" + path
    return "file://" + "".join(chr(byte) if byte in plain else "%%%02X" % byte for byte in path)


def change_directory(directory: str) -> None:
    """Make `directory` the current one, as `--cwd` asks; raise ValueError saying what is wrong with it."""
    global source
    path = os.path.expanduser(directory)
    try:
        try:
            os.chdir(path)
        except UnicodeEncodeError:  # PyPy in the C locale reads arguments as UTF-8, and takes ASCII alone for paths
            os.chdir(path.encode("utf-8", "surrogateescape"))
    except OSError as error:
        unexpanded = "the client did not expand this variable; write the directory itself"
        raise ValueError("--cwd %s: %s" % (directory, unexpanded if "${" in directory else error.strerror)) from None
    source = "--cwd"
