"""A directory's name as a `file:` URI, byte for byte. https://www.rfc-editor.org/rfc/rfc8089"""

import os

WINDOWS = os.name == "nt"

# What stands for itself in a URI (RFC 3986 section 2.3), and "/"; any other byte becomes %XX
_LITERAL = b"/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def file_uri(path: bytes, windows: bool = WINDOWS) -> str:
    """Return the `file:` URI of a path.

    path: absolute, in the file system's bytes; on Windows in UTF-8
    """
    if not windows:
        return "file://" + _percent_encoded(path, _LITERAL)
    path = without_long_path_prefix(path).replace(b"\\", b"/")
    literal = _LITERAL + b":"
    if path.startswith(b"//"):  # of \\host\share, the host is the URI's own: file://host/share
        return "file:" + _percent_encoded(path, literal)
    return "file:///" + _percent_encoded(path, literal)  # C:\a is file:///C:/a


def without_long_path_prefix(path: bytes) -> bytes:
    r"""Return a Windows path without the \\?\ before long ones, which is no part of the name."""
    # https://learn.microsoft.com/windows/win32/fileio/naming-a-file#win32-file-namespaces
    if path.upper().startswith(b"\\\\?\\UNC\\"):
        return b"\\\\" + path[len(b"\\\\?\\UNC\\") :]
    if path.startswith(b"\\\\?\\"):
        return path[len(b"\\\\?\\") :]
    return path


def _percent_encoded(path: bytes, literal: bytes) -> str:
    encoded = ""
    for byte in path:
        if byte in literal:
            encoded += chr(byte)
        else:
            encoded += f"%{byte:02X}"
    return encoded
