"""Content blocks, as they go over the wire."""

import unittest

from cwd_server.toolkit.content import Audio, Image, Link, Resource


class Blocks(unittest.TestCase):
    def test_blocks(self):
        uri = "file:///a"
        for block, expected in [
            (Image(b"ab"), {"type": "image", "data": "YWI=", "mimeType": "image/png"}),
            (Image(b"", "image/jpeg"), {"type": "image", "data": "", "mimeType": "image/jpeg"}),
            (Audio(b"ab"), {"type": "audio", "data": "YWI=", "mimeType": "audio/wav"}),
            (
                Audio(b"ab", "audio/mpeg"),
                {"type": "audio", "data": "YWI=", "mimeType": "audio/mpeg"},
            ),
            (
                Resource(uri, "x"),
                {
                    "type": "resource",
                    "resource": {"uri": uri, "mimeType": "text/plain", "text": "x"},
                },
            ),
            (
                Resource(uri, b"ab", "image/png"),
                {
                    "type": "resource",
                    "resource": {"uri": uri, "mimeType": "image/png", "blob": "YWI="},
                },
            ),
            (
                Link(uri, "a", title="A", size=3),
                {"type": "resource_link", "uri": uri, "name": "a", "title": "A", "size": 3},
            ),
        ]:
            with self.subTest(block=block):
                self.assertEqual(block, expected)

    def test_a_path_instead_of_bytes(self):
        for cls in (Image, Audio):
            with self.subTest(cls=cls), self.assertRaisesRegex(
                TypeError, r"expected the bytes of a file, got str; open it with open\(path"
            ):
                cls("picture.png")


if __name__ == "__main__":
    unittest.main()
