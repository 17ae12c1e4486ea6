"""Servers whose tools do what tools should not, and what the tests of stdio do with them."""

import os
import shutil
import sys
import tempfile
import time
import unittest

from tests.support.client import Client
from tests.support.messages import request
from tests.support.paths import ARCHIVE, ROOT, STARTS, environment

# Servers that offer the tools of stdio_tools.py, with cwd_server from the source and from the
# archive: PYTHONPATH by place
WITH_TOOLS = {"source": ROOT, "archive": ARCHIVE}
TOOLS = [sys.executable, os.path.join(ROOT, "tests", "stdio_tools.py")]
PLACES = {place: place for place in WITH_TOOLS}


def with_tools(place, *arguments, **options):
    """Return a client of a server with the tools of stdio_tools.py, from a place of WITH_TOOLS."""
    options.setdefault("env", environment())
    options["env"] = dict(options["env"], PYTHONPATH=WITH_TOOLS[place])
    return Client(TOOLS + list(arguments), **options)


class EachStart(unittest.TestCase):
    """Run a test against every start; a failure says against which."""

    def each(self, starts=STARTS):
        for self.start, start in starts.items():
            yield start

    def _formatMessage(self, message, standard):  # noqa: N802
        standard = super()._formatMessage(message, standard)
        return "%s (start: %s)" % (standard, self.start) if hasattr(self, "start") else standard

    def directory(self):
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, os.fsencode(directory), ignore_errors=True)
        return os.path.realpath(directory)


def call(name, request_id=1, **arguments):
    return request("CallTool", request_id, name=name, arguments=arguments)


def text(answer):
    return answer["result"]["content"][0]["text"]


def fill(descriptor, line):
    """Write copies of `line` until nobody takes any more; return how many bytes went."""
    os.set_blocking(descriptor, False)
    sent, idle = 0, 0
    while idle < 4:
        try:
            start = sent % len(line)
            sent += os.write(descriptor, line[start:] + line * 100)
            idle = 0
        except BlockingIOError:
            idle += 1
            time.sleep(0.1)
    return sent


def write_and_close(stream, data):
    stream.write(data)
    stream.close()
