"""`call`: a tool without a client."""

import contextlib
import json
import sys
from typing import Any

from cwd_server.tools import directory
from cwd_server.commands.legacy import META, fail, find
from cwd_server.protocol.session import Session
from cwd_server.toolkit.call import run_call
from cwd_server.transport.stdio import log_exception


def add_arguments(parser: Any) -> None:
    """Take the tool and its arguments."""
    parser.add_argument("name")
    parser.add_argument("arguments", metavar="key=value", nargs="*", default=(), help="JSON, if not a string")
    parser.add_argument("--json", metavar="OBJECT", nargs="?", const="{}", help="more arguments")


def run(options: Any) -> int:
    """Call a tool as a client's request would; print its text blocks, or with --json the result."""
    params = dict(META, name=options.name, arguments=_arguments(options))
    if options.cwd is not None:
        directory.change_directory(options.cwd)
    session = Session(options.offering)
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    received = session.receive(json.dumps(request).encode("ascii"))
    for call in received.calls:
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for the answer
            outcome = run_call(call, log_exception)
        received.lines += session.finish(call, outcome)
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
    schema = find("tool", options.name, {tool.name: tool.definition["inputSchema"] for tool in options.offering.tools})
    arguments = None
    with contextlib.suppress(ValueError):
        arguments = json.loads(options.json or "{}")
    if not isinstance(arguments, dict):
        fail("--json %s: not a JSON object" % options.json)
    for word in options.arguments:
        name, equals, value = word.partition("=")
        if not equals:
            fail("%s: not of the form key=value" % word)
        if not schema.get("properties", {name: {}}):
            fail("%s: %s takes no arguments" % (name, options.name), 1)
        arguments[name] = value
        if schema.get("properties", {}).get(name, {}).get("type") != "string":
            with contextlib.suppress(ValueError):  # the check of the arguments finds what should not be a string
                arguments[name] = json.loads(value)
    return arguments
