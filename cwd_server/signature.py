"""Read the signature of a user's function: schemas of its parameters and result, and how to convert.

A type is read into a pair: its JSON Schema, and what turns JSON that satisfies it into what the annotation promises.
"""

import inspect
import json
import re
import sys
import types
import typing
from enum import Enum
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from cwd_server import content
from cwd_server.schema import JSON, check, key, unsupported
from cwd_server.toolkit import Call, DeclarationError, Result, Tool

Convert = Callable[[Any], Any]
Read = Tuple[JSON, Convert]
Field = Tuple[str, Any, Any]  # name, annotation, and a default, REQUIRED or OPTIONAL
REQUIRED, OPTIONAL = inspect.Parameter.empty, object()
WORKS = "str, int, float, bool, list, dict, List[T], Dict[str, T], Optional, Union, Literal, Enum, TypedDict, dataclass"


def read(function: Any, definition: JSON, threaded: bool) -> Tool:
    """Return the tool that a function is, `definition` completed; raise DeclarationError saying where it is wrong."""
    convert: Convert = _same
    try:
        fields, takes = _parameters(function, "inputSchema" in definition)
        if "inputSchema" not in definition:
            definition["inputSchema"], convert = _object(fields, function, "parameter ")
        output = definition.get("outputSchema") or _output(function)
        if output:
            definition["outputSchema"] = output
        for problem in filter(None, _problems(definition)):
            raise DeclarationError(problem)
    except RecursionError:
        raise DeclarationError(where(function) + ": a type contains itself; write dict for the inner one") from None
    except DeclarationError as error:
        raise DeclarationError("%s: %s" % (where(function), error)) from None

    def bind(arguments: JSON, call: Call) -> JSON:
        return {**convert(arguments), **dict.fromkeys(takes, call)}

    return Tool(function, definition, threaded, bind, lambda value: content.convert(value, output))


def where(function: Any) -> str:
    """Return the file, line and name of a function."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    place = "%s, line %d, " % (code.co_filename, code.co_firstlineno) if code else ""
    return "%sfunction %s" % (place, getattr(function, "__name__", function))


def _parameters(function: Any, by_hand: bool) -> Tuple[List[Field], List[str]]:
    """Return what a client can give, and the names of the parameters that take the call itself."""
    fields, takes = [], []
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise DeclarationError("neither async nor yield works; write a plain def, which gets a thread for each call")
    for name, parameter in inspect.signature(function).parameters.items():
        hint = REQUIRED if parameter.annotation is parameter.empty else _resolve(function, name)
        if hint is Call:
            takes.append(name)
        elif not by_hand and parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise DeclarationError("parameter %s: clients give named arguments; name it, or use input_schema" % name)
        elif not by_hand and hint is REQUIRED:
            raise DeclarationError("parameter %s: no annotation; write its type, such as %s: str" % (name, name))
        else:
            fields.append((name, hint, parameter.default))
    return fields, takes


def _resolve(function: Any, name: str) -> Any:
    """Return the annotation of a parameter, or of the result ("return"), evaluated if it is text."""
    function = inspect.unwrap(function)
    holder = types.SimpleNamespace(__annotations__={name: function.__annotations__[name]})
    return _hints(holder, "the result" if name == "return" else "parameter " + name, function.__globals__)[name]


def _hints(thing: Any, what: str, names: Any = None) -> JSON:
    options: Any = {"include_extras": True} if sys.version_info >= (3, 9) else {}
    try:
        return typing.get_type_hints(thing, names, **options)
    except (AttributeError, NameError, SyntaxError, TypeError) as error:
        raise DeclarationError(
            "%s: Python %d.%d cannot read the annotation (%s); typing's Optional, Union, List and Dict work everywhere"
            % ((what, *sys.version_info[:2], error))
        ) from None


def _object(fields: List[Field], thing: Any, what: str) -> Read:
    """Return the schema of an object with these fields and nothing else, and how to convert it."""
    schema: JSON = {"type": "object", "properties": {}, "additionalProperties": False}
    docs, converts = _docs(thing), {}
    for name, hint, default in fields:
        try:
            described, converts[name] = describe(hint)
        except DeclarationError as error:
            raise DeclarationError("%s%s: %s" % (what, name, error)) from None
        schema["properties"][name] = {"description": docs[name], **described} if name in docs else described
        if default is REQUIRED:
            schema.setdefault("required", []).append(name)
        try:
            shown = content.plain(default)
        except (TypeError, ValueError):  # there is none, or JSON cannot say it
            continue
        if check(shown, described) is None:
            schema["properties"][name]["default"] = shown
    return schema, lambda value: {name: converts[name](item) for name, item in value.items()}


def describe(hint: Any) -> Read:
    """Return the schema of a type, a dict of its own, and how to convert to it; raise DeclarationError."""
    kind = _kind(hint)
    arguments = [one for one in getattr(hint, "__args__", None) or () if not isinstance(one, typing.TypeVar)]
    if kind == "annotated":
        return _annotated(hint)
    if kind in GENERIC and arguments:
        return GENERIC[kind](*arguments)
    if hint in SIMPLE:
        name, convert = SIMPLE[hint]
        return {"type": name} if name else {}, convert
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choice(*hint)
    if hasattr(hint, "__dataclass_fields__"):
        return _dataclass(hint)
    if isinstance(hint, type) and issubclass(hint, dict) and hasattr(hint, "__total__"):
        return _typed_dict(hint)
    raise DeclarationError("%s is not supported; what works: %s" % (getattr(hint, "__name__", hint), WORKS))


def _kind(hint: Any) -> str:
    """Return "list", "union", … for what typing makes of List[int], Union[int, str], …, on every Python."""
    if type(hint).__name__ == "UnionType":  # int | str
        return "union"
    if hasattr(hint, "__metadata__"):
        return "annotated"
    origin = getattr(hint, "__origin__", None)
    name = getattr(origin, "__name__", None) or getattr(origin, "_name", None) or str(origin)
    return name.rpartition(".")[2].lower()


def _list(items: Any) -> Read:
    schema, convert = describe(items)
    return {"type": "array", "items": schema}, lambda value: [convert(item) for item in value]


def _dict(names: Any, values: Any) -> Read:
    if names is not str:
        raise DeclarationError("the keys of JSON objects are strings; write Dict[str, …]")
    schema, convert = describe(values)
    schema = {"type": "object", "additionalProperties": schema}
    return schema, lambda value: {name: convert(item) for name, item in value.items()}


def _union(*types: Any) -> Read:
    branches = [describe(one) for one in types]
    anyof = {"anyOf": [schema for schema, _ in branches]}
    return anyof, lambda value: next(convert(value) for schema, convert in branches if check(value, schema) is None)


def _choice(*members: Any) -> Read:
    """Return the schema of one of several values or members of an Enum, and the conversion to these."""
    values = [getattr(member, "value", member) for member in members]
    if any(type(value) not in (str, int, float, bool, type(None)) for value in values):
        raise DeclarationError("a choice is among strings, numbers, booleans and None, not %r" % (values,))
    meant = {key(value): member for value, member in zip(values, members)}
    schema: JSON = {"type": "string"} if all(isinstance(value, str) for value in values) else {}  # clients like a type
    return {**schema, "enum": values}, lambda value: meant[key(value)]


def _annotated(hint: Any) -> Read:
    """Read Annotated[T, "description", {"minimum": 0}]: a str describes, a dict adds keywords."""
    schema, convert = describe(hint.__origin__)
    for extra in hint.__metadata__:
        if isinstance(extra, (str, dict)):
            schema.update({"description": extra} if isinstance(extra, str) else extra)
    return schema, convert


def _dataclass(cls: Any) -> Read:
    hints, parameters = _hints(cls, cls.__name__), inspect.signature(cls).parameters
    fields = [(name, hints[name], parameter.default) for name, parameter in parameters.items()]
    schema, convert = _object(fields, cls, cls.__name__ + ".")
    return schema, lambda value: cls(**convert(value))


def _typed_dict(cls: Any) -> Read:
    fields, hints = [], _hints(cls, cls.__name__)
    required = getattr(cls, "__required_keys__", hints if cls.__total__ else ())
    for name, hint in hints.items():  # Python has not seen what stands in annotations that were text
        needed = {"required": True, "notrequired": False}.get(_kind(hint), name in required)
        fields.append((name, hint, REQUIRED if needed else OPTIONAL))
    return _object(fields, cls, cls.__name__ + ".")


def _same(value: Any) -> Any:
    return value


def _float(value: Any) -> Any:
    return float(value) if abs(value) < 1e308 else value  # JSON's integers have no end


SIMPLE: Dict[Any, Tuple[str, Convert]] = {
    str: ("string", _same),
    int: ("integer", int),
    float: ("number", _float),
    bool: ("boolean", _same),
    type(None): ("null", _same),
    typing.Any: ("", _same),
    **dict.fromkeys((list, typing.List), ("array", _same)),
    **dict.fromkeys((dict, typing.Dict), ("object", _same)),
}
GENERIC: Dict[str, Callable[..., Read]] = {
    "list": _list,
    "dict": _dict,
    "union": _union,
    "literal": _choice,
    **dict.fromkeys(("required", "notrequired", "readonly"), describe),
}


def _output(function: Any) -> Optional[JSON]:
    """Return the output schema that the return annotation gives: none for text, content and nothing."""
    if "return" not in getattr(inspect.unwrap(function), "__annotations__", {}):
        return None
    hint = _resolve(function, "return")
    leaves = _leaves(hint)
    if all(leaf in (str, type(None)) for leaf in leaves) and _kind(hint) != "list":
        return None
    if any(isinstance(leaf, type) and issubclass(leaf, (content.Content, Result)) for leaf in leaves):
        return None
    try:
        return describe(hint)[0]
    except DeclarationError as error:
        raise DeclarationError("the result: %s" % error) from None


def _leaves(hint: Any) -> List[Any]:
    inner = (getattr(hint, "__args__", None) or ()) if _kind(hint) in ("list", "union") else ()
    return [leaf for argument in inner for leaf in _leaves(argument)] or [hint]


def _problems(definition: JSON) -> Iterator[Optional[str]]:
    """Say what cannot be honoured in a definition, and what JSON cannot say."""
    if not re.fullmatch("[A-Za-z0-9_.-]{1,128}", definition["name"]):
        yield "%r is no name for a tool: 1 to 128 of A-Z a-z 0-9 _ - . are; write @tool(name=…)" % definition["name"]
    yield unsupported(definition["inputSchema"], "input_schema")
    yield unsupported(definition.get("outputSchema", {}), "output_schema")
    if definition["inputSchema"].get("type") != "object":
        yield 'input_schema.type: expected "object", which is what arguments come as'
    try:
        json.dumps(definition, allow_nan=False)
    except (TypeError, ValueError) as error:
        yield "JSON cannot say what @tool was given: %s" % error


# Google's "name (type): text" under "Args:", and reST's ":param type name: text"
_SECTION = r"^(?:Args|Arguments|Parameters):\n((?:[ \t].*\n?|\n)+)"
_TEXT = r": *(.*(?:\n[ \t]+.*)*)"


def _docs(thing: Any) -> Dict[str, str]:
    """Return what the parameter section of a docstring says of each."""
    text = inspect.getdoc(thing) or ""
    section = inspect.cleandoc("\n" + "".join(re.findall(_SECTION, text, re.M)))
    entries = re.findall(r"^(\w+)(?: ?\([^)\n]*\))?" + _TEXT, section, re.M)
    entries += re.findall(r"^:param (?:[^:\n]* )?(\w+)" + _TEXT, text, re.M)
    return {name: " ".join(said.split()) for name, said in entries}
