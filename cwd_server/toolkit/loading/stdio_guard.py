"""Keep stdin and stdout for what they are for: others read and write elsewhere.

While serving they are the protocol's own all the time (transport/wire.py); here, for a while.
"""

import contextlib
import os
import sys
from typing import Iterator


@contextlib.contextmanager
def stdio_as_served() -> Iterator[None]:
    """While this lasts stdin is empty, and what is written to stdout goes to stderr.

    That is so for prints, for C code that uses the descriptors, and for child processes.
    """
    null = os.open(os.devnull, os.O_RDWR)
    try:
        with contextlib.redirect_stdout(sys.stderr), _pointed_to(null, 0), _stdout_to_stderr(null):
            yield
    finally:
        os.close(null)


@contextlib.contextmanager
def _stdout_to_stderr(null: int) -> Iterator[None]:
    target = 2
    try:
        os.fstat(target)
    except OSError:  # it is closed
        target = null
    with _pointed_to(target, 1):
        yield


@contextlib.contextmanager
def _pointed_to(target: int, descriptor: int) -> Iterator[None]:
    """Let a descriptor be the same as another, and afterwards what it was."""
    try:
        saved = os.dup(descriptor)
    except OSError:  # it is closed: there is nothing to keep
        yield
        return
    try:
        os.dup2(target, descriptor)
        yield
    finally:
        os.dup2(saved, descriptor)
        os.close(saved)
