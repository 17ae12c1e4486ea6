"""One server, started and spoken to as a client does.

Two threads read what it writes: it never waits for us, and nothing is kept without a limit. The
process is ended by ProcessGroups; here is only the conversation.
"""

import json
import os
import queue
import re
import signal
import threading
import time
from collections import deque
from typing import (
    IO,
    Callable,
    Deque,
    Dict,
    Iterator,
    List,
    NamedTuple,
    NoReturn,
    Optional,
    Sequence,
)

from cwd_server.commands.check.processes import POLL_INTERVAL, ProcessGroups
from cwd_server.commands.formats.jsonc import to_number
from cwd_server.protocol.jsonrpc import METHOD_NOT_FOUND

LONGEST_LINE = 10 * 1024 * 1024  # bytes; the official TypeScript client gives up at a longer one
LINES_WAITING = 8  # lines that are read before somebody asks for them
STDERR_LINES = 15
STDERR_LINE_BYTES = 100000  # more than Redactor searches, so that no half of a secret is shown
CHUNK = 65536  # bytes read at a time
WAIT_INTERVAL = 0.25  # seconds between two looks whether it still runs

LONGEST_ID = 40  # characters, of one that nobody asked for

# Of a terminal; servers write them without one, too
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}m")

WaitNotice = Callable[[str, float], None]  # is told of a method, and for how many seconds at most


class Limits(NamedTuple):
    """How long to wait, in seconds."""

    answer: float = 60.0  # what both official libraries wait
    notice: float = 10.0  # before somebody is told that it takes long
    discover: float = 10.0  # as the official Python library, which then tries initialize
    exit: float = 2.0  # for the end after stdin was closed, as official clients wait
    stderr: float = 0.2  # for the rest of stderr to come


class ProbeError(Exception):
    """The server did not do what was asked of it: str() says why."""


class RefusedError(ProbeError):
    """It answered with an error."""

    def __init__(self, method: str, error: object) -> None:
        super().__init__(f"{method} was answered with an error: {_describe_error(error)}")


def _describe_error(error: object) -> str:
    """Return the message and the code of a JSON-RPC error, as far as it has them."""
    if not isinstance(error, dict):
        return "no object"
    description = "no message"
    if isinstance(error.get("message"), str):
        description = error["message"]
    if isinstance(error.get("code"), int):
        description += f" (code {error['code']})"
    return description


class SilentError(ProbeError):
    """It did not answer in time."""


class EndedError(ProbeError):
    """It ended before it answered."""


class Answer(NamedTuple):
    """What came back for a request, and how long it took."""

    result: Dict[str, object]
    message: Dict[str, object]  # the whole of it
    seconds: float  # of the first one, since the server was started
    size: int  # bytes


class Server:
    """A running server; `on_wait` is called when an answer takes longer than `limits.notice`.

    It ends with the `with` block that it is used in.
    """

    def __init__(
        self,
        groups: ProcessGroups,
        argv: "Sequence[str]",
        env: "Dict[str, str]",
        directory: str,
        limits: Limits,
        on_wait: WaitNotice,
    ) -> None:
        self.started = time.monotonic()
        self._size = 0  # of the last message, in bytes
        self.noise: List[bytes] = []  # the first lines of stdout that are no messages
        self.stray_id = ""  # of the first answer to what nobody asked, as JSON
        self._groups = groups
        self._limits = limits
        self._on_wait = on_wait
        self._next_id = 0
        self._process = groups.start(list(argv), argv[0], env, directory)
        self._lines: queue.Queue[Optional[bytes]] = queue.Queue(LINES_WAITING)
        self._errors = _Tail()
        self._readers = [
            threading.Thread(target=self._read_stdout, daemon=True),
            threading.Thread(target=self._read_stderr, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def request(
        self, method: str, params: "Dict[str, object]", timeout: "Optional[float]" = None
    ) -> Answer:
        """Send a request; return its answer, or raise ProbeError."""
        request_id = self._next_id
        self._next_id += 1
        begun = time.monotonic()
        if request_id == 0:
            begun = self.started
        if timeout is None:
            timeout = self._limits.answer
        self._send({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
        message = self._wait_for(request_id, method, timeout)
        if "result" not in message:
            raise RefusedError(method, message.get("error"))
        result = message["result"]
        if not isinstance(result, dict):
            raise ProbeError(f"{method}: the result is not an object")
        return Answer(result, message, time.monotonic() - begun, self._size)

    def notify(self, method: str) -> None:
        """Send a notification."""
        self._send({"jsonrpc": "2.0", "method": method})

    def exits_by_itself(self) -> bool:
        """Close its stdin; return whether it ends then, as the specification wants."""
        self._close_stdin()
        deadline = time.monotonic() + self._limits.exit
        while self._process.poll() is None and time.monotonic() < deadline:
            time.sleep(POLL_INTERVAL)
        return self._process.poll() is not None

    def last_words(self) -> "List[str]":
        """Return the last lines of its stderr, after a moment for them to come."""
        if self._process.poll() is not None:
            self._readers[1].join(self._limits.stderr)
        else:
            time.sleep(self._limits.stderr)
        return self._errors.lines()

    def end(self) -> None:
        """End it, with everything it started."""
        self._close_stdin()
        self._groups.end(self._process)
        while any(reader.is_alive() for reader in self._readers):
            self._drop_lines()
            self._readers[0].join(POLL_INTERVAL)
            if not self._readers[0].is_alive():
                self._readers[1].join(1)
                break
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _drop_lines(self) -> None:
        try:
            while True:
                self._lines.get_nowait()
        except queue.Empty:
            pass

    def _close_stdin(self) -> None:
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError:  # it is gone already
                pass

    def _send(self, message: "Dict[str, object]") -> None:
        stdin = self._process.stdin
        if stdin is None or stdin.closed:
            return
        try:
            stdin.write(json.dumps(message).encode("ascii") + b"\n")
        except OSError:  # that it is gone shows when the answer is awaited
            pass

    def _wait_for(self, request_id: int, method: str, timeout: float) -> "Dict[str, object]":
        begun = time.monotonic()
        noticed = False
        while True:
            waited = time.monotonic() - begun
            if waited >= timeout:
                raise SilentError(f"no answer to {method} within {timeout:g} s")
            if waited >= self._limits.notice and not noticed:
                noticed = True
                self._on_wait(method, timeout)
            try:
                line = self._lines.get(timeout=min(timeout - waited, WAIT_INTERVAL))
            except queue.Empty:
                if self._process.poll() is None:
                    continue
                line = None  # a child of it may hold stdout open
            if line is None:
                raise EndedError(f"it {self._how_it_ended()} before it answered {method}")
            message = self._parse(line)
            if message is None:
                continue
            if _is_answer_to(request_id, message):
                self._size = len(line)
                return message
            if not self.stray_id and not _is_late(request_id, message):
                self.stray_id = json.dumps(message.get("id"))[:LONGEST_ID]

    def _parse(self, line: bytes) -> "Optional[Dict[str, object]]":
        """Return a message; keep what is none, and answer what the server asks, as clients do."""
        try:
            message = json.loads(line.decode("utf-8"), parse_int=to_number, parse_constant=_refuse)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            if line.strip() and len(self.noise) < 3:
                self.noise.append(line[:200])
            return None
        if isinstance(message.get("method"), str):
            if "id" in message:
                self._answer(message)
            return None
        return message

    def _answer(self, request: "Dict[str, object]") -> None:
        answer: Dict[str, object] = {"jsonrpc": "2.0", "id": request["id"]}
        if request["method"] == "ping":
            answer["result"] = {}
        else:
            answer["error"] = {"code": METHOD_NOT_FOUND, "message": "Method not found"}
        self._send(answer)

    def _how_it_ended(self) -> str:
        deadline = time.monotonic() + 1
        while self._process.poll() is None and time.monotonic() < deadline:
            time.sleep(POLL_INTERVAL)
        status = self._process.poll()
        if status is None:
            return "closed its stdout"
        if status < 0:
            return f"was ended by signal {_name_of_signal(-status)}"
        return f"exited with status {status}"

    def _read_stdout(self) -> None:
        pending = bytearray()
        for chunk in _chunks(self._process.stdout):
            newline = chunk.find(b"\n")
            pending += chunk
            if newline < 0 and len(pending) <= LONGEST_LINE:
                continue
            *lines, rest = bytes(pending).split(b"\n")
            if len(rest) > LONGEST_LINE:
                lines.append(rest)
                rest = b""
            for line in lines:
                self._lines.put(line)
            pending = bytearray(rest)
        if pending:
            self._lines.put(bytes(pending))
        self._lines.put(None)

    def _read_stderr(self) -> None:
        for chunk in _chunks(self._process.stderr):
            self._errors.add(chunk)


class _Tail:
    """The last lines of a stream, each of bounded length."""

    def __init__(self) -> None:
        self._lines: Deque[bytes] = deque(maxlen=STDERR_LINES)
        self._rest = b""

    def add(self, chunk: bytes) -> None:
        """Take what came."""
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._lines.append((self._rest + line)[:STDERR_LINE_BYTES])
            self._rest = b""
        self._rest = (self._rest + rest)[:STDERR_LINE_BYTES]

    def lines(self) -> "List[str]":
        """Return the lines, the last of them maybe without its end."""
        lines = [*self._lines, self._rest]
        texts = [_COLOURS.sub("", line.decode("utf-8", "replace")).rstrip() for line in lines]
        return [text for text in texts if text][-STDERR_LINES:]


def _chunks(stream: "Optional[IO[bytes]]") -> "Iterator[bytes]":
    """Yield what comes from a stream, until its end."""
    if stream is None:
        return
    while True:
        try:
            chunk = os.read(stream.fileno(), CHUNK)
        except (OSError, ValueError):  # closed on this side
            return
        if not chunk:
            return
        yield chunk


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _name_of_signal(number: int) -> str:
    try:
        return f"{number} ({signal.Signals(number).name})"
    except ValueError:
        return str(number)


def _is_late(request_id: int, message: "Dict[str, object]") -> bool:
    """Return whether a message answers again, or late, what was asked before."""
    answered = message.get("id")
    return isinstance(answered, int) and 0 <= answered < request_id


def _is_answer_to(request_id: int, message: "Dict[str, object]") -> bool:
    """Return whether a message answers a request; official clients take the id as text, too."""
    answered = message.get("id")
    if isinstance(answered, bool):
        return False
    return answered == request_id or answered == str(request_id)
