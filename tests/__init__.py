"""Tests of cwd_server: README.md says which folder is what, and how long it takes."""

import os

# The client that runs the tests, if one does, has its own project
for variable in ("CLAUDE_PROJECT_DIR", "WORKSPACE_FOLDER_PATHS"):
    os.environ.pop(variable, None)
