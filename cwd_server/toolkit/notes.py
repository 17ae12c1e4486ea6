"""What is right in a tool and may still go wrong: for its author, on a terminal and in `check`."""

from typing import List

from cwd_server.toolkit.annotations.conversions import as_object
from cwd_server.toolkit.docstring import parse_docstring
from cwd_server.toolkit.jsonschema.findings import closest
from cwd_server.toolkit.jsonschema.support import find_misspelt
from cwd_server.toolkit.tool import Tool

# What model providers take as a function's name:
# https://platform.openai.com/docs/api-reference/chat/create
# https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use
LONGEST_NAME = 64  # characters


def notes_on(tool: Tool) -> List[str]:
    """Return what an author may want to know of a tool, a line each, with its name in front."""
    said = []
    if not tool.definition.get("description"):
        said.append("no docstring: it is what tells a model when to call this")
    said += _notes_on_documentation(tool)
    said += _notes_on_name(tool.name)
    for keyword, name in (("inputSchema", "input_schema"), ("outputSchema", "output_schema")):
        schema = tool.definition.get(keyword)
        if isinstance(schema, dict):
            said += [str(problem) for problem in find_misspelt(schema, name)]
    return [f"{tool.name}: {note}" for note in said]


def _notes_on_documentation(tool: Tool) -> List[str]:
    """Return a note for each name that the docstring describes in a parameter's place."""
    if tool.signature is None:
        return []
    schema = as_object(tool.definition["inputSchema"])
    parameters = as_object(schema.get("properties", {}))
    described = parse_docstring(str(tool.definition.get("description", "")))
    undescribed = [name for name in parameters if name not in described]
    if not undescribed:
        return []
    notes = []
    for name in described:
        if name not in tool.signature.names:
            remedy = closest(name, undescribed)
            if not remedy:
                remedy = "; correct the name, or indent the line deeper if it goes on"
            notes.append(f"the docstring describes {name}, which is not a parameter{remedy}")
    return notes


def _notes_on_name(name: str) -> List[str]:
    notes = []
    for part in (".", "__"):
        if part in name:
            notes.append(
                f"some clients leave out tools with {part!r} in their name, without a word"
            )
    if len(name) > LONGEST_NAME:
        notes.append(f"some clients leave out tools with a name over {LONGEST_NAME} characters")
    return notes
