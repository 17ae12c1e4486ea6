"""What a tool is: `Tool`, the decorator `@tool` that makes one, `ToolError`, `Result` and `Call`.

`signature`, `schema` and `content` are imported by the first tool that needs them; get_cwd does not.
"""

from cwd_server import JSON, Any, Callable
from cwd_server.errors import UserError

# What @tool takes, by what it is called on the wire
# https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool
FIELDS = {"title": "title", "icons": "icons", "input_schema": "inputSchema", "output_schema": "outputSchema"}
HINTS = {"read_only": "readOnly", "destructive": "destructive", "idempotent": "idempotent", "open_world": "openWorld"}
NO_ARGUMENTS = {"type": "object", "properties": {}, "additionalProperties": False}


class ToolError(ValueError):
    """Raise it in a tool to fail with a reason (str) that the model reads and can act on."""


class DeclarationError(UserError):
    """What is wrong with how a tool is declared: where, what, and what would work."""


class Result(dict):  # type: ignore[type-arg]
    """A `CallToolResult`: what a tool returns to say one thing to the model and another to a program.

    content: a list of texts and content blocks as on the wire, or one text
    structured: JSON that satisfies the tool's output schema, or None
    """

    def __init__(self, content: "str | list[Any]", structured: Any = None) -> None:
        items = [content] if isinstance(content, str) else content
        self["content"] = [text_block(item) if isinstance(item, str) else item for item in items]
        if structured is not None:
            self["structuredContent"] = structured


class FixedResult:
    """A `CallToolResult` that nobody changes, so that its JSON may be kept.

    result: as a tool returns it
    texts: its JSON by revision, kept by the session
    """

    __slots__ = ("result", "texts")

    def __init__(self, result: Result) -> None:
        self.result = result
        self.texts: dict[str, str] = {}


def text_block(text: str) -> JSON:
    """Return `text` as a content block."""
    return {"type": "text", "text": text}


class Call:
    """One call of a tool while it runs; a parameter annotated `Call` receives it."""

    def __init__(self, tool: "Tool", arguments: JSON, request: Any = None) -> None:
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


class Tool:
    """A function that a model can call, and what `tools/list` says of it.

    definition: the wire's `Tool`, as the newest revision has it
    threaded: False for a tool that answers at once and is run between two lines of input
    run: makes a `Call` whose arguments were checked; returns the `CallToolResult`, or raises what the function raises
    """

    def __init__(self, function: Any, definition: JSON, threaded: bool, run: "Callable[[Call], JSON]") -> None:
        self.function = function
        self.definition = definition
        self.name: str = definition["name"]
        self.threaded = threaded
        self.run = run
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function itself, as Python code and unit tests do."""
        return self.function(*args, **kwargs)

    def check(self, arguments: JSON) -> "str | None":
        """Return what is wrong with `arguments`, naming the place, or None."""
        if not arguments and self.definition["inputSchema"] is NO_ARGUMENTS:
            return None
        from cwd_server.toolkit.jsonschema import check

        return check(arguments, self.definition["inputSchema"])


def tool(function: Any = None, **settings: Any) -> Tool:
    """Make a tool of a function: bare, or with what the signature cannot say. Raises DeclarationError.

    name, title, icons: as on the wire
    read_only, destructive, idempotent, open_world: hints to the client about what a call does
    input_schema, output_schema: JSON Schema of arguments and structured result, where annotations do not say it
    threaded: False runs calls between two lines of input: only for what answers at once. Such a tool
        without parameters returns a `Result`, which like its schema is taken at its word
    """
    known = ["name", *FIELDS, *HINTS, "threaded"]
    wrong = [setting for setting in settings if setting not in known]
    if wrong or not (function is None or hasattr(function, "__code__")):
        wrong.append(repr(function))
        raise TypeError("@tool takes %s by name, as in @tool(name='x'), not %s" % (", ".join(known), wrong[0]))
    if function is None:
        return lambda wrapped: tool(wrapped, **settings)  # type: ignore[return-value]  # it is called like a Tool
    definition = {"name": settings.get("name") or function.__name__, "description": _unindent(function.__doc__ or "\n")}
    definition.update((field, settings.get(name)) for name, field in FIELDS.items())
    definition["annotations"] = {hint + "Hint": settings[name] for name, hint in HINTS.items() if name in settings}
    definition = {field: value for field, value in definition.items() if value}
    threaded = settings.get("threaded", True)
    code = function.__code__
    if threaded or code.co_argcount or code.co_kwonlyargcount or code.co_flags & 12:  # 4: *args, 8: **kwargs
        from cwd_server.toolkit.annotations import read

        return read(function, definition, threaded)
    definition["inputSchema"] = NO_ARGUMENTS
    return Tool(function, definition, threaded, lambda call: function())


def _unindent(docstring: str) -> str:
    # inspect.cleandoc, without loading inspect
    first, *rest = docstring.expandtabs().splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first.strip()] + [line[indent:].rstrip() for line in rest]).strip()
