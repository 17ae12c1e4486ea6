"""JSON Schemas as revisions before 2026-07-28 want them: of objects with objects as properties."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cwd_server.json_types import JSONObject

_DEFINITIONS = ("$defs", "definitions")
_AT_THE_ROOT = (*_DEFINITIONS, "$schema", "$id")  # keywords that stay where they are looked for
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
    if isinstance(schema, dict):
        moved = _Mover(str(schema.get("$id", "")), f"#/properties/{name}").move_in(schema)
        for keyword, value in moved.items():
            if keyword in _AT_THE_ROOT:
                wrapper[keyword] = value
            else:
                inner[keyword] = value
    wrapper["properties"] = {name: inner}
    wrapper["required"] = [name]
    return wrapper


class _Mover:
    """Moves references to the root of a schema, or into it, to where that is now.

    base: the schema's own address, which may stand before the # of a reference
    place: where the root is now, as #/properties/result
    """

    def __init__(self, base: str, place: str) -> None:
        self._base = base.partition("#")[0]
        self._place = place

    def move(self, schema: object) -> object:
        """Return a schema with references that are moved."""
        if isinstance(schema, list):
            return [self.move(item) for item in schema]
        if isinstance(schema, dict):
            return self.move_in(schema)
        return schema

    def move_in(self, schema: "JSONObject") -> "JSONObject":
        """Do the same for a schema that is an object."""
        moved: JSONObject = {}
        for keyword, value in schema.items():
            if keyword == "$ref" and isinstance(value, str):
                moved[keyword] = self._move_reference(value)
            elif keyword in _DATA:
                moved[keyword] = value
            else:
                moved[keyword] = self.move(value)
        return moved

    def _move_reference(self, reference: str) -> str:
        address, _, fragment = reference.partition("#")
        if address not in ("", self._base):
            return reference  # another document
        if fragment == "":
            return self._place
        if not fragment.startswith("/") or fragment.split("/")[1] in _DEFINITIONS:
            return f"#{fragment}"  # an anchor, or a definition, which stay where they are
        return self._place + fragment
