"""What tools return beside plain data (`Image`, `Audio`, `Resource`, `Link`), and how results are made.

https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result
"""

import json
from base64 import b64encode
from enum import Enum
from typing import Any, Union

from cwd_server import JSON
from cwd_server.toolkit.jsonschema import check
from cwd_server.toolkit.call import Result
from cwd_server.toolkit.errors import ToolError


class Content(dict):  # type: ignore[type-arg]
    """A content block, as on the wire."""


class Image(Content):
    """A picture: the bytes of a file of a type that clients show, most of all PNG and JPEG."""

    def __init__(self, data: bytes, mime_type: str = "image/png") -> None:
        super().__init__(type="image", data=b64encode(data).decode(), mimeType=mime_type)


class Audio(Content):
    """A sound: the bytes of a file."""

    def __init__(self, data: bytes, mime_type: str = "audio/wav") -> None:
        super().__init__(type="audio", data=b64encode(data).decode(), mimeType=mime_type)


class Resource(Content):
    """A document inside the result: its URI, and its text (str) or bytes."""

    def __init__(self, uri: str, data: Union[str, bytes], mime_type: str = "text/plain") -> None:
        said = {"text": data} if isinstance(data, str) else {"blob": b64encode(data).decode()}
        super().__init__(type="resource", resource={"uri": uri, "mimeType": mime_type, **said})


class Link(Content):
    """A document that the client can fetch. More fields, spelt as on the wire: title, description, mimeType, size."""

    def __init__(self, uri: str, name: str, **more: Any) -> None:
        super().__init__(type="resource_link", uri=uri, name=name, **more)


def convert(value: Any, schema: JSON) -> JSON:
    """Return the `CallToolResult` for what a tool returned; raise ToolError if `schema`, {} for none, forbids it."""
    items = value if isinstance(value, (list, tuple)) else [value]
    if not schema and (value is None or isinstance(value, str) or any(isinstance(item, Content) for item in items)):
        blocks = [item if isinstance(item, Content) else _text(plain(item, {})) for item in items if item is not None]
        return Result(blocks)
    if isinstance(value, Result) and not schema and "structuredContent" not in value:
        return value
    data = plain(value.get("structuredContent") if isinstance(value, Result) else value, schema)
    result = value if isinstance(value, Result) else Result(_text(data))
    result["structuredContent"] = data
    return result


def plain(value: Any, schema: JSON) -> Any:
    """Return `value` as JSON has it, dataclasses and enum members too; raise TypeError or ValueError if it cannot."""
    data = json.loads(json.dumps(value, default=_plainer, allow_nan=False))
    problem = check(data, schema, "result")
    if problem is not None:
        raise ToolError("The tool returned what its output schema does not allow: " + problem)
    return data


def _plainer(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    raise TypeError("JSON has no way to say a " + type(value).__name__)


def _text(data: Any) -> str:
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
