"""What the office says of an indicator: its definition, and the body that owns its figure. The one write path.

Every function is keyword-only, takes the actor `by`, checks once, closes what was known and inserts (tasks.bitemporal),
and writes the record in the same transaction. It raises PermissionDenied or Problems (the input), and then nothing was
written. What is said twice at once is said in order: the plan's lock is held.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _

from tasks.agencies.models import Agency
from tasks.audit.log import record
from tasks.bitemporal import known_from, quarters_from, retire
from tasks.errors import Problem, Problems
from tasks.indicators.models import Indicator, IndicatorDefinition, IndicatorOwner
from tasks.indicators.values import Frequency
from tasks.indicators.write_checks import SOURCE_LIMIT, begin, known_now, since_problems, text_problems
from tasks.people.models import User
from tasks.plans.models import Responsibility, Task
from tasks.values import Origin, Quarter

LAG_LIMIT = 24


@dataclass(frozen=True)
class DefinitionInput:
    """What is to be said of an indicator, from a quarter on."""

    definition: str = ""
    source: str = ""
    frequency: str = Frequency.QUARTERLY
    lag_months: int = 0


@transaction.atomic
def define(
    *,
    by: User,
    indicator: Indicator,
    said: DefinitionInput,
    since: Quarter,
    note: str,
    now: datetime | None = None,
) -> IndicatorDefinition:
    """口径: what is counted, its source, how often and how late it is published, from `since` on. `note` says why."""
    moment = begin(by, indicator.plan, now)
    problems = [
        *since_problems(indicator.plan, since),
        *text_problems("note", note, required=_("请写明理由。")),
    ]
    problems += text_problems("definition", said.definition)
    problems += text_problems("source", said.source, limit=SOURCE_LIMIT)
    if said.frequency not in Frequency.values:
        problems.append(Problem("frequency", _("请选每季或每年。")))
    if not 0 <= said.lag_months <= LAG_LIMIT:
        problems.append(Problem("lag_months", _("发布时滞请填 0 到 %(n)d 个月。") % {"n": LAG_LIMIT}))
    if problems:
        raise Problems(problems)
    valid = quarters_from(since.ordinal)
    retire(known_now(IndicatorDefinition, indicator=indicator), valid=valid, at=moment)
    made = IndicatorDefinition.objects.create(
        indicator=indicator,
        definition=said.definition.strip(),
        source=said.source.strip(),
        frequency=said.frequency,
        lag_months=said.lag_months,
        valid=valid,
        known=known_from(moment),
        origin=Origin.OUTSIDE,
        origin_note=note.strip(),
    )
    data = {"indicator": indicator.slug, "since": str(since), **asdict(said)}
    record(by=by, verb="indicator.define", subject=indicator, note=note.strip(), data=data, at=moment)
    return made


@transaction.atomic
def assign_owner(
    *,
    by: User,
    indicator: Indicator,
    agency: Agency,
    task: Task,
    since: Quarter,
    note: str,
    beside: bool = False,
    now: datetime | None = None,
) -> IndicatorOwner:
    """数据责任单位: from `since` on this body is asked for the indicator, in its return on `task`, in the place of whoever
    was asked before, or beside the other owners. It must hold a duty on the task then."""
    plan = indicator.plan
    moment = begin(by, plan, now)
    problems = [*since_problems(plan, since), *text_problems("note", note, required=_("请写明理由。"))]
    held = Responsibility.objects.owed(since, moment).filter(agency=agency, task__plan=plan)
    if not problems and not held.filter(task=task).exists():
        problems.append(_without_duty(held, since))
    if problems:
        raise Problems(problems)
    valid = quarters_from(since.ordinal)
    known = known_now(IndicatorOwner, indicator=indicator)
    retire([row for row in known if not beside or row.agency_id == agency.pk], valid=valid, at=moment)
    made = IndicatorOwner.objects.create(
        indicator=indicator,
        agency=agency,
        task=task,
        valid=valid,
        known=known_from(moment),
        origin_note=note.strip(),
    )
    data = {"indicator": indicator.slug, "since": str(since), "agency": agency.slug, "task": task.ref}
    record(by=by, verb="indicator.own", subject=indicator, note=note.strip(), data=data, at=moment)
    return made


def _without_duty(held: "models.QuerySet[Responsibility]", since: Quarter) -> Problem:
    """A figure is filed in a return, so that whoever owes none has no place for it."""
    tasks = list(held.order_by("task__order").values_list("task__code", flat=True))
    if not tasks:
        return Problem(
            "agency",
            _("该单位在%(quarter)s没有填报任务，无处填数。请换一个单位，或先明确它的责任。")
            % {"quarter": since.label},
        )
    return Problem(
        "task",
        _("该单位在%(quarter)s不承担这项任务，请从它承担的任务中选：%(tasks)s。")
        % {"quarter": since.label, "tasks": "、".join(tasks)},
    )


@transaction.atomic
def release_owners(
    *, by: User, indicator: Indicator, since: Quarter, note: str, now: datetime | None = None
) -> None:
    """From `since` on no body is named: whoever leads or shares the indicator's tasks is asked again."""
    moment = begin(by, indicator.plan, now)
    problems = [
        *since_problems(indicator.plan, since),
        *text_problems("note", note, required=_("请写明理由。")),
    ]
    if problems:
        raise Problems(problems)
    closed = retire(
        known_now(IndicatorOwner, indicator=indicator), valid=quarters_from(since.ordinal), at=moment
    )
    if not closed:
        raise Problems([Problem("", _("%(quarter)s起没有指定数据责任单位。") % {"quarter": since.label})])
    data = {"indicator": indicator.slug, "since": str(since)}
    record(by=by, verb="indicator.release", subject=indicator, note=note.strip(), data=data, at=moment)
