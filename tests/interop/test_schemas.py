"""Every answer in every transcript, and get_cwd's results, against the official JSON Schemas.

https://modelcontextprotocol.io/specification/2026-07-28/basic
    "Clients and servers MUST validate schemas according to their declared or default dialect."
    "Schemas MUST be valid according to their declared or default dialect"
https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
    "Servers MUST NOT send InputRequiredResult responses on any other client requests."
"""

import json
import os

import environments
import pytest

from cwd_server import tools
from cwd_server.protocol.revisions import LEGACY_REVISIONS, MODERN_REVISION
from cwd_server.toolkit.call import ToolCall, run_call
from tests.support.paths import SHARED
from tests.support.players import SessionPlayer, play
from tests.support.transcripts import FILES, Transcript

FOLDER = os.path.join(SHARED, "mcp-schemas")
OLDEST, NEWEST = LEGACY_REVISIONS[0], MODERN_REVISION
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"

# What a result has to be, and what a notification
RESULTS = {
    "initialize": "InitializeResult",
    "ping": "EmptyResult",
    "server/discover": "DiscoverResult",
    "tools/list": "ListToolsResult",
    "tools/call": "CallToolResult",
    "ListTools": "ListToolsResult",  # the tutorial dialect is held to the oldest revision
    "CallTool": "CallToolResult",
    "subscriptions/listen": "SubscriptionsListenResult",
}
NOTIFICATIONS = {
    "notifications/progress": "ProgressNotification",
    "notifications/subscriptions/acknowledged": "SubscriptionsAcknowledgedNotification",
}
ERRORS = {
    -32700: "ParseError",
    -32600: "InvalidRequestError",
    -32601: "MethodNotFoundError",
    -32602: "InvalidParamsError",
    -32603: "InternalError",
}

# Where an official schema and the contract differ: (revision, definition, member that is not required
# after all): why. The rest of the definition still holds.
DIFFERENCES = {
    (revision, "JSONRPCError", "id"): (
        "the schema requires an id and forbids null, so no answer to an unreadable request would be valid; "
        "JSON-RPC 2.0 wants one, and 2025-11-25 made the id optional for it"
    )
    for revision in ("2024-11-05", "2025-03-26", "2025-06-18")
}


class Schema:
    """One revision's official schema."""

    def __init__(self, revision):
        path = os.path.join(FOLDER, revision + ".json")
        if not os.path.exists(path):
            pytest.skip("the official schema %s is not here" % path)
        with open(path) as file:
            self.document = json.load(file)
        self.revision = revision
        self.key = "$defs" if "$defs" in self.document else "definitions"
        self.definitions = self.document[self.key]
        for of, name, member in DIFFERENCES:
            if of == revision:
                self.definitions[name] = json.loads(json.dumps(self.definitions[name]))
                self.definitions[name]["required"].remove(member)

    def problems(self, name, value):
        """Return what is wrong with a value that should be what the schema calls `name`."""
        import jsonschema

        assert name in self.definitions, "%s has no %s" % (self.revision, name)
        schema = {
            "$schema": self.document["$schema"],
            "$ref": "#/%s/%s" % (self.key, name),
            self.key: self.definitions,
        }
        validator = jsonschema.validators.validator_for(schema)(schema)
        return [
            "%s: %s: %s" % (self.revision, name, error.message)
            for error in validator.iter_errors(value)
        ]

    def has(self, name):
        """Whether this revision has such a definition."""
        return name in self.definitions


class Reader:
    """Follows a transcript: which revision and method each answer belongs to, and what is wrong with it."""

    def __init__(self, schemas):
        self.schemas = schemas
        self.negotiated = None
        self.asked = {}  # JSON of an id: the (method, revision) of each request that used it
        self.checked = self.good = 0

    def client(self, line):
        """Take a line that the client sent."""
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return  # the server says so too
        for one in message if isinstance(message, list) else [message]:
            if isinstance(one, dict) and "id" in one and isinstance(one.get("method"), str):
                request_id = one["id"]
                if isinstance(request_id, float) and request_id.is_integer():
                    request_id = int(request_id)  # which is how it comes back
                asked = self.asked.setdefault(json.dumps(request_id), [])
                asked.append((one["method"], self._revision(one)))

    def _revision(self, message):
        params = message.get("params")
        meta = params.get("_meta") if isinstance(params, dict) else None
        if isinstance(meta, dict) and VERSION_KEY in meta:
            return NEWEST
        return OLDEST if message["method"] in ("ListTools", "CallTool") else None

    def server(self, line):
        """Return what is wrong with a line of the server's."""
        message = json.loads(line)
        if not isinstance(message, list):
            return self._check(message)
        name, revision = "JSONRPCBatchResponse", self.negotiated or "2025-03-26"
        problems = (
            self.schemas[revision].problems(name, message)
            if self.schemas[revision].has(name)
            else []
        )
        return problems + [problem for one in message for problem in self._check(one)]

    def _check(self, message):
        problems = self._one(message)
        self.checked += 1
        self.good += not problems
        return problems

    def _one(self, message):
        if "method" in message:
            revision = self.negotiated or NEWEST
            if "subscriptions" in message["method"]:
                revision = NEWEST
            return self.schemas[revision].problems("JSONRPCNotification", message) + self.schemas[
                revision
            ].problems(NOTIFICATIONS[message["method"]], message)
        method, revision = self._question(message)
        revision = revision or self.negotiated or (NEWEST if "error" in message else OLDEST)
        if "error" in message:
            return self._error(message, self.schemas[revision])
        if method == "initialize":
            revision = self.negotiated = message["result"]["protocolVersion"]
        schema = self.schemas[revision]
        envelope = (
            "JSONRPCResultResponse" if schema.has("JSONRPCResultResponse") else "JSONRPCResponse"
        )
        problems = schema.problems(envelope, message) + schema.problems(
            RESULTS[method], message["result"]
        )
        own = RESULTS[method] + "Response"
        return problems + (schema.problems(own, message) if schema.has(own) else [])

    def _question(self, message):
        if "io.modelcontextprotocol/subscriptionId" in message.get("result", {}).get("_meta", {}):
            return "subscriptions/listen", NEWEST  # its id may have been tried again meanwhile
        asked = self.asked.get(json.dumps(message.get("id")))
        if not asked:
            return None, None
        return asked.pop(0) if len(asked) > 1 else asked[0]

    @staticmethod
    def _error(message, schema):
        envelope = "JSONRPCErrorResponse" if schema.has("JSONRPCErrorResponse") else "JSONRPCError"
        problems = schema.problems(envelope, message)
        code = message["error"]["code"]
        if code == -32022:
            return problems + schema.problems("UnsupportedProtocolVersionError", message)
        own = ERRORS[code]
        return problems + (schema.problems(own, message["error"]) if schema.has(own) else [])


@pytest.fixture(scope="module")
def schemas():
    environments.python("tools")
    pytest.importorskip("jsonschema")
    return {revision: Schema(revision) for revision in (*LEGACY_REVISIONS, MODERN_REVISION)}


@pytest.mark.parametrize("path", FILES, ids=os.path.basename)
def test_answers_are_schema_valid(path, schemas, summary):
    transcript = Transcript(path)
    reader = Reader(schemas)
    problems = []
    played, _ = play(transcript, SessionPlayer(transcript.tools), True)
    for step, actual in zip(transcript.steps, played):
        for line in step.data.split(b"\n"):
            reader.client(line.lstrip(b"\xef\xbb\xbf").decode("utf-8", "replace"))
        problems += [problem for line in actual for problem in reader.server(line)]
    assert reader.checked, "no answer in %s" % transcript.name
    summary("schema-valid answers", reader.good, reader.checked)
    assert not problems, "\n".join(problems)


def test_wrong_answers_are_found(schemas):
    schema = schemas[NEWEST]
    assert schema.problems("CallToolResult", {"content": []})  # no resultType
    assert schema.problems(
        "UnsupportedProtocolVersionError", {"jsonrpc": "2.0", "error": {"code": -32022}}
    )
    assert schemas[OLDEST].problems(
        "JSONRPCError", {"jsonrpc": "2.0", "error": {"code": "x", "message": ""}}
    )
    assert schemas["2025-06-18"].problems(
        "CallToolResult", {"content": [], "structuredContent": []}
    )


def test_structured_content_satisfies_the_output_schema(summary):
    environments.python("tools")
    jsonschema = pytest.importorskip("jsonschema")
    for tool in tools.TOOLS:
        for name in ("inputSchema", "outputSchema"):
            jsonschema.Draft202012Validator.check_schema(tool.definition[name])
        outcome = run_call(ToolCall(tool, {}), lambda: None)
        validator = jsonschema.Draft202012Validator(tool.definition["outputSchema"])
        validator.validate(outcome.result["structuredContent"])
        summary("structured content that satisfies its schema", 1, 1)
