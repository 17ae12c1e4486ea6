"""How a command fails: both errors are for the user to read."""

from cwd_server.errors import UserError


class UsageError(UserError):
    """The command line asks for something that makes no sense; exit status 2."""


class CommandError(UserError):
    """The command line was right, but what it asks for failed; exit status 1."""

    exit_status = 1
