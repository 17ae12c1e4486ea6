"""JSON-RPC 2.0 over lines: bytes to messages and back. Knows nothing of MCP and does no I/O.

`Lines` cuts bytes into lines, `decode` turns a line into a message or raises `JSONRPCError`, and `result_line`,
`error_line` and `notification_line` make what goes back: pure ASCII, which no locale or encoding setting can touch.
https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
"""

from cwd_server import Any

# https://www.jsonrpc.org/specification#error_object
PARSE_ERROR = -32700  # the line is not JSON
INVALID_REQUEST = -32600  # JSON, but not a request
METHOD_NOT_FOUND = -32601  # a request for something that is not offered
INVALID_PARAMS = -32602  # offered, but not with these params
INTERNAL_ERROR = -32603  # our own failure, or (tutorial dialect) the tool's

ID = (str, int)  # what an id and a progress token can be; `true` is of neither type
MAX_LINE = 4 * 1024 * 1024  # bytes; longer messages are dropped: memory is not the client's to spend
MAX_DIGITS = 4300  # CPython's own limit since 3.11; before that, int() of a long line takes minutes


class JSONRPCError(ValueError):
    """A request that fails as a protocol error: `code` (int), `message` (str), `data` (JSON or None)."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class Lines:
    """Cut a stream of bytes into lines, never holding much more than MAX_LINE bytes of an unfinished one."""

    def __init__(self) -> None:
        self._held = bytearray()  # the unfinished line; of one that is too long, its beginning
        self._mark = b"\xef\xbb\xbf"  # the byte order mark that PowerShell puts in front of what it pipes

    def feed(self, chunk: bytes) -> "list[bytes | None]":
        """Return the lines that `chunk` (b"" at the end of input) completes, blanks stripped; None for one too long."""
        head, *rest = chunk.split(b"\n")
        if len(self._held) <= MAX_LINE + 4:  # + 4: a byte order mark and a "\r" do not count
            self._held += head
        if chunk and not rest:  # at the end, a last line without a newline is still a message
            return []
        line = bytes(self._held)
        if line.startswith(self._mark):
            line = line[len(self._mark) :]
        self._mark = b""
        self._held = bytearray(rest.pop() if rest else b"")
        return [line for line in map(_strip, [line, *rest]) if line != b""]


def _strip(line: bytes) -> "bytes | None":
    return line.strip(b" \t\r") if len(line) - line.endswith(b"\r") <= MAX_LINE else None


class _Strict:
    """The settings of the scanner, under the names that `json.JSONDecoder` gives them."""

    strict = True
    object_hook = object_pairs_hook = array_hook = None  # array_hook: Python 3.15

    @staticmethod
    def parse_int(digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            raise ValueError("a number of more than %d digits" % MAX_DIGITS)
        return int(digits)

    @staticmethod
    def parse_float(digits: str) -> float:
        number = float(digits)
        if abs(number) == float("inf"):
            raise ValueError("a number too large for a double")
        return number

    @staticmethod
    def parse_constant(name: str) -> Any:
        raise ValueError("%s is not JSON" % name)


def _refuse(value: Any) -> Any:
    raise TypeError("%s is not JSON" % type(value).__name__)


# The package json imports re, which takes a fifth of the time until the first answer. Its two halves
# in C need no more than this; where they are missing (PyPy) or have changed, json itself does it.
try:
    from _json import encode_basestring_ascii, make_encoder, make_scanner

    _scan = make_scanner(_Strict)  # type: ignore[arg-type]
    _encode = make_encoder(None, _refuse, encode_basestring_ascii, None, ":", ",", False, False, False)
except (ImportError, TypeError, AttributeError):
    import json

    _settings = {name: getattr(_Strict, name) for name in ("parse_int", "parse_float", "parse_constant")}
    _scan = json.JSONDecoder(**_settings).scan_once  # type: ignore[attr-defined]
    _encoder = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":"), default=_refuse)

    def _encode(value: Any, level: int) -> "list[str]":  # type: ignore[misc]
        return [_encoder.encode(value)]


def decode(line: bytes) -> Any:
    """Return the JSON value on a stripped line; raise JSONRPCError (PARSE_ERROR) for anything else."""
    try:
        text = line.decode("utf-8")  # PyPy's str(line, "utf-8") lets lone surrogates through
        message, end = _scan(text, 0)
        if end != len(text):
            raise ValueError("more text after the message, at character %d" % end)
    except (ValueError, RecursionError) as error:
        raise JSONRPCError(PARSE_ERROR, "Parse error: %s" % error) from None
    except StopIteration as error:
        raise JSONRPCError(PARSE_ERROR, "Parse error: no value at character %s" % error) from None
    except SystemError:
        # Python 3.10 and 3.11 cannot say what is wrong with a line before this module is there
        import json.decoder  # noqa: F401

        return decode(line)
    return message


def encode(value: Any) -> str:
    """Return a line of strict ASCII JSON; raise TypeError, ValueError or RecursionError (for a set, NaN, a cycle)."""
    text = "".join(_encode(value, 0))
    if "\\ud" in text:  # rare: an emoji, or half of one
        import re

        text = re.sub(_SURROGATE, lambda found: "\\ufffd" if found.group(1) else found.group(), text)
    return text


# In JSON text: an escaped backslash, a surrogate pair, or (the group) a surrogate on its own, which
# Python makes of bytes that are no text, and which RFC 8259 section 8.2 warns of.
_SURROGATE = r"\\\\|\\ud[89ab]..\\ud[c-f]..|(\\ud[89a-f]..)"


def encode_id(request_id: Any) -> str:
    """Return a request's id as it came: even a lone surrogate goes back, since it is the client's."""
    return str(request_id) if type(request_id) is int else "".join(_encode(request_id, 0))


def result_line(request_id: Any, result: str) -> str:
    """Return the response that answers `request_id` (str or int) with a result, given as JSON text."""
    return '{"jsonrpc":"2.0","id":%s,"result":%s}' % (encode_id(request_id), result)


def error_line(request_id: Any, error: JSONRPCError) -> str:
    """Return the error response to `request_id`; None leaves the id out, since MCP forbids null."""
    body = {"code": error.code, "message": error.message}
    if error.data is not None:
        body["data"] = error.data
    identified = "" if request_id is None else '"id":%s,' % encode_id(request_id)
    return '{"jsonrpc":"2.0",%s"error":%s}' % (identified, encode(body))


def notification_line(method: str, params: Any) -> str:
    """Return a notification, which has no id and gets no answer."""
    return encode({"jsonrpc": "2.0", "method": method, "params": params})


def is_token(value: Any) -> bool:
    """Whether this id can be repeated among other data too, where a lone surrogate cannot stay."""
    return type(value) in ID and encode(value) == encode_id(value)


class Received:
    """What a line led to: `lines` to send at once (str, without newline) and `calls` to make."""

    __slots__ = ("answers", "calls", "lines", "pending")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.calls: list[Any] = []
        # Of a batch, https://www.jsonrpc.org/specification#batch: its answers, which leave together and in order
        self.answers: list[str | None] | None = None
        self.pending = 0  # how many of its messages are not answered yet, or found to need no answer


class Request:
    """A message on its way: what it asks if it is a request, what its line has led to, and where its answer goes."""

    __slots__ = ("id", "params", "received", "revision", "slot")

    def __init__(self, received: Received, slot: int) -> None:
        self.id: Any = None  # until it has turned out to be a string or an integer
        self.params: dict[str, Any] = {}
        self.revision = ""
        self.received = received
        self.slot = slot

    def answer(self, line: "str | None") -> "list[str]":
        """Return what may be sent now that `line`, or nothing, answers this: in a batch, all answers or none."""
        received = self.received
        if received.answers is None:
            return [line] if line else []
        received.answers[self.slot] = line
        received.pending -= 1
        answers = [] if received.pending else list(filter(None, received.answers))
        return ["[%s]" % ",".join(answers)] if answers else []
