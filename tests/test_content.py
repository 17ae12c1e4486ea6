"""Content blocks, as they go over the wire."""

import array
import io
import mmap
import pathlib
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
                TypeError, r"^expected bytes, got str; open a path with open\(path"
            ):
                cls("picture.png")

    def test_what_is_not_the_bytes_of_a_file(self):
        for data, how in (
            (pathlib.Path("picture.png"), "got .*Path; open a path with open"),
            (
                io.BytesIO(b"ab"),
                r"got BytesIO; of an open file, .* read\(\) returns, and of a BytesIO .* getvalue",
            ),
            (None, "got NoneType; of an open file, give what"),
            ([1, 2], "got list; of an open file, give what"),
        ):
            with self.subTest(data=data), self.assertRaisesRegex(TypeError, how):
                Image(data)

    def test_whatever_holds_bytes(self):
        with mmap.mmap(-1, 2) as mapped:
            mapped[:] = b"ab"
            for data in (bytearray(b"ab"), memoryview(b"ab"), array.array("B", b"ab"), mapped):
                with self.subTest(data=data):
                    self.assertEqual(Image(data)["data"], "YWI=")

    def test_what_is_no_media_type(self):
        for make in (
            lambda mime_type: Image(b"", mime_type),
            lambda mime_type: Audio(b"", mime_type),
            lambda mime_type: Resource("file:///a", "", mime_type),
        ):
            for mime_type in ("png", "", None):
                with self.subTest(make=make, mime_type=mime_type), self.assertRaisesRegex(
                    ValueError, f"expected a media type such as 'image/png', got {mime_type!r}$"
                ):
                    make(mime_type)

    def test_what_is_no_uri(self):
        path = pathlib.PurePosixPath("/tmp/a")
        no_uris = ("/tmp/a", "a.txt", "C:\\a", "C:/a", "", ":a", "a b:c", "12:30", "x\\y:z", None)
        for uri in (*no_uris, path):
            for make in (lambda uri: Resource(uri, ""), lambda uri: Link(uri, "a")):
                with self.subTest(uri=uri), self.assertRaisesRegex(
                    ValueError, r"^expected a URI such as .*; of a path it is .*\.as_uri\(\)$"
                ):
                    make(uri)
        for uri in ("https://example.com/a?b#c", "urn:isbn:1", "x-y.z+1:a", "file:///C:/a"):
            self.assertEqual(Link(uri, "a")["uri"], uri)

    def test_a_uri_that_is_no_text(self):
        class Url:
            """As pydantic's AnyUrl is."""

            def __str__(self):
                return "https://example.com/"

        with self.assertRaisesRegex(ValueError, r"got <.*Url .*>; pass str\(uri\)$"):
            Link(Url(), "a")


if __name__ == "__main__":
    unittest.main()
