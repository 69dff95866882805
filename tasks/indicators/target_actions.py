"""Actions of the office on a target: set its path (baseline and milestones), assess a target without figures.

The functions follow the rules of tasks.indicators.actions.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks import typed
from tasks.agencies.proposals import slug_of
from tasks.audit.log import record
from tasks.bitemporal import known_from, quarters_from, retire
from tasks.errors import Conflict, Problem, Problems
from tasks.indicators.assessment_models import Assessment, Verdict
from tasks.indicators.models import Indicator, IndicatorTask, PathPoint, PointKind, Target
from tasks.indicators.target_manner import PER_CENT, YEARS_MOST, Manner, Meaning, misfit
from tasks.indicators.values import ACROSS, Binding, Flow, IndicatorKind, OverTime
from tasks.indicators.write_checks import SOURCE_LIMIT, begin, known_now, since_problems, text_problems
from tasks.people.models import User
from tasks.plans.models import Plan, Task
from tasks.values import Duty, Origin, Period

YEARS = range(1990, 2100)
LINKS_LIMIT = 20


@dataclass(frozen=True)
class PathInput:
    """Baseline and milestones as typed; `milestones` is `{year: value}`. If all are blank, the path is removed. `manner`
    is a Manner or blank for a level, None: as it is; `years` those of a total."""

    baseline_year: str = ""
    baseline_value: str = ""
    source: str = ""
    milestones: Mapping[int, str] = field(default_factory=dict)
    manner: str | None = None
    years: str = ""


@transaction.atomic
def set_path(
    *,
    by: User,
    plan: Plan,
    order: int,
    values: PathInput,
    since: Period,
    reason: str,
    now: datetime | None = None,
) -> list[PathPoint]:
    """Sets 目标类型、基期、序时目标 of the target with number `order` from `since` on, replacing the previous path."""
    moment = begin(by, plan, now)
    problems = [*since_problems(plan, since), *text_problems("reason", reason, required=_("请写明理由。"))]
    target = Target.objects.filter(
        plan=plan, order=order, valid__contains=since.ordinal, known__contains=moment
    ).first()
    if not problems and (target is None or target.value is None):
        raise Problems([Problem("", _("这个目标在该季度没有数值，不设序时目标。"))])
    baseline = _baseline(values, problems)
    milestones = _milestones(values, problems)
    meaning = Meaning() if target is None else _meaning(target, values, milestones, problems)
    if target is not None:
        problems += _order_problems(target, plan, baseline, milestones)
    if problems:
        raise Problems(problems)
    is_changed = target is not None and meaning != target.meaning
    valid = quarters_from(since.ordinal)
    known = known_now(PathPoint, plan=plan, target_order=order)
    closed = retire(known, valid=valid, at=moment)
    points = [(PointKind.MILESTONE, year, value, "") for year, value in sorted(milestones.items())]
    if baseline is not None:
        points.insert(0, (PointKind.BASELINE, *baseline, values.source.strip()))
    if not points and not closed and not is_changed:
        raise Problems([Problem("baseline_value", _("请填基期，或至少一个年度目标值。"))])
    rows = PathPoint.objects.bulk_create(
        PathPoint(
            plan=plan,
            target_order=order,
            kind=kind,
            year=year,
            value=value,
            source=source,
            valid=valid,
            known=known_from(moment),
            reason=reason.strip(),
        )
        for kind, year, value, source in points
    )
    data: dict[str, Any] = {
        "target": order,
        "since": str(since),
        "points": [[kind, year, f"{value:f}"] for kind, year, value, _source in points],
    }
    if is_changed:
        _set_meaning(plan, order, meaning, since, moment)
        data["manner"] = [meaning.manner, meaning.years]
    record(by=by, verb="target.path", subject=target or plan, note=reason.strip(), data=data, at=moment)
    return rows


def _meaning(
    target: Target, values: PathInput, milestones: Mapping[int, Decimal], problems: list[Problem]
) -> Meaning:
    """What the target is to mean; adds problems of what does not go together."""
    if values.manner is None:
        meaning = target.meaning
    elif values.manner not in ("", *Manner.values):
        problems.append(Problem("manner", _("请选目标类型。")))
        return target.meaning
    else:
        meaning = Meaning(values.manner, _years(values, problems))
    if not meaning.manner:
        return meaning
    if target.year is None:
        problems.append(Problem("manner", _("没有年份的目标，不能按年均增长或多年累计判断。")))
    if target.indicator is not None and (refusal := misfit_of(meaning.manner, target.indicator)):
        problems.append(Problem("manner", refusal))
    if meaning.manner == Manner.GROWTH:
        if target.unit.strip() not in PER_CENT:
            problems.append(Problem("manner", _("年均增长的目标，数值须是百分比。")))
        problems += [
            Problem(f"milestone_{year}", _("年均增长按基期逐年推算，不另填年度目标值。"))
            for year in milestones
        ]
    return meaning


def _years(values: PathInput, problems: list[Problem]) -> int | None:
    if values.manner != Manner.TOTAL:
        return None
    text = typed.tidy_number(typed.ascii_number(values.years).removesuffix(_("年")))
    if text.isascii() and text.isdecimal() and 2 <= int(text) <= YEARS_MOST:
        return int(text)
    problems.append(Problem("years", _("请填累计几年，如五年累计填 5。")))
    return None


def misfit_of(manner: str, indicator: Indicator) -> str:
    """Why the indicator's figures do not give such a target; "" if they do."""
    return misfit(
        manner,
        kind=indicator.kind,
        flow=indicator.flow,
        over_time=indicator.over_time,
        rhythm=indicator.plan.kind,
    )


def _set_meaning(plan: Plan, order: int, meaning: Meaning, since: Period, moment: datetime) -> None:
    """Another meaning of the same words, from the period on."""
    valid = quarters_from(since.ordinal)
    rows = known_now(Target, plan=plan, order=order)
    before = next(one for one in retire(rows, valid=valid, at=moment) if since.within(one.valid))
    before.pk, before.valid, before.known = None, valid, known_from(moment)
    before.manner, before.years = meaning.manner, meaning.years
    before._state.adding = True
    before.save()


def _baseline(values: PathInput, problems: list[Problem]) -> tuple[int, Decimal] | None:
    """The baseline (year, value) or None; adds problems of missing or invalid input."""
    if not any(text.strip() for text in (values.baseline_year, values.baseline_value, values.source)):
        return None
    value = _number("baseline_value", values.baseline_value, problems)
    year = typed.tidy_number(typed.ascii_number(values.baseline_year).removesuffix(_("年")))
    if not (year.isascii() and year.isdecimal() and int(year) in YEARS):
        problems.append(Problem("baseline_year", _("请填基期年份，如 2015。")))
    if value is None and not values.baseline_value.strip():
        problems.append(Problem("baseline_value", _("请填基期数值。")))
    problems += text_problems("source", values.source, limit=SOURCE_LIMIT, required=_("请写明基期数的来源。"))
    return None if problems or value is None else (int(year), value)


def _milestones(values: PathInput, problems: list[Problem]) -> dict[int, Decimal]:
    values_by_year = {}
    for year, text in values.milestones.items():
        value = _number(f"milestone_{year}", text, problems)
        if value is not None:
            values_by_year[year] = value
    return values_by_year


def _number(name: str, text: str, problems: list[Problem]) -> Decimal | None:
    try:
        return typed.number(text, percent=True)
    except ValueError as error:
        problems.append(Problem(name, str(error)))
        return None


def _order_problems(
    target: Target, plan: Plan, baseline: tuple[int, Decimal] | None, milestones: Mapping[int, Decimal]
) -> list[Problem]:
    """Problems of the order in time: the baseline comes first, then the milestones, then the target's year."""
    last = target.year or plan.last_quarter.year + 1
    problems = []
    if baseline is not None and baseline[0] >= last:
        problems.append(Problem("baseline_year", _("基期要早于目标年份 %(year)d 年。") % {"year": last}))
    for year in milestones:
        if baseline is not None and year <= baseline[0]:
            problems.append(Problem(f"milestone_{year}", _("要晚于基期年份。")))
        elif year >= last:
            problems.append(Problem(f"milestone_{year}", _("要早于目标年份；目标年的数就是目标。")))
        elif year not in YEARS:
            problems.append(Problem(f"milestone_{year}", _("年份不对。")))
    return problems


# -- assessing ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AssessmentInput:
    """An assessment as typed. `links` are URLs, one per line."""

    verdict: str
    note: str
    evidence: str = ""
    links: str = ""
    assessed_on: date | None = None


@transaction.atomic
def assess(
    *,
    by: User,
    plan: Plan,
    order: int,
    quarter: Period,
    values: AssessmentInput,
    key: uuid.UUID | None = None,
    now: datetime | None = None,
) -> Assessment:
    """Records 评估 of the target with number `order` as of the quarter, beside earlier assessments.

    Requests with the same `key` are recorded once. A target with figures is refused, because the figures decide.
    """
    moment = begin(by, plan, now)
    known = Assessment.objects.filter(key=key, by=by).first() if key else None
    if known is not None:
        return known
    today = timezone.localdate(moment, timezone.get_default_timezone())
    target = Target.objects.filter(
        plan=plan, order=order, valid__contains=quarter.ordinal, known__contains=moment
    ).first()
    problems = since_problems(plan, quarter, "quarter")
    if not problems and target is None:
        raise Problems([Problem("", _("这个季度没有这个目标。"))])
    if not problems and quarter.first_day > today:
        problems.append(Problem("quarter", _("%(quarter)s尚未开始。") % {"quarter": quarter.label}))
    if target is not None and has_figures(target, quarter):
        problems.append(Problem("", _("这个目标有填报的数据，按数据判断，不另评估。")))
    if values.verdict not in Verdict.values:
        problems.append(Problem("verdict", _("请选结论。")))
    problems += text_problems("note", values.note, required=_("请写明理由。"))
    problems += text_problems("evidence", values.evidence)
    day = values.assessed_on or today
    if day > today:
        problems.append(Problem("assessed_on", _("评估日期不能晚于今天。")))
    elif day < quarter.first_day <= today:
        problems.append(Problem("assessed_on", _("评估日期不能早于所述季度。")))
    links = _links(values.links, problems)
    if problems:
        raise Problems(problems)
    try:
        with transaction.atomic():
            assessment = Assessment.objects.create(
                key=key or uuid.uuid4(),
                plan=plan,
                target_order=order,
                quarter=quarter,
                verdict=values.verdict,
                note=values.note.strip(),
                evidence=values.evidence.strip(),
                links=links,
                assessed_on=day,
                at=moment,
                by=by,
            )
    except IntegrityError as error:
        raise Conflict(_("这份评估刚刚已经提交。")) from error
    record(
        by=by,
        verb="target.assess",
        subject=target or plan,
        note=values.note.strip(),
        data={
            "target": order,
            "quarter": str(quarter),
            "verdict": values.verdict,
            "assessment": assessment.pk,
        },
        at=moment,
    )
    return assessment


def has_figures(target: Target, quarter: Period) -> bool:
    """Whether a submission reports a figure of the target's indicator up to the quarter. (Figures are in a higher
    package.)"""
    if target.value is None or target.indicator is None:
        return False
    filed: bool = target.indicator.figures.filter(quarter__lte=quarter).exists()
    return filed


def _links(typed: str, problems: list[Problem]) -> list[str]:
    """Parses web addresses, one per line; refuses schemes that a browser would execute."""
    links = [line.strip() for line in typed.splitlines() if line.strip()]
    if len(links) > LINKS_LIMIT:
        problems.append(Problem("links", _("链接最多 %(n)d 条。") % {"n": LINKS_LIMIT}))
        return []
    check = URLValidator(schemes=["http", "https"])
    for link in links:
        try:
            check(link)
        except ValidationError:
            message = _("“%(link)s”不是网址，请写全 http:// 或 https://，一行一个。")
            problems.append(Problem("links", message % {"link": link[:60]}))
    return links


@dataclass(frozen=True)
class MeasureInput:
    """An indicator for a target of a loaded plan; `tasks` are refs of the tasks whose leads report it."""

    name: str
    kind: str
    flow: str = Flow.STOCK
    unit: str = ""
    numerator_name: str = ""
    denominator_name: str = ""
    decimals: int = 0
    binding: str = ""  # a Binding; "" leaves what the plan prints
    tasks: tuple[str, ...] = ()


@transaction.atomic
def measure(
    *, by: User, plan: Plan, order: int, values: MeasureInput, reason: str, now: datetime | None = None
) -> Indicator:
    """设指标: an indicator for the target with number `order`, which has none. What was promised stays as it is; as known
    before, the target stays without one."""
    moment = begin(by, plan, now)
    rows = known_now(Target, plan=plan, order=order)
    problems = [*text_problems("reason", reason, required=_("请写明理由。")), *_measure_problems(values)]
    tasks = list(Task.objects.filter(plan=plan, ref__in=values.tasks))
    if not rows:
        problems.append(Problem("", _("方案没有这个目标。")))
    elif any(row.indicator_id for row in rows):
        raise Conflict(_("这个目标已设了指标，请刷新页面。"))
    elif values.kind in IndicatorKind.values and values.flow in Flow.values:
        refusals = {
            misfit(
                row.manner, kind=values.kind, flow=values.flow, over_time=OverTime.LATEST, rhythm=plan.kind
            )
            for row in rows
        }
        problems += [Problem("kind", refusal) for refusal in sorted(refusals - {""})]
    if not tasks or len(tasks) != len(set(values.tasks)):
        problems.append(Problem("tasks", _("请选由哪些任务的牵头单位填报。")))
    if problems:
        raise Problems(problems)
    taken = set(Indicator.objects.filter(plan=plan).values_list("slug", flat=True))
    last = Indicator.objects.filter(plan=plan).aggregate(last=Max("order"))["last"] or 0
    why = {"origin": Origin.OUTSIDE, "origin_note": reason.strip()}
    indicator = Indicator.objects.create(
        plan=plan,
        slug=slug_of(values.name, taken, longest=60),
        name=values.name.strip(),
        kind=values.kind,
        flow=values.flow,
        across=ACROSS[IndicatorKind(values.kind)][0],
        unit=values.unit.strip(),
        numerator_name=values.numerator_name.strip(),
        denominator_name=values.denominator_name.strip(),
        decimals=values.decimals,
        order=last + 1,
        **why,
    )
    IndicatorTask.objects.bulk_create(
        IndicatorTask(indicator=indicator, task=task, duty=Duty.LEAD, **why) for task in tasks
    )
    for row in rows:
        retire([row], valid=row.valid, at=moment)
        row.pk, row.indicator, row.known = None, indicator, known_from(moment)
        row.binding = values.binding or row.binding
        row._state.adding = True
        row.save()
    record(
        by=by,
        verb="target.measure",
        subject=indicator,
        note=reason.strip(),
        data={"order": order, **asdict(values)},
        at=moment,
    )
    return indicator


def _measure_problems(values: MeasureInput) -> list[Problem]:
    problems = []
    if not values.name.strip() or len(values.name.strip()) > 200:
        problems.append(Problem("name", _("请填指标名称，最多 200 字。")))
    if values.kind not in IndicatorKind.values:
        problems.append(Problem("kind", _("请选指标的类型。")))
    if values.flow not in Flow.values:
        problems.append(Problem("flow", _("请选数值怎样累计。")))
    if len(values.unit.strip()) > 20:
        problems.append(Problem("unit", _("计量单位最多 20 字。")))
    parts = {"numerator_name": values.numerator_name, "denominator_name": values.denominator_name}
    for name, typed_name in parts.items():
        if len(typed_name.strip()) > 100:
            problems.append(Problem(name, _("最多 %(n)d 字。") % {"n": 100}))
        elif values.kind == IndicatorKind.RATIO and not typed_name.strip():
            problems.append(Problem(name, _("比率请写明分子和分母各是什么。")))
    if values.binding and values.binding not in Binding.values:
        problems.append(Problem("binding", _("请选约束性或预期性，或留空。")))
    if not 0 <= values.decimals <= 4:
        problems.append(Problem("decimals", _("小数位请填 0 到 4。")))
    return problems
