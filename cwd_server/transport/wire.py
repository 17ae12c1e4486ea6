"""The protocol's own pair of descriptors: reading, writing, and noticing that the client is gone.

While serving, descriptor 0 is the null device and 1 is stderr for everything but the protocol,
which has private copies of what they were. So a tool's `print`, its C libraries and its child
processes can neither corrupt the stream nor read from it. A child that a tool forks loses the
copies too.

Nothing here waits without looking up now and then. A client may have ended although its pipes are
still open, because another of its children holds them; then its parent or its reader is missing.
"""

import errno
import os
import select
import sys
import time
from _signal import set_wakeup_fd  # type: ignore[import-not-found]  # signal's core, loaded already

from cwd_server.transport import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

CHUNK = 65536  # bytes read at a time: what a pipe holds
AT_ONCE = getattr(select, "PIPE_BUF", 512)  # bytes that a pipe takes at once if poll() finds room
LOOK_INTERVAL = 5.0  # seconds between looks at the other end, and until its parent is noted
INPUT_INTERVAL = 0.5  # seconds between looks at the input while there is no room to write
WINDOWS_INTERVAL = 0.02  # seconds between attempts to write on Windows
READER_PATIENCE = 2.0  # seconds for a client that reads nothing, once its input has ended
LAST_WORD = 0.5  # seconds that even the last of the writes gets

# How the system says that nobody is at the other end: of a pipe, a socket, a terminal, on Windows
DISCONNECTED_ERRNOS = (errno.EPIPE, errno.ECONNRESET, errno.EIO, errno.EINVAL)

# Windows cannot wait on a pipe with a time limit. There reading blocks, which a client's end
# ends, and writing returns where it would wait.
CAN_POLL = hasattr(select, "poll")
if CAN_POLL:
    NOBODY = select.POLLERR | select.POLLHUP  # at the other end of what is written to
    END = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)  # of a pipe, a socket


class DisconnectedError(Exception):
    """Nobody is at the other end any more."""


class ReaderStalledError(Exception):
    """The input has ended, and the client does not read either.

    unsent: how many of the bytes have not been written
    """

    def __init__(self, unsent: int) -> None:
        super().__init__(unsent)
        self.unsent = unsent


class Wire:
    """Takes descriptors 0 and 1 away from everybody else.

    Reading and writing raise DisconnectedError when the client is gone, and OSError for anything
    else.
    """

    def __init__(self) -> None:
        _check_open("stdin", sys.stdin)
        _check_open("stdout", sys.stdout)
        # The first to be opened: it becomes 2 if that is closed, and then it stays
        null = os.open(os.devnull, os.O_RDWR)
        os.set_inheritable(null, True)
        self.input = os.dup(0)
        self.output = os.dup(1)
        os.dup2(null, 0)
        os.dup2(2, 1)
        if null != 2:
            os.close(null)
        sys.stdout = sys.stderr = log.open_text()
        self._own = [self.input, self.output]  # descriptors that nobody else may use
        self._stopped = False
        self._never_waits = False
        self._ended_at: Optional[float] = None  # when the input had ended
        self._last_write = 0.0
        self._parent: Optional[int] = None  # its process id, once noted
        self._next_look = time.monotonic() + LOOK_INTERVAL
        if CAN_POLL:
            self._make_pollers()
        elif os.name == "nt":
            from cwd_server.transport import windows

            self._windows = windows
            self._never_waits = windows.set_no_wait(self.output)
        if hasattr(os, "register_at_fork"):  # since 3.7
            os.register_at_fork(after_in_child=self._lose_descriptors)

    def _make_pollers(self) -> None:
        # Else a signal just before poll(), or in another thread, would not be noticed until it
        # returns
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        set_wakeup_fd(self._wake)
        self._own += [self._woken, self._wake]
        self._reading = select.poll()
        self._reading.register(self.input, select.POLLIN)
        self._reading.register(self._woken, select.POLLIN)
        self._writing = select.poll()
        self._writing.register(self.output, select.POLLOUT)

    def _lose_descriptors(self) -> None:
        """Make the protocol's descriptors the null device, in a child that a tool has forked.

        They are not closed: a closed number is handed to the next file that the child opens.
        """
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in self._own:
            os.dup2(null, descriptor, False)
        os.close(null)

    def stop(self) -> None:
        """Let `read` return the end of input, also if it waits in another thread."""
        self._stopped = True
        if CAN_POLL:
            os.write(self._wake, b"\0")

    # Reading

    def read(self) -> bytes:
        """Return the bytes that have arrived, b"" at the end of input."""
        while True:
            self.wait_for_input()
            if self._stopped:
                return b""
            try:
                data = os.read(self.input, CHUNK)
            except BlockingIOError:
                continue  # the client made its pipe non-blocking, and somebody else was faster
            except OSError as error:
                raise _explain(error) from None
            if not data:
                self._note_end()
            return data

    def wait_for_input(self, seconds: float = float("inf")) -> bool:
        """Wait until there is something to read, or its end; return whether that is so."""
        end = time.monotonic() + seconds
        while CAN_POLL:
            now = time.monotonic()
            if now >= self._next_look:
                self._look(now)
            limit = min(end, self._next_look) - now
            ready = [descriptor for descriptor, _ in self._reading.poll(max(limit, 0) * 1000)]
            if self._woken in ready:
                os.read(self._woken, CHUNK)
            if self.input in ready or self._stopped:
                return True
            if now >= end:
                return False
        return True

    def has_input(self) -> bool:
        """Whether there is something to read right now, or its end."""
        return CAN_POLL and bool(_look_at(self.input, select.POLLIN))

    def read_rest(self) -> bytes:
        """Return what has arrived, from any thread, once the input has ended."""
        return os.read(self.input, CHUNK)

    def _note_end(self) -> None:
        if self._ended_at is None:
            self._ended_at = time.monotonic()

    # Writing

    def write(self, data: bytes) -> None:
        """Write all of `data`, as long as the client lives, or reads once the input has ended.

        Raises ReaderStalledError.
        """
        rest = memoryview(data)
        began = time.monotonic()
        while rest:
            if not (CAN_POLL and self._writing.poll(0)):
                self._wait_for_room(began, len(rest))
            try:
                written = self._write_some(rest[:AT_ONCE])
            except BlockingIOError:
                continue  # the client made its pipe non-blocking
            except OSError as error:
                raise _explain(error) from None
            if not written:
                self._pause_on_windows(began, len(rest))
                continue
            rest = rest[written:]
            self._last_write = time.monotonic()

    def _write_some(self, data: memoryview) -> int:
        """Return how many bytes were written; 0 on Windows, if there is no room."""
        if self._never_waits:
            return self._windows.write(self.output, data)
        return os.write(self.output, data)

    def _wait_for_room(self, began: float, unsent: int) -> None:
        while CAN_POLL:
            now = time.monotonic()
            if now >= self._next_look:
                self._look(now)
            if self._ended_at is None and self._input_has_ended():
                self._note_end()
            limit = self._next_look - now
            if self._ended_at is None:
                limit = min(limit, INPUT_INTERVAL)
            else:
                patience = self._patience_until(began)
                if now >= patience:
                    raise ReaderStalledError(unsent)
                limit = min(limit, patience - now)
            if self._writing.poll(limit * 1000):
                return

    def _pause_on_windows(self, began: float, unsent: int) -> None:
        if self._ended_at is None and self._windows.has_ended(self.input):
            self._note_end()
        if self._ended_at is not None and time.monotonic() >= self._patience_until(began):
            raise ReaderStalledError(unsent)
        time.sleep(WINDOWS_INTERVAL)

    def _patience_until(self, began: float) -> float:
        """Return when a client that has read nothing meanwhile has had its time."""
        ended_at = self._ended_at or 0.0
        return max(
            ended_at + READER_PATIENCE, self._last_write + READER_PATIENCE, began + LAST_WORD
        )

    def _input_has_ended(self) -> bool:
        # Asked with POLLIN, and not while waiting: on macOS a question for the end of a pipe alone
        # is answered at once if it has data
        found = _look_at(self.input, select.POLLIN | getattr(select, "POLLRDHUP", 0))
        return bool(found & END)

    # Looking at the other end

    def _look(self, now: float) -> None:
        """Raise DisconnectedError if the client has ended without closing the input."""
        parent = os.getppid()
        # 0 and 1 are no client: outside this container, and init
        if self._parent is not None and self._parent > 1 and parent != self._parent:
            log.log("cwd_server: the process that started this server has ended, so it ends too")
            raise DisconnectedError("the parent has ended")
        # A launcher may still be stepping aside, so who is the parent is noted after a while
        self._parent = parent
        self._next_look = now + LOOK_INTERVAL
        # Not POLLNVAL: on macOS terminals answer that
        if _look_at(self.output, select.POLLOUT) & NOBODY:
            raise DisconnectedError("nobody reads the output any more")


def _check_open(name: str, stream: object) -> None:
    """Raise OSError if Python found a descriptor closed."""
    if stream is None:
        reason = f"{name} is closed; a client has to start this with both as pipes"
        raise OSError(errno.EBADF, reason)


def _look_at(descriptor: int, events: int) -> int:
    """Return which events a descriptor has right now.

    It is asked with an object of its own, as poll() must not run twice at once with the same.
    """
    poller = select.poll()
    poller.register(descriptor, events)
    for _, found in poller.poll(0):
        return found
    return 0


def _explain(error: OSError) -> Exception:
    """Return what an error means: that the client is gone, or what it says."""
    if error.errno in DISCONNECTED_ERRNOS:
        return DisconnectedError(str(error))
    return error
