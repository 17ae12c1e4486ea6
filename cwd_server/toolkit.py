"""What a tool is: `Tool`, the decorator `@tool` that makes one, `ToolError`, `Result` and `Call`.

`signature`, `schema` and `content` are imported by the first tool that needs them; get_cwd does not.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Generic, overload

    from typing_extensions import ParamSpec, TypeVar

    JSON = dict[str, Any]
    P = ParamSpec("P", default=...)
    R = TypeVar("R", default=Any)
else:  # only type checkers need to know that a tool is called like its function
    P, R, Generic = 0, 1, {(0, 1): object}

# What @tool takes, by what it is called on the wire
# https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool
FIELDS = {
    "name": "name",
    "title": "title",
    "icons": "icons",
    "input_schema": "inputSchema",
    "output_schema": "outputSchema",
}
HINTS = {"read_only": "readOnly", "destructive": "destructive", "idempotent": "idempotent", "open_world": "openWorld"}


class ToolError(ValueError):
    """Raise it in a tool to fail with a reason (str) that the model reads and can act on."""


class DeclarationError(ValueError):
    """What is wrong with how a tool is declared: where, what, and what would work."""


class Result:
    """What a tool returns to say one thing to the model and another to a program.

    content: a list of content blocks as on the wire, or a str for one text block
    structured: JSON that satisfies the tool's output schema, or None
    Neither may change once returned: a tool with threaded=False returns it again.
    """

    def __init__(self, content: "str | list[JSON]", structured: "Any" = None) -> None:
        self.content = [text_block(content)] if isinstance(content, str) else content
        self.structured = structured
        self.wire: JSON | None = None  # the `CallToolResult`, once it was asked for


def text_block(text: str) -> "JSON":
    """Return `text` as a content block."""
    return {"type": "text", "text": text}


class Call:
    """One call of a tool while it runs; a parameter annotated `Call` receives it."""

    def __init__(self, tool: "Tool", arguments: "JSON", request: "Any" = None) -> None:
        self.tool = tool
        self.arguments = arguments
        self.request = request  # the protocol's own
        self.cancelled = False  # whether the client has lost interest: nothing more will be sent
        self.done: float | None = None  # the progress last sent
        self.on_progress: Callable[..., None] | None = None
        self.wake: Any = None  # a threading.Event, set on cancellation, where the call has a thread

    def progress(self, done: float, total: "float | None" = None, message: "str | None" = None) -> None:
        """Tell the client how far this call is, if it asked to know; `done` has to grow."""
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
        """Mark this call as cancelled, and wake it if it sleeps."""
        self.cancelled = True
        if self.wake is not None:
            self.wake.set()


class Tool(Generic[P, R]):
    """A function that a model can call, and what `tools/list` says of it.

    definition: the wire's `Tool`, as the newest revision has it
    threaded: False for a tool that answers at once and is run between two lines of input
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

    def check(self, arguments: "JSON") -> "str | None":
        """Return what is wrong with `arguments`, naming the place, or None."""
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
    def tool(function: Callable[P, R]) -> Tool[P, R]: ...
    @overload
    def tool(**settings: Any) -> Callable[[Callable[P, R]], Tool[P, R]]: ...


def tool(function: "Any" = None, **settings: "Any") -> "Any":
    """Make a tool of a function: bare, or with what the signature cannot say. Raises DeclarationError.

    name, title, icons: as on the wire
    read_only, destructive, idempotent, open_world: hints to the client about what a call does
    input_schema, output_schema: JSON Schema of arguments and structured result, where annotations do not say it
    threaded: False runs calls between two lines of input: only for what answers at once. Such a tool
        without parameters returns a `Result`, which like its schema is taken at its word
    """
    known = [*FIELDS, *HINTS, "threaded"]
    wrong = [setting for setting in settings if setting not in known]
    if wrong or not (function is None or callable(function)):
        wrong.append(repr(function))
        raise TypeError("@tool takes %s by name, as in @tool(name='x'), not %s" % (", ".join(known), wrong[0]))
    if function is None:
        return lambda wrapped: tool(wrapped, **settings)
    definition = {"name": getattr(function, "__name__", "")}
    if function.__doc__:
        definition["description"] = _unindent(function.__doc__)
    definition.update((FIELDS[name], value) for name, value in settings.items() if name in FIELDS and value)
    hints = {HINTS[name] + "Hint": value for name, value in settings.items() if name in HINTS and value is not None}
    if hints:
        definition["annotations"] = hints
    threaded = settings.get("threaded", True)
    code = None if threaded else function.__code__
    if code is None or code.co_argcount or code.co_kwonlyargcount or code.co_flags & 12:  # 4: *args, 8: **kwargs
        from cwd_server.signature import read

        return read(function, definition, threaded)
    definition["inputSchema"] = {"type": "object", "properties": {}, "additionalProperties": False}
    return Tool(function, definition, threaded, _bind_nothing, _convert)


def _bind_nothing(arguments: "JSON", call: Call) -> "JSON":
    return {}


def _convert(value: Result) -> "JSON":
    if value.wire is None:  # made once: returned again, it is not even encoded again
        value.wire = {"content": value.content}
        if value.structured is not None:
            value.wire["structuredContent"] = value.structured
    return value.wire


def _unindent(docstring: str) -> str:
    # inspect.cleandoc, without loading inspect
    first, *rest = docstring.expandtabs().splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first.strip()] + [line[indent:].rstrip() for line in rest]).strip()
