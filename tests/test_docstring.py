"""What docstrings say of parameters, in Google's, NumPy's, reST's and Epytext's ways."""

import inspect
import unittest

from cwd_server.toolkit.docstring import parse_docstring

GOOGLE = """Do it.

    Args:
        first (int): the one
            and only

            ever
        second: another: with a colon
        *rest (Dict[str, int], optional): more
        third (int):
            on its own line
        A sentence that describes nothing.

    Returns:
        first: no
"""

NUMPY = """Do it.

    Parameters
    ----------
    first : int
        the one
        and only
    second, third : str, optional
        another
    fourth
        without a type
    **rest
        more
    bare : int

    Returns
    -------
    first : int
        no

    Other Parameters
    ----------------
    last : int
        the last
"""

REST = """Do it.

    :param int first: the one
        and only
    :param second: another
    :param Dict[str, int] third: typed
    :type second: str
    :keyword fourth: by name
    :returns: no
    :raises ValueError: no
"""


EPYTEXT = """Do it.

    @param first: the one
        and only
    @type first: int
    @param second: another
    @return: no
"""


class Described(unittest.TestCase):
    def described(self, docstring):
        return parse_docstring(inspect.cleandoc(docstring))

    def test_google(self):
        expected = {
            "first": "the one and only ever",
            "second": "another: with a colon",
            "rest": "more",
            "third": "on its own line",
        }
        self.assertEqual(self.described(GOOGLE), expected)

    def test_numpy(self):
        expected = {
            "first": "the one and only",
            "second": "another",
            "third": "another",
            "fourth": "without a type",
            "rest": "more",
            "last": "the last",
        }
        self.assertEqual(self.described(NUMPY), expected)

    def test_rest(self):
        expected = {
            "first": "the one and only",
            "second": "another",
            "third": "typed",
            "fourth": "by name",
        }
        self.assertEqual(self.described(REST), expected)

    def test_epytext(self):
        expected = {"first": "the one and only", "second": "another"}
        self.assertEqual(self.described(EPYTEXT), expected)

    def test_entries_as_people_write_them(self):
        for entry in (
            "a: x",
            "a : x",
            "a (int): x",
            "a - x",
            "a -- x",
            "a (int) - x",
            "- a: x",
            "* a: x",
            "`a`: x",
            "**a**: x",
            "- `a` (int): x",
            "- **a** - x",
        ):
            with self.subTest(entry=entry):
                self.assertEqual(self.described(f"Do.\n\nArgs:\n    {entry}"), {"a": "x"})
        for entry in ("a-b: x", "a b: x", "a -x", "a-x", "a", "a -", "see `a`: x"):
            with self.subTest(entry=entry):
                self.assertEqual(self.described(f"Do.\n\nArgs:\n    {entry}"), {})

    def test_an_entry_of_several(self):
        self.assertEqual(
            self.described("Do.\n\nArgs:\n    a, b: x\n    *c, **d: y"),
            {"a": "x", "b": "x", "c": "y", "d": "y"},
        )

    def test_a_section_that_is_not_indented(self):
        self.assertEqual(
            self.described("Do.\n\nArgs:\na: x\nb: y\n    z\n\nc: no"), {"a": "x", "b": "y z"}
        )

    def test_titles_of_sections(self):
        for title in ("Args", "Arguments", "Parameters", "Keyword Args", "Attributes", "args"):
            with self.subTest(title=title):
                self.assertEqual(self.described(f"Do.\n\n{title}:\n    a: x"), {"a": "x"})
        for title in ("Returns", "Raises", "Example Args", "Notes"):
            with self.subTest(title=title):
                self.assertEqual(self.described(f"Do.\n\n{title}:\n    a: x"), {})

    def test_a_section_ends_where_the_text_goes_on(self):
        self.assertEqual(self.described("Do.\n\nArgs:\n    a: x\nb: y"), {"a": "x"})

    def test_a_title_without_underline_is_a_word(self):
        self.assertEqual(self.described("Do.\n\nParameters\na : int\n    x"), {})

    def test_nothing(self):
        self.assertEqual(parse_docstring(None), {})
        self.assertEqual(parse_docstring(""), {})
        self.assertEqual(self.described("Do it."), {})


if __name__ == "__main__":
    unittest.main()
