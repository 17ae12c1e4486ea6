"""Text of others, made safe to show: no secrets, no control characters, no endless lines."""

import itertools
import json
import re
from typing import Iterable, Iterator, List, Sequence, Set
from urllib.parse import unquote

from cwd_server.commands.check.programs import base_name
from cwd_server.commands.terminal import escape_line

HIDDEN = "\u2026"
SHORTEST_IN_WORDS = 4  # characters; a shorter secret is hidden only where it stands alone
LONGEST_COMPARED = 200  # characters; of a longer secret, the rest of the line is hidden as well
LONGEST_SEARCHED = 20000  # characters of a text, in which secrets are looked for
MOST_SECRETS = 2000  # of an entry that has more, no text is shown at all
LONGEST_SHOWN = 300  # characters of one line
HEAD_SHOWN = 180  # of them from its beginning, where something is left out

# Options, and names in NAME=VALUE and "Name: value", whose value nobody else should see
_SECRET_NAME = re.compile(
    r"""
      token | secret | credential | auth | bearer | cookie | session | connection[-_]?str
    | passw | passphrase | pwd
    | (?:^|[-_.]) key | (?:api|account|access)key   # not monkey
    | -pat$                                         # a personal access token: not --path
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ENVIRONMENT_OPTIONS = ("-e", "--env", "--build-arg")
_HEADER_OPTIONS = ("-H", "--header", "--headers")
_USER_PART = re.compile(r"[A-Za-z][\w+.-]{0,30}://([^/\s@?#]{1,1000})@")
_QUERY_VALUE = re.compile(r"[?&;]([^=&?;#\s]{1,100})=([^&;#\s]+)")
_VARIABLE_ALONE = re.compile(r"\$\{[^{}]{1,200}\}|\{env:[^{}]{1,200}\}|\$\w{1,200}|%\w{1,200}%")


class Redactor:
    """Hides the secrets of one entry: values of its environment, and those in its arguments."""

    def __init__(self, values: "Iterable[str]", argv: "Sequence[str]" = ()) -> None:
        secrets: Set[str] = set()  # in every spelling
        for value in itertools.chain(values, _secret_arguments(argv)):
            if value not in secrets:
                secrets.update(filter(_is_secret, _spellings(value)))
            if len(secrets) > MOST_SECRETS:
                break
        self._longest = max(map(len, secrets), default=0)
        self._too_many = len(secrets) > MOST_SECRETS
        self._pattern = None
        if secrets and not self._too_many:
            self._pattern = _pattern_of(secrets)

    def show(self, text: str) -> str:
        """Return a text as it may be printed: without secrets, on one line of bounded length."""
        if self._too_many:
            return HIDDEN
        if len(text) > LONGEST_SEARCHED:
            text = self._without_middle(text)
        if self._pattern is not None:
            text = self._pattern.sub(HIDDEN, text)
        text = escape_line(hide_url_users(text))
        if len(text) > LONGEST_SHOWN:  # the end of a message tells what to do
            text = text[:HEAD_SHOWN] + HIDDEN + text[HEAD_SHOWN + 1 - LONGEST_SHOWN :]
        return text

    def _without_middle(self, text: str) -> str:
        """Return the head and the tail of a text, without what may be parts of a secret."""
        kept = max(0, LONGEST_SEARCHED // 2 - self._longest)
        if not kept:
            return HIDDEN
        return text[:kept] + HIDDEN + text[-kept:]


def hide_url_users(text: str) -> str:
    """Return a text without the user and password of its URLs."""
    return _USER_PART.sub(
        lambda found: found.group().replace(found.group(1) + "@", HIDDEN + "@"), text
    )


def _secret_arguments(argv: "Sequence[str]") -> "Iterator[str]":
    """Yield the secrets of a command line: behind --token, in NAME=VALUE, headers and URLs."""
    previous = ""
    behind_env = False
    before_program = False  # where env takes variables
    for word in argv:
        parts = word[:LONGEST_SEARCHED].split()
        name, equals, value = word.partition("=")
        if base_name(word) == "env":
            behind_env = before_program = True
        elif not equals and not previous.startswith("-") and not word.startswith("-"):
            before_program = False
        # A text of several words may be a command line, and begin with variables
        is_variable = before_program or (behind_env and len(parts) > 1)
        if equals and (is_variable or previous in _ENVIRONMENT_OPTIONS or names_a_secret(name)):
            yield value
        yield from _secrets_of_joined(word)
        if equals and ";" in value:  # of databases: Server=NAME;Password=VALUE
            yield from _secrets_of_fields(word)
        if _takes_secret(previous) and not word.startswith("-"):
            yield word
        header, colon, content = word.partition(":")
        if colon and (previous in _HEADER_OPTIONS or _names_secret(header, content)):
            yield from content.split()
        yield from _secrets_of_url(word)
        # An option and its value in one, or a command line for a shell, as far as it may be shown
        if len(parts) > 1:
            yield from _secret_arguments(parts)
        previous = word


def _secrets_of_joined(word: str) -> "Iterator[str]":
    """Yield what stands in one word with an option: of -eA=B, --env=A=B, --header=A: B."""
    option, _, rest = word.partition("=")
    if option in _ENVIRONMENT_OPTIONS:
        yield rest.partition("=")[2]
    elif option in _HEADER_OPTIONS:
        yield from rest.partition(":")[2].split()
    elif word.startswith("-e"):
        yield rest
    elif word.startswith("-H"):
        yield from word.partition(":")[2].split()


def _secrets_of_fields(word: str) -> "Iterator[str]":
    for field in word.split(";", MOST_SECRETS):
        name, _, value = field.partition("=")
        if names_a_secret(name):
            yield value.strip(" \"'")


def names_a_secret(name: str) -> bool:
    """Return whether a variable, option or header has a name whose value is secret."""
    return bool(_SECRET_NAME.search(name))


def _names_secret(header: str, content: str) -> bool:
    """Return whether "NAME: value" is one whose value is secret, and no path or URL."""
    return names_a_secret(header) and not content.startswith(("\\", "/"))


def _takes_secret(option: str) -> bool:
    """Return whether the word behind an option is a secret."""
    return option.startswith("-") and "=" not in option and names_a_secret(option)


def _secrets_of_url(word: str) -> "Iterator[str]":
    for found in _USER_PART.finditer(word):
        yield found.group(1)
        yield from found.group(1).split(":", 1)[1:]
    if "://" in word:
        for found in _QUERY_VALUE.finditer(word):
            if names_a_secret(found.group(1)):
                yield found.group(2)


def _spellings(secret: str) -> "Iterator[str]":
    """Yield a secret as programs repeat it: line by line, inside JSON or repr(), decoded."""
    for part in [secret, *secret.split("\n", MOST_SECRETS)]:
        yield part
        yield part.strip()
        yield json.dumps(part)[1:-1]
        yield json.dumps(part, ensure_ascii=False)[1:-1]
        yield repr(part)[1:-1]
        yield unquote(part)


def _is_secret(text: str) -> bool:
    """Return whether a value is to be hidden: a variable that nobody replaced says nothing."""
    return bool(text) and not _VARIABLE_ALONE.fullmatch(text)


def _pattern_of(secrets: "Iterable[str]") -> "re.Pattern[str]":
    """Return a pattern for any of the secrets, the longest first."""
    alternatives: List[str] = []
    for secret in sorted(secrets, key=len, reverse=True):
        escaped = re.escape(secret[:LONGEST_COMPARED])
        if len(secret) > LONGEST_COMPARED:
            escaped += ".*"  # comparing all of it everywhere could take quadratic time
        if len(secret) < SHORTEST_IN_WORDS:
            escaped = rf"(?<!\w){escaped}(?!\w)"
        alternatives.append(escaped)
    return re.compile("|".join(alternatives))
