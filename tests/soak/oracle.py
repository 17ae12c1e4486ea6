"""What get_cwd's server has to answer to any line: the protocol's rules, written down once more.

They are those of the specification for a server with one tool, in the order of its sections, and
share no code with the server. `Oracle.expect` returns what may answer a line; `matches` compares.
"""

import json
from decimal import Decimal

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"
VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
SERVER_INFO = "io.modelcontextprotocol/serverInfo"
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
MAX_LINE = 4 * 1024 * 1024
MAX_BATCH = 10000
MAX_SUBSCRIPTIONS = 64
MAX_DIGITS = 4300
EXACT_FLOATS = 2**53  # from here on floats are no longer all integers
DEEP = 150  # how deep a message may be nested: how much a parser takes depends on it

LEGACY_METHODS = ("initialize", "ping", "tools/list", "tools/call")
MODERN_METHODS = ("server/discover", "tools/list", "tools/call", "subscriptions/listen")
TUTORIAL_METHODS = ("ListTools", "CallTool")
NO_ID = object()


class Expected:
    """One response: an error with one of `codes`, or a result that `check` takes."""

    cancelled = False  # by a notification in the same batch

    def __init__(self, request_id, codes=(), check=None):
        self.id = request_id
        self.codes = codes
        self.check = check

    def matches(self, answer):
        if not isinstance(answer, dict) or answer.get("jsonrpc") != "2.0":
            return False
        if self.id is NO_ID:
            if "id" in answer:
                return False
        elif (
            "id" not in answer
            or answer["id"] != self.id
            or type(answer["id"]) is not type(self.id)
        ):
            return False
        if "error" in answer:
            return "result" not in answer and answer["error"]["code"] in self.codes
        return self.check is not None and "result" in answer and self.check(answer["result"])


class Called(Expected):
    """The response to a call, which runs until it is answered."""


class Acknowledged:
    """The notification that opens a subscription."""

    def __init__(self, request_id):
        self.id = request_id

    def matches(self, answer):
        return answer == {
            "jsonrpc": "2.0",
            "method": "notifications/subscriptions/acknowledged",
            "params": {"notifications": {}, "_meta": {SUBSCRIPTION: self.id}},
        }


class Batch:
    """Responses in one array, in this order."""

    def __init__(self, answers):
        self.answers = answers

    def matches(self, answer):
        if not isinstance(answer, list) or len(answer) != len(self.answers):
            return False
        return all(each.matches(one) for each, one in zip(self.answers, answer))


class Anything:
    """For what depends on the depth of a parser's stack: one answer, or none."""

    def matches(self, answer):
        return True


class Oracle:
    """A conversation with a server that offers get_cwd alone."""

    def __init__(self):
        self.negotiated = None
        self.subscriptions = set()
        self.forgotten = set()  # subscriptions that may be open
        self.running = {}  # calls in a batch, which run when all of it has been received

    def expect(self, line):
        """Return what answers a line: None, or one of the classes above."""
        if len(line) > MAX_LINE:  # blanks around it may count or not
            return self._expect_anything()
        line = line.strip(b" \t\r")
        if not line:
            return None
        try:
            message = json.loads(
                line.decode("utf-8"),
                parse_constant=refuse,
                parse_float=finite,
                parse_int=short,
            )
            deep = depth(message) > DEEP
        except RecursionError:
            deep = True
        except ValueError:
            if line.count(b"[") + line.count(b"{") > DEEP:
                return self._expect_anything()
            return Expected(NO_ID, (-32700,))
        if deep:
            return self._expect_anything()
        if isinstance(message, list):
            return self._expect_batch(message)
        return self._expect_message(message, in_batch=False)

    def _expect_anything(self):
        """It may have been a cancellation, too, that was understood or not."""
        self.forgotten |= self.subscriptions
        self.subscriptions = set()
        return Anything()

    def _expect_batch(self, messages):
        if self.negotiated is not None and self.negotiated > "2025-03-26":
            return Expected(NO_ID, (-32600,))
        if not 1 <= len(messages) <= MAX_BATCH:
            return Expected(NO_ID, (-32600,))
        answers = []
        for message in messages:
            expected = self._expect_message(message, in_batch=True)
            if expected is not None:
                answers.append(expected)
            if isinstance(expected, Called):
                self.running[expected.id] = expected
        self.running.clear()
        if any(isinstance(answer, Anything) for answer in answers):
            return Anything()
        answers = [answer for answer in answers if not answer.cancelled]
        if not answers:
            return None
        return Batch(answers)

    def _expect_message(self, message, in_batch):
        if not isinstance(message, dict):
            return Expected(NO_ID, (-32600,))
        if "method" in message and "id" not in message:
            self._notice(message)
            return None
        if "method" not in message and ("result" in message or "error" in message):
            return None
        request_id = identifier(message.get("id"))
        if request_id is None:
            return Expected(NO_ID, (-32600,))
        method = message.get("method")
        if message.get("jsonrpc") != "2.0" or not isinstance(method, str):
            return Expected(request_id, (-32600,))
        params = message.get("params")
        if params is None or params == []:
            params = {}
        if not isinstance(params, dict):
            return Expected(request_id, (-32602,))
        if request_id in self.forgotten:
            return Anything()
        if request_id in self.subscriptions or request_id in self.running:
            return Expected(request_id, (-32600,))
        return self._expect_request(request_id, method, params, in_batch)

    def _notice(self, message):
        params = message.get("params")
        if message["method"] == "notifications/cancelled" and isinstance(params, dict):
            request_id = identifier(params.get("requestId"))
            self.subscriptions.discard(request_id)
            if request_id in self.running:
                self.running.pop(request_id).cancelled = True

    def _expect_request(self, request_id, method, params, in_batch):
        """Find the era, in the order that the protocol gives."""
        meta = params.get("_meta")
        modern = isinstance(meta, dict) and VERSION in meta
        if in_batch and (modern or method == "initialize"):
            return Expected(request_id, (-32600,))
        if modern:
            if meta[VERSION] != MODERN:
                return Expected(request_id, (-32022,))
            if not isinstance(meta.get(CAPABILITIES), dict):
                return Expected(request_id, (-32602,))
            if method not in MODERN_METHODS:
                return Expected(request_id, (-32601,))
            return self._expect_answer(request_id, method, params, MODERN)
        if method in TUTORIAL_METHODS:
            return self._expect_answer(request_id, method, params, "")
        if method in ("initialize", "ping"):
            return self._expect_answer(request_id, method, params, self.negotiated or "")
        if self.negotiated is None:
            if method in LEGACY_METHODS + MODERN_METHODS:
                return Expected(request_id, (-32602,))
            return Expected(request_id, (-32601, -32602))
        if method not in LEGACY_METHODS:
            return Expected(request_id, (-32601,))
        return self._expect_answer(request_id, method, params, self.negotiated)

    def _expect_answer(self, request_id, method, params, revision):
        if method == "initialize":
            return self._expect_initialize(request_id, params)
        if method == "ping":
            return Expected(request_id, check=lambda result: result == {})
        if method == "server/discover":
            return Expected(request_id, check=is_discovery)
        if method in ("tools/list", "ListTools"):
            if params.get("cursor") not in (None, ""):
                return Expected(request_id, (-32602,))
            return Expected(request_id, check=lambda result: is_listing(result, revision))
        if method in ("tools/call", "CallTool"):
            return expect_call(request_id, params, revision)
        return self._expect_subscription(request_id, params)

    def _expect_initialize(self, request_id, params):
        requested = params.get("protocolVersion")
        if not isinstance(requested, str):
            return Expected(request_id, (-32602,))
        self.negotiated = requested if requested in LEGACY else LEGACY[-1]
        negotiated = self.negotiated
        return Expected(request_id, check=lambda result: result["protocolVersion"] == negotiated)

    def _expect_subscription(self, request_id, params):
        if not isinstance(params.get("notifications"), dict):
            return Expected(request_id, (-32602,))
        if isinstance(request_id, str) and any(
            "\ud800" <= letter <= "\udfff" for letter in request_id
        ):
            return Expected(request_id, (-32600,))  # it cannot be repeated in `_meta`
        if self.forgotten and len(self.subscriptions | self.forgotten) >= MAX_SUBSCRIPTIONS:
            return Anything()
        if len(self.subscriptions) >= MAX_SUBSCRIPTIONS:
            return Expected(request_id, (-32603,))
        self.subscriptions.add(request_id)
        return Acknowledged(request_id)


def expect_call(request_id, params, revision):
    name = params.get("name")
    if not isinstance(name, str):
        return Expected(request_id, (-32602,))
    if name != "get_cwd":
        return Expected(request_id, (-32602,) if revision else (-32601,))
    arguments = params.get("arguments")
    if arguments is not None and arguments != [] and not isinstance(arguments, dict):
        return Expected(request_id, (-32602,))
    return Called(request_id, check=lambda result: is_directory(result, revision))


# Results


def is_complete(result, revision):
    """Whether a result has what those of its revision have, and no more."""
    if revision == MODERN:
        return result.get("resultType") == "complete" and SERVER_INFO in result.get("_meta", {})
    return "resultType" not in result and "_meta" not in result


def is_discovery(result):
    return is_complete(result, MODERN) and result["supportedVersions"] == [MODERN]


def is_listing(result, revision):
    names = [tool["name"] for tool in result["tools"]]
    return is_complete(result, revision) and names == ["get_cwd"]


def is_directory(result, revision):
    text = result["content"][0]["text"]
    structured = "structuredContent" in result
    said = text.startswith("Current Working Directory: ") and result["isError"] is False
    return said and is_complete(result, revision) and structured == (revision >= "2025-06-18")


# JSON


def identifier(value):
    """Return an id as it comes back, or None: 1.0 is the integer 1."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (float, Decimal)) and value == int(value):
        return int(value)
    if isinstance(value, (int, str)):
        return value
    return None


def refuse(constant):
    raise ValueError(constant)


def finite(digits):
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(digits)
    if abs(number) >= EXACT_FLOATS and len(digits) <= MAX_DIGITS:
        return Decimal(digits)  # 1e23, which is an integer, but no float
    return number


def short(digits):
    if len(digits) > MAX_DIGITS:
        raise ValueError("too many digits")
    return int(digits)


def depth(value):
    """Return how deep arrays and objects are nested."""
    deepest = 0
    open_values = [(value, 1)]
    while open_values:
        value, level = open_values.pop()
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            deepest = max(deepest, level)
            open_values += [(item, level + 1) for item in value]
    return deepest
