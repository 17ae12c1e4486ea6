"""Make a Tool of a function: what its signature says, beside what was given to `@tool`."""

import re
from typing import Dict

from cwd_server.json_types import JSONObject
from cwd_server.toolkit import annotations, content, jsonschema
from cwd_server.toolkit.call import Result, ToolCall
from cwd_server.toolkit.errors import ArgumentsError, DeclarationError
from cwd_server.toolkit.functions import (
    AnyFunction,
    carrier_of,
    describe_location,
    documentation_of,
    is_asynchronous,
    name_of,
)
from cwd_server.toolkit.tool import NO_ARGUMENTS, Tool

# "Tool names SHOULD be between 1 and 128 characters in length (inclusive)", and of these characters
# https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-names
NAME = re.compile("[A-Za-z0-9_.-]{1,128}")


class Signature:
    """How the arguments of a tool's calls, and its results, are converted.

    input_schema, output_schema: as listed; output_schema is None where results have no structured half
    """

    def __init__(self, function: AnyFunction, fields: JSONObject) -> None:
        by_hand = "inputSchema" in fields
        parameters, self._call_names = annotations._parameters(function, by_hand)
        self._convert = dict
        if by_hand:
            self.input_schema = fields["inputSchema"]
        else:
            self.input_schema, self._convert = annotations._object(parameters, function, "parameter ")
        output = fields if "outputSchema" in fields else annotations._output(function)
        self.output_schema = output.get("outputSchema")

    @property
    def takes_arguments(self) -> bool:
        """Whether a client can say anything."""
        return bool(self.input_schema != NO_ARGUMENTS)

    def prepare(self, call: ToolCall) -> Dict[str, object]:
        """Return the keyword arguments for the function; raise ArgumentsError if the call's do not fit."""
        arguments = call.arguments if self.takes_arguments else {}
        problem = jsonschema.check(arguments, self.input_schema)
        if problem is not None:
            raise ArgumentsError(problem)
        keywords: Dict[str, object] = dict(self._convert(arguments))
        for name in self._call_names:
            keywords[name] = call
        return keywords

    def to_result(self, value: object) -> Result:
        """Return the result for what the function returned; raise ToolError if the output schema forbids it."""
        return content.convert(value, self.output_schema or {})


def declare(function: AnyFunction, fields: JSONObject, threaded: bool) -> Tool:
    """Return the tool that a function is.

    fields: the members of its definition that were given to `@tool`

    Raises DeclarationError, which says where the function is, and TypeError for what cannot be called.
    """
    if not callable(function):
        raise TypeError(f"@tool takes a function, not {function!r}; write settings by name, as in @tool(name='x')")
    location = describe_location(function)
    try:
        return _declare(function, fields, threaded)
    except RecursionError:
        raise DeclarationError(f"{location}: a type contains itself; write dict for the inner one") from None
    except (DeclarationError, TypeError, ValueError) as error:
        raise DeclarationError(f"{location}: {error}") from None


def _declare(function: AnyFunction, fields: JSONObject, threaded: bool) -> Tool:
    fields = content.plain(fields, {})
    name = fields["name"] if "name" in fields else name_of(function)
    is_async = is_asynchronous(function)
    if is_async and not threaded:
        raise DeclarationError(
            "threaded=False does not work for async def, which runs on the event loop; leave it out"
        )
    signature = Signature(function, fields)
    definition = {"name": name, "inputSchema": signature.input_schema, **fields}
    if signature.output_schema is not None:
        definition["outputSchema"] = signature.output_schema
    description = definition.get("description", documentation_of(function))
    if description:
        definition["description"] = description
    problems = [problem for problem in annotations._problems(definition) if problem]
    if problems:
        raise DeclarationError(problems[0])
    return Tool(carrier_of(function), definition, threaded, is_async, signature)
