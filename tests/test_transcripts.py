"""Play every file in tests/transcripts through a `Session`: whole, and a byte at a time.

`python -m tests.test_transcripts --update` rewrites the server's lines, and only those that no
longer fit; read the difference before keeping it. transcripts/README.md says what the files look
like, and processes/test_transcripts.py plays them through the source and the archive.
"""

import os
import sys
import tempfile
import unittest

from tests.support.paths import ROOT
from tests.support.players import SessionPlayer, enter, play
from tests.support.transcripts import FILES, Transcript, fits


class Played(unittest.TestCase):
    """Play transcripts in a folder of their own."""

    @classmethod
    def setUpClass(cls):
        cls.before = os.getcwd()
        cls.folder = tempfile.TemporaryDirectory()
        enter(os.path.realpath(cls.folder.name))

    @classmethod
    def tearDownClass(cls):
        enter(cls.before)
        cls.folder.cleanup()

    def assert_played(self, transcript, played):
        """Compare what came with what the file has, line by line."""
        for step, actual in zip(transcript.steps, played):
            for expected, line in zip(step.expected, actual):
                if not fits(expected, line):
                    before = "\n".join(step.before)
                    self.fail(f"{before}\nexpected {expected}\nreceived {line}")
            self.assertEqual(len(actual), len(step.expected), (step.before, actual))


class ThroughSession(Played):
    def play_all(self, whole):
        self.assertTrue(FILES)
        for path in FILES:
            transcript = Transcript(path)
            with self.subTest(transcript.name):
                player = SessionPlayer(transcript.tools)
                played, _ = play(transcript, player, whole)
                self.assert_played(transcript, played)
                self.assertEqual(player.bugs, [])

    def test_whole(self):
        self.play_all(True)

    def test_a_byte_at_a_time(self):
        self.play_all(False)

    def test_updating_rewrites_only_the_servers_lines(self):
        for path in FILES:
            with self.subTest(os.path.basename(path)):
                transcript = Transcript(path)
                played, _ = play(transcript, SessionPlayer(transcript.tools), True)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                self.assertEqual(transcript.updated(played), text)
                for step in transcript.steps:
                    step.expected = ["wrong"] * 2
                updated = transcript.updated(played).splitlines()
                self.assertEqual(len(updated), len(text.splitlines()))
                self.assertNotIn("<-- wrong", updated)
                for new, old in zip(updated, text.splitlines()):
                    both = new.startswith("<-- ") and old.startswith("<-- ")
                    self.assertTrue(new == old or both, (new, old))


def update():
    """Rewrite server lines that no longer fit; say which files changed."""
    with tempfile.TemporaryDirectory() as folder:
        enter(os.path.realpath(folder))
        for path in FILES:
            transcript = Transcript(path)
            player = SessionPlayer(transcript.tools)
            text = transcript.updated(play(transcript, player, True)[0])
            if player.bugs:
                sys.exit(f"{transcript.name}: {player.bugs!r}")
            with open(path, encoding="utf-8") as file:
                if file.read() == text:
                    continue
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            print("rewrote " + transcript.name)
        enter(ROOT)


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        unittest.main()
