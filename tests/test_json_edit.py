"""Entries of JSON files: put in, changed, taken out; every other byte stays."""

import json
import random
import unittest

from cwd_server.commands.config.edits import Change, ConfigConflict
from cwd_server.commands.config.json_edit import JSONEntries
from cwd_server.commands.formats.jsonc import load, to_strict_json

KEYS = (("mcpServers",),)
ENTRY = {"command": "/usr/bin/python3", "args": ["-I", "a b"]}


def value_of(text):
    return load(to_strict_json(text.lstrip("\ufeff")).text).value


def entries(text, keys=KEYS):
    return JSONEntries(text, keys)


class PutIn(unittest.TestCase):
    def check_round_trip(self, text):
        new = entries(text).add("new", ENTRY)
        expected = value_of(text)
        expected["mcpServers"]["new"] = ENTRY
        self.assertEqual(value_of(new), expected)
        self.assertEqual(entries(new).get("new"), ENTRY)
        self.assertEqual(entries(new).remove("new"), text)
        return new

    def test_layouts_are_kept_and_come_back(self):
        for text in (
            '{"mcpServers": {}}',
            '{"mcpServers":{"a":{"command":"x"}}}',
            '{\n  "mcpServers": {\n  }\n}\n',
            '{"mcpServers": { }}',
            '{\r\n\t"mcpServers": {\r\n\t\t"x": {"command": "y"}\r\n\t}\r\n}\r\n',
            '{"mcpServers": {"a": 1,}}',
            '\ufeff{"mcpServers": {}, "z": -0, "n": 1e-400}',
            '{"mcpServers": {"a": [{"b": "}"}, "]"]}, "x": "\\"{"}',
        ):
            with self.subTest(text=text):
                self.check_round_trip(text)

    def test_comments_stay_where_they_are(self):
        for text in (
            '{"mcpServers": { // c\n}}',
            '{"mcpServers": {"a": 1 // c\n}}',
            '{"mcpServers": {"a": 1, /*x*/ } // c\n}',
            '{"mcpServers": {\n // c1\n /* c2 */ }}',
            '// before\n{"mcpServers": {"a": 1 /* one */ // two\n // three\n}}\n// after',
            '{"mcpServers": {"a": 1, // one\r\n  // two\r\n}}\r\n',
        ):
            with self.subTest(text=text):
                self.check_round_trip(text)

    def test_layout_follows_the_file(self):
        text = '{\n\t"mcpServers": {\n\t\t"a": {} // mine\n\t}\n}\n'
        self.assertEqual(
            entries(text).add("b", {"command": "x", "args": []}),
            '{\n\t"mcpServers": {\n\t\t"a": {}, // mine\n\t\t"b": {\n\t\t\t"command": "x",\n'
            '\t\t\t"args": []\n\t\t}\n\t}\n}\n',
        )

    def test_one_line_stays_one_line(self):
        self.assertEqual(
            entries('{"mcpServers": {"a": {}}}').add("b", {"command": "x"}),
            '{"mcpServers": {"a": {}, "b": {"command": "x"}}}',
        )

    def test_missing_key_is_made_and_stays_empty(self):
        for text in ("{}", '{"a": 1}', '{\n  "a": 1 // one\n}\n', '{"a": 1,}'):
            with self.subTest(text=text):
                new = entries(text).add("new", ENTRY)
                back = entries(new).remove("new")
                self.assertEqual(value_of(back), dict(value_of(text), mcpServers={}))

    def test_nothing_is_an_empty_object(self):
        for text in ("", "\n", " \r\n", "\ufeff", "// a comment", "/* a comment */\n"):
            with self.subTest(text=text):
                new = entries(text).add("new", ENTRY)
                self.assertEqual(value_of(new), {"mcpServers": {"new": ENTRY}})
                self.assertTrue(new.startswith(text.rstrip("\r\n ")))
                self.assertTrue(new.endswith("\n"))

    def test_a_key_is_one_only_where_a_client_reads_it(self):
        text = (
            '{"x": {"mcpServers": 1}, "y": "\\"mcpServers\\": {", /* "mcpServers": {} */ "z": 1}'
        )
        new = value_of(entries(text).add("new", ENTRY))
        self.assertEqual(new["mcpServers"], {"new": ENTRY})
        self.assertEqual(new["x"], {"mcpServers": 1})

    def test_nested_keys(self):
        keys = (("mcp", "servers"),)
        for text in ("{}", '{"mcp": {}}', '{"mcp": {"servers": {}}, "a": 1}'):
            with self.subTest(text=text):
                new = entries(text, keys).add("new", ENTRY)
                self.assertEqual(value_of(new)["mcp"]["servers"], {"new": ENTRY})

    def test_which_of_two_keys_the_file_decides(self):
        keys = (("mcp",), ("mcp", "servers"))
        new = value_of(entries('{"mcp": {"servers": {"a": {}}}}', keys).add("new", ENTRY))
        self.assertEqual(list(new["mcp"]["servers"]), ["a", "new"])
        for text in ('{"mcp": {"a": {}}}', '{"mcp": {"servers": {"command": ["x"]}}}'):
            with self.subTest(text=text):
                new = value_of(entries(text, keys).add("new", ENTRY))
                self.assertEqual(list(new["mcp"]), [*value_of(text)["mcp"], "new"])


class Changed(unittest.TestCase):
    def test_only_what_is_named_changes(self):
        text = """{"mcpServers": {"s": {
            "command": "old", // mine
            "args": ["-x"], "disabled": true, "env": {"A": "1", "B": "2"}, "timeout": 3e2
        }}}"""
        new = entries(text).change(
            "s",
            [
                Change(("command",), "new"),
                Change(("args",), ["a", "b"]),
                Change(("env", "B"), "3"),
                Change(("env", "C"), "4"),
            ],
        )
        for old, replacement in (
            ('"old"', '"new"'),
            ('["-x"]', '["a", "b"]'),
            ('"B": "2"', '"B": "3", "C": "4"'),
        ):
            text = text.replace(old, replacement)
        self.assertEqual(new, text)

    def test_what_is_the_same_keeps_its_spelling(self):
        text = '{"mcpServers": {"s": {"command": "\\u0061", "args": [ "b" ]}}}'
        changes = [Change(("command",), "a"), Change(("args",), ["b"])]
        self.assertEqual(entries(text).change("s", changes), text)

    def test_missing_objects_are_made(self):
        text = '{"mcpServers": {"s": {"command": "x"}}}'
        new = entries(text).change("s", [Change(("env", "A"), "1")])
        self.assertEqual(value_of(new)["mcpServers"]["s"], {"command": "x", "env": {"A": "1"}})


class TakenOut(unittest.TestCase):
    def test_others_stay_as_they_are(self):
        for text, left in (
            ('{"mcpServers": {"x": 1, "b": 2}}', '{"mcpServers": { "b": 2}}'),
            ('{"mcpServers": {"a": 1, "x": 2, "b": 3}}', '{"mcpServers": {"a": 1, "b": 3}}'),
            ('{"mcpServers": {"a": 1, "x": 2}}', '{"mcpServers": {"a": 1}}'),
            ('{"mcpServers": {"x": 1}}', '{"mcpServers": {}}'),
            ('{"mcpServers": {"x": 1,}}', '{"mcpServers": {}}'),
            ('{"mcpServers": {"a": 1, // a\n "x": 2 }}', '{"mcpServers": {"a": 1 // a\n }}'),
            ('{"mcpServers": {"x": 1 /* x */, "b": 2}}', '{"mcpServers": { /* x */ "b": 2}}'),
        ):
            with self.subTest(text=text):
                new = entries(text).remove("x")
                self.assertEqual(new.replace(" ", ""), left.replace(" ", ""))
                value_of(new)

    def test_a_comment_never_swallows_what_follows(self):
        text = '{"mcpServers": {"a": 1, // a\n "x": 2, "b": 3}}'
        self.assertEqual(value_of(entries(text).remove("x")), {"mcpServers": {"a": 1, "b": 3}})


class Refused(unittest.TestCase):
    CASES = (
        ('{"mcpServers": {}, "mcpServers": {}}', "twice"),
        ('{"mcp\\u0053ervers": {}}', "escapes"),
        ('{"mcpServers": []}', "must be an object"),
        ('{"mcpServers": null}', "must be an object"),
        ("[]", "not an object"),
        ("null", "not an object"),
        ('{"mcpServers": {}} x', "line 1, column 20"),
        ('{"mcpServers": {', "line 1"),
        ('{"a": NaN}', "NaN"),
        ("{'a': 1}", "line 1"),
        ('{"a": [,]}', "line 1"),
        ('{"a": 1} /* open', "never ends"),
        ('{"a": ' + "[" * 100000 + "]" * 100000 + "}", "deep"),
    )

    def test_files_that_are_not_clear(self):
        for text, reason in self.CASES:
            with self.subTest(text=text[:40]), self.assertRaisesRegex(ConfigConflict, reason):
                entries(text).add("new", ENTRY)

    def test_entries_that_are_not_clear(self):
        for text in (
            '{"mcpServers": {"s": {}, "s": {}}}',
            '{"mcpServers": {"\\u0073": {}}}',
            '{"mcpServers": {"s": {"command": "a", "command": "b"}}}',
        ):
            with self.subTest(text=text), self.assertRaises(ConfigConflict):
                entries(text).change("s", [Change(("command",), "x")])


class Generated(unittest.TestCase):
    def test_edited_and_taken_back(self):
        for seed in range(300):
            with self.subTest(seed=seed):
                text = make_file(random.Random(seed))
                new = entries(text).add("new", ENTRY)
                expected = value_of(text)
                had_key = "mcpServers" in expected
                expected.setdefault("mcpServers", {})["new"] = ENTRY
                self.assertEqual(value_of(new), expected)
                back = entries(new).remove("new")
                if had_key:
                    self.assertEqual(back, text)
                else:
                    self.assertEqual(value_of(back), dict(value_of(text), mcpServers={}))


def make_file(chance):
    """Return a file as clients have them: comments anywhere, any layout, odd numbers, Unicode."""
    maker = FileMaker(chance)
    return maker.make()


class FileMaker:
    def __init__(self, chance):
        self.chance = chance
        self.eol = chance.choice(["\n", "\n", "\r\n", "\r"])
        self.unit = chance.choice(["  ", "    ", "\t", ""])
        self.comments = chance.random() < 0.5

    def make(self):
        names = self.names(self.chance.randrange(5))
        members = [(name, self.value(1)) for name in names]
        if self.chance.random() < 0.8:
            servers = self.object([(name, self.value(2)) for name in self.names(3)], 1)
            members.insert(self.chance.randrange(len(members) + 1), ("mcpServers", servers))
        text = self.trivia() + self.object(members, 0) + self.trivia()
        if self.chance.random() < 0.1:
            text = "\ufeff" + text
        return text + self.chance.choice(["", self.eol])

    def names(self, most):
        names = ["a", "b c", "\u00e9", "\U0001f600", "mcpservers", "", "//", "x\u2028y", "{"]
        return self.chance.sample(names, self.chance.randrange(most + 1))

    def trivia(self):
        pieces = []
        for _ in range(self.chance.choice([0, 0, 0, 1, 2])):
            pieces.append(self.chance.choice([" ", "\t", self.eol]))
            if self.comments:
                comment = self.chance.choice(['/* "mcpServers": { */', "// }," + self.eol, "/**/"])
                pieces.append(comment)
        return "".join(pieces)

    def object(self, members, depth):
        lines = []
        break_lines = self.chance.random() < 0.7
        separator = self.eol + self.unit * (depth + 1) if break_lines else ""
        for name, value in members:
            spelling = json.dumps(name, ensure_ascii=self.chance.random() < 0.3)
            if name == "mcpServers":
                spelling = '"mcpServers"'
            lines.append(
                separator + self.trivia() + spelling + ":" + self.trivia() + value + self.trivia()
            )
        text = ",".join(lines)
        if lines and self.comments and self.chance.random() < 0.3:
            text += ","
        return "{" + text + self.trivia() + (self.eol if break_lines and lines else "") + "}"

    def value(self, depth):
        kind = self.chance.randrange(7)
        if kind == 0 and depth < 4:
            members = [(name, self.value(depth + 1)) for name in self.names(3)]
            return self.object(members, depth)
        if kind == 1 and depth < 4:
            items = [
                self.trivia() + self.value(depth + 1) for _ in range(self.chance.randrange(4))
            ]
            return "[" + ",".join(items) + self.trivia() + "]"
        return self.chance.choice(
            ["-0", "1e-400", "1.50", "12345678901234567890.5", "true", "null", '"//"', '"\\ud83d"']
        )


if __name__ == "__main__":
    unittest.main()
