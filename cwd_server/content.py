"""What tools return beside plain data (`Image`, `Audio`, `Resource`, `Link`), and how results are made.

https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result
"""

import json
from base64 import b64encode
from enum import Enum

from cwd_server.schema import check
from cwd_server.toolkit import Result, ToolError, text_block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Union

    from cwd_server.toolkit import JSON


class Block:
    """One content block of a result: `block` is what goes on the wire."""

    def __init__(self, **fields: "Any") -> None:
        self.block: JSON = {name: value for name, value in fields.items() if value is not None}


class Image(Block):
    """A picture: the bytes of a file of a type that clients show, most of all PNG and JPEG."""

    def __init__(self, data: bytes, mime_type: str = "image/png") -> None:
        super().__init__(type="image", data=b64encode(data).decode("ascii"), mimeType=mime_type)


class Audio(Block):
    """A sound: the bytes of a file."""

    def __init__(self, data: bytes, mime_type: str = "audio/wav") -> None:
        super().__init__(type="audio", data=b64encode(data).decode("ascii"), mimeType=mime_type)


class Resource(Block):
    """A document that is part of the result: its URI, and its text (str) or bytes."""

    def __init__(self, uri: str, data: "Union[str, bytes]", mime_type: "Optional[str]" = None) -> None:
        contents = {"text": data} if isinstance(data, str) else {"blob": b64encode(data).decode("ascii")}
        super().__init__(type="resource", resource=Block(uri=uri, mimeType=mime_type, **contents).block)


class Link(Block):
    """A document that the client can fetch: its URI, a name, and what else is known; `size` in bytes."""

    def __init__(
        self,
        uri: str,
        name: str,
        title: "Optional[str]" = None,
        description: "Optional[str]" = None,
        mime_type: "Optional[str]" = None,
        size: "Optional[int]" = None,
    ) -> None:
        super().__init__(
            type="resource_link", uri=uri, name=name, title=title, description=description, mimeType=mime_type,
            size=size,
        )  # fmt: skip


def convert(value: "Any", schema: "Optional[JSON]" = None) -> "JSON":
    """Return the `CallToolResult` for what a tool returned; raise ToolError if `schema` does not allow it."""
    if isinstance(value, Result):
        content, structured = [_block(item) for item in value.content], plain(value.structured)
        has_structure = schema is not None or structured is not None
    elif schema is None and (value is None or isinstance(value, (str, Block)) or _has_blocks(value)):
        items = [] if value is None else value if isinstance(value, (list, tuple)) else [value]
        content, structured, has_structure = [_block(item) for item in items], None, False
    else:
        structured, has_structure = plain(value), True
        content = [text_block(structured if isinstance(structured, str) else _text(structured))]
    problem = None if schema is None else check(structured, schema, "result")
    if problem is not None:
        raise ToolError("The tool returned what its output schema does not allow: " + problem)
    return {"content": content, "structuredContent": structured} if has_structure else {"content": content}


def plain(value: "Any", path: str = "result") -> "Any":
    """Return `value` as JSON has it: dataclasses as objects, enum members as their values; raise TypeError."""
    if isinstance(value, Enum):
        return plain(value.value, path)
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(item, "%s[%d]" % (path, index)) for index, item in enumerate(value)]
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        value = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return {name: plain(item, "%s.%s" % (path, name)) for name, item in value.items()}
    what = "an object whose keys are not all strings" if isinstance(value, dict) else type(value).__name__
    raise TypeError("%s is %s, which is not JSON" % (path, what))


def _has_blocks(value: "Any") -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(item, Block) for item in value)


def _block(item: "Any") -> "JSON":
    if isinstance(item, Block):
        return item.block
    return item if isinstance(item, dict) and "type" in item else text_block(item if isinstance(item, str) else _text(plain(item)))


def _text(value: "Any") -> str:
    return json.dumps(value, ensure_ascii=False)
