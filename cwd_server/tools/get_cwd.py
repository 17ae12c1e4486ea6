"""The tool get_cwd: which directory was this server started in?

A tool is a function under `@tool`. Its docstring tells the model when to call it, and what it
returns is the answer. A tool of your own needs no more than that: guide/tools.md begins with one.

This tool has more, since every client starts this server and some call it all the time. It writes
its output schema down, so that no module has to read it from types at each start; and it returns a
FixedResult, whose JSON is kept from one call to the next.
"""

import os

from cwd_server.toolkit import Result, ToolError, tool
from cwd_server.toolkit.call import FixedResult
from cwd_server.tools import directory
from cwd_server.tools.file_uri import WINDOWS, file_uri, without_long_path_prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Tuple

    from cwd_server.json_types import JSONObject
    from cwd_server.tools.directory import Choice, Surroundings

OUTPUT_SCHEMA: "JSONObject" = {
    "type": "object",
    "properties": {
        "cwd": {"type": "string", "description": "Absolute path of the directory"},
        "uri": {"type": "string", "description": "The same as a file: URI, byte for byte"},
        "source": {
            "type": "string",
            "enum": [directory.PROCESS, directory.OPTION, directory.TOOL],
            "description": "Who chose it: the client (process), --cwd, or a tool of this server",
        },
        "warnings": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Why it is probably not the directory that the user meant",
        },
    },
    "required": ["cwd", "uri", "source", "warnings"],
}


@tool(
    title="Current working directory",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    output_schema=OUTPUT_SCHEMA,
    threaded=False,  # it answers at once, so it needs no thread
)
def get_cwd() -> "FixedResult":
    """Gets the server's current working directory.

    This is the directory in which the client launched this server, or the one that --cwd in the
    client's configuration names; it is not necessarily the project the user is working on.
    There are no arguments.
    """
    try:
        raw = os.getcwdb()  # bytes: right in any locale
    except OSError as error:
        reason = f"Failed to get current directory: {error.strerror}"
        raise ToolError(
            f"{reason}. If it was deleted or renamed, restart this server, or {directory.remedy()}"
        ) from None
    key = (raw, directory.choice, directory.surroundings)
    answer = _last_answer.get(key)
    if answer is None:
        answer = FixedResult(_describe(raw, directory.source(), directory.surroundings))
        _last_answer.clear()
        _last_answer[key] = answer
    return answer


# The last answer alone, by all that it depends on: to look at the file system again takes six
# times as long.
_last_answer: "Dict[Tuple[bytes, Choice, Surroundings], FixedResult]" = {}


def _describe(raw: bytes, source: str, surroundings: "Surroundings") -> Result:
    """Return the answer for a directory, given in the file system's bytes."""
    name = raw
    if WINDOWS:
        name = without_long_path_prefix(raw)
    cwd = name.decode("utf-8", "replace")
    warnings = []
    for problem in directory.problems(os.fsdecode(raw), source, surroundings):
        warnings.append(f"this directory {problem}: {directory.remedy()}")
    content = ["Current Working Directory: " + cwd]
    for warning in warnings:
        content.append("Warning: " + warning)
    structured = {"cwd": cwd, "uri": file_uri(raw), "source": source, "warnings": warnings}
    return Result(content, structured)
