"""The stdio transport: descriptors, the serving loop, and how it ends. All I/O of serving is here.

While serving, descriptor 0 is the null device and 1 is stderr; the protocol has private copies. So a
tool's `print`, its C libraries and its child processes can neither corrupt the stream nor read it.
https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
"""

import os
import sys
import time
from _thread import allocate_lock  # what threading builds on, and already loaded
from errno import EINVAL

from cwd_server.jsonrpc import Lines
from cwd_server.toolkit import ToolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional

    from cwd_server.protocol import Session
    from cwd_server.toolkit import Call

CHUNK = 65536  # bytes read, or gathered before writing, at a time: what a pipe holds
ATOMIC = 4096  # bytes: a pipe that select() calls writable takes as many at once (PIPE_BUF) on Linux
GRACE = 2.0  # seconds that running calls get to answer once input has ended
FAREWELL = 0.5  # seconds for the last writes after that
WATCH_AFTER = 5.0  # seconds until the parent is noted: a launcher may still be stepping aside
NEVER = 1e6  # seconds; select() takes no more than 1e8 on every system
WATCH_EVERY = 4.0  # seconds between two looks at whether it is still there

# Windows cannot wait on a pipe with a time limit. There reading blocks, and the orphan watch is off:
# a client's end closes the pipe, which ends the reading.
CAN_WAIT = os.name == "posix"


GREETING = """cwd_server is waiting for MCP messages on stdin, one JSON object a line: clients start it, not people.
Leave with Ctrl-D (Windows: Ctrl-Z and Enter) or Ctrl-C; `--help` tells what else it can do."""


class ClientGone(Exception):
    """Nobody is there to serve any more."""


def log(text: str) -> None:
    """Write a line to stderr if that is possible without waiting; it may be closed, full or unread."""
    data = (text + "\n").encode("utf-8", "backslashreplace")
    try:
        for start in range(0, len(data), ATOMIC):
            if CAN_WAIT and not _ready(writable=2, seconds=0):
                return
            os.write(2, data[start : start + ATOMIC])
    except (OSError, ValueError):
        pass  # nobody can be told


def log_exception() -> None:
    """Log the traceback of the exception that is being handled, on several lines."""
    import traceback

    log("cwd_server: " + traceback.format_exc().rstrip())


def _ready(readable: int = -1, writable: int = -1, seconds: float = 0) -> bool:
    from select import select

    ready = select([readable] if readable >= 0 else [], [writable] if writable >= 0 else [], [], seconds)
    return bool(ready[0] or ready[1])


class Wire:
    """The protocol's own pair of descriptors, and the watch on the process at their other end."""

    def __init__(self) -> None:
        """Take descriptors 0 and 1 away from everybody else; raise OSError if either is closed."""
        if sys.stdin is None or sys.stdout is None:  # so Python says that it found them closed
            raise OSError("%s is closed" % ("stdin" if sys.stdin is None else "stdout"))
        null = os.open(os.devnull, os.O_RDWR)
        if sys.stderr is None:
            os.dup2(null, 2)  # first of all: what is opened next must not become descriptor 2
        self._in, self._out = os.dup(0), os.dup(1)
        os.dup2(null, 0)
        os.dup2(2, 1)
        if null > 2:
            os.close(null)
        sys.stdout = sys.stderr  # so that prints appear at once, and in order
        self._parent = 0  # not noted yet, or not worth watching
        self._next_look = time.monotonic() + WATCH_AFTER
        self.give_up_at = self._next_look + NEVER  # when writing stops waiting for the client, on the monotonic clock

    def read(self) -> bytes:
        """Return the bytes that have arrived, b"" at the end of input; raise ClientGone or OSError."""
        while True:
            self._wait(readable=self._in)
            try:
                return os.read(self._in, CHUNK)
            except BlockingIOError:
                continue  # the client made its pipe non-blocking, and somebody else took the bytes
            except ConnectionError:
                return b""

    def write(self, data: bytes) -> None:
        """Write all of `data`, waiting for the client as long as it lives; raise ClientGone or OSError."""
        start = 0
        while start < len(data):
            self._wait(writable=self._out)
            try:
                start += os.write(self._out, data[start : start + ATOMIC] if CAN_WAIT else data[start:])
            except BlockingIOError:
                continue
            except OSError as error:
                if isinstance(error, ConnectionError) or (os.name == "nt" and error.errno == EINVAL):
                    raise ClientGone from None  # EPIPE, or what Windows says instead
                raise

    def _wait(self, readable: int = -1, writable: int = -1) -> None:
        """Wait until a descriptor is ready, looking at the parent now and then."""
        if not CAN_WAIT:
            return
        while True:
            now = time.monotonic()
            if now >= self._next_look:
                self._look_at_parent(now)
            if now >= self.give_up_at and writable >= 0:
                raise ClientGone
            if _ready(readable, writable, min(self._next_look, self.give_up_at) - now):
                return

    def _look_at_parent(self, now: float) -> None:
        parent = os.getppid()
        if self._parent and parent != self._parent:
            log("cwd_server: the process that started this server has ended, so this server ends too")
            raise ClientGone
        self._parent = parent if parent > 1 else 0  # 0, 1: outside this container, or init; no client
        self._next_look = now + (WATCH_EVERY if self._parent else NEVER)


class Server:
    """The serving loop. The lock guards the session and the wire: calls may end on worker threads."""

    def __init__(self, session: "Session", wire: Wire, verbose: bool) -> None:
        self._session = session
        self._wire = wire
        self._verbose = verbose
        self._lock = allocate_lock()
        self._unsent: List[str] = []  # lines that a chunk of input led to so far
        self.workers: Any = None  # made for the first call that needs a thread

    def run(self) -> None:
        """Serve until input ends; raise ClientGone, or OSError when a descriptor fails."""
        lines = Lines()
        while True:
            chunk = self._wire.read()
            for line in lines.feed(chunk) if chunk else lines.end():
                self._take(line)
            self._flush()
            if not chunk:
                break
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
                self._unsent += self._make(call)
        if len(self._unsent) > 64:
            self._flush()

    def _flush(self) -> None:
        """Send what has gathered: one write for many answers when requests come in bulk."""
        if self._unsent:
            lines, self._unsent = self._unsent, []
            with self._lock:
                self._send(lines)

    def _send(self, lines: "List[str]") -> None:
        if self._verbose:
            for line in lines:
                _log_line("sent", line)
        self._wire.write(("\n".join(lines) + "\n").encode("ascii"))

    def _make(self, call: "Call") -> "List[str]":
        """Run a call; return the lines that its end allows to send."""
        result, failure = None, ""
        try:
            result = call.tool.run(call)
        except ToolError as error:
            failure = str(error)
        except (Exception, SystemExit) as error:  # a tool's exit() must not take the server with it
            if not call.cancelled:
                log_exception()
            failure = "%s: %s" % (type(error).__name__, error)
        with self._lock:
            return self._session.finish(call, result, failure)

    # Calls on worker threads

    def _start(self, call: "Call") -> None:
        if self.workers is None:
            from cwd_server.workers import Workers

            self.workers = Workers(self._work)
        call.on_progress = self._report_progress
        if not self.workers.start(call):
            with self._lock:
                self._unsent += self._session.finish(call, None, "Too many calls are waiting: try again later")

    def _work(self, call: "Call") -> None:
        self._send_from_thread(self._make(call))

    def _report_progress(self, call: "Call", *progress: "Any") -> None:
        with self._lock:
            lines = self._session.progress(call, *progress)
        self._send_from_thread(lines)

    def _send_from_thread(self, lines: "List[str]") -> None:
        if not lines:
            return
        try:
            with self._lock:
                self._send(lines)
        except (ClientGone, OSError) as error:
            os._exit(_status(error))  # the main thread waits for input and cannot be told

    # The end

    def _wind_up(self) -> None:
        """Give running calls time to answer, then close subscriptions."""
        deadline = time.monotonic() + GRACE
        if self.workers is not None:
            self.workers.wait(GRACE)
        self._wire.give_up_at = deadline + FAREWELL
        if self._lock.acquire(timeout=FAREWELL):  # a thread may be stuck in writing, with the lock
            lines = self._session.close()
            if lines:
                self._send(lines)
            self._lock.release()


def _log_line(direction: str, line: str) -> None:
    now = time.time()
    log("%s.%03d %s %s" % (time.strftime("%H:%M:%S", time.localtime(now)), now % 1 * 1000, direction, line))


def _status(error: BaseException) -> int:
    """Return the exit status for what ended the serving, saying so where it is the user's to mend."""
    if isinstance(error, ClientGone):
        return 0
    if isinstance(error, KeyboardInterrupt):
        return 130
    log("cwd_server: cannot go on serving: %s" % error)
    return 1


def serve(session: "Session", verbose: bool = False) -> int:
    """Serve `session` on stdin and stdout until input ends or the client is gone; return the exit status.

    verbose: log every line received and sent to stderr, with the local time
    """
    if os.isatty(0):
        log(GREETING)
    try:
        server = Server(session, Wire(), verbose)
    except OSError as error:
        log("cwd_server: cannot serve: %s; a client has to start this with both as pipes" % error)
        return 1
    try:
        server.run()
        status = 0
    except (ClientGone, OSError, KeyboardInterrupt) as error:
        status = _status(error)
    if server.workers is not None:
        server.workers.leave(session.running, status)
    return status
