"""Types that hold other types: lists, sets, tuples, dicts and unions."""

import collections
import collections.abc
from typing import Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.annotations.conversions import (
    Attempt,
    Conversion,
    ConversionError,
    Part,
    Reading,
    as_array,
    as_object,
    misfit,
)
from cwd_server.toolkit.annotations.scalars import Integer
from cwd_server.toolkit.jsonschema.findings import Problems

# Python's own hash of numbers can be made to collide, and then a set of n takes n * n steps
LARGEST_SET_OF_NUMBERS = 5000

# What is an array in JSON, and what the function gets: for an abstract class a list
ARRAYS: Dict[object, Callable[[List[object]], object]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    collections.deque: collections.deque,
    collections.abc.Set: set,
    collections.abc.MutableSet: set,
    collections.abc.Sequence: list,
    collections.abc.MutableSequence: list,
    collections.abc.Collection: list,
    collections.abc.Container: list,
    collections.abc.Iterable: list,
    collections.abc.Reversible: list,
}
SETS = (set, frozenset, collections.abc.Set, collections.abc.MutableSet)
# What only a result can be: what is yielded becomes a list
STREAMS = (
    collections.abc.Iterator,
    collections.abc.Generator,
    collections.abc.AsyncIterable,
    collections.abc.AsyncIterator,
    collections.abc.AsyncGenerator,
)
# What a plain function around an async one returns; the last argument is the result
AWAITABLES = (collections.abc.Awaitable, collections.abc.Coroutine)
OBJECTS: Dict[object, Callable[[Dict[object, object]], object]] = {
    dict: dict,
    collections.OrderedDict: collections.OrderedDict,
    collections.abc.Mapping: dict,
    collections.abc.MutableMapping: dict,
}


class Array(Conversion):
    """An array whose items are of one type.

    python_type: what an array has to be in Python, for defaults: Sequence, list, …
    make: makes what the function gets of a list of items
    """

    def __init__(
        self,
        schema: JSONObject,
        python_type: type,
        make: Callable[[List[object]], object],
        item: Conversion,
    ) -> None:
        super().__init__({"type": "array", **schema})
        self.python_type = python_type
        self.make = make
        self.item = item
        self.can_be_hashed = make in (tuple, frozenset) and item.can_be_hashed

    def from_json(self, value: object, reading: Reading) -> object:
        """Return the items, converted, in a list, a tuple, a set, …"""
        values = as_array(value)
        items = convert_items(values, [self.item] * len(values), reading)
        try:
            return self.make(items)
        except TypeError:  # of hash: there is a list or a dict where the annotation has anything
            raise misfit(
                "its items must be texts, numbers or the like, not arrays or objects"
            ) from None

    def accepts(self, value: object) -> bool:
        """Return whether a value is such an iterable, and all its items fit."""
        if isinstance(value, (str, bytes)) or not isinstance(value, self.python_type):
            return False
        for item in value:  # type: ignore[attr-defined]
            if not self.item.accepts(item):
                return False
        return True

    def parts(self, value: object) -> Iterable[Part]:
        """Return the items."""
        if not isinstance(value, list):
            return ()
        return item_parts(value, [self.item] * len(value))


class FixedArray(Conversion):
    """A tuple: each place has a type of its own.

    rest: the type of what may follow, as in Tuple[int, *Tuple[str, ...]]; None if nothing may
    """

    def __init__(self, items: Sequence[Conversion], rest: Optional[Conversion] = None) -> None:
        schema = fixed_array_schema(items, len(items))
        if rest is not None:
            del schema["maxItems"]
            if rest.schema:
                schema["items"] = rest.schema
        super().__init__(schema)
        self.items = items
        self.rest = rest
        self.can_be_hashed = all(item.can_be_hashed for item in items)

    def from_json(self, value: object, reading: Reading) -> object:
        """Return a tuple of the items, each converted its own way."""
        values = as_array(value)
        return tuple(convert_items(values, self._conversions_for(len(values)), reading))

    def accepts(self, value: object) -> bool:
        """Return whether a value is a tuple whose items fit."""
        if not isinstance(value, tuple):
            return False
        conversions = self._conversions_for(len(value))
        if len(value) != len(conversions):
            return False
        return all(conversion.accepts(item) for conversion, item in zip(conversions, value))

    def parts(self, value: object) -> Iterable[Part]:
        """Return the items that have a type."""
        if not isinstance(value, list):
            return ()
        return item_parts(value, self._conversions_for(len(value)))

    def _conversions_for(self, count: int) -> Sequence[Conversion]:
        """Return the conversion of each of so many items, as far as there are some."""
        if self.rest is None:
            return self.items
        return [*self.items, *[self.rest] * (count - len(self.items))]


def schemas_of(conversions: Sequence[Conversion]) -> List[object]:
    """Return the schema of each conversion."""
    return [conversion.schema for conversion in conversions]


def fixed_array_schema(items: Sequence[Conversion], required: int) -> JSONObject:
    """Return the schema of an array with these items; the first `required` must be there."""
    schema: JSONObject = {"type": "array", "minItems": required, "maxItems": len(items)}
    if items:  # an empty list is no schema for prefixItems
        schema["prefixItems"] = schemas_of(items)
    return schema


class Object(Conversion):
    """A dict: each member has a value of the one type, and a name of the other."""

    can_be_hashed = False

    def __init__(
        self,
        schema: JSONObject,
        make: Callable[[Dict[object, object]], object],
        name: Conversion,
        member: Conversion,
    ) -> None:
        super().__init__({"type": "object", **schema})
        self.make = make
        self.name = name
        self.member = member

    def from_json(self, value: object, reading: Reading) -> object:
        """Return a dict of the members, names and values converted."""
        converted: Dict[object, object] = {}
        problems = Problems()
        for text, member in as_object(value).items():
            try:
                name = self._name_from_json(text, reading)
                item = self.member.from_json(member, reading)
            except ConversionError as error:
                problems.add_all(error.below(text))
                continue
            if name in converted:
                problems.add_all(misfit("the same key as another one").below(text))
            converted[name] = item
        if problems:
            raise ConversionError(problems)
        return self.make(converted)

    def accepts(self, value: object) -> bool:
        """Return whether a value is a mapping whose keys and values fit."""
        if not isinstance(value, Mapping):
            return False
        for name, member in value.items():
            if not self.name.accepts(name) or not self.member.accepts(member):
                return False
        return True

    def parts(self, value: object) -> Iterator[Part]:
        """Yield the names and the values of the members."""
        if not isinstance(value, dict):
            return
        for text, member in value.items():
            if not isinstance(self.name, Integer):
                yield Part(text, text, self.name)
            yield Part(text, member, self.member)

    def _name_from_json(self, text: str, reading: Reading) -> object:
        if isinstance(self.name, Integer):
            return int(text)
        return self.name.from_json(text, reading)


class Alternatives(Conversion):
    """A union: the first type that the value fits."""

    def __init__(self, alternatives: Sequence[Conversion]) -> None:
        super().__init__({"anyOf": schemas_of(alternatives)})
        self.alternatives = alternatives

    def from_json(self, value: object, reading: Reading) -> object:
        """Return what the first alternative makes of it that the value fits."""
        if not isinstance(value, (list, dict)):
            attempt = self._convert(value, reading)
        else:
            key = (id(value), id(self))
            if key not in reading.attempts:
                reading.attempts[key] = self._convert(value, reading)
            attempt = reading.attempts[key]
        if attempt.error is not None:
            raise attempt.error
        return attempt.result

    def accepts(self, value: object) -> bool:
        """Return whether a value fits one of the alternatives."""
        return any(alternative.accepts(value) for alternative in self.alternatives)

    def parts(self, value: object) -> Iterable[Part]:
        """Return the parts by the one alternative that knows any.

        None if several do, as nobody knows which was meant.
        """
        seen: List[List[Part]] = []
        for alternative in self.alternatives:
            parts = list(alternative.parts(value))
            if parts:
                seen.append(parts)
        if len(seen) != 1:
            return ()
        return seen[0]

    def _convert(self, value: object, reading: Reading) -> Attempt:
        errors = []
        for alternative in self.alternatives:
            if not reading.checker.fits(value, alternative.schema):
                continue
            try:
                return Attempt(alternative.from_json(value, reading), None)
            except ConversionError as error:
                errors.append(error)
        if not errors:
            return Attempt(None, misfit("fits no alternative"))
        return Attempt(None, _nearest(errors))


def _nearest(errors: List[ConversionError]) -> ConversionError:
    """Return the error that got into the value; where none did, one with all that was expected."""
    for error in errors:
        if any(problem.path for problem in error.problems):
            return error
    messages: Dict[str, None] = {}  # without what two of them say
    for error in errors:
        messages[error.problems[0].message] = None  # the only one, as it is of the value itself
    return misfit(", or ".join(messages))


def convert_items(
    values: Sequence[object], conversions: Iterable[Conversion], reading: Reading
) -> List[object]:
    """Return the values, each converted its own way; raise ConversionError with all problems."""
    converted: List[object] = []
    problems = Problems()
    for index, (value, conversion) in enumerate(zip(values, conversions)):
        try:
            converted.append(conversion.from_json(value, reading))
        except ConversionError as error:
            problems.add_all(error.below(f"[{index}]"))
    if problems:
        raise ConversionError(problems)
    return converted


def item_parts(values: Sequence[object], conversions: Iterable[Conversion]) -> Iterator[Part]:
    """Yield the items of an array that have a conversion."""
    for index, (value, conversion) in enumerate(zip(values, conversions)):
        yield Part(f"[{index}]", value, conversion)


def make_array(origin: type, item: Conversion, for_results: bool) -> Array:
    """Return the conversion of List[T], Set[T], Iterable[T] and so on."""
    schema: JSONObject = {}
    if item.schema:
        schema["items"] = item.schema
    if origin in SETS:
        schema["uniqueItems"] = True
        if not item.hash_is_seeded and not for_results:
            schema["maxItems"] = LARGEST_SET_OF_NUMBERS
    make = ARRAYS.get(origin, list)
    return Array(schema, origin, make, item)


def make_object(origin: type, name: Conversion, member: Conversion, for_results: bool) -> Object:
    """Return the conversion of Dict[K, V], Mapping[K, V] and so on."""
    schema: JSONObject = {}
    if member.schema:
        schema["additionalProperties"] = member.schema
    if isinstance(name, Integer):
        # One way to write each number, so that no two names are the same key; as large as a double
        schema["propertyNames"] = {"pattern": "^(0|-?[1-9][0-9]{0,307})$"}
    elif name.schema != {"type": "string"}:
        schema["propertyNames"] = name.schema
    if not name.hash_is_seeded and not for_results:
        schema["maxProperties"] = LARGEST_SET_OF_NUMBERS
    return Object(schema, OBJECTS[origin], name, member)
