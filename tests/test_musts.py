"""The list of MUSTs: each is quoted where it is pinned, by a file that is played or run."""

import glob
import os
import re
import unittest

from tests.support.paths import TESTS
from tests.support.transcripts import FILES, FOLDER, musts


def letters(text):
    """Return letters and digits alone, so that no markup or line end is between two texts."""
    without_links = re.sub(r"(\[[^\]]*\])(\([^)]*\)|\[[^\]]*\])", r"\1", text)
    return re.sub(r"[^a-z0-9]", "", without_links.lower())


def quotes(text, sentence):
    """Return whether a text has a sentence, of which "[...]" may be any part."""
    parts = [letters(part) for part in sentence.split("[...]")]
    return all(part in letters(text) for part in parts)


def pinning_files(pins):
    """Return the paths that a cell of the list names: transcripts, or files below tests/."""
    found = []
    for pin in pins.split(", "):
        paths = glob.glob(os.path.join(FOLDER, pin)) or glob.glob(os.path.join(TESTS, pin))
        if not paths:
            raise AssertionError(f"{pin}: no such transcript or test")
        found += paths
    return found


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Musts(unittest.TestCase):
    def test_each_is_quoted_where_it_is_pinned(self):
        for sentence, _, _, pins in musts()[0]:
            with self.subTest(sentence=sentence):
                texts = [read(path) for path in pinning_files(pins)]
                self.assertTrue(any(quotes(text, sentence) for text in texts), pins)

    def test_each_is_pinned_by_what_is_played_or_run(self):
        for sentence, _, _, pins in musts()[0]:
            for path in pinning_files(pins):
                with self.subTest(sentence=sentence, path=path):
                    if path.endswith(".txt"):
                        self.assertIn(path, FILES)
                        self.assertRegex(read(path), "(?m)^(<-- |-->|==>)")
                    else:
                        self.assertRegex(read(path), r"(?m)^ *def test_")

    def test_each_transcript_pins_something(self):
        named = set()
        for _, _, _, pins in musts()[0]:
            named.update(pinning_files(pins))
        self.assertLessEqual(set(FILES), named)


if __name__ == "__main__":
    unittest.main()
