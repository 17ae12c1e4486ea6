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
from _signal import SIGTERM, set_wakeup_fd, signal  # type: ignore[import-not-found]  # the core of signal, loaded already
from _thread import allocate_lock  # the same of threading

from cwd_server import JSON, Any, Callable
from cwd_server.errors import UserError
from cwd_server.protocol.jsonrpc import Lines
from cwd_server.protocol.session import Session
from cwd_server.toolkit.call import Outcome, ToolCall as Call, run_call

CHUNK = 65536  # bytes read at a time: what a pipe holds
ATOMIC = 4096  # bytes: a pipe that poll() calls writable takes as many at once (PIPE_BUF) on Linux
GATHER = 64  # answers that may wait to leave in one write while more requests are at hand
GRACE = 2.0  # seconds that running calls, and a client that reads nothing, get once input has ended
FAREWELL = 0.5  # seconds for the last writes after that, and for what tools do at exit
WATCH = 5.0  # seconds until the parent is noted, as a launcher may still be stepping aside, and between looks at it
READER_PAUSE = 0.2  # seconds that whoever reads stderr gets to make room, once

# Windows cannot wait on a pipe with a time limit. There reading and writing block, and the orphan watch
# is off: a client's end closes its pipes, which ends both.
CAN_WAIT = hasattr(select, "poll")

# How the system says that the other end is gone: of a pipe, a socket, a terminal, a pipe on Windows
GONE = (errno.EPIPE, errno.ECONNRESET, errno.EIO, errno.EINVAL)

GREETING = """cwd_server is waiting for MCP messages on stdin, one JSON object a line: clients start it, not people.
Leave with Ctrl-D (Windows: Ctrl-Z and Enter) or Ctrl-C; `--help` tells what else it can do."""


class _Stderr(io.RawIOBase):
    """Descriptor 2 for logs and prints, which cannot fail or hang on it: what nobody reads is dropped."""

    patience = READER_PAUSE

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def write(self, data: Any) -> int:
        try:
            for start in range(0, len(data), ATOMIC):
                if CAN_WAIT and not select.select([], [2], [], self.patience)[1]:
                    self.patience = 0
                    break
                self.patience = READER_PAUSE
                os.write(2, data[start : start + ATOMIC])
        except OSError:
            pass  # closed or full, and nobody can be told
        return len(data)


_stderr = _Stderr()


def log(text: str) -> None:
    """Write a line to stderr if that is possible."""
    _stderr.write((text + "\n").encode("utf-8", "backslashreplace"))


def log_exception() -> None:
    """Log the traceback of the exception that is being handled."""
    sys.__excepthook__(*sys.exc_info())


class Wire:
    """The protocol's own pair of descriptors, and the watch on the process at their other end.

    Making it takes 0 and 1 away from everybody else. All methods raise OSError, one of GONE if nobody is there.
    """

    def __init__(self) -> None:
        if sys.stdin is None or sys.stdout is None:  # so Python says that it found them closed
            closed = "stdin" if sys.stdin is None else "stdout"
            raise OSError(errno.EBADF, "%s is closed; a client has to start this with both as pipes" % closed)
        null = os.open(os.devnull, os.O_RDWR)  # the first to be opened: it becomes 2 if that is closed, and stays
        os.set_inheritable(null, True)
        self.input, self.output = os.dup(0), os.dup(1)
        os.dup2(null, 0)
        os.dup2(2, 1)
        if null != 2:
            os.close(null)
        sys.stdout = sys.stderr = io.TextIOWrapper(_stderr, "utf-8", "backslashreplace", line_buffering=True)
        self.patience = float("inf")  # seconds to wait: less once input has ended, since the client may not read either
        self._parent, self._next_look = 0, time.monotonic() + WATCH  # 0: not noted yet
        if CAN_WAIT:
            readable, writable = select.poll(), select.poll()
            self._pollers = {self.input: readable, self.output: writable}
            readable.register(self.input, select.POLLIN)
            # Else a signal just before poll(), or in another thread, would not be noticed until poll() returns
            self._woken, wake = os.pipe()
            os.set_blocking(wake, False)
            set_wakeup_fd(wake)
            readable.register(self._woken, select.POLLIN)
            writable.register(self.output, select.POLLOUT)
            writable.register(self.input, select.POLLHUP | getattr(select, "POLLRDHUP", 0))  # a pipe's end, a socket's

    def read(self) -> bytes:
        """Return the bytes that have arrived, b"" at the end of input."""
        while True:
            self._wait(self.input)
            try:
                return os.read(self.input, CHUNK)
            except BlockingIOError:
                pass  # the client made its pipe non-blocking, and somebody else was faster

    def write(self, data: bytes) -> None:
        """Write all of `data`, waiting for the client as long as it lives."""
        rest = memoryview(data)
        while rest:
            self._wait(self.output)
            try:
                rest = rest[os.write(self.output, rest[:ATOMIC]) :]
            except BlockingIOError:
                pass  # the same

    def _wait(self, descriptor: int) -> None:
        """Wait until a descriptor is ready, looking at the parent now and then."""
        end = time.monotonic() + self.patience
        ready: dict[int, int] = {}
        while CAN_WAIT and descriptor not in ready:
            now = time.monotonic()
            if self._woken in ready:
                os.read(self._woken, CHUNK)
            elif ready:  # the input has ended while writing: if the client does not read either, it is gone
                self._pollers[descriptor].unregister(self.input)
                self.patience = min(self.patience, GRACE)
                end = now + self.patience
            if now >= self._next_look:
                self._look_at_parent(now)
            if now >= end:
                raise OSError(errno.EPIPE, "the client does not read")
            ready = dict(self._pollers[descriptor].poll((min(self._next_look, end) - now) * 1000))

    def _look_at_parent(self, now: float) -> None:
        parent = os.getppid()
        if self._parent > 1 and parent != self._parent:  # 0, 1: outside this container, or init; no client
            log("cwd_server: the process that started this server has ended, so this server ends too")
            raise OSError(errno.EPIPE, "the parent has ended")
        self._parent, self._next_look = parent, now + WATCH


class Server:
    """The serving loop. The lock guards the session and the wire: calls may end on worker threads."""

    def __init__(self, session: Session, wire: Wire, verbose: bool) -> None:
        self._session = session
        self._wire = wire
        self._verbose = verbose
        self._lock = allocate_lock()
        self._unsent: list[str] = []
        self._workers: Any = None  # made for the first call that needs a thread

    def run(self) -> None:
        """Serve until input ends, give running calls time to answer, and close subscriptions; raise OSError."""
        lines = Lines()
        for chunk in iter(self._wire.read, b""):
            self._take(lines.feed(chunk))
        self._take(lines.feed(b""))  # a last line without a newline is still a message
        if self._workers is not None:
            self._workers.wait(GRACE)
        self._wire.patience = FAREWELL
        if self._lock.acquire(timeout=FAREWELL):  # a thread may be stuck in writing, with the lock
            self._send(self._session.close())

    def _take(self, lines: "list[bytes | None]") -> None:
        for line in lines:
            if self._verbose:
                _log_line("received", "(a line that is too long)" if line is None else line.decode("utf-8", "replace"))
            with self._lock:
                received = self._session.receive(line)
                self._send(received.lines, more=True)
            for call in received.calls:
                call.on_progress = self._report_progress
                if call.tool.threaded and self._workers is None:
                    from cwd_server.transport.workers import Workers

                    self._workers = Workers(self._make)
                if not call.tool.threaded:
                    self._make(call)
                elif not self._workers.start(call):
                    self._finish(call, Outcome(failure="Too many calls are waiting: try again later"))
        with self._lock:
            self._send([])

    def _send(self, lines: "list[str]", more: bool = False) -> None:
        """Write lines, with the lock held. If there are more to come, a few may wait for those."""
        self._unsent += lines
        if not self._unsent or (more and len(self._unsent) < GATHER):
            return
        lines, self._unsent = self._unsent, []
        for line in lines if self._verbose else []:
            _log_line("sent", line)
        try:
            self._wire.write("".join([line + "\n" for line in lines]).encode("ascii"))
        except OSError as error:
            os._exit(_status(error))  # from any thread: the main one may be waiting for input, and cannot be told

    def _make(self, call: Call) -> None:
        self._finish(call, run_call(call, log_exception))

    def _finish(self, call: Call, outcome: Outcome) -> None:
        with self._lock:
            self._send(self._session.finish(call, outcome), more=not call.tool.threaded)

    def _report_progress(self, call: Call, *progress: Any) -> None:
        with self._lock:
            self._send(self._session.progress(call, *progress))


def _log_line(direction: str, line: str) -> None:
    now = time.time()
    log("%s.%03d %s %s" % (time.strftime("%H:%M:%S", time.localtime(now)), now % 1 * 1000, direction, line))


def _status(error: OSError) -> int:
    """Return the exit status for what ended the serving, saying so where it is the user's to mend."""
    if error.errno in GONE:
        return 0
    log("cwd_server: cannot serve: %s" % error.strerror)
    return 1


def serve(offer: "Callable[[], Session]", verbose: bool = False) -> int:
    """Serve on stdin and stdout until input ends or the client is gone; return the exit status.

    offer: makes the session, when nothing that it imports can reach the wire; its ValueError is for the user to read
    verbose: log every line received and sent to stderr, with the local time
    """
    if os.getpid() == 1:  # in a container, where the kernel drops a SIGTERM that nobody handles
        signal(SIGTERM, lambda number, frame: os._exit(128 + number))
    status = 0
    try:
        wire = Wire()
        try:
            session = offer()
        except UserError as error:
            log("cwd_server: %s" % error)
            status = error.exit_status
        else:
            if os.isatty(wire.input):
                log(GREETING)
            Server(session, wire, verbose).run()
    except OSError as error:
        status = _status(error)
    except KeyboardInterrupt:
        status = 130
    threading = sys.modules.get("threading")  # loaded for our threads, or by a tool
    if threading is not None and threading.active_count() > 1:  # one that goes on would keep the process
        timer = threading.Timer(FAREWELL, os._exit, (status,))
        timer.daemon = True
        timer.start()
    return status
