"""Pseudo-terminals, for what a program shows on one."""

import os


def read_terminal(descriptor):
    """Return what comes from a pseudo-terminal until its other end is closed, and close it."""
    shown = b""
    try:
        while True:
            chunk = os.read(descriptor, 65536)
            if not chunk:
                return shown
            shown += chunk
    except OSError:  # how Linux says that the other end is closed
        return shown
    finally:
        os.close(descriptor)
