# ruff: noqa: D417  docstrings that describe other names are tested
"""What an author is told of a tool that is right and may still go wrong."""

import unittest

from cwd_server.toolkit import Call, tool
from cwd_server.toolkit.notes import notes_on
from cwd_server.toolkit.tool import tool_of


def named(name, **settings):
    def function() -> str:
        """Do it."""

    return tool_of(tool(name=name, **settings)(function))


class Notes(unittest.TestCase):
    def test_a_tool_that_every_client_takes(self):
        self.assertEqual(notes_on(named("a-b_c" + "d" * 59)), [])

    def test_names_that_some_clients_leave_out(self):
        for name, said in (
            ("a.b", ["some clients leave out tools with '.' in their name, without a word"]),
            ("a__b", ["some clients leave out tools with '__' in their name, without a word"]),
            ("n" * 65, ["some clients leave out tools with a name over 64 characters"]),
        ):
            with self.subTest(name=name):
                self.assertEqual(notes_on(named(name)), [f"{name}: {note}" for note in said])

    def test_without_a_docstring(self):
        @tool
        def bare() -> str:
            return ""

        self.assertEqual(
            notes_on(tool_of(bare)),
            ["bare: no docstring: it is what tells a model when to call this"],
        )

    def test_a_docstring_that_describes_another_name(self):
        @tool
        def copy(source: str, target: str, call: Call) -> str:
            """Copy it.

            Args:
                sorce: from where
                folder: whereto
                call: who asks

            """

        self.assertEqual(
            notes_on(tool_of(copy)),
            [
                "copy: the docstring describes sorce, which is not a parameter"
                " (did you mean source?)",
                "copy: the docstring describes folder, which is not a parameter; correct the"
                " name, or indent the line deeper if it goes on",
            ],
        )

    def test_a_docstring_that_describes_every_parameter_and_more(self):
        @tool
        def copy(source: str) -> str:
            """Copy it.

            Args:
                source: from where
                Note: not a folder

            """

        self.assertEqual(notes_on(tool_of(copy)), [])

    def test_a_docstring_beside_a_schema_by_hand(self):
        @tool(input_schema={"type": "object", "additionalProperties": True})
        def copy(**places) -> str:
            """Copy it.

            Args:
                source: from where

            """

        self.assertEqual(notes_on(tool_of(copy)), [])

    def test_keywords_that_are_nearly_right(self):
        schema = {"type": "object", "propertys": {}}
        (note,) = notes_on(named("f", output_schema=schema))
        self.assertRegex(note, "^f: output_schema.propertys: .*properties")
        (note,) = notes_on(named("f", input_schema=schema))
        self.assertRegex(note, "^f: input_schema.propertys: .*properties")


if __name__ == "__main__":
    unittest.main()
