"""One session: limits, threads' order of events, and our own bugs, which transcripts cannot show."""

import json
import sys
import time
import unittest

from cwd_server import tools
from cwd_server.protocol import jsonrpc, revisions
from cwd_server.protocol.session import MAX_SUBSCRIPTIONS, METHODS, Session
from cwd_server.toolkit import Result
from cwd_server.toolkit.call import FixedResult, Outcome, ToolCall, run_call
from cwd_server.toolkit.tool import Tool
from tests import META, fixtures, initialize, request


def receive(session, message):
    """Return what a message leads to: the answers as objects, and the calls to make."""
    received = session.receive(json.dumps(message).encode())
    return [json.loads(line) for line in received.lines], received.calls


def listen(number):
    return request("subscriptions/listen", number, notifications={}, _meta=META)


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
        answers, (call,) = receive(self.session, request("tools/call", request_id, name=name, _meta=META, **params))
        self.assertEqual(answers, [])
        return call

    def test_subscriptions_are_limited(self):
        for number in range(MAX_SUBSCRIPTIONS):
            self.assertIn("method", self.answer(listen(number)))
        self.assertEqual(self.answer(listen("one more"))["error"]["code"], -32603)
        receive(self.session, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 0}})
        self.assertIn("method", self.answer(listen("one more")))
        closed = [json.loads(line)["id"] for line in self.session.close()]
        self.assertEqual(closed, [*range(1, MAX_SUBSCRIPTIONS), "one more"])
        self.assertEqual(self.session.close(), [])

    def test_a_cancelled_call_is_told_so_and_never_answered(self):
        call = self.call(1)
        self.assertTrue(self.session._calls)
        receive(self.session, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
        self.assertTrue(call.cancelled)
        self.assertFalse(self.session._calls)
        self.assertEqual(self.session.progress(call, 1), [])
        self.assertEqual(self.session.finish(call, Outcome({"content": []})), [])

    def test_the_id_of_a_cancelled_call_belongs_to_the_next(self):
        old = self.call(1)
        receive(self.session, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
        new = self.call(1)
        self.assertEqual(self.session.finish(old, Outcome({"content": []})), [])
        self.assertTrue(self.session._calls)
        self.assertEqual(len(self.session.finish(new, Outcome({"content": []}))), 1)
        self.assertEqual(self.session.finish(new, Outcome({"content": []})), [])

    def test_ids_of_different_types_are_different(self):
        first, second = self.call(1), self.call("1")
        for call, request_id in ((second, "1"), (first, 1)):
            (line,) = self.session.finish(call, Outcome({"content": []}))
            self.assertEqual(json.loads(line)["id"], request_id)

    def test_a_call_keeps_the_revision_that_it_was_made_in(self):
        self.answer(initialize("2024-11-05"))
        _, (call,) = receive(self.session, request("tools/call", 1, name="users"))
        self.answer(initialize("2025-11-25", 2))
        (line,) = self.session.finish(call, Outcome({"content": [], "structuredContent": {}}))
        self.assertEqual(json.loads(line)["result"], {"content": [], "isError": False})

    def test_a_result_that_is_returned_again_takes_the_shape_of_each_revision(self):
        same = Result("text", {"structured": True})
        tool = Tool(lambda: FixedResult(same), tools.TOOLS[0].definition, False)

        def keys(session, message):
            _, (call,) = receive(session, message)
            (line,) = session.finish(call, run_call(call, lambda: None))
            return sorted(json.loads(line)["result"])

        old, new = request("CallTool", name="get_cwd"), request("tools/call", name="get_cwd", _meta=META)
        session = Session([tool], {"name": "same", "version": "1"})
        alone = [keys(Session([tool], {"name": "same", "version": "1"}), message) for message in (old, new)]
        self.assertNotEqual(alone[0], alone[1])
        for message, expected in ((old, alone[0]), (old, alone[0]), (new, alone[1]), (new, alone[1]), (old, alone[0])):
            self.assertEqual(keys(session, message), expected)

    def test_progress_stops_with_the_call(self):
        _, (call,) = receive(self.session, request("tools/call", 1, name="wait", _meta=dict(META, progressToken="t")))
        self.assertEqual(len(self.session.progress(call, 0, 10)), 1)
        self.assertEqual(self.session.progress(call, 0.0), [])
        with self.assertRaises(ValueError):
            self.session.progress(call, float("nan"))
        self.assertEqual(len(self.session.progress(call, 0.5)), 1)
        self.assertEqual(self.session.progress(call, 0.1), [])
        self.session.finish(call, Outcome(failure="failed"))
        self.assertEqual(self.session.progress(call, 1), [])

    def test_a_batch_waits_for_its_last_call(self):
        batch = [request("CallTool", number, name="wait") for number in range(4)]
        answers, calls = receive(self.session, batch)
        self.assertEqual((answers, len(calls)), ([], 4))
        self.assertEqual(self.session.finish(calls[3], Outcome({"content": []})), [])
        self.assertEqual(self.session.finish(calls[0], Outcome(failure="no")), [])
        cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
        self.assertEqual(receive(self.session, cancel), ([], []))
        (line,) = self.session.finish(calls[2], Outcome({"content": []}))
        self.assertEqual([answer["id"] for answer in json.loads(line)], [0, 2, 3])
        self.assertEqual(self.session.finish(calls[1], Outcome({"content": []})), [])

    def test_a_batch_whose_calls_are_all_cancelled_is_not_answered(self):
        receive(self.session, [request("CallTool", 1, name="wait"), request("CallTool", 2, name="wait")])
        for number in (1, 2):
            cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}}
            self.assertEqual(receive(self.session, cancel), ([], []))

    def test_the_last_call_of_a_batch_is_cancelled(self):
        receive(self.session, [request("CallTool", 1, name="wait"), request("ping", 2)])
        cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
        answers, _ = receive(self.session, cancel)
        self.assertEqual(answers, [[{"jsonrpc": "2.0", "id": 2, "result": {}}]])

    def test_a_large_batch_takes_time_in_proportion(self):
        started = time.monotonic()
        _, calls = receive(self.session, [request("CallTool", number, name="wait") for number in range(10000)])
        lines = [line for call in calls for line in self.session.finish(call, Outcome({"content": []}))]
        self.assertEqual(len(json.loads(lines.pop())), 10000)
        self.assertEqual(lines, [])
        self.assertLess(time.monotonic() - started, 20)  # usually a tenth of a second

    def test_a_bug_of_ours_is_reported_and_tells_the_client_nothing(self):
        def broken(session, request):
            raise ZeroDivisionError("secret")

        before = METHODS["ping"]
        self.addCleanup(METHODS.__setitem__, "ping", before)
        METHODS["ping"] = (before[0], broken)
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
        for result in ({}, {"content": 5}, {"content": [{}]}, {"content": [], "structuredContent": float("inf")}):
            call = self.call(1)
            (line,) = self.session.finish(call, Outcome(result))
            self.assertTrue(json.loads(line)["result"]["isError"], result)

    def test_a_tool_without_a_client(self):
        """As the command line and unit tests call one: nobody is told of the progress."""
        call = ToolCall(fixtures.TOOLS[-2], {})
        self.assertEqual(run_call(call, lambda: None).result["content"][0]["text"], "counted")

    def test_no_instructions(self):
        session = Session([], fixtures.SERVER_INFO)
        (answer,), _ = receive(session, initialize())
        self.assertNotIn("instructions", answer["result"])


class TableTests(unittest.TestCase):
    def test_every_method_is_called_by_its_era_alone(self):
        """A method of one era is -32601 in the other, whatever its name."""
        for method, (eras, _) in METHODS.items():
            session = fixtures.session()
            receive(session, initialize())
            legacy, _ = receive(session, request(method, 1))
            modern, _ = receive(session, request(method, 2, _meta=META))
            for answers, era_has_it in ((legacy, eras != ("modern",)), (modern, "modern" in eras)):
                unknown = bool(answers) and answers[0].get("error", {}).get("code") == -32601
                # tutorial calls to no tool are -32601 too: their message names the tool
                self.assertEqual(unknown, not era_has_it, (method, answers))

    def test_revisions_are_in_order(self):
        known = revisions.LEGACY_REVISIONS + revisions.MODERN_REVISIONS
        self.assertEqual(list(known), sorted(known))
        fields = {}
        for table in (revisions.TOOL_FIELDS, revisions.RESULT_FIELDS, revisions.CONTENT_TYPES,
                      revisions.SERVER_INFO_FIELDS):  # fmt: skip
            fields.update(table)
        self.assertLessEqual(set(fields.values()), {revisions.TUTORIAL_DIALECT, *known})

    def test_newer_revisions_leave_definitions_alone(self):
        for tool in fixtures.TOOLS:
            self.assertEqual(revisions.shape_tool(tool.definition, "2026-07-28"), tool.definition)
        self.assertEqual(revisions.shape_result({"content": fixtures.BLOCKS}, "2026-07-28")["content"], fixtures.BLOCKS)

    def test_is_token(self):
        for value, good in ((1, True), ("a", True), ("é😀", True), (True, False), (1.5, False), ("\ud83d", False)):
            self.assertEqual(jsonrpc.is_token(value), good)


if __name__ == "__main__":
    unittest.main()
