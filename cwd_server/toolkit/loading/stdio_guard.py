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
    null = os.open(os.devnull, os.O_RDWR)  # which is 0, 1 or 2 if that was closed
    try:
        with contextlib.redirect_stdout(sys.stderr), _pointed_to(null, 0), _pointed_to(2, 1):
            yield
    finally:
        os.close(null)


@contextlib.contextmanager
def _pointed_to(target: int, descriptor: int) -> Iterator[None]:
    """Let a descriptor be the same as another, and afterwards what it was."""
    saved = os.dup(descriptor)
    try:
        os.dup2(target, descriptor)
        yield
    finally:
        os.dup2(saved, descriptor)
        os.close(saved)
