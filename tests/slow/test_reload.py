"""--reload as a client sees it: what it hears, when, and that no call is lost."""

import os
import time
import unittest

from tests.support.client import Client
from tests.support.files import temporary_directory, tools_file
from tests.support.messages import META, call_tool, initialize, request, text_of
from tests.support.paths import STARTS_WITH_SITE

ONE = "@tool\ndef one() -> str:\n    return 'one'\n"
TWO = "@tool\nasync def two() -> str:\n    return 'two'\n"
SLOW = "@tool\ndef slow(call: Call) -> str:\n    call.sleep(3)\n    return 'old'\n"


class Heard(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_directory(self)
        self.path = self.write(ONE)
        command = [*STARTS_WITH_SITE["archive"], "--tools", self.path, "--reload"]
        self.client = Client(command)
        self.addCleanup(self.client.close)

    def write(self, source):
        return tools_file(self, source, "watched.py", self.folder)

    def names(self):
        listed = self.client.ask(request("tools/list", 7, _meta=META))
        return [tool["name"] for tool in listed["result"]["tools"]]

    def hears(self, method):
        message = self.client.receive()
        self.assertEqual(message["method"], method)
        return message

    def test_an_older_client(self):
        opened = self.client.ask(initialize())
        self.assertEqual(opened["result"]["capabilities"], {"tools": {"listChanged": True}})
        for source, names in ((ONE + TWO, ["one", "two"]), (TWO, ["two"]), (ONE, ["one"])):
            self.write(source)
            start = time.monotonic()
            self.hears("notifications/tools/list_changed")
            self.assertLess(time.monotonic() - start, 10)
            self.assertEqual(self.names(), ["get_cwd", *names])

    def test_a_new_client_hears_on_its_subscription(self):
        listen = request(
            "subscriptions/listen", "s", _meta=META, notifications={"toolsListChanged": True}
        )
        acknowledged = self.client.ask(listen)
        self.assertEqual(acknowledged["params"]["notifications"], {"toolsListChanged": True})
        self.write(TWO)
        said = self.hears("notifications/tools/list_changed")
        self.assertEqual(said["params"]["_meta"], {"io.modelcontextprotocol/subscriptionId": "s"})
        self.assertEqual(text_of(self.client.ask(call_tool("two"))), "two")

    def test_the_next_call_is_of_what_the_file_says(self):
        self.assertEqual(text_of(self.client.ask(call_tool("one"))), "one")
        self.write(ONE.replace("'one'", "'changed'"))
        self.assertEqual(text_of(self.client.ask(call_tool("one"))), "changed")

    def test_broken_and_mended_while_calls_run(self):
        self.write(SLOW)
        self.assertEqual(self.names(), ["get_cwd", "slow"])
        self.client.send(call_tool("slow", 1))
        time.sleep(0.2)
        self.write("def f(:\n")
        self.assertEqual(self.names(), ["get_cwd", "slow"])
        self.write(ONE)
        self.assertEqual(self.names(), ["get_cwd", "one"])
        self.assertEqual(text_of(self.client.receive()), "old")
        ended = self.client.close_input()
        self.assertEqual(ended.status, 0)
        self.assertIn(b"not loaded anew, the tools stay as they were", ended.stderr)


if __name__ == "__main__":
    os.umask(0o022)
    unittest.main()
