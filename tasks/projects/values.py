"""An agency's input on a project, as typed; money in 万元."""

from dataclasses import asdict, dataclass, fields, replace

from tasks import typed

TEXT_LIMIT = 2000
MONEY_LIMIT = 12  # digits before the point
TEXTS = ("fall_reason", "progress", "problems", "next_steps")


@dataclass(frozen=True)
class ReportInput:
    """Everything as typed: the write path parses numbers, so that forms, the API and sample data get the same messages."""

    works: str = ""
    invested: str = ""
    total: str = ""
    planned: str = ""
    fall_reason: str = ""
    progress: str = ""
    problems: str = ""
    next_steps: str = ""

    @classmethod
    def of(cls, typed: dict[str, str]) -> "ReportInput":
        """Read a stored draft."""
        return cls(**{one.name: str(typed.get(one.name, "")) for one in fields(cls)})

    def understood(self) -> "ReportInput":
        """The input as it is stored: texts cleaned, words that mean nothing (无, /) left empty, numbers as typed."""
        kept = {name: typed.prose(text) for name, text in asdict(self).items()}
        said = {name: typed.optional(kept[name]) for name in TEXTS}
        return replace(self, **kept | said | {"fall_reason": typed.reason(self.fall_reason)})

    def kept(self) -> dict[str, str]:
        """The input as a draft stores it."""
        return asdict(self)
