"""Many calls, cancellations and progress at once, under Python's development mode.

Without a global lock, as in free-threaded builds, this is where a lock that is missing shows.
"""

import random
import sys
import threading
import unittest

from tests.support.client import Client
from tests.support.files import tools_file
from tests.support.messages import call_tool, cancelled
from tests.support.paths import ROOT

ROUNDS = 40
CALLS = 100  # in a round, sent without waiting for an answer
TOOLS = """
@tool
def steps(count: int, call: Call) -> int:
    for step in range(count):
        call.progress(step + 1, count, "step")
    return count


@tool
def rest(seconds: float, call: Call) -> str:
    return "cancelled" if call.sleep(seconds) else "rested"
"""


class Threads(unittest.TestCase):
    def setUp(self):
        self.seed = random.randrange(1 << 30)
        self.chance = random.Random(self.seed)

    def test_calls_cancellations_and_progress_at_once(self):
        command = [sys.executable, "-X", "dev", "-W", "error", "-m", "cwd_server"]
        command += ["--tools", tools_file(self, TOOLS)]
        with self.subTest(seed=self.seed), Client(command, cwd=ROOT, limit=300) as client:
            for number in range(ROUNDS):
                self.play_round(client, number * CALLS)
            ended = client.close_input()
            self.assertEqual((ended.status, ended.stdout, ended.stderr), (0, b"", b""))

    def play_round(self, client, first):
        """Send calls, and cancel some of them at once; check that each is answered right."""
        messages = []
        waited_for = {}  # request id: the count that it asks for
        for request_id in range(first, first + CALLS):
            if self.chance.random() < 0.3:
                messages += [call_tool("rest", request_id, {"seconds": 30}), cancelled(request_id)]
            else:
                count = self.chance.randrange(20)
                waited_for[request_id] = count
                arguments = {"count": count}
                messages.append(
                    call_tool("steps", request_id, arguments, progressToken=request_id)
                )
        # As clients do, while the answers are read: pipes of Windows hold 4 KiB
        sender = threading.Thread(target=client.send, args=messages)
        sender.start()
        self.check_answers(client, waited_for)
        sender.join()

    def check_answers(self, client, waited_for):
        """Read until each call that is waited for is answered right, after all of its progress."""
        progress = dict.fromkeys(waited_for, 0)
        while waited_for:
            message = client.receive()
            if message.get("method") == "notifications/progress":
                token = message["params"]["progressToken"]
                self.assertIn(token, waited_for)  # not after its answer
                self.assertEqual(message["params"]["progress"], progress[token] + 1)
                progress[token] += 1
            else:
                count = waited_for.pop(message["id"])  # each once, and no cancelled one
                self.assertEqual(message["result"]["structuredContent"], count)
                self.assertEqual(progress[message["id"]], count)
