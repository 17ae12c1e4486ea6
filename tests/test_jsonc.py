"""JSON with comments: made strict without moving anything, and explained where it is wrong."""

import json
import unittest

from cwd_server.commands.formats.jsonc import JSONSyntaxError, describe_place, load, to_strict_json


class Strict(unittest.TestCase):
    def test_what_is_left_says_the_same_at_the_same_place(self):
        for text, value in (
            ('{"a": 1}', {"a": 1}),
            ('{"a": 1, // one\n "b": 2 /* two */, }', {"a": 1, "b": 2}),
            ("[1, /* yes */ 2 /* the last */ , // end\n ]", [1, 2]),
            (
                '["// no comment", "/* nor this */", ", ]", "\\", ]"]',
                ["// no comment", "/* nor this */", ", ]", '", ]'],
            ),
            ('/**/{"a": [1,],/*/ still */}//', {"a": [1]}),
            ('{"a": "x"\r\n// CRLF\r\n,"b": "/"}', {"a": "x", "b": "/"}),
        ):
            with self.subTest(text=text):
                strict = to_strict_json(text)
                self.assertEqual(json.loads(strict.text), value)
                self.assertEqual(len(strict.text), len(text))
                self.assertEqual(strict.text.count("\n"), text.count("\n"))

    def test_strict_text_stays_as_it_is(self):
        text = '{"a": ["b", {"c": "//"}], "d": -1.5e3}'
        self.assertEqual(to_strict_json(text), (text, [], []))

    def test_where_comments_and_commas_were(self):
        strict = to_strict_json("[1, // a\n2, ]")
        self.assertEqual((strict.comments, strict.trailing_commas), ([(4, 8)], [10]))

    def test_a_comment_ends_with_its_line_however_lines_end(self):
        for end in ("\n", "\r\n", "\r"):
            with self.subTest(end=end):
                strict = to_strict_json(f"[1, // a{end}2]")
                self.assertEqual(strict.comments, [(4, 8)])
                self.assertEqual(json.loads(strict.text), [1, 2])

    def test_a_comma_too_many_is_no_trailing_one(self):
        for text in ("[1,,]", "[,1]", '{"a": 1,, "b": 2}', "[,]", "{,}", "[1, [ , ] ]"):
            with self.subTest(text=text), self.assertRaises(JSONSyntaxError):
                load(to_strict_json(text).text)

    def test_hostile_texts_are_refused_or_read(self):
        for text in (
            '"' + '\\"' * 100000,
            "/*" * 100000,
            "[" * 100000,
            "," * 100000,
            '{"a":' * 100000,
            "//" * 100000,
        ):
            with self.subTest(text=text[:10]), self.assertRaises(JSONSyntaxError):
                load(to_strict_json(text).text)
        self.assertEqual(load("9" * 5000).value, float("inf"))


class Explained(unittest.TestCase):
    def test_what_is_wrong_and_where(self):
        for text, message in (
            ("", "the file is empty"),
            ('{"a" 1}', "expected a colon after the name, found 1"),
            ('{"a": 1\n "b": 2}', 'expected a comma or a closing bracket, found "b"'),
            (
                "{'a': 1}",
                "expected a name in double quotes, found ' (quotes must be double ones)",
            ),
            ('{"a": }', "expected a value, found }"),
            ('{"a": 1', "expected a comma or a closing bracket, and the file ends"),
            ('{"a": 1} x', "expected the end of the file, found x"),
            ('{"a": "x', "a string begins here and never ends"),
            ('{"a": "C:\\Users"}', "a backslash inside a string must be written \\\\"),
            ('{"a": "x\n"}', "a line break or another control character inside a string"),
            ('{"a": NaN}', "NaN is not JSON"),
        ):
            with self.subTest(text=text), self.assertRaises(JSONSyntaxError) as caught:
                load(text)
            self.assertEqual(caught.exception.message, message)

    def test_what_is_no_number_is_shown_where_it_is(self):
        for text in ('{"a": "NaN",\n"b": NaN}', '["Infinity\\"", -Infinity]'):
            with self.subTest(text=text), self.assertRaises(JSONSyntaxError) as caught:
                load(text)
            self.assertRegex(text[caught.exception.offset :], r"^(NaN|-Infinity)[]}]$")

    def test_what_to_write_instead(self):
        for text, hint in (
            ("{\u201ca\u201d: 1}", "quotes must be straight ones"),
            ("{\"a\": 'b'}", "quotes must be double ones"),
            ('{"a": True}', "write true"),
            ('{"a" = 1}', "write a colon"),
            ("{\n# a\n}", "a comment begins with //"),
            ("```json\n{}\n```", "leave out the lines of ```"),
            ("{\u00a0}", "found U+00A0 (a blank of another kind)"),
        ):
            with self.subTest(text=text), self.assertRaises(JSONSyntaxError) as caught:
                load(text)
            self.assertIn(hint, caught.exception.message)

    def test_lines_and_columns_count_from_one(self):
        self.assertEqual(describe_place("a\nbc", 3), "line 2, column 2")
        self.assertEqual(describe_place("a", 0), "line 1, column 1")

    def test_a_name_that_an_object_has_twice(self):
        document = load('{"a": {"b": 1, "b": 2}, "a": 3}')
        self.assertEqual(document.value, {"a": 3})
        self.assertEqual(sorted(document.duplicates), ["a", "b"])


if __name__ == "__main__":
    unittest.main()
