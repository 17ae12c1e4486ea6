"""Tests of cwd_server: README.md says which folder is what, and how long it takes."""

import os

# The client that runs the tests, if one does, has its own project
for variable in ("CLAUDE_PROJECT_DIR", "WORKSPACE_FOLDER_PATHS"):
    os.environ.pop(variable, None)

# Old names of what is in tests/support/, until their users have moved
from tests.support.cases import PYPY  # noqa: E402, F401
from tests.support.client import responses as answers  # noqa: E402, F401
from tests.support.client import run_process as run  # noqa: E402, F401
from tests.support.messages import META, initialize, request  # noqa: E402, F401
from tests.support.paths import ARCHIVE, ROOT, SHARED, STARTS, environment  # noqa: E402, F401
