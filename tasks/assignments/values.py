"""What a reporter of an agency writes of a plan."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Share:
    """The tasks of a plan that a reporter writes: those that were assigned, or with `given` None all of the agency's; never
    those that they handed to a colleague. A share may be empty: that is not the same as all."""

    given: frozenset[int] | None = None
    away: frozenset[int] = field(default_factory=frozenset)

    def __contains__(self, task_id: object) -> bool:
        return task_id not in self.away and (self.given is None or task_id in self.given)

    @property
    def is_whole(self) -> bool:
        return self.given is None and not self.away

    @property
    def tasks(self) -> frozenset[int]:
        """Those that were assigned and are still the reporter's; none where everything is theirs."""
        return (self.given or frozenset()) - self.away


WHOLE = Share()
