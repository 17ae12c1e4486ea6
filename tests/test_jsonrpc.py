"""Decoding and encoding messages: what transcripts cannot show."""

import json
import subprocess
import sys
import unittest

from cwd_server.protocol import jsonrpc
from cwd_server.protocol.jsonrpc import JSONRPCError
from tests.support.paths import environment

BOM = b"\xef\xbb\xbf"


REFUSED = [
    b"", b"x", b"{", b'{"a":1', b"[1,]", b"[1 2]", b'{"a":1,}', b"{'a':1}", b'"a', b'"\x01"', b'"\\x"', b"01", b"1.",
    b"+1", b"nul", b"1 2", b"{} {}", b"NaN", b"Infinity", b"-Infinity", b"[NaN]", b"1e400", b"-1e400", b"\xff",
    b'"\xc3"', b'"\xed\xa0\x80"', b"[" * 100000, b'{"a":' * 100000, b"1" * 4301, BOM + b"{}", b"\xc2\xa01",
]  # fmt: skip
TAKEN = [
    b"{}", b"[]", b"0", b"-0", b"1e300", b"1.5", b'"\\ud83d"', b'"\xf0\x9f\x98\x80"', b"true", b"null", b"1" * 4300,
    b"[" * 200 + b"]" * 200, b'{"a":{"b":[1,"c",null]},"a":2}',
]  # fmt: skip


class DecodeTests(unittest.TestCase):
    def test_refused(self):
        for line in REFUSED:
            with self.subTest(line[:40]), self.assertRaises(JSONRPCError) as raised:
                jsonrpc.decode(line)
            self.assertEqual(raised.exception.code, -32700)
            self.assertRegex(raised.exception.message, "^Parse error: .")

    def test_taken(self):
        for line in TAKEN:
            with self.subTest(line[:40]):
                self.assertEqual(jsonrpc.decode(line), json.loads(line.decode("utf-8")))

    def decode_all(self, before):
        """Return what every line comes to in a process of its own that ran the statement `before`."""
        program = before + (
            "\nimport sys\nfrom cwd_server.protocol import jsonrpc"
            "\nfor line in sys.stdin.buffer.read().split(b'\\n'):"
            "\n    try:"
            "\n        print('taken', ascii(jsonrpc.decode(line)), jsonrpc.encode(jsonrpc.decode(line)))"
            "\n    except jsonrpc.JSONRPCError as error:"
            "\n        print(error.code)"
        )
        done = subprocess.run(
            [sys.executable, "-S", "-c", program], input=b"\n".join(REFUSED + TAKEN), env=environment(),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
        )  # fmt: skip
        self.assertEqual(done.stderr, b"")
        return done.stdout.splitlines()

    def test_without_and_with_the_package_json(self):
        """The scanner in C alone, with json loaded before it, and json alone as on PyPy, do the same.

        The first of a process's errors is the one that CPython 3.10 and 3.11 cannot word by themselves.
        """
        alone = self.decode_all("")
        self.assertEqual(alone[: len(REFUSED)], [b"-32700"] * len(REFUSED))
        self.assertTrue(all(line.startswith(b"taken") for line in alone[len(REFUSED) :]), alone)
        self.assertEqual(self.decode_all("import json"), alone)
        self.assertEqual(self.decode_all("import sys; sys.modules['_json'] = None"), alone)

    def test_first_error_of_a_process(self):
        for line in (b"{'a':1}", b'{"a"', b'"\x01"', b"x", b"[1 2]"):
            with self.subTest(line=line):
                done = subprocess.run(
                    [sys.executable, "-S", "-c", "from cwd_server.protocol import jsonrpc; jsonrpc.decode(%r)" % line],
                    env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                )  # fmt: skip
                self.assertRegex(
                    done.stderr.decode().splitlines()[-1],
                    "^cwd_server.protocol.jsonrpc.JSONRPCError: Parse error: ",
                )


class IdTests(unittest.TestCase):
    def test_what_an_id_is(self):
        for line, expected in (
            (b"1", 1), (b"-7", -7), (b'""', ""), (b'"a"', "a"), (b"1.0", 1), (b"-0.0", 0), (b"1E2", 100), (b"1e0", 1),
            (b"1e300", 10**300), (b"1.5", None), (b"1e-1", None), (b"true", None), (b"null", None), (b"[1]", None),
            # What a double cannot tell from its neighbours
            (b"9007199254740993.0", 9007199254740993), (b"-1E23", -(10**23)), (b"9007199254740992.5", None),
            (b"1234567890123456789.0e1", 12345678901234567890), (b"12345678901234567890e-1", 1234567890123456789),
        ):  # fmt: skip
            with self.subTest(line):
                found = jsonrpc.to_id(jsonrpc.decode(line))
                self.assertEqual((found, type(found)), (expected, type(expected)))

    def test_what_can_be_repeated_among_other_data(self):
        for value, good in ((1, True), ("a", True), ("é😀", True), ("\ud83d", False)):
            with self.subTest(value=value, good=good):
                self.assertEqual(jsonrpc.is_text(value), good)


class LargeFloats(unittest.TestCase):
    def test_they_are_floats_but_for_the_integer_they_were_written_as(self):
        number = jsonrpc.decode(b"9007199254740993.0")
        self.assertEqual((number, jsonrpc.encode([number])), (2.0**53, "[9007199254740992.0]"))
        self.assertEqual((type(float(number)), int(number)), (float, 2**53 + 1))

    def test_what_all_doubles_can_tell_stays_a_plain_float(self):
        for line in (b"1.5", b"9007199254740991.0", b"-4503599627370496.5"):
            with self.subTest(line=line):
                self.assertIs(type(jsonrpc.decode(line)), float)


class EncodeTests(unittest.TestCase):
    def test_compact_ascii(self):
        self.assertEqual(
            jsonrpc.encode({"a": [1, None, True, "é\n\u2028"]}),
            '{"a":[1,null,true,"\\u00e9\\n\\u2028"]}',
        )

    def test_lone_surrogates_are_replaced(self):
        for text, expected in (
            ("\ud83d", "\ufffd"),
            ("\udc80x", "\ufffdx"),
            ("\ud83d\ud83d", "\ufffd\ufffd"),
            ("a\U0001f600\ud83d", "a\U0001f600\ufffd"),
            ("\\ud83d", "\\ud83d"),
            ("\\\ud83d", "\\\ufffd"),
            ("\ud7ff\ue000", "\ud7ff\ue000"),
        ):
            with self.subTest(ascii(text)):
                self.assertEqual(
                    json.loads(jsonrpc.encode({text: [text]})), {expected: [expected]}
                )

    def test_refused(self):
        cycle = []
        cycle.append(cycle)
        for value, error in (
            (float("nan"), ValueError),
            ({1, 2}, TypeError),
            ({(1, 2): 3}, TypeError),  # a key that is no text is not left out
            (cycle, RecursionError),
        ):
            with self.subTest(value=value, error=error):
                with self.assertRaises(error):
                    jsonrpc.encode(value)

    def test_ids_go_back_as_they_came(self):
        for line in (
            b"0",
            b"-1",
            b"123456789012345678901234567890",
            b'""',
            b'"\\ud83d"',
            b'"\\u00e9"',
        ):
            with self.subTest(line=line):
                self.assertEqual(jsonrpc.encode_id(jsonrpc.decode(line)), line.decode())

    def test_lines(self):
        error = JSONRPCError(-32602, "no", {"a": 1})
        self.assertEqual(
            jsonrpc.error_line("x", error),
            '{"jsonrpc":"2.0","id":"x","error":{"code":-32602,"message":"no","data":{"a":1}}}',
        )
        self.assertEqual(
            jsonrpc.error_line(None, JSONRPCError(1, "")),
            '{"jsonrpc":"2.0","error":{"code":1,"message":""}}',
        )
        self.assertEqual(jsonrpc.result_line(1, "{}"), '{"jsonrpc":"2.0","id":1,"result":{}}')
        self.assertEqual(
            jsonrpc.notification_line("n", {}), '{"jsonrpc":"2.0","method":"n","params":{}}'
        )
        self.assertEqual(jsonrpc.batch_line(["1", "2"]), "[1,2]")

    def test_a_member_more(self):
        for members in ({}, {"a": 1}, {"a": {}, "b": []}):
            with self.subTest(members):
                text = jsonrpc.prepend_member("first", "[2]", jsonrpc.encode(members))
                self.assertEqual(text, jsonrpc.encode({"first": [2], **members}))

    def test_how_many_requests_a_line_answers(self):
        result = jsonrpc.result_line("method", '{"jsonrpc":"2.0"}')
        error = jsonrpc.error_line(None, JSONRPCError(1, ""))
        for line, expected in (
            (jsonrpc.notification_line("n", {}), 0),
            (result, 1),
            (error, 1),
            (jsonrpc.batch_line([result, error, result]), 3),
        ):
            with self.subTest(line):
                self.assertEqual(jsonrpc.count_responses(line), expected)


if __name__ == "__main__":
    unittest.main()
