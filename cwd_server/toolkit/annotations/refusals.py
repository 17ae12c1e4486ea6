"""Types that are not supported: what to write instead."""

from cwd_server.toolkit.annotations.hints import describe_hint, origin_of
from cwd_server.toolkit.errors import DeclarationError

SUPPORTED_TYPES = (
    "str, int, float, bool, None, Any, list, tuple, set, dict, Optional, Union, Literal, Enum, "
    "date, datetime, time, timedelta, UUID, Path, Decimal, bytes, dataclass, TypedDict, "
    "NamedTuple, pydantic models"
)
# What to write instead of types that people try
_REMEDIES = {
    "complex": "take str and parse it",
    "Fraction": "take str and parse it",
    "Pattern": "take str and compile it",
    "bytearray": "take bytes",
    "memoryview": "take bytes",
    "range": "take two of int",
    "array": "take List[float]",
    "ndarray": "take List[float] and make the array of it",
    "DataFrame": "take List[Dict[str, Any]] and make the frame of it",
    "Counter": "take Dict[str, int]",
    "defaultdict": "take Dict[str, …]",
    "Callable": "take the name of the function as a Literal",
    "type": "take the name of the type as a Literal",
    "Image": "tools return it; take bytes",
    "Audio": "tools return it; take bytes",
    "IPv4Address": "take str and parse it",
    "IPv6Address": "take str and parse it",
}


def unsupported(hint: object, location: str) -> DeclarationError:
    """Return the error that says what to write instead."""
    name = describe_hint(hint)
    for cls in (hint, origin_of(hint)):
        remedy = _REMEDIES.get(getattr(cls, "__name__", None) or "")
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
