"""Sample baselines, milestones and assessments 示例数据: plausible, labelled as invented. Only in a sample database."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from qhplan import clock
from tasks.indicators.assessment_models import Assessment, Verdict
from tasks.indicators.models import PathPoint, Target
from tasks.indicators.target_actions import AssessmentInput, PathInput, assess, set_path
from tasks.people.models import User
from tasks.plans.models import Plan
from tasks.values import Period

_ZONE = ZoneInfo("Asia/Shanghai")
# Baselines as a share of the promised value; every other target has none, so that the site shows both cases.
_BEFORE = (Decimal("0.58"), Decimal("0.2"), Decimal("0.25"))


def sample_paths(plan: Plan, *, by: User) -> None:
    """Creates baselines for the plan's first targets with a value and a year, and milestones for one of them; once."""
    if PathPoint.objects.filter(plan=plan).exists():
        return
    since = plan.first_quarter
    at = datetime.combine(since.last_day, datetime.min.time(), tzinfo=_ZONE)
    targets = Target.objects.filter(plan=plan, known__upper_inf=True).exclude(value=None).exclude(year=None)
    for number, (target, share) in enumerate(zip(targets.order_by("order"), _BEFORE, strict=False)):
        assert target.value is not None
        assert target.year is not None
        places = Decimal("0.1") if target.unit == "%" else Decimal(1)
        start = (target.value * share).quantize(places)
        years = {since.year + 1: start + (target.value - start) / 5} if number == 2 else {}
        set_path(
            by=by,
            plan=plan,
            order=target.order,
            values=PathInput(
                baseline_year=str(since.year - 1),
                baseline_value=f"{start:f}",
                source=_("示例数据，非真实统计"),
                milestones={year: f"{value.quantize(places):f}" for year, value in years.items()},
            ),
            since=since,
            reason=_("示例数据"),
            now=at,
        )


def sample_assessments(plan: Plan, quarter: Period, *, by: User) -> None:
    """Creates interim assessments of two targets without a value, as of that quarter, if it is over."""
    at = datetime.combine((quarter + 1).first_day, datetime.min.time(), tzinfo=_ZONE) + timedelta(
        days=19, hours=15
    )
    if at > clock.now() or Assessment.objects.filter(plan=plan).exists():
        return
    targets = Target.objects.filter(plan=plan, known__upper_inf=True, value=None).exclude(year=None)
    verdicts = (
        (Verdict.UNCLEAR, _("（示例）施行不足一年，尚无可比的统计数，待年度数据发布后再评。")),
        (Verdict.MOSTLY, _("（示例）按调度会掌握的情况，年度重点事项大部分已启动。")),
    )
    for target, (verdict, note) in zip(targets.order_by("order"), verdicts, strict=False):
        assess(
            by=by,
            plan=plan,
            order=target.order,
            quarter=quarter,
            values=AssessmentInput(verdict, note, evidence=_("示例数据，非真实统计")),
            now=at,
        )
