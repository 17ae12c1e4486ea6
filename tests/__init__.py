"""Tests of cwd_server: README.md says which folder is what, and how long it takes."""

import os
import signal

# The client that runs the tests, if one does, has its own project
for variable in ("CLAUDE_PROJECT_DIR", "WORKSPACE_FOLDER_PATHS"):
    os.environ.pop(variable, None)

# Who runs the tests in the background, or with nohup, ignores these signals, and so would the
# programs that the tests start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("SIGHUP", "SIGQUIT"):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
