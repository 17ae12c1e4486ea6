"""A base class, and skips that name the system's limit."""

import os
import sys
import unittest

from tests.support.client import run_process
from tests.support.files import temporary_directory
from tests.support.paths import STARTS

PYPY = sys.implementation.name == "pypy"

posix = unittest.skipUnless(os.name == "posix", "Windows has no POSIX signals, modes or terminals")
linux = unittest.skipUnless(sys.platform.startswith("linux"), "only Linux has /proc")
not_root = unittest.skipIf(
    hasattr(os, "geteuid") and os.geteuid() == 0, "root may do what the system refuses to others"
)


class EachStart(unittest.TestCase):
    """A test against the source and against the archive, in a folder of its own.

    Each loop over the starts is a subtest, so that a failure says which:

        for start in self.each_start():
            with Client(start) as client: ...

        for done in self.each("--version"): ...
    """

    def setUp(self):
        self.directory = temporary_directory(self)

    def each_start(self, starts=STARTS):
        """Yield the command of each start, inside a subtest that is named by it."""
        for name, command in starts.items():
            with self.subTest(start=name):
                yield command

    def each(self, *arguments, **options):
        """Yield the finished process of each start; `messages` is its input."""
        messages = options.pop("messages", ())
        for start in self.each_start():
            yield run_process(start + list(arguments), messages, **options)
