"""The protocol's own pair of descriptors: reading, writing, and noticing that the client is gone.

While serving, descriptor 0 is the null device and 1 is stderr for everything but the protocol,
which has private copies of what they were. So a tool's `print`, its C libraries and its child
processes can neither corrupt the stream nor read from it. A child that a tool forks loses the
copies too.

Whatever waits here checks now and then that the client is alive. A client may have ended although
its pipes are still open, because another of its children holds them. Then this process has another
parent, or nobody reads its output.
"""

import errno
import os
import select
import sys
import time
from _signal import set_wakeup_fd  # type: ignore[import-not-found]  # signal's core

from cwd_server.transport import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterable, Iterator, List, Optional, Union

    from cwd_server.transport.children import Children

PIECE_SIZE = 1 << 20  # bytes of a long answer that are encoded at a time
CHUNK = 65536  # bytes read at a time: what a pipe holds
# Bytes that a pipe takes at once if poll() finds room
PIPE_WRITE_SIZE = getattr(select, "PIPE_BUF", 512)
CLIENT_CHECK_INTERVAL = 5.0  # seconds between checks that the client is alive
INPUT_CHECK_INTERVAL = 0.5  # seconds between checks of the input while there is no room to write
WRITE_RETRY_INTERVAL = 0.02  # seconds between attempts to write on Windows
READER_TIMEOUT = 2.0  # seconds for a client to read something, once its input has ended
MIN_WRITE_TIME = 0.5  # seconds that even the last of the writes gets

# How the system says that nobody is at the other end: of a pipe, a socket, a terminal, on Windows
DISCONNECTED_ERRNOS = (errno.EPIPE, errno.ECONNRESET, errno.EIO, errno.EINVAL)

# Windows cannot wait on a pipe with a time limit. There reading blocks, which a client's end
# ends, and writing returns where it would wait.
CAN_POLL = hasattr(select, "poll")
if CAN_POLL:
    READER_GONE = select.POLLERR | select.POLLHUP
    INPUT_ENDED = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


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
        self._descriptors = [self.input, self.output]  # those that nobody else may use
        self._stopped = False
        # How to write where there is no poll(); 0 is returned where there is no room
        self._write_now: Callable[[int, Union[bytes, memoryview]], int] = os.write
        self._children: Optional[Children] = None
        self.input_ended_at: Optional[float] = None  # when the input had ended
        self._last_write = 0.0
        self._parent: Optional[int] = None  # its process id, once noted
        self._next_check = time.monotonic() + CLIENT_CHECK_INTERVAL
        if CAN_POLL:
            self._make_pollers()
        elif os.name == "nt":
            from cwd_server.transport import windows

            self._windows = windows
            if windows.set_no_wait(self.output):
                self._write_now = windows.write
        if hasattr(os, "register_at_fork"):  # since 3.7
            os.register_at_fork(after_in_child=self._replace_descriptors)

    def _make_pollers(self) -> None:
        # Else a signal just before poll(), or in another thread, would not be noticed until it
        # returns
        self._wakeup_reader, self._wakeup_writer = os.pipe()
        os.set_blocking(self._wakeup_writer, False)
        set_wakeup_fd(self._wakeup_writer)
        self._descriptors += [self._wakeup_reader, self._wakeup_writer]
        self._reading = select.poll()
        self._reading.register(self.input, select.POLLIN)
        self._input_alone = [(self.input, select.POLLIN)]  # the usual answer of poll()
        self._reading.register(self._wakeup_reader, select.POLLIN)
        self._writing = select.poll()
        self._writing.register(self.output, select.POLLOUT)

    def _replace_descriptors(self) -> None:
        """Make the protocol's descriptors the null device, in a child that a tool has forked.

        They are not closed: a closed number is handed to the next file that the child opens.
        """
        try:
            null = os.open(os.devnull, os.O_RDWR)
        except OSError:  # the tool has used up all descriptors
            null = 0  # the null device already
        for descriptor in self._descriptors:
            os.dup2(null, descriptor, False)
        if null != 0:
            os.close(null)

    def look_after(self, children: "Children") -> None:
        """Reap children of tools while waiting for input."""
        self._children = children
        self._descriptors.append(children.reader)
        self._reading.register(children.reader, select.POLLIN)

    def stop(self) -> None:
        """Let `read` return the end of input, also if it waits in another thread."""
        self._stopped = True
        if CAN_POLL:
            os.write(self._wakeup_writer, b"\0")

    # Reading

    def read(self) -> bytes:
        """Return the bytes that have arrived, b"" at the end of input."""
        while True:
            has_input = self.wait_for_input()
            if self._stopped:
                return b""
            if not has_input:
                continue
            try:
                data = os.read(self.input, CHUNK)
            except BlockingIOError:
                continue  # the client made its pipe non-blocking, and somebody else was faster
            except OSError as error:
                raise _error_of(error) from None
            if not data:
                self._note_end()
            return data

    def wait_for_input(self, seconds: float = CLIENT_CHECK_INTERVAL) -> bool:
        """Wait until there is something to read, or its end; return whether that is so.

        It returns False when `seconds` are over; and before, when a signal has come, a child has
        ended, `stop` was called, or the client is to be looked at again. Raises DisconnectedError.
        """
        if not CAN_POLL:
            return True  # reading will wait
        now = time.monotonic()
        if now >= self._next_check:
            self._check_client(now)
        until_check = self._next_check - now
        if until_check < seconds:
            seconds = until_check
        events = self._reading.poll(seconds * 1000)
        if events == self._input_alone and self._children is None:
            return True  # the usual case, kept short: a client waits
        ready = [descriptor for descriptor, _ in events]
        self._look_at_others(ready)
        return self.input in ready

    def is_silent_for(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        end = time.monotonic() + seconds
        while seconds > 0:  # less would be for ever to poll()
            if self.wait_for_input(seconds):
                return False
            seconds = end - time.monotonic()
        return True

    def _look_at_others(self, ready: "List[int]") -> None:
        """Take what has arrived beside the input: a signal, the end of a child."""
        if self._wakeup_reader in ready:
            os.read(self._wakeup_reader, CHUNK)
        if self._children is not None:
            if self._children.reader in ready:
                self._children.note()
            self._children.reap()

    def has_input(self) -> bool:
        """Whether there is something to read right now, or its end."""
        return CAN_POLL and bool(_poll_now(self.input, select.POLLIN))

    def read_rest(self) -> bytes:
        """Return what has arrived, from any thread, once the input has ended."""
        return os.read(self.input, CHUNK)

    def _note_end(self) -> None:
        if self.input_ended_at is None:
            self.input_ended_at = time.monotonic()

    # Writing

    def write(self, data: bytes) -> None:
        """Write all of `data`, as long as the client lives, or reads once the input has ended.

        Raises ReaderStalledError.
        """
        rest: Union[bytes, memoryview] = data
        if len(data) > PIPE_WRITE_SIZE:
            rest = memoryview(data)  # of bytes, each part would be a copy
        while rest:
            part = rest[:PIPE_WRITE_SIZE]
            try:
                if CAN_POLL:
                    if not self._writing.poll(0):
                        self._wait_for_room(len(rest))
                    written = os.write(self.output, part)
                else:
                    written = self._write_without_poll(part, len(rest))
            except BlockingIOError:
                continue  # the client made its pipe non-blocking
            except OSError as error:
                raise _error_of(error) from None
            self._last_write = time.monotonic()
            rest = rest[written:]

    def _wait_for_room(self, unsent: int) -> None:
        """Wait until the client has read something.

        unsent: how many bytes are left to write

        Raises DisconnectedError and ReaderStalledError.
        """
        began = time.monotonic()
        while True:
            now = time.monotonic()
            if now >= self._next_check:
                self._check_client(now)
            limit = self._next_check - now
            if not self._has_ended():
                limit = min(limit, INPUT_CHECK_INTERVAL)
            else:
                deadline = self._reader_deadline(began)
                if now >= deadline:
                    raise ReaderStalledError(unsent)
                limit = min(limit, deadline - now)
            if self._writing.poll(limit * 1000):
                return

    def _write_without_poll(self, part: "Union[bytes, memoryview]", unsent: int) -> int:
        """Write some of `part` as soon as there is room; return how many bytes.

        unsent: how many bytes are left to write
        """
        began = time.monotonic()
        while True:
            written = self._write_now(self.output, part)
            if written:
                return written
            if self._has_ended() and time.monotonic() >= self._reader_deadline(began):
                raise ReaderStalledError(unsent)
            time.sleep(WRITE_RETRY_INTERVAL)

    def _reader_deadline(self, began: float) -> float:
        """Return when to give up on a client that does not read, once its input has ended.

        began: when the wait for it did, as time.monotonic() says
        """
        last_sign = max(self.input_ended_at or 0.0, self._last_write)
        return max(last_sign + READER_TIMEOUT, began + MIN_WRITE_TIME)

    def _has_ended(self) -> bool:
        """Whether the input has ended; when that was seen first is noted."""
        if self.input_ended_at is None and self._input_has_ended():
            self._note_end()
        return self.input_ended_at is not None

    def _input_has_ended(self) -> bool:
        if os.name == "nt":
            return self._windows.has_ended(self.input)
        if not CAN_POLL:
            return False
        # Asked with POLLIN, and not while waiting: on macOS a question for the end of a pipe alone
        # is answered at once if it has data
        found = _poll_now(self.input, select.POLLIN | getattr(select, "POLLRDHUP", 0))
        return bool(found & INPUT_ENDED)

    # Whether the client is alive

    def look_at_client(self) -> None:
        """Look whether the client is there, and whether the input has ended, as nobody reads.

        Raises DisconnectedError.
        """
        now = time.monotonic()
        if CAN_POLL and now >= self._next_check:
            self._check_client(now)
        self._has_ended()

    def _check_client(self, now: float) -> None:
        """Raise DisconnectedError if the client has ended without closing the input."""
        parent = os.getppid()
        # 0 and 1 are no client: outside this container, and init
        if self._parent is not None and self._parent > 1 and parent != self._parent:
            log.log("cwd_server: the process that started this server has ended, so it ends too")
            raise DisconnectedError("the parent has ended")
        # A launcher may still be stepping aside, so who is the parent is noted after a while
        self._parent = parent
        self._next_check = now + CLIENT_CHECK_INTERVAL
        # Not POLLNVAL: on macOS terminals answer that
        if _poll_now(self.output, select.POLLOUT) & READER_GONE:
            raise DisconnectedError("nobody reads the output any more")


def encode_lines(lines: "List[str]", size: int) -> "Iterable[bytes]":
    """Return lines as bytes, in pieces if they are long."""
    if size <= PIECE_SIZE:
        return [("\n".join(lines) + "\n").encode("ascii")]
    return _encode_in_pieces(lines)


def _encode_in_pieces(lines: "List[str]") -> "Iterator[bytes]":
    """Yield lines as bytes, piece by piece, so that there are not several copies of them."""
    for line in lines:
        for start in range(0, len(line), PIECE_SIZE):
            yield line[start : start + PIECE_SIZE].encode("ascii")
        yield b"\n"


def lines_after(lines: "List[str]", written: int) -> "List[str]":
    """Return those of `lines` that `written` bytes of them have not completed."""
    for index, line in enumerate(lines):
        written -= len(line) + len("\n")
        if written < 0:
            return lines[index:]
    return []


def _check_open(name: str, stream: object) -> None:
    """Raise OSError if Python found a descriptor closed."""
    if stream is None:
        reason = f"{name} is closed; a client has to start this with both as pipes"
        raise OSError(errno.EBADF, reason)


def _poll_now(descriptor: int, events: int) -> int:
    """Return which of `events` a descriptor has right now.

    It is asked with an object of its own, as poll() must not run twice at once with the same.
    """
    poller = select.poll()
    poller.register(descriptor, events)
    for _, found in poller.poll(0):
        return found
    return 0


def _error_of(error: OSError) -> Exception:
    """Return what an error means: that the client is gone, or what it says."""
    if error.errno in DISCONNECTED_ERRNOS:
        return DisconnectedError(str(error))
    return error
