"""Variables inside an entry: which a client replaces, and by what."""

import os
import re
from typing import Dict, List, NamedTuple, Optional, Tuple

from cwd_server.commands.check.redaction import names_a_secret
from cwd_server.commands.clients.habits import (
    BRACES,
    DEFAULTS,
    DOLLAR,
    ENV_BRACES,
    ENV_COLON,
    INPUT,
    WORKSPACE,
)

MOST_VARIABLES = 5  # of one kind in a word that are told of

_VARIABLE = re.compile(
    r"""
      \$\{ (?P<braced> [^{}$]{1,200} ) \}        # ${V}, ${V:-d}, ${env:V}, ${workspaceFolder}
    | \{env: (?P<env> [^{}$]{1,200} ) \}         # {env:V}
    | \$ (?P<bare> [A-Za-z_]\w{0,200} )          # $V
    """,
    re.VERBOSE,
)
# As shells and Windows write them: no client was seen to replace these in arguments
_SHELL_ONLY = re.compile(r"^~(?=/|\\|$)|%[A-Z][A-Z0-9_()]{2,60}%")
_EDITOR_NAMES = (
    "workspaceFolder",
    "workspaceRoot",
    "workspaceFolderBasename",
    "userHome",
    "cwd",
    "pathSeparator",
    "/",
)


class Expansion(NamedTuple):
    """A text after the client's replacing, and what there is to say of its variables."""

    text: str
    unset: Tuple[str, ...] = ()  # variables that the client replaces, and that have no value
    left: Tuple[str, ...] = ()  # what this client does not replace
    unknown: Tuple[str, ...] = ()  # what nobody saw this client replace
    asked: Tuple[str, ...] = ()  # what the client asks its user for
    replaced: Tuple[str, ...] = ()  # by the value of a variable
    secrets: Tuple[str, ...] = ()  # values of variables whose names say that they are secret
    placed: Tuple[str, ...] = ()  # by a folder: what was written, and what it stands for


class Expander:
    """Replaces variables as one client does.

    spellings: those that the client knows; None if nobody saw it replace any
    environment: where it takes the values from
    workspace: the folder that is open in it, or an empty text
    """

    def __init__(
        self, spellings: "Optional[Tuple[str, ...]]", environment: "Dict[str, str]", workspace: str
    ) -> None:
        self._spellings = spellings
        self._environment = environment
        self._workspace = workspace

    def expand(self, text: str) -> Expansion:
        """Return what a client makes of a text; linear in its length."""
        found = _Found()

        def replace(match: "re.Match[str]") -> str:
            return self._replace(match, found)

        expanded = _VARIABLE.sub(replace, text)
        for match in _SHELL_ONLY.finditer(text):
            _note(found.left, match.group())
        return Expansion(
            expanded,
            tuple(found.unset),
            tuple(found.left),
            tuple(found.unknown),
            tuple(found.asked),
            tuple(found.replaced),
            tuple(found.secrets),
            tuple(found.placed),
        )

    def _replace(self, match: "re.Match[str]", found: "_Found") -> str:
        variable = _parse(match)
        spelling = variable.spelling
        if self._spellings is None or spelling not in self._spellings:
            # A lone $ is more often part of a text or a pattern
            if spelling != DOLLAR or _begins_a_path(match, variable.name):
                _note(self._not_replaced(found), match.group())
            return match.group()
        if spelling == INPUT:
            _note(found.asked, match.group())
            return match.group()
        value = self._value(spelling, variable.name)
        if value is None:
            value = variable.default
        if value is None:
            _note(found.unset, match.group())
            return match.group()
        if spelling == WORKSPACE:
            _note(found.placed, f"{match.group()} by {value}")
        else:
            _note(found.replaced, match.group())
            if names_a_secret(variable.name):
                found.secrets.append(value)
        return value

    def _not_replaced(self, found: "_Found") -> "List[str]":
        if self._spellings is None:
            return found.unknown
        return found.left

    def _value(self, spelling: str, name: str) -> "Optional[str]":
        if spelling != WORKSPACE:
            return self._environment.get(name)
        if name == "userHome":
            return os.path.expanduser("~")
        if name in ("pathSeparator", "/"):
            return os.sep
        if name == "workspaceFolderBasename":
            return os.path.basename(self._workspace) or None
        return self._workspace or None


def _begins_a_path(match: "re.Match[str]", name: str) -> bool:
    following = match.string[match.end() : match.end() + 1]
    return match.start() == 0 and name.isupper() and following in ("", "/", "\\")


class _Found:
    """Lists of variables, each of them once, and not many."""

    def __init__(self) -> None:
        self.unset: List[str] = []
        self.left: List[str] = []
        self.unknown: List[str] = []
        self.asked: List[str] = []
        self.replaced: List[str] = []
        self.placed: List[str] = []
        self.secrets: List[str] = []


def _note(variables: "List[str]", variable: str) -> None:
    if len(variables) < MOST_VARIABLES and variable not in variables:
        variables.append(variable)


class _Variable(NamedTuple):
    """A variable as it is written: `${NAME:-default}` is spelt DEFAULTS."""

    spelling: str
    name: str
    default: Optional[str] = None


def _parse(match: "re.Match[str]") -> _Variable:
    if match.group("env") is not None:
        return _Variable(ENV_BRACES, match.group("env"))
    if match.group("bare") is not None:
        return _Variable(DOLLAR, match.group("bare"))
    inside = match.group("braced")
    if inside.startswith("env:"):
        return _Variable(ENV_COLON, inside[len("env:") :])
    if inside.startswith(("input:", "command:")):
        return _Variable(INPUT, inside)
    if inside in _EDITOR_NAMES:
        return _Variable(WORKSPACE, inside)
    name, has_default, default = inside.partition(":-")
    if has_default:
        return _Variable(DEFAULTS, name, default)
    return _Variable(BRACES, name)
