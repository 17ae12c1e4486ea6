"""One entry of a configuration: what its client starts, or why the client refuses it."""

import os
import re
from difflib import get_close_matches
from typing import Dict, List, NamedTuple, Optional, Tuple

from cwd_server.commands.check_file import Entry
from cwd_server.commands.client_files import Reader
from cwd_server.commands.findings import Finding, passed, problem, skipped, suspicion, warning
from cwd_server.commands.programs import hands_arguments_on
from cwd_server.commands.redaction import Redactor
from cwd_server.commands.variables import Expander, Expansion

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_REMOTE_FIELDS = ("url", "httpUrl", "serverUrl", "serverURL")
_REMOTE_TYPES = (
    "http",
    "sse",
    "streamable-http",
    "streamableHttp",
    "streamable_http",
    "remote",
    "ws",
)
_FIELDS = ("command", "args", "env", "cwd")
_KINDS = {
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    dict: "an object",
    list: "a list",
}


class Launch(NamedTuple):
    """A program as a client starts it: variables are replaced."""

    name: str
    written: List[str]  # its command line before variables are replaced
    command: str
    args: List[str]
    env: Dict[str, str]  # what the entry adds to the environment
    directory: str  # the one it starts in; an empty text where nobody knows
    fixed_directory: bool  # the entry names the directory, and the client honours it

    @property
    def argv(self) -> "List[str]":
        """The whole command line."""
        return [self.command, *self.args]


class Reading(NamedTuple):
    """What came of an entry: `launch` is None for one that its client does not start."""

    launch: Optional[Launch]
    findings: List[Finding]
    redactor: Redactor


def read_entry(entry: Entry, reader: Reader, environment: "Dict[str, str]") -> Reading:
    """Return what a client makes of an entry.

    `environment` is the one that the client replaces variables from.
    """
    parts, findings = _read_fields(entry, reader)
    if parts is None:
        redactor = _redactor_of(entry.value)
        return Reading(None, [_redacted(finding, redactor) for finding in findings], redactor)
    return _expand(entry, reader, parts, findings, environment)


def _redacted(finding: Finding, redactor: Redactor) -> Finding:
    return finding._replace(text=redactor.show(finding.text))


class _Parts(NamedTuple):
    command: str
    args: List[str]
    env: Dict[str, str]
    cwd: str


def _read_fields(entry: Entry, reader: Reader) -> "Tuple[Optional[_Parts], List[Finding]]":
    """Return the fields of an entry, or None and why its client does not start it."""
    value = entry.value
    if entry.switched_off:
        return None, [skipped(f"not started: {entry.switched_off}")]
    if not isinstance(value, dict):
        return None, [
            problem(
                f"its entry is {kind_of(value)}: it has to be an object with `command` and `args`"
            )
        ]
    if isinstance(value.get("transport"), dict):  # as Cline's own command writes it
        value = value["transport"]
    if _is_remote(value):
        return None, [skipped("remote server: there is nothing to start")]
    command, args, found = _command_and_args(value, reader)
    env, env_problems = _env(value, reader)
    cwd = value.get(reader.habits.cwd_field, value.get("cwd", ""))
    problems = found + env_problems
    if not isinstance(cwd, str):
        problems.append(problem(f"`cwd` is {kind_of(cwd)}: it has to be a string"))
    if any(each.kind == "problem" for each in problems):
        return None, problems
    return _Parts(command, args, env, str(cwd)), problems


def kind_of(value: object) -> str:
    """Return in words what kind of JSON a value is."""
    return "null" if value is None else _KINDS.get(type(value), "a date")


def _is_remote(value: "Dict[str, object]") -> bool:
    if any(field in value for field in _REMOTE_FIELDS):
        return True
    return value.get("type") in _REMOTE_TYPES and "command" not in value


def _command_and_args(
    value: "Dict[str, object]", reader: Reader
) -> "Tuple[str, List[str], List[Finding]]":
    """Return program and arguments, and what is wrong with their form."""
    command = value.get("command", value.get("cmd"))
    args = value.get("args", [])
    if command is None or command == "" or command == []:
        return "", [], [problem(_no_command(value))]
    if isinstance(command, list):
        if reader.name and not reader.habits.command_is_list:
            text = f"`command` is a list: {reader.title} takes a string, with the rest in `args`"
            return "", [], [problem(text)]
        command, args = command[0], command[1:] + (args if isinstance(args, list) else [])
    elif isinstance(command, str) and reader.habits.command_is_list:
        text = f'`command` is a string: {reader.title} takes a list, ["{command}", …]'
        return "", [], [problem(text)]
    if not isinstance(command, str):
        return "", [], [problem(f"`command` is {kind_of(command)}: it has to be a string")]
    if isinstance(args, str):
        words = ", ".join(f'"{word}"' for word in args.split()[:20])
        text = f"`args` is one string: write a list, [{words}]"
        return "", [], [problem(text)]
    if not isinstance(args, list):
        return "", [], [problem(f"`args` is {kind_of(args)}: it has to be a list of strings")]
    if not is_usable(command):
        return "", [], [problem("`command` has a character that no program's path has")]
    problems = _not_strings("args", args)
    if not problems:
        problems += _misspelt_fields(value)
    return command, [str(word) for word in args], problems


def _not_strings(field: str, words: "List[object]") -> "List[Finding]":
    for index, word in enumerate(words):
        if not isinstance(word, str):
            remedy = f'write "{word}"' if isinstance(word, (int, float)) else "write a string"
            text = f"{field}[{index}] is {kind_of(word)}, and has to be a string: {remedy}"
            return [problem(text)]
        if not is_usable(word):
            return [problem(f"{field}[{index}] has a character that no argument can have")]
    return []


def is_usable(word: str) -> bool:
    """Return whether the system takes a text as an argument: it has no NUL and is Unicode."""
    return "\0" not in word and not _LONE_SURROGATE.search(word)


def _no_command(value: "Dict[str, object]") -> str:
    for name in list(value)[:50]:
        if get_close_matches(name.lower()[:40], ["command"], 1, 0.8) and name != "command":
            return f"there is no `command`: `{name[:40]}` is not read"
    return "there is no `command`: name a program by its absolute path"


def _misspelt_fields(value: "Dict[str, object]") -> "List[Finding]":
    """Say which field is almost one that clients read, where that one is missing."""
    found = []
    for name in list(value)[:50]:
        close = get_close_matches(name.lower()[:40], _FIELDS, 1, 0.75)
        if name not in _FIELDS and close and close[0] not in value and name not in ("cmd", "envs"):
            found.append(
                suspicion(f"`{name[:40]}` is not read by clients: did you mean `{close[0]}`?")
            )
    return found


def _env(value: "Dict[str, object]", reader: Reader) -> "Tuple[Dict[str, str], List[Finding]]":
    """Return the environment of an entry, and what is wrong with its form, without any value."""
    findings: List[Finding] = []
    field = reader.habits.env_field
    for other in ("env", "environment", "envs"):
        if other not in value or other == field:
            continue
        if reader.name:
            findings.append(
                suspicion(f"`{other}` is not read by {reader.title}: its field is `{field}`")
            )
        elif field not in value:
            field = other
    env = value.get(field)
    if env is None:
        return {}, findings
    if not isinstance(env, dict):
        return {}, [problem(f"`{field}` is {kind_of(env)}: it has to be an object of strings")]
    for name, each in env.items():
        if not isinstance(each, str):
            shown = name[:60]
            text = (
                f"{field}.{shown} is {kind_of(each)}, and has to be a string: put it into quotes"
            )
            return {}, [problem(text)]
        if not name or "=" in name or "\0" in name + each:
            return {}, [
                problem(f"{field}.{name[:60]!r} cannot be a variable: a name has no = and no NUL")
            ]
    return dict(env), findings


def _redactor_of(value: object) -> Redactor:
    """Return what hides the secrets of an entry of any form."""
    secrets: List[str] = []
    words: List[str] = []
    if isinstance(value, dict):
        inner = value.get("transport")
        fields = inner if isinstance(inner, dict) else value
        for name in ("env", "environment", "envs", "headers"):
            found = fields.get(name)
            if isinstance(found, dict):
                secrets += map(str, found.values())
        for name in ("command", "cmd", "args"):
            words += _words_of(fields.get(name))
    return Redactor(secrets, words)


def _words_of(value: object) -> "List[str]":
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list):
        return [str(word) for word in value]
    return []


def _expand(
    entry: Entry,
    reader: Reader,
    parts: _Parts,
    findings: "List[Finding]",
    environment: "Dict[str, str]",
) -> Reading:
    """Replace the variables of an entry as its client does, and say what became of them."""
    workspace = entry.project or os.getcwd()
    expander = Expander(reader.habits.variables, environment, workspace)
    in_words = (
        Expander((), environment, workspace) if reader.habits.env_variables_only else expander
    )
    words = [in_words.expand(word) for word in [parts.command, *parts.args]]
    env = {name: expander.expand(value) for name, value in parts.env.items()}
    cwd = in_words.expand(parts.cwd)
    command, *args = [word.text for word in words]
    expanded_env = {name: value.text for name, value in env.items()}
    secrets = [*parts.env.values(), *expanded_env.values()]
    for word in words:
        secrets += word.secrets
    argv = [*parts.command.split(), *parts.args, command, *args]
    redactor = Redactor(secrets, argv)
    findings = list(findings)
    if hands_arguments_on(parts.command):  # a shell may replace what the client leaves
        words = [word._replace(left=()) for word in words]
    for expansion in [*words, cwd]:
        findings += _explain(expansion, reader)
    for name, expansion in env.items():
        findings += _explain_env(name, expansion, reader)
    directory, fixed = _directory(entry, reader, cwd.text)
    if parts.cwd:
        findings += _judge_cwd(cwd.text, reader, fixed)
    findings = [_redacted(finding, redactor) for finding in findings]
    if any(expansion.asked for expansion in [*words, cwd, *env.values()]):
        return Reading(None, findings, redactor)
    written = [parts.command, *parts.args]
    launch = Launch(entry.name, written, command, args, expanded_env, directory, fixed)
    return Reading(launch, findings, redactor)


def _explain(expansion: Expansion, reader: Reader) -> "List[Finding]":
    """Say what a client does with the variables of a word."""
    found = []
    for variable in expansion.asked:
        found.append(skipped(f"not started: {reader.title} asks its user for {variable}"))
    for variable in expansion.unset:
        found.append(problem(f"{variable} is not set here: {reader.title} cannot replace it"))
    for variable in expansion.left:
        found.append(_left(variable, reader))
    for variable in expansion.unknown:
        found.append(
            suspicion(f"{variable}: not every client replaces that: write what it stands for")
        )
    for variable in expansion.replaced:
        found.append(passed(f"{reader.title} replaces {variable} by its value"))
    for replacement in expansion.placed:
        found.append(passed(f"{reader.title} replaces {replacement}"))
    return found


def _left(variable: str, reader: Reader) -> Finding:
    if variable == "~":
        return problem("~ is not replaced by clients: write the home directory itself")
    if variable.startswith("%"):
        return problem(f"{variable} is not replaced by clients: write what it stands for")
    return problem(f"{reader.title} does not replace {variable}: write what it stands for")


def _explain_env(name: str, expansion: Expansion, reader: Reader) -> "List[Finding]":
    """Say what is wrong with a variable inside `env`, without its value."""
    found = []
    if expansion.asked:
        found.append(skipped(f"not started: {reader.title} asks its user for env.{name[:60]}"))
    if expansion.unset:
        found.append(problem(f"env.{name[:60]} needs {expansion.unset[0]}, which is not set here"))
    if expansion.unknown:
        found.append(warning(f"env.{name[:60]}: not every client replaces {expansion.unknown[0]}"))
    if expansion.left and expansion.left[0].startswith(("${", "{env:")):
        found.append(
            warning(f"env.{name[:60]}: {reader.title} hands {expansion.left[0]} on as it is")
        )
    return found


def _directory(entry: Entry, reader: Reader, cwd: str) -> "Tuple[str, bool]":
    """Return the directory that a server starts in, and whether the entry chose it."""
    start = ""
    if entry.project and (reader.habits.starts_in_project or not reader.name):
        start = entry.project
    if cwd and reader.habits.honours_cwd is not False:
        return os.path.join(start or os.path.abspath(os.sep), cwd), True
    return start, False


def _judge_cwd(cwd: str, reader: Reader, honoured: bool) -> "List[Finding]":
    if not honoured:
        return [
            suspicion(
                f"`cwd` is ignored by {reader.title}: say the directory in `args`, "
                "as --cwd DIR or as the server wants it"
            )
        ]
    if not os.path.isabs(cwd):
        return [suspicion(f"`cwd` is relative, {cwd}: write the absolute path")]
    if not os.path.isdir(cwd):
        return [problem(f"`cwd` is {cwd}, which is no directory: correct the path")]
    if reader.habits.honours_cwd is None:
        return [
            suspicion(
                "`cwd` is ignored by some clients, such as Claude Code: better say it in `args`"
            )
        ]
    return []
