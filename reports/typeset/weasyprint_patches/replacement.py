"""The form in which each patch lists what it replaces, and the check that the original is still what it was."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Replacement:
    """One attribute of a module or class of WeasyPrint or pydyf, and the function that takes its place.

    `parameters` are the names of the original's parameters, in order, in the version for which the patch was written.
    """

    owner: Any
    name: str
    parameters: tuple[str, ...]
    function: Any

    def mismatch(self) -> str:
        """How the original differs from what the patch expects, for the log; empty when it does not differ."""
        where = f"{getattr(self.owner, '__name__', self.owner)}.{self.name}"
        original = getattr(self.owner, self.name, None)
        if original is None:
            return f"{where} is missing"
        if original is self.function:
            return ""
        found = _parameters(original)
        return "" if found == self.parameters else f"{where} takes ({', '.join(found)})"

    def install(self) -> None:
        """Replace the original for this process."""
        setattr(self.owner, self.name, self.function)


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)
