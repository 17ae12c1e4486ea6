"""What all types with named fields share: Field, Record, their schema, and how hints are found."""

import inspect
import operator
import typing
from typing import Callable, Dict, Iterable, Iterator, NamedTuple

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.annotations.conversions import (
    Conversion,
    ConversionError,
    Part,
    Reading,
    as_object,
    misfit,
)
from cwd_server.toolkit.annotations.hints import (
    Scope,
    annotations_of,
    arguments_of,
    origin_of,
    scope_of_class,
)
from cwd_server.toolkit.jsonschema.findings import Problems
from cwd_server.toolkit.jsonschema.judged import with_more
from cwd_server.toolkit.plain_json import NotJSONError, to_json

NO_DEFAULT = inspect.Parameter.empty


class Field(NamedTuple):
    """One field of a record, or one parameter of a function."""

    name: str
    conversion: Conversion
    is_required: bool
    default: object = NO_DEFAULT  # as the schema shows it, where JSON can say it


ReadType = Callable[[object, Scope, str], Conversion]  # Reader.read


class FieldReader:
    """Reads the fields of records: hands their types back to the Reader that met the record.

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
        self.can_be_hashed = python_type.__hash__ is not None
        self.make = make
        self.fields = {field.name: field.conversion for field in fields}

    def from_json(self, value: object, reading: Reading) -> object:
        """Return an instance, or what else `make` makes of the members."""
        members = convert_members(as_object(value), self.fields, reading)
        try:
            return self.make(**members)
        except (AssertionError, ValueError) as error:  # __post_init__ knows more than the schema
            raise misfit(str(error) or type(error).__name__) from error

    def accepts(self, value: object) -> bool:
        """Return whether a value is an instance."""
        return isinstance(value, self.python_type)

    def parts(self, value: object) -> Iterable[Part]:
        """Return the members that are fields."""
        if not isinstance(value, dict):
            return ()
        return member_parts(value, self.fields)


def convert_members(
    members: JSONObject, conversions: Dict[str, Conversion], reading: Reading
) -> Dict[str, object]:
    """Return the members, each converted its own way; raise ConversionError with all problems."""
    converted: Dict[str, object] = {}
    problems = Problems()
    for name, value in members.items():
        try:
            converted[name] = conversions[name].from_json(value, reading)
        except ConversionError as error:
            problems.add_all(error.below(name))
    if problems:
        raise ConversionError(problems)
    return converted


def member_parts(members: JSONObject, conversions: Dict[str, Conversion]) -> Iterator[Part]:
    """Yield the members that have a conversion."""
    for name, value in members.items():
        if name in conversions:
            yield Part(name, value, conversions[name])


def descriptions_of(cls: type) -> Dict[str, str]:
    """Return what the docstring of a class says of its fields."""
    return descriptions_in(inspect.getdoc(cls) or "")


def descriptions_in(docstring: str) -> Dict[str, str]:
    """Return what a docstring, without its indentation, says of parameters or fields."""
    if "\n" not in docstring:
        return {}
    from cwd_server.toolkit.docstring import parse_docstring

    return parse_docstring(docstring)


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
        described = with_more(field.conversion.schema)
        if field.name in descriptions:
            described = field.conversion.described_schema(descriptions[field.name])
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
        self._self_type: object = cls
        if arguments:
            given = tuple(_resolved(arguments, cls, outer))
            self._self_type = operator.getitem(cls, given)  # type: ignore[call-overload]
        self._add(cls, arguments, outer)

    def _add(self, cls: type, arguments: typing.Sequence[object], outer: Scope) -> None:
        """Add the hints of a class, after those of its bases, which it may replace."""
        scope = scope_of_class(cls, outer)
        scope.self_type = self._self_type
        variables = getattr(cls, "__parameters__", ())
        scope.bindings = dict(zip(variables, _resolved(arguments, cls, outer)))
        if any(type(variable).__name__ == "TypeVarTuple" for variable in variables):
            scope.bindings = {}  # which is then refused where it is used
        for base in reversed(_bases_of(cls)):
            base_class = origin_of(base)
            if isinstance(base_class, type):
                self._add(base_class, arguments_of(base), scope)
        for name, hint in annotations_of(cls).items():
            inherited = self.hints.get(name)
            # A TypedDict repeats the hints of its bases, which were written somewhere else
            if inherited is None or inherited.hint is not hint:
                self.hints[name] = ScopedHint(hint, scope)


def _resolved(arguments: typing.Sequence[object], cls: type, outer: Scope) -> typing.List[object]:
    return [outer.resolve(argument, cls.__name__) for argument in arguments]


def _bases_of(cls: type) -> typing.Sequence[object]:
    """Return the bases as they are written, Box[int] rather than Box, if they can have fields."""
    bases = cls.__dict__.get("__orig_bases__", cls.__bases__)
    with_fields = []
    for base in bases:
        if origin_of(base) not in (object, dict, tuple, typing.Generic):
            with_fields.append(base)
    return with_fields
