"""Types that are one value in JSON: texts, numbers, dates, paths, an Enum, a Literal."""

import base64
import sys
import typing
from enum import Enum, Flag
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional, Type

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.annotations.conversions import Conversion, Reading, as_integer, misfit
from cwd_server.toolkit.errors import DeclarationError
from cwd_server.toolkit.json_values import comparison_key, preview
from cwd_server.toolkit.jsonschema.judged import JudgedSchema
from cwd_server.toolkit.plain_json import LARGEST_NUMBER, NotJSONError, to_json
from cwd_server.wording import shorten

LONGEST_LEGEND = 20  # members: a model pays for each in every conversation
_JSON_TYPES: Dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


class Exact(Conversion):
    """A type that JSON has too, so that there is nothing to convert: str, bool, None."""

    hash_is_seeded = True

    def __init__(self, python_type: type) -> None:
        super().__init__({"type": _JSON_TYPES[python_type]})
        self.python_type = python_type

    def accepts(self, value: object) -> bool:
        """Return whether a value is of the type, or of a subclass."""
        return isinstance(value, self.python_type)


class Integer(Conversion):
    """An int. JSON has 2.0 for an integer as well."""

    def __init__(self) -> None:
        super().__init__({"type": "integer"})

    def from_json(self, value: object, reading: Reading) -> object:
        """Return an int, of 2.0 too."""
        return as_integer(value)

    def accepts(self, value: object) -> bool:
        """Return whether a value is an int, which True is not here."""
        return isinstance(value, int) and not isinstance(value, bool)


class Number(Conversion):
    """A float, or an int in its place."""

    def __init__(self) -> None:
        super().__init__({"type": "number"})

    def from_json(self, value: object, reading: Reading) -> object:
        """Return a float, of 2 too."""
        if isinstance(value, int):
            if abs(value) > LARGEST_NUMBER:
                raise misfit("too large a number: a float ends at 1.8e308")
            return float(value)
        return value

    def accepts(self, value: object) -> bool:
        """Return whether a value is a number."""
        return isinstance(value, (int, float)) and not isinstance(value, bool)


class Parsed(Conversion):
    """A type whose values are texts in JSON.

    parse: makes a value of a text, or raises ValueError
    expected: what such a text is, in words
    """

    def __init__(
        self, python_type: type, schema: JSONObject, parse: Callable[[str], object], expected: str
    ) -> None:
        super().__init__({"type": "string", **schema})
        self.python_type = python_type
        self.parse = parse
        self.expected = expected
        # Python hashes these by their bytes; the others, such as a UUID, by numbers in them
        self.hash_is_seeded = (
            schema.get("format") in ("date", "path") or "contentEncoding" in schema
        )

    def from_json(self, value: object, reading: Reading) -> object:
        """Return what the text stands for."""
        text = str(value)
        try:
            return self.parse(text)
        except ValueError:
            raise misfit(f'expected {self.expected}, got "{shorten(text)}"') from None

    def accepts(self, value: object) -> bool:
        """Return whether a value is of the type."""
        return isinstance(value, self.python_type)


class DecimalNumber(Parsed):
    """A Decimal: a number, or its text, which keeps every digit."""

    def __init__(self, python_type: type) -> None:
        super().__init__(python_type, {}, self._parse, 'a number such as "1.10"')
        self.schema = {"anyOf": [{"type": "number"}, {"type": "string"}]}

    def _parse(self, text: str) -> object:
        try:
            number = self.python_type(text)
        except ArithmeticError:  # decimal.InvalidOperation
            raise ValueError(text) from None
        if not number.is_finite():
            raise ValueError(text)
        return number


class Member(NamedTuple):
    """One value of a choice: as JSON has it, and what the function gets for it."""

    value: object
    meant: object


class Choice(Conversion):
    """One of several values: of an Enum, whose members the function gets, or of a Literal."""

    hash_is_seeded = True  # or there are too few of them to matter

    def __init__(self, members: List[Member], legend: str = "") -> None:
        values = [member.value for member in members]
        super().__init__(_with_description({"type": _types_of(values), "enum": values}, legend))
        self.legend = legend
        self.members = members
        self.meant = {comparison_key(member.value): member.meant for member in members}

    def from_json(self, value: object, reading: Reading) -> object:
        """Return what stands for the value: a member of the Enum."""
        return self.meant[comparison_key(value)]

    def accepts(self, value: object) -> bool:
        """Return whether a value is among those that the function gets."""
        return any(type(value) is type(meant) and value == meant for meant in self.meant.values())


class Flags(Integer):
    """An enum.Flag, whose members can be combined: a number, of which each bit has a meaning."""

    def __init__(self, cls: Type[Flag]) -> None:
        super().__init__()
        self.cls = cls
        self.legend = f"a sum of {_legend_of(cls.__members__.values())}"
        self.schema = _with_description(self.schema, self.legend)

    def from_json(self, value: object, reading: Reading) -> object:
        """Return the member, or the combination of several."""
        number = as_integer(value)
        meaningless = f"{number} has bits that mean nothing here"
        try:
            member = self.cls(number)
        except ValueError:
            raise misfit(meaningless) from None
        if getattr(member, "value", number) != number:
            raise misfit(meaningless)  # which Python 3.11.2 drops without a word
        return member

    def accepts(self, value: object) -> bool:
        """Return whether a value is a member, or a combination."""
        return type(value) is self.cls


def _with_description(schema: JSONObject, text: str) -> JSONObject:
    if not text:
        return schema
    return {"description": text, **schema}


def _legend_of(members: Iterable[Enum]) -> str:
    """Return which value stands for which member, of the first ones: `1 = LOW, 2 = HIGH, …`."""
    meanings: List[str] = []
    for member in members:
        if len(meanings) == LONGEST_LEGEND:
            meanings.append("…")
            break
        meanings.append(f"{preview(to_json(member))} = {member.name}")
    return ", ".join(meanings)


def _types_of(values: List[object]) -> object:
    """Return the `type` of a choice, which several providers' clients demand.

    It is a name, or a list of them where the values differ.
    """
    names = list(dict.fromkeys(_JSON_TYPES[type(value)] for value in values))
    if "number" in names and "integer" in names:
        names.remove("integer")
    if len(names) == 1:
        return names[0]
    return names


def read_literal(values: Iterable[object], location: str) -> Choice:
    """Return the choice among a Literal's values; raise DeclarationError."""
    return Choice(_read_members(values, location))


def _read_members(choices: Iterable[object], location: str) -> List[Member]:
    """Return an Enum's members, or a Literal's values, as JSON has them."""
    members = []
    for meant in choices:
        try:
            value = to_json(meant)
        except NotJSONError:
            value = []
        if type(value) not in _JSON_TYPES:
            message = f"{meant!r} is not a choice in JSON; use texts, numbers, booleans or None"
            if isinstance(meant, list):
                message += '; write Literal["a", "b"], or Literal[tuple(values)]'
            elif isinstance(meant, Enum):
                cls = type(meant)
                first = preview(next(iter(cls.__members__)))
                message += (
                    f", or declare the parameter as Literal[{first}, …] and call"
                    f" {cls.__name__}[name]"
                )
            raise DeclarationError(f"{location}: {message}")
        members.append(Member(value, meant))
    return members


class OpenChoice(Choice):
    """An Enum whose `_missing_` knows members for more values, such as "RED" for "red"."""

    def __init__(self, cls: Type[Enum], members: List[Member], legend: str) -> None:
        super().__init__(members, legend)
        self.cls = cls
        self.schema = JudgedSchema(self.schema, self._takes)

    def from_json(self, value: object, reading: Reading) -> object:
        """Return the member of the Enum."""
        known = self.meant.get(comparison_key(value))
        if known is not None:
            return known
        return self.cls(value)

    def _takes(self, value: object) -> bool:
        try:
            return isinstance(self.cls(value), self.cls)  # Python 3.6 may give None
        except (TypeError, ValueError):
            return False


def read_enum(cls: Type[Enum], location: str) -> Conversion:
    """Return the conversion of an Enum; raise DeclarationError."""
    if not cls.__members__:
        raise DeclarationError(f"{location}: nothing to choose from; give the Enum a member")
    if issubclass(cls, Flag):
        return Flags(cls)
    members = _read_members(cls, location)
    legend = ""
    if not all(isinstance(member.value, str) for member in members):
        legend = _legend_of(cls)  # as a model sees the values alone
    if getattr(cls._missing_, "__func__", None) is getattr(Enum._missing_, "__func__", None):
        return Choice(members, legend)
    return OpenChoice(cls, members, legend)


def _parse_base64(text: str) -> bytes:
    """Return what a text in base64 encodes, also in the alphabet for URLs; raise ValueError."""
    return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)


def _parsed(
    python_type: type, format_name: str, parse: Callable[[str], object], expected: str
) -> Parsed:
    return Parsed(python_type, {"format": format_name}, parse, expected)


def _moment(python_type: type) -> Conversion:
    """Return the conversion of a class of the datetime module."""
    from cwd_server.toolkit import iso8601

    return _parsed(python_type, *iso8601.PARSERS[python_type])


def _uuid(python_type: type) -> Conversion:
    return _parsed(python_type, "uuid", python_type, "a UUID")


def _bytes(python_type: type) -> Conversion:
    return Parsed(python_type, {"contentEncoding": "base64"}, _parse_base64, "base64")


_CONVERSIONS: Dict[object, Conversion] = {
    str: Exact(str),
    bool: Exact(bool),
    type(None): Exact(type(None)),
    int: Integer(),
    float: Number(),
    bytes: _bytes(bytes),
    object: Conversion({}),
    typing.Any: Conversion({}),
}
# By name, since their modules need not be loaded: whoever uses one of them has loaded it
_BY_NAME: Dict[str, Callable[[type], Conversion]] = {
    "datetime.date": _moment,
    "datetime.datetime": _moment,
    "datetime.time": _moment,
    "datetime.timedelta": _moment,
    "uuid.UUID": _uuid,
    "decimal.Decimal": DecimalNumber,
}


def read_scalar(hint: object) -> Optional[Conversion]:
    """Return the conversion of a type that is one value in JSON; None if `hint` is no such."""
    if hint is typing.Any:
        return _CONVERSIONS[hint]
    if not isinstance(hint, type):
        return None
    if hint in _CONVERSIONS:
        return _CONVERSIONS[hint]
    make = _BY_NAME.get(f"{hint.__module__}.{hint.__qualname__}")
    if make is not None:
        return make(hint)
    pathlib = sys.modules.get("pathlib")
    if pathlib is not None and issubclass(hint, pathlib.PurePath):
        return _path(hint)
    return None


def _path(cls: type) -> Optional[Conversion]:
    """Return the conversion of a class of paths; None for one of another system's."""
    try:
        cls(".")
    except NotImplementedError:  # of WindowsPath on Unix
        return None
    return _parsed(cls, "path", cls, "a path")
