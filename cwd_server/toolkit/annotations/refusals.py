"""Types that are not supported: what to write instead."""

import inspect
from typing import Dict, Optional

from cwd_server.toolkit.annotations.hints import describe_hint, form_of, origin_of
from cwd_server.toolkit.errors import DeclarationError

SUPPORTED_TYPES = (
    "str, int, float, bool, None, Any, list, tuple, set, dict, Optional, Union, Literal, Enum, "
    "date, datetime, time, timedelta, UUID, Path, Decimal, bytes, dataclass, TypedDict, "
    "NamedTuple, pydantic models"
)
_PARSE = "take str and parse it"
_LIST = "take List[…] of its items"
_ANYTHING = "take Any, or the types that it can be"
_PATH = "take Path, or the content as str"
# What to write instead of types that people try
_REMEDIES = {
    "complex": _PARSE,
    "Fraction": _PARSE,
    "Pattern": "take str and compile it",
    "Template": "take str and make the Template of it",
    "bytearray": "take bytes",
    "memoryview": "take bytes",
    "ByteString": "take bytes",
    "Buffer": "take bytes",
    "range": "take two of int",
    "slice": "take two of int",
    "array": "take List[float]",
    "ndarray": "take List[float] and make the array of it",
    "DataFrame": "take List[Dict[str, Any]] and make the frame of it",
    "Counter": "take Dict[str, int]",
    "defaultdict": "take Dict[str, …]",
    "ChainMap": "take Dict[str, …]",
    "SimpleNamespace": "make it a dataclass",
    "Iterator": _LIST,
    "Generator": _LIST,
    "AsyncIterable": _LIST,
    "AsyncIterator": _LIST,
    "AsyncGenerator": _LIST,
    "KeysView": _LIST,
    "ValuesView": _LIST,
    "ItemsView": _LIST,
    "Hashable": _ANYTHING,
    "Sized": _ANYTHING,
    "Number": "take float",
    "Complex": "take float",
    "Real": "take float",
    "Rational": "take float",
    "Integral": "take int",
    "SupportsInt": "take int",
    "SupportsIndex": "take int",
    "SupportsFloat": "take float",
    "Callable": "take the name of the function as a Literal",
    "type": "take the name of the type as a Literal",
    "NoReturn": "take None",
    "Never": "take None",
    "Image": "tools return it; take bytes",
    "Audio": "tools return it; take bytes",
    "Call": "take it as a parameter of its own: call: Call",
    "PathLike": "take Path",
    "WindowsPath": "take Path, or PureWindowsPath",
    "PosixPath": "take Path, or PurePosixPath",
    "IO": _PATH,
    "TextIO": _PATH,
    "BinaryIO": _PATH,
    "StringIO": _PATH,
    "BytesIO": _PATH,
    "tzinfo": "take the name as str",
    "timezone": "take the name as str",
    "ZoneInfo": "take the name as str",
    "Optional": "write Optional[int]",
    "Union": "write Union[int, str]",
    "Literal": 'write Literal["a", "b"]',
    "Annotated": 'write Annotated[int, "how many"]',
    "IPv4Address": _PARSE,
    "IPv6Address": _PARSE,
    "IPv4Network": _PARSE,
    "IPv6Network": _PARSE,
    "IPv4Interface": _PARSE,
    "IPv6Interface": _PARSE,
}
# The modules of what stands for types without being a class
_OF_TYPES = ("types", "typing", "typing_extensions")
# Values where a type should be: `[int]`, `{"a": int}`, `(int, str)`
_TYPES_OF_VALUES: Dict[type, str] = {
    list: "List[int]",
    dict: "Dict[str, int]",
    tuple: "Tuple[int, str]",
}


def unsupported(hint: object, location: str) -> DeclarationError:
    """Return the error that says what to write instead."""
    name = describe_hint(hint)
    remedy = _remedy_for(hint)
    if remedy is not None:
        return DeclarationError(f"{location}: {name} is not supported; {remedy}")
    if isinstance(hint, type):
        remedy = "make it a dataclass, or take what it is made of"
        return DeclarationError(
            f"{location}: {name} is not supported; {remedy}; supported are {SUPPORTED_TYPES}"
        )
    return DeclarationError(
        f"{location}: {name} is not supported; supported are {SUPPORTED_TYPES}"
    )


def _remedy_for(hint: object) -> Optional[str]:
    """Return what to write instead of a hint, if it is one that people try."""
    if hint is any:
        return "write Any, of typing"
    if type(hint) in _TYPES_OF_VALUES:
        return f"write a type, such as {_TYPES_OF_VALUES[type(hint)]}"
    if type(hint) in (int, float, bool):
        return f"write a type, or Literal[{hint}]"
    for cls in (hint, origin_of(hint)):
        name = getattr(cls, "__name__", None) or form_of(cls)
        if name in _REMEDIES:
            return _REMEDIES[name]
    if isinstance(hint, type):
        return _remedy_for_subclass(hint)
    if inspect.ismodule(hint):
        return "it is a module; write a type that is in it"
    if inspect.isroutine(hint):
        return "it is a function; write a type"
    if type(hint).__module__ not in _OF_TYPES:
        return f"it is a value, of the type {type(hint).__name__}; write a type"
    return None


def _remedy_for_subclass(cls: type) -> Optional[str]:
    """Return what to take to make one of it: of NumPy's numbers, pandas' Timestamp, one's own."""
    import datetime
    import numbers

    bases: Dict[type, str] = {
        str: "str",
        bytes: "bytes",
        numbers.Integral: "int",
        numbers.Real: "float",
        dict: "Dict[str, …]",
        list: "List[…]",
        set: "Set[…]",
        tuple: "Tuple[…]",
        datetime.datetime: "datetime",
        datetime.date: "date",
    }
    for base, supported in bases.items():
        if issubclass(cls, base):
            return f"take {supported} and make the {cls.__name__} of it"
    return None
