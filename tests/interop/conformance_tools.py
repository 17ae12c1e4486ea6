"""The tools that the official conformance suite wants to call, as a user would write them.

Run `conformance server --scenario NAME` to read what each has to do.
"""

import struct
import zlib

from cwd_server.toolkit import Call, ToolError, tool
from cwd_server.toolkit.content import Audio, Image, Resource


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# One red pixel, and a hundredth of a second of silence
RED = (
    b"\x89PNG\r\n\x1a\n"
    + _png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + _png_chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
    + _png_chunk(b"IEND", b"")
)
SILENCE = struct.pack(
    "<4sI4s4sIHHIIHH4sI", b"RIFF", 116, b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", 80
)
SILENCE += b"\x80" * 80


@tool
def test_simple_text() -> str:
    """Return text."""
    return "This is a simple text response for testing."


@tool
def test_image_content() -> Image:
    """Return a picture."""
    return Image(RED)


@tool
def test_audio_content() -> Audio:
    """Return a sound."""
    return Audio(SILENCE)


@tool
def test_embedded_resource() -> Resource:
    """Return a document."""
    return Resource("test://embedded-resource", "This is an embedded resource content.")


@tool
def test_multiple_content_types():
    """Return text, a picture and a document."""
    document = Resource(
        "test://mixed-content-resource", '{"test":"data","value":123}', "application/json"
    )
    return ["Multiple content types test:", Image(RED), document]


@tool
def test_error_handling() -> str:
    """Fail."""
    raise ToolError("This tool intentionally returns an error for testing")


@tool
def test_tool_with_progress(call: Call) -> str:
    """Tell how far this call is, three times."""
    call.progress(0, 100)
    call.sleep(0.05)
    call.progress(50, 100)
    call.sleep(0.05)
    call.progress(100, 100)
    return "Done"


@tool(
    input_schema={
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            }
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": False,
    }
)
def json_schema_2020_12_tool(**contact) -> str:
    """Take a contact, with a schema that uses much of JSON Schema 2020-12."""
    return ", ".join(sorted(contact))
