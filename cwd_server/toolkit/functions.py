"""What stands behind things that can be called: wrappers, partials, methods, objects."""

import functools
import inspect
from typing import Callable, Iterable

from cwd_server.toolkit.errors import DeclarationError
from cwd_server.toolkit.tool import tool_of

AnyFunction = Callable[..., object]

MAX_LAYERS = 100  # wrappers around a function; a chain that is longer is a circle


def underlying(function: object) -> object:
    """Return the `def` behind wrappers, partials, methods and objects with `__call__`."""
    for _ in range(MAX_LAYERS):
        inner = _inside(function)
        if inner is None:
            break
        function = inner
    return function


def _inside(function: object) -> object:
    """Return what is one layer below, or None."""
    if isinstance(function, functools.partial):
        return function.func
    if inspect.ismethod(function) or isinstance(function, (staticmethod, classmethod)):
        return function.__func__
    if "__wrapped__" in getattr(function, "__dict__", {}):
        return function.__dict__["__wrapped__"]
    if inspect.isroutine(function) or inspect.isclass(function):
        return None
    return getattr(type(function), "__call__", None)  # noqa: B004  what it is, not whether


def without_copied_signature(function: AnyFunction) -> AnyFunction:
    """Return what tells a function's signature: a partial's own, if `update_wrapper` hides it."""

    def tells_its_own(each: object) -> bool:
        return isinstance(each, functools.partial) or hasattr(each, "__signature__")

    inner = inspect.unwrap(function, stop=tells_its_own)
    if isinstance(inner, functools.partial):
        return functools.partial(inner.func, *inner.args, **inner.keywords)
    return function


def describe_location(function: object) -> str:
    """Return where a function is: file, line and name, as far as they are known."""
    inner = underlying(function)
    name = getattr(function, "__name__", None) or getattr(inner, "__name__", repr(function))
    code = getattr(inner, "__code__", None)
    if code is None:
        return f"function {name}"
    return f"{code.co_filename}, line {code.co_firstlineno}, function {name}"


def name_of(function: AnyFunction) -> str:
    """Return a function's name; raise DeclarationError if it has none."""
    name = getattr(function, "__name__", None)
    if isinstance(name, str) and name != "<lambda>":
        return name
    kind = type(function).__name__
    if name == "<lambda>":
        kind = "lambda"
    raise DeclarationError(f"a {kind} has no name of its own; give it one: tool(name='x')(…)")


def refuse_lambda(function: AnyFunction) -> None:
    """Raise DeclarationError for a lambda that takes something, as it cannot say of which type."""
    code = getattr(function, "__code__", None)
    if getattr(function, "__name__", "") != "<lambda>" or code is None:
        return
    if code.co_argcount or code.co_kwonlyargcount:
        raise DeclarationError("a lambda cannot say the types of what it takes; write a def")


def refuse_method(function: AnyFunction) -> None:
    """Raise DeclarationError for a function in a class, which has no object to be called on."""
    if not inspect.isfunction(function):
        return
    if function.__code__.co_varnames[:1] not in (("self",), ("cls",)):
        return
    raise DeclarationError(
        "a method has no object to be called on; write below the class, at the top level:"
        f" {function.__name__} = tool(YourClass().{function.__name__})"
    )


def refuse_static(function: object) -> None:
    """Raise DeclarationError for `@tool` above what Python calls in classes alone.

    That is @classmethod, and @staticmethod before 3.10.
    """
    if isinstance(function, (staticmethod, classmethod)) and not callable(function):
        name = function.__func__.__name__
        raise DeclarationError(
            "what is in a class is not offered; write below the class, at the top level:"
            f" {name} = tool(YourClass.{name})"
        )


def refuse_wrapper(function: AnyFunction, names: Iterable[str]) -> None:
    """Raise DeclarationError for a wrapper that says it takes arguments which it does not.

    names: of the arguments that it will get; `functools.wraps` copies the signature of what is
        wrapped, whatever the wrapper takes
    """
    if "__wrapped__" not in getattr(function, "__dict__", {}):
        return
    if hasattr(function, "dispatch"):
        raise DeclarationError(
            "functools.singledispatch chooses by an argument without a name, and clients give"
            " names; write a def around it"
        )
    if isinstance(function, functools.partial):
        return  # whose own signature the names are of
    try:
        parameters = inspect.signature(function, follow_wrapped=False).parameters
    except (TypeError, ValueError):  # functools.lru_cache, which passes on what it gets
        return
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    for name in names:
        if name not in parameters:
            raise DeclarationError(
                f"the wrapper around it takes no argument named {name}; write in the decorator:"
                " def wrapper(*args, **kwargs)"
            )


def documentation_of(function: AnyFunction) -> str:
    """Return the docstring of a function without its indentation, or "".

    A method without one has that of the method which it replaces.
    """
    described: object = function
    if isinstance(function, functools.partial):
        described = underlying(function)  # a partial's own is that of functools.partial
    elif not inspect.isroutine(function) and not hasattr(function, "__wrapped__"):
        described = underlying(function)
    return inspect.getdoc(described) or ""


def is_asynchronous(function: AnyFunction) -> bool:
    """Whether a function, or the one that it is a wrapper of, is `async def`."""
    inner = underlying(function)
    return inspect.iscoroutinefunction(inner) or inspect.isasyncgenfunction(inner)


def carrier_of(function: AnyFunction) -> AnyFunction:
    """Return a function that can carry a Tool: the function itself, or one around it.

    A bound method cannot, and what is a tool already stays that one.
    """
    attributes = getattr(function, "__dict__", None)
    is_open = isinstance(attributes, dict) and not inspect.ismethod(function)
    if is_open and tool_of(function) is None:
        return function

    @functools.wraps(function)
    def carrier(*arguments: object, **keywords: object) -> object:
        return function(*arguments, **keywords)

    return carrier
