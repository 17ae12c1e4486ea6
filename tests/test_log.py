"""What is written to stderr: nothing that a terminal would obey."""

import unittest

from cwd_server.transport.log import escape_controls


class Controls(unittest.TestCase):
    def test_what_a_terminal_would_obey_is_escaped(self):
        for text, expected in (
            ("plain, é, \U0001f600", "plain, é, \U0001f600"),
            ("two\nlines\tand a tab", "two\nlines\tand a tab"),
            ("\x1b[31mred\x07\x7f", "\\x1b[31mred\\x07\\x7f"),
            ("\x9b31m", "\\x9b31m"),
            ("back\rwards\u202e", "back\\rwards\\u202e"),
            ("\udcff", "\\udcff"),
        ):
            with self.subTest(ascii(text)):
                self.assertEqual(escape_controls(text), expected)


if __name__ == "__main__":
    unittest.main()
