"""What tools return beside data: pictures, sounds, documents, and links to documents.

https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result
"""

from base64 import b64encode
from typing import Dict, Union


class Content(dict):  # type: ignore[type-arg]  # Dict[…] as a base is a class of its own on 3.6
    """A content block, as on the wire."""


class Image(Content):
    """A picture.

    data: the bytes of a file, of a type that clients show: most of all PNG and JPEG
    mime_type: such as "image/jpeg"
    """

    def __init__(self, data: bytes, mime_type: str = "image/png") -> None:
        super().__init__(type="image", data=_encode(data), mimeType=mime_type)


class Audio(Content):
    """A sound.

    data: the bytes of a file
    mime_type: such as "audio/mpeg"
    """

    def __init__(self, data: bytes, mime_type: str = "audio/wav") -> None:
        super().__init__(type="audio", data=_encode(data), mimeType=mime_type)


class Resource(Content):
    """A document inside the result.

    uri: what it is called, absolute, such as "file:///report.txt"
    data: its text, or its bytes
    mime_type: such as "text/csv"
    """

    def __init__(self, uri: str, data: Union[str, bytes], mime_type: str = "text/plain") -> None:
        resource: Dict[str, object] = {"uri": uri, "mimeType": mime_type}
        if isinstance(data, str):
            resource["text"] = data
        else:
            resource["blob"] = _encode(data)
        super().__init__(type="resource", resource=resource)


class Link(Content):
    """A document that the client can fetch.

    uri: where it is, absolute
    name: what it is called
    more: further members, spelt as on the wire: title, description, mimeType, size in bytes, icons
    """

    def __init__(self, uri: str, name: str, **more: object) -> None:
        super().__init__(type="resource_link", uri=uri, name=name, **more)


def _encode(data: bytes) -> str:
    """Return bytes in base64."""
    if isinstance(data, str):
        raise TypeError("expected the bytes of a file, got str; open it with open(path, 'rb')")
    return b64encode(data).decode("ascii")
