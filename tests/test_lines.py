"""Cutting a stream into lines, and the id of a line that is too long."""

import random
import unittest
from unittest import mock

from cwd_server.protocol import lines
from cwd_server.protocol.lines import EDGE, Lines, LongLine, id_at_the_edges

BOM = b"\xef\xbb\xbf"
MAX_LINE = 100000


def cut(data, size=None):
    """Return the lines of `data`, fed in pieces of `size` bytes, and what its end leaves."""
    lines = Lines(MAX_LINE)
    cut = []
    for start in range(0, len(data), size or len(data) or 1):
        cut += lines.feed(data[start : start + (size or len(data))])
    return [None if isinstance(line, LongLine) else line for line in cut + lines.feed(b"")]


class LineTests(unittest.TestCase):
    def test_limit(self):
        full = b"x" * MAX_LINE
        for before in (b"", BOM):
            for newline in (b"\n", b"\r\n", b"", b"\r"):
                for size in (None, 65536, 1000003):
                    with self.subTest(before=before, newline=newline, size=size):
                        self.assertEqual(cut(before + full + newline, size), [full])
                        self.assertEqual(cut(before + b"x" + full + newline, size), [None])

    def test_a_line_that_is_too_long_among_others(self):
        data = b"a\n" + b"x" * (MAX_LINE + 1) + b"\nb\n"
        for size in (None, 65536):
            with self.subTest(size=size):
                self.assertEqual(cut(data, size), [b"a", None, b"b"])

    def test_limit_counts_what_is_stripped_too(self):
        """So that it does not matter how the bytes were cut."""
        for size in (None, 65536):
            with self.subTest(size=size):
                self.assertEqual(cut(b"x" + b" " * (MAX_LINE - 1) + b"\n", size), [b"x"])
                self.assertEqual(cut(b"x" + b" " * MAX_LINE + b"\n", size), [None])

    def test_of_a_line_that_is_too_long_only_the_edges_are_held(self):
        lines = Lines(MAX_LINE)
        self.assertEqual(lines.feed(b"head"), [])
        for _ in range(100):
            self.assertEqual(lines.feed(b"x" * 65536), [])
        self.assertLess(len(lines._unfinished), MAX_LINE)
        long, following = lines.feed(b"tail\nnext\n")
        self.assertTrue(long.head.startswith(b"head"))
        self.assertTrue(long.tail.endswith(b"tail"))
        self.assertLessEqual(len(long.head + long.tail), 2 * EDGE)
        self.assertEqual(following, b"next")

    def test_blank_lines(self):
        self.assertEqual(cut(b"\n\r\n \t\n\na\n\n b \r\n\r\n"), [b"a", b"b"])
        self.assertEqual(cut(b""), [])
        self.assertEqual(cut(b" \t\r"), [])

    def test_blank_lines_of_any_length(self):
        for length in (MAX_LINE + 1, MAX_LINE + 6, 3 * MAX_LINE):
            for size in (None, 65536):
                with self.subTest(length=length, size=size):
                    blank = b" \t" * (length // 2) + b"\n"
                    self.assertEqual(cut(blank + b"a\n" + blank, size), [b"a"])
                    self.assertEqual(cut(blank[:-1] + b"x\n" + blank, size), [None])

    def test_memory_that_does_not_suffice_for_a_line(self):
        """The line is dropped, whose sender is told why, and the next one is read."""

        class Growing(bytearray):
            def __iadd__(self, piece):
                if len(self) + len(piece) > 2 * EDGE:
                    raise MemoryError
                return super().__iadd__(piece)

            def __getitem__(self, place):
                return Growing(super().__getitem__(place))

        class Copied(bytearray):
            def strip(self, *_):
                raise MemoryError

        for kind in (Growing, Copied):
            with self.subTest(kind), mock.patch.object(lines, "bytearray", kind, create=True):
                reader = Lines(MAX_LINE)
                for piece in (b'{"id":7,', b"x" * EDGE, b"x" * EDGE):
                    self.assertEqual(reader.feed(piece), [])
                (line,) = reader.feed(b"}\n")
                self.assertTrue(line.fits_limit)
                self.assertEqual((line.head[:8], line.tail[-2:]), (b'{"id":7,', b"x}"))
                self.assertEqual(reader.feed(b"next\n"), [b"next"])

    def test_byte_order_mark_only_on_the_first_line(self):
        for size in (None, 1, 2):
            with self.subTest(size=size):
                self.assertEqual(cut(BOM + b"a\n" + BOM + b"b\n", size), [b"a", BOM + b"b"])
                self.assertEqual(cut(b"\n" + BOM + b"a\n", size), [BOM + b"a"])
                self.assertEqual(cut(BOM + b"\na\n", size), [b"a"])
                self.assertEqual(cut(BOM + BOM + b"a", size), [BOM + b"a"])

    def test_any_cut_gives_the_same_lines(self):
        data = BOM + b"a\r\n\n\xc3\xa9\nbcd\n\r\n e"
        for size in range(1, len(data) + 1):
            with self.subTest(size=size):
                self.assertEqual(cut(data, size), [b"a", b"\xc3\xa9", b"bcd", b"e"])


class IdAtTheEdges(unittest.TestCase):
    """A request of which only the first and the last bytes are known."""

    EDGE = 300

    def found(self, text, filling="x"):
        line = text.replace("...", filling * 1000).encode("utf-8")
        return id_at_the_edges(line[: self.EDGE], line[-self.EDGE :])

    def test_found(self):
        for text, expected in (
            ('{"id":7,"method":"m","params":"..."}', 7),
            ('{ "jsonrpc" : "2.0" , "id" : "a" , "method":"m","params":"..."}', "a"),
            ('{"method":"m","params":"...","id":7}', 7),
            ('{"method":"m","params":["..."],"jsonrpc":"2.0","id":"\\"q\\\\" }  ', '"q\\'),
            ('{"method":"m","params":{"id":9},"id":7,"x":"..."}', 7),
            ('{"x":"...","id":7,"params":{"id":9},"method":"m"}', 7),
            ('{"x":"...\\\\","id":1E2}', 100),
            (
                '{"id":1,"method":"m","params":"...","id":2}',
                2,
            ),  # as JSON parsers do: the last counts
            ('{"id":1,"method":"m","result":"..."}', 1),
            (' \t{"id":7,"method":"m","params":"..."} \r', 7),
            ('{"\\u0069d":7,"method":"m","params":"..."}', 7),
            ('{"method":"m","params":"...","\\u0069\\u0064":7}', 7),
            ('{"id":9,"method":"m","params":"...","\\u0069d":7}', 7),
        ):
            with self.subTest(text):
                self.assertEqual(self.found(text), expected)

    def test_blanks_cut_nothing(self):
        """A number, or the message itself, has ended where there are blanks."""
        for text in (
            '{"id":7...,"method":"m"}',
            '{...,"id":7}',
            '...{"id":7,"method":"m"}',
            '{"id":7,"method":"m"}...',
        ):
            with self.subTest(text):
                self.assertEqual(self.found(text, " "), 7)
        self.assertIsNone(self.found('{"id":7...,"method":"m"}', "7"))

    def test_not_the_requests(self):
        for text in (
            '{"method":"m","params":{"id":9,"x":"..."}}',
            '{"method":"m","params":{"x":"...","id":9}}',
            '{"method":"m","params":"\\"id\\":9,..."}',
            '{"method":"m","params":"...,\\"id\\":9"}',
            '{"method":"m","params":"...,\\"id\\":9,\\"a\\":\\"b\\""}',
            '{"method":"m\\\\\\",\\"id\\":9,...","params":1}',
            '[{"id":9,"method":"..."}]',
            '{"id":9,"result":"..."}',
            '{"error":"...","id":9}',
            '{"id":true,"method":"..."}',
            '{"id":[9],"method":"..."}',
            '"id":9,"method":"..."}',
            '{"id":9,"method":"...',
            '{"method":"...","params":0}',
            "...",
        ):
            with self.subTest(text):
                self.assertIsNone(self.found(text))

    def test_random_cuts_find_it_or_nothing(self):
        """Whatever the edges are, no other id is taken for the request's."""
        text = (
            '{"a":{"id":1,"b":[{"id":"2"},"\\"id\\":3"]},"id":4,"c":"\\\\\\"id\\":5","d":{"id":6}}'
        )
        line = text.encode()
        chance = random.Random(14)
        for _ in range(2000):
            first, last = chance.randrange(1, len(line)), chance.randrange(1, len(line))
            found = id_at_the_edges(line[:first], line[-last:])
            self.assertIn(found, (4, None), (line[:first], line[-last:]))


if __name__ == "__main__":
    unittest.main()
