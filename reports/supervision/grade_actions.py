"""Setting the grades of a jurisdiction. The contract is that of reports.supervision.actions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from reports.supervision.grades import NoticeGrade, usual_grades
from tasks import typed
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.permissions import may_change_jurisdiction
from tasks.people.models import User
from tasks.people.permissions import may_set_supervision_rules

MOST_DAYS = 60
LONGEST = {"name": 10, "mark": 4, "formula": 20}


@dataclass(frozen=True)
class GradeInput:
    """One grade, in the order in which they are given; without a code it is a new one."""

    code: str
    name: str
    mark: str
    formula: str
    answer_days: int
    is_letter: bool
    is_active: bool


def rows_of(jurisdiction: Jurisdiction) -> list[GradeInput]:
    """The grades as they are set, those that are not in use too; the usual ones where nothing was set. One query."""
    rows = NoticeGrade.objects.filter(jurisdiction=jurisdiction)
    found = [
        GradeInput(row.code, row.name, row.mark, row.formula, row.answer_days, row.is_letter, row.is_active)
        for row in rows
    ]
    return found or [
        GradeInput(one.code, one.name, one.mark, one.formula, one.answer_days, one.is_letter, True)
        for one in usual_grades()
    ]


def fingerprint(rows: Sequence[GradeInput]) -> str:
    """How the grades stand, to see whether they were changed meanwhile."""
    return "|".join(
        f"{one.code}:{one.name}:{one.mark}:{one.formula}:{one.answer_days}:{one.is_letter:d}{one.is_active:d}"
        for one in rows
    )


@transaction.atomic
def set_grades(
    *,
    by: User,
    jurisdiction: Jurisdiction,
    rows: Sequence[GradeInput],
    seen: str,
    now: datetime | None = None,
) -> bool:
    """Set the grades anew, for notices from now on; what was issued keeps its words. A grade is never deleted, because
    numbers were given in it: it is taken out of use. False where nothing differs. Problems are on `N-field`."""
    if not may_set_supervision_rules(by):
        raise PermissionDenied(_("督办等级由领导小组办公室设定。"))
    if not may_change_jurisdiction(by, jurisdiction.pk):
        raise PermissionDenied(_("督办等级由这个地区的领导小组办公室设定。"))
    Jurisdiction.objects.select_for_update().get(pk=jurisdiction.pk)
    before = rows_of(jurisdiction)
    if fingerprint(before) != seen:
        raise Conflict(_("督办等级刚刚已由他人更改，请看过后再改。"))
    after = [_cleaned(one) for one in rows]
    problems = _problems(after)
    if {one.code for one in before} - {one.code for one in after}:
        raise Conflict(_("督办等级刚刚已由他人更改，请看过后再改。"))
    if problems:
        raise Problems(problems)
    after = _with_codes(after)
    if after == before:
        return False
    # Names may change places, so that none is unique on the way.
    NoticeGrade.objects.filter(jurisdiction=jurisdiction).delete()
    NoticeGrade.objects.bulk_create(
        NoticeGrade(jurisdiction=jurisdiction, order=number, **vars(one))
        for number, one in enumerate(after, 1)
    )
    data = {"before": fingerprint(before), "after": fingerprint(after)}
    record(by=by, verb="notice.grades", subject=jurisdiction, data=data, at=now or clock.now())
    return True


def _cleaned(one: GradeInput) -> GradeInput:
    words = {name: typed.line(getattr(one, name)) for name in LONGEST}
    return GradeInput(**{**vars(one), **words})


def _problems(rows: Sequence[GradeInput]) -> list[Problem]:
    problems = []
    for number, one in enumerate(rows):
        for name, limit in LONGEST.items():
            text = getattr(one, name)
            if not text:
                problems.append(Problem(f"{number}-{name}", _("请填写。")))
            elif len(text) > limit:
                problems.append(Problem(f"{number}-{name}", _("最多 %(n)d 字。") % {"n": limit}))
            elif name != "formula" and text in [getattr(other, name) for other in rows[:number]]:
                problems.append(Problem(f"{number}-{name}", _("与另一等级相同。")))
        if not 1 <= one.answer_days <= MOST_DAYS:
            said = _("请填 1 到 %(most)d 的整数。") % {"most": MOST_DAYS}
            problems.append(Problem(f"{number}-answer_days", said))
    if not any(one.is_active for one in rows):
        problems.append(Problem("", _("至少启用一个等级。")))
    return problems


def _with_codes(rows: Sequence[GradeInput]) -> list[GradeInput]:
    taken = {one.code for one in rows}
    found = []
    for one in rows:
        code = one.code
        if not code:
            code = next(f"own{n}" for n in range(1, len(rows) + 2) if f"own{n}" not in taken)
            taken.add(code)
        found.append(GradeInput(**{**vars(one), "code": code}))
    return found
