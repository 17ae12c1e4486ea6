"""`list` and `call`: the tools without a client."""

import contextlib
import json
import sys
from typing import Any

from cwd_server.tools import directory
from cwd_server.commands.cli import META, fail, find
from cwd_server.protocol.session import Session
from cwd_server.transport.stdio import failure_of


def run_list(options: Any) -> int:
    """Print a line for each tool and each of its arguments, or all there is as JSON."""
    definitions = [tool.definition for tool in options.offered[0]]
    if options.json:
        print(json.dumps({"tools": definitions}, indent=2))
        return 0
    for definition in definitions:
        print("%s  %s" % (definition["name"], definition.get("description", "").partition("\n")[0]))
        for name, schema in definition["inputSchema"].get("properties", {}).items():
            print("  %s=%s  %s" % (name, schema.get("type", "JSON"), schema.get("description", "")))
    return 0


def run_call(options: Any) -> int:
    """Call a tool as a client's request would; print its text blocks, or with --json the result."""
    params = dict(META, name=options.name, arguments=_arguments(options))
    if options.cwd is not None:
        directory.change_directory(options.cwd)
    session = Session(*options.offered)
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    received = session.receive(json.dumps(request).encode("ascii"))
    for call in received.calls:
        try:
            with contextlib.redirect_stdout(sys.stderr):  # stdout is for the answer
                received.lines += session.finish(call, call.tool.run(call))
        except (Exception, SystemExit) as error:
            received.lines += session.finish(call, None, failure_of(error))
    answer = json.loads(received.lines[-1])
    if "error" in answer:
        fail(answer["error"]["message"], 1)
    result, failed = answer["result"], answer["result"]["isError"]
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        for block in result["content"]:
            print(block.get("text") or json.dumps(block)[:200], file=sys.stderr if failed else sys.stdout)
    return 1 if failed else 0


def _arguments(options: Any) -> Any:
    """Return the arguments that the words on the command line make."""
    schema = find("tool", options.name, {tool.name: tool.definition["inputSchema"] for tool in options.offered[0]})
    arguments = None
    with contextlib.suppress(ValueError):
        arguments = json.loads(options.json or "{}")
    if not isinstance(arguments, dict):
        fail("--json %s: not a JSON object" % options.json)
    for word in options.arguments:
        name, equals, value = word.partition("=")
        if not equals:
            fail("%s: not of the form key=value" % word)
        arguments[name] = value
        if schema.get("properties", {}).get(name, {}).get("type") != "string":
            with contextlib.suppress(ValueError):  # the check of the arguments finds what should not be a string
                arguments[name] = json.loads(value)
    return arguments
