"""`list` and `call`: the tools without a client."""

import contextlib
import json
import sys
from typing import Any

from cwd_server import jsonrpc, protocol, tools
from cwd_server.commands import fail, say, unknown
from cwd_server.revisions import MODERN_REVISIONS
from cwd_server.stdio import failure_of


def run_list(options: Any) -> int:
    """Print a line for each tool and each of its arguments, or all there is as JSON."""
    definitions = [tool.definition for tool in options.offered[0]]
    if options.json:
        say(json.dumps({"tools": definitions}, indent=2))
        return 0
    for definition in definitions:
        say("%s  %s" % (definition["name"], definition.get("description", "").partition("\n")[0]))
        for name, schema in definition["inputSchema"].get("properties", {}).items():
            say("  %s=%s  %s" % (name, schema.get("type", "JSON"), schema.get("description", "")))
    return 0


def run_call(options: Any) -> int:
    """Call a tool as a client's request would; print its text blocks, or with --json the result."""
    request = _request(options)
    try:
        if options.cwd is not None:
            tools.change_directory(options.cwd)
    except ValueError as error:
        fail(str(error))
    answer = _answer(options, request)
    if "error" in answer:
        fail(answer["error"]["message"], 1)
    result, failed = answer["result"], answer["result"]["isError"]
    if options.json:
        say(json.dumps(result, indent=2))
    else:
        for block in result["content"]:
            say(block.get("text") or json.dumps(block)[:200], sys.stderr if failed else sys.stdout)
    return 1 if failed else 0


def _answer(options: Any, request: Any) -> Any:
    session = protocol.Session(*options.offered)
    received = session.receive(jsonrpc.encode(request).encode("ascii"))
    for call in received.calls:
        result, failure = None, ""
        try:
            with contextlib.redirect_stdout(sys.stderr):  # stdout is for the answer
                result = call.tool.run(call)
        except (Exception, SystemExit) as error:
            failure = failure_of(error)
        received.lines += session.finish(call, result, failure)
    return json.loads(received.lines[-1])


def _request(options: Any) -> "dict[str, Any]":
    """Return the request that the words on the command line make."""
    schemas = {tool.name: tool.definition["inputSchema"].get("properties", {}) for tool in options.offered[0]}
    if options.name not in schemas:
        fail("no tool" + unknown(options.name, schemas))
    arguments = _value(options.json or "{}", {})
    if not isinstance(arguments, dict):
        fail("--json %s: not a JSON object" % options.json)
    for word in options.arguments:
        name, equals, value = word.partition("=")
        if not equals:
            fail("%s: not of the form key=value" % word)
        arguments[name] = _value(value, schemas[options.name].get(name, {}))
    meta = {protocol.VERSION_KEY: MODERN_REVISIONS[-1], protocol.CAPABILITIES_KEY: {}}
    params = {"name": options.name, "arguments": arguments, "_meta": meta}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def _value(text: str, schema: "dict[str, Any]") -> Any:
    """Return what `text` says in JSON, or itself; the check of the arguments finds what should not be a string."""
    with contextlib.suppress(ValueError):
        return text if schema.get("type") == "string" else json.loads(text)
    return text
