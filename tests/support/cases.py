"""A base class, a decorator, and skips that name the system's limit."""

import functools
import os
import sys
import typing
import unittest

from tests.support.client import run_process
from tests.support.files import temporary_directory
from tests.support.paths import STARTS

PYPY = sys.implementation.name == "pypy"

posix = unittest.skipUnless(
    os.name == "posix",
    "Windows has no signals, modes, owners, shell, $HOME, terminals or links as POSIX has them",
)
linux = unittest.skipUnless(sys.platform.startswith("linux"), "only Linux has /proc")
windows = unittest.skipUnless(os.name == "nt", "only Windows refuses to replace files in use")
not_root = unittest.skipIf(
    hasattr(os, "geteuid") and os.geteuid() == 0, "root may do what the system refuses to others"
)


def _hashes_annotated():
    """Return whether Python takes an Annotated with a dict in it into a Union, or has none."""
    try:
        return bool(typing.Union[typing.Annotated[int, {}], None])
    except AttributeError:
        return True
    except TypeError:  # 3.9 to some 3.12
        return False


annotated_is_not_hashed = unittest.skipIf(
    _hashes_annotated(), "Python can hash an Annotated with a dict in it, or has no Annotated"
)


def for_each_start(test):
    """Decorate a test that takes a start: it runs once with each, as a subtest."""

    @functools.wraps(test)
    def run_all(self):
        for name, command in STARTS.items():
            with self.subTest(start=name):
                test(self, command)

    return run_all


class EachStart(unittest.TestCase):
    """A test against the source and against the archive, in a folder of its own.

    @for_each_start
    def test_ping(self, start):
        with Client(start) as client: ...

    def test_version(self):
        for done in self.each("--version"): ...
    """

    def setUp(self):
        self.directory = temporary_directory(self)
        self._start = None

    def each_start(self, starts=STARTS):
        """Yield the command of each start; a failure says which it was."""
        for self._start, command in starts.items():
            yield command
        self._start = None

    def each(self, *arguments, **options):
        """Yield the finished process of each start; `messages` is its input."""
        messages = options.pop("messages", ())
        for start in self.each_start():
            yield run_process(start + list(arguments), messages, **options)

    def _formatMessage(self, message, standard):  # noqa: N802
        message = super()._formatMessage(message, standard)
        if self._start is None:
            return message
        return f"{message} (start: {self._start})"
