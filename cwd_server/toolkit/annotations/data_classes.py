"""Dataclasses: a parameter is what the constructor takes, a result is what `fields()` says."""

import inspect
import sys
from typing import List

from cwd_server.toolkit.annotations.conversions import Conversion
from cwd_server.toolkit.annotations.hints import Scope, annotations_of, scope_of_class
from cwd_server.toolkit.annotations.records import (
    NO_DEFAULT,
    ClassHints,
    Field,
    FieldReader,
    Record,
    ScopedHint,
    descriptions_of,
    object_schema,
)
from cwd_server.toolkit.errors import DeclarationError


def read_dataclass(cls: type, hints: ClassHints, location: str, reader: FieldReader) -> Conversion:
    """Return the conversion of a dataclass; raise DeclarationError about one of its fields."""
    if reader.for_results:
        fields = _fields_of_instances(cls, hints, location, reader)
    else:
        fields = _fields_of_constructor(cls, hints, location, reader)
    schema = object_schema(fields, descriptions_of(cls), is_closed=not reader.for_results)
    return Record(schema, cls, cls, fields)


def _fields_of_instances(
    cls: type, hints: ClassHints, location: str, reader: FieldReader
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
    cls: type, hints: ClassHints, location: str, reader: FieldReader
) -> List[Field]:
    """Return what the constructor takes: no init=False, but InitVar; or one's own `__init__`."""
    if inspect.isabstract(cls):
        raise DeclarationError(f"{location} is abstract; take a class that has all its methods")
    constructor = inspect.unwrap(getattr(cls, "__init__"))  # noqa: B009  for mypy
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
    if not fields and len(self_and_parameters) > 1:
        raise DeclarationError(
            f"{location}: its __init__ names no argument; write each instead of *args, **kwargs"
        )
    return fields


def _is_generated(constructor: object) -> bool:
    """Whether an `__init__` was written by the dataclasses module, or is object's."""
    code = getattr(constructor, "__code__", None)
    return code is None or code.co_filename == "<string>"
