"""Our checks of values, compared with PyPI's jsonschema on generated schemas and values."""

import json

import pytest

hypothesis = pytest.importorskip("hypothesis")
jsonschema = pytest.importorskip("jsonschema")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from cwd_server.toolkit.arguments import fit_arguments  # noqa: E402
from cwd_server.toolkit.errors import ArgumentsError  # noqa: E402
from cwd_server.toolkit.jsonschema.checker import Checker  # noqa: E402
from cwd_server.toolkit.jsonschema.support import ARGUMENTS, find_unsupported  # noqa: E402

NAMES = st.sampled_from(["a", "b", "c"])
# No number beyond a double, which ours refuses in words where a schema wants a number
NUMBERS = st.one_of(st.integers(-4, 4), st.sampled_from([0.5, 1.0, 2.0, -1.5, 1e300, 10**300]))
SCALARS = st.one_of(
    st.none(), st.booleans(), NUMBERS, st.sampled_from(["", "a", "ab", "日本", "a\n"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=6,
)
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])
COUNTS = st.integers(0, 3)
PATTERNS = st.sampled_from(["^a", "b$", "^$", "."])
BOUNDS = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, -1.5, 2.0]))


def schemas(inner):
    """Return schemas with any keywords together, whose subschemas come from `inner`."""
    several = st.lists(inner, min_size=1, max_size=3)
    keywords = {
        "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=3, unique=True)),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
        "properties": st.dictionaries(NAMES, inner, max_size=3),
        "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
        "propertyNames": inner,
        "minProperties": COUNTS,
        "maxProperties": COUNTS,
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2), max_size=2),
        "dependentSchemas": st.dictionaries(NAMES, inner, max_size=2),
        "contains": inner,
        "minContains": COUNTS,
        "maxContains": COUNTS,
        "multipleOf": st.sampled_from([1, 2, 3, 0.5]),
        "required": st.lists(NAMES, max_size=2, unique=True),
        "additionalProperties": inner,
        "prefixItems": several,
        "items": inner,
        "minItems": COUNTS,
        "maxItems": COUNTS,
        "uniqueItems": st.booleans(),
        "minimum": BOUNDS,
        "maximum": BOUNDS,
        "exclusiveMinimum": BOUNDS,
        "exclusiveMaximum": BOUNDS,
        "minLength": COUNTS,
        "maxLength": COUNTS,
        "pattern": PATTERNS,
        "anyOf": several,
        "oneOf": several,
        "allOf": several,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "$ref": st.sampled_from(
            ["#/$defs/one", "#/$defs/two~1three", "#/$defs/four", "#anchored"]
        ),
        "title": st.text(max_size=3),
        "format": st.sampled_from(["date", "email"]),
        "default": VALUES,
    }
    assert set(keywords) <= set(ARGUMENTS)
    return st.lists(st.sampled_from(sorted(keywords)), max_size=4, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries({keyword: keywords[keyword] for keyword in chosen})
    )


LEAVES = st.one_of(st.booleans(), TYPES.map(lambda name: {"type": name}), schemas(st.booleans()))
SCHEMAS = st.recursive(LEAVES, schemas, max_leaves=5)
DEFINITIONS = {
    "one": {"type": ["integer", "null"]},
    "two/three": {
        "properties": {"a": {"$ref": "#/$defs/two~1three"}},
        "type": ["object", "string"],
    },
    "four": {"$anchor": "anchored", "minItems": 1, "items": {"$ref": "#/$defs/one"}},
}
COUNTED = {}


@settings(
    max_examples=3000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(SCHEMAS, st.lists(VALUES, min_size=1, max_size=4))
def compare(schema, values):
    if isinstance(schema, dict):
        schema = dict(schema, **{"$defs": DEFINITIONS})
    elif isinstance(schema, bool):
        schema = {"allOf": [schema], "$defs": DEFINITIONS}
    assert find_unsupported(schema, "schema") == []
    judge = jsonschema.Draft202012Validator(schema)
    for value in values:
        theirs = judge.is_valid(value)
        checker = Checker(schema)
        problems = checker.problems(value, schema)
        assert (not problems) == theirs == checker.fits(value, schema), (
            json.dumps(schema),
            value,
            problems,
        )
        COUNTED["accepted" if theirs else "rejected"] += 1


def as_texts(value, chance):
    """Return a value with some of its parts replaced by texts of their JSON."""
    if chance.random() < 0.3:
        return json.dumps(value)
    if isinstance(value, list):
        return [as_texts(item, chance) for item in value]
    if isinstance(value, dict):
        return {name: as_texts(member, chance) for name, member in value.items()}
    return value


@settings(
    max_examples=1000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(SCHEMAS, VALUES, st.randoms(use_true_random=False))
def fit(schema, value, chance):
    schema = {"type": "object", "properties": {"v": schema}, "$defs": DEFINITIONS}
    judge = jsonschema.Draft202012Validator(schema)
    given_value = as_texts(value, chance)
    before = json.dumps(given_value)
    try:
        fitted = fit_arguments({"v": given_value}, schema)[0]
    except ArgumentsError:
        assert not judge.is_valid({"v": given_value})
        return
    assert judge.is_valid(fitted), (json.dumps(schema), given_value, fitted)
    assert json.dumps(given_value) == before
    if judge.is_valid({"v": given_value}):
        assert fitted == {"v": given_value}
    COUNTED["as it came" if fitted["v"] == given_value else "mended"] += 1


def test_what_is_taken_for_meant_is_valid():
    COUNTED.update({"as it came": 0, "mended": 0})
    fit()
    assert COUNTED["mended"] > 20, COUNTED


def test_we_agree_with_jsonschema(summary):
    COUNTED.update(accepted=0, rejected=0)
    compare()
    judged = [COUNTED["accepted"], COUNTED["rejected"]]
    assert min(judged) > 1000, COUNTED  # else the generated cases say nothing
    summary("values judged as by jsonschema", sum(judged), sum(judged))


def test_what_jsonschema_finds_malformed_is_refused_here():
    for keyword, bad in [
        ("type", "int"),
        ("required", "a"),
        ("minItems", -1),
        ("anyOf", []),
        ("properties", []),
        ("items", 3),
    ]:
        with pytest.raises(jsonschema.SchemaError):
            jsonschema.Draft202012Validator.check_schema({keyword: bad})
        assert find_unsupported({keyword: bad}, "schema")
