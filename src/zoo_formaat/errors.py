"""The one exception that a person is meant to read."""


class UserError(Exception):
    """Wrong use or bad input: shown as one line without traceback, exit code 2.

    The message is Dutch, says what is wrong, where (file, line, column) and what to do. It never holds a value of raw
    data, a secret or an identifier. Every other exception that reaches a command is a bug and looks like one.
    """
