"""What tools return beside data: pictures, sounds, documents, and links to documents.

https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result
"""

from base64 import b64encode
from os import PathLike
from typing import Dict, Union


class Content(dict):  # type: ignore[type-arg]  # Dict[…] as a base is a class of its own on 3.6
    """A content block, as on the wire."""


class Image(Content):
    """A picture.

    data: the bytes of a file, of a type that clients show: most of all PNG and JPEG
    mime_type: such as "image/jpeg"
    """

    def __init__(self, data: bytes, mime_type: str = "image/png") -> None:
        super().__init__(type="image", data=_encode(data), mimeType=_checked_type(mime_type))


class Audio(Content):
    """A sound.

    data: the bytes of a file
    mime_type: such as "audio/mpeg"
    """

    def __init__(self, data: bytes, mime_type: str = "audio/wav") -> None:
        super().__init__(type="audio", data=_encode(data), mimeType=_checked_type(mime_type))


class Resource(Content):
    """A document inside the result.

    uri: what it is called, absolute, such as "file:///report.txt"
    data: its text, or its bytes
    mime_type: such as "text/csv"
    """

    def __init__(self, uri: str, data: Union[str, bytes], mime_type: str = "text/plain") -> None:
        resource: Dict[str, object] = {
            "uri": _checked_uri(uri),
            "mimeType": _checked_type(mime_type),
        }
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
        super().__init__(type="resource_link", uri=_checked_uri(uri), name=name, **more)


# Clients drop a whole result, or a model's provider a whole conversation, for one of these wrong


def _checked_type(mime_type: str) -> str:
    """Return a media type; raise ValueError for what is none, such as "png"."""
    if not isinstance(mime_type, str) or "/" not in mime_type:
        raise ValueError(f"expected a media type such as 'image/png', got {mime_type!r}")
    return mime_type


def _checked_uri(uri: str) -> str:
    """Return an absolute URI; raise ValueError for what is none, such as a path."""
    if isinstance(uri, str) and _is_absolute_uri(uri):
        return uri
    remedy = "of a path it is Path(path).absolute().as_uri()"
    if not isinstance(uri, (str, PathLike)) and _is_absolute_uri(str(uri)):
        remedy = "pass str(uri)"  # such as pydantic's AnyUrl
    raise ValueError(f"expected a URI such as 'file:///report.txt', got {uri!r}; {remedy}")


def _is_absolute_uri(text: str) -> bool:
    """Whether a text begins with a scheme, which the letter of a drive and an hour are not."""
    scheme, colon, _ = text.partition(":")
    if not colon or len(scheme) < 2 or not scheme[0].isalpha() or "\\" in text:
        return False
    return scheme.replace("+", "").replace("-", "").replace(".", "").isalnum()


def _encode(data: bytes) -> str:
    """Return bytes in base64; raise TypeError for what is none, such as a file or its path."""
    found = type(data).__name__
    if isinstance(data, (str, PathLike)):
        raise TypeError(
            f"expected bytes, got {found}; open a path with open(path, 'rb'), and give what read()"
            " returns"
        )
    try:
        return b64encode(data).decode("ascii")
    except TypeError:
        raise TypeError(
            f"expected bytes, got {found}; of an open file, give what read() returns, and of a"
            " BytesIO what getvalue() does"
        ) from None
