"""The write path of scoring schemes 考核办法: written by the office, in force once a second person adopts them.

Keyword-only, the actor is `by`; refused, it has written nothing. Raises PermissionDenied, Problems (each on its field) and
Conflict (somebody was quicker). Decisions of one plan commit in order.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from qhplan import clock
from reports.canonical import canonical, plain, sha256
from reports.scoring.models import Scheme, SchemeState, ScoreSheet, SheetState
from reports.scoring.transitions import ADOPT_SCHEME, DROP_SCHEME
from reports.scoring.values import OUTCOMES, Content, content_of
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.indicators.write_checks import since_problems, text_problems
from tasks.people.models import User
from tasks.people.permissions import may_announce_scores, may_write_scheme
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan
from tasks.transitions import move, short_time
from tasks.values import Period

TEXT_LIMIT = 2000
MOST_POINTS = Decimal(50)


def suggestion() -> Content:
    """The scheme that a site's first draft begins with: data, in fixtures/scoring-scheme.json."""
    path = settings.BASE_DIR / "fixtures" / "scoring-scheme.json"
    return content_of(json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class SchemeInput:
    """A scheme as it is written. `revision` is that of the draft which the writer saw; None where there was none."""

    title: str
    basis: str
    valid_from: Period
    content: Content
    revision: int | None = None


@transaction.atomic
def write_scheme(*, by: User, plan: Plan, asked: SchemeInput, now: datetime | None = None) -> Scheme:
    """Begin the plan's draft, or write it anew."""
    if not may_write_scheme(by):
        raise PermissionDenied(_("考核办法由领导小组办公室起草。"))
    in_order([plan.pk])
    moment = now or clock.now()
    problems = (
        text_problems("title", asked.title, limit=80, required=_("请写名称。"))
        + text_problems("basis", asked.basis, limit=TEXT_LIMIT)
        + since_problems(plan, asked.valid_from, "valid_from")
        + _announced_problems(plan, asked.valid_from)
        + content_problems(asked.content)
    )
    if problems:
        raise Problems(problems)
    draft = Scheme.objects.select_for_update().filter(plan=plan, state=SchemeState.DRAFT).first()
    if (draft.revision if draft else None) != asked.revision:
        raise Conflict(_draft_conflict(draft))
    values = {
        "title": asked.title.strip(),
        "basis": asked.basis.strip(),
        "valid_from": asked.valid_from,
        "content": plain(asked.content),
        "written_at": moment,
        "written_by": by,
    }
    if draft is None:
        last = Scheme.objects.filter(plan=plan).aggregate(last=Max("number"))["last"] or 0
        draft = Scheme.objects.create(plan=plan, number=last + 1, **values)
    else:
        for name, value in values.items():
            setattr(draft, name, value)
        draft.revision += 1
        draft.save()
    record(
        by=by,
        verb="scheme.write",
        subject=draft,
        to_state=SchemeState.DRAFT,
        data={"plan": plan.slug, "number": draft.number, "sha256": sha256(canonical(asked.content))},
        at=moment,
    )
    return draft


def content_problems(content: Content) -> list[Problem]:
    """What a scheme cannot say: weights that are not 100 together, a better outcome worth less than a worse one."""
    problems: list[Problem] = []
    for weighing in content.weighings:
        field = f"weight_{weighing.component}"
        if not 0 <= weighing.weight <= 100:
            problems.append(Problem(field, _("权重在 0 到 100 之间。")))
        before = Decimal(100)
        for outcome, _label in OUTCOMES[weighing.component]:
            percent = weighing.worth(outcome)
            name = f"worth_{weighing.component}_{outcome}"
            if not 0 <= percent <= 100:
                problems.append(Problem(name, _("折算比例在 0 到 100 之间。")))
            elif percent > before:
                problems.append(Problem(name, _("较差的结果不能比较好的得分高。")))
            before = min(before, percent)
    whole = sum((one.weight for one in content.weighings), Decimal(0))
    if whole != 100:
        problems.append(
            Problem(
                "",
                _("各项权重合计须为 100，现在是 %(n)s。") % {"n": format(whole.normalize(), "f")},
            )
        )
    for marking in content.markings:
        if not 0 <= marking.points <= marking.most:
            problems.append(Problem(f"points_{marking.mark}", _("每次的分值在 0 到最多分值之间。")))
        if not 0 <= marking.most <= MOST_POINTS:
            problems.append(Problem(f"most_{marking.mark}", _("最多分值在 0 到 50 之间。")))
    if not 100 <= content.ceiling <= 120:
        problems.append(Problem("ceiling", _("最高分在 100 到 120 之间。")))
    if not 0 <= content.correction_most <= 20:
        problems.append(Problem("correction_most", _("人工调整的限度在 0 到 20 之间。")))
    if not 1 <= content.appeal_days <= 60:
        problems.append(Problem("appeal_days", _("申诉期在 1 到 60 个工作日之间。")))
    return problems


def _announced_problems(plan: Plan, since: Period) -> list[Problem]:
    told = {
        sheet.period: sheet.span.last
        for sheet in ScoreSheet.objects.filter(plan=plan, state=SheetState.ANNOUNCED)
    }
    late = sorted(period for period, last in told.items() if last >= since)
    if not late:
        return []
    said = _("%(period)s的结果已经公布，办法只能自其后的季度起。")
    return [Problem("valid_from", said % {"period": late[-1]})]


def _draft_conflict(draft: Scheme | None) -> str:
    if draft is None:
        return _("草案已经决定，请刷新页面。")
    return _("%(who)s于 %(when)s 改过草案，请看新的再改。") % {
        "who": draft.written_by,
        "when": short_time(draft.written_at),
    }


@transaction.atomic
def decide_scheme(
    *, by: User, scheme: Scheme, revision: int, adopt: bool, now: datetime | None = None
) -> Scheme:
    """Put the draft in force as it was read, or drop it. Another than its writer adopts; the writer may drop it."""
    if not may_announce_scores(by) and (adopt or by.pk != scheme.written_by_id):
        raise PermissionDenied(_("考核办法由复核人或领导小组决定施行。"))
    in_order([scheme.plan_id])
    moment = now or clock.now()
    fresh = (
        Scheme.objects.select_for_update(of=("self",)).select_related("plan", "decided_by").get(pk=scheme.pk)
    )
    if fresh.state not in ADOPT_SCHEME.sources:
        raise Conflict(
            _("%(who)s已于 %(when)s 决定（%(state)s），请刷新页面。")
            % {
                "who": fresh.decided_by,
                "when": short_time(fresh.decided_at) if fresh.decided_at else "",
                "state": fresh.get_state_display(),
            }
        )
    if fresh.revision != revision:
        raise Conflict(_draft_conflict(fresh))
    if adopt and fresh.written_by_id == by.pk:
        raise PermissionDenied(_("自己起草的办法不能自己决定施行。"))
    if adopt and (problems := _announced_problems(fresh.plan, fresh.valid_from)):
        raise Problems([Problem("", problem.message) for problem in problems])
    move(
        [fresh],
        ADOPT_SCHEME if adopt else DROP_SCHEME,
        by=by,
        at=moment,
        data={fresh.pk: {"plan": fresh.plan.slug, "number": fresh.number}},
        values={"decided_at": moment, "decided_by": by},
    )
    return fresh
