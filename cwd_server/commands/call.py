"""`call`: a tool without a client, run and checked as it is while serving."""

import argparse
import contextlib
import json
import os
import queue
import shlex
import sys
import threading
from typing import TYPE_CHECKING, Iterator, List, NoReturn, Optional, Sequence, TextIO

from cwd_server import location
from cwd_server.commands.errors import UsageError
from cwd_server.commands.options import CommandOptions
from cwd_server.commands.terminal import print_safely
from cwd_server.commands.tool_text import describe_signature, parameters_of
from cwd_server.json_types import JSONObject
from cwd_server.toolkit.call import Failure, FixedResult, ToolCall, run_call, text_block
from cwd_server.toolkit.loading.stdio_guard import stdio_as_served
from cwd_server.toolkit.tool import Tool
from cwd_server.tools import directory
from cwd_server.transport.log import log, log_exception, show_logging
from cwd_server.wording import did_you_mean, shorten

if TYPE_CHECKING:
    from cwd_server.toolkit.call import Outcome


class CallOptions(CommandOptions):
    """What `call` is asked for.

    words: the tool's name, key=value, and objects in JSON, in any order
    words_behind_json: what argparse took for the value of a --json
    json: whether the whole result is to be printed
    """

    words: List[str]
    words_behind_json: List[str]
    json: bool


class _JsonOption(argparse.Action):
    """--json: with an object behind it more arguments, else what asks for the whole result.

    In `call --json get_cwd` argparse takes the tool's name for what --json is about: it is kept
    among the other words.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: Optional[str] = None,
    ) -> None:
        if isinstance(values, str):
            namespace.words_behind_json = [*namespace.words_behind_json, values]
        if not _is_json(values):
            namespace.json = True


class _HelpOption(argparse.Action):
    """--help: of this command, or behind a tool's name of that tool."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: Optional[str] = None,
    ) -> NoReturn:
        name = Invocation(namespace.words).name
        if name is None or not isinstance(namespace, CommandOptions):
            parser.print_help()
        else:
            print_safely(_help_of(find_tool(name, namespace.offering.tools), namespace.tools))
        sys.exit(0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the tool and its arguments."""
    parser.add_argument(
        "words",
        metavar="TOOL key=value",
        nargs="*",
        default=[],
        help="the tool, and its arguments",
    )
    parser.add_argument(
        "--json", nargs="?", metavar="OBJECT", action=_JsonOption, default=False,
        help="print the whole result as JSON; with an OBJECT: take that as arguments",
    )  # fmt: skip
    parser.add_argument(
        "-h",
        "--help",
        nargs=0,
        action=_HelpOption,
        help="show this, or behind TOOL what that takes",
    )
    parser.set_defaults(words_behind_json=[])


def run(options: CallOptions) -> int:
    """Call a tool and print its answer; return 1 if the tool failed."""
    invocation = Invocation([*options.words_behind_json, *options.words])
    if options.cwd is not None:
        directory.change_directory(options.cwd)
    tool = find_tool(invocation.name, options.offering.tools)
    if invocation.stray is not None:
        raise UsageError(
            f"{invocation.stray}: not of the form key=value; {_how_to_call(tool, options.tools)}"
        )
    if options.verbose:
        show_logging()
    call = ToolCall(tool, invocation.arguments)
    if invocation.arguments and not tool.takes_arguments:
        raise UsageError(f"{tool.name} takes no arguments")
    with _answer_stream() as answer:
        outcome = carry_out(call)
        result = result_of(outcome)
        if options.json:
            print(json.dumps(result, indent=2), file=answer)
        elif result["isError"]:
            print_result(result, sys.stderr)
        else:
            print_result(result, answer)
    return int(bool(result["isError"]))


class Invocation:
    """Which tool the words of a command line name, and its arguments.

    A value stays text here, as a model may send it: it becomes JSON where the tool's schema
    takes no text.

    name: of the tool, or None
    arguments: what is for the tool
    stray: the first word that is neither, or None
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.name: Optional[str] = None
        self.arguments: JSONObject = {}
        self.stray: Optional[str] = None
        pairs: JSONObject = {}
        for word in words:
            key, equals, value = word.partition("=")
            if _is_json(word):
                self.arguments.update(_parse_object(word))
            elif equals and key:
                if key in pairs:
                    raise UsageError(f"{key} is given twice; for a list: {key}='[1, 2]'")
                pairs[key] = value
            elif self.name is None:
                self.name = word
            elif self.stray is None:
                self.stray = word
        self.arguments.update(pairs)


def _is_json(word: object) -> bool:
    """Whether a word is meant as JSON, be it right or wrong."""
    return isinstance(word, str) and word.startswith(("{", "[", '"'))


def _parse_object(text: str) -> JSONObject:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError(f"--json {shorten(text)}: not a JSON object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def find_tool(name: Optional[str], tools: Sequence[Tool]) -> Tool:
    """Return the tool of a name; raise UsageError that lists those there are."""
    names = [tool.name for tool in tools]
    if name in names:
        return tools[names.index(name)]
    there_are = f"there are: {', '.join(names)}"
    if name is None:
        raise UsageError(f"which tool? {there_are}")
    if name.endswith(".py"):
        raise UsageError(f"no tool '{name}': to offer the tools of a file, add --tools {name}")
    raise UsageError(f"no tool '{name}'{did_you_mean(name, names)}; {there_are}")


def _help_of(tool: Tool, files: Sequence[str]) -> str:
    """Return what one has to know to call a tool."""
    lines = [describe_signature(tool.definition)]
    description = str(tool.definition.get("description", ""))
    if description:
        lines += ["", description]
    parameters = parameters_of(tool.definition)
    if parameters:
        lines += ["", "parameters:"]
    for parameter in parameters:
        needed = ""
        if parameter.required:
            needed = " (required)"
        lines.append(f"  {parameter}{needed}")
        if parameter.description:
            lines.append(f"      {parameter.description}")
    lines += ["", _how_to_call(tool, files)]
    return "\n".join(lines)


def _how_to_call(tool: Tool, files: Sequence[str]) -> str:
    """Return the command that calls a tool of these tools files."""
    required = [parameter for parameter in parameters_of(tool.definition) if parameter.required]
    values = "".join(f" {parameter.name}=…" for parameter in required)
    program = location.program_name()
    for file in files:
        program += f" --tools {shlex.quote(file)}"
    return f"to call it: {program} call {tool.name}{values}"


def carry_out(call: ToolCall) -> "Outcome":
    """Carry out a call where it is while serving: here, on a thread, or on the event loop."""
    call.on_progress = _print_progress
    if not (call.tool.threaded or call.tool.is_async):
        return run_call(call, log_exception)
    outcomes: queue.Queue[Outcome] = queue.Queue()
    if call.tool.is_async:
        from cwd_server.transport.event_loop import EventLoop

        loop = EventLoop(log_exception, log)
        loop.start(call, lambda _, outcome: outcomes.put(outcome))
    else:
        work = threading.Thread(
            target=lambda: outcomes.put(run_call(call, log_exception)), daemon=True
        )
        work.start()
    try:
        return outcomes.get()
    except KeyboardInterrupt:
        call.cancel()
        with contextlib.suppress(queue.Empty):
            outcomes.get(timeout=0.5)  # seconds to clean up, as at the end of serving
        raise


def _print_progress(
    call: ToolCall, done: float, total: Optional[float], message: Optional[str]
) -> None:
    said = f"{done:g}"
    if total is not None:
        said += f"/{total:g}"
    if message is not None:
        said += f" {message}"
    print_safely(said, sys.stderr)


def result_of(outcome: "Outcome") -> JSONObject:
    """Return the `CallToolResult` of the newest revision for what came of a call."""
    if isinstance(outcome, Failure):
        return {"content": [text_block(outcome.reason)], "isError": True}
    if isinstance(outcome, FixedResult):
        outcome = outcome.result
    return {**outcome, "isError": False}


def print_result(result: JSONObject, stream: TextIO) -> None:
    """Print the content of a result as text, or what else there is of it."""
    blocks = result["content"]
    if isinstance(blocks, list):
        for block in blocks:
            print_safely(_describe_block(block), stream)
    if not blocks and "structuredContent" in result:
        print(json.dumps(result["structuredContent"], indent=2), file=stream)


def _describe_block(block: JSONObject) -> str:
    kind = block.get("type")
    if kind == "text":
        return str(block["text"])
    if kind in ("image", "audio"):
        return f"[{block['mimeType']}, {_size_of(str(block['data']))}]"
    if kind == "resource_link":
        return f"[{block['name']}: {block['uri']}]"
    resource = block.get("resource")
    if isinstance(resource, dict):
        return _describe_resource(resource)
    return json.dumps(block)


def _describe_resource(resource: JSONObject) -> str:
    if "text" in resource:
        return str(resource["text"])
    kind = resource.get("mimeType", "application/octet-stream")
    return f"[{resource['uri']}: {kind}, {_size_of(str(resource.get('blob', '')))}]"


def _size_of(data: str) -> str:
    """Return how much base64 stands for."""
    size = len(data) * 3 // 4 - data[-2:].count("=")
    return f"{size:,} bytes"


@contextlib.contextmanager
def _answer_stream() -> Iterator[TextIO]:
    """Give a stream that is stdout, while whatever else writes there writes to stderr."""
    out = sys.stdout
    out.flush()
    descriptor = os.dup(out.fileno())
    with open(
        descriptor, "w", encoding=out.encoding, errors=out.errors
    ) as answer, stdio_as_served():
        yield answer
