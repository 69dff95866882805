"""带入: an agency takes the words of its last submission on a task over into the draft of this quarter, and the draft is saved.
Only what is still empty is filled; lights, progress and figures are never taken over."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from tasks.people.models import User
from tasks.submissions import actions, transitions
from tasks.submissions.content import DraftInput
from tasks.submissions.fields import FIELDS
from tasks.submissions.models import Submission, Version
from tasks.submissions.queries import Desk, DeskRow


def takeable(draft: DraftInput | Submission, previous: Version | None, duty: str) -> list[str]:
    """The names of the fields that are empty in the draft and written in the last submission."""
    if previous is None:
        return []
    return [
        field.name
        for field in FIELDS
        if field.copied
        and duty in field.filled_by
        and field.is_written(getattr(previous, field.name))
        and not field.is_written(getattr(draft, field.name))
    ]


def filled_from(draft: DraftInput, previous: Version, names: Collection[str]) -> DraftInput:
    """The draft with these fields as the last submission has them."""
    return replace(draft, **{name: getattr(previous, name) for name in names})


def takes_over(row: DeskRow) -> bool:
    """Whether anything can be taken over into a row of the desk."""
    if row.previous is None or (row.submission is not None and row.state not in transitions.EDITABLE):
        return False
    return bool(takeable(row.submission or Submission(), row.previous, row.duty))


@transaction.atomic
def take_over(
    *, by: User, desk: Desk, task_ids: Collection[int], now: datetime | None = None
) -> list[Submission]:
    """Fill what is empty in several drafts of the desk, begun or not, from the last submission of each, and save them.
    Rows in which nothing can be filled are left as they are. Raises what `save_drafts` raises."""
    drafts = []
    for row in desk.rows:
        if row.task.pk not in task_ids or row.previous is None or not takes_over(row):
            continue
        draft = (
            DraftInput.of(row.submission, plan_id=desk.plan.pk)
            if row.submission is not None
            else DraftInput(
                plan_id=desk.plan.pk,
                quarter=desk.quarter,
                task_id=row.task.pk,
                agency_id=by.acts_for,
            )
        )
        drafts.append(filled_from(draft, row.previous, takeable(draft, row.previous, row.duty)))
    return actions.save_drafts(by=by, drafts=drafts, now=now) if drafts else []
