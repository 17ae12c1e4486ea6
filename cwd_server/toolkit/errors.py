"""How a tool fails, how a declaration of one fails, and what arguments that do not fit are."""

from cwd_server.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Sequence

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
