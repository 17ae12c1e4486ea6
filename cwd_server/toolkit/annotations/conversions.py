"""What an annotation is read into: a JSON Schema, and the way from JSON to Python's values."""

from typing import Dict, Iterable, List, NamedTuple, Optional, Tuple

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.jsonschema.checker import Checker
from cwd_server.toolkit.jsonschema.findings import Problem, Problems, cut
from cwd_server.toolkit.jsonschema.judged import with_more
from cwd_server.toolkit.plain_json import NotJSONError, join_path, to_json


class ConversionError(Exception):
    """A value satisfies its schema, and yet cannot become what its annotation promises."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(problems)
        self.problems = problems

    def below(self, step: str) -> Problems:
        """Return the problems as seen from one level up.

        step: the way down: "[3]", or the name of a member
        """
        seen = Problems()
        seen.omitted = self.problems.omitted
        for path, message in self.problems:
            seen.append(Problem(join_path(cut(step), path), message))
        return seen


def misfit(message: str) -> ConversionError:
    """Return the error that says `message` of the value itself."""
    return ConversionError(Problems([Problem("", message)]))


def as_array(value: object) -> List[object]:
    """Return a value that its schema says is an array."""
    if isinstance(value, list):
        return value
    raise misfit("expected an array")


def as_object(value: object) -> JSONObject:
    """Return a value that its schema says is an object."""
    if isinstance(value, dict):
        return value
    raise misfit("expected an object")


def as_integer(value: object) -> int:
    """Return a value that its schema says is an integer, which 2.0 is too."""
    if isinstance(value, (int, float)):
        return int(value)
    raise misfit("expected an integer")


class Attempt(NamedTuple):
    """What became of one value of a union: a result, or the reason why there is none."""

    result: object
    error: Optional[ConversionError]


class Reading:
    """One conversion of one call's arguments.

    checker: the check of these arguments, which decides what fits in a union
    attempts: what became of each list and dict at each union. A value is converted once for each
        union, however many alternatives around it are tried in vain, so that the time stays linear
        in the value's size
    """

    __slots__ = ("attempts", "checker")

    def __init__(self, checker: Checker) -> None:
        self.checker = checker
        self.attempts: Dict[Tuple[int, int], Attempt] = {}


class Part(NamedTuple):
    """A part of a value.

    step: the way to it: "[3]", or the name of a member
    conversion: of the type that it should be of
    """

    step: str
    value: object
    conversion: "Conversion"


class Conversion:
    """A type: its schema, and how its values are made from JSON. This one takes anything.

    hash_is_seeded: whether Python seeds the hash of its values, as it does for texts, so that
        nobody can choose many that have the same one
    can_be_hashed: whether its values can be in a set
    legend: what its numbers stand for, which its schema has for a description; "" if they are
        just numbers
    """

    hash_is_seeded = False
    can_be_hashed = True
    legend = ""

    def __init__(self, schema: JSONObject) -> None:
        self.schema = schema

    def from_json(self, value: object, reading: Reading) -> object:
        """Return what the annotation promises; raise ConversionError.

        value: JSON that satisfies the schema
        """
        return value

    def accepts(self, value: object) -> bool:
        """Return whether a value of Python's, such as a parameter's default, is of this type."""
        return True

    def described_schema(self, description: str) -> JSONObject:
        """Return the schema with a description, unless it has one of the author's already."""
        said: JSONObject = {"description": description}
        if self.legend:  # which is the description that the schema has
            return with_more(self.schema, overrides=_with_legend(said, self.legend))
        return with_more(self.schema, defaults=said)

    def parts(self, value: object) -> "Iterable[Part]":
        """Return the parts of JSON that does not satisfy the schema, as far as they are known."""
        return ()


def _with_legend(said: JSONObject, legend: str) -> JSONObject:
    """Return `said` with the legend in brackets behind its description, if there are both."""
    if not legend or not said.get("description"):
        return said
    return {**said, "description": f"{said['description']} ({legend})"}


class Described(Conversion):
    """Another conversion, whose schema says more: `Annotated[int, "how many", {"minimum": 0}]`.

    extra: what the schema says beside
    """

    def __init__(self, inner: Conversion, extra: JSONObject) -> None:
        said = _with_legend(extra, inner.legend)
        super().__init__(with_more(inner.schema, overrides=said))
        self.inner = inner
        self.extra = extra
        self.hash_is_seeded = inner.hash_is_seeded
        self.can_be_hashed = inner.can_be_hashed

    def from_json(self, value: object, reading: Reading) -> object:
        """Convert as the type itself does."""
        return self.inner.from_json(value, reading)

    def accepts(self, value: object) -> bool:
        """Accept what the type itself does, if it is what the schema says beside."""
        if not self.inner.accepts(value):
            return False
        try:
            data = to_json(value)
        except NotJSONError:
            return True  # infinity: a schema says nothing of it
        return Checker(self.extra).fits(data, self.extra)

    def parts(self, value: object) -> Iterable[Part]:
        """Return the parts that the type itself sees."""
        return self.inner.parts(value)


class Reference(Conversion):
    """A type inside itself: its schema names a definition.

    target: the type's own conversion, set when it has been read to its end
    """

    def __init__(self, name: str) -> None:
        super().__init__({"$ref": f"#/$defs/{name}"})
        self.name = name
        self.target = Conversion({})

    def from_json(self, value: object, reading: Reading) -> object:
        """Convert as the type that is referred to."""
        return self.target.from_json(value, reading)

    def accepts(self, value: object) -> bool:
        """Accept what the type that is referred to does."""
        return self.target.accepts(value)

    def parts(self, value: object) -> Iterable[Part]:
        """Return the parts that the type that is referred to sees."""
        return self.target.parts(value)


def find_misfits(value: object, conversion: Conversion, reading: Reading) -> Problems:
    """Return the problems that only a conversion can find, such as 31 February.

    value: JSON that need not satisfy the schema; of one that does not, the parts that do are
        converted, so that a model is told of a day that does not exist together with what else is
        wrong
    """
    if reading.checker.fits(value, conversion.schema):
        try:
            conversion.from_json(value, reading)
        except ConversionError as error:
            return error.problems
        return Problems()
    problems = Problems()
    for part in conversion.parts(value):
        found = find_misfits(part.value, part.conversion, reading)
        problems.add_all(ConversionError(found).below(part.step))
    return problems
