"""The arguments of a call, made to fit the tool's input schema.

A strict check would be right by the standard and of no use: clients add members of their own,
models write numbers as text and null where they have nothing to say. What can only have meant one
thing is taken as that.
"""

from typing import Callable, Container, List, NamedTuple, Optional, Tuple

from cwd_server.json_types import JSONObject
from cwd_server.toolkit.errors import ArgumentsError
from cwd_server.toolkit.jsonschema.checker import Checker
from cwd_server.toolkit.jsonschema.findings import (
    Problem,
    Problems,
    closest,
    cut,
    describe_problems,
)
from cwd_server.toolkit.jsonschema.leniency import Fitting
from cwd_server.toolkit.jsonschema.references import SchemaObject
from cwd_server.toolkit.jsonschema.rules import additional_names


class ClientMember(NamedTuple):
    """A member that a client adds to arguments, whatever the tool's schema says."""

    name: str
    client: str
    source: str


CLIENT_MEMBERS: Tuple[ClientMember, ...] = (
    ClientMember("toolCallId", "n8n", "https://github.com/n8n-io/n8n/issues/21500"),
    ClientMember("sessionId", "n8n", "https://github.com/n8n-io/n8n/issues/22787"),
    ClientMember("action", "n8n", "https://github.com/n8n-io/n8n/issues/22787"),
    ClientMember("chatInput", "n8n", "https://github.com/n8n-io/n8n/issues/22787"),
    ClientMember("_sessionID", "SiYuan", "https://github.com/siyuan-note/siyuan/issues/17927"),
)
# What clients and models put into the arguments of a tool that takes none
FILLERS: Tuple[ClientMember, ...] = (
    ClientMember("random_string", "Cursor", "https://github.com/formbricks/formbricks/pull/8859"),
    ClientMember("_placeholder", "opencode", "https://github.com/anomalyco/opencode/issues/15041"),
    ClientMember("input", "agents", "https://github.com/chrisdoc/hevy-mcp/issues/160"),
    ClientMember("", "agents", "https://github.com/chrisdoc/hevy-mcp/issues/160"),
)


FindMore = Callable[[JSONObject, Checker], Problems]


def fit_arguments(
    arguments: JSONObject,
    input_schema: SchemaObject,
    defaults: Container[str] = (),
    find_more: Optional[FindMore] = None,
) -> Tuple[JSONObject, Checker]:
    """Return the arguments as the tool gets them, and their checker; raise ArgumentsError.

    arguments: as they came; they are not changed
    defaults: the parameters that have a default, and can do without null where their type has none
    find_more: finds what no schema says of arguments, where something is wrong already
    """
    checker = Checker(input_schema)
    known = _without_client_members(arguments, input_schema)
    if checker.fits(known, input_schema):
        return known, checker
    if checker.too_deep is not None:
        problems = checker.depth_problem()
        raise ArgumentsError(describe_problems(problems), problems)
    problems = Problems()
    expected = _without_unknown(known, input_schema, problems)
    fitting = Fitting(checker)
    fitted = fitting.fit_members(expected, input_schema)
    fitted = _without_null(fitted, input_schema, defaults, fitting)
    problems.add_all(checker.problems(fitted, input_schema))
    if problems:
        if find_more is not None:
            problems.add_all(find_more(fitted, checker))
        raise ArgumentsError(describe_problems(problems), problems)
    return fitted, checker


def _without_client_members(arguments: JSONObject, schema: SchemaObject) -> JSONObject:
    """Return the arguments without what clients add, where the tool has no such parameter."""
    parameters = schema.get("properties", {})
    if arguments.keys() <= parameters.keys() or _takes_any_name(schema):
        return arguments
    ignored = CLIENT_MEMBERS
    if not parameters:
        ignored += FILLERS
    names = {member.name for member in ignored}
    kept = dict(arguments)
    for name in additional_names(arguments, schema):
        if name in names:
            del kept[name]
    return kept


def _takes_any_name(schema: SchemaObject) -> bool:
    """Whether a tool takes members of any name, so that none is known to be a client's own."""
    for keyword in ("$ref", "allOf", "anyOf", "oneOf"):  # parameters may be declared in there
        if keyword in schema:
            return True
    if "additionalProperties" in schema:
        return schema["additionalProperties"] is not False
    return not schema.get("properties")


def _without_unknown(
    arguments: JSONObject, schema: SchemaObject, problems: Problems
) -> JSONObject:
    """Return the arguments that are parameters, and add a problem for each other one."""
    if schema.get("additionalProperties") is not False:
        return arguments
    parameters = list(schema.get("properties", {}))
    expected = dict(arguments)
    for name in additional_names(arguments, schema):
        del expected[name]
        if problems.is_full():
            problems.omitted += 1
        else:
            problems.append(Problem(cut(name), _describe_unknown(name, parameters)))
    return expected


def _describe_unknown(name: str, parameters: List[str]) -> str:
    if not parameters:
        return "not a parameter; the tool takes none"
    return "not a parameter" + closest(name, parameters)


def _without_null(
    arguments: JSONObject, schema: SchemaObject, defaults: Container[str], fitting: Fitting
) -> JSONObject:
    """Return the arguments without each null that stands for the default of its parameter."""
    kept = dict(arguments)
    parameters = schema.get("properties", {})
    for name, value in arguments.items():
        if name in defaults and fitting.is_misplaced_null(value, parameters.get(name, True)):
            del kept[name]
    return kept
