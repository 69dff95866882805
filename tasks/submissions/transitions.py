"""The heads of returns: locked in one order, checked against the table of transitions, moved by one UPDATE."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.audit.log import Entry, subject_of
from tasks.audit.models import Event
from tasks.cycles.models import Cycle
from tasks.cycles.reopening import Openings, openings
from tasks.errors import Conflict
from tasks.plans.models import Responsibility, Task, TermStatus
from tasks.plans.queries import Ended, ended_tasks
from tasks.submissions.models import State, Submission
from tasks.submissions.transition_table import Transition
from tasks.values import Quarter


def lock(ids: Iterable[int]) -> list[Submission]:
    wanted = set(ids)
    rows = list(
        Submission.objects.select_for_update(of=("self",))
        .select_related("task", "cycle", "saved_by")
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    if not rows or len(rows) != len(wanted):
        raise PermissionDenied(_("没有这份填报。"))
    return rows


def check_states(rows: Sequence[Submission], transition: Transition) -> None:
    for row in rows:
        if row.state not in transition.sources:
            raise Conflict(state_sentence(row))


def check_open(cycle: Cycle | None, quarter: Quarter, agency_id: int, task_id: int, opened: Openings) -> None:
    """Raise Conflict unless the body may file on the task now: the cycle is open, or was reopened for it."""
    if cycle is None or opened.moment < cycle.opened_at:
        raise Conflict(_("%(quarter)s尚未开放填报，请等办公室开放。") % {"quarter": quarter.label})
    if not opened.allows(cycle, agency_id, task_id):
        raise Conflict(
            _("%(quarter)s填报期已于 %(when)s 关闭，需要补报请联系领导小组办公室重新开放。")
            % {"quarter": quarter.label, "when": clock_face(cycle.closes_at)}
        )


def check_open_rows(rows: Sequence[Submission], moment: datetime) -> None:
    opened = openings((row.cycle for row in rows), moment)
    ended = ended_tasks({row.cycle.plan_id for row in rows}, moment)
    for row in rows:
        check_open(row.cycle, row.quarter, row.agency_id, row.task_id, opened)
        check_runs(row.task, row.quarter, ended)
    check_held(rows, moment)


def check_held(rows: Sequence[Submission], moment: datetime) -> None:
    """A duty that passed to another body since the draft was begun is for that body to file."""
    held = {
        (task_id, agency_id, valid)
        for task_id, agency_id, valid in Responsibility.objects.filter(
            task__in={row.task_id for row in rows},
            agency__in={row.agency_id for row in rows},
            known__contains=moment,
        ).values_list("task_id", "agency_id", "valid")
    }
    for row in rows:
        if not any(
            (task_id, agency_id) == (row.task_id, row.agency_id) and row.quarter.ordinal in quarters_of(valid)
            for task_id, agency_id, valid in held
        ):
            raise Conflict(
                _("%(code)s 的责任已经调整，%(quarter)s不再由本单位填报；已写的内容留在这里，可供查看。")
                % {"code": row.task.code, "quarter": row.quarter.label}
            )


def check_runs(task: Task, quarter: Quarter, ended: Ended) -> None:
    """Of a task that was closed 销号 or withdrawn nothing is filed any more."""
    term = ended.term(task.pk, quarter)
    if term is not None:
        raise Conflict(
            _("%(code)s %(status)s，%(quarter)s不再填报。")
            % {
                "code": task.code,
                "status": TermStatus(term.status).label,
                "quarter": quarter.label,
            }
        )


def move(rows: Sequence[Submission], transition: Transition) -> None:
    """The one conditional UPDATE. The rows are locked, so a count that differs means that the state moved before."""
    moved = Submission.objects.filter(pk__in=[row.pk for row in rows], state__in=transition.sources).update(
        state=transition.target, revision=F("revision") + 1
    )
    if moved != len(rows):
        raise Conflict(_("状态刚刚被别人改变，请刷新页面。"))


def entry(
    transition: Transition, row: Submission, *, note: str = "", data: dict[str, Any] | None = None
) -> Entry:
    return Entry(
        verb=transition.verb,
        subject=row,
        from_state=row.state,
        to_state=transition.target,
        note=note,
        data=data or {},
    )


def state_sentence(row: Submission) -> str:
    """Who did what, for the one who came second."""
    changed = Event.objects.filter(subject=subject_of(row)).exclude(to_state="")
    last = changed.select_related("by").order_by("-id").first()
    if last is None or last.by is None:
        return _("%(code)s 现在是“%(state)s”，不能这样做；请刷新页面。") % {
            "code": row.task.code,
            "state": State(row.state).label,
        }
    return _("%(code)s 已由%(who)s于 %(when)s 改为“%(state)s”，请刷新页面。") % {
        "code": row.task.code,
        "who": last.by,
        "when": clock_face(last.at),
        "state": State(row.state).label,
    }


def clock_face(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}"


def quarters_of(valid: Any) -> range:
    return range(valid.lower or 0, valid.upper if valid.upper is not None else 1 << 30)
