"""What marshal writes, as objects that can be written again with what they share in front.

marshal writes an object that occurs again as a reference to where it occurred first, counted from
the front. So what the bytecode of several interpreters has in common, such as names and tuples of
names, can be written once, and be read in front of each interpreter's own.

The format is not documented, and interpreters differ in what a code object has. Whoever writes
objects anew has to compare what is read with what there was.
https://github.com/python/cpython/blob/3.13/Python/marshal.c
"""

from typing import Dict, List, Sequence, Set, Tuple, Union

OCCURS_AGAIN = 0x80  # added to the kind of what references lead to
REFERENCE = ord("r")
CODE = ord("c")
TUPLE = ord("(")
NUMBER_SIZE = 4  # bytes of a size, a count, and a number in a code object

# Kinds of objects by what follows the kind
NOTHING = b"NFTS."
FIXED_SIZES = {ord("i"): 4, ord("g"): 8, ord("y"): 16}
SMALL_TEXTS = b"zZ"  # a size of one byte, and the text
TEXTS = b"suatA"
SMALL_TUPLE = ord(")")  # a count of one byte, and the objects
CONTAINERS = b"(<>["
INTEGER = ord("l")  # a count, and digits of two bytes
SLICE = ord(":")

NEVER_SHARED = NOTHING + b"i"  # since a reference is as long

# What a code object has, by the oldest Python that has it so: "l" is a number, "o" an object
CODE_FIELDS = (
    ((3, 11), "lllllooooooooloo"),
    ((3, 8), "lllllloooooooolo"),
    ((3, 6), "llllloooooooolo"),
)

LEAST_SHARERS = 3  # interpreters that have an object, for it to be written for all


class FormatError(Exception):
    """Bytes in which marshal has not written what is known here."""


class Node:
    """An object: its kind, the bytes behind that, and the parts behind those."""

    __slots__ = ("has_code", "head", "kind", "parts")

    def __init__(self, kind: int, head: bytes, parts: "Sequence[Union[Node, bytes]]") -> None:
        self.kind = kind
        self.head = head
        self.parts = parts
        self.has_code: bool = kind == CODE or any(node.has_code for node in self.nodes())

    def nodes(self) -> "List[Node]":
        """Return the parts that are objects."""
        return [part for part in self.parts if isinstance(part, Node)]


class Reader:
    """Reads what marshal has written. Of equal objects, all readers of a table return one.

    version: the major and minor version of the Python that wrote it
    """

    def __init__(
        self, data: bytes, version: "Tuple[int, int]", table: "Dict[object, Node]"
    ) -> None:
        self._data = data
        self._position = 0
        self._table = table
        self._referred: List[Node] = []
        self._code_fields = _code_fields(version)

    def read_all(self) -> Node:
        """Return the object; raise FormatError."""
        try:
            node = self._read()
        except (IndexError, RecursionError):  # what is taken for a reference or a count is none
            raise FormatError("the objects are not laid out as is known here") from None
        if self._position != len(self._data):
            raise FormatError("there is more behind the object")
        return node

    def _read(self) -> Node:
        kind = self._take(1)[0]
        if kind == REFERENCE:
            return self._referred[self._number()]
        place = None
        if kind & OCCURS_AGAIN:
            kind -= OCCURS_AGAIN
            place = len(self._referred)
            self._referred.append(_UNFINISHED)
        node = self._unify(self._read_behind(kind))
        if place is not None:
            self._referred[place] = node
        return node

    def _read_behind(self, kind: int) -> Node:
        """Read what is behind a kind."""
        if kind in NOTHING:
            return Node(kind, b"", ())
        if kind in FIXED_SIZES:
            return Node(kind, self._take(FIXED_SIZES[kind]), ())
        if kind in SMALL_TEXTS:
            size = self._take(1)
            return Node(kind, size + self._take(size[0]), ())
        if kind in TEXTS:
            return Node(kind, self._sized(1), ())
        if kind == INTEGER:
            return Node(kind, self._sized(2), ())
        if kind == SMALL_TUPLE:
            size = self._take(1)
            return Node(kind, size, self._read_many(size[0]))
        if kind in CONTAINERS:
            count = self._number()
            return Node(kind, _number_bytes(count), self._read_many(count))
        if kind == SLICE:
            return Node(kind, b"", self._read_many(3))
        if kind == CODE:
            return Node(kind, b"", self._read_code())
        raise FormatError(f"objects of kind {kind} are not known here")

    def _read_many(self, count: int) -> "List[Node]":
        return [self._read() for _ in range(count)]

    def _read_code(self) -> "List[Union[Node, bytes]]":
        parts: List[Union[Node, bytes]] = []
        for field in self._code_fields:
            if field == "l":
                parts.append(self._take(NUMBER_SIZE))
            else:
                parts.append(self._read())
        return parts

    def _sized(self, unit: int) -> bytes:
        """Return a count, and that many units."""
        count = self._number()
        return _number_bytes(count) + self._take(abs(count) * unit)

    def _number(self) -> int:
        return int.from_bytes(self._take(NUMBER_SIZE), "little", signed=True)

    def _take(self, size: int) -> bytes:
        start = self._position
        self._position += size
        if self._position > len(self._data):
            raise FormatError("the object is cut off")
        return self._data[start : self._position]

    def _unify(self, node: Node) -> Node:
        """Return the node of the table that is equal."""
        parts = [part if isinstance(part, bytes) else id(part) for part in node.parts]
        return self._table.setdefault((node.kind, node.head, *parts), node)


_UNFINISHED = Node(NOTHING[0], b"", ())  # stands for an object that is being read


def _code_fields(version: "Tuple[int, int]") -> str:
    for oldest, fields in CODE_FIELDS:
        if version >= oldest:
            return fields
    raise FormatError(f"the code of Python {version} is not known here")


def _number_bytes(number: int) -> bytes:
    return number.to_bytes(NUMBER_SIZE, "little", signed=True)


class Writer:
    """Writes objects as marshal does.

    repeated: the objects that are written once, and are referred to where they occur again
    places: counted from the front, those of the objects that are in front of these
    """

    def __init__(self, repeated: "Set[Node]", places: "Dict[Node, int]") -> None:
        self.content = bytearray()
        self.places = dict(places)
        self._repeated = repeated

    def write(self, node: Node) -> None:
        """Add an object to the content."""
        place = self.places.get(node)
        if place is not None:
            self.content.append(REFERENCE)
            self.content += _number_bytes(place)
            return
        kind = node.kind
        if node in self._repeated:
            kind += OCCURS_AGAIN
            self.places[node] = len(self.places)
        self.content.append(kind)
        self.content += node.head
        for part in node.parts:
            if isinstance(part, bytes):
                self.content += part
            else:
                self.write(part)


def shared_by_many(roots: "Sequence[Node]") -> "List[Node]":
    """Return what occurs in enough of the roots, in the order of the first; no code."""
    counts: Dict[Node, int] = {}
    for root in roots:
        for node in _occurrences(root):
            if not node.has_code and node.kind not in NEVER_SHARED:
                counts[node] = counts.get(node, 0) + 1
    return [node for node, count in counts.items() if count >= LEAST_SHARERS]


def repeated_in(root: Node) -> "Set[Node]":
    """Return what occurs more than once in an object."""
    counts = _occurrences(root)
    return {node for node, count in counts.items() if count > 1 and node.kind not in NEVER_SHARED}


def _occurrences(root: Node) -> "Dict[Node, int]":
    """Return how often each object occurs, as part of different ones; in order."""
    counts: Dict[Node, int] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        counts[node] = counts.get(node, 0) + 1
        if counts[node] == 1:
            waiting.extend(reversed(node.nodes()))
    return counts


def write_shared(shared: "Sequence[Node]") -> Writer:
    """Write a tuple of objects that are to be referred to, those without parts in front."""
    writer = Writer(set(shared), {})
    in_order = [node for node in shared if not node.parts]
    in_order += [node for node in shared if node.parts]
    count = 0
    for node in in_order:
        if node not in writer.places:  # as part of another
            writer.write(node)
            count += 1
    writer.content[:0] = bytes([TUPLE]) + _number_bytes(count)
    return writer


def write_parts(root: Node, places: "Dict[Node, int]") -> "List[bytes]":
    """Write a tuple behind the objects at `places`; return its head and each of its parts."""
    writer = Writer(repeated_in(root), places)
    written = [bytes([TUPLE]) + _number_bytes(len(root.parts))]
    for node in root.nodes():
        start = len(writer.content)
        writer.write(node)
        written.append(bytes(writer.content[start:]))
    return written
