"""Old names of tests/support/client.py and processes.py, until their users have moved."""

import os

from tests.support import client, processes
from tests.support.paths import ARCHIVE, ROOT, STARTS, environment

LIMIT = client.LIMIT
Live = client.Client
descriptors = processes.descriptors
memory = processes.memory
status = processes.number_in_status

# Servers that offer the tools of stdio_tools.py, with cwd_server from source and archive
TOOLS = [STARTS["source"][0], os.path.join(ROOT, "tests", "stdio_tools.py")]
WITH_TOOLS = {"source": ROOT, "archive": ARCHIVE}  # PYTHONPATH


def with_tools(place, *arguments, **options):
    """Return a Live server with the tools of stdio_tools.py, from `place`, a key of WITH_TOOLS."""
    options.setdefault("env", environment())
    options["env"] = dict(options["env"], PYTHONPATH=WITH_TOOLS[place])
    return Live(TOOLS + list(arguments), **options)
