"""Signing a final evaluation. Keyword-only, the actor is `by`; refused, it has written nothing."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import __version__, clock
from reports.canonical import canonical, plain, sha256
from reports.evaluation.models import FinalEvaluation
from reports.evaluation.queries import editions, evaluate
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.indicators.write_checks import text_problems
from tasks.people.models import User
from tasks.people.permissions import may_manage_figures
from tasks.people.queries import is_sample_database
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan


@transaction.atomic
def finalise(
    *,
    by: User,
    plan: Plan,
    edition: int,
    note: str = "",
    with_open: bool = False,
    now: datetime | None = None,
) -> FinalEvaluation:
    """定稿: sign the evaluation as it is known now, as the edition that the person saw would be next.

    A plan that is still in force has none. With promises still open, the person confirms knowing that, and gives a reason why it is
    closed nevertheless.
    """
    if not may_manage_figures(by):
        raise PermissionDenied(_("总结评估由领导小组办公室定稿。"))
    in_order([plan.pk])
    moment = now or clock.now()
    if plan.in_force_to is None:
        raise Problems([Problem("", _("方案未写有效期，没有到期日，不能定稿。"))])
    if not plan.has_ended(timezone.localdate(moment, timezone.get_default_timezone())):
        raise Problems([Problem("", _("方案有效期至%(day)s，到期后才能定稿。") % {"day": plan.in_force_to})])
    signed = editions(plan, known_at=moment)
    if edition != (signed[0].edition if signed else 0) + 1:
        last = signed[0] if signed else None
        said = _("%(who)s已定稿第%(n)d版，请刷新页面。") % {"who": last.by, "n": last.edition} if last else ""
        raise Conflict(said or _("版次不对，请刷新页面。"))
    evaluation = evaluate(plan, known_at=moment)
    problems = text_problems("note", note)
    if evaluation.open and not with_open:
        told = _("还有%(n)d项未定，请先补齐，或勾选“知道仍有未定事项”。")
        problems.append(Problem("with_open", told % {"n": len(evaluation.open)}))
    if (evaluation.open or edition > 1) and not note.strip():
        problems.append(Problem("note", _("请说明为什么带着未定事项定稿，或为什么再出一版。")))
    if problems:
        raise Problems(problems)
    content = canonical(
        {**plain(evaluation), "edition": edition, "is_sample": is_sample_database(), "release": __version__}
    )
    made = FinalEvaluation.objects.create(
        plan=plan,
        edition=edition,
        at=moment,
        by=by,
        note=note.strip(),
        content=content.decode(),
        sha256=sha256(content),
    )
    record(
        by=by,
        verb="evaluation.finalise",
        subject=made,
        to_state="final",
        note=note.strip(),
        data={"plan": plan.slug, "edition": edition, "sha256": made.sha256, "open": len(evaluation.open)},
        at=moment,
    )
    return made
