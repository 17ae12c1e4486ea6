"""The servers of a configuration: first judged as they stand there, then started and spoken to."""

import errno
import os
import subprocess
from typing import Dict, Iterator, List, NamedTuple, Tuple

from cwd_server.commands.check.advice import advise
from cwd_server.commands.check.conversation import (
    HANDSHAKE,
    Conversation,
    ServerFacts,
    try_discover,
)
from cwd_server.commands.check.entries import ClientLaunch, Reading, read_entry
from cwd_server.commands.check.file import Configuration, Entry
from cwd_server.commands.check.findings import (
    PROBLEM,
    Finding,
    ServerReport,
    of_kind,
    problem,
    skipped,
    warning,
)
from cwd_server.commands.check.probe import Limits, Server, WaitNotice
from cwd_server.commands.check.processes import ProcessGroups
from cwd_server.commands.check.programs import is_python
from cwd_server.commands.check.redaction import Redactor
from cwd_server.commands.clients.names import judge_name

OLDEST_PYTHON = (3, 6)  # that a server may run on; this one does
MOST_WARNINGS = 3  # of one get_cwd, which may be anybody's
PYTHON_TIMEOUT = 10  # seconds for a Python to tell its version

# What official clients hand on of their environment: get_default_environment of the Python
# library, getDefaultEnvironment of the TypeScript one
INHERITED_POSIX = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER")
INHERITED_WINDOWS = (
    "APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PATHEXT",
    "PROCESSOR_ARCHITECTURE", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERNAME", "USERPROFILE",
)  # fmt: skip


class Plan(NamedTuple):
    """A server, judged without starting it; `program` is empty if it is not to be started."""

    entry: Entry
    reading: Reading
    program: str
    findings: List[Finding]

    @property
    def launch(self) -> ClientLaunch:
        """What is started; only for a plan with a program."""
        launch = self.reading.launch
        if launch is None:
            raise ValueError("a plan without a program has nothing to start")
        return launch


def inherited_environment() -> "Dict[str, str]":
    """Return what official clients hand on of the environment."""
    names: Tuple[str, ...] = INHERITED_POSIX
    if os.name == "nt":
        names = INHERITED_WINDOWS
    return {name: os.environ[name] for name in names if name in os.environ}


def plan_servers(configuration: Configuration) -> "List[Plan]":
    """Judge every server of a configuration, and start none."""
    return [_plan(configuration, entry) for entry in configuration.entries]


def _plan(configuration: Configuration, entry: Entry) -> Plan:
    reader = configuration.reader
    reading = read_entry(entry, reader, dict(os.environ))
    if reading.launch is None:
        return Plan(entry, reading, "", reading.findings)
    launch = reading.launch
    path = launch.env.get("PATH", os.environ.get("PATH", os.defpath))
    near = [entry.project, os.path.dirname(os.path.abspath(configuration.path)), os.getcwd()]
    advice = advise(launch, path, [folder for folder in near if folder], reader.title)
    show = reading.redactor.show
    findings = [warning(text) for text in judge_name(entry.name)] + reading.findings
    findings += [finding._replace(text=show(finding.text)) for finding in advice.findings]
    program = advice.program
    if program and of_kind(findings, PROBLEM):
        findings.append(skipped("not started: there is a problem already"))
        program = ""
    return Plan(entry, reading, program, findings)


def probe(plan: Plan, groups: ProcessGroups, limits: Limits, on_wait: WaitNotice) -> ServerReport:
    """Start a server as its client does, and return all that was found about it."""
    if not plan.program:
        return ServerReport(plan.entry.name, plan.findings)
    findings = plan.findings + list(_talk(plan, groups, limits, on_wait))
    return ServerReport(plan.entry.name, findings)


def _talk(
    plan: Plan, groups: ProcessGroups, limits: Limits, on_wait: WaitNotice
) -> "Iterator[Finding]":
    facts = ServerFacts()
    redactor = plan.reading.redactor
    try:
        with _start(plan, groups, limits, on_wait) as server:
            found = list(Conversation(HANDSHAKE, redactor, facts).hold(server))
    except (OSError, ValueError) as error:
        yield problem(
            f"it cannot be started: {redactor.show(_explain_start(error, plan.program))}"
        )
        return
    if of_kind(found, PROBLEM):
        yield from _judge_python(plan)
        yield from found
        return
    yield from found
    yield from _judge_directory(facts, redactor)
    try:
        server = _start(plan, groups, limits, on_wait)
    except OSError:  # gone within a second; there is nothing to say of it
        return
    with server:
        yield try_discover(server, facts.start_seconds + limits.discover, redactor)


def _start(plan: Plan, groups: ProcessGroups, limits: Limits, on_wait: WaitNotice) -> Server:
    launch = plan.launch
    env = {**inherited_environment(), **launch.env}
    directory = launch.directory or os.path.abspath(os.sep)
    return Server(groups, [plan.program, *launch.args], env, directory, limits, on_wait)


def _explain_start(error: Exception, program: str) -> str:
    if isinstance(error, OSError):
        if error.errno == errno.ENOEXEC:
            return f"{program} is not a program of this system; a script begins with #!"
        if error.errno == errno.E2BIG:
            return "its arguments and environment are longer than this system takes"
        return f"{error.filename or program}: {error.strerror}"
    return str(error)


def _judge_directory(facts: ServerFacts, redactor: Redactor) -> "Iterator[Finding]":
    """Say of a server like this one why its directory is probably not the one that was meant."""
    for text in facts.directory_warnings()[:MOST_WARNINGS]:
        yield warning(f"get_cwd warns: {redactor.show(text)}")


def _judge_python(plan: Plan) -> "Iterator[Finding]":
    """Say that the Python which runs a server that failed is an old one."""
    program, redactor = plan.program, plan.reading.redactor
    if not is_python(program):
        return
    env = {**inherited_environment(), **plan.launch.env}
    test = f"import sys; sys.exit(10 if sys.version_info < {OLDEST_PYTHON!r} else 0)"
    try:
        status = subprocess.call(
            [program, "-I", "-S", "-c", test],
            env=env,
            cwd=os.path.abspath(os.sep),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PYTHON_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    oldest = ".".join(map(str, OLDEST_PYTHON))
    if status in (2, 10):  # 2: it does not even know -I
        yield problem(f"{redactor.show(program)} is older than Python {oldest}: name a newer one")
