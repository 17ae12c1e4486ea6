"""Where the things under test are, and every way in which a user can start the server."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = os.path.join(ROOT, "tests")
ARCHIVE = os.path.join(ROOT, "dist", "cwd_server.pyz")

# Schemas and other material that belongs to nobody's tests; absent from a plain checkout
SHARED = os.path.join(os.path.dirname(ROOT), "shared")

# Tests of behaviour go through each of these
STARTS = {
    "source": [sys.executable, "-m", "cwd_server"],
    "archive": [sys.executable, "-I", "-S", ARCHIVE],
}

# The same, able to import what is installed: servers with tools files are started so
STARTS_WITH_SITE = {
    "source": [sys.executable, "-m", "cwd_server"],
    "archive": [sys.executable, ARCHIVE],
}


def environment(**changes):
    """Return the environment for a server: our own, with the source importable, and `changes`."""
    variables = dict(os.environ, PYTHONPATH=ROOT)
    variables.update(changes)
    return variables
