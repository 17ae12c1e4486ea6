"""stderr while serving: for logs and for what tools print. Writing to it neither fails nor hangs.

Clients often start a server with a stderr that they never read. What finds no room there is
dropped.
"""

import io
import os
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, TextIO

FIRST_PAUSE = 0.2  # seconds that whoever has the other end of stderr gets to make room, once
READER_PAUSE = 2.0  # seconds that it gets where it has just been seen to read
TRY_INTERVAL = 0.02  # seconds between two tries to write, where no system call waits for room
PIPE_WRITE_SIZE = getattr(select, "PIPE_BUF", 512)  # bytes that a pipe with room is sure to take


class _Stderr(io.RawIOBase):
    """Descriptor 2, without the errors and without the waiting."""

    def __init__(self) -> None:
        self._patience = FIRST_PAUSE  # seconds; 0 if the reader has stalled, until there is room
        self._returns_when_full = False

    def never_wait(self) -> None:
        """Let writing return where it would wait, on Windows: nothing there tells of room."""
        if os.name == "nt":
            from cwd_server.transport.windows import set_no_wait

            _flush_pythons_stderr()
            self._returns_when_full = set_no_wait(2)

    def hurry(self) -> None:
        """Wait at most FIRST_PAUSE from now on, also for a reader that has been seen to read."""
        self._patience = min(self._patience, FIRST_PAUSE)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def write(self, data: object) -> int:
        """Write bytes as far as there is room; return their number all the same."""
        view = memoryview(data)  # type: ignore[arg-type]
        try:
            self._write(view)
        except OSError:
            pass  # closed or full, and nobody can be told
        return len(view)

    def _write(self, data: memoryview) -> None:
        """Write until there is no room, and none is made in time; raise OSError."""
        while data:
            written = self._write_within(0.0, data)
            if written:
                self._patience = self._patience or FIRST_PAUSE
            elif self._patience:
                written = self._write_within(self._patience, data)
                self._patience = READER_PAUSE if written else 0.0
            if not written:
                return
            data = data[written:]

    def _write_within(self, seconds: float, data: memoryview) -> int:
        """Write the beginning of what is there as soon as there is room; return how many bytes."""
        piece = data[:PIPE_WRITE_SIZE]
        if self._returns_when_full:
            return _keep_trying_to_write(piece, seconds)
        if os.name == "nt" or _has_room_within(seconds):
            return os.write(2, piece)
        return 0


def _flush_pythons_stderr() -> None:
    """Write what Python has kept back, up to 8 KiB before 3.9: a pipe may soon not take it all."""
    try:
        if sys.stderr is not None:  # None: whoever started this closed it
            sys.stderr.flush()
    except OSError:
        pass


def _has_room_within(seconds: float) -> bool:
    _, ready, _ = select.select([], [2], [], seconds)
    return bool(ready)


def _keep_trying_to_write(piece: memoryview, seconds: float) -> int:
    """Write to a pipe of Windows that does not wait; return how many bytes, perhaps not all."""
    from cwd_server.transport import windows

    end = time.monotonic() + seconds
    written = windows.write(2, piece)
    while written == 0 and time.monotonic() < end:
        time.sleep(TRY_INTERVAL)
        written = windows.write(2, piece)
    return written


_stderr = _Stderr()
_text: "Optional[TextIO]" = None


def open_text() -> "TextIO":
    """Return stderr as a text file, for `print`: UTF-8 whatever the locale, a line at a time.

    From now on nobody waits for whoever reads it.
    """
    global _text
    _stderr.never_wait()
    _text = io.TextIOWrapper(
        _stderr,  # type: ignore[type-var]  # it has all that is used
        "utf-8",
        "backslashreplace",
        line_buffering=True,
    )
    return _text


def flush() -> None:
    """Write what tools have printed without ending the line; the process is about to end."""
    _stderr.hurry()
    try:
        if _text is not None:
            _text.flush()
    except ValueError:
        pass  # a tool has closed it


def log(text: str) -> None:
    """Write a line, or several, to stderr if that is possible.

    What a terminal would obey rather than show is escaped: it may come from the client, or be the
    name of a folder.
    """
    _stderr.write(f"{escape_controls(text)}\n".encode("utf-8", "backslashreplace"))


def escape_controls(text: str) -> str:
    """Return a text with what cannot be printed as Python writes it, such as \\x1b."""
    if text.isprintable():
        return text
    shown = []
    for character in text:
        if not character.isprintable() and character not in "\n\t":
            character = character.encode("unicode_escape").decode("ascii")
        shown.append(character)
    return "".join(shown)


def log_exception() -> None:
    """Log the traceback of the exception that is being handled."""
    try:
        import traceback

        text = traceback.format_exc()
    except Exception:  # an exception that cannot even be shown
        kind = sys.exc_info()[0]
        text = f"an exception that cannot be shown: {kind}"
    log(text.rstrip("\n"))


def log_message(direction: str, message: str) -> None:
    """Log a line that was received or sent, with the local time."""
    now = time.time()
    clock = time.strftime("%H:%M:%S", time.localtime(now))
    log(f"{clock}.{int(now % 1 * 1000):03d} {direction} {message}")


def show_logging() -> None:
    """Let Python's `logging` write to stderr, or where a tools file has it write, from INFO on."""
    import logging

    logging.basicConfig(stream=sys.stderr)
    root = logging.getLogger()
    root.setLevel(min(root.level, logging.INFO))
