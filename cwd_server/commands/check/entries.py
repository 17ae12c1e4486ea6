"""One entry of a configuration, as its client starts it: variables replaced, in its directory."""

import os
from typing import Dict, List, NamedTuple, Optional

from cwd_server.commands.check.entry_fields import (
    LONGEST_NAME_SHOWN,
    EntryError,
    Fields,
    fields_in,
    read_fields,
)
from cwd_server.commands.check.file import Entry
from cwd_server.commands.check.findings import (
    Finding,
    passed,
    problem,
    skipped,
    suspicion,
    warning,
)
from cwd_server.commands.check.programs import hands_arguments_on
from cwd_server.commands.check.redaction import Redactor
from cwd_server.commands.check.variables import Expander, Expansion
from cwd_server.commands.check.word_advice import judge_value
from cwd_server.commands.clients.readers import Reader


class ClientLaunch(NamedTuple):
    """A program as a client starts it."""

    name: str
    written: List[str]  # its command line before variables are replaced
    command: str
    args: List[str]
    env: Dict[str, str]  # what the entry adds to the environment
    directory: str  # the one it starts in; an empty text where nobody knows
    fixed_directory: bool  # the entry names the directory, and the client honours it
    is_explained: bool = False  # it was said already why its program cannot be found


class Reading(NamedTuple):
    """What came of an entry: `launch` is None for one that its client does not start."""

    launch: Optional[ClientLaunch]
    findings: List[Finding]
    redactor: Redactor


class _Expanded(NamedTuple):
    """The fields of an entry after the client replaced variables."""

    words: List[Expansion]
    env: Dict[str, Expansion]
    cwd: Expansion

    def asks(self) -> bool:
        """Return whether the client asks its user before it starts the entry."""
        parts = [*self.words, *self.env.values(), self.cwd]
        return any(part.asked for part in parts)


def read_entry(entry: Entry, reader: Reader, environment: "Dict[str, str]") -> Reading:
    """Return what a client makes of an entry.

    environment: where the client takes the values of variables from
    """
    try:
        fields = read_fields(entry, reader)
    except EntryError as refused:
        redactor = _redactor_of_any_form(fields_in(entry))
        return Reading(None, _redact([refused.finding], redactor), redactor)
    expanded = _expand(fields, entry, reader, environment)
    redactor = _redactor_of(fields, expanded)
    directory = _directory_of(entry, reader, expanded.cwd.text)
    findings = fields.findings + _explain_all(fields, expanded, reader)
    if fields.cwd:
        findings += _judge_cwd(expanded.cwd.text, reader, directory.is_fixed)
    findings = _redact(findings, redactor)
    if expanded.asks():
        return Reading(None, findings, redactor)
    command, *args = [word.text for word in expanded.words]
    env = {name: value.text for name, value in expanded.env.items()}
    written = [fields.command, *fields.args]
    first = expanded.words[0]
    launch = ClientLaunch(
        entry.name,
        written,
        command,
        args,
        env,
        directory.path,
        directory.is_fixed,
        is_explained=bool(first.left or first.unset),
    )
    return Reading(launch, findings, redactor)


def _redact(findings: "List[Finding]", redactor: Redactor) -> "List[Finding]":
    return [finding._replace(text=redactor.show(finding.text)) for finding in findings]


def _redactor_of_any_form(fields: "Dict[str, object]") -> Redactor:
    """Return what hides the secrets of an entry that its client refuses, whatever is in it."""
    secrets: List[str] = []
    words: List[str] = []
    for name in ("env", "environment", "envs", "headers"):
        found = fields.get(name)
        if isinstance(found, dict):
            secrets += map(str, found.values())
    for name in ("command", "cmd", "args"):
        found = fields.get(name)
        if isinstance(found, str):
            words += found.split()
        elif isinstance(found, list):
            words += map(str, found)
    return Redactor(secrets, words)


def _redactor_of(fields: Fields, expanded: _Expanded) -> Redactor:
    """Return what hides the secrets of an entry, as it is written and as it is started."""
    secrets = list(fields.env.values())
    argv = [*fields.command.split(), *fields.args]
    for value in expanded.env.values():
        secrets.append(value.text)
    for word in expanded.words:
        secrets += word.secrets
        argv.append(word.text)
    return Redactor(secrets, argv)


def _expand(
    fields: Fields, entry: Entry, reader: Reader, environment: "Dict[str, str]"
) -> _Expanded:
    """Replace variables as a client does."""
    workspace = entry.project or os.getcwd()
    in_env = Expander(reader.habits.variables, environment, workspace)
    elsewhere = in_env
    if reader.habits.env_variables_only:
        elsewhere = Expander((), environment, workspace)
    words = [elsewhere.expand(word) for word in [fields.command, *fields.args]]
    env = {name: in_env.expand(value) for name, value in fields.env.items()}
    return _Expanded(words, env, elsewhere.expand(fields.cwd))


def _explain_all(fields: Fields, expanded: _Expanded, reader: Reader) -> "List[Finding]":
    """Say what a client does with the variables of an entry."""
    findings: List[Finding] = []
    for word in [*expanded.words, expanded.cwd]:
        if hands_arguments_on(fields.command):  # a shell may replace what the client leaves
            word = word._replace(left=(), unknown=())
        findings += _explain(word, reader)
    for name, value in expanded.env.items():
        place = f"env.{name[:LONGEST_NAME_SHOWN]}"
        findings += _explain_env(place, value, reader)
        findings += judge_value(place, value.text)
    return findings


def _explain(expansion: Expansion, reader: Reader) -> "List[Finding]":
    """Say what a client does with the variables of a word."""
    who = reader.title
    found = []
    for variable in expansion.asked:
        found.append(skipped(f"not started: {who} asks its user for {variable}"))
    for variable in expansion.unset:
        found.append(problem(f"{variable} is not set here: {who} cannot replace it"))
    for variable in expansion.left:
        found.append(_explain_left(variable, who))
    for variable in expansion.unknown:
        remedy = "write what it stands for"
        found.append(suspicion(f"{variable}: not every client replaces that: {remedy}"))
    for variable in expansion.replaced:
        found.append(passed(f"{who} replaces {variable} by its value"))
    for replacement in expansion.placed:
        found.append(passed(f"{who} replaces {replacement}"))
    return found


def _explain_left(variable: str, who: str) -> Finding:
    if variable == "~":
        return problem("~ is not replaced by clients: write the home directory itself")
    if variable.startswith("%"):
        return problem(f"{variable} is not replaced by clients: write what it stands for")
    return problem(f"{who} does not replace {variable}: write what it stands for")


def _explain_env(place: str, expansion: Expansion, reader: Reader) -> "List[Finding]":
    """Say what is wrong with a variable inside `env`, without its value."""
    who = reader.title
    found = []
    if expansion.asked:
        found.append(skipped(f"not started: {who} asks its user for {place}"))
    if expansion.unset:
        found.append(problem(f"{place} needs {expansion.unset[0]}, which is not set here"))
    if expansion.unknown:
        found.append(warning(f"{place}: not every client replaces {expansion.unknown[0]}"))
    if expansion.left and expansion.left[0].startswith(("${", "{env:")):
        found.append(warning(f"{place}: {who} hands {expansion.left[0]} on as it is"))
    return found


class _Directory(NamedTuple):
    """Where a server starts, "" if nobody knows; fixed if the entry chose it."""

    path: str
    is_fixed: bool


def _directory_of(entry: Entry, reader: Reader, cwd: str) -> _Directory:
    start = ""
    if entry.project and (reader.habits.starts_in_project or not reader.name):
        start = entry.project
    if cwd and reader.habits.honours_cwd is not False:
        path = os.path.join(start or os.path.abspath(os.sep), cwd)
        return _Directory(path, is_fixed=True)
    return _Directory(start, is_fixed=False)


def _judge_cwd(cwd: str, reader: Reader, is_honoured: bool) -> "List[Finding]":
    """Say what is wrong with the directory that an entry names."""
    if not is_honoured:
        remedy = "say the directory in `args`, as --cwd DIR or as the server wants it"
        return [suspicion(f"`cwd` is ignored by {reader.title}: {remedy}")]
    if not os.path.isabs(cwd):
        return [suspicion(f"`cwd` is relative, {cwd}: write the absolute path")]
    if not os.path.isdir(cwd):
        return [problem(f"`cwd` is {cwd}, which is not a directory: correct the path")]
    if reader.habits.honours_cwd is None:
        who = "some clients, such as Claude Code"
        return [suspicion(f"`cwd` is ignored by {who}: better say it in `args`")]
    return []
