"""Make a Tool of a function: what its signature says, beside what was given to `@tool`."""

import re
from typing import Dict, List, Optional

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.annotations.conversions import as_array, as_object
from cwd_server.toolkit.annotations.signature import (
    read_parameters,
    read_result,
    refuse_other_names,
)
from cwd_server.toolkit.arguments import fit_arguments
from cwd_server.toolkit.call import Result, ToolCall
from cwd_server.toolkit.errors import DeclarationError
from cwd_server.toolkit.functions import (
    AnyFunction,
    carrier_of,
    describe_location,
    documentation_of,
    is_asynchronous,
    name_of,
    refuse_lambda,
    refuse_method,
    refuse_static,
    refuse_wrapper,
)
from cwd_server.toolkit.jsonschema.support import find_unsupported
from cwd_server.toolkit.plain_json import NotJSONError, to_json
from cwd_server.toolkit.results import to_result
from cwd_server.toolkit.tool import NO_ARGUMENTS, Tool, unindent

# "Tool names SHOULD be between 1 and 128 characters in length (inclusive)", of these characters
# https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-names
NAME = re.compile("[A-Za-z0-9_.-]{1,128}")
# What members of a definition are called in `@tool`, where the names differ
_SETTINGS = {
    "inputSchema": "input_schema",
    "outputSchema": "output_schema",
    "_meta": "meta",
    "readOnlyHint": "read_only",
    "destructiveHint": "destructive",
    "idempotentHint": "idempotent",
    "openWorldHint": "open_world",
}
# Clients refuse the whole list of tools for one member of another type
_TYPES = {"title": str, "description": str, "icons": list, "_meta": dict}


class Signature:
    """How the arguments of a tool's calls, and its results, are converted.

    input_schema, output_schema: as listed; output_schema is None where results need none
    takes_arguments: whether a client can say anything
    """

    def __init__(self, function: AnyFunction, fields: JSONObject) -> None:
        by_hand = "inputSchema" in fields
        self._parameters = read_parameters(function, by_hand)
        self.input_schema = self._parameters.schema
        if by_hand:
            self.input_schema = as_object(fields["inputSchema"])
        self.takes_arguments = self.input_schema != NO_ARGUMENTS
        self.output_schema: Optional[JSONObject] = None
        if "outputSchema" in fields:
            self.output_schema = as_object(fields["outputSchema"])
        else:
            result = read_result(function)
            if result is not None:
                self.output_schema = result.schema

    @property
    def names(self) -> List[str]:
        """The names of all arguments that the function may get."""
        parameters = as_object(self.input_schema.get("properties", {}))
        return [*parameters, *self._parameters.call_names]

    def prepare(self, call: ToolCall) -> Dict[str, object]:
        """Return the keyword arguments for the function; raise ArgumentsError."""
        arguments: JSONObject = {}
        if self.takes_arguments:
            arguments = call.arguments
        parameters = self._parameters
        fitted, checker = fit_arguments(
            arguments, self.input_schema, parameters.defaults, parameters.find_misfits
        )
        keywords = parameters.convert(fitted, checker)
        for name in parameters.call_names:
            keywords[name] = call
        return keywords

    def to_result(self, value: object) -> Result:
        """Return the result for what the function returned; raise ToolError."""
        return to_result(value, self.output_schema)


def _refuse_other_schemas(fields: JSONObject) -> None:
    """Raise DeclarationError for a schema by hand that is none, such as a class."""
    for name in ("inputSchema", "outputSchema"):
        if not isinstance(fields.get(name, {}), dict):
            raise DeclarationError(
                f"{_SETTINGS[name]}: expected a JSON Schema, a dict, got {fields[name]!r}; types"
                " are written as annotations"
            )


def declare(function: AnyFunction, fields: JSONObject, threaded: bool) -> Tool:
    """Return the tool that a function is.

    fields: the members of its definition that were given to `@tool`

    Raises DeclarationError, which says where the function is, and TypeError for what cannot be
    called.
    """
    if not callable(function) and not isinstance(function, (staticmethod, classmethod)):
        raise TypeError(
            f"@tool takes a function, not {function!r}; write settings by name: @tool(name='x')"
        )
    location = describe_location(function)
    try:
        return _declare(function, fields, threaded)
    except (DeclarationError, NotJSONError) as error:
        raise DeclarationError(f"{location}: {error}") from None


def _declare(function: AnyFunction, fields: JSONObject, threaded: bool) -> Tool:
    _refuse_other_schemas(fields)
    fields = {name: to_json(value, _SETTINGS.get(name, name)) for name, value in fields.items()}
    _check_settings(fields)
    if not isinstance(threaded, bool):
        raise DeclarationError(f"threaded: expected True or False, got {threaded!r}")
    refuse_static(function)
    refuse_method(function)
    if "inputSchema" not in fields:
        refuse_lambda(function)
    name = fields.get("name")
    if name is None:
        name = name_of(function)
    is_async = is_asynchronous(function)
    if is_async and not threaded:
        raise DeclarationError(
            "threaded=False is for a def, with or without yield; async def runs on the event loop"
        )
    signature = Signature(function, fields)
    definition = {"name": name, "inputSchema": signature.input_schema, **fields}
    if signature.output_schema is not None:
        definition["outputSchema"] = signature.output_schema
    description = unindent(str(definition.get("description", documentation_of(function))))
    if description:
        definition["description"] = description
    _check_name(name)
    _check_schemas(signature)
    if "inputSchema" in fields:
        refuse_other_names(function, signature.names)
    refuse_wrapper(function, signature.names)
    return Tool(carrier_of(function), definition, threaded, is_async, signature)


def _check_settings(fields: JSONObject) -> None:
    """Raise DeclarationError for a setting that would not be what MCP says it is."""
    for name, expected in _TYPES.items():
        if name in fields and not isinstance(fields[name], expected):
            setting = _SETTINGS.get(name, name)
            message = f"{setting}: expected a {expected.__name__}, got {fields[name]!r}"
            raise DeclarationError(message)
    for name, hint in as_object(fields.get("annotations", {})).items():
        if not isinstance(hint, bool):
            raise DeclarationError(f"{_SETTINGS[name]}: expected True or False, got {hint!r}")
    for icon in as_array(fields.get("icons", [])):
        if not isinstance(icon, dict) or not isinstance(icon.get("src"), str):
            raise DeclarationError(
                f'icons: expected dicts such as {{"src": "https://…"}}, got {icon!r}'
            )


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise DeclarationError(
            f"invalid tool name {name!r}: use 1 to 128 of A-Z a-z 0-9 _ - ., as in @tool(name=…)"
        )


def _check_schemas(signature: Signature) -> None:
    """Raise DeclarationError for what cannot be honoured in a schema."""
    problems = find_unsupported(signature.input_schema, "input_schema")
    if signature.output_schema is not None:
        problems += find_unsupported(signature.output_schema, "output_schema")
    if problems:
        raise DeclarationError(str(problems[0]))
    if signature.input_schema.get("type") != "object":
        raise DeclarationError(
            'input_schema.type: expected "object", which is what arguments come as'
        )
