"""JSON Schemas as revisions before 2026-07-28 want them: of objects with objects as properties."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cwd_server.json_types import JSONObject

_DEFINITIONS = ("$defs", "definitions")
_AT_THE_ROOT = (*_DEFINITIONS, "$schema")  # keywords that stay where they are looked for
_DATA = ("const", "default", "enum", "examples")  # keywords whose value is no schema


def without_booleans(schema: object) -> object:
    """Return a schema with objects in place of `true` and `false` among its properties."""
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        return schema
    properties: JSONObject = {}
    for name, value in schema["properties"].items():
        properties[name] = value
        if value is True:
            properties[name] = {}
        elif value is False:
            properties[name] = {"not": {}}
    return {**schema, "properties": properties}


def wrap(schema: object, name: str) -> "JSONObject":
    """Return the schema of an object whose only member, `name`, satisfies `schema`.

    Definitions stay at the root, where references look for them.
    """
    wrapper: JSONObject = {"type": "object"}
    inner: JSONObject = {}
    moved = _move_references(schema, f"#/properties/{name}")
    if isinstance(moved, dict):
        for keyword, value in moved.items():
            if keyword in _AT_THE_ROOT:
                wrapper[keyword] = value
            else:
                inner[keyword] = value
    wrapper["properties"] = {name: inner}
    wrapper["required"] = [name]
    return wrapper


def _move_references(schema: object, root: str) -> object:
    """Return a schema whose references to the root, or into it, find what is now `root`."""
    if isinstance(schema, list):
        return [_move_references(item, root) for item in schema]
    if not isinstance(schema, dict):
        return schema
    moved: JSONObject = {}
    for keyword, value in schema.items():
        if keyword == "$ref" and isinstance(value, str):
            moved[keyword] = _move_reference(value, root)
        elif keyword in _DATA:
            moved[keyword] = value
        else:
            moved[keyword] = _move_references(value, root)
    return moved


def _move_reference(reference: str, root: str) -> str:
    if reference == "#":
        return root
    if not reference.startswith("#/"):
        return reference  # an anchor, or another document
    if reference.split("/")[1] in _DEFINITIONS:
        return reference
    return root + reference[1:]
