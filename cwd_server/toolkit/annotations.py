"""Read the signature of a tool's function: what it takes, and what it returns.

The types themselves are read by annotations_reader.py, and by the modules that are named after a
kind of them.
"""

import collections
import copy
import functools
import inspect
import sys
from typing import Callable, Dict, List, Optional

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.annotations_hints import Scope, arguments_of, describe_hint, form_of
from cwd_server.toolkit.annotations_pydantic import field_default
from cwd_server.toolkit.annotations_reader import Reader
from cwd_server.toolkit.annotations_records import (
    NO_DEFAULT,
    Field,
    convert_members,
    descriptions_of,
    object_schema,
)
from cwd_server.toolkit.call import Call
from cwd_server.toolkit.conversions import Conversion, ConversionError, Reading, as_array
from cwd_server.toolkit.errors import ArgumentsError, DeclarationError
from cwd_server.toolkit.functions import AnyFunction, underlying
from cwd_server.toolkit.jsonschema import Checker, describe_problems

# Schemas of results for which the text says all there is, alone or as alternatives of each other
_NEEDLESS_SCHEMAS: List[JSONObject] = [{}, {"type": "string"}, {"type": "null"}]


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
        conversions: Optional[Dict[str, Conversion]] = None,
        defaults: Optional[Dict[str, object]] = None,
        default_makers: Optional[Dict[str, Callable[[], object]]] = None,
    ) -> None:
        self.schema = schema
        self.call_names = call_names
        self.defaults = defaults or {}
        self._conversions = conversions
        self._default_makers = default_makers or {}

    def convert(self, arguments: JSONObject, checker: Checker) -> Dict[str, object]:
        """Return the keyword arguments for arguments that satisfy the schema, without the Call.

        checker: the check that they have passed

        Raises ArgumentsError with all that cannot be what the annotations promise: no such day, no
        base64.
        """
        if self._conversions is None:
            return arguments
        try:
            converted = convert_members(arguments, self._conversions, Reading(checker))
        except ConversionError as error:
            raise ArgumentsError(describe_problems(error.problems), error.problems) from None
        except RecursionError:
            raise ArgumentsError("the arguments are nested too deep") from None
        for name, make in self._default_makers.items():
            if name not in converted:
                converted[name] = make()
        return converted


def read_parameters(function: AnyFunction, by_hand: bool = False) -> Parameters:
    """Return what a function takes; raise DeclarationError about what cannot be offered.

    by_hand: the schema of the arguments comes from the author, who gets them as they are
    """
    scope = _scope_of(function)
    call_names = []
    read = _ParametersReader(scope)
    for parameter in _signature_of(function).parameters.values():
        if _takes_call(parameter, scope):
            call_names.append(parameter.name)
        elif not by_hand:
            read.add(parameter)
    if by_hand:
        return Parameters({}, call_names)
    return read.finish(call_names, descriptions_of(function))


class _ParametersReader:
    """Reads the parameters of a function, one after the other."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.reader = Reader()
        self.fields: List[Field] = []
        self.default_makers: Dict[str, Callable[[], object]] = {}

    def add(self, parameter: inspect.Parameter) -> None:
        """Read one parameter."""
        name = parameter.name
        location = f"parameter {name}"
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise DeclarationError(
                f"{location}: clients give named arguments; name it, or use input_schema"
            )
        if parameter.annotation is NO_DEFAULT:
            raise DeclarationError(
                f"{location}: no annotation; write its type, such as {name}: str"
            )
        hint = self.scope.resolve(parameter.annotation, location)
        default = parameter.default
        said_by_field = field_default(default)
        if said_by_field is not None:
            hint = said_by_field.annotate(hint)
            default = NO_DEFAULT
            if not said_by_field.is_required:
                default = said_by_field.make()
                self.default_makers[name] = said_by_field.make
        elif _is_mutable(default):
            self.default_makers[name] = functools.partial(copy.deepcopy, default)
        conversion = self.reader.read(hint, self.scope, location)
        # None is taken for "left out" by everybody, Optional or not, as typing did up to 3.10
        if default is not NO_DEFAULT and default is not None and not conversion.accepts(default):
            wanted = describe_hint(hint)
            raise DeclarationError(
                f"{location}: the default {default!r} is no {wanted}; change one of the two"
            )
        self.fields.append(Field(name, conversion, default is NO_DEFAULT, default))

    def finish(self, call_names: List[str], descriptions: Dict[str, str]) -> Parameters:
        """Return what was read."""
        schema = object_schema(self.fields, descriptions, is_closed=True)
        if self.reader.definitions:
            schema["$defs"] = self.reader.definitions
        conversions = {field.name: field.conversion for field in self.fields}
        defaults = {field.name: field.default for field in self.fields if not field.is_required}
        return Parameters(schema, call_names, conversions, defaults, self.default_makers)


def read_result(function: AnyFunction) -> Optional[Conversion]:
    """Return the type of a function's result, with the whole output schema; None if it needs none.

    Texts, content and nothing need none. An annotation that cannot be read, or a type that is not
    supported, is no reason to stop: the function may return JSON all the same.
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
    """Whether the text of a result says all there is: it is a text, nothing, or anything."""
    for alternative in as_array(schema.get("anyOf", [schema])):
        if alternative not in _NEEDLESS_SCHEMAS:
            return False
    return True


def _signature_of(function: AnyFunction) -> inspect.Signature:
    """Return a function's signature; raise DeclarationError if it has none, as some in C."""
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
    variables = {}
    for variable in getattr(inner, "__type_params__", ()):
        variables[variable.__name__] = variable
    return Scope(getattr(inner, "__globals__", {}), variables)


def _takes_call(parameter: inspect.Parameter, scope: Scope) -> bool:
    """Whether a parameter is annotated Call, or Optional[Call]."""
    try:
        hint = scope.resolve(parameter.annotation, parameter.name)
        if form_of(hint) != "Union":
            return hint is Call
        for part in arguments_of(hint):
            if scope.resolve(part, parameter.name) is Call:
                return True
    except DeclarationError:  # said when the parameter is read, if it is
        pass
    return False


_MUTABLE = (list, dict, set, bytearray, collections.deque)


def _is_mutable(default: object) -> bool:
    """Whether a default could carry what one call changes into the next."""
    if isinstance(default, _MUTABLE):
        return True
    cls = type(default)
    return hasattr(cls, "__dataclass_fields__") or hasattr(cls, "model_copy")
