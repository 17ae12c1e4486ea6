"""Entries of TOML files: appended, changed, taken out; every other byte stays."""

import random
import unittest
from unittest import mock

from cwd_server.commands.config import toml_edit
from cwd_server.commands.config.edits import Change, ConfigConflict
from cwd_server.commands.config.toml_edit import TOMLEntries
from cwd_server.commands.formats import toml_reader

try:
    import tomllib
except ImportError:
    tomllib = None

ENTRY = {"command": "/usr/bin/python3", "args": ["-I", "a \\ b"]}
OTHERS = """# mine
model = "x"  # a comment
[mcp_servers.other]
command = 'y'
[mcp_servers.other.env]
"A B" = "1"

[profiles."a.b"]
z = 1979-05-27 07:32:00
"""


def entries(text, is_list=False):
    return TOMLEntries(text, "mcp_servers", is_list)


class PutIn(unittest.TestCase):
    TEXTS = ("", "\n", "a = 1", "a = 1\n", "a = 1\r\n\r\n", "# c", "\ufeffa = 1\n", OTHERS)

    def test_a_table_of_its_own_is_appended(self):
        for text in self.TEXTS:
            for entry in (ENTRY, dict(ENTRY, env={"A": "1", "b c": "\u00e9"})):
                with self.subTest(text=text, entry=entry):
                    new = entries(text).add("new", entry)
                    self.assertTrue(new.startswith(text))
                    self.assertEqual(entries(new).get("new"), entry)
                    self.assertEqual(entries(new).remove("new"), text)
                    self.assertEqual("\r\n" in new, "\r\n" in text)

    def test_an_element_of_an_array(self):
        text = 'a = 1\n\n[[mcp_servers]]\nname = "other"\n\n[b]\n'
        entry = dict(ENTRY, name="new", env={"A": "1"})
        new = entries(text, is_list=True).add("new", entry)
        self.assertEqual(entries(new, is_list=True).names(), ["other", "new"])
        self.assertEqual(entries(new, is_list=True).get("new"), entry)
        self.assertEqual(entries(new, is_list=True).remove("new"), text)

    def test_names_are_quoted_where_they_have_to_be(self):
        for name, header in (
            ("a-b_1", "[mcp_servers.a-b_1]"),
            ("a b", '[mcp_servers."a b"]'),
            ("it's", '[mcp_servers."it\'s"]'),
            ('a"b', "[mcp_servers.'a\"b']"),
            ("a\\b", "[mcp_servers.'a\\b']"),
            ("a\tb\nc", '[mcp_servers."a\\tb\\nc"]'),
            ("a'\"b", '[mcp_servers."a\'\\"b"]'),
            ("a\x7f", '[mcp_servers."a\\U0000007f"]'),
        ):
            with self.subTest(name=name):
                new = entries("").add(name, ENTRY)
                self.assertTrue(new.startswith(header + "\n"))
                self.assertEqual(entries(new).remove(name), "")

    def test_the_spelling_of_others_is_no_hindrance(self):
        text = '[mcp_servers."a\\tb"]\ncommand = "x"\n"c\\td" = 1\n'
        new = entries(text).add("new", ENTRY)
        self.assertEqual(entries(new).remove("new"), text)

    def test_escapes_that_hide_a_name_are_refused(self):
        for name, header in (("abc", '"a\\u0062c"'), ("a\tb", '"a\\u0009b"')):
            with self.subTest(name=name):
                text = f'[mcp_servers.{header}]\ncommand = "x"\n'
                with self.assertRaisesRegex(ConfigConflict, f'it spells "{name}" with escapes'):
                    entries(text).remove(name)

    @unittest.skipUnless(tomllib, "Python has a parser for TOML since 3.11")
    def test_a_parser_reads_it(self):
        name = 'a"\u00e9.c\x7f\u2028'
        document = tomllib.loads(entries(OTHERS).add(name, dict(ENTRY, env={name: name})))
        self.assertEqual(document["mcp_servers"][name], dict(ENTRY, env={name: name}))

    def test_another_one_behind_it_does_not_keep_it(self):
        for text in self.TEXTS:
            with self.subTest(text=text):
                both = entries(entries(text).add("one", ENTRY)).add("two", ENTRY)
                rest = entries(entries(both).remove("one")).remove("two")
                self.assertEqual(rest, text)


class Changed(unittest.TestCase):
    def test_only_what_is_named_changes(self):
        text = """[mcp_servers.s]
command = "old" # mine
args = [
  "a", # one
]
startup_timeout_sec = 20

[mcp_servers.s.env]
A = '1'
B = "2"

[other]
"""
        changes = [
            Change(("command",), "new"),
            Change(("args",), ["b"]),
            Change(("env", "B"), "3"),
            Change(("env", "C"), "4"),
        ]
        new = entries(text).change("s", changes)
        for old, replacement in (
            ('"old"', '"new"'),
            ('[\n  "a", # one\n]', '["b"]'),
            ('B = "2"\n', 'B = "3"\nC = "4"\n'),
        ):
            text = text.replace(old, replacement)
        self.assertEqual(new, text)

    @unittest.skipUnless(tomllib, "inline tables are left alone below Python 3.11")
    def test_env_in_each_form(self):
        for before, after in (
            ("", '[mcp_servers.s.env]\nA = "1"\n'),
            ('env = { "B" = "2" }\n', 'env = { B = "2", A = "1" }\n'),
            ('env.B = "2"\n', 'env.B = "2"\nenv.A = "1"\n'),
        ):
            with self.subTest(before=before):
                head = '[mcp_servers.s]\ncommand = "x"\n'
                new = entries(head + before).change("s", [Change(("env", "A"), "1")])
                self.assertEqual(new, head + after)

    def test_what_was_changed_can_be_edited_without_a_parser_too(self):
        for is_list in (False, True):
            with self.subTest(is_list=is_list), mock.patch.object(
                toml_edit, "load", lambda text: None
            ):
                text = entries("", is_list).add("s", {"name": "s", "command": "x"})
                changed = entries(text, is_list).change("s", [Change(("env", "A B"), "1")])
                self.assertIn('"A B" = "1"', changed)
                self.assertEqual(entries(changed, is_list).get("s")["env"], {"A B": "1"})
                self.assertEqual(entries(changed, is_list).remove("s"), "")

    def test_element_of_an_array(self):
        text = '[[mcp_servers]]\nname = "a"\ncommand = "x"\n\n[[mcp_servers]]\nname = "b"\n'
        new = entries(text, is_list=True).change("a", [Change(("command",), "y")])
        self.assertEqual(new, text.replace('"x"', '"y"'))


class TakenOut(unittest.TestCase):
    def test_sub_tables_go_with_their_table(self):
        text = (
            '[a]\nb = 1\n\n[mcp_servers.s]\ncommand = "x"\n\n[mcp_servers.s.env]\nA = "1"\n\n[c]\n'
        )
        self.assertEqual(entries(text).remove("s"), "[a]\nb = 1\n\n[c]\n")

    def test_sub_tables_elsewhere_go_too(self):
        text = '[mcp_servers.s]\ncommand = "x"\n[a]\nb = 1\n[mcp_servers.s.env]\nA = "1"\n[c]\n'
        self.assertEqual(entries(text).remove("s"), "[a]\nb = 1\n[c]\n")

    def test_comments_of_the_next_table_stay(self):
        text = '[mcp_servers.s]\ncommand = "x"\n\n# about c\n[c]\n'
        self.assertEqual(entries(text).remove("s"), "# about c\n[c]\n")


class Refused(unittest.TestCase):
    CASES = (
        (
            'mcp_servers = { a = { command = "x" } }\n',
            "line 1, column 1 has mcp_servers as a value",
        ),
        ('{"mcpServers": {}}\n', "it is JSON, and its client reads TOML: name a .toml file"),
        ('mcp_servers.s.command = "x"\n', "dotted"),
        ('[mcp_servers]\nnew.command = "x"\n', "line 2, column 1 has mcp_servers.new in another"),
        ('[mcp_servers]\nnew = { command = "x" }\n', "another form"),
        ('[[mcp_servers]]\nname = "x"\n', "array"),
        ('["mcp_s\\u0065rvers".x]\n', "escapes"),
        ('a = """\n[mcp_servers.new]\n"""\n', "looks like"),
        ("a = '''\n  [mcp_servers.new]\n'''\n", "looks like"),
        ("[mcp_servers.new]\n[mcp_servers.new]\n", ""),
        ('a = "open\n', "never ends"),
        ("a = [1\n", "line"),
        ("a\n", "line"),
        ("a = " + "[" * 1000 + "]" * 1000, "deep"),
    )

    def test_files_that_are_not_clear(self):
        for text, reason in self.CASES:
            with self.subTest(text=text[:40]), self.assertRaisesRegex(ConfigConflict, reason):
                entries(text).add("new", ENTRY)

    def test_a_table_where_an_array_is_expected(self):
        for text in ('[mcp_servers]\nx = "y"\n', "mcp_servers = [1]\n"):
            with self.subTest(text=text), self.assertRaises(ConfigConflict):
                entries(text, is_list=True).add("new", ENTRY)

    def test_without_a_parser_only_plain_headers(self):
        with mock.patch.object(toml_edit, "load", lambda text: None):
            entries(OTHERS).add("new", ENTRY)
            for text in ("a = { b = 1 }\n", "a.b = 1\n", "[[a]]\n"):
                with self.subTest(text=text), self.assertRaisesRegex(ConfigConflict, "3.11"):
                    entries(text).add("new", ENTRY)

    @unittest.skipUnless(tomllib, "needs Python's parser to compare with")
    def test_an_edit_that_changes_something_else(self):
        document = {"mcp_servers": {}, "a": 1}
        with mock.patch.object(
            toml_edit, "load", side_effect=[document, {"a": 2}]
        ), self.assertRaisesRegex(ConfigConflict, "other settings"):
            entries("a = 1\n").add("new", ENTRY)


class Read(unittest.TestCase):
    VALUES = (
        ("'a\\b'", "a\\b"),
        ('"a\\tb\\u00e9\\U0001F600\\""', 'a\tb\u00e9\U0001f600"'),
        ('"""\nx\\\n   y"""', "xy"),
        ('""""a""""', '"a"'),
        ("'''\r\nx'''", "x"),
        ('""', ""),
        ("[1, [ 'a', # c\n], ]", ["1", ["a"]]),
        ('{ a = "1", "b c".d = 2 }', {"a": "1", "b c.d": "2"}),
        ("1979-05-27 07:32:00", "1979-05-27 07:32:00"),
        ("-1_000.5e3", "-1_000.5e3"),
    )

    def test_values(self):
        for text, value in self.VALUES:
            with self.subTest(text=text):
                (statement,) = toml_reader.read(f"key = {text} # comment\n").statements
                self.assertEqual(statement.content, value)

    def test_a_document(self):
        text = """a = 1\nb.c = [0x10, true, 1e3, 'x']\n[t]\nd = { e = -1_0 }
[[t.list]]\n[[t.list]]\nf = 1979-05-27\n[t.list.inner]\ng = "h"\n"""
        document = toml_reader.to_document(toml_reader.read(text).statements)
        list_of_t = [{}, {"f": "1979-05-27", "inner": {"g": "h"}}]
        self.assertEqual(
            document,
            {
                "a": 1,
                "b": {"c": [16, True, 1000.0, "x"]},
                "t": {"d": {"e": -10}, "list": list_of_t},
            },
        )

    def test_what_is_a_table_and_something_else(self):
        for text in ("a = 1\n[a.b]\n", "a = 1\n[[a]]\n", "a = 1\na.b = 2\n"):
            statements = toml_reader.read(text).statements
            with self.subTest(text=text), self.assertRaises(toml_reader.TOMLSyntaxError):
                toml_reader.to_document(statements)

    @unittest.skipUnless(tomllib, "needs Python's parser to compare with")
    def test_generated_files_are_edited_and_taken_back(self):
        for seed in range(300):
            with self.subTest(seed=seed):
                text = make_file(random.Random(seed))
                document = tomllib.loads(text)
                new = entries(text).add("new", ENTRY)
                document.setdefault("mcp_servers", {})["new"] = ENTRY
                self.assertEqual(tomllib.loads(new), document)
                self.assertEqual(entries(new).remove("new"), text)


def make_file(chance):
    """Return a TOML file with tables, strings and comments of all kinds."""
    eol = chance.choice(["\n", "\n", "\r\n"])
    values = [
        '"a # b"', "'[x]'", '"""\nmany\n[lines]\n"""', "1_000", "-0.0", "1979-05-27T07:32:00Z",
        '[1, 2, # c\n 3]', '{ a = 1, b = "}" }', '"\\u00e9\u00e9\U0001f600"', "true",
    ]  # fmt: skip
    lines = []
    for table in [
        "",
        "[x]",
        '["a b".c]',
        "[[array]]",
        "[[array]]",
        "[mcp_servers.one]",
        "[z . y]",
    ]:
        if chance.random() < 0.3:
            continue
        if table:
            lines.append(
                chance.choice(["", "  "]) + table + chance.choice(["", " # [mcp_servers.new]"])
            )
        for name in chance.sample(["k", '"q u"', "d.o.t", "'l'", "1"], chance.randrange(4)):
            lines.append(f"{name} = {chance.choice(values)}")
        lines += chance.choice([[], [""], ["# comment"], ["", "   ", ""]])
    text = "\n".join(lines) + chance.choice(["", "\n", "\n\n"])
    return text.replace("\n", eol)


if __name__ == "__main__":
    unittest.main()
