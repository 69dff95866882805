"""What the office sets for a plan's papers: the kinds of a set, and the number from which a series goes on. The rules are
those of reports.briefs.actions."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.briefs.kinds import KINDS, SET_KINDS, kind_label
from reports.briefs.models import BriefKind, SeriesStart, SetContent
from reports.briefs.queries import kinds_of_set, next_number
from reports.briefs.transitions import check_may
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan

MOST = 9999  # a number is printed in the red head


@transaction.atomic
def set_kinds(
    *, by: User, plan: Plan, kinds: Collection[str], seen: Collection[str], now: datetime | None = None
) -> bool:
    """Of which kinds the plan's sets consist from now on; sets that were asked for stay. `seen` are those that the person
    saw. False where nothing differs."""
    check_may(by)
    in_order([plan.pk])
    before = kinds_of_set(plan)
    if list(seen) != before:
        raise Conflict(_("整套的内容刚刚已由他人更改，请看过后再改。"))
    chosen = [kind for kind in SET_KINDS if kind in kinds or kind == BriefKind.PLAN]
    if len(set(kinds) - set(SET_KINDS)):
        raise Problems([Problem("kinds", _("这一种不能放进整套。"))])
    if chosen == before:
        return False
    row, _is_new = SetContent.objects.update_or_create(plan=plan, defaults={"kinds": chosen})
    record(
        by=by, verb="brief.set_kinds", subject=row, data={"kinds": [before, chosen]}, at=now or clock.now()
    )
    return True


@transaction.atomic
def start_series(
    *,
    by: User,
    plan: Plan,
    kind: str,
    year: int,
    number: int,
    total: int | None = None,
    confirmed: bool = False,
    now: datetime | None = None,
) -> SeriesStart:
    """The series of the kind goes on from this number in the year (and `total` in all): never from one that was given
    already, and with a gap behind issues of this site only where somebody confirms it."""
    check_may(by)
    moment = now or clock.now()
    in_order([plan.pk])
    this_year = timezone.localtime(moment, timezone.get_default_timezone()).year
    problems = []
    if kind not in KINDS or not KINDS[kind].is_numbered:
        problems.append(Problem("kind", _("这一种不编期号。")))
    if year not in (this_year, this_year + 1):
        said = _("只能设%(year)d年或下一年的起始期号。") % {"year": this_year}
        problems.append(Problem("year", said))
    for name, value in (("number", number), ("total", total)):
        if value is not None and not 1 <= value <= MOST:
            problems.append(Problem(name, _("请填 1 到 %(most)d 的整数。") % {"most": MOST}))
    if problems:
        raise Problems(problems)
    has = next_number(plan.pk, kind, year)
    words = {
        "year": year,
        "kind": kind_label(kind, plan.kind),
        "last": has.last,
        "total": has.last_total,
        "number": number,
        "gap": numbers_text(range(has.last + 1, number)),
    }
    if number <= has.last:
        said = _("%(year)d年%(kind)s已编到第%(last)d期，起始期号须大于它。")
        problems.append(Problem("number", said % words))
    elif has.last and number > has.last + 1 and not confirmed:
        said = _(
            "%(year)d年%(kind)s已编到第%(last)d期；从第%(number)d期起，%(gap)s将空号。确实如此，请勾选确认。"
        )
        problems.append(Problem("confirmed", said % words))
    if total is not None and total <= has.last_total:
        said = _("%(kind)s已编到总第%(total)d期，起始总期号须大于它。")
        problems.append(Problem("total", said % words))
    if problems:
        raise Problems(problems)
    before = [has.start.number, has.start.total] if has.start else None
    row, _is_new = SeriesStart.objects.update_or_create(
        plan=plan, kind=kind, year=year, defaults={"number": number, "total": total}
    )
    data = {"kind": kind, "year": year, "start": [before, [number, total]]}
    record(by=by, verb="brief.series", subject=row, data=data, at=moment)
    return row


def numbers_text(numbers: range) -> str:
    """第4期, 第4—6期; "" for none."""
    if not numbers:
        return ""
    if len(numbers) == 1:
        return _("第%(n)d期") % {"n": numbers[0]}
    return _("第%(first)d—%(last)d期") % {"first": numbers[0], "last": numbers[-1]}
