"""What a function returned, as the `CallToolResult` of the newest revision.

A text, content blocks, or data: structured, and as text for clients that show the model only that.
https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result
"""

import json
from typing import List, Optional

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.call import Result
from cwd_server.toolkit.content import Content
from cwd_server.toolkit.errors import ToolError
from cwd_server.toolkit.jsonschema.checker import Checker
from cwd_server.toolkit.jsonschema.findings import describe_problems
from cwd_server.toolkit.plain_json import NotJSONError, to_json

# Made once; what it encodes is a tree that to_json has just made, so it cannot contain itself
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def to_result(value: object, output_schema: Optional[JSONObject] = None) -> Result:
    """Return the result for what a tool returned; raise ToolError, naming the place.

    output_schema: what the structured half has to satisfy; None if the tool declares none

    A Result of the author's own is not changed: the tool may return it again.
    """
    if isinstance(value, Result):
        return _complete(value, output_schema)
    if output_schema is None and (value is None or isinstance(value, str)):
        return Result(_blocks_of(value))
    if _has_content(value):
        result = Result(_blocks_of(value))
        if output_schema is None:
            return result
        data = _structured(value, output_schema)  # which the schema promises
    else:
        data = _structured(value, output_schema)
        result = Result(_text_of(data))
    result["structuredContent"] = data  # null is data too
    return result


def _complete(result: Result, output_schema: Optional[JSONObject]) -> Result:
    """Return a copy of an author's Result with its structured half as JSON, checked."""
    completed = Result([])
    completed.update(result)
    completed["content"] = _to_json(result["content"], "result.content")
    if "structuredContent" in result:
        completed["structuredContent"] = _structured(result["structuredContent"], output_schema)
    elif output_schema is not None and not result.get("isError"):
        raise ToolError(
            "The tool's output schema promises data: return Result(content, structured)"
        )
    return completed


def _has_content(value: object) -> bool:
    """Whether a value is a content block, or a list of blocks, maybe with others among them."""
    if isinstance(value, Content):
        return True
    return isinstance(value, (list, tuple)) and any(isinstance(item, Content) for item in value)


def _blocks_of(value: object) -> List[object]:
    """Return the blocks of a text, nothing, a content block, or a list with such blocks in it."""
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        return [_block_of(value, "result")]
    blocks = []
    for index, item in enumerate(value):
        if item is not None:
            blocks.append(_block_of(item, f"result[{index}]"))
    return blocks


def _block_of(value: object, place: str) -> object:
    data = _to_json(value, place)
    if isinstance(value, Content):
        return data
    return _text_of(data)


def _structured(value: object, output_schema: Optional[JSONObject]) -> object:
    """Return a value as JSON; raise ToolError if it cannot be, or the schema does not allow it."""
    data = _to_json(value, "result")
    if output_schema is None:
        return data
    problems = Checker(output_schema).problems(data, output_schema, "result")
    if problems:
        described = describe_problems(problems)
        raise ToolError(f"The tool returned what its output schema does not allow: {described}")
    return data


def _to_json(value: object, place: str) -> object:
    try:
        return to_json(value, place)
    except NotJSONError as error:
        raise ToolError(str(error)) from None


def _text_of(data: object) -> str:
    """Return data as a model reads it: a text as it is, anything else as JSON."""
    if isinstance(data, str):
        return data
    return _encode(data)
