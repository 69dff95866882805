"""Actions of the office on an indicator: set its definition, assign or release its owner.

Each function is keyword-only, takes the actor `by`, checks the input once, closes the known rows and inserts new ones
(tasks.bitemporal), and writes the audit event in the same transaction. It raises PermissionDenied or Problems (the
input) and then writes nothing. The plan's lock puts concurrent calls in order.
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
from tasks.values import Origin, Period

LAG_LIMIT = 24


@dataclass(frozen=True)
class DefinitionInput:
    """The definition of an indicator as the office enters it."""

    definition: str = ""
    source: str = ""
    frequency: str = Frequency.QUARTERLY
    lag_months: int = 0


@transaction.atomic
def define(
    *,
    by: User,
    indicator: Indicator,
    values: DefinitionInput,
    since: Period,
    note: str,
    now: datetime | None = None,
) -> IndicatorDefinition:
    """Sets 口径 from `since` on: definition, source, frequency and publication lag. `note` is the reason."""
    moment = begin(by, indicator.plan, now)
    problems = [
        *since_problems(indicator.plan, since),
        *text_problems("note", note, required=_("请写明理由。")),
    ]
    problems += text_problems("definition", values.definition)
    problems += text_problems("source", values.source, limit=SOURCE_LIMIT)
    if values.frequency not in Frequency.values:
        problems.append(Problem("frequency", _("请选每季或每年。")))
    if not 0 <= values.lag_months <= LAG_LIMIT:
        problems.append(Problem("lag_months", _("发布时滞请填 0 到 %(n)d 个月。") % {"n": LAG_LIMIT}))
    if problems:
        raise Problems(problems)
    valid = quarters_from(since.ordinal)
    retire(known_now(IndicatorDefinition, indicator=indicator), valid=valid, at=moment)
    definition = IndicatorDefinition.objects.create(
        indicator=indicator,
        definition=values.definition.strip(),
        source=values.source.strip(),
        frequency=values.frequency,
        lag_months=values.lag_months,
        valid=valid,
        known=known_from(moment),
        origin=Origin.OUTSIDE,
        origin_note=note.strip(),
    )
    data = {"indicator": indicator.slug, "since": str(since), **asdict(values)}
    record(by=by, verb="indicator.define", subject=indicator, note=note.strip(), data=data, at=moment)
    return definition


@transaction.atomic
def assign_owner(
    *,
    by: User,
    indicator: Indicator,
    agency: Agency,
    task: Task,
    since: Period,
    note: str,
    beside: bool = False,
    now: datetime | None = None,
) -> IndicatorOwner:
    """Makes the agency 数据责任单位 from `since` on: it reports the indicator in its submission on `task`.

    The agency replaces the previous owners, or joins them with `beside`. It must have a duty on the task then.
    """
    plan = indicator.plan
    moment = begin(by, plan, now)
    problems = [*since_problems(plan, since), *text_problems("note", note, required=_("请写明理由。"))]
    responsibilities = Responsibility.objects.owed(since, moment).filter(agency=agency, task__plan=plan)
    if not problems and not responsibilities.filter(task=task).exists():
        problems.append(_without_duty(responsibilities, since))
    if problems:
        raise Problems(problems)
    valid = quarters_from(since.ordinal)
    known = known_now(IndicatorOwner, indicator=indicator)
    retire([row for row in known if not beside or row.agency_id == agency.pk], valid=valid, at=moment)
    owner = IndicatorOwner.objects.create(
        indicator=indicator,
        agency=agency,
        task=task,
        valid=valid,
        known=known_from(moment),
        origin_note=note.strip(),
    )
    data = {"indicator": indicator.slug, "since": str(since), "agency": agency.slug, "task": task.ref}
    record(by=by, verb="indicator.own", subject=indicator, note=note.strip(), data=data, at=moment)
    return owner


def _without_duty(responsibilities: "models.QuerySet[Responsibility]", since: Period) -> Problem:
    """The problem that the agency has no duty on the task: a figure needs a submission that contains it."""
    tasks = list(responsibilities.order_by("task__order").values_list("task__code", flat=True))
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
    *, by: User, indicator: Indicator, since: Period, note: str, now: datetime | None = None
) -> None:
    """Removes the owners from `since` on: the agencies with duties on the indicator's tasks report it again."""
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
