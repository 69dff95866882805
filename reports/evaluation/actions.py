"""Signing a final evaluation. Keyword-only, the actor is `by`; refused, it has written nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import __version__, clock
from reports.canonical import canonical, plain, sha256
from reports.evaluation.models import FinalEvaluation
from reports.evaluation.queries import editions, evaluate, next_edition
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
    if edition != next_edition(plan):
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


# Called with a signed evaluation: what builds on it, or "". Packages above register theirs: a numbered brief of it.
Builder: TypeAlias = Callable[[FinalEvaluation], str]
_builders: list[Builder] = []


def builds_on_evaluations(function: Builder) -> Builder:
    """Register a function that says what has been built on a signed evaluation."""
    _builders.append(function)
    return function


def undo_obstacle(by: User, signed: FinalEvaluation) -> str:
    """Why the person cannot undo the edition; empty where they can. Whoever signed it, or a second person of those who may."""
    if not may_manage_figures(by.at(signed.plan_id)):
        return _("总结评估由领导小组办公室定稿和撤销。")
    if signed.undone_at is not None:
        return _("第%(n)d版已经撤销。") % {"n": signed.edition}
    if signed.edition + 1 != next_edition(signed.plan):
        return _("已有更新的一版，不能撤销第%(n)d版。") % {"n": signed.edition}
    for builder in _builders:
        why = builder(signed)
        if why:
            return why
    return ""


@transaction.atomic
def undo(*, by: User, signed: FinalEvaluation, reason: str, now: datetime | None = None) -> FinalEvaluation:
    """撤销定稿: the last edition is undone, with a reason, while nothing builds on it; it stays readable."""
    if not may_manage_figures(by.at(signed.plan_id)):
        raise PermissionDenied(_("总结评估由领导小组办公室定稿和撤销。"))
    in_order([signed.plan_id])
    moment = now or clock.now()
    problems = text_problems("reason", reason, required=_("请写明撤销定稿的理由。"))
    if problems:
        raise Problems(list(problems))
    fresh = FinalEvaluation.objects.select_for_update(of=("self",)).select_related("plan").get(pk=signed.pk)
    why = undo_obstacle(by, fresh)
    if why:
        raise Conflict(why)
    FinalEvaluation.objects.filter(pk=fresh.pk, undone_at__isnull=True).update(
        undone_at=moment, undone_by=by, undo_reason=reason.strip()
    )
    record(
        by=by,
        verb="evaluation.undo",
        subject=fresh,
        from_state="final",
        to_state="undone",
        note=reason.strip(),
        data={"plan": fresh.plan.slug, "edition": fresh.edition},
        at=moment,
    )
    fresh.refresh_from_db()
    return fresh
