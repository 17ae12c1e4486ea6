"""JSON values: which type one has, when two are equal, and how one is shown in a message.

https://www.rfc-editor.org/rfc/rfc8259, read as JSON Schema reads it: 1.0 is the integer 1, and
true is not 1.
"""

import json
from typing import Callable, Dict, Iterator, List, Union

Key = Union[str, int]  # a member's name, or an item's index

PREVIEW_LENGTH = 80  # characters: enough to recognise a value, too few to flood a model's context
_LARGEST_DOUBLE = 1.7976931348623157e308


def is_string(value: object) -> bool:
    """Whether a value is a string."""
    return isinstance(value, str)


def is_number(value: object) -> bool:
    """Whether a value is a number, of any size."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_double(value: object) -> bool:
    """Whether a value is a number that a double, and so Python's float, can hold."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return -_LARGEST_DOUBLE <= value <= _LARGEST_DOUBLE


def is_integer(value: object) -> bool:
    """Whether a value is a number without a fraction."""
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def is_boolean(value: object) -> bool:
    """Whether a value is true or false."""
    return isinstance(value, bool)


def is_null(value: object) -> bool:
    """Whether a value is null."""
    return value is None


def is_array(value: object) -> bool:
    """Whether a value is an array."""
    return isinstance(value, list)


def is_object(value: object) -> bool:
    """Whether a value is an object."""
    return isinstance(value, dict)


def comparison_key(value: object) -> str:
    """Return a text that is the same for equal JSON values and for no others.

    It is text because Python's hash of a text cannot be foreseen, while numbers can be chosen to
    share one.
    """
    if isinstance(value, dict):
        return _object_key(value, comparison_key)
    if isinstance(value, list):
        return _array_key(value, comparison_key)
    return _scalar_key(value)


def _scalar_key(value: object) -> str:
    if isinstance(value, str):
        # The length, so that no text reads like two items of an array
        return f"{len(value)}:{value}"
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return f"n{int(value):x}"
    if isinstance(value, int):
        return f"n{value:x}"  # hexadecimal: decimal digits take quadratic time
    return f"n{value!r}"


def _array_key(items: List[object], key_of: Callable[[object], str]) -> str:
    keys = [key_of(item) for item in items]
    return f"[{','.join(keys)}]"


def _object_key(members: Dict[str, object], key_of: Callable[[object], str]) -> str:
    keys = [f"{_scalar_key(name)}={key_of(item)}" for name, item in members.items()]
    return f"{{{','.join(sorted(keys))}}}"


class Fingerprints:
    """Comparison keys of values that lie within each other, where each container is read once.

    The key of a container is a number, the same for equal ones. The values have to stay alive and
    as they are.
    """

    def __init__(self) -> None:
        self._keys: Dict[int, str] = {}  # of containers, by identity
        self._numbers: Dict[str, int] = {}

    def key(self, value: object) -> str:
        """Return what is the same for equal values. Keys of another object mean nothing here."""
        if not isinstance(value, (dict, list)):
            return _scalar_key(value)
        known = self._keys.get(id(value))
        if known is not None:
            return known
        if isinstance(value, dict):
            contents = _object_key(value, self.key)
        else:
            contents = _array_key(value, self.key)
        number = self._numbers.setdefault(contents, len(self._numbers))
        key = f"#{number}"
        self._keys[id(value)] = key
        return key


def preview(value: object, length: int = PREVIEW_LENGTH) -> str:
    """Return the beginning of a value's JSON, in time that does not depend on the value's size."""
    text = ""
    for piece in _pieces(value):
        text += piece
        if len(text) > length:
            return text[: length - 1] + "…"
    return text


def _pieces(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _object_pieces(value)
    elif isinstance(value, list):
        separator = "["
        for item in value:
            yield separator
            yield from _pieces(item)
            separator = ", "
        yield "]" if value else "[]"
    elif isinstance(value, str):
        yield json.dumps(value[: PREVIEW_LENGTH * 4], ensure_ascii=False)
    elif type(value) is int and not is_double(value):
        yield f"a number of {value.bit_length()} bits"
    else:
        yield json.dumps(value)


def _object_pieces(members: Dict[str, object]) -> Iterator[str]:
    separator = "{"
    for name, item in members.items():
        yield separator
        yield from _pieces(name)
        yield ": "
        yield from _pieces(item)
        separator = ", "
    yield "}" if members else "{}"
