"""What is said of TOML that cannot be read."""

import unittest

from cwd_server.commands.formats.toml_text import TOMLError, load_toml

try:
    import tomllib
except ImportError:
    tomllib = None


class Explained(unittest.TestCase):
    @unittest.skipIf(tomllib is None, "below Python 3.11, a reader of our own says it")
    def test_what_is_wrong_and_where(self):
        for text, message in (
            ("a\n", "line 1, column 2: expected = behind a name"),
            ("[a\n", "line 1, column 3: expected ] behind the name of a table"),
            ("[[a]\n", "line 1, column 4: expected ]] behind the name of a table"),
            ("a = 1 2\n", "line 1, column 7: expected the end of the line"),
            ("[a.b]\n[a.b]\n", "line 2, column 5: [a.b] is there already"),
            ("a = 1\na = 2\n", "line 2, column 6: a name is there twice"),
            ("a = {}\n[a.b]\n", "line 2, column 5: [a.b] is there already"),
            ("a = x\n", "line 1, column 5: expected a value; a text stands in quotes"),
            ('a = "x\n"', "line 1, column 7: a string ends on its line, or begins with three"),
            ("a = 'x", "at the end: a string never ends"),
            ('a = """x', "at the end: a string never ends"),
            ("a = [1\n", "at the end: a list never ends: ] is missing"),
        ):
            with self.subTest(text=text), self.assertRaises(TOMLError) as caught:
                load_toml(text)
            self.assertEqual(str(caught.exception)[: len(message)], message)

    @unittest.skipIf(tomllib is None, "below Python 3.11, a reader of our own takes it")
    def test_backslashes_of_windows(self):
        for path in ("C:\\Users\\me", "C:\\me", "C:\\x"):
            with self.subTest(path=path), self.assertRaises(TOMLError) as caught:
                load_toml(f'a = "{path}"')
            self.assertIn('a backslash inside "..." must be written', str(caught.exception))

    def test_the_line_is_said_by_every_python(self):
        with self.assertRaises(TOMLError) as caught:
            load_toml("a = 1\n= 2\n")
        self.assertRegex(str(caught.exception), "^line 2")


if __name__ == "__main__":
    unittest.main()
