"""One session: limits, threads' order of events, and our own bugs, which transcripts cannot show."""

import json
import sys
import time
import unittest
from unittest import mock

from cwd_server import tools
from cwd_server.app import Offering
from cwd_server.protocol import conversation, jsonrpc, messages, revisions
from cwd_server.protocol.lines import LongLine
from cwd_server.protocol.methods import MAX_SUBSCRIPTIONS, METHODS, Method
from cwd_server.protocol.session import Session
from cwd_server.toolkit import Result
from cwd_server.toolkit.call import Failure, FixedResult, ToolCall, run_call
from cwd_server.toolkit.tool import Tool
from tests import fixtures
from tests.support.messages import META, cancelled, initialize, request

LIMIT = 1 << 18  # bytes, in place of the contract's 64 MiB
DONE = {"content": []}


def receive(session, message):
    """Return what a message leads to: the answers as objects, and the calls to run."""
    received = session.receive(json.dumps(message).encode())
    return [json.loads(line) for line in received.lines], received.calls


def listen(number, **notifications):
    return request("subscriptions/listen", number, notifications=notifications, _meta=META)


class SessionTests(unittest.TestCase):
    def setUp(self):
        self.bugs = []
        self.session = fixtures.session(lambda: self.bugs.append(sys.exc_info()[1]))

    def answer(self, message):
        """Return the only answer to a message."""
        (answer,), calls = receive(self.session, message)
        self.assertEqual(calls, [])
        return answer

    def call(self, request_id, name="wait", **params):
        """Return a call that is now running."""
        answers, (call,) = receive(
            self.session, request("tools/call", request_id, name=name, _meta=META, **params)
        )
        self.assertEqual(answers, [])
        return call

    def test_subscriptions_are_limited(self):
        for number in range(MAX_SUBSCRIPTIONS):
            self.assertIn("method", self.answer(listen(number)))
        self.assertEqual(self.answer(listen("one more"))["error"]["code"], -32603)
        receive(self.session, cancelled(0))
        self.assertIn("method", self.answer(listen("one more")))
        closed = [json.loads(line)["id"] for line in self.session.close()]
        self.assertEqual(closed, [*range(1, MAX_SUBSCRIPTIONS), "one more"])
        self.assertEqual(self.session.close(), [])

    def test_a_cancelled_call_is_told_so_and_never_answered(self):
        call = self.call(1)
        self.assertEqual(self.session.count_unanswered(), 1)
        receive(self.session, cancelled(1))
        self.assertTrue(call.cancelled)
        self.assertEqual(self.session.count_unanswered(), 0)
        self.assertEqual(self.session.progress(call, 1), [])
        self.assertEqual(self.session.finish(call, DONE), [])

    def test_the_id_of_a_cancelled_call_belongs_to_the_next(self):
        old = self.call(1)
        receive(self.session, cancelled(1))
        new = self.call(1)
        self.assertEqual(self.session.finish(old, DONE), [])
        self.assertEqual(self.session.count_unanswered(), 1)
        self.assertEqual(len(self.session.finish(new, DONE)), 1)
        self.assertEqual(self.session.finish(new, DONE), [])

    def test_an_id_that_a_double_would_round_is_that_of_the_call(self):
        line = b'{"jsonrpc":"2.0","id":%s,"method":"CallTool","params":{"name":"wait"}}'
        (call,) = self.session.receive(line % b"9007199254740993.0").calls
        self.session.receive(line % b"9007199254740992")
        receive(self.session, cancelled(9007199254740992))
        self.assertFalse(call.cancelled)
        cancel = (
            b'{"method":"notifications/cancelled","params":{"requestId":90071992547409930E-1}}'
        )
        self.session.receive(cancel)
        self.assertTrue(call.cancelled)

    def test_ids_of_different_types_are_different(self):
        first, second = self.call(1), self.call("1")
        for call, request_id in ((second, "1"), (first, 1)):
            (line,) = self.session.finish(call, DONE)
            self.assertEqual(json.loads(line)["id"], request_id)

    def test_a_call_keeps_the_revision_that_it_was_made_in(self):
        self.answer(initialize("2024-11-05"))
        _, (call,) = receive(self.session, request("tools/call", 1, name="users"))
        self.answer(initialize("2025-11-25", 2))
        (line,) = self.session.finish(call, {"content": [], "structuredContent": {}})
        self.assertEqual(json.loads(line)["result"], {"content": [], "isError": False})

    def test_a_result_that_is_returned_again_takes_the_shape_of_each_revision(self):
        same = Result("text", {"structured": True})
        tool = Tool(lambda: FixedResult(same), tools.TOOLS[0].definition, False)

        def keys(session, message):
            _, (call,) = receive(session, message)
            (line,) = session.finish(call, run_call(call, lambda: None))
            return sorted(json.loads(line)["result"])

        old, new = (
            request("CallTool", name="get_cwd"),
            request("tools/call", name="get_cwd", _meta=META),
        )
        offering = Offering([tool], {"name": "same", "version": "1"}, "", False)
        session = Session(offering)
        alone = [keys(Session(offering), message) for message in (old, new)]
        self.assertNotEqual(alone[0], alone[1])
        for message, expected in (
            (old, alone[0]),
            (old, alone[0]),
            (new, alone[1]),
            (new, alone[1]),
            (old, alone[0]),
        ):
            self.assertEqual(keys(session, message), expected)

    def test_progress_stops_with_the_call(self):
        _, (call,) = receive(
            self.session,
            request("tools/call", 1, name="wait", _meta=dict(META, progressToken="t")),
        )
        self.assertEqual(len(self.session.progress(call, 0, 10)), 1)
        self.assertEqual(self.session.progress(call, 0.0), [])
        with self.assertRaises(ValueError):
            self.session.progress(call, float("nan"))
        self.assertEqual(len(self.session.progress(call, 0.5)), 1)
        self.assertEqual(self.session.progress(call, 0.1), [])
        self.session.finish(call, Failure("failed"))
        self.assertEqual(self.session.progress(call, 1), [])

    def test_a_batch_waits_for_its_last_call(self):
        batch = [request("CallTool", number, name="wait") for number in range(4)]
        answers, calls = receive(self.session, batch)
        self.assertEqual((answers, len(calls)), ([], 4))
        self.assertEqual(self.session.finish(calls[3], DONE), [])
        self.assertEqual(self.session.finish(calls[0], Failure("no")), [])
        cancel = cancelled(1)
        self.assertEqual(receive(self.session, cancel), ([], []))
        (line,) = self.session.finish(calls[2], DONE)
        self.assertEqual([answer["id"] for answer in json.loads(line)], [0, 2, 3])
        self.assertEqual(self.session.finish(calls[1], DONE), [])

    def test_a_batch_whose_calls_are_all_cancelled_is_not_answered(self):
        receive(
            self.session,
            [request("CallTool", 1, name="wait"), request("CallTool", 2, name="wait")],
        )
        for number in (1, 2):
            cancel = cancelled(number)
            self.assertEqual(receive(self.session, cancel), ([], []))

    def test_the_last_call_of_a_batch_is_cancelled(self):
        receive(self.session, [request("CallTool", 1, name="wait"), request("ping", 2)])
        cancel = cancelled(1)
        answers, _ = receive(self.session, cancel)
        self.assertEqual(answers, [[{"jsonrpc": "2.0", "id": 2, "result": {}}]])

    def test_what_a_batch_calls_and_cancels_itself_never_begins(self):
        """The tool would learn nothing of it, as it was cancelled before it began."""
        batch = [request("CallTool", number, name="wait") for number in range(3)]
        batch += [cancelled(0), cancelled(2), request("ping", "p")]
        answers, (call,) = receive(self.session, batch)
        self.assertEqual((answers, call.cancelled), ([], False))
        (line,) = self.session.finish(call, DONE)
        self.assertEqual([answer["id"] for answer in json.loads(line)], [1, "p"])

    def test_how_many_requests_are_not_answered(self):
        batch = [request("CallTool", number, name="wait") for number in range(3)]
        batch += [request("ping", "p"), cancelled("nothing"), 5]
        _, calls = receive(self.session, batch)
        self.assertEqual(self.session.count_unanswered(), 5)
        self.session.finish(calls[0], DONE)  # which leaves with the others
        self.assertEqual(self.session.count_unanswered(), 5)
        self.call("alone")
        receive(self.session, listen("s"))
        self.assertEqual(self.session.count_unanswered(), 7)
        self.session.close()  # answers the subscription, and of the batch what there is
        self.assertEqual(self.session.count_unanswered(), 3)

    def test_how_many_answers_a_line_would_get(self):
        lines = (
            (b'{"id":1,"method":"ping"}', 1),
            (b'{"method":"ping"}', 0),
            (b'{"id":1,"result":{}}', 0),
            (b"{}", 1),
            (b"{", 1),
            (b"[]", 1),
            (b'[{"id":1,"method":"ping"},{"method":"x"},{"id":2},7]', 3),
            (LongLine(b"{", b"}"), 1),
        )
        for line, expected in lines:
            with self.subTest(line):
                self.assertEqual(self.session.count_requests(line), expected)
        receive(self.session, initialize("2025-06-18"))  # which has no batches
        self.assertEqual(self.session.count_requests(lines[-2][0]), 1)

    def test_a_large_batch_takes_time_in_proportion(self):
        started = time.monotonic()
        _, calls = receive(
            self.session, [request("CallTool", number, name="wait") for number in range(10000)]
        )
        lines = [line for call in calls for line in self.session.finish(call, DONE)]
        self.assertEqual(len(json.loads(lines.pop())), 10000)
        self.assertEqual(lines, [])
        self.assertLess(time.monotonic() - started, 20)  # usually a tenth of a second

    def test_a_bug_of_ours_is_reported_and_tells_the_client_nothing(self):
        def broken(conversation, request, received):
            raise ZeroDivisionError("secret")

        self.addCleanup(METHODS.__setitem__, "ping", METHODS["ping"])
        METHODS["ping"] = Method(broken, legacy=True, before_handshake=True)
        error = self.answer(request("ping"))["error"]
        self.assertEqual(error, {"code": -32603, "message": "Internal error"})
        self.assertIsInstance(self.bugs.pop(), ZeroDivisionError)

    def test_nesting_near_the_parsers_limit_is_no_bug(self):
        """The parser may take what the encoder, a few frames deeper, does not."""
        for depth in range(1, 1200):
            nested = "[" * depth + "]" * depth
            meta = '{"io.modelcontextprotocol/protocolVersion":%s}' % nested
            line = '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":%s}}' % meta
            (answer,) = self.session.receive(line.encode()).lines
            self.assertIn(json.loads(answer)["error"]["code"], (-32022, -32602, -32700))
        self.assertEqual(self.bugs, [])

    def test_results_that_a_client_cannot_be_sent(self):
        for result in (
            {},
            {"content": 5},
            {"content": [{}]},
            {"content": [], "structuredContent": float("inf")},
        ):
            with self.subTest(result=result):
                call = self.call(1)
                (line,) = self.session.finish(call, result)
                self.assertTrue(json.loads(line)["result"]["isError"], result)

    def test_a_tool_without_a_client(self):
        """As the command line and unit tests call one: nobody is told of the progress."""
        call = ToolCall(fixtures.TOOLS[-2], {})
        self.assertEqual(run_call(call, lambda: None)["content"][0]["text"], "counted")

    def test_no_instructions(self):
        session = Session(Offering([], fixtures.SERVER_INFO, "", False))
        (answer,), _ = receive(session, initialize())
        self.assertNotIn("instructions", answer["result"])


class LineLimits(unittest.TestCase):
    def test_tools_of_a_users_own_may_take_files(self):
        for has_user_tools, limit in ((False, "4194304"), (True, "67108864")):
            session = Session(Offering([], fixtures.SERVER_INFO, "", has_user_tools))
            with self.subTest(has_user_tools=has_user_tools):
                (line,) = session.receive(LongLine(b'{"id":1,"method":"', b"}")).lines
                error = json.loads(line)["error"]
                self.assertEqual(error["message"], f"Message longer than {limit} bytes")
                self.assertEqual(str(session.max_line), limit)


class MemoryTests(unittest.TestCase):
    """What a client can make a session keep: the contract's 64 MiB, counted in bytes of lines."""

    def setUp(self):
        for module, name in ((conversation, "MAX_RESERVED"), (messages, "MAX_ANSWERS")):
            self.assertEqual(getattr(module, name), 64 << 20)
            patch = mock.patch.object(module, name, LIMIT)
            patch.start()
            self.addCleanup(patch.stop)
        self.session = fixtures.session()

    def call(self, request_id, size=0, name="wait"):
        """Return the answers to a line of `size` bytes and more that calls a tool, and the calls."""
        arguments = {"x": "y" * size}
        return receive(
            self.session, request("CallTool", request_id, name=name, arguments=arguments)
        )

    def assert_too_many(self, answers):
        self.assertEqual(answers[0]["error"]["code"], -32603)
        self.assertIn("Too many calls", answers[0]["error"]["message"])

    def test_lines_of_calls_are_bounded_together(self):
        self.assertEqual(self.call(1, LIMIT)[0], [])  # one alone may be as long as the limit
        answers, calls = self.call(2)
        self.assert_too_many(answers)
        self.assertEqual(calls, [])

    def test_a_call_that_has_ended_makes_room(self):
        _, (call,) = self.call(1, LIMIT)
        self.session.finish(call, DONE)
        _, (call,) = self.call(2, LIMIT)
        self.session.refuse(call)
        _, (call,) = self.call(3, LIMIT)
        receive(self.session, cancelled(3))
        self.assert_too_many(self.call(4)[0])  # cancelled, but the tool has not noticed yet
        self.session.finish(call, DONE)
        _, (call,) = self.call(4, LIMIT)
        receive(self.session, cancelled(4))
        self.session.forget(call)  # cancelled before it began
        self.assertEqual(self.call(5)[0], [])

    def test_a_call_that_runs_between_two_lines_needs_room_for_its_own(self):
        _, (first,) = self.call(1, LIMIT)
        self.assert_too_many(self.call(2, name="blocks")[0])
        self.session.finish(first, DONE)
        for request_id in range(3, 6):
            answers, (call,) = self.call(request_id, LIMIT, name="blocks")
            self.assertEqual(answers, [])
        self.assertEqual(len(self.session.finish(call, DONE)), 1)

    def test_calls_of_one_batch_need_the_room_of_one_line(self):
        names = ("wait", "blocks", "wait", "blocks")
        calls = [request("CallTool", number, name=name) for number, name in enumerate(names)]
        calls[0]["params"]["arguments"] = {"x": "y" * LIMIT}
        answers, calls = receive(self.session, calls)
        self.assertEqual((answers, len(calls)), ([], 4))

    def test_the_line_of_a_batch_is_counted_until_its_last_call_ends(self):
        batch = [
            request("CallTool", 1, name="wait", arguments={"x": "y" * LIMIT}),
            request("CallTool", 2, name="wait"),
        ]
        answers, (first, second) = receive(self.session, batch)
        self.assertEqual(answers, [])
        self.session.finish(first, DONE)
        self.assert_too_many(self.call(3)[0])
        self.session.finish(second, DONE)
        self.assertEqual(self.call(3)[0], [])

    def test_a_batch_whose_calls_never_begin_makes_room(self):
        batch = [request("CallTool", 1, name="wait", arguments={"x": "y" * LIMIT}), cancelled(1)]
        self.assertEqual(receive(self.session, batch), ([], []))
        self.assertEqual(self.call(2)[0], [])

    def test_the_answers_of_a_batch_are_bounded(self):
        size = LIMIT // 4
        batch = [request("CallTool", number, name="wait") for number in range(6)]
        _, calls = receive(self.session, batch)
        for call in calls:
            lines = self.session.finish(call, Result("x" * size))
        self.assertEqual(len(lines), 1)
        self.assertLess(len(lines[0]), LIMIT + 1000)
        answers = json.loads(lines[0])
        self.assertEqual([answer["id"] for answer in answers], list(range(6)))
        self.assertEqual(
            [answer.get("error", {}).get("code") for answer in answers], [None] * 3 + [-32603] * 3
        )

    def test_the_answers_of_a_batch_may_be_as_long_as_the_limit(self):
        batch = [request("ping", 1), request("ping", 2)]
        size = sum(len(jsonrpc.result_line(number, "{}")) for number in (1, 2))
        for limit, expected in ((size, ["result", "result"]), (size - 1, ["result", "error"])):
            with self.subTest(limit=limit), mock.patch.object(messages, "MAX_ANSWERS", limit):
                (answers,), _ = receive(self.session, batch)
                self.assertEqual([list(answer)[-1] for answer in answers], expected)

    def test_subscriptions_keep_nothing_but_their_ids(self):
        for number in range(MAX_SUBSCRIPTIONS - 1):
            answers, _ = receive(self.session, listen(number, x="y" * (LIMIT // 32)))
            self.assertIn("method", answers[0])
        self.assertEqual(self.call(1000, LIMIT - 1000)[0], [])
        self.assert_too_many(receive(self.session, listen("z" * LIMIT))[0])

    def test_the_id_of_a_subscription_makes_room_when_it_is_cancelled(self):
        request_id = "z" * LIMIT
        receive(self.session, listen(request_id))
        self.assert_too_many(self.call(1)[0])
        receive(self.session, cancelled(request_id))
        self.assertEqual(self.call(1)[0], [])

    def test_memory_that_runs_out_is_answered(self):
        def run_out(conversation, request, received):
            raise MemoryError

        self.addCleanup(METHODS.__setitem__, "ping", METHODS["ping"])
        METHODS["ping"] = Method(run_out, legacy=True, before_handshake=True)
        (answer,), _ = receive(self.session, request("ping", 5))
        self.assertEqual((answer["id"], answer["error"]["code"]), (5, -32603))
        self.assertIn("memory", answer["error"]["message"])

    def test_memory_that_runs_out_in_reading_is_answered_with_the_id(self):
        line = LongLine(b'{"jsonrpc":"2.0","id":6,"method":"ping",', b"}", fits_limit=True)
        answer = json.loads(self.session.receive(line).lines[0])
        self.assertEqual((answer["id"], answer["error"]["code"]), (6, -32603))

    def test_memory_that_runs_out_in_parsing_is_answered_with_the_id(self):
        class Line(bytes):
            def decode(self, *_):
                raise MemoryError

        received = self.session.receive(Line(b'{"jsonrpc":"2.0","id":6,"method":"ping"}'))
        answer = json.loads(received.lines[0])
        self.assertEqual((answer["id"], answer["error"]["code"]), (6, -32603))

    def test_memory_that_runs_out_for_a_batch_sends_its_answers_one_by_one(self):
        batch = [request("CallTool", number, name="wait") for number in range(2)]
        _, (first, second) = receive(self.session, batch)
        self.session.finish(first, DONE)
        with mock.patch.object(jsonrpc, "batch_line", side_effect=MemoryError):
            lines = self.session.finish(second, DONE)
        self.assertEqual([json.loads(line)["id"] for line in lines], [0, 1])

    def test_memory_that_runs_out_in_encoding_a_result_is_answered(self):
        class Huge(dict):
            def items(self):
                raise MemoryError

        _, (call,) = self.call(7)
        (line,) = self.session.finish(call, Huge())
        answer = json.loads(line)
        self.assertEqual((answer["id"], answer["error"]["code"]), (7, -32603))


class EndTests(unittest.TestCase):
    def test_of_a_batch_the_answers_go_out_that_are_there(self):
        session = fixtures.session()
        batch = [request("CallTool", number, name="wait") for number in range(3)]
        _, calls = receive(session, batch)
        _, (alone,) = receive(session, request("CallTool", "alone", name="wait"))
        session.finish(calls[2], DONE)
        session.finish(calls[0], DONE)
        (line,) = session.close()
        self.assertEqual([answer["id"] for answer in json.loads(line)], [0, 2])
        self.assertEqual(session.finish(calls[1], DONE), [])
        self.assertEqual(session.finish(alone, DONE), [])
        self.assertEqual(session.close(), [])

    def test_a_batch_without_any_answer_is_not_sent(self):
        session = fixtures.session()
        receive(session, [request("CallTool", 1, name="wait")])
        self.assertEqual(session.close(), [])


class ChangingTools(unittest.TestCase):
    """What a server says that may load its tools anew."""

    CHANGED = "notifications/tools/list_changed"

    def setUp(self):
        self.session = Session(fixtures.offering(), tools_may_change=True)

    def ask(self, message):
        answers, _ = receive(self.session, message)
        return answers[0]

    def test_it_is_announced(self):
        legacy = self.ask(initialize())["result"]
        modern = self.ask(request("server/discover", _meta=META))["result"]
        for result in (legacy, modern):
            self.assertEqual(result["capabilities"], {"tools": {"listChanged": True}})
        listed = self.ask(request("tools/list", _meta=META))["result"]
        self.assertEqual((modern["ttlMs"], listed["ttlMs"]), (0, 0))

    def test_nobody_is_told_who_has_not_asked(self):
        self.ask(listen("other", promptsListChanged=True))
        self.ask(listen("no", toolsListChanged=False))
        self.assertEqual(self.session.tools_changed([]), [])

    def test_a_legacy_client_is_told_after_its_handshake(self):
        self.ask(initialize())
        (line,) = self.session.tools_changed([])
        self.assertEqual(
            json.loads(line), {"jsonrpc": "2.0", "method": self.CHANGED, "params": {}}
        )

    def test_a_modern_client_is_told_on_its_subscription(self):
        acknowledged = self.ask(listen("a", toolsListChanged=True, promptsListChanged=True))
        self.assertEqual(acknowledged["params"]["notifications"], {"toolsListChanged": True})
        self.ask(listen(2, toolsListChanged=True))
        told = [json.loads(line) for line in self.session.tools_changed([])]
        self.assertEqual([message["method"] for message in told], [self.CHANGED] * 2)
        ids = [
            message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"]
            for message in told
        ]
        self.assertEqual(ids, ["a", 2])
        receive(self.session, cancelled("a"))
        self.assertEqual(len(self.session.tools_changed([])), 1)

    def test_other_tools_are_offered_and_calls_of_the_old_go_on(self):
        add, wait = fixtures.TOOLS[0], fixtures.TOOLS[-1]
        message = request("tools/list", "list", _meta=META)
        before = self.ask(message)["result"]["tools"]
        _, (call,) = receive(self.session, request("CallTool", 1, name=wait.name))
        self.session.tools_changed([add])
        after = self.ask(message)["result"]["tools"]
        self.assertEqual(
            (len(before), [tool["name"] for tool in after]), (len(fixtures.TOOLS), ["add"])
        )
        self.assertIn(
            "not found", self.ask(request("CallTool", 2, name=wait.name))["error"]["message"]
        )
        (line,) = self.session.finish(call, DONE)
        self.assertEqual(json.loads(line)["id"], 1)


class Wrapping(unittest.TestCase):
    """Before 2026-07-28 a structured result is an object."""

    LIST = {
        "type": "array",
        "items": {"$ref": "#/$defs/user"},
        "$defs": {"user": {"type": "object"}},
    }

    def shape(self, output, structured, revision):
        """Return the output schema and the structured content as a revision has them."""
        definition = {"name": "x", "inputSchema": {"type": "object"}}
        if output is not None:
            definition["outputSchema"] = output
        result = revisions.shape_result(Result("x", structured), definition, revision)
        shaped = revisions.shape_tool(definition, revision)
        return shaped.get("outputSchema"), result.get("structuredContent")

    def test_what_is_no_object_is_wrapped(self):
        for revision in ("2025-06-18", "2025-11-25"):
            with self.subTest(revision=revision):
                schema, value = self.shape(self.LIST, [{}], revision)
                self.assertEqual(value, {"result": [{}]})
                self.assertEqual(
                    schema,
                    {
                        "type": "object",
                        "properties": {
                            "result": {"type": "array", "items": {"$ref": "#/$defs/user"}}
                        },
                        "required": ["result"],
                        "$defs": {"user": {"type": "object"}},
                    },
                )

    def test_not_in_the_newest_revision(self):
        self.assertEqual(self.shape(self.LIST, [{}], "2026-07-28"), (self.LIST, [{}]))

    def test_an_object_stays(self):
        schema = {"type": "object"}
        for revision in ("2025-06-18", "2025-11-25", "2026-07-28"):
            with self.subTest(revision=revision):
                self.assertEqual(self.shape(schema, {"a": 1}, revision), (schema, {"a": 1}))

    def test_older_revisions_have_neither(self):
        for revision in ("", "2024-11-05", "2025-03-26"):
            with self.subTest(revision=revision):
                self.assertEqual(self.shape(self.LIST, [{}], revision), (None, None))

    def test_an_object_that_may_be_something_else_is_wrapped_too(self):
        """As the schema is: a client that checks one against the other must not be misled."""
        _, value = self.shape(
            {"anyOf": [{"type": "object"}, {"type": "null"}]}, {"a": 1}, "2025-11-25"
        )
        self.assertEqual(value, {"result": {"a": 1}})

    def test_without_a_schema_the_value_decides(self):
        self.assertEqual(self.shape(None, [1], "2025-11-25"), (None, {"result": [1]}))
        self.assertEqual(self.shape(None, {"a": 1}, "2025-11-25"), (None, {"a": 1}))

    def test_references_into_the_schema_follow_it(self):
        schema = {
            "anyOf": [
                {"type": "integer"},
                {"type": "array", "items": {"$ref": "#"}},
                {"$ref": "#/anyOf/0"},
            ],
            "default": {"$ref": "#"},
        }
        wrapped, _ = self.shape(schema, 1, "2025-11-25")
        inner = wrapped["properties"]["result"]
        self.assertEqual(inner["anyOf"][1]["items"], {"$ref": "#/properties/result"})
        self.assertEqual(inner["anyOf"][2], {"$ref": "#/properties/result/anyOf/0"})
        self.assertEqual(inner["default"], {"$ref": "#"})  # data, not a schema

    def test_a_schema_with_an_address_keeps_it_at_the_root(self):
        schema = {
            "$id": "https://example.com/s",
            "type": "array",
            "items": {
                "anyOf": [
                    {"$ref": "https://example.com/s#/$defs/a"},
                    {"$ref": "#b"},
                    {"$ref": "other"},
                ]
            },
            "not": {"$ref": "https://example.com/s"},
            "$defs": {"a": {"$anchor": "b"}},
        }
        wrapped, _ = self.shape(schema, [], "2025-11-25")
        inner = wrapped["properties"]["result"]
        self.assertEqual(wrapped["$id"], "https://example.com/s")
        self.assertNotIn("$id", inner)
        self.assertEqual(
            inner["items"], {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#b"}, {"$ref": "other"}]}
        )
        self.assertEqual(inner["not"], {"$ref": "#/properties/result"})

    def test_properties_are_objects(self):
        schema = {"type": "object", "properties": {"a": True, "b": False, "c": {"type": "string"}}}
        definition = {"name": "x", "inputSchema": schema, "outputSchema": schema}
        older = revisions.shape_tool(definition, "2025-11-25")
        for shaped in (older["inputSchema"], older["outputSchema"]):
            self.assertEqual(
                shaped["properties"], {"a": {}, "b": {"not": {}}, "c": {"type": "string"}}
            )
        self.assertEqual(revisions.shape_tool(definition, "2026-07-28"), definition)

    def test_blocks_that_a_revision_lacks_become_text(self):
        link = {"type": "resource_link", "uri": "file:///a", "name": "a"}
        shaped = revisions.shape_result(Result([link]), {}, "2024-11-05")
        self.assertEqual(
            shaped["content"], [{"type": "text", "text": "[resource_link: file:///a]"}]
        )


class TableTests(unittest.TestCase):
    # Said here once more, from the specification: which methods which era has
    LEGACY = {"initialize", "ping", "tools/list", "tools/call", "ListTools", "CallTool"}
    MODERN = {"server/discover", "tools/list", "tools/call", "subscriptions/listen"}

    def test_every_method_is_answered_in_its_era_alone(self):
        """A method of one era is -32601 in the other, whatever its name."""
        self.assertEqual(set(METHODS), self.LEGACY | self.MODERN)
        for name in METHODS:
            session = fixtures.session()
            receive(session, initialize())
            legacy, _ = receive(session, request(name, 1))
            modern, _ = receive(session, request(name, 2, _meta=META))
            for answers, era in ((legacy, self.LEGACY), (modern, self.MODERN)):
                with self.subTest(name, era=era):
                    unknown = bool(answers) and answers[0].get("error", {}).get("code") == -32601
                    # tutorial calls to no tool are -32601 too: their message names the tool
                    self.assertEqual(unknown, name not in era)

    def test_revisions_are_in_order(self):
        known = [*revisions.LEGACY_REVISIONS, revisions.MODERN_REVISION]
        self.assertEqual(known, sorted(known))
        tables = (
            revisions.TOOL_FIELDS,
            revisions.RESULT_FIELDS,
            revisions.CONTENT_TYPES,
            revisions.SERVER_INFO_FIELDS,
        )
        for table in tables:
            with self.subTest(table=table):
                self.assertLessEqual(set(table.values()), {revisions.TUTORIAL_DIALECT, *known})

    def test_the_newest_revision_leaves_definitions_alone(self):
        newest = revisions.MODERN_REVISION
        for tool in fixtures.TOOLS:
            with self.subTest(tool=tool):
                self.assertEqual(revisions.shape_tool(tool.definition, newest), tool.definition)
        shaped = revisions.shape_result({"content": fixtures.BLOCKS}, {}, newest)
        self.assertEqual(shaped["content"], fixtures.BLOCKS)


if __name__ == "__main__":
    unittest.main()
