"""The stdio transport: descriptors, the serving loop, and how it ends. All I/O of serving is here.

While serving, descriptor 0 is the null device and 1 is stderr; the protocol has private copies. So a
tool's `print`, its C libraries and its child processes can neither corrupt the stream nor read it.
https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
"""

import errno
import io
import os
import select
import sys
import time
from _signal import set_wakeup_fd  # type: ignore[import-not-found]  # what signal builds on, and already loaded
from _thread import allocate_lock  # the same of threading

from cwd_server.jsonrpc import Lines
from cwd_server.toolkit import ToolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Optional, Tuple

    from cwd_server.protocol import Session
    from cwd_server.toolkit import JSON, Call

CHUNK = 65536  # bytes read at a time: what a pipe holds
ATOMIC = 4096  # bytes: a pipe that poll() calls writable takes as many at once (PIPE_BUF) on Linux
GATHER = 64  # answers that may wait to leave in one write while more requests are at hand
GRACE = 2.0  # seconds that running calls, and a client that reads nothing, get once input has ended
FAREWELL = 0.5  # seconds for the last writes after that
WATCH_AFTER = 5.0  # seconds until the parent is noted: a launcher may still be stepping aside
WATCH_EVERY = 4.0  # seconds between two looks at whether it is still there
NEVER = 1e6  # seconds; poll() takes no more than 2e6
READER_PAUSE = 0.2  # seconds that whoever reads stderr gets to make room, once

# Windows cannot wait on a pipe with a time limit. There reading and writing block, and the orphan watch
# is off: a client's end closes its pipes, which ends both.
CAN_WAIT = hasattr(select, "poll")
ENDED = getattr(select, "POLLHUP", 0) | getattr(select, "POLLRDHUP", 0)  # input: of a pipe, of a socket

# How the system says that the other end is gone: of a pipe, a socket, a terminal, a pipe on Windows
GONE = {errno.EPIPE, errno.ECONNRESET, errno.EIO, errno.EINVAL if os.name == "nt" else errno.EPIPE}

GREETING = """cwd_server is waiting for MCP messages on stdin, one JSON object a line: clients start it, not people.
Leave with Ctrl-D (Windows: Ctrl-Z and Enter) or Ctrl-C; `--help` tells what else it can do."""


class ClientGone(Exception):
    """Nobody is there to serve any more."""


class _Stderr(io.RawIOBase):
    """Descriptor 2 for logs and prints, which cannot fail or hang on it: what nobody reads is dropped."""

    patience = READER_PAUSE

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def write(self, data: "Any") -> int:
        try:
            for start in range(0, len(data), ATOMIC):
                if self._has_room():
                    os.write(2, data[start : start + ATOMIC])
        except OSError:
            pass  # closed or full, and nobody can be told
        return len(data)

    def _has_room(self) -> bool:
        if not CAN_WAIT:
            return True
        poller = select.poll()
        poller.register(2, select.POLLOUT)
        ready = bool(poller.poll(self.patience * 1000))
        self.patience = READER_PAUSE if ready else 0
        return ready


_stderr = _Stderr()


def log(text: str) -> None:
    """Write a line to stderr if that is possible."""
    _stderr.write((text + "\n").encode("utf-8", "backslashreplace"))


def log_exception() -> None:
    """Log the traceback of the exception that is being handled, on several lines."""
    try:
        from traceback import format_exc

        log("cwd_server: " + format_exc().rstrip())
    except Exception:  # such as no memory or no descriptor left
        log("cwd_server: %s" % sys.exc_info()[0])


class Wire:
    """The protocol's own pair of descriptors, and the watch on the process at their other end."""

    def __init__(self) -> None:
        self.patience = NEVER  # seconds that a client may read nothing of what is being written
        self._parent = 0  # not noted yet, or not worth watching
        self._next_look = time.monotonic() + WATCH_AFTER

    def take(self) -> None:
        """Take descriptors 0 and 1 away from everybody else; raise OSError if either is closed."""
        if sys.stdin is None or sys.stdout is None:  # so Python says that it found them closed
            closed = "stdin" if sys.stdin is None else "stdout"
            raise OSError(errno.EBADF, "%s is closed; a client has to start this with both as pipes" % closed)
        null = os.open(os.devnull, os.O_RDWR)
        if sys.stderr is None:  # first of all: what is opened next must not become descriptor 2
            os.dup2(null, 2)
            os.set_inheritable(2, True)  # it may have been 2 already
        self._in, self._out = os.dup(0), os.dup(1)
        os.dup2(null, 0)
        os.dup2(2, 1)
        if null > 2:
            os.close(null)
        sys.stdout = sys.stderr = io.TextIOWrapper(_stderr, "utf-8", "backslashreplace", line_buffering=True)
        if CAN_WAIT:
            self._readable, self._writable = select.poll(), select.poll()
            self._readable.register(self._in, select.POLLIN)
            # Else a signal just before poll(), or in another thread, would not be noticed until poll() returns
            self._woken, wake = os.pipe()
            os.set_blocking(wake, False)
            set_wakeup_fd(wake)
            self._readable.register(self._woken, select.POLLIN)
            self._writable.register(self._out, select.POLLOUT)
            self._writable.register(self._in, ENDED)

    def read(self) -> bytes:
        """Return the bytes that have arrived, b"" at the end of input; raise ClientGone or OSError."""
        while True:
            if CAN_WAIT:
                self._wait(self._readable, self._in)
            chunk = self._attempt(os.read, self._in, CHUNK)
            if chunk is not None:
                return bytes(chunk)

    def write(self, data: bytes) -> None:
        """Write all of `data`, waiting for the client as long as it lives; raise ClientGone or OSError."""
        rest = memoryview(data)
        while rest:
            if CAN_WAIT:
                self._wait(self._writable, self._out)
            written = self._attempt(os.write, self._out, rest[:ATOMIC] if CAN_WAIT else rest)
            rest = rest[written or 0 :]

    def _attempt(self, operation: "Callable[..., Any]", *arguments: "Any") -> "Any":
        """Return what an operation on a descriptor returns, or None if it has to be tried again."""
        try:
            return operation(*arguments)
        except BlockingIOError:
            return None  # the client made its pipe non-blocking, and somebody else was faster
        except OSError as error:
            if error.errno in GONE:
                raise ClientGone from None
            raise

    def _wait(self, poller: "Any", wanted: int) -> None:
        """Wait until a descriptor is ready, looking at the parent now and then."""
        now = since = time.monotonic()
        while True:
            if now >= self._next_look:
                self._look_at_parent(now)
            patience = self.patience if poller is self._writable else NEVER
            if now >= since + patience:
                raise ClientGone
            ready = dict(poller.poll((min(self._next_look, since + patience) - now) * 1000))
            if wanted in ready:
                return
            now = time.monotonic()
            if self._woken in ready:
                os.read(self._woken, CHUNK)
            elif ready:  # the input has ended while writing: if the client does not read either, it is gone
                poller.unregister(self._in)
                self.patience, since = min(self.patience, GRACE), now

    def _look_at_parent(self, now: float) -> None:
        parent = os.getppid()
        if self._parent and parent != self._parent:
            log("cwd_server: the process that started this server has ended, so this server ends too")
            raise ClientGone
        self._parent = parent if parent > 1 else 0  # 0, 1: outside this container, or init; no client
        self._next_look = now + (WATCH_EVERY if self._parent else NEVER)


class Server:
    """The serving loop. The lock guards the session and the wire: calls may end on worker threads."""

    def __init__(self, session: "Session", verbose: bool) -> None:
        self._session = session
        self._wire = Wire()
        self._verbose = verbose
        self._lock = allocate_lock()
        self._unsent: List[str] = []  # lines that a chunk of input led to so far
        self.workers: Any = None  # made for the first call that needs a thread

    def run(self) -> None:
        """Serve until input ends; raise ClientGone, or OSError when a descriptor fails."""
        self._wire.take()
        lines = Lines()
        chunk = b"\n"
        while chunk:
            chunk = self._wire.read()
            for line in lines.feed(chunk):
                self._take(line)
            self._flush()
        self._wind_up()

    def _take(self, line: "Optional[bytes]") -> None:
        if self._verbose:
            _log_line("received", "(a line that is too long)" if line is None else line.decode("utf-8", "replace"))
        with self._lock:
            received = self._session.receive(line)
        self._unsent += received.lines
        for call in received.calls:
            if call.tool.threaded:
                self._start(call)
            else:
                self._make(call, self._unsent.extend)
        if len(self._unsent) > GATHER:
            self._flush()

    def _flush(self) -> None:
        if self._unsent:
            lines, self._unsent = self._unsent, []
            with self._lock:
                self._send(lines)

    def _send(self, lines: "List[str]") -> None:
        if self._verbose:
            for line in lines:
                _log_line("sent", line)
        self._wire.write("".join([line + "\n" for line in lines]).encode("ascii"))

    def _make(self, call: "Call", send: "Callable[[List[str]], None]") -> None:
        """Make a call, and send what its end allows to send."""
        result, failure = _run(call)
        with self._lock:
            send(self._session.finish(call, result, failure))

    # Calls on worker threads

    def _start(self, call: "Call") -> None:
        if self.workers is None:
            from cwd_server.workers import Workers

            self.workers = Workers(lambda call: self._make(call, self._send_from_thread))
        call.on_progress = self._report_progress
        if not self.workers.start(call):
            with self._lock:
                self._unsent += self._session.finish(call, None, "Too many calls are waiting: try again later")

    def _report_progress(self, call: "Call", *progress: "Any") -> None:
        with self._lock:
            self._send_from_thread(self._session.progress(call, *progress))

    def _send_from_thread(self, lines: "List[str]") -> None:
        try:
            self._send(lines)
        except (ClientGone, OSError) as error:
            os._exit(_status(error))  # the main thread waits for input and cannot be told

    # The end

    def _wind_up(self) -> None:
        """Give running calls time to answer, then close subscriptions."""
        if self.workers is not None:
            self.workers.wait(GRACE)
        self._wire.patience = FAREWELL
        if self._lock.acquire(timeout=FAREWELL):  # a thread may be stuck in writing, with the lock
            self._send(self._session.close())
            self._lock.release()


def _run(call: "Call") -> "Tuple[Optional[JSON], str]":
    """Run a tool; return its result, or None and why it failed."""
    try:
        return call.tool.run(call), ""
    except BaseException as error:  # a tool's exit() must not take the server with it
        if isinstance(error, KeyboardInterrupt) and not call.tool.threaded:
            raise  # it was meant for the server, which runs in this thread
        if not call.cancelled and not isinstance(error, ToolError):
            log_exception()
        return None, failure_of(error)


def failure_of(error: BaseException) -> str:
    """Return why a tool failed: what a ToolError says, and of anything else its type too."""
    try:
        reason = str(error)
    except Exception:
        reason = "it cannot say why"
    return reason if isinstance(error, ToolError) else "%s: %s" % (type(error).__name__, reason)


def _log_line(direction: str, line: str) -> None:
    now = time.time()
    log("%s.%03d %s %s" % (time.strftime("%H:%M:%S", time.localtime(now)), now % 1 * 1000, direction, line))


def _status(error: BaseException) -> int:
    """Return the exit status for what ended the serving, saying so where it is the user's to mend."""
    if isinstance(error, ClientGone):
        return 0
    if isinstance(error, KeyboardInterrupt):
        return 130
    log("cwd_server: cannot serve: %s" % getattr(error, "strerror", error))
    return 1


def serve(session: "Session", verbose: bool = False) -> int:
    """Serve `session` on stdin and stdout until input ends or the client is gone; return the exit status.

    verbose: log every line received and sent to stderr, with the local time
    """
    if os.isatty(0):
        log(GREETING)
    if os.getpid() == 1:  # in a container, where the kernel drops a SIGTERM that nobody handles
        import signal

        signal.signal(signal.SIGTERM, lambda number, frame: os._exit(128 + number))
    server = Server(session, verbose)
    try:
        server.run()
        status = 0
    except (ClientGone, OSError, KeyboardInterrupt) as error:
        status = _status(error)
    if "threading" in sys.modules:  # ours, or a tool's: a thread that goes on would keep the process
        from cwd_server.workers import leave

        leave(server.workers, status)
    return status
