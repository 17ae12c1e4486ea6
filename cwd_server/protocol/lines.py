"""A stream of bytes, cut into lines; and of a line that is too long, what can still be known.

https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio
    "Messages are delimited by newlines, and MUST NOT contain embedded newlines."
"""

from cwd_server.protocol import jsonrpc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional, Union

    Line = Union[bytes, bytearray, "LongLine"]

EDGE = 16384  # bytes kept of each end of a line that is too long
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # which PowerShell puts in front of what it pipes
BLANKS = b" \t\r"  # what may stand around a message


class LongLine:
    """A line that was too long to keep: its first and its last bytes.

    fits_limit: whether it was too long only for the memory that there was
    """

    __slots__ = ("fits_limit", "head", "tail")

    def __init__(self, head: bytes, tail: bytes, fits_limit: bool = False) -> None:
        self.head = head
        self.tail = tail
        self.fits_limit = fits_limit


def as_text(line: "Line") -> str:
    """Return a line as a log shows it."""
    if isinstance(line, LongLine):
        return "(a line that is too long)"
    return line.decode("utf-8", "replace")


class Lines:
    """Cuts a stream into lines, and holds no more than `limit` bytes of an unfinished one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._unfinished = bytearray()  # a line, or only its end if it is too long
        self._head: Optional[bytes] = None  # the beginning of one that is too long
        self._fits_limit = False  # whether it is too long only for the memory that there is
        self._is_blank = True  # whether it has nothing but blanks so far
        self._first = True

    def feed(self, chunk: bytes) -> "List[Line]":
        """Return the lines that `chunk` completes, without blanks around them; no blank lines.

        chunk: what was read, or b"" at the end of input, where a last line needs no newline
        """
        pieces = chunk.split(b"\n")
        rest = b""
        if chunk:  # else the only piece, which is empty, ends the last line
            rest = pieces.pop()
        lines: List[Line] = []
        for piece in pieces:
            # The first line may begin with a byte order mark
            if self._unfinished or self._first or len(piece) > self._limit:
                self._append(piece)
                line = self._complete()
            else:
                line = piece.strip(BLANKS)
            if line:
                lines.append(line)
        if rest:
            self._append(rest)
        return lines

    def _append(self, piece: bytes) -> None:
        """Add to the unfinished line; let its middle go once it is too long."""
        try:
            self._unfinished += piece
        except MemoryError:  # then this much is too long here and now
            self._fits_limit = self._fits_limit or self._head is None
            self._keep_edges()
            self._unfinished += piece
        # A byte order mark and a carriage return do not count
        limit = self._limit + len(BYTE_ORDER_MARK) + len(b"\r")
        if self._head is not None or len(self._unfinished) > limit:
            self._keep_edges()

    def _keep_edges(self) -> None:
        if self._head is None:
            self._head = bytes(self._unfinished[:EDGE])
        self._is_blank = self._is_blank and _is_blank(self._unfinished)
        self._unfinished = self._unfinished[-EDGE:]

    def _complete(self) -> "Line":
        """Return the line that was unfinished, and begin another."""
        line = self._unfinished
        self._unfinished = bytearray()
        if self._head is not None:
            return self._complete_long_line(self._head, line)
        if self._first:
            self._first = False
            if line.startswith(BYTE_ORDER_MARK):
                del line[: len(BYTE_ORDER_MARK)]
        if len(line) - line.endswith(b"\r") > self._limit and not _is_blank(line):
            return LongLine(bytes(line[:EDGE]), bytes(line[-EDGE:]))
        try:
            return line.strip(BLANKS)
        except MemoryError:
            return LongLine(bytes(line[:EDGE]), bytes(line[-EDGE:]), fits_limit=True)

    def _complete_long_line(self, head: bytes, tail: bytearray) -> "Line":
        if self._first and head.startswith(BYTE_ORDER_MARK):
            head = head[len(BYTE_ORDER_MARK) :]
        line: Line = LongLine(head, bytes(tail), self._fits_limit)
        if self._is_blank:
            line = b""
        self._head = None
        self._fits_limit = False
        self._is_blank = True
        self._first = False
        return line


def _is_blank(text: bytearray) -> bool:
    """Whether a text has nothing but blanks; without a copy of one that has more."""
    return text.isspace() and not text.strip(BLANKS)


# The id of a message whose middle is gone

# JSON's tokens, each row one kind: a string, a bracket or separator, a number or a word, and
# what is left of a string that the cut has opened.
_FORWARDS = rb"""
    "(?:[^"\\]|\\.)*"
  | [{}\[\]:,]
  | [^\s{}\[\]:,"]+
  | ".*
"""
# The same in a text that is read backwards, where a quote inside a string is followed by an odd
# number of backslashes.
_ESCAPED = rb"(?=\\(?:\\\\)*(?!\\))"
_UNESCAPED = rb"(?!\\(?:\\\\)*(?!\\))"
_BACKWARDS = rb"""
    "(?:[^"]|"%b)*"%b
  | [{}\[\]:,]
  | [^\s{}\[\]:,"]+
  | ".*
""" % (_ESCAPED, _UNESCAPED)


def id_at_the_edges(head: bytes, tail: bytes) -> "Optional[jsonrpc.ID]":
    """Return the id of a request of which only its first and its last bytes are at hand, or None.

    The official library for Python writes the id first, the one for TypeScript last. An id inside
    `params` is not the request's, so brackets are counted, from either end.
    """
    # A message may stand at one end of a line whose rest is blank
    if head.strip()[:1] not in (b"{", b"") or tail.strip()[-1:] not in (b"}", b""):
        return None
    members = _members_from_the_front(head)
    members.update(_members_from_the_back(tail))  # of two, the last counts
    if "method" not in members and ("result" in members or "error" in members):
        return None  # a response, which nobody waits for an answer to
    try:
        return jsonrpc.to_id(jsonrpc.decode(members.get("id", b"null")))
    except jsonrpc.JSONRPCError:
        return None


def _members_from_the_front(head: bytes) -> "Dict[str, bytes]":
    tokens = _tokens(_FORWARDS, head)
    members = {}
    depth = 0
    for place, token in enumerate(tokens):
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif token == b":" and depth == 1 and place > 0:
            value = b"".join(tokens[place + 1 : place + 2])  # none if that is what is cut
            members[_to_name(tokens[place - 1])] = value
    return members


def _members_from_the_back(tail: bytes) -> "Dict[str, bytes]":
    tokens = [token[::-1] for token in _tokens(_BACKWARDS, tail[::-1])]
    members: Dict[str, bytes] = {}
    depth = 0
    for place, token in enumerate(tokens):
        if token in (b"}", b"]"):
            depth += 1
        elif token in (b"{", b"["):
            depth -= 1
            if depth == 0:
                break  # the beginning of the message
        elif token == b":" and depth == 1 and 0 < place < len(tokens) - 1:
            members.setdefault(_to_name(tokens[place + 1]), tokens[place - 1])
    return members


def _tokens(pattern: bytes, text: bytes) -> "List[bytes]":
    """Return the tokens of a text, without one that reaches its end, where it may be cut."""
    import re

    found = list(re.finditer(pattern, text, re.DOTALL | re.VERBOSE))
    if found and found[-1].end() == len(text):
        found.pop()
    return [token.group() for token in found]


def _to_name(token: bytes) -> str:
    """Return a member's name as it reads without escapes; "" for what is no name."""
    if token[:1] != b'"':
        return ""
    try:
        return str(jsonrpc.decode(token))
    except jsonrpc.JSONRPCError:
        return ""
