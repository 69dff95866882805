"""What the reader says when it cannot go on."""

from collections.abc import Mapping

from django.utils.functional import Promise


class ReadError(Exception):
    """The text cannot be read as a plan: where, what is wrong, and what a person can do about it.

    The sentence is put together only when it is shown, so that reading itself needs no Django settings.
    """

    def __init__(self, message: str | Promise, line: int = 0, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.values: Mapping[str, object] = {"line": line, **values}

    def __str__(self) -> str:
        return str(self.message) % self.values
