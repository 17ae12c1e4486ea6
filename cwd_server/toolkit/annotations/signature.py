"""Read the signature of a tool's function: what it takes, and what it returns.

The types themselves are read by `reader`, and by the modules that are named after a kind of them.
"""

import collections
import copy
import functools
import inspect
import sys
from typing import Callable, Dict, Iterable, List, Optional

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.annotations.conversions import (
    Conversion,
    ConversionError,
    Reading,
    as_array,
    find_misfits,
)
from cwd_server.toolkit.annotations.hints import (
    Scope,
    arguments_of,
    describe_hint,
    form_of,
    type_parameters_of,
    unpacked,
)
from cwd_server.toolkit.annotations.pydantic_models import field_default
from cwd_server.toolkit.annotations.reader import Reader
from cwd_server.toolkit.annotations.record_kinds import TypedDictRecord
from cwd_server.toolkit.annotations.records import (
    NO_DEFAULT,
    Field,
    convert_members,
    descriptions_in,
    member_parts,
    object_schema,
)
from cwd_server.toolkit.call import Call
from cwd_server.toolkit.errors import ArgumentsError, DeclarationError
from cwd_server.toolkit.functions import (
    AnyFunction,
    documentation_of,
    underlying,
    without_copied_signature,
)
from cwd_server.toolkit.jsonschema.checker import Checker
from cwd_server.toolkit.jsonschema.findings import Problems, describe_problems

# Schemas of results that say too little to be worth it, alone or as alternatives of each other. Of
# a text it says all there is; and who writes `-> list` may mean pictures and texts, which a schema
# would have sent as data too
_NEEDLESS_SCHEMAS: List[JSONObject] = [
    {},
    {"type": "string"},
    {"type": "null"},
    {"type": "array"},
]


class Parameters:
    """What a function takes.

    schema: JSON Schema of all arguments
    call_names: the parameters that receive the Call
    defaults: the defaults of those that may be left out
    """

    def __init__(
        self,
        schema: JSONObject,
        call_names: List[str],
        conversions: Optional[Dict[str, Conversion]],
        defaults: "_Defaults",
    ) -> None:
        self.schema = schema
        self.call_names = call_names
        self.defaults = defaults.values
        self._conversions = conversions
        self._makers = defaults.makers

    def convert(self, arguments: JSONObject, checker: Checker) -> Dict[str, object]:
        """Return the keyword arguments for arguments that satisfy the schema, without the Call.

        checker: the check that they have passed

        Raises ArgumentsError with all that cannot be what the annotations promise: no such day, no
        base64.
        """
        converted = arguments
        try:
            if self._conversions is not None:
                converted = convert_members(arguments, self._conversions, Reading(checker))
        except ConversionError as error:
            raise ArgumentsError(describe_problems(error.problems), error.problems) from None
        except RecursionError:
            raise ArgumentsError("the arguments are nested too deep") from None
        made = {}
        for name, make in self._makers.items():
            if name not in converted:
                made[name] = make()
        return {**converted, **made}

    def find_misfits(self, arguments: JSONObject, checker: Checker) -> Problems:
        """Return the problems that only a conversion can find, such as 31 February.

        arguments: those of a call, some of which do not satisfy their schemas
        """
        problems = Problems()
        reading = Reading(checker)
        for part in member_parts(arguments, self._conversions or {}):
            try:
                found = find_misfits(part.value, part.conversion, reading)
            except RecursionError:
                continue  # too deep is said when nothing else is wrong
            problems.add_all(ConversionError(found).below(part.step))
        return problems


def read_parameters(function: AnyFunction, by_hand: bool = False) -> Parameters:
    """Return what a function takes; raise DeclarationError about what cannot be offered.

    by_hand: the schema of the arguments comes from the author, who gets them as they are
    """
    scope = _scope_of(function)
    reader = Reader()
    defaults = _Defaults()
    call_names = []
    fields = []
    parameters = _signature_of(function).parameters
    if not by_hand:
        _refuse_any_arguments(parameters.values())
    for parameter in parameters.values():
        if _takes_call(parameter, scope):
            call_names.append(parameter.name)
            continue
        if not by_hand and _unpacked_keywords(parameter, scope) is not None:
            fields += _read_keywords(parameter, scope, reader)
            continue
        defaults.add(parameter)
        if not by_hand:
            fields.append(_read_parameter(parameter, scope, reader, defaults))
    if by_hand:
        return Parameters({}, call_names, None, defaults)
    schema = object_schema(fields, descriptions_in(documentation_of(function)), is_closed=True)
    if reader.definitions:
        schema["$defs"] = reader.definitions
    conversions = {field.name: field.conversion for field in fields}
    return Parameters(schema, call_names, conversions, defaults)


def refuse_other_names(function: AnyFunction, names: Iterable[str]) -> None:
    """Raise DeclarationError for a name in a schema by hand that the function does not take."""
    parameters = _signature_of(function).parameters
    takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    for name in names:
        if name in parameters:
            _refuse_unnamed(parameters[name])
        elif not takes_any:
            raise DeclarationError(
                f"input_schema.properties.{name}: the function takes no {name}; add it there, or"
                " take **more"
            )


def _read_parameter(
    parameter: inspect.Parameter, scope: Scope, reader: Reader, defaults: "_Defaults"
) -> Field:
    """Return what the schema says of a parameter; raise DeclarationError."""
    name = parameter.name
    location = f"parameter {name}"
    _refuse_unnamed(parameter)
    if parameter.annotation is NO_DEFAULT:
        message = f"no annotation; write its type, such as {_example_of(parameter)}"
        raise DeclarationError(f"{location}: {message}")
    hint = scope.resolve(parameter.annotation, location)
    said_by_field = field_default(parameter.default)
    if said_by_field is not None:
        hint = said_by_field.annotate(hint)
    conversion = reader.read(hint, scope, location)
    if name not in defaults.values:
        return Field(name, conversion, is_required=True)
    default = defaults.values[name]
    # None is taken for "left out" by everybody, Optional or not, as typing did up to 3.10
    if default is not None and not conversion.accepts(default):
        wanted = describe_hint(hint)
        raise DeclarationError(
            f"{location}: the default {default!r} is no {wanted}; change one of the two"
        )
    return Field(name, conversion, is_required=False, default=default)


def _unpacked_keywords(parameter: inspect.Parameter, scope: Scope) -> object:
    """Return the TypedDict in `**options: Unpack[Options]`; None for any other parameter."""
    if parameter.kind is not parameter.VAR_KEYWORD:
        return None
    return unpacked(scope.resolve(parameter.annotation, f"parameter {parameter.name}"))


def _read_keywords(parameter: inspect.Parameter, scope: Scope, reader: Reader) -> List[Field]:
    """Return the members of the TypedDict that a function takes as keyword arguments."""
    record = reader.read(
        _unpacked_keywords(parameter, scope), scope, f"parameter {parameter.name}"
    )
    if not isinstance(record, TypedDictRecord):
        _refuse_unnamed(parameter)
        return []
    fields = []
    for name, conversion in record.fields.items():
        fields.append(Field(name, conversion, name in record.required))
    return fields


def _example_of(parameter: inspect.Parameter) -> str:
    """Return a parameter with the annotation that is probably meant."""
    name = parameter.name
    if name in ("call", "ctx", "context"):
        return f"{name}: Call"
    for cls in (bool, int, float):
        if type(parameter.default) is cls:
            return f"{name}: {cls.__name__}"
    return f"{name}: str"


def _refuse_any_arguments(parameters: Iterable[inspect.Parameter]) -> None:
    """Raise DeclarationError for `*args, **kwargs`, as the functions of decorators have them."""
    kinds = {parameter.kind for parameter in parameters}
    if {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds:
        raise DeclarationError(
            "it takes any arguments, so nobody can say what they are; if it is the function that"
            " a decorator returns, put @functools.wraps(function) above it there"
        )


def _refuse_unnamed(parameter: inspect.Parameter) -> None:
    """Raise DeclarationError for a parameter that no client can name."""
    name = parameter.name
    if parameter.kind is parameter.POSITIONAL_ONLY:
        message = (
            "clients give arguments by name; remove the / behind it, or write a def around it"
        )
    elif parameter.kind is parameter.VAR_POSITIONAL:
        message = f"clients give arguments by name; take a list: {name}: List[str]"
    elif parameter.kind is parameter.VAR_KEYWORD:
        message = "clients have to know the names; write each, or use input_schema"
    else:
        return
    raise DeclarationError(f"parameter {name}: {message}")


class _Defaults:
    """The defaults of parameters.

    values: each default, by the name of its parameter
    makers: what makes those anew that a call could change, or that Python does not have
    """

    def __init__(self) -> None:
        self.values: Dict[str, object] = {}
        self.makers: Dict[str, Callable[[], object]] = {}

    def add(self, parameter: inspect.Parameter) -> None:
        """Add the default of a parameter, if it has one."""
        name = parameter.name
        default = parameter.default
        said_by_field = field_default(default)
        if said_by_field is not None:
            if not said_by_field.is_required:
                self.values[name] = said_by_field.make()
                self.makers[name] = said_by_field.make
        elif default is not NO_DEFAULT:
            self.values[name] = default
            if _is_mutable(default):
                self.makers[name] = functools.partial(copy.deepcopy, default)


def read_result(function: AnyFunction) -> Optional[Conversion]:
    """Return the type of a function's result, with the whole output schema; None if it needs none.

    Texts, content, lists of anything, and nothing need none. An annotation that cannot be read, or
    a type that is not supported, is no reason to stop: the function may return JSON all the same.
    """
    annotation = _signature_of(function).return_annotation
    if annotation is NO_DEFAULT:
        return None
    reader = Reader(for_results=True)
    try:
        conversion = reader.read(annotation, _scope_of(function), "the result")
    except DeclarationError:
        return None
    schema = reader.complete(conversion)
    if _is_needless(schema):
        return None
    return Conversion(schema)


def _is_needless(schema: JSONObject) -> bool:
    """Whether a result may do without a schema: it is a text, nothing, anything, or a list."""
    for alternative in as_array(schema.get("anyOf", [schema])):
        if alternative not in _NEEDLESS_SCHEMAS:
            return False
    return True


def _signature_of(function: AnyFunction) -> inspect.Signature:
    """Return a function's signature; raise DeclarationError if it has none, as some in C."""
    function = without_copied_signature(function)
    try:
        if sys.version_info >= (3, 14):
            import annotationlib

            return inspect.signature(function, annotation_format=annotationlib.Format.FORWARDREF)
        return inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise DeclarationError(
            f"Python cannot say what it takes ({error}); write a def around it"
        ) from None


def _scope_of(function: AnyFunction) -> Scope:
    """Return where the annotations of a function were written."""
    inner = underlying(function)
    return Scope(getattr(inner, "__globals__", {}), type_parameters_of(inner))


def _takes_call(parameter: inspect.Parameter, scope: Scope) -> bool:
    """Whether a parameter is annotated Call, Optional[Call], or one of these in Annotated."""
    try:
        return _is_call(parameter.annotation, scope)
    except DeclarationError:  # said when the parameter is read, if it is
        return False


def _is_call(hint: object, scope: Scope) -> bool:
    hint = scope.resolve(hint, "")
    if hasattr(hint, "__metadata__"):  # Annotated[Call, …]
        return _is_call(getattr(hint, "__origin__"), scope)  # noqa: B009
    if form_of(hint) == "Union":
        return any(_is_call(part, scope) for part in arguments_of(hint))
    return hint is Call


_MUTABLE = (list, dict, set, bytearray, collections.deque)


def _is_mutable(default: object) -> bool:
    """Whether a default could carry what one call changes into the next."""
    if isinstance(default, _MUTABLE):
        return True
    cls = type(default)
    return hasattr(cls, "__dataclass_fields__") or hasattr(cls, "model_copy")
