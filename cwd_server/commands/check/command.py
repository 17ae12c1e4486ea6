"""`check`: start servers as a client does, speak with them, and say what is wrong with them."""

import argparse
import os
import sys
from typing import List

from cwd_server.commands.check.conversation import ServerFacts
from cwd_server.commands.check.file import Configuration, read_configuration
from cwd_server.commands.check.file_text import show_path
from cwd_server.commands.check.findings import PROBLEM, ServerReport, of_kind, skipped, warning
from cwd_server.commands.check.own_server import (
    check_dialects,
    describe_directory,
    judge_directory,
    judge_tools,
)
from cwd_server.commands.check.probe import Limits
from cwd_server.commands.check.processes import ProcessGroups, ending_on_signals
from cwd_server.commands.check.report import count, first_line, print_reports, style_of_stdout
from cwd_server.commands.check.servers import Plan, plan_servers, probe
from cwd_server.commands.clients.table import CLIENTS
from cwd_server.commands.errors import UsageError
from cwd_server.commands.launch import launch_command
from cwd_server.commands.options import CommandOptions
from cwd_server.commands.terminal import escape_line
from cwd_server.wording import shorten

LIMITS = Limits()
DECLINED = "not started: nobody said yes"
SHOWN_COMMANDS = 20  # of a file whose servers somebody is asked about


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `check`."""
    parser.add_argument(
        "file",
        nargs="?",
        help="a client's configuration, JSON or TOML: its servers are started, and spoken to. "
        "Without FILE, this server is checked",
    )
    parser.add_argument(
        "--client",
        metavar="NAME",
        help="the client that reads FILE; otherwise by its name and place",
    )
    parser.add_argument("--static", action="store_true", help="judge FILE, and start nothing")
    parser.add_argument(
        "--yes", action="store_true", help="start the servers of a project's file without asking"
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help=f"how long to wait for an answer (default {LIMITS.answer:g}, as official clients do)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 86400:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds, such as 30")
    return seconds


def run(options: CommandOptions) -> int:
    """Check this server, or those of a file; return 1 if there is a problem, else 0."""
    limits = LIMITS
    if options.timeout is not None:
        limits = limits._replace(answer=options.timeout)
    if options.file is not None:
        return _check_file(options, limits)
    for option in ("client", "static", "yes"):
        if getattr(options, option):
            raise UsageError(f"--{option} says how to check a FILE: name one")
    return _check_own(options, limits)


def _check_own(options: CommandOptions, limits: Limits) -> int:
    launch = launch_command(
        options.tools, options.cwd, options.packed is not None, reload=options.reload
    )
    facts = ServerFacts()
    with ending_on_signals(), ProcessGroups() as groups:
        reports = list(check_dialects(launch.argv, groups, limits, _print_wait, facts))
    remarks = [warning(text) for text in launch.warnings]
    remarks += judge_directory(facts, options.cwd)
    if options.tools or options.packed:
        remarks += judge_tools(options)
    reports.insert(0, ServerReport("", remarks))
    directory = describe_directory(facts, options.cwd)
    line = first_line(reports, directory)
    if remarks and directory not in line:
        line = f"{line}; {directory}"
    return _print_all(reports, line)


def _check_file(options: CommandOptions, limits: Limits) -> int:
    _refuse_what_is_no_file(options.file)
    configuration = read_configuration(options.file, options.client)
    plans = plan_servers(configuration)
    started = [plan for plan in plans if plan.program]
    if options.static:
        reason = "not started: --static"
    elif not _may_start(configuration, started, options.yes):
        reason = DECLINED
    else:
        reason = ""
    reports = [ServerReport("", configuration.findings)]
    with ending_on_signals(), ProcessGroups() as groups:
        for plan in plans:
            if reason and plan.program:
                reports.append(ServerReport(plan.entry.name, [*plan.findings, skipped(reason)]))
            else:
                _print_progress(plan)
                reports.append(probe(plan, groups, limits, _print_wait))
    well = _describe(configuration, plans, reason)
    line = first_line(reports, well)
    if reason == DECLINED:
        line = f"Nothing was started, only read. {line}"
    status = _print_all(reports, line)
    if started and not reason:
        print(f"Started what {show_path(configuration.path)} names; --static starts nothing.")
    return status


def _refuse_what_is_no_file(word: str) -> None:
    """Raise UsageError for a client's name, or a tools file, where a client's file belongs."""
    if word.endswith(".py"):
        raise UsageError(f"{word}: not a client's file; to check its tools: check --tools {word}")
    if word in CLIENTS and not os.path.lexists(word):
        where = "`config` lists the clients' files"
        if CLIENTS[word].user is not None:
            where = f"its file is {CLIENTS[word].user_file()}"
        raise UsageError(f"{word}: a client, not a file; {where}")


def _describe(configuration: Configuration, plans: "List[Plan]", not_started: str) -> str:
    number = len([plan for plan in plans if plan.program])
    who = "clients"
    if configuration.reader.name:
        who = configuration.reader.title
    if not number:
        return "no server of this file is to be started"
    if not_started:
        return f"{count(number, 'server')}, {not_started}"
    return f"{count(number, 'server')}, started as {who} would"


def _print_all(reports: "List[ServerReport]", line: str) -> int:
    """Print a first line, and everything that was found; return the exit status."""
    style = style_of_stdout()
    print(line)
    print_reports(reports, style)
    for report in reports:
        if of_kind(report.findings, PROBLEM):
            return 1
    return 0


def _may_start(configuration: Configuration, started: "List[Plan]", yes: bool) -> bool:
    """Ask, on a terminal, before the servers of a file are started that is not the user's own."""
    if yes or not started or configuration.is_users_own or not _on_a_terminal():
        return True
    path = show_path(configuration.path)
    print(f"check starts what {path} names, as its client would:", file=sys.stderr)
    for plan in started[:SHOWN_COMMANDS]:
        command = plan.reading.redactor.show(" ".join(plan.launch.written))
        print(f"  {shorten(escape_line(plan.entry.name), 40)}: {command}", file=sys.stderr)
    if len(started) > SHOWN_COMMANDS:
        print(f"  and {len(started) - SHOWN_COMMANDS} more", file=sys.stderr)
    print("Start them? [y/N] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip().lower()
    return answer in ("y", "yes")


def _on_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _print_progress(plan: Plan) -> None:
    if plan.program and sys.stderr.isatty():
        print(f"starting {shorten(escape_line(plan.entry.name), 40)}", file=sys.stderr)


def _print_wait(method: str, timeout: float) -> None:
    print(
        f"still waiting for an answer to {method}, for {timeout:.3g} s at most",
        file=sys.stderr,
    )
