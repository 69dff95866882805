"""What two contents of a submission say differently, field by field: two versions, or what two people wrote."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tasks.indicators.formatting import ShownFigure
from tasks.submissions.fields import FIELDS
from tasks.submissions.models import Content


@dataclass(frozen=True)
class Difference:
    """One field; `before` and `after` as a reader sees them, "" for nothing."""

    field: str
    label: str
    before: str
    after: str


def differences(
    before: Content,
    after: Content,
    *,
    figures: tuple[Sequence[ShownFigure], Sequence[ShownFigure]] = ((), ()),
    withheld: Collection[str] = (),
) -> list[Difference]:
    """Field by field in the order of FIELDS, without those that are `withheld` from the reader; figures last."""
    found = []
    for field in FIELDS:
        if field.name in withheld:
            continue
        was, now = (field.shown(getattr(content, field.name)) for content in (before, after))
        if was != now:
            found.append(Difference(field.name, str(field.label), was, now))
    old, new = ({figure.key: figure for figure in side} for side in figures)
    for key, figure in (old | new).items():
        was, now = (side[key].said if key in side else "" for side in (old, new))
        if was != now:
            found.append(Difference(f"figures.{key}", figure.label, was, now))
    return found
