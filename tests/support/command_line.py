"""The command line without a process: 10 ms instead of 150, and a debugger can follow.

    done = run_command(["call", "get_cwd", "--cwd", directory])
    self.assertEqual((done.status, done.stderr), (0, ""))

A command has one smoke test that starts it as a user does; everything else of it is tested here.
"""

import contextlib
import io
import os
import sys
import tempfile
from typing import NamedTuple
from unittest import mock


class Finished(NamedTuple):
    """What a command left behind: its exit status and what it wrote."""

    status: int
    stdout: str
    stderr: str


def run_command(argv, cwd=None, stdin="", encoding="utf-8", environment=None):
    """Run `cwd_server argv…` inside this process; return what it left behind.

    The directory, os.environ, sys.argv and the standard streams are as before when this returns.
    `environment` has the variables to set; None as a value removes one. What a child process
    writes is not captured.
    """
    from cwd_server.__main__ import main

    with contextlib.ExitStack() as stack:
        stack.enter_context(_variables(environment or {}))
        stack.enter_context(_directory(cwd))
        output = stack.enter_context(_stream(encoding))
        errors = stack.enter_context(_stream(encoding))
        stack.enter_context(mock.patch.object(sys, "argv", ["cwd_server"] + argv))
        stack.enter_context(mock.patch.object(sys, "stdin", io.StringIO(stdin)))
        stack.enter_context(mock.patch.object(sys, "stdout", output))
        stack.enter_context(mock.patch.object(sys, "stderr", errors))
        status = _status_of(main, argv)
        return Finished(status, _written(output), _written(errors))


def _status_of(main, argv):
    try:
        return main(argv)
    except SystemExit as leaving:
        if leaving.code is None:
            return 0
        if isinstance(leaving.code, int):
            return leaving.code
        print(leaving.code, file=sys.stderr)  # what the interpreter does with a text
        return 1


@contextlib.contextmanager
def _stream(encoding):
    """A text stream with a descriptor of its own, as the real ones have."""
    with tempfile.TemporaryFile() as file:
        stream = io.TextIOWrapper(file, encoding=encoding, newline="\n", write_through=True)
        try:
            yield stream
        finally:
            stream.detach()


def _written(stream):
    stream.flush()
    stream.buffer.seek(0)
    return stream.buffer.read().decode(stream.encoding).replace("\r\n", "\n")


@contextlib.contextmanager
def _variables(changes):
    with mock.patch.dict(os.environ):
        for name, value in changes.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        yield


@contextlib.contextmanager
def _directory(path):
    before = os.getcwd()
    try:
        if path is not None:
            os.chdir(path)
        yield
    finally:
        os.chdir(before)  # a command that is given --cwd goes there
