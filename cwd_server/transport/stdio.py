"""The stdio transport: the serving loop, and how it ends.

The main thread reads lines and hands them to the session. Tools that answer at once run right
there; others on threads (workers.py), `async def` on an event loop (event_loop.py), both loaded
only when there is such a tool. Whoever has run a call hands what came of it to the session too,
and writes the answer; two locks keep them apart.

https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
"""

import os
import time
from _thread import allocate_lock  # the core of threading, which takes longer to load

from cwd_server.errors import UserError
from cwd_server.protocol import jsonrpc
from cwd_server.protocol.lines import Lines, as_text
from cwd_server.toolkit.call import run_call
from cwd_server.transport.ending import Ending, end_on_signals
from cwd_server.transport.log import log, log_exception, log_message
from cwd_server.transport.wire import (
    CAN_POLL,
    DisconnectedError,
    ReaderStalledError,
    Wire,
    encode_lines,
    lines_after,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, List, Optional, Sequence, Set

    from cwd_server.protocol.lines import Line
    from cwd_server.protocol.session import Session
    from cwd_server.toolkit.call import Outcome, ToolCall
    from cwd_server.toolkit.loading.reload import Reloader
    from cwd_server.toolkit.tool import Tool
    from cwd_server.transport.children import Children
    from cwd_server.transport.event_loop import EventLoop
    from cwd_server.transport.inline_watch import InlineWatch
    from cwd_server.transport.workers import Workers

MAX_GATHERED = 16384  # bytes of answers that may wait for others, to leave in one write
QUICK = 0.001  # seconds: others need not wait for a tool that returns within them
GRACE_PERIOD = 2.0  # seconds that running calls get once input has ended
COUNT_TIMEOUT = 0.5  # seconds to read requests that stay unanswered, only to say how many
GREETING_DELAY = 1.0  # seconds without input on a terminal: nobody is typing or pasting messages

GREETING = """\
cwd_server is waiting for MCP messages on stdin, one JSON object a line: clients start it, not
people. Leave with Ctrl-D (Windows: Ctrl-Z and Enter) or Ctrl-C; --help says what else there is."""


class Server:
    """The serving loop of one session on one wire.

    One lock guards the session and what is not sent yet, another one the wire's output: a client
    that has read an answer may send its next request while the writer has not come back.
    """

    def __init__(self, session: "Session", wire: Wire, ending: Ending, verbose: bool) -> None:
        self._session = session
        self._wire = wire
        self._ending = ending
        self._verbose = verbose
        self._lock = allocate_lock()
        self._output_lock = allocate_lock()  # taken before the other one, never while that is held
        self._on_progress = self._report_progress  # bound once, not anew for each call
        self._process = os.getpid()
        self._status: Optional[int] = None  # the exit status, once writing has failed
        self._unsent: List[str] = []
        self._unsent_size = 0
        self._lines = Lines(session.max_line)
        # Lines that were read together, and how many of them the session has had: only to say, if
        # the client stops reading, how many requests got no answer
        self._incoming: Sequence[Line] = ()
        self._received = 0
        self._quick_tools: Set[Tool] = set()  # those whose last call in the main thread was quick
        self._workers: Optional[Workers] = None
        self._event_loop: Optional[EventLoop] = None
        self._reloader: Optional[Reloader] = None
        self._children: Optional[Children] = None
        self._inline_watch: Optional[InlineWatch] = None
        if session.has_user_tools:
            self._prepare_for_user_tools()

    def _prepare_for_user_tools(self) -> None:
        from cwd_server.transport.children import Children
        from cwd_server.transport.inline_watch import InlineWatch

        if CAN_POLL:
            self._children = Children(self._is_idle)
            self._wire.look_after(self._children)
        self._inline_watch = InlineWatch(self._look_after_inline_call)

    def reload_with(self, reloader: "Reloader") -> None:
        """Let the tools be loaded anew while serving."""
        self._reloader = reloader
        reloader.start(self._change_tools)

    def run(self) -> int:
        """Serve until input ends or the client is gone; return the exit status.

        Raises DisconnectedError, and OSError if it cannot be done.
        """
        has_ended = False
        while self._status is None and not has_ended:
            chunk = self._wire.read()
            has_ended = not chunk
            if self._reloader is not None:
                self._reloader.look()
            self._handle_lines(self._lines.feed(chunk))
        if self._status is None:
            self._end()
        return self._status or 0

    def _handle_lines(self, lines: "List[Line]") -> None:
        self._received = 0
        self._incoming = lines
        for line in lines:
            if self._status is not None:
                return  # writing has failed
            with self._lock:
                if self._verbose:
                    log_message("received", as_text(line))
                received = self._session.receive(line)
                self._received += 1
                self._send(received.lines)
            self._flush_if_full()
            for call in received.cancelled:
                self._forget_if_waiting(call)
            for call in received.calls:
                self._start(call)
        self._incoming = ()
        self._flush()

    # Calls

    def _start(self, call: "ToolCall") -> None:
        """Run a call here and now, or have it run."""
        call.on_progress = self._on_progress
        if self._children is not None:
            call.on_child_end = self._children.say_goodbye
        if call.tool.is_async:
            has_begun = self._get_event_loop().start(call, self._finish_async)
        elif call.tool.threaded:
            has_begun = self._get_workers().start(call)
        else:
            self._run_inline(call)
            return
        if not has_begun:
            with self._lock:
                self._send(self._session.refuse(call))

    def _run_inline(self, call: "ToolCall") -> None:
        """Run a call in the main thread.

        Answers that are there are sent before, unless the tool is known to return at once: they
        neither wait for a tool nor end with it.
        """
        if call.tool not in self._quick_tools:
            self._flush()
        began = time.monotonic()
        if self._inline_watch is not None:
            self._inline_watch.begin(began)
        outcome = run_call(call, log_exception)
        if self._inline_watch is not None:
            self._inline_watch.end()
        self._finish(call, outcome)
        del outcome  # as the traceback of an error in it leads to this frame: see run_call
        if time.monotonic() - began < QUICK:
            self._quick_tools.add(call.tool)
        else:
            self._quick_tools.discard(call.tool)

    def _look_after_inline_call(self, began: float) -> None:
        """Do what the main thread cannot while it runs a call; on another thread.

        began: when the call did, as time.monotonic() says
        """
        self._flush()
        if self._status is not None:
            return
        try:
            self._wire.look_at_client()
        except DisconnectedError as error:
            self._stop(status_of(error))
            return
        ended_at = self._wire.input_ended_at
        if ended_at is not None and time.monotonic() >= max(began, ended_at) + GRACE_PERIOD:
            self._close_session()
            if self._status is None:
                self._stop(0)

    def _is_idle(self) -> bool:
        """Whether no tool runs, asked by the main thread."""
        if self._workers is not None and not self._workers.is_idle():
            return False
        return self._event_loop is None or self._event_loop.wait(0)

    def _run_call(self, call: "ToolCall") -> None:
        self._finish(call, run_call(call, log_exception))

    def _finish(self, call: "ToolCall", outcome: "Outcome") -> None:
        with self._lock:
            self._send(self._session.finish(call, outcome))
        self._flush_if_full()

    def _finish_async(self, call: "ToolCall", outcome: "Outcome") -> None:
        """Answer a call that has ended on the event loop."""
        self._finish(call, outcome)
        self._flush()

    def _forget_if_waiting(self, call: "ToolCall") -> None:
        """Forget a call that the client has cancelled, if no thread has begun it."""
        if self._workers is not None and self._workers.cancel(call):
            with self._lock:
                self._session.forget(call)

    def _report_progress(
        self, call: "ToolCall", done: float, total: "Optional[float]", message: "Optional[str]"
    ) -> None:
        if os.getpid() != self._process:
            return  # a child that the tool has forked: somebody may have held the lock meanwhile
        with self._lock:
            self._send(self._session.progress(call, done, total, message))
        self._flush()

    def _change_tools(self, tools: "List[Tool]") -> None:
        with self._lock:
            self._send(self._session.tools_changed(tools))
        self._flush()

    def _get_workers(self) -> "Workers":
        if self._workers is None:
            from cwd_server.transport.workers import Workers

            self._workers = Workers(self._run_call, self._flush)
        return self._workers

    def _get_event_loop(self) -> "EventLoop":
        if self._event_loop is None:
            from cwd_server.transport.event_loop import EventLoop

            self._event_loop = EventLoop(log_exception, log)
        return self._event_loop

    # Sending

    def _send(self, lines: "List[str]") -> None:
        """Have lines sent by the next flush; with the lock held."""
        for line in lines:
            self._unsent.append(line)
            self._unsent_size += len(line)

    def _flush_if_full(self) -> None:
        if self._unsent_size >= MAX_GATHERED:
            self._flush()

    def _flush(self) -> None:
        """Write what is not sent yet."""
        if not self._unsent:
            return
        with self._output_lock:
            with self._lock:
                lines, self._unsent = self._unsent, []
                size, self._unsent_size = self._unsent_size, 0
            if lines:
                self._write(lines, size)

    def _write(self, lines: "List[str]", size: int) -> None:
        """Write lines, with the lock of the output held, as long as that can be done.

        The other lock is free: whoever reads these lines may be answered meanwhile.
        """
        if os.getpid() != self._process:
            os._exit(1)  # a child that Python does not know of: C code, or Python 3.6, forked
        if self._status is not None:
            return  # it has failed before
        if self._verbose:
            for line in lines:
                log_message("sent", line)
        written = 0  # bytes
        try:
            for piece in encode_lines(lines, size):
                self._wire.write(piece)
                written += len(piece)
        except ReaderStalledError as error:
            written += len(piece) - error.unsent
            self._log_undelivered(lines_after(lines, written))
            self._stop(1)
        except (DisconnectedError, OSError) as error:
            self._stop(status_of(error))

    def _stop(self, status: int) -> None:
        """End the process soon, from any thread: the main one may be waiting or running a tool."""
        self._status = status
        self._wire.stop()
        self._ending.exit_soon(status)

    # Ending

    def _end(self) -> None:
        """Give running calls time to answer, and close the session."""
        deadline = time.monotonic() + GRACE_PERIOD
        if self._workers is not None:
            self._workers.wait(GRACE_PERIOD)
        if self._event_loop is not None:
            self._event_loop.wait(max(deadline - time.monotonic(), 0))
        self._close_session()
        if self._event_loop is not None:
            self._event_loop.close()

    def _close_session(self) -> None:
        with self._lock:
            self._send(self._session.close())
        self._flush()
        with self._output_lock:  # a thread may be writing the last answers still
            pass

    def _log_undelivered(self, lines: "List[str]") -> None:
        """Say how many answers a client that does not read has not got."""
        with self._lock:
            missing = self._count_undelivered(lines + self._unsent)
        answers = f"{missing} answers were"
        if missing == 1:
            answers = "1 answer was"
        if missing:
            log(f"cwd_server: the client does not read what is sent; {answers} not delivered")

    def _count_undelivered(self, lines: "List[str]") -> int:
        """Return how many answers there are in `lines`, and requests without one; nothing is run.

        They are those that are being answered, that were read, and that have arrived.
        """
        count = sum(map(jsonrpc.count_responses, lines))
        count += self._session.count_unanswered()
        count += sum(map(self._session.count_requests, self._incoming[self._received :]))
        deadline = time.monotonic() + COUNT_TIMEOUT
        while self._wire.has_input() and time.monotonic() < deadline:
            try:
                chunk = self._wire.read_rest()
            except OSError:
                break
            count += sum(map(self._session.count_requests, self._lines.feed(chunk)))
            if not chunk:
                break
        return count


def status_of(error: Exception) -> int:
    """Return the exit status for what ended the serving; log it where it is the user's to mend."""
    if isinstance(error, DisconnectedError):
        return 0
    reason = getattr(error, "strerror", None) or error
    log(f"cwd_server: cannot serve: {reason}")
    return 1


def serve(
    make_session: "Callable[[], Session]",
    verbose: bool = False,
    reloader: "Optional[Reloader]" = None,
    notes: "Sequence[str]" = (),
) -> int:
    """Serve on stdin and stdout until input ends or the client is gone; return the exit status.

    make_session: called when nothing that it imports can reach the wire; its UserError is logged
    verbose: log every line received and sent to stderr, with the local time
    reloader: loads tools anew while serving
    notes: more to say with the greeting on a terminal; `make_session` may add some
    """
    end_on_signals()
    ending = Ending()
    try:
        wire = Wire()
        session = make_session()
        ending.has_leftovers = session.has_user_tools
        server = Server(session, wire, ending, verbose)
        if reloader is not None:
            server.reload_with(reloader)
        if os.isatty(wire.input) and wire.is_silent_for(GREETING_DELAY):
            log("\n".join([*notes, GREETING]))
        status = server.run()
    except UserError as error:
        log(f"cwd_server: {error}")
        status = error.exit_status
    except (DisconnectedError, OSError) as error:
        status = status_of(error)
    except KeyboardInterrupt:
        status = 130  # what a shell reports of a program that Ctrl-C ended
    ending.exit_soon(status)
    return status
