"""How `help` shows a page of the guide on a terminal."""

import re
import unittest

from cwd_server.commands.guide import TOPICS, page
from cwd_server.commands.page_text import WIDTH, to_text
from tests.support.command_line import run_command

BLOCK = re.compile(r"^```.*?^```$", re.M | re.S)


class Pages(unittest.TestCase):
    def test_each_fits_the_width_and_names_what_its_links_lead_to(self):
        for topic in TOPICS:
            text = BLOCK.sub("", run_command(["help", topic]).stdout)
            self.assertNotIn("](", text)
            for line in text.splitlines():
                with self.subTest(topic=topic, line=line):
                    self.assertFalse(line.startswith("|"))
                    if not line.startswith("    "):
                        self.assertLessEqual(len(line), WIDTH)

    def test_no_word_of_a_page_is_lost(self):
        for topic in TOPICS:
            with self.subTest(topic=topic):
                text = re.sub(r"\]\([^)]*\)|\|---[-|]*|[\[\]|\\]", " ", page(topic))
                shown = to_text(page(topic))
                for word in re.findall(r"\w+", text):
                    self.assertIn(word, shown)


class Layout(unittest.TestCase):
    def test_links(self):
        for link, shown in (
            ("[tools](tools.md)", "`help tools`"),
            ("[the table\nthere](tools.md#types)", "the table there (`help tools`)"),
            ("[below](#types)", "below"),
            ("[`tools/get_cwd.py`](../tools/get_cwd.py)", "`cwd_server/tools/get_cwd.py`"),
            ("[the map](../README.md)", "the map (cwd_server/README.md)"),
            ("[a proxy](https://example.org/)", "a proxy (https://example.org/)"),
        ):
            with self.subTest(link=link):
                self.assertEqual(to_text(link), shown)

    def test_a_table_in_columns(self):
        shown = to_text("| a | b |\n|---|---|\n| `int \\| str` | " + "word " * 30 + "|\n")
        rest = " " * 13 + " ".join(["word"] * 13) + "\n"
        self.assertEqual(
            shown,
            "a" + " " * 12 + "b\n"
            "-----------  " + "-" * 87 + "\n"
            "`int | str`  " + " ".join(["word"] * 17) + "\n" + rest,
        )

    def test_a_table_with_a_word_too_long_for_columns(self):
        path = "x" * 90
        shown = to_text(f"| name | | file |\n|---|---|---|\n| cursor | Cursor | {path} |\n")
        self.assertEqual(shown, f"cursor (Cursor)\n    file: {path}\n")

    def test_paragraphs_lists_and_code(self):
        words = " ".join(["word"] * 12)
        code = "```\n" + "| not a table [x](y.md) |" * 5 + "\n```"
        shown = to_text(f"# Title\n{words}\n{words}\n\n- {words}\n  {words}\n- two\n\n{code}\n")
        full, rest = " ".join(["word"] * 20), "word word word word"
        self.assertEqual(
            shown,
            f"# Title\n{full}\n{rest}\n\n- {full[5:]}\n  word {rest}\n- two\n\n{code}\n",
        )


if __name__ == "__main__":
    unittest.main()
