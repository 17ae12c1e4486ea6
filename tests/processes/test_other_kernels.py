"""Serving where poll() and pipes behave as on macOS: put in place of this system's own.

XNU answers a question for POLLHUP alone as one for data, its pipes count as writable with 512 bytes
free, and for terminals poll() may know no answer but POLLNVAL.
"""

import json
import os
import re
import sys
import threading
import time
import unittest

from tests.support.cases import posix
from tests.support.client import Client
from tests.support.messages import ping
from tests.support.serving import fill

MACOS = """
import atexit, os, select, sys

real_poll, real_write = select.poll, os.write
polls, largest = 0, 0

class Poll:
    def __init__(self):
        self.events = {}

    def register(self, descriptor, events=select.POLLIN | select.POLLPRI | select.POLLOUT):
        self.events[descriptor] = events

    def unregister(self, descriptor):
        del self.events[descriptor]

    def poll(self, timeout=None):
        global polls
        polls += 1
        asked = real_poll()
        for descriptor, events in self.events.items():
            if os.isatty(descriptor):
                return [(descriptor, select.POLLNVAL)]
            if events & select.POLLHUP:
                events |= select.POLLIN  # XNU: both are EVFILT_READ
            asked.register(descriptor, events)
        found = []
        for descriptor, events in asked.poll(timeout):
            events &= self.events[descriptor] | select.POLLHUP | select.POLLERR
            if events:
                found.append((descriptor, events))
        return found

def write(descriptor, data):
    global largest
    if descriptor > 2:
        largest = max(largest, len(data))
    return real_write(descriptor, data)

select.poll, select.PIPE_BUF, os.write = Poll, 512, write
atexit.register(lambda: real_write(2, b"%d polls, %d bytes at once\\n" % (polls, largest)))
sys.argv[1:] = []
from cwd_server.__main__ import main
sys.exit(main())
"""
START = [sys.executable, "-c", MACOS]


@posix
class MacOS(unittest.TestCase):
    def test_a_client_that_sends_and_does_not_read_does_not_make_it_spin(self):
        line = json.dumps(ping("x" * 100)).encode("ascii") + b"\n"
        with Client(START) as client:
            client.ask(ping())
            sent = fill(client.process.stdin.fileno(), line)
            time.sleep(1)  # in which a loop without waiting would make many thousand turns
            os.set_blocking(client.process.stdin.fileno(), True)
            received = []
            reader = threading.Thread(target=received.extend, args=(client.process.stdout,))
            reader.start()
            client.process.stdin.write(line[sent % len(line) :])
            client.process.stdin.close()
            reader.join()
            status = client.process.wait()
            stderr = client.process.stderr.read().decode()
        self.assertEqual((status, len(received)), (0, sent // len(line) + 1))
        polls, largest = [int(word) for word in re.findall(r"\d+", stderr)]
        self.assertLess(polls, 10 * len(received) + 100)
        self.assertLessEqual(largest, 512)  # more might wait although there is room

    def test_a_terminal_that_cannot_be_polled(self):
        import pty

        controller, terminal = pty.openpty()
        with Client(START, stdin=terminal) as client:
            os.close(terminal)
            for number in range(3):
                os.write(controller, json.dumps(ping(number)).encode("ascii") + b"\n")
                self.assertEqual(client.receive()["id"], number)
            os.write(controller, b"\x04")
            self.assertEqual(client.end().status, 0)
            os.close(controller)


if __name__ == "__main__":
    unittest.main()
