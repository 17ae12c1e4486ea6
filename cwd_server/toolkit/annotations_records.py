"""Types with named fields: dataclasses, TypedDicts and NamedTuples."""

import inspect
import sys
import typing
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.annotations_containers import convert_items, fixed_array_schema
from cwd_server.toolkit.annotations_hints import (
    Scope,
    annotations_of,
    arguments_of,
    form_of,
    origin_of,
    scope_of_class,
)
from cwd_server.toolkit.conversions import Conversion, ConversionError, Misfit, Reading, misfit
from cwd_server.toolkit.docstring import parse_docstring
from cwd_server.toolkit.errors import DeclarationError
from cwd_server.toolkit.plain_json import NotJSONError, to_json

NO_DEFAULT = inspect.Parameter.empty


class Field(NamedTuple):
    """One field of a record, or one parameter of a function."""

    name: str
    conversion: Conversion
    is_required: bool
    default: object = NO_DEFAULT  # as the schema shows it, where JSON can say it


ReadType = Callable[[object, Scope, str], Conversion]  # Reader.read


class RecordReader:
    """What the reading of a record needs: how its fields' types are read, and for which side.

    read: reads the type of a field
    for_results: whether it is what a tool returns, rather than what it takes
    """

    def __init__(self, read: ReadType, for_results: bool) -> None:
        self.read = read
        self.for_results = for_results


class Record(Conversion):
    """An object whose members become the keyword arguments of `make`."""

    def __init__(
        self,
        schema: JSONObject,
        python_type: type,
        make: Callable[..., object],
        fields: Iterable[Field],
    ) -> None:
        super().__init__(schema)
        self.python_type = python_type
        self.make = make
        self.fields = {field.name: field.conversion for field in fields}

    def from_json(self, value: object, reading: Reading) -> object:
        assert isinstance(value, dict)
        members = convert_members(value, self.fields, reading)
        try:
            return self.make(**members)
        except (AssertionError, ValueError) as error:  # __post_init__ knows more than the schema
            raise misfit(str(error) or type(error).__name__) from error

    def accepts(self, value: object) -> bool:
        return isinstance(value, self.python_type)


class NamedTupleRecord(Conversion):
    """A NamedTuple: an array, which may leave out what has a default at its end, or an object of its fields."""

    def __init__(
        self, cls: Callable[..., object], fields: List[Field], record: Optional[Record]
    ) -> None:
        required = [field for field in fields if field.is_required]
        conversions = [field.conversion for field in fields]
        schema = fixed_array_schema(conversions, len(required))
        if record is not None:
            schema = {"anyOf": [schema, record.schema]}
        super().__init__(schema)
        self.cls = cls
        self.conversions = conversions
        self.record = record

    def from_json(self, value: object, reading: Reading) -> object:
        if isinstance(value, list):
            return self.cls(*convert_items(value, self.conversions, reading))
        assert self.record is not None
        return self.record.from_json(value, reading)

    def accepts(self, value: object) -> bool:
        return self.record is None or self.record.accepts(value)


def convert_members(
    members: JSONObject, conversions: Dict[str, Conversion], reading: Reading
) -> Dict[str, object]:
    """Return the members, each converted its own way; raise ConversionError with all that cannot be."""
    converted: Dict[str, object] = {}
    misfits: List[Misfit] = []
    for name, value in members.items():
        try:
            converted[name] = conversions[name].from_json(value, reading)
        except ConversionError as error:
            misfits += error.below(name)
    if misfits:
        raise ConversionError(misfits)
    return converted


def object_schema(
    fields: Iterable[Field], descriptions: Dict[str, str], is_closed: bool
) -> JSONObject:
    """Return the schema of an object with these fields.

    descriptions: what a docstring says of some of them; what Annotated says comes first
    is_closed: whether other members are refused
    """
    properties: Dict[str, object] = {}
    required = []
    for field in fields:
        described: JSONObject = {}
        if field.name in descriptions:
            described["description"] = descriptions[field.name]
        described.update(field.conversion.schema)
        _add_default(described, field)
        properties[field.name] = described
        if field.is_required:
            required.append(field.name)
    schema: JSONObject = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if is_closed:
        schema["additionalProperties"] = False
    return schema


def _add_default(schema: JSONObject, field: Field) -> None:
    if field.default is NO_DEFAULT or not field.conversion.accepts(field.default):
        return
    try:
        schema["default"] = to_json(field.default)
    except NotJSONError:
        pass  # an infinite float, an object of no known kind: the schema is right without


def read_record(
    hint: object, scope: Scope, location: str, reader: RecordReader
) -> Optional[Conversion]:
    """Return the conversion of a dataclass, TypedDict or NamedTuple; None if `hint` is none of these."""
    cls = origin_of(hint)
    if not isinstance(cls, type):
        return None
    read = _reader_of(cls)
    if read is None:
        return None
    hints = ClassHints(cls, arguments_of(hint), scope)
    return read(cls, hints, f"{location}: {cls.__name__}", reader)


class ScopedHint(NamedTuple):
    """An annotation, and where it was written."""

    hint: object
    scope: Scope


class ClassHints:
    """The annotations of a class and its bases, each with the scope that it was written in.

    arguments: what is given for the class's type variables: int in Box[int]
    """

    def __init__(self, cls: type, arguments: typing.Sequence[object], outer: Scope) -> None:
        self.hints: Dict[str, ScopedHint] = {}
        self._add(cls, arguments, outer)

    def _add(self, cls: type, arguments: typing.Sequence[object], outer: Scope) -> None:
        """Add the hints of a class, after those of its bases, which it may replace."""
        scope = scope_of_class(cls, outer)
        variables = getattr(cls, "__parameters__", ())
        given = [outer.resolve(argument, cls.__name__) for argument in arguments]
        scope.bindings = dict(zip(variables, given))
        for base in reversed(_bases_of(cls)):
            base_class = origin_of(base)
            if isinstance(base_class, type):
                self._add(base_class, arguments_of(base), scope)
        for name, hint in annotations_of(cls).items():
            inherited = self.hints.get(name)
            if (
                inherited is None or inherited.hint is not hint
            ):  # a TypedDict repeats its bases' hints
                self.hints[name] = ScopedHint(hint, scope)


def _bases_of(cls: type) -> typing.Sequence[object]:
    """Return the bases as they are written, Box[int] rather than Box, without what has no fields."""
    bases = cls.__dict__.get("__orig_bases__", cls.__bases__)
    return [base for base in bases if origin_of(base) not in (object, dict, tuple, typing.Generic)]


def _read_dataclass(
    cls: type, hints: ClassHints, location: str, reader: RecordReader
) -> Conversion:
    if reader.for_results:
        fields = _fields_of_instances(cls, hints, location, reader)
    else:
        fields = _fields_of_constructor(cls, hints, location, reader)
    schema = object_schema(
        fields, parse_docstring(inspect.getdoc(cls)), is_closed=not reader.for_results
    )
    return Record(schema, cls, cls, fields)


def _fields_of_instances(
    cls: type, hints: ClassHints, location: str, reader: RecordReader
) -> List[Field]:
    """Return the fields that an instance has: no ClassVar, no InitVar."""
    dataclasses = sys.modules["dataclasses"]
    fields = []
    for field in dataclasses.fields(cls):
        written = hints.hints.get(field.name, ScopedHint(field.type, scope_of_class(cls)))
        conversion = reader.read(written.hint, written.scope, f"{location}.{field.name}")
        has_default = (
            field.default is not dataclasses.MISSING
            or field.default_factory is not dataclasses.MISSING
        )
        fields.append(Field(field.name, conversion, field.init and not has_default))
    return fields


def _fields_of_constructor(
    cls: type, hints: ClassHints, location: str, reader: RecordReader
) -> List[Field]:
    """Return what the constructor takes: no init=False, but InitVar; or what an `__init__` of one's own says."""
    constructor = inspect.unwrap(getattr(cls, "__init__"))  # noqa: B009  mypy: unsound on an instance
    own_hints = {}
    if not _is_generated(constructor):
        own_hints = annotations_of(constructor)
    fields = []
    self_and_parameters = inspect.signature(constructor).parameters.values()
    for parameter in list(self_and_parameters)[1:]:
        place = f"{location}.{parameter.name}"
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise DeclarationError(f"{place}: JSON gives names; remove the / from __init__")
        found = hints.hints.get(parameter.name)
        if parameter.name in own_hints:
            found = ScopedHint(own_hints[parameter.name], Scope(constructor.__globals__))
        if found is None:
            raise DeclarationError(
                f"{place}: no annotation; write its type, such as {parameter.name}: str"
            )
        conversion = reader.read(found.hint, found.scope, place)
        fields.append(
            Field(parameter.name, conversion, parameter.default is NO_DEFAULT, parameter.default)
        )
    return fields


def _is_generated(constructor: object) -> bool:
    """Whether an `__init__` was written by the dataclasses module, or is object's."""
    code = getattr(constructor, "__code__", None)
    return code is None or code.co_filename == "<string>"


def _read_typed_dict(
    cls: type, hints: ClassHints, location: str, reader: RecordReader
) -> Conversion:
    required_names = getattr(cls, "__required_keys__", None)
    if required_names is None:  # 3.8: all or none
        required_names = list(hints.hints) if getattr(cls, "__total__", True) else []
    fields = []
    for name, (hint, scope) in hints.hints.items():
        place = f"{location}.{name}"
        is_required = _says_required(hint, scope, place)
        if is_required is None:
            is_required = name in required_names
        fields.append(Field(name, reader.read(hint, scope, place), is_required))
    schema = object_schema(
        fields, parse_docstring(inspect.getdoc(cls)), is_closed=not reader.for_results
    )
    return TypedDictRecord(schema, fields)


class TypedDictRecord(Record):
    """A TypedDict, which is a dict."""

    def __init__(self, schema: JSONObject, fields: List[Field]) -> None:
        super().__init__(schema, dict, dict, fields)
        self.required = [field.name for field in fields if field.is_required]

    def accepts(self, value: object) -> bool:
        if not isinstance(value, dict) or any(name not in value for name in self.required):
            return False
        return all(
            name in self.fields and self.fields[name].accepts(item) for name, item in value.items()
        )


def _says_required(hint: object, scope: Scope, location: str) -> Optional[bool]:
    """Return what Required or NotRequired around a hint say; None if there is neither.

    Python does not see them where the annotation is text.
    """
    hint = scope.resolve(hint, location)
    while True:
        form = form_of(hint)
        if form == "Required":
            return True
        if form == "NotRequired":
            return False
        if form == "ReadOnly":
            hint = scope.resolve(arguments_of(hint)[0], location)
        elif hasattr(hint, "__metadata__"):
            hint = scope.resolve(getattr(hint, "__origin__"), location)  # noqa: B009
        else:
            return None


def _read_named_tuple(
    cls: type, hints: ClassHints, location: str, reader: RecordReader
) -> Conversion:
    defaults: Dict[str, object] = getattr(cls, "_field_defaults", {})
    fields = []
    for name in getattr(cls, "_fields"):  # noqa: B009
        written = hints.hints.get(
            name, ScopedHint(object, Scope({}))
        )  # collections.namedtuple has no types
        conversion = reader.read(written.hint, written.scope, f"{location}.{name}")
        fields.append(
            Field(name, conversion, name not in defaults, defaults.get(name, NO_DEFAULT))
        )
    if reader.for_results:
        return NamedTupleRecord(cls, fields, None)
    schema = object_schema(fields, parse_docstring(inspect.getdoc(cls)), is_closed=True)
    return NamedTupleRecord(cls, fields, Record(schema, cls, cls, fields))


_ReadRecord = Callable[[type, ClassHints, str, RecordReader], Conversion]


def _reader_of(cls: type) -> Optional[_ReadRecord]:
    """Return the function that reads a class of this kind, or None if it is no record."""
    if hasattr(cls, "__dataclass_fields__"):
        return _read_dataclass
    if hasattr(cls, "__total__") and hasattr(cls, "__annotations__"):
        return _read_typed_dict
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return _read_named_tuple
    return None
