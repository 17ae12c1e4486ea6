"""`$ref`: from a reference to the schema that it names, inside one document.

https://json-schema.org/draft/2020-12/json-schema-core#section-8.2
"""

from typing import Any, Dict, Iterator, List, NamedTuple, Tuple, Union

from cwd_server.toolkit.json_values import Key

SchemaObject = Dict[str, Any]
Schema = Union[bool, SchemaObject]

DRAFT_07 = "http://json-schema.org/draft-07/schema"

# Where schemas are inside a schema
SCHEMA_KEYWORDS = (
    "additionalProperties",
    "additionalItems",
    "items",
    "contains",
    "propertyNames",
    "contentSchema",
    "not",
    "if",
    "then",
    "else",
)
SCHEMA_LIST_KEYWORDS = ("prefixItems", "items", "anyOf", "oneOf", "allOf")
SCHEMA_MAP_KEYWORDS = (
    "$defs",
    "definitions",
    "properties",
    "patternProperties",
    "dependentSchemas",
    "dependencies",
)


class Subschema(NamedTuple):
    """A schema inside another, and the steps that lead to it. It may be malformed."""

    steps: Tuple[Key, ...]
    schema: object


class UnknownReferenceError(Exception):
    """A reference that names nothing in its document."""


def is_draft_07(root_schema: object) -> bool:
    """Whether a document says that it is written in draft-07, as many generators still do."""
    if not isinstance(root_schema, dict):
        return False
    dialect = root_schema.get("$schema")
    return isinstance(dialect, str) and dialect.rstrip("#") == DRAFT_07


def subschemas(schema: object) -> Iterator[Subschema]:
    """Return the schemas directly inside a schema."""
    if not isinstance(schema, dict):
        return
    for keyword in SCHEMA_KEYWORDS:
        if keyword in schema and not isinstance(schema[keyword], list):
            yield Subschema((keyword,), schema[keyword])
    for keyword in SCHEMA_LIST_KEYWORDS:
        members = schema.get(keyword)
        if isinstance(members, list):
            for index, member in enumerate(members):
                yield Subschema((keyword, index), member)
    for keyword in SCHEMA_MAP_KEYWORDS:
        members = schema.get(keyword)
        if isinstance(members, dict):
            for name, member in members.items():
                if not isinstance(member, list):  # dependencies of draft-07 may be lists of names
                    yield Subschema((keyword, name), member)


class References:
    """What the references in a schema lead to."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._base = ""
        if isinstance(root, dict) and isinstance(root.get("$id"), str):
            self._base = root["$id"].rstrip("#")
        self._targets: Dict[str, Schema] = {"#": root}

    def target(self, reference: str) -> Schema:
        """Return the schema that a `$ref` names; raise UnknownReferenceError."""
        if reference not in self._targets:
            self._targets[reference] = self._find(reference)
        return self._targets[reference]

    def _find(self, reference: str) -> Schema:
        from urllib.parse import unquote, urljoin

        document, _, fragment = reference.partition("#")
        if document and (not self._base or urljoin(self._base, document) != self._base):
            raise UnknownReferenceError(
                "other documents are not supported; put the schema into $defs"
            )
        fragment = unquote(fragment)
        if not fragment:
            return self._root
        if fragment.startswith("/"):
            return self._follow(fragment)
        return self._find_anchor(fragment)

    def _follow(self, pointer: str) -> Schema:
        # https://www.rfc-editor.org/rfc/rfc6901#section-4
        place: object = self._root
        for token in pointer[1:].split("/"):
            name = token.replace("~1", "/").replace("~0", "~")
            if isinstance(place, dict) and name in place:
                place = place[name]
            elif isinstance(place, list) and name.isdigit() and int(name[:9]) < len(place):
                place = place[int(name[:9])]
            else:
                raise UnknownReferenceError(f"nothing is at {pointer}: no {name}")
        if not isinstance(place, (dict, bool)):
            raise UnknownReferenceError(f"what is at {pointer} is not a schema")
        return place

    def _find_anchor(self, anchor: str) -> Schema:
        schemas: List[object] = [self._root]
        for schema in schemas:  # which grows meanwhile
            if isinstance(schema, dict) and schema.get("$anchor") == anchor:
                return schema
            schemas.extend(inner.schema for inner in subschemas(schema))
        raise UnknownReferenceError(f"no schema has the $anchor {anchor}")
