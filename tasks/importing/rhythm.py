"""填报频次: how often a plan is reported on, which the office may change until the first cycle is opened.

What a plan holds from its loading on (responsibilities, targets, terms) has validity in the plan's periods. With another
rhythm the same days are counted in other periods, so nothing is closed and inserted: nobody has filed by it yet.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import IntegerRangeField
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.errors import Problem, Problems
from tasks.fields import PeriodField
from tasks.importing import permissions
from tasks.people.models import User
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan
from tasks.values import Period, Rhythm


@transaction.atomic
def set_rhythm(*, by: User, plan: Plan, rhythm: str, now: datetime | None = None) -> Plan:
    """Give the plan another rhythm. Raises Problems on `rhythm` where a period of it is in use already."""
    if not permissions.may_import(by):
        raise PermissionDenied(_("方案由领导小组办公室导入。"))
    if rhythm not in Rhythm.values:
        raise Problems([Problem("rhythm", _("请选填报频次。"))])
    in_order([plan.pk])
    plan = Plan.objects.select_for_update().defer("text").get(pk=plan.pk)
    before, after = plan.kind, Rhythm(rhythm)
    if before is after:
        return plan
    if any(rows.exists() for rows in _of_plan(plan, PeriodField)):
        raise Problems([Problem("rhythm", _("已开启过填报，或已有按期的记录，填报频次不能再改。"))])
    try:
        with transaction.atomic():
            _convert(plan, after)
    except IntegrityError as error:
        said = _("方案中有在一个新的填报周期之内更改过的责任或目标，不能改为%(rhythm)s。")
        raise Problems([Problem("rhythm", said % {"rhythm": after.label})]) from error
    plan.rhythm = after
    plan.save(update_fields=["rhythm"])
    record(
        by=by,
        verb="plan.rhythm",
        subject=plan,
        note=_("%(before)s → %(after)s") % {"before": before.label, "after": after.label},
        at=now or clock.now(),
    )
    return plan


def _convert(plan: Plan, kind: Rhythm) -> None:
    """Count the validity of what the plan holds in periods of that kind.

    An exclusion constraint compares each row with all others, converted or not. A range without an end would meet those
    of the other kind, so that for a moment every range ends within its kind.
    """
    for rows in _of_plan(plan, IntegerRangeField):
        found = sorted(
            set(rows.values_list("valid", flat=True)), key=lambda valid: (valid.lower or 0, valid.upper or 0)
        )
        steps = [[(valid, bounded(valid.lower, valid.upper, plan.kind)) for valid in found], [], []]
        for valid, before in steps[0]:
            lower = None if valid.lower is None else _first(valid.lower, kind)
            upper = None if valid.upper is None else _last(valid.upper - 1, kind) + 1
            after = bounded(lower, upper, kind)
            steps[1].append((before, after))
            steps[2].append((after, NumericRange(lower, upper)))
        for step in steps:
            for before, after in step:
                if before != after:
                    rows.filter(valid=before).update(valid=after)


def bounded(lower: int | None, upper: int | None, kind: Rhythm) -> NumericRange:
    """The range, with all ordinals of the kind where it goes on without end."""
    start, stop = kind.ordinals
    return NumericRange(start if lower is None else lower, stop if upper is None else upper)


def _first(ordinal: int, kind: Rhythm) -> int:
    return Period.of(Period.from_ordinal(ordinal).first_day, kind).ordinal


def _last(ordinal: int, kind: Rhythm) -> int:
    return Period.of(Period.from_ordinal(ordinal).last_day, kind).ordinal


def _of_plan(plan: Plan, of_type: "type[models.Field[Any, Any]]") -> Iterator[models.QuerySet[models.Model]]:
    """The plan's rows of each model that has a field of that type, of whatever package."""
    for model in apps.get_models():
        named = [field.name for field in model._meta.get_fields() if type(field) is of_type]
        if named and (path := _path(model)):
            # A period that is left open names none.
            yield model._default_manager.filter(**{path: plan}).exclude(**dict.fromkeys(named))


def _path(model: type[models.Model]) -> str:
    """The shortest way from a model to its plan, over foreign keys; "" without one."""
    ways: list[tuple[str, type[models.Model]]] = [("", model)]
    seen = {model}
    for way, at in ways:
        for field in at._meta.get_fields():
            target = field.related_model
            if not (isinstance(field, models.ForeignKey) and isinstance(target, type)):
                continue
            if target is Plan:
                return way + field.name
            if target not in seen and target._meta.app_label in {"tasks", "reports"}:
                seen.add(target)
                ways.append((f"{way}{field.name}__", target))
    return ""
