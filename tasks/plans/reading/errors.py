"""The error that the reader raises, with a translated message and the line in the text."""

from collections.abc import Mapping

from django.utils.functional import Promise


class ReadError(Exception):
    """The text cannot be read as a plan. The message gives the line, the fault and a remedy.

    The message is formatted only in `__str__`, so that the reader itself needs no Django settings.
    """

    def __init__(self, message: str | Promise, line: int = 0, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.values: Mapping[str, object] = {"line": line, **values}

    def __str__(self) -> str:
        return str(self.message) % self.values
