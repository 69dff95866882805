"""Sample adjustments 示例数据: a moved deadline, and a target change that waits for a decision."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from tasks.adjustments import actions
from tasks.adjustments.models import Adjustment
from tasks.adjustments.queries import promise_of
from tasks.adjustments.values import Promise, plain
from tasks.errors import Problem, Problems
from tasks.indicators.models import Target
from tasks.people.models import User
from tasks.people.queries import is_sample_database
from tasks.plans.models import Plan, Task
from tasks.values import Period, Role

_ZONE = ZoneInfo("Asia/Shanghai")
PROPOSED, DECIDED = datetime(2017, 4, 25, 10, tzinfo=_ZONE), datetime(2017, 4, 27, 15, tzinfo=_ZONE)
TARGET_PROPOSED = datetime(2017, 7, 3, 9, 30, tzinfo=_ZONE)
TASK, EFFECTIVE = "3-4-3", Period(2017, 1)


@transaction.atomic
def adjust(plan: Plan) -> list[Adjustment]:
    """Creates the sample adjustments, once. Raises Problems if the database is not a sample database."""
    if not is_sample_database():
        raise Problems([Problem("", _("这个数据库不是示例数据库，不能写入示例数据。"))])
    task = Task.objects.select_related("plan").filter(plan=plan, ref=TASK).first()
    if task is None or Adjustment.objects.filter(plan=plan).exists():
        return []
    office = User.objects.holding(Role.OFFICE).filter(is_sample=True).order_by("pk").first()
    leader = User.objects.holding(Role.LEADERSHIP).filter(is_sample=True).order_by("pk").first()
    if office is None or leader is None:
        return []
    moved = actions.propose_deadline(
        by=office,
        task=task,
        effective=EFFECTIVE,
        deadline=date(2018, 12, 31),
        doc_number=_("示例文号〔2017〕1号"),
        reason=_("示例：平台建设分两期实施，完成期限明确为2018年底。"),
        now=PROPOSED,
    )
    adjustments = [actions.approve(by=leader, adjustment=moved, note=_("示例：同意。"), now=DECIDED)]
    target = Target.objects.filter(plan=plan, value__isnull=False, year=2020).order_by("-order").first()
    if target is not None and target.value is not None:
        before = promise_of(target)
        value = target.value + Decimal(2)
        adjustments.append(
            actions.propose_target(
                by=office,
                plan=plan,
                order=target.order,
                effective=Period(2017, 3),
                promise=Promise(
                    before.text.replace(plain(target.value), plain(value), 1),
                    before.comparison,
                    value,
                    before.unit,
                ),
                doc_number=_("示例文号〔2017〕2号"),
                reason=_("示例：据上年进展提请上调。"),
                now=TARGET_PROPOSED,
            )
        )
    return adjustments
