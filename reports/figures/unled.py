"""The light of a task on which nobody consolidates."""

from collections.abc import Sequence

from tasks.standing.queries import ACCEPTED, CLOSED, MISSING, SUBMITTED, WITHDRAWN, Standing
from tasks.values import BACKFILLED, GREY, UNLED, Light

# Blue stands before green: a task that was done and is so no longer got worse.
_SEVERITY = {Light.BLUE: 0, Light.GREEN: 1, Light.YELLOW: 2, Light.RED: 3}


def severity(light: str) -> int:
    """How serious a light is; what is no light is the least serious."""
    return _SEVERITY[Light(light)] if light in Light.values else -1


def unled_light(rows: Sequence[Standing], *, by_each: bool) -> tuple[str, bool, str]:
    """(light, verified, state) of a task on which nobody consolidates, by its submissions: 无牵头 until the office has
    arranged that each agency reports by itself; then the most serious light of those that were submitted, verified when
    all of them are. What ended, ended for all."""
    ended = next((row for row in rows if row.state in {CLOSED, WITHDRAWN}), None)
    if ended is not None:
        return ended.light, ended.verified, ended.state
    if not by_each:
        return UNLED, True, UNLED  # there is nothing to verify
    submitted = [row for row in rows if row.reported or row.state == BACKFILLED]
    if not submitted:
        return GREY, False, MISSING
    light = max((row.light for row in submitted), key=severity)
    if all(row.state == BACKFILLED for row in submitted):
        return light, False, BACKFILLED
    verified = all(row.verified for row in submitted)
    return light, verified, ACCEPTED if verified else SUBMITTED
