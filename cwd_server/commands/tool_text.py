"""A tool as one reads it: `greet(name: string, times: integer = 1)`."""

import json
from typing import Dict, List, NamedTuple, Optional

from cwd_server.json_types import JSONObject

MAX_CHOICES = 8  # of an enum, that are shown


class Parameter(NamedTuple):
    """A parameter of a tool.

    name, type: as one reads them
    default: as JSON, or None where there is none
    required: whether a call has to have it
    description: what the tool says of it, in one line
    """

    name: str
    type: str
    default: Optional[str]
    required: bool
    description: str

    def __str__(self) -> str:
        if self.default is not None:
            return f"{self.name}: {self.type} = {self.default}"
        if self.required:
            return f"{self.name}: {self.type}"
        return f"{self.name}?: {self.type}"


def describe_signature(definition: JSONObject) -> str:
    """Return a tool's name and parameters."""
    parameters = ", ".join(str(parameter) for parameter in parameters_of(definition))
    return f"{definition['name']}({parameters})"


def first_line(definition: JSONObject) -> str:
    """Return the first line of a tool's description."""
    return str(definition.get("description", "")).partition("\n")[0]


def parameters_of(definition: JSONObject) -> List[Parameter]:
    """Return the parameters that a tool's input schema names, in its order."""
    root = _object(definition.get("inputSchema"))
    required = root.get("required", [])
    found = []
    for name, schema in _object(root.get("properties")).items():
        fields = _object(schema)
        default = None
        if "default" in fields:
            default = _to_json(fields["default"])
        description = " ".join(str(fields.get("description", "")).split())
        is_required = isinstance(required, list) and name in required
        found.append(Parameter(name, describe_type(schema), default, is_required, description))
    return found


def describe_type(schema: object) -> str:
    """Return what a schema allows, as one reads it: "integer", "array of string", …"""
    fields = _object(schema)
    if "$ref" in fields:
        return str(fields["$ref"]).rpartition("/")[2]
    if "enum" in fields:
        return _describe_choices(_list(fields["enum"]))
    if "const" in fields:
        return _to_json(fields["const"])
    for keyword in ("anyOf", "oneOf"):
        if keyword in fields:
            return " | ".join(describe_type(one) for one in _list(fields[keyword]))
    kind = fields.get("type")
    if isinstance(kind, list):
        return " | ".join(str(one) for one in kind)
    if kind == "array":
        return _describe_array(fields)
    if kind == "object" and isinstance(fields.get("additionalProperties"), dict):
        return f"object of {describe_type(fields['additionalProperties'])}"
    if kind == "string" and "format" in fields:
        return f"string ({fields['format']})"
    if kind is None:
        return "any"
    return str(kind)


def _describe_array(fields: JSONObject) -> str:
    if "prefixItems" in fields:
        items = ", ".join(describe_type(one) for one in _list(fields["prefixItems"]))
        return f"[{items}]"
    if isinstance(fields.get("items"), dict):
        return f"array of {describe_type(fields['items'])}"
    return "array"


def _describe_choices(values: List[object]) -> str:
    choices = [_to_json(value) for value in values[:MAX_CHOICES]]
    if len(values) > MAX_CHOICES:
        choices.append("…")
    return " | ".join(choices)


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _object(value: object) -> Dict[str, object]:
    """Return a JSON object, or an empty one for what is none."""
    if isinstance(value, dict):
        return value
    return {}


def _list(value: object) -> List[object]:
    if isinstance(value, list):
        return value
    return []
