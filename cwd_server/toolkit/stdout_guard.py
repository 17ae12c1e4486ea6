"""Keep stdout for what it is for: everything else that is written to it goes to stderr."""

import contextlib
import os
import sys
from typing import Iterator


@contextlib.contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """While this lasts, prints, C code and child processes write to stderr instead of stdout."""
    with contextlib.redirect_stdout(sys.stderr):
        try:
            saved = os.dup(1)
        except OSError:  # it is closed: nothing can be written to it
            yield
            return
        try:
            _point_to_stderr(1)
            yield
        finally:
            os.dup2(saved, 1)
            os.close(saved)


def _point_to_stderr(descriptor: int) -> None:
    try:
        os.dup2(2, descriptor)
    except OSError:  # stderr is closed
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)
