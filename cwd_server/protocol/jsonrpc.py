"""JSON-RPC 2.0: lines to messages and back. Knows nothing of MCP, and does no I/O.

There are four kinds of message, all JSON objects with `"jsonrpc": "2.0"`:

    request         {"id": 1, "method": "add", "params": {...}}     to be answered under its id
    notification    {"method": "started"}                           no id, so never answered
    response        {"id": 1, "result": ...}                        what a request asked for
    error response  {"id": 1, "error": {"code": -32601, ...}}       why it cannot be had

`decode` turns a line into one of them, or raises `JSONRPCError`; `result_line`, `error_line` and
`notification_line` write the others. What is written is pure ASCII, which no locale can garble.

https://www.jsonrpc.org/specification
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Match, Optional, Tuple, Union

    from cwd_server.json_types import JSONObject

    ID = Union[str, int]

# https://www.jsonrpc.org/specification#error_object
PARSE_ERROR = -32700  # the line is not JSON
INVALID_REQUEST = -32600  # JSON, but not a request
METHOD_NOT_FOUND = -32601  # a request for something that is not offered
INVALID_PARAMS = -32602  # offered, but not with these params
INTERNAL_ERROR = -32603  # our own failure

# Of a number: CPython's own limit since 3.11. Before that, int() of a long line takes minutes
MAX_DIGITS = 4300
_INFINITY = float("inf")
EXACT_FLOATS = 2.0**53  # from here on, a float may be another integer than its text


class JSONRPCError(Exception):
    """A request that fails as a protocol error.

    code: one of those above, or of the protocol's own
    message: what is wrong, for whoever reads the client's log
    data: more about it as JSON, or None
    """

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


# Reading


class _NotJSONError(ValueError):
    """What the scanner takes and JSON does not have."""


class LargeFloat(float):
    """A float of EXACT_FLOATS or more that can still tell which integer its text is.

    1e23 is one in JSON, as 1.0 is, and must go back as that where it is an id; as a float it is
    99999999999999991611392.
    """

    __slots__ = ("digits",)
    digits: str  # set by whoever reads it: a constructor would take twice as long

    def is_integer(self) -> bool:
        """Whether the text is an integer, whatever became of its last digits."""
        _, rest = self._divided()
        return not rest

    def __int__(self) -> int:
        quotient, _ = self._divided()
        return quotient

    def _divided(self) -> "Tuple[int, int]":
        """Return the integer before the decimal point, and what is behind that, if anything."""
        mantissa, _, exponent = self.digits.lower().partition("e")
        whole, _, fraction = mantissa.partition(".")
        number = int(whole + fraction)
        shift = int(exponent or "0") - len(fraction)
        if shift >= 0:
            return number * int(10**shift), 0
        return divmod(number, int(10**-shift))


class _ScannerSettings:
    """How the scanner reads, under the names that `json.JSONDecoder` gives to its settings."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    array_hook = None  # Python 3.15

    @staticmethod
    def parse_int(digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            raise _NotJSONError(f"a number of more than {MAX_DIGITS} digits")
        return int(digits)

    if hasattr(sys, "get_int_max_str_digits") and sys.get_int_max_str_digits() == MAX_DIGITS:
        parse_int = int  # type: ignore[assignment]  # which checks that itself, and faster

    @staticmethod
    def parse_float(digits: str) -> float:
        number = float(digits)
        if -EXACT_FLOATS < number < EXACT_FLOATS:
            return number
        if abs(number) == _INFINITY:
            raise _NotJSONError("a number too large for a double")
        if len(digits) > MAX_DIGITS:
            return number
        large = LargeFloat(number)
        large.digits = digits
        return large

    @staticmethod
    def parse_constant(name: str) -> object:
        raise _NotJSONError(f"{name} is not JSON")


def _refuse(value: object) -> object:
    raise TypeError(f"{type(value).__name__} is not JSON")


# The package json imports re, which takes a fifth of the time until the first answer. Its two
# halves in C need no more than this; where they are missing (PyPy) or have changed, json itself
# does it.
try:
    from _json import encode_basestring_ascii, make_encoder, make_scanner

    _scan = make_scanner(_ScannerSettings)  # type: ignore[arg-type]
    _encode = make_encoder(
        None, _refuse, encode_basestring_ascii, None, ":", ",", False, False, False
    )
except (ImportError, TypeError, AttributeError):
    import json

    _scan = json.JSONDecoder(  # type: ignore[attr-defined]
        parse_int=_ScannerSettings.parse_int,
        parse_float=_ScannerSettings.parse_float,
        parse_constant=_ScannerSettings.parse_constant,
    ).scan_once
    _encoder = json.JSONEncoder(
        allow_nan=False, check_circular=False, separators=(",", ":"), default=_refuse
    )

    def _encode(value: object, level: int) -> "List[str]":  # type: ignore[misc]
        return [_encoder.encode(value)]


def decode(line: "Union[bytes, bytearray]") -> object:
    """Return the JSON value on a line that has no blanks around it.

    Raises JSONRPCError (PARSE_ERROR) for anything else, and MemoryError.
    """
    try:
        text = line.decode("utf-8")  # PyPy's str(line, "utf-8") lets lone surrogates through
        message, end = _scan(text, 0)
    except (ValueError, RecursionError) as error:
        raise JSONRPCError(PARSE_ERROR, f"Parse error: {error}") from None
    except StopIteration as error:
        reason = f"Parse error: no value at character {error}"
        raise JSONRPCError(PARSE_ERROR, reason) from None
    except SystemError:
        # Python 3.10 and 3.11 cannot say what is wrong with a line before this module is there
        import json.decoder  # noqa: F401

        return decode(line)
    if end != len(text):
        reason = f"Parse error: more text after the message, at character {end}"
        raise JSONRPCError(PARSE_ERROR, reason)
    return message


def to_id(value: object) -> "Optional[ID]":
    """Return a value as an id or a token: a string, or an integer; None if it is neither.

    A number like 1.0 or 1E2 is an integer too: JSON Schema counts it as one, and JSON libraries
    with a single type of number write 1 so. It goes back as the integer.
    """
    kind = type(value)
    if kind is int or kind is str:  # not isinstance: `true` is no integer
        return value  # type: ignore[return-value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


# Writing


def encode(value: object) -> str:
    """Return JSON text in strict ASCII; raise TypeError, ValueError or RecursionError.

    Those are for what JSON cannot say: a set, NaN, a list inside itself.
    """
    text = "".join(_encode(value, 0))
    if "\\ud" in text:  # rare: an emoji, or half of one
        import re

        text = re.sub(_SURROGATE, _replace_lone, text)
    return text


def prepend_member(name: str, value: str, json_object: str) -> str:
    """Return the JSON text of an object with one more member in front; `value` is JSON text."""
    separator = ","
    if json_object == "{}":
        separator = ""
    return f"{{{encode(name)}:{value}{separator}{json_object[1:]}"


# In JSON text: an escaped backslash, a surrogate pair, or (the group) a surrogate on its own,
# which Python makes of bytes that are not text, and which RFC 8259 section 8.2 warns of.
_SURROGATE = r"\\\\|\\ud[89ab]..\\ud[c-f]..|(\\ud[89a-f]..)"


def _replace_lone(found: "Match[str]") -> str:
    if found.group(1):
        return "\\ufffd"
    return found.group()


def encode_id(request_id: "Optional[ID]") -> str:
    """Return an id as it came: even a lone surrogate goes back, since it is the client's."""
    if type(request_id) is int:
        return str(request_id)
    return "".join(_encode(request_id, 0))


def is_text(request_id: "ID") -> bool:
    """Whether an id can be repeated among other data too, where a lone surrogate cannot stay."""
    return encode(request_id) == encode_id(request_id)


def result_line(request_id: "Optional[ID]", result: str) -> str:
    """Return the response to a request; `result` is JSON text."""
    return f'{{"jsonrpc":"2.0","id":{encode_id(request_id)},"result":{result}}}'


def error_line(request_id: "Optional[ID]", error: JSONRPCError) -> str:
    """Return the error response to a request; without an id if that could not be read."""
    body: JSONObject = {"code": error.code, "message": error.message}
    if error.data is not None:
        body["data"] = error.data
    if request_id is None:
        return f'{{"jsonrpc":"2.0","error":{encode(body)}}}'
    return f'{{"jsonrpc":"2.0","id":{encode_id(request_id)},"error":{encode(body)}}}'


_NOTIFICATION = '{"jsonrpc":"2.0","method":'


def notification_line(method: str, params: "JSONObject") -> str:
    """Return a notification; raise what `encode` raises."""
    return f'{_NOTIFICATION}{encode(method)},"params":{encode(params)}}}'


def count_responses(line: str) -> int:
    """Return how many requests a line of ours answers: those of a batch, one, or none."""
    if line.startswith(_NOTIFICATION):
        return 0
    if not line.startswith("["):
        return 1
    responses = decode(line.encode("ascii"))
    return len(responses)  # type: ignore[arg-type]


def batch_line(responses: "List[str]") -> str:
    """Return the response to a batch: https://www.jsonrpc.org/specification#batch."""
    return f"[{','.join(responses)}]"
