"""Read the signature of a user's function: schemas of its parameters and result, and how to convert.

A type is read into a pair: its JSON Schema, and a function that turns JSON which satisfies the schema
into what the annotation promises, or None where the two are the same.
"""

import inspect
import json
import re
import sys
import types
import typing
from enum import Enum

from cwd_server import content
from cwd_server.schema import check, key, unsupported
from cwd_server.toolkit import Call, DeclarationError, Result, Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

    from cwd_server.toolkit import JSON

    Convert = Optional[Callable[[Any], Any]]
    Field = Tuple[str, Any, Any]  # name, annotation, and a default or one of the two below

REQUIRED, OPTIONAL = object(), object()
WORKS = "str, int, float, bool, list, dict, List[T], Dict[str, T], Optional, Union, Literal, Enum, TypedDict, dataclass"


def read(function: "Callable[..., Any]", definition: "JSON", threaded: bool) -> "Tool[..., Any]":
    """Return a tool, its definition completed from the function; raise DeclarationError saying where it is wrong."""
    convert: Convert = None
    try:
        fields, takes = _parameters(function, "inputSchema" in definition)
        if "inputSchema" not in definition:
            definition["inputSchema"], convert = _object(fields, _take_parameter_docs(definition))
        output = definition.get("outputSchema") or _output(function)
        if output:
            definition["outputSchema"] = output
        _check_definition(definition)
    except RecursionError:
        raise DeclarationError(where(function) + ", a type contains itself: write dict for the inner one") from None
    except DeclarationError as error:
        raise DeclarationError("%s, %s" % (where(function), error)) from None

    def bind(arguments: "JSON", call: Call) -> "JSON":
        return {**(convert(arguments) if convert else arguments), **dict.fromkeys(takes, call)}

    return Tool(function, definition, threaded, bind, lambda value: content.convert(value, output))


def where(function: "Callable[..., Any]") -> str:
    """Return the file, line and name of a function."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    place = "%s, line %d, " % (code.co_filename, code.co_firstlineno) if code else ""
    return "%sfunction %s" % (place, getattr(function, "__name__", function))


def _parameters(function: "Callable[..., Any]", by_hand: bool) -> "Tuple[List[Field], List[str]]":
    """Return what a client can give, and the names of the parameters that take the call itself."""
    fields, takes = [], []
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise DeclarationError("async def and yield are not supported: write a plain def, which gets its own thread")
    for name, parameter in inspect.signature(function).parameters.items():
        hint = _resolve(function, name) if parameter.annotation is not parameter.empty else None
        if hint is Call:
            takes.append(name)
        elif by_hand:
            continue
        elif parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise DeclarationError("parameter %s: it has no name for clients; name it, or give input_schema" % parameter)
        elif parameter.annotation is parameter.empty:
            raise DeclarationError("parameter %s: no annotation; write its type, such as %s: str" % (name, name))
        else:
            fields.append((name, hint, REQUIRED if parameter.default is parameter.empty else parameter.default))
    return fields, takes


def _resolve(function: "Callable[..., Any]", name: str) -> "Any":
    """Return the annotation of a parameter, or of the result ("return"), evaluated if it is text."""
    function = inspect.unwrap(function)
    raw = function.__annotations__[name]
    try:
        return _hints(types.SimpleNamespace(__annotations__={name: raw}), function.__globals__)[name]
    except Exception as error:
        raise DeclarationError(
            "%s: Python %d.%d cannot read the annotation %r (%s); Optional[T], Union[T, U], List[T] and Dict[str, T]"
            " from typing work everywhere" % ((_place(name),) + sys.version_info[:2] + (raw, error))
        ) from None


def _place(name: str) -> str:
    return "the result" if name == "return" else "parameter " + name


def _hints(thing: "Any", names: "Optional[Dict[str, Any]]" = None) -> "Dict[str, Any]":
    if sys.version_info < (3, 9):
        return typing.get_type_hints(thing, names)
    return typing.get_type_hints(thing, names, include_extras=True)


def _object(fields: "List[Field]", docs: "Dict[str, str]") -> "Tuple[JSON, Convert]":
    """Return the schema of an object with these fields and nothing else, and how to convert them."""
    properties, converts = {}, {}
    for name, hint, default in fields:
        try:
            described, convert = describe(hint)
        except DeclarationError as error:
            raise DeclarationError("parameter %s: %s" % (name, str(error).replace("parameter ", ""))) from None
        properties[name] = {"description": docs[name], **described} if name in docs else described
        if convert is not None:
            converts[name] = convert
        if default is not REQUIRED and default is not OPTIONAL:
            try:
                default = content.plain(default)
                if check(default, described) is None:
                    properties[name]["default"] = default
            except TypeError:
                pass  # what JSON cannot say, clients need not know
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    required = [name for name, _, default in fields if default is REQUIRED]
    if required:
        schema["required"] = required
    if not converts:
        return schema, None
    return schema, lambda value: {n: converts[n](item) if n in converts else item for n, item in value.items()}


# Types


def describe(hint: "Any") -> "Tuple[JSON, Convert]":
    """Return the schema of a type, a dict of its own, and how to convert to it; raise DeclarationError."""
    for simple, schema, convert in SIMPLE:
        if hint is simple:
            return dict(schema), convert
    kind = _kind(hint)
    if kind in GENERIC:
        return GENERIC[kind](hint)
    if hasattr(hint, "__supertype__"):  # NewType
        return describe(hint.__supertype__)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choice([(content.plain(member.value), member) for member in hint])
    if hasattr(hint, "__dataclass_fields__"):
        return _dataclass(hint)
    if isinstance(hint, type) and issubclass(hint, dict) and hasattr(hint, "__total__"):
        return _typed_dict(hint)
    raise DeclarationError("%s is not supported; what works: %s" % (getattr(hint, "__name__", hint), WORKS))


def _float(value: "Any") -> "Any":
    try:
        return float(value)
    except OverflowError:
        return value  # an integer beyond what a float can hold


SIMPLE: "List[Tuple[Any, JSON, Convert]]" = [
    (str, {"type": "string"}, None),
    (bool, {"type": "boolean"}, None),
    (int, {"type": "integer"}, int),
    (float, {"type": "number"}, _float),
    (None, {"type": "null"}, None),
    (type(None), {"type": "null"}, None),
    (list, {"type": "array"}, None),
    (dict, {"type": "object"}, None),
    (typing.Any, {}, None),
    (object, {}, None),
]


def _kind(hint: "Any") -> str:
    """Return "list", "union", … for what typing makes of List[int], Union[int, str], …, on every Python."""
    if type(hint).__name__ == "UnionType":  # int | str
        return "union"
    if hasattr(hint, "__metadata__"):
        return "annotated"
    if hasattr(hint, "__values__"):  # typing_extensions on Python 3.6
        return "literal"
    origin = getattr(hint, "__origin__", None) or (hint if hint in (typing.List, typing.Dict) else None)
    name = getattr(origin, "__name__", None) or getattr(origin, "_name", None) or str(origin)
    return name.rpartition(".")[2].lower()


def _arguments(hint: "Any") -> "List[Any]":
    return [argument for argument in getattr(hint, "__args__", None) or () if not isinstance(argument, typing.TypeVar)]


def _list(hint: "Any") -> "Tuple[JSON, Convert]":
    if not _arguments(hint):
        return {"type": "array"}, None
    items, convert = describe(_arguments(hint)[0])
    return {"type": "array", "items": items}, convert and (lambda value: [convert(item) for item in value])


def _dict(hint: "Any") -> "Tuple[JSON, Convert]":
    if not _arguments(hint):
        return {"type": "object"}, None
    names, values = _arguments(hint)
    if names is not str:
        raise DeclarationError("%s: the keys of JSON objects are strings; write Dict[str, …]" % (hint,))
    inner, convert = describe(values)
    schema = {"type": "object", "additionalProperties": inner or True}
    return schema, convert and (lambda value: {name: convert(item) for name, item in value.items()})


def _union(hint: "Any") -> "Tuple[JSON, Convert]":
    branches = [describe(argument) for argument in _arguments(hint)]

    def convert(value: "Any") -> "Any":
        to = next(to for schema, to in branches if check(value, schema) is None)
        return to(value) if to is not None else value

    schemas = [schema for schema, _ in branches]
    return {"anyOf": schemas}, convert if any(to is not None for _, to in branches) else None


def _literal(hint: "Any") -> "Tuple[JSON, Convert]":
    return _choice([(value, value) for value in getattr(hint, "__values__", None) or hint.__args__])


def _choice(pairs: "List[Tuple[Any, Any]]") -> "Tuple[JSON, Convert]":
    """Return the schema of one of several JSON values, and the conversion to what each stands for."""
    values = [value for value, _ in pairs]
    if any(type(value) not in (str, int, float, bool, type(None)) for value in values):
        raise DeclarationError("only strings, numbers, booleans and None can be chosen from, not %r" % (values,))
    schema: JSON = {"enum": values}
    if all(isinstance(value, str) for value in values):
        schema = {"type": "string", "enum": values}  # some clients want a type everywhere
    meant = {key(value): meaning for value, meaning in pairs}
    return schema, lambda value: meant[key(value)]


def _annotated(hint: "Any") -> "Tuple[JSON, Convert]":
    """Read Annotated[T, "description", {"minimum": 0}]: a str describes, a dict adds keywords."""
    inner = hint.__origin__ if sys.version_info >= (3, 7) else hint.__args__[0]
    schema, convert = describe(inner)
    for extra in hint.__metadata__:
        schema.update(extra if isinstance(extra, dict) else {"description": extra} if isinstance(extra, str) else {})
    return schema, convert


def _dataclass(cls: "Any") -> "Tuple[JSON, Convert]":
    import dataclasses

    hints = _class_hints(cls)
    fields: List[Field] = []
    for field in dataclasses.fields(cls):
        if field.init:
            missing = field.default is dataclasses.MISSING
            given = field.default_factory is not dataclasses.MISSING
            fields.append((field.name, hints[field.name], (OPTIONAL if given else REQUIRED) if missing else field.default))
    schema, convert = _object(fields, _take_parameter_docs({"description": inspect.getdoc(cls) or ""}))
    return schema, lambda value: cls(**(convert(value) if convert else value))


def _typed_dict(cls: "Any") -> "Tuple[JSON, Convert]":
    fields: List[Field] = []
    required = getattr(cls, "__required_keys__", None)
    for name, hint in _class_hints(cls).items():
        needed = name in required if required is not None else cls.__total__
        while _kind(hint) in ("required", "notrequired", "readonly"):
            needed = {"required": True, "notrequired": False}.get(_kind(hint), needed)
            hint = hint.__args__[0]
        fields.append((name, hint, REQUIRED if needed else OPTIONAL))
    return _object(fields, {})


def _class_hints(cls: "Any") -> "Dict[str, Any]":
    try:
        return _hints(cls)
    except Exception as error:
        raise DeclarationError("the annotations of %s cannot be read: %s" % (cls.__name__, error)) from None


GENERIC: "Dict[str, Callable[[Any], Tuple[JSON, Convert]]]" = {
    "list": _list,
    "dict": _dict,
    "union": _union,
    "literal": _literal,
    "annotated": _annotated,
}


# Results, descriptions


def _output(function: "Callable[..., Any]") -> "Optional[JSON]":
    """Return the output schema that the return annotation gives: none for text, content and nothing."""
    if "return" not in getattr(inspect.unwrap(function), "__annotations__", {}):
        return None
    hint = _resolve(function, "return")
    leaves = _leaves(hint)
    if any(isinstance(leaf, type) and issubclass(leaf, (content.Block, Result)) for leaf in leaves):
        return None
    if all(leaf in (str, None, type(None)) for leaf in leaves) and _kind(hint) not in ("list", "dict"):
        return None
    try:
        return describe(hint)[0] or None
    except DeclarationError as error:
        raise DeclarationError("the result: %s" % error) from None


def _leaves(hint: "Any") -> "List[Any]":
    if _kind(hint) not in ("list", "union"):
        return [hint]
    return [leaf for argument in _arguments(hint) for leaf in _leaves(argument)] or [hint]


def _check_definition(definition: "JSON") -> None:
    """Raise DeclarationError for schemas that cannot be honoured, or what JSON cannot say."""
    for field, name in (("inputSchema", "input_schema"), ("outputSchema", "output_schema")):
        problem = unsupported(definition[field], name) if field in definition else None
        if problem is not None:
            raise DeclarationError(problem)
    if definition["inputSchema"].get("type") != "object":
        raise DeclarationError('input_schema.type: expected "object": arguments always come as one')
    try:
        json.dumps(definition, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DeclarationError("its definition is not JSON: %s" % error) from None


# The parameter section of a docstring, and an entry in it; "%s" is what ends the section
_SECTIONS = (
    (r"^(?:Args|Arguments|Parameters):\n((?:[ \t]+\S.*\n?|\n)+)", r"\**(\w+) ?(?:\([^)]*\))?:\s*(.*)"),  # Google
    (r"^Parameters\n-{3,}\n((?:(?!\S.*\n-{3,}).*\n?)+)", r"\**(\w+)[^\n]*\n\s+(.*)"),  # NumPy
    (r"((?:^:param[^\n]*\n?(?:[ \t]+\S.*\n?)*)+)", r":param (?:[^:]* )?(\w+):\s*(.*)"),  # reST
)


def _take_parameter_docs(definition: "JSON") -> "Dict[str, str]":
    """Take the parameter section out of a definition's description; return what it says of each."""
    docs = {}
    text = definition.get("description", "")
    for section, entry in _SECTIONS:
        found = re.search(section, text, re.M)
        if found:
            body = inspect.cleandoc("\n" + found.group(1))
            for item in re.split(r"\n(?=\S)", body):
                match = re.match(entry, item, re.S)
                if match:
                    docs[match.group(1)] = " ".join(match.group(2).split())
            definition["description"] = (text[: found.start()].rstrip() + "\n\n" + text[found.end() :].lstrip()).strip()
            break
    return docs
