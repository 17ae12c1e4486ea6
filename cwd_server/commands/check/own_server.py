"""The server of this program alone: started as a client starts it, in each of its dialects."""

import os
from typing import Dict, Iterator, List, Optional

from cwd_server.commands.check.conversation import DIALECTS, Conversation, Dialect, ServerFacts
from cwd_server.commands.check.findings import (
    PROBLEM,
    Finding,
    ServerReport,
    of_kind,
    problem,
    warning,
)
from cwd_server.commands.check.probe import Limits, Server, WaitNotice
from cwd_server.commands.check.processes import ProcessGroups
from cwd_server.commands.check.redaction import Redactor
from cwd_server.commands.check.servers import inherited_environment
from cwd_server.commands.options import CommandOptions
from cwd_server.commands.terminal import escape_line
from cwd_server.errors import UserError
from cwd_server.toolkit.notes import notes_on


def check_dialects(
    argv: "List[str]",
    groups: ProcessGroups,
    limits: Limits,
    on_wait: WaitNotice,
    facts: ServerFacts,
) -> "Iterator[ServerReport]":
    """Start this server in the root directory, without a PATH, and speak each dialect with it."""
    for dialect in DIALECTS:
        findings = list(_talk(dialect, argv, groups, limits, on_wait, facts))
        yield ServerReport(dialect.title, findings)
        if of_kind(findings, PROBLEM):
            return


def _talk(
    dialect: Dialect,
    argv: "List[str]",
    groups: ProcessGroups,
    limits: Limits,
    on_wait: WaitNotice,
    facts: ServerFacts,
) -> "Iterator[Finding]":
    env: Dict[str, str] = inherited_environment()
    env.pop("PATH", None)  # of an app from the desktop it is another one
    root = os.path.abspath(os.sep)
    try:
        server = Server(groups, argv, env, root, limits, on_wait)
    except OSError as error:
        yield problem(f"it cannot be started: {error.filename or argv[0]}: {error.strerror}")
        return
    with server:
        yield from list(Conversation(dialect, Redactor(()), facts).hold(server))


def describe_directory(facts: ServerFacts, cwd: "Optional[str]") -> str:
    """Say which directory clients get, or how many tools if there is no get_cwd."""
    if facts.directory is None:
        return f"clients get {', '.join(facts.tools[:5]) or 'no tools'}"
    answered = escape_line(str(facts.directory.get("cwd")))
    if cwd is not None:
        return f"clients get the directory {answered}, as --cwd says"
    return f"clients get the directory they start it in (here {answered}); --cwd DIR names another"


def judge_directory(facts: ServerFacts, cwd: "Optional[str]") -> "Iterator[Finding]":
    """Say why a directory that --cwd names is probably not the one that was meant."""
    if cwd is not None:
        for text in facts.directory_warnings():
            yield warning(escape_line(text))


def judge_tools(options: CommandOptions) -> "Iterator[Finding]":
    """Say what may go wrong with the user's own tools, as their author is told on a terminal."""
    try:
        tools = options.offering.tools
    except UserError:  # why they cannot be loaded was said by the server that was started
        return
    for tool in tools:
        for note in notes_on(tool):
            yield warning(f"tool {escape_line(note)}")
