"""Which kind of record a class is; TypedDicts and NamedTuples are read here, too."""

from typing import Callable, Dict, Iterable, List, Optional

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.annotations.containers import (
    convert_items,
    fixed_array_schema,
    item_parts,
)
from cwd_server.toolkit.annotations.conversions import (
    Conversion,
    Part,
    Reading,
    as_array,
)
from cwd_server.toolkit.annotations.data_classes import read_dataclass
from cwd_server.toolkit.annotations.hints import Scope, arguments_of, form_of, origin_of
from cwd_server.toolkit.annotations.records import (
    NO_DEFAULT,
    ClassHints,
    Field,
    FieldReader,
    Record,
    ScopedHint,
    descriptions_of,
    object_schema,
)


def read_record(
    hint: object, scope: Scope, location: str, reader: FieldReader
) -> Optional[Conversion]:
    """Return the conversion of a dataclass, TypedDict or NamedTuple; None if `hint` is no such."""
    cls = origin_of(hint)
    if not isinstance(cls, type):
        return None
    read = _reader_of(cls)
    if read is None:
        return None
    hints = ClassHints(cls, arguments_of(hint), scope)
    return read(cls, hints, f"{location}: {cls.__name__}", reader)


_ReadRecord = Callable[[type, ClassHints, str, FieldReader], Conversion]


def _reader_of(cls: type) -> Optional[_ReadRecord]:
    """Return the function that reads a class of this kind, or None if it is no record."""
    if hasattr(cls, "__dataclass_fields__"):
        return read_dataclass
    if hasattr(cls, "__total__") and hasattr(cls, "__annotations__"):
        return _read_typed_dict
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return _read_named_tuple
    return None


def _read_typed_dict(
    cls: type, hints: ClassHints, location: str, reader: FieldReader
) -> Conversion:
    required_names = getattr(cls, "__required_keys__", None)
    if required_names is None:  # 3.8: all or none
        required_names = []
        if getattr(cls, "__total__"):  # noqa: B009
            required_names = list(hints.hints)
    fields = []
    for name, (hint, scope) in hints.hints.items():
        place = f"{location}.{name}"
        is_required = _says_required(hint, scope, place)
        if is_required is None:
            is_required = name in required_names
        fields.append(Field(name, reader.read(hint, scope, place), is_required))
    schema = object_schema(fields, descriptions_of(cls), is_closed=not reader.for_results)
    return TypedDictRecord(schema, fields)


class TypedDictRecord(Record):
    """A TypedDict, which is a dict."""

    def __init__(self, schema: JSONObject, fields: List[Field]) -> None:
        super().__init__(schema, dict, dict, fields)
        self.required = set(as_array(schema.get("required", [])))

    def accepts(self, value: object) -> bool:
        """Return whether a value is a dict with these members, and no others."""
        if not isinstance(value, dict) or not self.required.issubset(value):
            return False
        for name, item in value.items():
            if name not in self.fields or not self.fields[name].accepts(item):
                return False
        return True


def _says_required(hint: object, scope: Scope, location: str) -> Optional[bool]:
    """Return what Required or NotRequired around a hint say; None if there is neither.

    Python does not see them where the annotation is text.
    """
    hint = scope.resolve(hint, location)
    while True:
        form = form_of(hint)
        if form == "Required":
            return True
        if form == "NotRequired":
            return False
        if form == "ReadOnly":
            hint = scope.resolve(arguments_of(hint)[0], location)
        elif hasattr(hint, "__metadata__"):
            hint = scope.resolve(getattr(hint, "__origin__"), location)  # noqa: B009
        else:
            return None


_ANYTHING = ScopedHint(object, Scope({}))  # collections.namedtuple has no types


def _read_named_tuple(
    cls: type, hints: ClassHints, location: str, reader: FieldReader
) -> Conversion:
    defaults: Dict[str, object] = getattr(cls, "_field_defaults", {})
    fields = []
    for name in getattr(cls, "_fields"):  # noqa: B009
        written = hints.hints.get(name, _ANYTHING)
        conversion = reader.read(written.hint, written.scope, f"{location}.{name}")
        fields.append(
            Field(name, conversion, name not in defaults, defaults.get(name, NO_DEFAULT))
        )
    if reader.for_results:
        return NamedTupleRecord(cls, fields, None)
    schema = object_schema(fields, descriptions_of(cls), is_closed=True)
    return NamedTupleRecord(cls, fields, Record(schema, cls, cls, fields))


class NamedTupleRecord(Conversion):
    """A NamedTuple: an array, or an object of its fields; what has a default may be left out."""

    def __init__(self, cls: type, fields: List[Field], record: Optional[Record]) -> None:
        self.conversions = [field.conversion for field in fields]
        required = len(fields) - len(getattr(cls, "_field_defaults", ()))
        schema = fixed_array_schema(self.conversions, required)
        if record is not None:
            schema = {"anyOf": [schema, record.schema]}
        super().__init__(schema)
        self.cls = cls
        self.record = record

    def from_json(self, value: object, reading: Reading) -> object:
        """Return the tuple, of an array or an object."""
        if self.record is not None and isinstance(value, dict):
            return self.record.from_json(value, reading)
        return self.cls(*convert_items(as_array(value), self.conversions, reading))

    def accepts(self, value: object) -> bool:
        """Return whether a value is such a tuple."""
        return isinstance(value, self.cls)

    def parts(self, value: object) -> Iterable[Part]:
        """Return the items, or the members that are fields."""
        if isinstance(value, list):
            return item_parts(value, self.conversions)
        if self.record is not None:
            return self.record.parts(value)
        return ()
