"""What a person can mend, as opposed to a bug of ours."""


class UserError(Exception):
    """Something that the user can mend: the message says what happened, where, and what to do.

    Whoever runs the program prints the message, without a traceback, and exits with `exit_status`.
    """

    exit_status = 2  # wrong usage; a class for what failed although it was asked for rightly has 1
