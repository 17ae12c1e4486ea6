"""What a tool is: a function, and what the decorator `@tool` has attached to it, a `Tool`.

A decorated function stays the function that it was; `tool_of` returns its Tool.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, List, Optional, Protocol

    from cwd_server.json_types import JSONObject
    from cwd_server.toolkit.call import Result, ToolCall

    class Signature(Protocol):
        """How a tool's arguments and its result are converted, as declaration.py has it."""

        @property
        def takes_arguments(self) -> bool:
            """Whether a client can say anything."""

        @property
        def names(self) -> List[str]:
            """The names of all arguments that the function may get."""

        def prepare(self, call: ToolCall) -> Dict[str, object]:
            """Return the keyword arguments for the function; raise ArgumentsError."""

        def to_result(self, value: object) -> Result:
            """Return the result for what the function returned; raise ToolError."""


ATTRIBUTE = "__mcp_tool__"  # of a function: its Tool

# https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool: the specification's
# recommendation for a tool without parameters
NO_ARGUMENTS: "JSONObject" = {"type": "object", "properties": {}, "additionalProperties": False}


class Tool:
    """A function that a model can call, and what `tools/list` says of it.

    function: the function that the decorator returned
    definition: the wire's `Tool`, as the newest revision has it
    threaded: False for a tool that answers at once and is run between two lines of input
    is_async: whether it runs on the event loop
    signature: how its arguments and its result are converted; None if there is nothing to convert
    takes_arguments: whether a client can say anything to it
    """

    __slots__ = (
        "definition",
        "function",
        "is_async",
        "name",
        "signature",
        "takes_arguments",
        "threaded",
    )

    def __init__(
        self,
        function: "Callable[..., object]",
        definition: "JSONObject",
        threaded: bool = True,
        is_async: bool = False,
        signature: "Optional[Signature]" = None,
    ) -> None:
        self.function = function
        self.definition = definition
        self.name = str(definition["name"])
        self.threaded = threaded
        self.is_async = is_async
        self.signature = signature
        self.takes_arguments = signature is not None and signature.takes_arguments

    def prepare(self, call: "ToolCall") -> "Dict[str, object]":
        """Return the keyword arguments for the function; raise ArgumentsError."""
        if self.signature is None:
            return {}
        return self.signature.prepare(call)

    def to_result(self, value: object) -> "Result":
        """Return the result for what the function returned, other than a FixedResult.

        Raises ToolError if the output schema forbids it.
        """
        if self.signature is None:
            raise TypeError(f"{self.name} must return a FixedResult, as it is annotated")
        return self.signature.to_result(value)


def tool_of(function: object) -> "Optional[Tool]":
    """Return the Tool that was attached to this very function, or None.

    `functools.wraps` copies the attribute to a wrapper, which may check who calls: the wrapper is
    no tool, and must not be passed by.
    """
    try:
        found = getattr(function, ATTRIBUTE, None)
    except Exception:  # an object that makes its attributes up
        return None
    if type(found) is Tool and found.function is function:
        return found
    return None


def tools_of(*functions: object) -> "List[Tool]":
    """Return the Tools of functions that are decorated; raise TypeError for one that is not."""
    tools = []
    for function in functions:
        found = tool_of(function)
        if found is None:
            raise TypeError(f"{function!r} is not a tool")
        tools.append(found)
    return tools


def unindent(docstring: str) -> str:
    """Return a docstring without its indentation: inspect.cleandoc, without loading inspect."""
    first, *rest = docstring.expandtabs().splitlines() or [""]
    indents = [len(line) - len(line.lstrip()) for line in rest if line.strip()]
    indent = min(indents, default=0)
    lines = [first.strip()] + [line[indent:].rstrip() for line in rest]
    return "\n".join(lines).strip()
