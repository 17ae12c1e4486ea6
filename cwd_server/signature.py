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
from cwd_server.toolkit import NAME_CHARACTERS, Call, DeclarationError, Result, Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

    from cwd_server.toolkit import JSON

    Convert = Optional[Callable[[Any], Any]]
    Field = Tuple[str, Any, Any]  # name, annotation, and a default or one of the two below

REQUIRED, OPTIONAL = object(), object()
WORKS = "str, int, float, bool, list, dict, List[T], Dict[str, T], Optional, Union, Literal, Enum, TypedDict, dataclass"


def read(function: "Callable[..., Any]", definition: "JSON", threaded: bool) -> "Tool":
    """Return the tool that a function is, `definition` completed; raise DeclarationError saying where it is wrong."""
    convert: Convert = None
    try:
        fields, takes = _parameters(function, "inputSchema" in definition)
        if "inputSchema" not in definition:
            definition["inputSchema"], convert = _object(fields, _docs(function))
        output = definition.get("outputSchema") or _output(function)
        if output:
            definition["outputSchema"] = output
        _check_definition(definition)
    except RecursionError:
        raise DeclarationError(where(function) + ": a type contains itself; write dict for the inner one") from None
    except DeclarationError as error:
        raise DeclarationError("%s: %s" % (where(function), error)) from None

    def bind(arguments: "JSON", call: Call) -> "JSON":
        return {**(convert(arguments) if convert else arguments), **dict.fromkeys(takes, call)}

    return Tool(function, definition, threaded, bind, lambda value: content.convert(value, output))


def where(function: "Any") -> str:
    """Return the file, line and name of a function."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    place = "%s, line %d, " % (code.co_filename, code.co_firstlineno) if code else ""
    return "%sfunction %s" % (place, getattr(function, "__name__", function))


def _parameters(function: "Callable[..., Any]", by_hand: bool) -> "Tuple[List[Field], List[str]]":
    """Return what a client can give, and the names of the parameters that take the call itself."""
    fields, takes = [], []
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise DeclarationError("neither async nor yield works; write a plain def, which gets a thread for each call")
    for name, parameter in inspect.signature(function).parameters.items():
        hint = None if parameter.annotation is parameter.empty else _resolve(function, name)
        if hint is Call:
            takes.append(name)
        elif parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY) and not by_hand:
            raise DeclarationError(
                "parameter %s: clients give named arguments; name it, or use input_schema" % parameter
            )
        elif parameter.annotation is parameter.empty and not by_hand:
            raise DeclarationError("parameter %s: no annotation; write its type, such as %s: str" % (name, name))
        else:
            fields.append((name, hint, REQUIRED if parameter.default is parameter.empty else parameter.default))
    return fields, takes


def _resolve(function: "Any", name: str) -> "Any":
    """Return the annotation of a parameter, or of the result ("return"), evaluated if it is text."""
    function = inspect.unwrap(function)
    holder = types.SimpleNamespace(__annotations__={name: function.__annotations__[name]})
    return _hints(holder, "the result" if name == "return" else "parameter " + name, function.__globals__)[name]


def _hints(thing: "Any", what: str, names: "Any" = None) -> "Dict[str, Any]":
    options: Any = {"include_extras": True} if sys.version_info >= (3, 9) else {}
    try:
        return typing.get_type_hints(thing, names, **options)
    except RecursionError:
        raise
    except Exception as error:
        raise DeclarationError(
            "%s: Python %d.%d cannot read the annotation (%s); Optional[T], Union[T, U], List[T] and Dict[str, T]"
            " of typing work on every version" % ((what, *sys.version_info[:2], error))
        ) from None


def _object(fields: "List[Field]", docs: "Dict[str, str]", what: str = "parameter ") -> "Tuple[JSON, Convert]":
    """Return the schema of an object with these fields and nothing else, and how to convert them."""
    properties, converts = {}, {}
    for name, hint, default in fields:
        try:
            described, convert = describe(hint)
        except DeclarationError as error:
            raise DeclarationError("%s%s: %s" % (what, name, error)) from None
        properties[name] = {"description": docs[name], **described} if name in docs else described
        if convert is not None:
            converts[name] = convert
        try:
            if check(content.plain(default), described) is None:
                properties[name]["default"] = content.plain(default)
        except TypeError:
            pass  # there is none, or JSON cannot say it
    required = [name for name, _, default in fields if default is REQUIRED]
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    if not required:
        del schema["required"]
    return schema, lambda value: {n: converts[n](item) if n in converts else item for n, item in value.items()}


def describe(hint: "Any") -> "Tuple[JSON, Convert]":
    """Return the schema of a type, a dict of its own, and how to convert to it; raise DeclarationError."""
    kind = _kind(hint)
    if kind == "annotated":
        return _annotated(hint)
    if hint in SIMPLE:
        return dict(SIMPLE[hint][0]), SIMPLE[hint][1]
    if kind in GENERIC:
        return GENERIC[kind](hint, [one for one in hint.__args__ or () if not isinstance(one, typing.TypeVar)])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choice([(content.plain(member), member) for member in hint])
    if hasattr(hint, "__dataclass_fields__"):
        return _dataclass(hint)
    if isinstance(hint, type) and issubclass(hint, dict) and hasattr(hint, "__total__"):
        return _typed_dict(hint)
    raise DeclarationError("%s is not supported; what works: %s" % (getattr(hint, "__name__", hint), WORKS))


def _kind(hint: "Any") -> str:
    """Return "list", "union", … for what typing makes of List[int], Union[int, str], …, on every Python."""
    if type(hint).__name__ == "UnionType":  # int | str
        return "union"
    if hasattr(hint, "__metadata__"):
        return "annotated"
    origin = getattr(hint, "__origin__", None)
    name = getattr(origin, "__name__", None) or getattr(origin, "_name", None) or str(origin)
    return name.rpartition(".")[2].lower()


def _list(hint: "Any", arguments: "List[Any]") -> "Tuple[JSON, Convert]":
    items, convert = describe(arguments[0]) if arguments else ({}, None)
    return {"type": "array", "items": items}, convert and (lambda value: [convert(item) for item in value])


def _dict(hint: "Any", arguments: "List[Any]") -> "Tuple[JSON, Convert]":
    names, values = arguments or (str, typing.Any)
    if names is not str:
        raise DeclarationError("the keys of JSON objects are strings; write Dict[str, …]")
    inner, convert = describe(values)
    schema = {"type": "object", "additionalProperties": inner}
    return schema, convert and (lambda value: {name: convert(item) for name, item in value.items()})


def _union(hint: "Any", arguments: "List[Any]") -> "Tuple[JSON, Convert]":
    branches = [describe(argument) for argument in arguments]

    def convert(value: "Any") -> "Any":
        to = next(to for schema, to in branches if check(value, schema) is None)
        return to(value) if to else value

    return {"anyOf": [schema for schema, _ in branches]}, convert


def _choice(pairs: "List[Tuple[Any, Any]]") -> "Tuple[JSON, Convert]":
    """Return the schema of one of several JSON values, and the conversion to what each stands for."""
    values = [value for value, _ in pairs]
    if any(type(value) not in (str, int, float, bool, type(None)) for value in values):
        raise DeclarationError("a choice is among strings, numbers, booleans and None, not %r" % (values,))
    schema: JSON = {"enum": values}
    if all(isinstance(value, str) for value in values):
        schema = {"type": "string", "enum": values}  # some clients want a type everywhere
    meant = {key(value): meaning for value, meaning in pairs}
    return schema, lambda value: meant[key(value)]


def _annotated(hint: "Any") -> "Tuple[JSON, Convert]":
    """Read Annotated[T, "description", {"minimum": 0}]: a str describes, a dict adds keywords."""
    schema, convert = describe(hint.__origin__)
    for extra in hint.__metadata__:
        schema.update(extra if isinstance(extra, dict) else {"description": extra} if isinstance(extra, str) else {})
    return schema, convert


def _dataclass(cls: "Any") -> "Tuple[JSON, Convert]":
    import dataclasses

    hints = _hints(cls, cls.__name__)
    fields: List[Field] = []
    for field in dataclasses.fields(cls):
        made = field.default_factory is not dataclasses.MISSING
        default = field.default if field.default is not dataclasses.MISSING else OPTIONAL if made else REQUIRED
        fields += [(field.name, hints[field.name], default)] if field.init else []
    schema, convert = _object(fields, _docs(cls), cls.__name__ + ".")
    return schema, lambda value: cls(**convert(value))  # type: ignore[misc]


def _typed_dict(cls: "Any") -> "Tuple[JSON, Convert]":
    fields: List[Field] = []
    for name, hint in _hints(cls, cls.__name__).items():
        needed = name in getattr(cls, "__required_keys__", [name] * cls.__total__)
        inner = hint
        while _kind(inner) in ("required", "notrequired", "readonly", "annotated"):
            needed = {"required": True, "notrequired": False}.get(_kind(inner), needed)
            inner = inner.__origin__ if _kind(inner) == "annotated" else inner.__args__[0]
        fields.append((name, hint, REQUIRED if needed else OPTIONAL))
    return _object(fields, _docs(cls), cls.__name__ + ".")


def _float(value: "Any") -> "Any":
    try:
        return float(value)
    except OverflowError:
        return value  # an integer beyond what a float can hold


# fmt: off
SIMPLE: "Dict[Any, Tuple[JSON, Convert]]" = {
    str: ({"type": "string"}, None), bool: ({"type": "boolean"}, None), typing.Any: ({}, None),
    int: ({"type": "integer"}, int), float: ({"type": "number"}, _float),
    **dict.fromkeys((None, type(None)), ({"type": "null"}, None)),
    **dict.fromkeys((list, typing.List), ({"type": "array"}, None)),
    **dict.fromkeys((dict, typing.Dict), ({"type": "object"}, None)),
}
# fmt: on
GENERIC: "Dict[str, Callable[[Any, List[Any]], Tuple[JSON, Convert]]]" = {
    "list": _list,
    "dict": _dict,
    "union": _union,
    "literal": lambda hint, values: _choice([(value, value) for value in values]),
    **dict.fromkeys(("required", "notrequired", "readonly"), lambda hint, arguments: describe(arguments[0])),
}


def _output(function: "Any") -> "Optional[JSON]":
    """Return the output schema that the return annotation gives: none for text, content and nothing."""
    if "return" not in getattr(inspect.unwrap(function), "__annotations__", {}):
        return None
    hint = _resolve(function, "return")
    leaves = _leaves(hint)
    if all(leaf in (str, None, type(None)) for leaf in leaves) and _kind(hint) in ("none", "union"):
        return None
    if any(isinstance(leaf, type) and issubclass(leaf, (content.Content, Result)) for leaf in leaves):
        return None
    try:
        return describe(hint)[0] or None
    except DeclarationError as error:
        raise DeclarationError("the result: %s" % error) from None


def _leaves(hint: "Any") -> "List[Any]":
    inner = (getattr(hint, "__args__", None) or ()) if _kind(hint) in ("list", "union") else ()
    return [leaf for argument in inner for leaf in _leaves(argument)] or [hint]


def _check_definition(definition: "JSON") -> None:
    """Raise DeclarationError for schemas that cannot be honoured, and for what JSON cannot say."""
    problem = unsupported(definition["inputSchema"], "input_schema")
    if definition["name"].strip(NAME_CHARACTERS) or not 0 < len(definition["name"]) <= 128:
        problem = (
            "%r is no name for a tool: 1 to 128 of A-Z a-z 0-9 _ - . are; write @tool(name=…)" % definition["name"]
        )
    if "outputSchema" in definition:
        problem = problem or unsupported(definition["outputSchema"], "output_schema")
    if definition["inputSchema"].get("type") != "object":
        problem = 'input_schema.type: expected "object", which is what arguments come as'
    try:
        json.dumps(definition, allow_nan=False)
    except (TypeError, ValueError) as error:
        problem = "JSON cannot say what @tool was given: %s" % error
    if problem:
        raise DeclarationError(problem)


# "name (type): text" under "Args:" (Google), "name : type" and indented text under "Parameters" (NumPy)
_SECTION = r"^(?:(?:Args|Arguments|Parameters):\n(?=[ \t])|Parameters\n-{3,}\n)((?:(?!\w.*\n-{3,}).+\n?|\n(?=[ \t]))+)"
_ENTRY = r"^(\w+)(?: ?\([^)\n]*\))?(?:: *| *:[^\n]*\n|\n)(.*(?:\n[ \t]+.*)*)"
_PARAM = r"^:param (?:[^:\n]* )?(\w+): *(.*(?:\n[ \t]+.*)*)"  # reST


def _docs(thing: "Any") -> "Dict[str, str]":
    """Return what the parameter section of a docstring says of each."""
    text = inspect.getdoc(thing) or ""
    section = re.search(_SECTION, text, re.M)
    entries = re.findall(_ENTRY, inspect.cleandoc("\n" + section.group(1)), re.M) if section else []
    return {name: " ".join(said.split()) for name, said in entries + re.findall(_PARAM, text, re.M)}
