"""Read the signature of a user's function: schemas of its parameters and result, and how to convert.

A type is read into a pair: its JSON Schema, and what turns JSON that satisfies it into what the annotation promises.
"""

import inspect
import re
import sys
import types
import typing
from enum import EnumMeta
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from cwd_server import JSON
from cwd_server.toolkit import content
from cwd_server.toolkit.jsonschema import check, key, unsupported
from cwd_server.toolkit.call import Call, Result
from cwd_server.toolkit.errors import DeclarationError, ToolError

Read = Tuple[JSON, Callable[[Any], Any]]
Field = Tuple[str, Any, Any]  # name, annotation, and a default, REQUIRED or OPTIONAL
REQUIRED, OPTIONAL = inspect.Parameter.empty, object()
WORKS = "str, int, float, bool, list, dict, List[T], Dict[str, T], Optional, Union, Literal, Enum, TypedDict, dataclass"


def where(function: Any) -> str:
    """Return the file, line and name of a function."""
    code = inspect.unwrap(function).__code__
    return "%s, line %d, function %s" % (code.co_filename, code.co_firstlineno, function.__name__)


def _parameters(function: Any, by_hand: bool) -> Tuple[List[Field], List[str]]:
    """Return what a client can give, and the names of the parameters that take the call itself."""
    fields, takes = [], []
    for name, parameter in inspect.signature(function).parameters.items():
        hint = _hint(function, name, "parameter " + name)
        if hint is Call:
            takes.append(name)
        elif not by_hand and parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise DeclarationError("parameter %s: clients give named arguments; name it, or use input_schema" % name)
        elif not by_hand and hint is REQUIRED:
            raise DeclarationError("parameter %s: no annotation; write its type, such as %s: str" % (name, name))
        else:
            fields.append((name, hint, parameter.default))
    return fields, takes


def _hint(function: Any, name: str, what: str) -> Any:
    """Return an annotation of a function, evaluated if it is text; REQUIRED if there is none."""
    function = inspect.unwrap(function)
    alone = {one: hint for one, hint in function.__annotations__.items() if one == name}
    return _hints(types.SimpleNamespace(__annotations__=alone), what, function.__globals__).get(name, REQUIRED)


def _hints(thing: Any, what: str, names: Any = None) -> JSON:
    options: Any = {"include_extras": True} if sys.version_info >= (3, 9) else {}
    try:
        return typing.get_type_hints(thing, names, **options)
    except (AttributeError, NameError, SyntaxError, TypeError) as error:
        problem = "%s: Python %d.%d cannot read the annotation (%s); Optional, Union, List, Dict of typing always work"
        raise DeclarationError(problem % (what, *sys.version_info[:2], error)) from None


def _object(fields: List[Field], thing: Any, what: str) -> Read:
    """Return the schema of an object with these fields and nothing else, and how to convert it."""
    schema: JSON = {"type": "object", "properties": {}, "additionalProperties": False}
    docs, converts = _docs(thing), {}
    for name, hint, default in fields:
        described, converts[name] = describe(hint, what + name)
        schema["properties"][name] = {**docs.get(name, {}), **described}
        if default is REQUIRED:
            schema.setdefault("required", []).append(name)
        try:
            schema["properties"][name]["default"] = content.plain(default, described)
        except (TypeError, ValueError, ToolError):
            pass  # there is none, or JSON or the type have no place for it
    return schema, lambda value: {name: converts[name](item) for name, item in value.items()}


def describe(hint: Any, what: str) -> Read:
    """Return the schema of a type, and how to convert to it; raise DeclarationError about `what`."""
    if hasattr(hint, "__metadata__"):  # Annotated[T, "description", {"minimum": 0}]
        schema, convert = describe(hint.__origin__, what)
        for extra in hint.__metadata__:
            if isinstance(extra, (str, dict)):
                schema = {**schema, **({"description": extra} if isinstance(extra, str) else extra)}
        return schema, convert
    kind = _kind(hint)
    if kind in GENERIC and hint not in (typing.List, typing.Dict):
        return _generic(kind, hint.__args__, what)
    if hint in SIMPLE:
        return SIMPLE[hint]
    if isinstance(hint, EnumMeta):
        return _choice(hint, what)
    if hasattr(hint, "__dataclass_fields__") or hasattr(hint, "__total__"):
        return _record(hint, what)
    raise DeclarationError("%s: %s is not supported; what works: %s" % (what, getattr(hint, "__name__", hint), WORKS))


def _kind(hint: Any) -> str:
    """Return "list", "union", … for what typing makes of List[int], Union[int, str], …, on every Python."""
    origin = getattr(hint, "__origin__", type(hint))  # int | str has none, but a type of its own
    name = getattr(origin, "__name__", None) or getattr(origin, "_name", None) or str(origin)
    return name.rpartition(".")[2].lower()


def _generic(kind: str, arguments: Any, what: str) -> Read:
    """Do what `describe` does for List[T], Dict[str, T], Union[T, …] and so on."""
    if kind == "literal":
        return _choice(arguments, what)
    if kind == "dict" and arguments[0] is not str:
        raise DeclarationError(what + ": the keys of JSON objects are strings; write Dict[str, …]")
    inner = [describe(one, what) for one in arguments]
    schema, convert = inner[-1]
    if kind == "list":
        return {"type": "array", "items": schema}, lambda value: [convert(item) for item in value]
    if kind == "dict":
        schema = {"type": "object", "additionalProperties": schema}
        return schema, lambda value: {name: convert(item) for name, item in value.items()}
    if kind in ("union", "uniontype"):
        schema = {"anyOf": [one for one, _ in inner]}
        return schema, lambda value: next(convert(value) for one, convert in inner if check(value, one) is None)
    return schema, convert  # Required[T] and the like in a TypedDict


def _choice(members: Any, what: str) -> Read:
    """Return the schema of one of several values or members of an Enum, and the conversion to these."""
    values = [getattr(member, "value", member) for member in members]
    if any(type(value) not in (str, int, float, bool, type(None)) for value in values):
        raise DeclarationError("%s: not a choice among strings, numbers, booleans and None: %r" % (what, values))
    meant = {key(value): member for value, member in zip(values, members)}
    schema: JSON = {"type": "string"} if all(isinstance(value, str) for value in values) else {}  # clients like a type
    return {**schema, "enum": values}, lambda value: meant[key(value)]


def _record(cls: Any, what: str) -> Read:
    """Return the schema of a dataclass or a TypedDict, and the conversion to it."""
    what = "%s: %s" % (what, cls.__name__)
    hints = _hints(cls, what)
    if hasattr(cls, "__dataclass_fields__"):
        defaults = {name: parameter.default for name, parameter in inspect.signature(cls).parameters.items()}
    else:
        required = getattr(cls, "__required_keys__", hints if cls.__total__ else ())
        said = {"required": True, "notrequired": False}  # which Python does not see in annotations that are text
        defaults = {name: REQUIRED if said.get(_kind(hints[name]), name in required) else OPTIONAL for name in hints}
    schema, convert = _object([(name, hints[name], default) for name, default in defaults.items()], cls, what + ".")
    return schema, lambda value: cls(**convert(value))


GENERIC = ("list", "dict", "union", "uniontype", "literal", "required", "notrequired", "readonly")
SIMPLE: Dict[Any, Read] = {
    str: ({"type": "string"}, str),
    int: ({"type": "integer"}, int),
    float: ({"type": "number"}, float),
    bool: ({"type": "boolean"}, bool),
    **dict.fromkeys((list, typing.List), ({"type": "array"}, list)),
    **dict.fromkeys((dict, typing.Dict), ({"type": "object"}, dict)),
    type(None): ({"type": "null"}, lambda value: value),
    **dict.fromkeys((typing.Any, REQUIRED), ({}, lambda value: value)),
}


def _output(function: Any) -> JSON:
    """Return `outputSchema` as the return annotation has it, or {}: text, content and nothing need none."""
    hint = _hint(function, "return", "the result")
    if _has_content(hint):
        return {}
    schema, _ = describe(hint, "the result")
    needless: Any = ({}, {"type": "string"}, {"type": "null"})
    return {} if all(one in needless for one in schema.get("anyOf", [schema])) else {"outputSchema": schema}


def _has_content(hint: Any) -> bool:
    inner = getattr(hint, "__args__", None) or ()
    return any(map(_has_content, inner)) or (isinstance(hint, type) and issubclass(hint, (content.Content, Result)))


def _problems(definition: JSON) -> Iterator[Optional[str]]:
    """Say what cannot be honoured in a definition."""
    if not re.fullmatch("[A-Za-z0-9_.-]{1,128}", definition["name"]):
        yield "%r is no name for a tool: 1 to 128 of A-Z a-z 0-9 _ - . are; write @tool(name=…)" % definition["name"]
    yield unsupported(definition["inputSchema"], "input_schema")
    yield unsupported(definition.get("outputSchema", {}), "output_schema")
    if definition["inputSchema"].get("type") != "object":
        yield 'input_schema.type: expected "object", which is what arguments come as'


def _docs(thing: Any) -> Dict[str, JSON]:
    """Return what a docstring adds to parameters' schemas: in Google's section "Args:", or in reST's ":param name:"."""
    text = inspect.getdoc(thing) or ""
    section = "".join(re.findall(r"^(?:Args|Arguments|Parameters):\n((?: .*\n?|\n)+)", text, re.M))
    entries = re.findall(r"^( +)(\w+)(?: ?\(.*?\))?: *(.*(?:\n\1 +.*)*)", section, re.M)
    entries += re.findall(r"^():param (?:[^:\n]* )?(\w+): *(.*(?:\n +.*)*)", text, re.M)
    return {name: {"description": " ".join(said.split())} for _, name, said in entries}
