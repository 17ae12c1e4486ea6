"""Python's values as JSON: what tools return, and the defaults of their parameters.

What a value is decides how it is sent, not what an annotation says: a subclass of a declared
dataclass keeps its own fields, and a dict may hold a date wherever it likes.
"""

import base64
import collections.abc
import os
import sys
from enum import Enum
from typing import Callable, Dict, Iterable, Iterator, List, NamedTuple, Tuple

from cwd_server.wording import shorten

# Larger ones are infinite in JavaScript, and an error elsewhere
LARGEST_NUMBER = int(sys.float_info.max)

# Arrays in JSON, beside lists and tuples. An iterator is read to its end
_ARRAYS = (
    collections.abc.Sequence,
    collections.abc.Set,
    collections.abc.ValuesView,
    collections.abc.Iterator,
)


class NotJSONError(Exception):
    """A value that JSON cannot say: `result.rows[3].price: nan is not JSON`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"

    def add_step(self, step: str) -> None:
        """Say that the path begins with `step`."""
        self.path = join_path(step, self.path)


def to_json(value: object, place: str = "result") -> object:
    """Return `value` as json.loads would have it, sharing nothing with it that can change.

    place: what the value is, for the path in a NotJSONError

    What can be sent is listed in the README, "Types".
    """
    try:
        return _convert(value)
    except NotJSONError as error:
        error.add_step(place)
        raise
    except RecursionError:
        endless = NotJSONError("it contains itself, or is nested too deep")
        endless.add_step(place)
        raise endless from None


def join_path(start: str, rest: str) -> str:
    """Return the path along `start` and then `rest`: "rows" and "[3]" give "rows[3]"."""
    if not start or not rest or rest.startswith("["):
        return start + rest
    return f"{start}.{rest}"


def _convert(value: object) -> object:
    """Return a value as JSON. Those of JSON's own types come first, since they are nearly all."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is dict:
        return _convert_members(value.items())  # type: ignore[attr-defined]
    if kind is list or kind is tuple:
        return _convert_items(value)  # type: ignore[arg-type]
    if isinstance(value, (int, float)) and not isinstance(value, Enum):
        return _convert_number(value)
    return _convert_other(value)


def _convert_number(value: float) -> float:
    """Return an int, a float or one of their subclasses, such as numpy's, as the plain number."""
    if isinstance(value, int):
        number = int(value)
        if abs(number) > LARGEST_NUMBER:
            raise NotJSONError(
                "an integer above 1.8e308 is not for JSON's readers; send it as text"
            )
        return number
    if value != value or value in (float("inf"), float("-inf")):
        raise NotJSONError(f"{float(value)} is not JSON")
    return float(value)


def _convert_items(items: Iterable[object]) -> List[object]:
    converted: List[object] = []
    try:
        for item in items:
            converted.append(_convert(item))
    except NotJSONError as error:
        error.add_step(f"[{len(converted)}]")
        raise
    return converted


def _convert_members(members: Iterable[Tuple[object, object]]) -> Dict[str, object]:
    converted: Dict[str, object] = {}
    originals: Dict[str, object] = {}
    for key, item in members:
        name = _name_of(key)
        if name in converted:
            first = originals.get(name, name)
            raise NotJSONError(f"the keys {first!r} and {key!r} are the same in JSON")
        if name is not key:
            originals[name] = key
        try:
            converted[name] = _convert(item)
        except NotJSONError as error:
            error.add_step(shorten(name))
            raise
    return converted


def _name_of(key: object) -> str:
    """Return a key of a dict as JSON has it: the text of a number, a date, a UUID, …"""
    if type(key) is str:
        return key
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    try:
        converted = _convert(key)
    except NotJSONError as error:
        raise NotJSONError(f"the key {key!r}: {error.reason}") from None
    if isinstance(converted, (dict, list)):
        raise NotJSONError(f"the key {key!r} is not a text; JSON has no other keys")
    if isinstance(key, Enum):
        return _name_of(converted)
    return str(converted)


def _convert_other(value: object) -> object:
    """Return as JSON what needs to be looked at more closely."""
    for row in _BY_CLASS:
        if isinstance(value, row.cls):
            return _convert(row.convert(value))
    kind = type(value)
    for cls in kind.__mro__:
        if f"{cls.__module__}.{cls.__qualname__}" in _TEXTS:
            return str(value)
        if cls.__module__ == "datetime":
            return _format_moment(cls, value)
    if hasattr(kind, "__dataclass_fields__"):
        return _convert_members(_fields_of(value))
    if hasattr(kind, "__get_pydantic_core_schema__"):
        return _convert(_dump_with_pydantic(value))
    if hasattr(kind, "__fspath__"):
        return os.fspath(value)  # type: ignore[call-overload]
    if hasattr(kind, "tolist"):
        return _convert(value.tolist())  # type: ignore[attr-defined]
    if isinstance(value, collections.abc.Mapping):
        return _convert_members(value.items())
    if isinstance(value, _ARRAYS) and not hasattr(value, "read"):
        if hasattr(kind, "keys") and hasattr(kind, "__getitem__"):
            return _convert(dict(value))  # sqlite3.Row, by its columns
        return _convert_items(value)
    raise NotJSONError(f"{kind.__name__} is not a type that JSON can say; {_remedy_for(kind)}")


def _remedy_for(kind: type) -> str:
    """Return what to return instead of such a value."""
    for cls in kind.__mro__:
        if cls.__name__ in _REMEDIES:
            return _REMEDIES[cls.__name__]
    return "return a dict or a dataclass"


def _fields_of(record: object) -> Iterator[Tuple[str, object]]:
    """Yield the fields of a dataclass's instance, but for those without a value (init=False)."""
    for field in sys.modules["dataclasses"].fields(record):
        if hasattr(record, field.name):
            yield field.name, getattr(record, field.name)


def _format_moment(cls: type, value: object) -> str:
    """Return a value of a class of the datetime module in ISO 8601."""
    from cwd_server.toolkit import iso8601

    if cls not in iso8601.FORMATS:
        raise NotJSONError(f"{cls.__name__} is not a type that JSON can say; return its name")
    if value != value:
        raise NotJSONError(f"{value} is not JSON")  # pandas' NaT
    return iso8601.FORMATS[cls](value)


def _dump_with_pydantic(value: object) -> object:
    """Return what pydantic makes of a model, or of a type of its own such as a URL, for JSON."""
    dump = getattr(value, "model_dump", None)
    try:
        if dump is not None:
            return dump(mode="json", by_alias=True)
        return sys.modules["pydantic_core"].to_jsonable_python(value)
    except ValueError as error:  # PydanticSerializationError is one
        raise NotJSONError(f"pydantic cannot send it: {error}") from None


def _encode(value: "bytes | bytearray | memoryview") -> str:
    return base64.b64encode(value).decode("ascii")


class _Row(NamedTuple):
    """How instances of a class are sent: as what `convert` makes of them, converted again."""

    cls: type
    convert: Callable[[object], object]


# Looked at in this order: a member of an Enum may be a str too
_BY_CLASS: List[_Row] = [
    _Row(Enum, lambda member: getattr(member, "value")),  # noqa: B009
    _Row(str, str.__str__),
    _Row(bytes, _encode),  # type: ignore[arg-type]
    _Row(bytearray, _encode),  # type: ignore[arg-type]
    _Row(memoryview, _encode),  # type: ignore[arg-type]
    _Row(dict, dict),  # type: ignore[arg-type]
    _Row(tuple, list),  # type: ignore[arg-type]
    _Row(list, list),  # type: ignore[arg-type]
]
# Sent as their text. By name, since few tools load their modules: a value can only come if one did
_TEXTS = ("decimal.Decimal", "uuid.UUID", "collections.UserString")
_REMEDIES = {
    "DataFrame": 'return frame.to_dict("records")',
    "complex": "return its text, or its two parts",
    "Fraction": "return float(…) or str(…) of it",
    "module": "return what is in it",
    "function": "call it, and return what it gives",
    "coroutine": "await it",
    "Future": "wait for it, and return what it gives",
    "CompletedProcess": "return its stdout",
    "NAType": "return None",
    "SimpleNamespace": "return vars(…) of it",
    "IPv4Address": "return str(…) of it",
    "IPv6Address": "return str(…) of it",
    "Exception": "return str(…) of it, or raise ToolError",
    "Match": "return its group()",
    "type": "return its __name__",
}
