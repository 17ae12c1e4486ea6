"""pydantic's models and its Field, read by pydantic itself.

It is never imported here: whoever has a model has imported it.
"""

import json
import sys
import typing
from typing import TYPE_CHECKING, Any, Dict, Iterable, NamedTuple, Optional

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.annotations.conversions import Conversion, ConversionError, Reading
from cwd_server.toolkit.errors import DeclarationError
from cwd_server.toolkit.jsonschema.findings import Problem, Problems
from cwd_server.toolkit.jsonschema.judged import JudgedSchema
from cwd_server.toolkit.plain_json import join_path

if TYPE_CHECKING:
    from typing import Protocol  # from 3.8 on

    class Adapter(Protocol):
        """What is used of pydantic's TypeAdapter."""

        def validate_json(self, data: str) -> object:
            """Return what a type makes of JSON."""

        def validate_python(self, value: object) -> object:
            """Return what a type makes of a value."""

        def json_schema(self, *, mode: str, ref_template: str) -> JSONObject:
            """Return the schema of a type."""


_PACKAGES = ("pydantic", "pydantic_core", "annotated_types")
# What types have that pydantic knows of: models and types of its own, its dataclasses, version 1's
_MARKS = ("__get_pydantic_core_schema__", "__pydantic_validator__", "__get_validators__")


class PydanticConversion(Conversion):
    """A type that pydantic reads: its own schema, validated and dumped by itself.

    It may take more than its schema says: another name of a field, what a validator mends before.
    """

    def __init__(self, adapter: "Adapter", schema: JSONObject, for_results: bool) -> None:
        if not for_results:
            schema = JudgedSchema(schema, self._takes)
        super().__init__(schema)
        self.adapter = adapter

    def from_json(self, value: object, reading: Reading) -> object:
        """Return what pydantic makes of JSON, in its mode for that: a date is a text there."""
        try:
            return self.adapter.validate_json(json.dumps(value))
        except sys.modules["pydantic"].ValidationError as error:
            raise ConversionError(_problems_of(error.errors(include_url=False))) from None

    def _takes(self, value: object) -> bool:
        try:
            self.adapter.validate_json(json.dumps(value))
        except sys.modules["pydantic"].ValidationError:
            return False
        return True

    def accepts(self, value: object) -> bool:
        """Return whether pydantic takes a value of Python's."""
        try:
            self.adapter.validate_python(value)
        except sys.modules["pydantic"].ValidationError:
            return False
        return True


def _problems_of(errors: Iterable[Dict[str, Any]]) -> Problems:
    """Return what pydantic found, with its places as paths of ours."""
    problems = Problems()
    for error in errors:
        if problems.is_full():
            problems.omitted += 1
            continue
        path = ""
        for step in error["loc"]:
            if isinstance(step, int):
                path += f"[{step}]"
            else:
                path = join_path(path, str(step))
        problems.append(Problem(path, str(error["msg"])))
    return problems


def is_pydantic(hint: object) -> bool:
    """Whether a type, or what Annotated adds to one, is pydantic's."""
    for extra in getattr(hint, "__metadata__", ()):
        if _is_marked(extra) or type(extra).__module__.partition(".")[0] in _PACKAGES:
            return True
    for field in getattr(hint, "__dataclass_fields__", {}).values():
        if field_default(field.default) is not None:
            return True
    return _is_marked(hint)


def _is_marked(thing: object) -> bool:
    """Whether a type, or an object in Annotated, says what pydantic shall make of it."""
    for name in _MARKS:
        if hasattr(thing, name):
            return True
    return False


def read_pydantic(
    hint: object, definitions: JSONObject, location: str, for_results: bool
) -> PydanticConversion:
    """Return the conversion of a type that is pydantic's; raise DeclarationError.

    definitions: of the whole schema; what this type refers to is added
    """
    pydantic = sys.modules.get("pydantic")
    if not hasattr(pydantic, "TypeAdapter"):
        raise DeclarationError(
            f"{location}: pydantic 2 or newer is needed; write at the top: import pydantic"
        )
    try:
        adapter = pydantic.TypeAdapter(hint)  # type: ignore[union-attr]
        schema = _schema_of(adapter, definitions, for_results)
    except (NameError, pydantic.PydanticUserError) as error:  # type: ignore[union-attr]
        raise DeclarationError(f"{location}: pydantic: {str(error).splitlines()[0]}") from None
    return PydanticConversion(adapter, schema, for_results)


def _schema_of(adapter: "Adapter", definitions: JSONObject, for_results: bool) -> JSONObject:
    """Return pydantic's schema, with its definitions moved to ours.

    If a name is taken there by another type, all of pydantic's get a number.
    """
    mode = "validation"
    if for_results:
        mode = "serialization"
    number = 1
    suffix = ""
    while True:
        template = f"#/$defs/{{model}}{suffix}"
        schema: JSONObject = adapter.json_schema(mode=mode, ref_template=template)
        own: Dict[str, object] = schema.pop("$defs", {})  # type: ignore[assignment]
        if _add_definitions(definitions, own, suffix):
            return schema
        number += 1
        suffix = f"_{number}"


def _add_definitions(definitions: JSONObject, own: JSONObject, suffix: str) -> bool:
    """Add definitions under their names and a suffix; return False if one is taken already."""
    added = {}
    for name, definition in own.items():
        if definitions.get(name + suffix, definition) != definition:
            return False
        added[name + suffix] = definition
    definitions.update(added)
    return True


class FieldDefault(NamedTuple):
    """What `Field(5, ge=1)` in the place of a default says.

    extra: the Field, which belongs into Annotated
    """

    extra: Any

    @property
    def is_required(self) -> bool:
        """Whether there is no default."""
        return bool(self.extra.is_required())

    def annotate(self, hint: object) -> object:
        """Return Annotated[hint, Field(…)]."""
        annotated: Any = typing.Annotated  # from 3.9 on, as pydantic 2 needs
        return annotated[hint, self.extra]

    def make(self) -> object:
        """Return the default for one call."""
        return self.extra.get_default(call_default_factory=True)


def field_default(default: object) -> Optional[FieldDefault]:
    """Return what a parameter's default says if it is pydantic's Field, else None."""
    cls = type(default)
    if cls.__name__ == "FieldInfo" and cls.__module__.partition(".")[0] == "pydantic":
        return FieldDefault(default)
    return None
