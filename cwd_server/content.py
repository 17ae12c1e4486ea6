"""What tools return beside plain data (`Image`, `Audio`, `Resource`, `Link`), and how results are made.

https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result
"""

import json
from base64 import b64encode
from enum import Enum
from typing import Any, Optional, Union

from cwd_server.schema import JSON, check
from cwd_server.toolkit import Result, ToolError, text_block


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
        known = {field: value for field, value in more.items() if value is not None}
        super().__init__(type="resource_link", uri=uri, name=name, **known)


def convert(value: Any, schema: Optional[JSON] = None) -> JSON:
    """Return the `CallToolResult` for what a tool returned; raise ToolError if `schema` does not allow it."""
    items = value if isinstance(value, (list, tuple)) else [value]
    said = value is None or isinstance(value, str) or any(isinstance(item, Content) for item in items)
    if said and schema is None:
        return {"content": [_block(item) for item in items if item is not None]}
    if isinstance(value, Result):
        structured = plain(value.structured)
        content = [item if isinstance(item, dict) else _block(item) for item in value.content]
        if schema is None and structured is None:
            return {"content": content}
    else:
        structured = plain(value)
        content = [_block(structured)]
    problem = check(structured, schema or True, "result")
    if problem is not None:
        raise ToolError("The tool returned what its output schema does not allow: " + problem)
    return {"content": content, "structuredContent": structured}


def plain(value: Any) -> Any:
    """Return `value` as JSON has it: dataclasses as objects, enum members as values; raise TypeError."""
    return json.loads(json.dumps(value, default=_plainer))


def _plainer(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    raise TypeError("JSON has no way to say a " + type(value).__name__)


def _block(item: Any) -> JSON:
    if isinstance(item, Content):
        return item
    return text_block(item if isinstance(item, str) else json.dumps(plain(item), ensure_ascii=False))
