"""Print text that others wrote: unchanged into a pipe or a file, and harmless on a terminal."""

import re
import sys
from typing import Optional, TextIO

# What steers a terminal: C0 and C1 controls but for new line and tab, and marks of direction
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# The same within a line, and what shows as nothing or cannot be encoded
_LINE_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def print_safely(text: str, stream: Optional[TextIO] = None) -> None:
    """Print a text, by default to stdout; on a terminal its control characters are escaped."""
    if stream is None:
        stream = sys.stdout
    if stream.isatty():
        text = escape_controls(text)
    # Before 3.9, Python keeps back what goes to stderr if that is a pipe
    print(text, file=stream, flush=stream is sys.stderr)


def escape_controls(text: str) -> str:
    """Return a text with escapes for what steers a terminal."""
    return _CONTROLS.sub(_escape, text)


def escape_line(text: str) -> str:
    """Return a text as it may stand within a line: line ends and the invisible are escaped too."""
    return _LINE_CONTROLS.sub(_escape, text)


def _escape(found: "re.Match[str]") -> str:
    code = ord(found.group())
    if code < 256:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}"
