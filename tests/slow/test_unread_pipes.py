"""Pipes that nobody reads, on every system: they neither stop a server nor keep it alive."""

import json
import os
import time
import unittest

from tests.support.client import Client, as_text
from tests.support.files import tools_file
from tests.support.messages import call_tool, initialize, ping, text_of
from tests.support.paths import STARTS, STARTS_WITH_SITE

END = 6.0  # seconds: 3 by contract, and 3 for a busy machine


class UnreadPipes(unittest.TestCase):
    def test_stderr_does_not_stop_it(self):
        """A pipe holds 4 KiB on Windows: 10 calls with --verbose, or 40 prints of a tool."""
        source = """
            @tool
            def chatter() -> str:
                for number in range(2000):
                    print("line", number, "x" * 80)
                return "said"
        """
        path = tools_file(self, source)
        reader, writer = os.pipe()
        try:
            start = [*STARTS_WITH_SITE["archive"], "--tools", path, "--verbose"]
            with Client(start, stderr=writer) as client:
                os.close(writer)
                self.assertEqual(text_of(client.ask(call_tool("chatter"))), "said")
                for number in range(200):
                    self.assertEqual(client.ask(ping(number))["id"], number)
                self.assertEqual(client.close_input().status, 0)
        finally:
            os.close(reader)

    def test_stdout_does_not_keep_it_alive_when_the_input_has_ended(self):
        """Requests of less than 4 KiB, which every pipe holds, and answers of more than 64."""
        line = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n'
        with Client(STARTS["archive"]) as client:
            client.ask(initialize())
            client.process.stdin.write(line * 80)
            client.process.stdin.close()
            began = time.monotonic()
            status = client.process.wait()
            self.assertLess(time.monotonic() - began, END)
            received = client.process.stdout.read().count(b"\n")
            stderr = as_text(client.process.stderr.read())
        self.assertLess(received, 80)
        self.assertEqual(status, 1)
        self.assertIn(f" {80 - received} answers were not delivered", stderr)

    def test_what_is_read_slowly_arrives_whole(self):
        source = """
            @tool
            def large() -> str:
                return "x" * 300000
        """
        path = tools_file(self, source)
        with Client([*STARTS_WITH_SITE["archive"], "--tools", path]) as client:
            client.send(call_tool("large"))
            client.process.stdin.close()
            received = b""
            while True:
                time.sleep(0.01)
                chunk = os.read(client.process.stdout.fileno(), 8192)
                if not chunk:
                    break
                received += chunk
            self.assertEqual(client.process.wait(), 0)
        self.assertEqual(len(text_of(json.loads(received.decode("ascii")))), 300000)


if __name__ == "__main__":
    unittest.main()
