"""Read a type into a Conversion: one branch for each kind of type."""

import re
import typing
from enum import Enum
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.annotations import pydantic_models
from cwd_server.toolkit.annotations.containers import (
    ARRAYS,
    AWAITABLES,
    OBJECTS,
    SETS,
    STREAMS,
    Alternatives,
    FixedArray,
    make_array,
    make_object,
)
from cwd_server.toolkit.annotations.conversions import Conversion, Described, Reference, as_object
from cwd_server.toolkit.annotations.hints import (
    Scope,
    arguments_of,
    describe_hint,
    form_of,
    is_empty_tuple,
    is_endless,
    origin_of,
    unpacked,
)
from cwd_server.toolkit.annotations.record_kinds import read_record
from cwd_server.toolkit.annotations.records import FieldReader
from cwd_server.toolkit.annotations.refusals import unsupported
from cwd_server.toolkit.annotations.scalars import (
    Exact,
    Integer,
    read_enum,
    read_literal,
    read_scalar,
)
from cwd_server.toolkit.errors import DeclarationError
from cwd_server.toolkit.jsonschema.support import find_unsupported
from cwd_server.toolkit.plain_json import NotJSONError, to_json

# What only says something to type checkers: Required[T] is T
_TRANSPARENT = ("Required", "NotRequired", "ReadOnly", "Final", "ClassVar")


class Reader:
    """Reads types that belong to one schema, and collects what its `$defs` have to be.

    for_results: whether the types are what a tool returns, rather than what it takes
    """

    def __init__(self, for_results: bool = False) -> None:
        self.for_results = for_results
        self.definitions: JSONObject = {}
        self._fields = FieldReader(self.read, for_results)
        # The types that are being read now; each with a Reference if it was met inside itself
        self._open: Dict[object, Optional[Reference]] = {}
        self._known: Dict[object, Reference] = {}  # types that contain themselves

    def read(self, hint: object, scope: Scope, location: str) -> Conversion:
        """Return the conversion of a type; raise DeclarationError about `location`."""
        is_text = isinstance(hint, str) or hasattr(hint, "__forward_arg__")
        hint = scope.resolve(hint, location)
        scalar = read_scalar(hint)
        if scalar is not None:
            return scalar
        if not is_text and _is_container(hint):
            return self._read_composite(hint, scope, location)
        return self._read_recursive(hint, scope, location)

    def _read_recursive(self, hint: object, scope: Scope, location: str) -> Conversion:
        """Read a type that may contain itself: by its name, or by text, which comes late."""
        key = _key_of(hint, scope)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            return self._refer_to(key, hint, scope)
        self._open[key] = None
        try:
            conversion = self._read_composite(hint, scope, location)
        except RecursionError:
            if len(self._open) > 1:
                raise  # to where it began: the way down is of no use to anybody
            raise DeclarationError(
                f"{location}: {describe_hint(hint)} is nested without end"
            ) from None
        finally:
            reference = self._open.pop(key)
        if reference is None:
            return conversion
        reference.target = conversion
        self.definitions[reference.name] = conversion.schema
        self._known[key] = reference
        return reference

    def complete(self, conversion: Conversion) -> JSONObject:
        """Return the schema of a whole result, with the definitions that it refers to.

        Revisions before 2026-07-28 want to see the type at its top, rather than a reference.
        """
        schema = dict(conversion.schema)
        while schema.get("$ref") in self._references:
            definition = self._references[schema.pop("$ref")]
            schema = {**as_object(definition), **schema}
        if self.definitions:
            schema["$defs"] = self.definitions
        return schema

    @property
    def _references(self) -> Dict[object, object]:
        """What each `$ref` stands for."""
        return {f"#/$defs/{name}": schema for name, schema in self.definitions.items()}

    def _refer_to(self, key: object, hint: object, scope: Scope) -> Reference:
        """Return the reference to a type that is met inside itself."""
        reference = self._open[key]
        if reference is None:
            reference = Reference(self._name_for(hint, scope))
            self._open[key] = reference
            self.definitions[reference.name] = {}  # taken; filled in when the type has been read
        return reference

    def _name_for(self, hint: object, scope: Scope) -> str:
        """Return a name for a definition: the type's own, with a number if it is taken."""
        text = scope.name_of(hint) or form_of(hint) or getattr(origin_of(hint), "__name__", "")
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("_") or "Type"
        number = 1
        unique = name
        while unique in self.definitions:
            number += 1
            unique = f"{name}_{number}"
        return unique

    def _read_composite(self, hint: object, scope: Scope, location: str) -> Conversion:
        """Return the conversion of what is more than one value, or stands for another type."""
        if pydantic_models.is_pydantic(hint):
            return self._read_pydantic(hint, location)
        if hasattr(hint, "__metadata__"):
            return self._read_annotated(hint, scope, location)
        stands_for = _stands_for(hint, scope)
        if stands_for is not None:
            return self.read(stands_for.hint, stands_for.scope, location)
        form = form_of(hint)
        if form:
            return self._read_form(form, hint, scope, location)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return read_enum(hint, location)
        record = read_record(hint, scope, location, self._fields)
        if record is not None:
            return record
        return self._read_container(hint, scope, location)

    def _read_pydantic(self, hint: object, location: str) -> Conversion:
        conversion = pydantic_models.read_pydantic(
            hint, self.definitions, location, self.for_results
        )
        extra = _extra_schema(hint, location)
        if extra:
            return Described(conversion, extra)
        return conversion

    def _read_annotated(self, hint: object, scope: Scope, location: str) -> Conversion:
        """Read Annotated[T, "how many", {"minimum": 0}]; anything else in it is not for us."""
        inner = self.read(getattr(hint, "__origin__"), scope, location)  # noqa: B009
        extra = _extra_schema(hint, location)
        if not extra:
            return inner
        return Described(inner, extra)

    def _read_form(self, form: str, hint: object, scope: Scope, location: str) -> Conversion:
        """Read what typing has instead of a class: Union, Literal, …"""
        arguments = arguments_of(hint)
        if form == "Union" and arguments:
            return Alternatives([self.read(argument, scope, location) for argument in arguments])
        if form == "Literal" and arguments:
            return read_literal(_flat_literals(arguments), location)
        if form == "LiteralString":
            return Exact(str)
        if form == "Self" and scope.self_type is not None:
            return self.read(scope.self_type, scope, location)
        if form in _TRANSPARENT and arguments:
            return self.read(arguments[0], scope, location)
        raise unsupported(hint, location)

    def _read_container(self, hint: object, scope: Scope, location: str) -> Conversion:
        """Read a class that holds others, or refuse what is no class that we know."""
        origin = origin_of(hint)
        if not isinstance(origin, type):
            raise unsupported(hint, location)
        arguments = arguments_of(hint)
        if self.for_results and origin in AWAITABLES and arguments:
            return self.read(arguments[-1], scope, location)
        if origin is tuple and not is_endless(arguments):
            return self._read_tuple(hint, arguments, scope, location)
        if origin in OBJECTS:
            return self._read_object(origin, arguments, scope, location)
        is_stream = self.for_results and origin in STREAMS
        if origin in ARRAYS or is_stream:
            return self._read_array(origin, arguments, scope, location)
        raise unsupported(hint, location)

    def _read_array(
        self, origin: type, arguments: Sequence[object], scope: Scope, location: str
    ) -> Conversion:
        if origin in ARRAYS and origin is not tuple and len(arguments) > 1:
            raise DeclarationError(
                f"{location}: {origin.__name__} has one type in its brackets, that of all items;"
                " write List[Union[…]] for items of several, or Tuple[…]"
            )
        item: object = object
        if arguments:
            item = arguments[0]
        conversion = self.read(item, scope, location)
        if origin in SETS and not conversion.can_be_hashed:
            name = describe_hint(item)
            message = f"{name} cannot be in a set, since its values can change; write List[{name}]"
            if hasattr(item, "__dataclass_fields__"):
                message += ", or @dataclass(frozen=True) above it"
            raise DeclarationError(f"{location}: {message}")
        return make_array(origin, conversion, self.for_results)

    def _read_tuple(
        self, hint: object, arguments: Sequence[object], scope: Scope, location: str
    ) -> Conversion:
        if is_empty_tuple(hint):
            return FixedArray([])
        if not arguments:
            return self._read_array(tuple, (), scope, location)
        *first, last = _expanded(arguments, hint, location)
        inner = unpacked(last)
        if inner is None:
            first.append(last)
        items = [self.read(argument, scope, location) for argument in first]
        if inner is None:
            return FixedArray(items)
        return FixedArray(items, self.read(arguments_of(inner)[0], scope, location))

    def _read_object(
        self, origin: type, arguments: Sequence[object], scope: Scope, location: str
    ) -> Conversion:
        if len(arguments) not in (0, 2):
            raise DeclarationError(
                f"{location}: {origin.__name__} has two types in its brackets, of keys and of"
                " values; write Dict[str, …]"
            )
        name: Conversion = Exact(str)
        member = Conversion({})
        if len(arguments) == 2:
            name = self.read(arguments[0], scope, location)
            member = self.read(arguments[1], scope, location)
        if not name.schema:
            name = Exact(str)  # Dict[Any, T]
        if not isinstance(name, Integer) and name.schema.get("type") != "string":
            message = (
                f"{describe_hint(arguments[0])} as the keys of a dict: those of JSON are texts"
            )
            raise DeclarationError(f"{location}: {message}; write Dict[str, …]")
        return make_object(origin, name, member, self.for_results)


def _is_container(hint: object) -> bool:
    origin = origin_of(hint)
    return isinstance(origin, type) and (origin in ARRAYS or origin in OBJECTS)


def _expanded(arguments: Sequence[object], hint: object, location: str) -> List[object]:
    """Return what is in a tuple's brackets, with `*tuple[int, str]` as its parts.

    Only the last one may be unpacked still, of any length: `*tuple[int, ...]`. Raises
    DeclarationError.
    """
    expanded: List[object] = []
    for argument in arguments:
        inner = unpacked(argument)
        if inner is None or is_endless(arguments_of(inner)):
            expanded.append(argument)
        elif origin_of(inner) is tuple:
            expanded += _expanded(arguments_of(inner), hint, location)
        else:  # a TypeVarTuple
            raise unsupported(hint, location)
    for argument in expanded[:-1]:
        if unpacked(argument) is not None:
            raise DeclarationError(
                f"{location}: {describe_hint(hint)} is not supported: put what may be of any"
                " length last"
            )
    return expanded


class _StandsFor(NamedTuple):
    hint: object
    scope: Scope


def _stands_for(hint: object, scope: Scope) -> Optional[_StandsFor]:
    """Return the type behind a NewType, a `type X = …`, an InitVar or an unbound TypeVar."""
    if hasattr(hint, "__supertype__"):
        return _StandsFor(hint.__supertype__, scope)
    alias = origin_of(hint)
    if hasattr(alias, "__value__"):
        variables = getattr(alias, "__type_params__", ())
        bindings = dict(zip(variables, arguments_of(hint)))
        return _StandsFor(alias.__value__, Scope(scope.names, scope.own, bindings, scope))
    if type(hint).__name__ == "InitVar":
        return _StandsFor(getattr(hint, "type"), scope)  # noqa: B009
    if getattr(hint, "__name__", "") == "InitVar":  # 3.7 forgets what is in its brackets
        return _StandsFor(object, scope)
    if isinstance(hint, typing.TypeVar):
        return _StandsFor(_bound_of(hint), scope)
    return None


def _bound_of(variable: typing.TypeVar) -> object:
    """Return what a type variable stands for where nothing was given for it."""
    if variable.__bound__ is not None:
        return variable.__bound__
    if variable.__constraints__:
        return typing.Union[variable.__constraints__]
    if getattr(variable, "has_default", bool)():  # from 3.13 on
        return getattr(variable, "__default__")  # noqa: B009
    return object


def _key_of(hint: object, scope: Scope) -> object:
    """Return what tells a type from others that are being read.

    By value, as typing makes Optional[int] anew each time. What is no class has to be of the same
    module too: the text inside may mean something else in another one.
    """
    origin = origin_of(hint)
    key: Tuple[object, ...] = (hint, id(scope.names))
    if isinstance(origin, type):
        key = (origin, arguments_of(hint) or getattr(origin, "__parameters__", ()))
    try:
        hash(key)
    except TypeError:  # there is a dict in an Annotated
        return id(hint)
    return key


def _flat_literals(arguments: Sequence[object]) -> List[object]:
    """Return the values of a Literal; before 3.9.1 a Literal inside another one is still there."""
    values: List[object] = []
    for argument in arguments:
        if form_of(argument) == "Literal":
            values += _flat_literals(arguments_of(argument))
        else:
            values.append(argument)
    return values


def _extra_schema(hint: object, location: str) -> JSONObject:
    """Return what Annotated adds to a schema: a text is the description, a dict is JSON Schema."""
    extra: JSONObject = {}
    for said in getattr(hint, "__metadata__", ()):
        documentation = getattr(said, "documentation", None)  # typing_extensions.Doc
        if isinstance(said, str):
            extra["description"] = said
        elif isinstance(said, dict):
            extra.update(said)
        elif isinstance(documentation, str):
            extra["description"] = documentation
    try:
        converted = as_object(to_json(extra, "Annotated"))
    except NotJSONError as error:
        raise DeclarationError(f"{location}: {error}") from None
    problems = find_unsupported(converted, "Annotated")
    if problems:
        raise DeclarationError(f"{location}: {problems[0]}")
    return converted
