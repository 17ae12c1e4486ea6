"""The decorator `@tool`, which makes a Tool of a function.

What reads annotations and checks schemas is loaded by the first tool that needs it, which get_cwd
does not.
"""

from cwd_server.toolkit.call import FixedResult
from cwd_server.toolkit.tool import ATTRIBUTE, NO_ARGUMENTS, Tool, unindent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, List, Mapping, Optional, Sequence, TypeVar, Union, overload

    from cwd_server.json_types import JSONObject

    Function = TypeVar("Function", bound=Callable[..., object])
else:

    def overload(function):
        """Do nothing: the one of typing tells type checkers, and takes long to import."""
        return function


_declared: "Optional[List[Tool]]" = None  # see recorded_declarations


@overload
def tool(function: "Function") -> "Function": ...  # noqa: D103


@overload
def tool(  # noqa: D103, F811  ruff knows the overload of typing alone
    function: None = None,
    *,
    name: "Optional[str]" = None,
    title: "Optional[str]" = None,
    description: "Optional[str]" = None,
    icons: "Optional[Sequence[JSONObject]]" = None,
    meta: "Optional[JSONObject]" = None,
    read_only: "Optional[bool]" = None,
    destructive: "Optional[bool]" = None,
    idempotent: "Optional[bool]" = None,
    open_world: "Optional[bool]" = None,
    input_schema: "Optional[JSONObject]" = None,
    output_schema: "Optional[JSONObject]" = None,
    threaded: bool = True,
) -> "Callable[[Function], Function]": ...


def tool(  # noqa: F811
    function: "Optional[Function]" = None,
    *,
    name: "Optional[str]" = None,
    title: "Optional[str]" = None,
    description: "Optional[str]" = None,
    icons: "Optional[Sequence[JSONObject]]" = None,
    meta: "Optional[JSONObject]" = None,
    read_only: "Optional[bool]" = None,
    destructive: "Optional[bool]" = None,
    idempotent: "Optional[bool]" = None,
    open_world: "Optional[bool]" = None,
    input_schema: "Optional[JSONObject]" = None,
    output_schema: "Optional[JSONObject]" = None,
    threaded: bool = True,
) -> "Union[Function, Callable[[Function], Function]]":
    """Make a tool of a function, and return the function.

    Bare, or with what the signature cannot say.

    name, title, description, icons: as on the wire; by default the function's name and docstring
    meta: the wire's `_meta`
    read_only, destructive, idempotent, open_world: hints to the client about what a call does
    input_schema, output_schema: JSON Schema of arguments and structured result, where annotations
        do not say it; with `input_schema` the function gets what the client sent
    threaded: False runs calls between two lines of input: only for what answers at once

    Raises DeclarationError, which says where and what to do.

    https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool
    """
    hints = {
        "readOnlyHint": read_only,
        "destructiveHint": destructive,
        "idempotentHint": idempotent,
        "openWorldHint": open_world,
    }
    given = {
        "name": name,
        "title": title,
        "description": description,
        "inputSchema": input_schema,
        "outputSchema": output_schema,
        "annotations": _without_none(hints) or None,
        "icons": icons,
        "_meta": meta,
    }
    fields = _without_none(given)
    if function is None:
        return lambda decorated: _declare(decorated, fields, threaded)
    return _declare(function, fields, threaded)


class recorded_declarations:  # noqa: N801  used as a function is
    """While this context lasts, the list that it gives gets all tools that are declared."""

    def __enter__(self) -> "List[Tool]":
        global _declared
        _declared = []
        return _declared

    def __exit__(self, *_: object) -> None:
        global _declared
        _declared = None


def _without_none(members: "Mapping[str, object]") -> "JSONObject":
    return {name: value for name, value in members.items() if value is not None}


def _declare(function: "Function", fields: "JSONObject", threaded: bool) -> "Function":
    """Attach a Tool with these fields of its definition to a function, and return the function."""
    if _is_fixed(function) and not threaded:
        made = _declare_fixed(function, fields)
    else:
        from cwd_server.toolkit.declaration import declare

        made = declare(function, fields, threaded)
    setattr(made.function, ATTRIBUTE, made)
    if _declared is not None:
        _declared.append(made)
    return made.function  # type: ignore[return-value]  # or one around it that can carry the Tool


def _is_fixed(function: "Callable[..., object]") -> bool:
    """Whether a function takes nothing and returns a FixedResult: nothing is to be converted."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_argcount or code.co_kwonlyargcount:
        return False
    return function.__annotations__.get("return") in (FixedResult, "FixedResult")


def _declare_fixed(function: "Callable[..., object]", fields: "JSONObject") -> Tool:
    definition = {
        "name": function.__name__,
        "description": unindent(function.__doc__ or ""),
        **fields,
        "inputSchema": NO_ARGUMENTS,
    }
    return Tool(function, definition, threaded=False)
