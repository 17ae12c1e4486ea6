"""What this server offers: get_cwd. The file a newcomer edits first.

A tool is a function under `@tool`; `toolkit` says what it may take and return. `TOOLS` is what the
server offers, in the order in which clients see it.
"""

import os

from cwd_server.toolkit import Result, ToolError, text_block, tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List

INSTRUCTIONS = "Call get_cwd to learn which directory this server was started in before relying on relative paths."

source = "process"  # who chose the directory: the client that started this process, or "--cwd"
_known: "Dict[bytes, Result]" = {}  # the last directory and the answer for it: most calls ask again

# An unreserved character (RFC 3986 section 2.3) or "/" stands for itself in a URI, any other byte
# as %XX: so the exact bytes of a path survive, text or not.
_UNRESERVED = b"/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@tool(
    title="Current working directory",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    threaded=False,
    output_schema={
        "type": "object",
        "properties": {
            "cwd": {"type": "string", "description": "Absolute path of the directory"},
            "uri": {"type": "string", "description": "The same as a file: URI, byte for byte"},
            "source": {"enum": ["process", "--cwd"], "description": "Who chose it: the client, or --cwd"},
            "warnings": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Why it is probably not the directory that the user meant",
            },
        },
        "required": ["cwd", "uri", "source", "warnings"],
    },
)
def get_cwd() -> Result:
    """Gets the server's current working directory.

    This is the directory in which the client launched this server, or the one that --cwd in the
    client's configuration names; it is not necessarily the project the user is working on.
    There are no arguments.
    """
    try:
        raw = os.getcwdb()  # bytes: right in any locale
    except OSError as error:
        raise ToolError("Failed to get current directory: %s" % error.strerror) from None
    if raw not in _known:
        _known.clear()
        _known[raw] = _describe(raw)
    return _known[raw]


def _describe(raw: bytes) -> Result:
    cwd = raw.decode("utf-8", "replace")
    warnings: List[str] = []
    blocks = ["Current Working Directory: %s" % cwd] + ["Warning: %s" % warning for warning in warnings]
    structured = {"cwd": cwd, "uri": file_uri(raw), "source": source, "warnings": warnings}
    return Result([text_block(text) for text in blocks], structured)


def file_uri(raw: bytes) -> str:
    """Return the `file:` URI of an absolute path given in the file system's bytes (UTF-8 on Windows)."""
    path = raw.replace(b"\\", b"/") if os.name == "nt" else raw
    if path.startswith(b"//") and os.name == "nt":
        start = "file:"  # \\host\share: the host is the URI's own
    else:
        start = "file://" if path.startswith(b"/") else "file:///"
    colon = b":" if os.name == "nt" else b""
    return start + "".join(chr(byte) if byte in _UNRESERVED + colon else "%%%02X" % byte for byte in path)


def change_directory(directory: str) -> None:
    """Make `directory` the current one, as `--cwd` asks; raise ValueError saying what is wrong with it."""
    global source
    try:
        os.chdir(os.path.expanduser(directory))
    except OSError as error:
        if "${" in directory:
            raise ValueError(
                "--cwd %s: the client did not expand this variable; write the directory itself" % directory
            ) from None
        raise ValueError("--cwd %s: %s" % (directory, error.strerror)) from None
    source = "--cwd"


TOOLS = [get_cwd]
