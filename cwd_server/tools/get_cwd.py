"""The tool get_cwd: a function under `@tool`, which `cwd_server.toolkit` explains."""

import os

from cwd_server.tools import directory
from cwd_server.toolkit import Result, ToolError, tool

_known: "dict[bytes, Result]" = {}  # the last directory and the answer for it: most calls ask again


@tool(
    title="Current working directory",
    threaded=False, read_only=True, destructive=False, idempotent=True, open_world=False,
    output_schema={
        "type": "object",
        "properties": {
            "cwd": {"type": "string", "description": "Absolute path of the directory"},
            "uri": {"type": "string", "description": "The same as a file: URI, byte for byte"},
            "source": {"enum": ["process", "--cwd"], "description": "Who chose it: the client, or --cwd"},
            "warnings": {
                "type": "array", "items": {"type": "string"},
                "description": "Why it is probably not the directory that the user meant",
            },
        },
        "required": ["cwd", "uri", "source", "warnings"],
    },
)  # fmt: skip
def get_cwd() -> Result:
    """Gets the server's current working directory.

    This is the directory in which the client launched this server, or the one that --cwd in the
    client's configuration names; it is not necessarily the project the user is working on.
    There are no arguments.
    """
    try:
        raw = os.getcwdb()  # bytes: right in any locale
    except OSError as error:
        failure = "Failed to get current directory: %s. If it was deleted or renamed, restart this server, or %s"
        raise ToolError(failure % (error.strerror, directory.remedy())) from None
    if raw not in _known:
        _known.clear()
        cwd = raw.decode("utf-8", "replace")
        warnings = ["this directory %s: %s" % (problem, directory.remedy()) for problem in directory.problems(os.fsdecode(raw))]
        blocks = ["Current Working Directory: " + cwd] + ["Warning: " + warning for warning in warnings]
        _known[raw] = Result(blocks, {"cwd": cwd, "uri": directory.file_uri(raw), "source": directory.source, "warnings": warnings})
    return _known[raw]
