"""The types of `cwd_server.toolkit`: `new` writes them for editors, which read no archive."""

STUB = '''\
"""What authors of tools import; written by `cwd_server new`."""

from typing import Any, Callable, Dict, List, Optional, Sequence, TypeVar, Union, overload

__all__ = ["Audio", "Call", "Image", "Link", "Resource", "Result", "ToolError", "tool"]

_Function = TypeVar("_Function", bound=Callable[..., object])
_JSONObject = Dict[str, Any]

@overload
def tool(function: _Function) -> _Function: ...
@overload
def tool(
    function: None = None,
    *,
    name: Optional[str] = None,
    title: Optional[str] = None,
    description: Optional[str] = None,
    icons: Optional[Sequence[_JSONObject]] = None,
    meta: Optional[_JSONObject] = None,
    read_only: Optional[bool] = None,
    destructive: Optional[bool] = None,
    idempotent: Optional[bool] = None,
    open_world: Optional[bool] = None,
    input_schema: Optional[_JSONObject] = None,
    output_schema: Optional[_JSONObject] = None,
    threaded: bool = True,
) -> Callable[[_Function], _Function]:
    """Make a tool of a function, and return the function.

    name, title, description, icons: as on the wire; by default the function's name and docstring
    meta: the wire's `_meta`
    read_only, destructive, idempotent, open_world: hints to the client about what a call does
    input_schema, output_schema: JSON Schema of arguments and structured result, where annotations
        do not say it; with `input_schema` the function gets what the client sent
    threaded: False runs calls between two lines of input: only for what answers at once
    """

class ToolError(Exception):
    """Raise it in a tool to fail with a reason that the model reads and can act on."""

class Call:
    """A call of a tool while it runs: a parameter annotated `Call` receives it."""

    def __init__(self) -> None: ...
    @property
    def cancelled(self) -> bool:
        """Whether the client has lost interest: whatever is returned now, nobody gets it."""
    def progress(
        self, done: float, total: Optional[float] = None, message: Optional[str] = None
    ) -> None:
        """Tell the client how far this call is, if it asked to know; `done` has to grow."""
    def sleep(self, seconds: float) -> bool:
        """Wait, but no longer than until the call is cancelled; return whether it was."""

class Result(Dict[str, Any]):
    """What a tool returns to say one thing to the model and another to a program."""

    def __init__(
        self,
        content: Union[str, Dict[str, Any], Sequence[object]],
        structured: object = None,
    ) -> None: ...

class Image(Dict[str, Any]):
    """A picture: the bytes of a file of a type that clients show, most of all PNG and JPEG."""

    def __init__(self, data: bytes, mime_type: str = "image/png") -> None: ...

class Audio(Dict[str, Any]):
    """A sound: the bytes of a file."""

    def __init__(self, data: bytes, mime_type: str = "audio/wav") -> None: ...

class Resource(Dict[str, Any]):
    """A document inside the result: its URI, and its text or bytes."""

    def __init__(
        self, uri: str, data: Union[str, bytes], mime_type: str = "text/plain"
    ) -> None: ...

class Link(Dict[str, Any]):
    """A document that the client can fetch; further members are spelt as on the wire."""

    def __init__(self, uri: str, name: str, **more: object) -> None: ...
'''
