"""A server whose tools show what get_cwd cannot: run as `python tests/fixtures.py FOLDER_OR_ARCHIVE`.

The argument says where to import cwd_server from, so that the same tools run on the source and on
the built file. Imported, it offers TOOLS, SERVER_INFO and INSTRUCTIONS for a session of one's own.
"""

import os
import sys

if __name__ == "__main__":
    sys.path[0] = os.path.abspath(sys.argv[1])

import cwd_server
from cwd_server.app import Offering
from cwd_server.protocol.session import Session
from cwd_server.toolkit import ToolError
from cwd_server.toolkit.errors import ArgumentsError
from cwd_server.toolkit.jsonschema import checker as jsonschema
from cwd_server.toolkit.tool import Tool
from cwd_server.transport import stdio

INSTRUCTIONS = "These tools are for tests."
ICON = {"src": "https://example.com/icon.png", "mimeType": "image/png", "sizes": ["48x48"]}
SERVER_INFO = {
    "name": "fixtures",
    "title": "Fixtures",
    "version": "1",
    "description": "A server for tests",
    "websiteUrl": "https://example.com/",
    "icons": [ICON],
}
HINTS = {"audience": ["user"], "priority": 0.5, "lastModified": "2025-01-12T15:00:58Z"}
BLOCKS = [
    {"type": "text", "text": "text", "annotations": HINTS, "_meta": {"example.com/a": 1}},
    {"type": "image", "data": "AAAA", "mimeType": "image/png"},
    {"type": "audio", "data": "AAAA", "mimeType": "audio/wav"},
    {"type": "resource_link", "uri": "file:///a", "name": "a", "icons": [ICON]},
    {
        "type": "resource",
        "resource": {"uri": "file:///b", "text": "b", "_meta": {"example.com/b": 2}},
    },
]
USERS = [{"name": "Alice"}, {"name": "Bob"}]
NO_ARGUMENTS = {"type": "object", "properties": {}, "additionalProperties": False}


def _text(value):
    return {"content": [{"type": "text", "text": value}]}


class HandedCall:
    """The signature of a function that is handed its call and returns a whole `CallToolResult`."""

    def __init__(self, input_schema):
        self.input_schema = input_schema
        self.takes_arguments = input_schema is not NO_ARGUMENTS

    def prepare(self, call):
        problems = jsonschema.Checker(self.input_schema).problems(
            call.arguments, self.input_schema
        )
        if problems:
            raise ArgumentsError("; ".join(str(problem) for problem in problems))
        return {"call": call}

    def to_result(self, value):
        return value


def _tool(function, threaded=False, **definition):
    """Return a tool that is handed its call and returns a whole `CallToolResult`."""
    described = {
        "name": function.__name__,
        "description": function.__doc__,
        "inputSchema": NO_ARGUMENTS,
    }
    described.update(definition)
    signature = HandedCall(described["inputSchema"])
    return Tool(function, described, threaded, signature=signature)


def add(call):
    """Add two integers."""
    total = call.arguments["a"] + call.arguments["b"]
    return dict(_text(str(total)), structuredContent={"total": total})


def blocks(call):
    """Return a content block of every type."""
    return {"content": BLOCKS}


def users(call):
    """Return a list as structured content."""
    return dict(_text("Alice, Bob"), structuredContent=USERS)


def fail(call):
    """Fail with a reason."""
    raise ToolError("The disk is full")


def crash(call):
    """Raise an exception that nobody foresaw."""
    raise KeyError("surprise")


def garble(call):
    """Return what JSON cannot say."""
    return {"content": [{"type": "text", "text": {1, 2}}]}


def surrogate(call):
    """Return text that is not Unicode: half an emoji, a whole one, and a backslash before what looks like half."""
    return _text("\ud83d, \U0001f600, \\ud83d")


def count(call):
    """Report progress, also with steps that do not grow."""
    for done, message in ((1, "one"), (1, "again"), (0.5, "back"), (2, None)):
        call.progress(done, 2, message)
    return _text("counted")


def wait(call):
    """Wait until cancelled."""
    return _text("cancelled" if call.sleep(60) else "not cancelled")


TOOLS = [
    _tool(
        add,
        title="Add",
        icons=[ICON],
        inputSchema={
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
        outputSchema={"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"]},
        annotations={"readOnlyHint": True},
        _meta={"example.com/team": "tests"},
    ),
    _tool(users, outputSchema={"type": "array", "items": {"type": "object"}}),
    _tool(blocks), _tool(fail), _tool(crash), _tool(garble), _tool(surrogate),
    _tool(count, threaded=True), _tool(wait, threaded=True),
]  # fmt: skip


def offering():
    """Return what is offered."""
    return Offering(TOOLS, SERVER_INFO, INSTRUCTIONS, has_user_tools=False)


def session(report_bug=stdio.log_exception):
    """Return a session that offers the fixtures."""
    return Session(offering(), report_bug)


if __name__ == "__main__":
    if not os.path.abspath(cwd_server.__file__).startswith(sys.path[0]):
        sys.exit("cwd_server comes from %s, not from %s" % (cwd_server.__file__, sys.path[0]))
    sys.exit(stdio.serve(session))
