"""What can be said of one word of a command line, or of one variable, by how it is written."""

import re
from typing import Iterator, List, Tuple

from cwd_server.commands.check.findings import Finding, suspicion, warning
from cwd_server.commands.check.programs import (
    CODE_FOLLOWS,
    PACKAGE_RUNNERS,
    base_name,
    hands_arguments_on,
)

LONGEST_SHOWN = 60  # characters of a word

_IN_QUOTES = re.compile(
    "([\"']).*\\1|[\u2018\u201c\u201e\u00ab].*[\u2019\u201c\u201d\u00bb]", re.DOTALL
)
_OPTION_AND_VALUE = re.compile(r"--?[A-Za-z][\w-]{0,40}[ \t]+\S")
_OPERATORS = ("|", "||", "&&", "&", ";", ">", ">>", "<", "2>&1", "2>", "2>/dev/null")
_TAKE_NO_BLANKS = PACKAGE_RUNNERS | {"uv", "npm", "pnpm", "yarn", "bun", "deno"}
_FROM_AN_EXAMPLE = re.compile(
    r"""
      [/\\]path[/\\]to\b
    | absolute[ _/\\-]*path
    | <[\w .-]{0,20}(your|path|user|name|dir|folder|key|token|project)[\w .-]{0,20}>
    | [/\\](your|my)?[-_]?user[-_]?name(?=[/\\])
    | [/\\]your[-_ ]
    | ^command_or_url$
    """,
    re.IGNORECASE | re.VERBOSE,
)
_EXAMPLE_OF_A_VALUE = re.compile(
    r"""
      <[A-Za-z][^<>]{0,60}>
    | (your|insert|paste|enter|replace)[-_ ].{0,60}
    | .{0,40}[-_ ]here
    | (sk-|ghp_)?(x{4,}|\.{3}|\u2026)
    | changeme
    """,
    re.IGNORECASE | re.VERBOSE,
)


def judge_words(command: str, args: "List[str]") -> "Iterator[Finding]":
    """Say which words of a command line are written as for a shell, or taken from an example."""
    for word in [command, *[word for _, word in _without_code(args)]]:
        found = _FROM_AN_EXAMPLE.search(word)
        if found is not None:
            shown = found.group()
            yield suspicion(f"{_show(word)} is from an example ({shown}): write your own")
    if not hands_arguments_on(command):
        yield from _judge_arguments(base_name(command), args)


def _judge_arguments(name: str, args: "List[str]") -> "Iterator[Finding]":
    previous = ""
    for index, word in _without_code(args):
        place = f"args[{index}]"
        is_value = previous.startswith("-")  # of an option, which may be any text
        previous = word
        if word in _OPERATORS and not is_value:
            remedy = "only a shell takes it, such as sh with -c"
            yield suspicion(f"{place} is {word}, which is handed on as it is: {remedy}")
            return  # what follows belongs to it
        if has_stray_marks(word) and ("/" in word or "\\" in word):
            yield suspicion(f"{place} has quotes or blanks around its text: leave them out")
        elif _OPTION_AND_VALUE.match(word) or (index == 0 and _holds_several(name, word)):
            first = _show(word.split()[0])  # the rest may be secret
            remedy = f'write "{first}", and the rest as texts of their own'
            yield suspicion(f"{place} is one argument with blanks in it: {remedy}")


def _without_code(args: "List[str]") -> "Iterator[Tuple[int, str]]":
    """Yield arguments with their places, but for programs and texts of several lines."""
    previous = ""
    for index, word in enumerate(args):
        if previous not in CODE_FOLLOWS and "\n" not in word:
            yield index, word
        previous = word


def has_stray_marks(word: str) -> bool:
    """Whether quotes or blanks are around a word, which a shell would take away."""
    return bool(word.strip()) and (word != word.strip() or bool(_IN_QUOTES.fullmatch(word)))


def _holds_several(name: str, word: str) -> bool:
    """Whether the first argument of a program that takes a word there has more than one."""
    return name in _TAKE_NO_BLANKS and " " in word.strip() and "/" not in word.split()[0]


def judge_value(place: str, value: str) -> "Iterator[Finding]":
    """Say that the value of a variable is one from an example; it is not shown."""
    if _EXAMPLE_OF_A_VALUE.fullmatch(value):
        yield warning(f"{place} looks like an example's: write your own value")


def _show(word: str) -> str:
    if len(word) <= LONGEST_SHOWN:
        return word
    return word[: LONGEST_SHOWN - 1] + "\N{HORIZONTAL ELLIPSIS}"
