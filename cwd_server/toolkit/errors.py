"""How a tool fails, how a declaration of one fails, and what arguments that do not fit are."""

from cwd_server.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator, List, Sequence

    from cwd_server.toolkit.jsonschema.findings import Problem


class ToolError(Exception):
    """Raise it in a tool to fail with a reason that the model reads and can act on."""


class DeclarationError(UserError):
    """A tool is declared wrongly, or a tools file cannot be used: where, what, and what to do."""


class ArgumentsError(Exception):
    """The arguments of a call do not fit the tool's input schema; the text is for the model."""

    def __init__(self, text: str, problems: "Sequence[Problem]" = ()) -> None:
        super().__init__(text)
        self.problems: List[Problem] = list(problems)


def describe_failure(error: BaseException) -> str:
    """Return why a tool failed: what a ToolError says, and of any other exception its type too.

    A group, such as asyncio.TaskGroup raises, is followed by the exceptions in it. One of
    ToolErrors alone is what they say.
    """
    members = list(_members_of(error))
    described = "; ".join(_describe_one(member) for member in members)
    if error in members or all(isinstance(member, ToolError) for member in members):
        return described
    return f"{_describe_one(error)}: {described}"


def _members_of(error: BaseException) -> "Iterator[BaseException]":
    """Yield the exceptions in a group, and in the groups in it; any other one alone."""
    pending = [error]
    while pending:
        member = pending.pop(0)
        inner = _exceptions_in(member)
        if inner:
            pending = [*inner, *pending]
        else:
            yield member


def _exceptions_in(error: BaseException) -> "Sequence[BaseException]":
    """Return what is in a group, but not in the groups in it; nothing of any other exception."""
    # By the name of the attribute, as Python 3.6 to 3.10 have no groups of their own
    try:
        inner = getattr(error, "exceptions", None)
    except Exception:  # of a property
        return ()
    if isinstance(inner, tuple) and inner and isinstance(inner[0], BaseException):
        return inner
    return ()


def _describe_one(error: BaseException) -> str:
    try:
        said = [str(error), *getattr(error, "__notes__", ())]
        reason = "\n".join(text for text in said if text)
    except Exception:
        reason = "it cannot say why"
    if isinstance(error, ToolError):
        return reason or "the tool failed, and does not say why"
    if not reason:
        return type(error).__name__
    if isinstance(error, EOFError) and reason == "EOF when reading a line":  # of input()
        reason += "; a tool has nobody to ask: take what it needs as a parameter"
    return f"{type(error).__name__}: {reason}"
