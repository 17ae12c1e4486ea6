"""What a tool is: `Tool`, the decorator `@tool` that makes one, `ToolError`, `Result` and `Call`.

    from cwd_server.toolkit import tool

    @tool
    def add(a: int, b: int = 0) -> int:
        '''Add two integers.'''
        return a + b

Reading a signature, checking arguments and converting results live in `signature`, `schema` and
`content`: they are imported by the first tool that needs them, and `get_cwd` does not.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Generic, List, Optional, Union, overload

    from typing_extensions import ParamSpec, TypeVar

    JSON = Dict[str, Any]
    P = ParamSpec("P", default=...)
    R = TypeVar("R", default=Any)
else:  # only type checkers need to know that a tool is called like its function
    P, R, Generic = 0, 1, {(0, 1): object}

# https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-names
NAME_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"


class ToolError(ValueError):
    """Raise it in a tool to fail with a reason (str) that the model reads and can act on."""


class DeclarationError(ValueError):
    """What is wrong with how a tool is declared: where, what, and what would work."""


class Result:
    """What a tool returns to say one thing to the model and another to a program.

    content: a list of content blocks as on the wire, or a str for one text block
    structured: JSON that satisfies the tool's output schema, or None
    Neither is to change once it was returned: a tool with threaded=False may return it again.
    https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result
    """

    def __init__(self, content: "Union[str, List[JSON]]", structured: "Any" = None) -> None:
        self.content = [text_block(content)] if isinstance(content, str) else content
        self.structured = structured
        self.wire: Optional[JSON] = None  # the `CallToolResult`, once it was asked for


def text_block(text: str) -> "JSON":
    """Return `text` as a content block."""
    return {"type": "text", "text": text}


class Call:
    """One call of a tool while it runs; a parameter annotated `Call` receives it."""

    __slots__ = ("arguments", "cancelled", "done", "on_progress", "request", "tool", "wake")

    def __init__(self, tool: "Tool", arguments: "JSON", request: "Any" = None) -> None:
        self.tool = tool
        self.arguments = arguments
        self.request = request  # the protocol's own; None in a call from the command line or a test
        self.cancelled = False  # whether the client has lost interest: nothing more will be sent
        self.done: Optional[float] = None  # the progress last sent
        self.on_progress: Optional[Callable[..., None]] = None
        self.wake: Any = None  # a threading.Event, set on cancellation, where the call has a thread

    def progress(self, done: float, total: "Optional[float]" = None, message: "Optional[str]" = None) -> None:
        """Tell the client how far this call is, if it asked to know; `done` has to grow.

        https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress
        """
        if self.on_progress is not None:
            self.on_progress(self, done, total, message)

    def sleep(self, seconds: float) -> bool:
        """Wait for `seconds` or until the call is cancelled; return whether it was."""
        if self.wake is not None:
            self.wake.wait(seconds)
        else:
            import time

            time.sleep(seconds)
        return self.cancelled

    def cancel(self) -> None:
        """Mark this call as cancelled and wake it if it sleeps."""
        self.cancelled = True
        if self.wake is not None:
            self.wake.set()


class Tool(Generic[P, R]):
    """A function that a model can call, and what `tools/list` says of it.

    definition: the `Tool` object in the wire's own spelling, as the newest revision has it:
        https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool
    threaded: False for a tool that answers at once and is run between two lines of input.
    bind: turns (arguments, call) into the function's keyword arguments
    convert: turns what the function returns into a `CallToolResult`
    """

    def __init__(
        self,
        function: "Callable[P, R]",
        definition: "JSON",
        threaded: bool,
        bind: "Callable[[JSON, Call], JSON]",
        convert: "Callable[[Any], JSON]",
    ) -> None:
        self.function = function
        self.definition = definition
        self.name: str = definition["name"]
        self.threaded = threaded
        self.bind = bind
        self.convert = convert
        self.__doc__ = function.__doc__

    def __call__(self, *args: "P.args", **kwargs: "P.kwargs") -> "R":
        """Call the function itself, as Python code and unit tests do."""
        return self.function(*args, **kwargs)

    def check(self, arguments: "JSON") -> "Optional[str]":
        """Return what is wrong with `arguments`, naming the place, or None when all is well."""
        if not arguments and self.bind is _bind_nothing:
            return None
        from cwd_server.schema import check

        return check(arguments, self.definition["inputSchema"])

    def run(self, call: Call) -> "JSON":
        """Return the `CallToolResult` of a call whose arguments were checked; raise what the tool raises."""
        function: Any = self.function
        return self.convert(function(**self.bind(call.arguments, call)))


if TYPE_CHECKING:  # the first is @tool, the second @tool(...)

    @overload
    def tool(function: "Callable[P, R]") -> "Tool[P, R]": ...
    @overload
    def tool(**settings: "Any") -> "Callable[[Callable[P, R]], Tool[P, R]]": ...


def tool(  # type: ignore[misc]
    function: "Any" = None,
    *,
    name: "Optional[str]" = None,
    title: "Optional[str]" = None,
    read_only: "Optional[bool]" = None,
    destructive: "Optional[bool]" = None,
    idempotent: "Optional[bool]" = None,
    open_world: "Optional[bool]" = None,
    input_schema: "Optional[JSON]" = None,
    output_schema: "Optional[JSON]" = None,
    icons: "Optional[List[JSON]]" = None,
    threaded: bool = True,
) -> "Any":
    """Make a tool of a function: bare, or with what the signature cannot say. Raises DeclarationError.

    name, title, icons: see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool
    read_only, destructive, idempotent, open_world: hints to the client about what a call does
    input_schema: JSON Schema of the arguments, where the annotations cannot say it
    output_schema: JSON Schema of the structured result, where the return annotation does not say it
    threaded: False runs calls between two lines of input: only for what answers at once. Such a tool
        without parameters returns a `Result`, which like its schema is taken at its word
    """
    if function is None:
        settings = dict(locals())
        del settings["function"]
        return lambda wrapped: tool(wrapped, **settings)
    if not callable(function):
        raise DeclarationError("@tool takes settings by name, as in @tool(name=%r)" % (function,))
    hints = {
        "readOnlyHint": read_only,
        "destructiveHint": destructive,
        "idempotentHint": idempotent,
        "openWorldHint": open_world,
    }
    definition = {
        "name": name or getattr(function, "__name__", ""),
        "title": title,
        "description": _unindent(function.__doc__ or ""),
        "icons": icons,
        "inputSchema": input_schema,
        "outputSchema": output_schema,
        "annotations": {hint: value for hint, value in hints.items() if value is not None},
    }
    definition = {field: value for field, value in definition.items() if value}
    if threaded or not _takes_nothing(function):
        from cwd_server.signature import read

        return read(function, definition, threaded)
    definition["inputSchema"] = {"type": "object", "properties": {}, "additionalProperties": False}
    return Tool(function, definition, threaded, _bind_nothing, _convert)


def _takes_nothing(function: "Any") -> bool:
    code = function.__code__
    return not (code.co_argcount or code.co_kwonlyargcount or code.co_flags & 12)  # 4: *args, 8: **kwargs


def _bind_nothing(arguments: "JSON", call: Call) -> "JSON":
    return {}


def _convert(value: "Any") -> "JSON":
    if value.wire is None:  # made once: returned again, it is not even encoded again
        value.wire = {"content": value.content}
        if value.structured is not None:
            value.wire["structuredContent"] = value.structured
    wire: JSON = value.wire
    return wire


def _unindent(docstring: str) -> str:
    """Return a docstring without its indentation: inspect.cleandoc, without loading inspect."""
    first, *rest = (docstring or "").expandtabs().splitlines() or [""]
    indent = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first.strip()] + [line[indent:].rstrip() for line in rest]).strip()
