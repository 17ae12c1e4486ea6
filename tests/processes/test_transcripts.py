"""Play every file in tests/transcripts through the source and the archive: whole, and in bytes."""

from tests.support.players import play, process_player
from tests.support.transcripts import FILES, Transcript
from tests.test_transcripts import Played


class ThroughProcesses(Played):
    def play_all(self, start, whole):
        for path in FILES:
            transcript = Transcript(path)
            with self.subTest(transcript.name):
                played, stderr = play(transcript, process_player(transcript, start), whole)
                self.assert_played(transcript, played)
                self.assertRegex(stderr, transcript.stderr)

    def test_source(self):
        self.play_all("source", True)

    def test_source_a_byte_at_a_time(self):
        self.play_all("source", False)

    def test_archive(self):
        self.play_all("archive", True)

    def test_archive_a_byte_at_a_time(self):
        self.play_all("archive", False)
