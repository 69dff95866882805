"""目标: the plan's promises against their path, as the overview, the list and the page of one show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters.indicators import IndicatorRules
from reports.dashboards.presenters.path_chart import path_chart
from reports.figures.target_standing import Assessed, FigureOrigin, TargetStanding
from reports.figures.targets import manner_note
from reports.figures.values import TargetFigures
from tasks.indicators.assessment_models import Verdict
from tasks.indicators.formatting import rounded
from tasks.indicators.models import Target
from tasks.indicators.target_manner import Manner
from tasks.indicators.target_path import Path, Schedule
from tasks.indicators.values import Better, Binding, Comparison, stage_note
from tasks.values import Period

# The statuses that judge a target; the others say why it cannot be judged.
JUDGED = (
    Schedule.REACHED,
    Schedule.AHEAD,
    Schedule.ON,
    Schedule.SLIGHT,
    Schedule.BEHIND,
    Schedule.MISSED,
)


@dataclass(frozen=True)
class AssessmentRow:
    """One assessment by the office. `interim`: it was made of a quarter before the end of the target's year (阶段评估);
    `quarter` is the one that it speaks of, `on` the day of the assessment, `at` the moment of its record."""

    verdict: str
    interim: bool
    quarter: Period
    note: str
    evidence: str
    links: tuple[str, ...]
    on: date
    by: str
    at: datetime


@dataclass(frozen=True)
class OriginRow:
    """One submission behind a figure, for rollup/_origins.html. `words` is the figure with its unit, `percent` a ratio's
    value; `notes` says in words how far it can be trusted; the addresses are "" where the reader may not follow them;
    `counts`: it is part of the figure."""

    quarter: Period
    agency: str
    agency_url: str
    task_url: str
    task: str
    words: str
    percent: str
    notes: str
    reason: str
    return_url: str
    counts: bool


@dataclass(frozen=True)
class TargetRow:
    """One target, for _parts/target.html and every table of targets. `actual`, `path` and `target` are numbers in `unit`,
    None where there is none (`target` None: the plan promises it in words), `actual` and `path` to one decimal; `note`
    says what the figure consists of, of which quarter it is and how far it can be trusted; `say` is the status in one
    sentence; `quarter` is the figure's own; `why` is the reason why a target is there that the plan does not print."""

    order: int
    name: str
    text: str
    note: str
    actual: Decimal | None
    unit: str
    target: Decimal | None
    comparison: str
    binding: str  # 约束性, 预期性 or ""
    manner: str  # what is compared of a growth or a total, "" of a level
    year: int | None
    path: Decimal | None
    status: str
    status_word: str
    assessed: AssessmentRow | None
    may_be_assessed: bool
    say: str
    url: str
    quarter: Period | None
    numerator: Decimal | None
    denominator: Decimal | None
    verified: bool
    origins: list[OriginRow]
    why: str

    @property
    def is_numbered(self) -> bool:
        """Whether the plan gives a number, also one that leads to no level yet (年均增长 without a baseline)."""
        return self.status != Schedule.WORDS


@dataclass(frozen=True)
class TargetGroup:
    """The targets of one year, or of none: those with a number and those in words; `total` counts both."""

    year: int | None
    title: str
    numbered: list[TargetRow]
    worded: list[TargetRow]
    total: int


@dataclass(frozen=True)
class LaterYear:
    """The targets of a year that the overview folds away."""

    year: int
    rows: list[TargetRow]


@dataclass(frozen=True)
class OverviewTargets:
    """The targets on the overview: those of `year` as bars (`numbered`), as words (`worded`) and all of them as a table;
    then the other years' and those of no year. `without_path` counts the numbered ones without a path."""

    year: int | None
    url: str
    numbered: list[TargetRow]
    worded: list[TargetRow]
    table: list[TargetRow]
    without_path: int
    later: list[LaterYear]
    undated: list[TargetRow]


@dataclass(frozen=True)
class ChartLine:
    """One quarter of a target's chart: its figure, the quarter `of` which the figure is, and where the path is then."""

    quarter: Period
    actual: Decimal | None
    of: Period | None
    path: Decimal | None


@dataclass(frozen=True)
class Chart:
    """The chart as SVG, and the same numbers as a table, the latest quarter first."""

    svg: SafeString
    table: list[ChartLine]


def overview(asked: Asked, standings: Iterable[TargetStanding]) -> OverviewTargets:
    """The year shown is the quarter's own or the next for which the plan has targets; after the last one, the last."""
    rows = [row(asked, one) for one in standings]
    years = sorted({one.year for one in rows if one.year})
    year = next((year for year in years if year >= asked.quarter.year), years[-1] if years else None)
    here = [one for one in rows if one.year == year]
    return OverviewTargets(
        year=year,
        url=reverse("target_list", args=[asked.plan.slug]) + asked.query(),
        numbered=[one for one in here if one.is_numbered],
        worded=[one for one in here if not one.is_numbered],
        table=here,
        without_path=sum(one.path is None and one.is_numbered for one in here),
        later=[
            LaterYear(other, [one for one in rows if one.year == other]) for other in years if other != year
        ],
        undated=[one for one in rows if one.year is None],
    )


def listed(asked: Asked, standings: Iterable[TargetStanding]) -> list[TargetGroup]:
    """All targets by their year, those without one last."""
    groups: dict[int | None, list[TargetRow]] = {}
    for one in standings:
        groups.setdefault(one.target.year, []).append(row(asked, one))
    return [
        TargetGroup(
            year=year,
            title=_("%(year)d年目标") % {"year": year} if year else _("未定年份的承诺"),
            numbered=[one for one in rows if one.is_numbered],
            worded=[one for one in rows if not one.is_numbered],
            total=len(rows),
        )
        for year, rows in sorted(groups.items(), key=lambda item: (item[0] is None, item[0] or 0))
    ]


def lede(groups: Iterable[TargetGroup]) -> str:
    """How many targets there are, and the status of those that can be judged."""
    rows = [one for group in groups for one in (*group.numbered, *group.worded)]
    counts = {status: sum(one.status == status for one in rows) for status in Schedule}
    sentence = _("%(n)d项承诺，其中%(numbered)d项有数值、%(worded)d项只有文字。") % {
        "n": len(rows),
        "numbered": sum(one.is_numbered for one in rows),
        "worded": sum(not one.is_numbered for one in rows),
    }
    judged = "，".join(
        _("%(word)s%(n)d项") % {"word": status.label, "n": counts[status]}
        for status in JUDGED
        if counts[status]
    )
    not_judged = sum(
        counts[status]
        for status in (Schedule.NO_FIGURE, Schedule.INCOMPLETE, Schedule.NO_BASELINE, Schedule.NO_YEAR)
    )
    assessments = sum(one.assessed is not None for one in rows)
    if judged:
        sentence += _("有数值的：%(stands)s") % {"stands": judged}
        sentence += _("；%(n)d项尚无从比较。") % {"n": not_judged} if not_judged else _("。")
    elif not_judged:
        sentence += _("有数值的都尚无从比较：未设基期，或没有数据。")
    if assessments:
        sentence += _("办公室已评估%(n)d项。") % {"n": assessments}
    return sentence


def row(asked: Asked, one: TargetStanding) -> TargetRow:
    """One target as the pages show it."""
    target = one.target
    return TargetRow(
        order=target.order,
        name=target.indicator or target.text,
        text=target.text,
        note=_note(asked, one),
        actual=_one_decimal(target.actual),
        unit=target.unit,
        target=target.value,
        comparison=str(Comparison(target.comparison).label) if target.comparison else "",
        binding=str(Binding(target.binding).label) if target.binding else "",
        manner=manner_note(target),
        year=target.year,
        path=_one_decimal(one.path),
        status=one.status,
        status_word=str(Schedule(one.status).label),
        assessed=assessed(asked, one, one.assessed) if one.assessed else None,
        may_be_assessed=may_be_assessed(one),
        say=say(one),
        url=reverse("target", args=[asked.plan.slug, target.order]) + asked.query(),
        quarter=target.actual_quarter,
        numerator=target.numerator,
        denominator=target.denominator,
        verified=target.verified,
        origins=origins(asked, one.origins),
        why=one.note,
    )


def _one_decimal(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.1")).normalize()


def _note(asked: Asked, one: TargetStanding) -> str:
    """What the figure consists of, of which quarter it is, and how far it can be trusted."""
    target = one.target
    words = [manner_note(target)] if target.manner else []
    if one.gaps:
        years = "、".join(str(year) for year in one.gaps)
        words.append(_("缺%(years)s年数据，累计不完整") % {"years": years})
    if target.actual_quarter and target.actual_quarter != asked.quarter:
        words.append(_("%(quarter)s的数") % {"quarter": target.actual_quarter.label})
    if target.numerator is not None and target.denominator is not None:
        words.append(f"{plain(target.numerator)} ÷ {plain(target.denominator)}")
    if target.parts < target.parts_owed and target.actual_quarter:
        words.append(_("%(owed)d份中%(given)d份") % {"owed": target.parts_owed, "given": target.parts})
    words += filter(None, [stage_note(one.stage)])
    if target.actual_quarter and not target.verified:
        words.append(_("未核"))
    if one.pending:
        words.append(_("%(quarter)s尚未发布") % {"quarter": asked.quarter.label})
    return " · ".join(words) or _("方案原文")


def say(one: TargetStanding) -> str:
    """“略滞后，低于序时目标 0.8 家”; without a path, how far it is to the target's value."""
    target = one.target
    word = str(Schedule(one.status).label)
    unit = _("个百分点") if is_share(one) else target.unit
    if one.status in {Schedule.NO_FIGURE, Schedule.INCOMPLETE, Schedule.WORDS, Schedule.REACHED}:
        if one.status == Schedule.REACHED and one.at_due is not None:
            return _("%(word)s：到期时 %(value)s %(unit)s") % {
                "word": word,
                "value": plain(one.at_due),
                "unit": target.unit,
            }
        return word
    if one.status == Schedule.MISSED:
        last = one.at_due if one.at_due is not None else target.actual
        if last is None or target.value is None:
            return word
        return _("%(word)s：到期时 %(value)s %(unit)s") % {
            "word": word,
            "value": plain(last),
            "unit": target.unit,
        }
    if target.actual is None or target.value is None:
        return word
    if one.path is None:
        gap = abs(target.value - target.actual)
        return _("%(word)s，距目标 %(gap)s %(unit)s") % {"word": word, "gap": plain(gap), "unit": unit}
    gap = target.actual - one.path
    if not gap:
        return _("%(word)s，符合序时目标") % {"word": word}
    return (
        _("%(word)s，高于序时目标 %(gap)s %(unit)s")
        if gap > 0
        else _("%(word)s，低于序时目标 %(gap)s %(unit)s")
    ) % {"word": word, "gap": plain(abs(gap)), "unit": unit}


def is_share(one: TargetStanding) -> bool:
    """Whether a difference is in percentage points."""
    return one.target.unit in {"%", "％"} or (one.target.denominator is not None and not one.target.unit)


def plain(value: Decimal) -> str:
    """1,204.5, without trailing zeros or an exponent; one decimal is enough beside a chart."""
    return f"{Decimal(rounded(value)):,f}".removesuffix(".0")


def may_be_assessed(one: TargetStanding) -> bool:
    """Whether the office assesses it: the target has no number, or no figure was ever submitted."""
    return one.status == Schedule.WORDS or (
        one.status == Schedule.NO_FIGURE and one.target.actual_quarter is None
    )


def assessed(asked: Asked, one: TargetStanding, assessment: Assessed) -> AssessmentRow:
    """One assessment of a target."""
    year = one.target.year or asked.plan.last_quarter.year
    return AssessmentRow(
        verdict=str(Verdict(assessment.verdict).label),
        interim=assessment.quarter < Period.closing(year, assessment.quarter.kind),
        quarter=assessment.quarter,
        note=assessment.note,
        evidence=assessment.evidence,
        links=assessment.links,
        on=assessment.assessed_on,
        by=assessment.by,
        at=assessment.at,
    )


# -- the page of one ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TargetPage:
    """rollup/target.html. `facts` are pairs of a name and words; `indicator` is None for a target without one;
    `source_anchor` is the place in the plan's text, "" for a target that the plan does not print."""

    target: Target
    row: TargetRow
    facts: list[tuple[str, str]]
    assessments: list[AssessmentRow]
    origins: list[OriginRow]
    chart: Chart | None
    indicator: IndicatorRules | None
    source_anchor: str
    may_manage: bool


def facts(one: TargetStanding) -> list[tuple[str, str]]:
    """(name, words): what the target promises, and where its path comes from."""
    target = one.target
    found = []
    if target.manner:
        found += _manner_facts(target)
    elif target.value is not None:
        promise = f"{Comparison(target.comparison).label} {plain(target.value)} {target.unit}"
        found.append((_("承诺"), promise))
    if target.binding:
        found.append((_("性质"), str(Binding(target.binding).label)))
    if one.direction:
        found.append((_("方向"), str(Better(one.direction).label)))
    if one.baseline is not None:
        words = f"{_('%(year)d年') % {'year': one.baseline.year}} {plain(one.baseline.value)} {target.unit}"
        found.append((_("基期"), f"{words}（{one.baseline.source}）"))
    elif target.manner == Manner.TOTAL and target.since is not None:
        found.append((_("起算"), _("%(year)d年初，从零累计") % {"year": target.since + 1}))
    elif target.value is not None or target.manner == Manner.GROWTH:
        found.append((_("基期"), _("未设基期，没有序时目标")))
    if one.straight is not None and not target.manner:
        origin = (
            _("由基期到目标直线推算，非方案原文")
            if one.straight
            else _("按办公室所设年度目标值，年内直线推算")
        )
        found.append((_("序时目标"), origin))
    if one.milestones:
        values = [
            f"{_('%(year)d年') % {'year': point.year}} {plain(point.value)}" for point in one.milestones
        ]
        found.append((_("年度目标值"), "；".join(values)))
    if one.done is not None and one.expected is not None:
        progress = _("基期到目标的全程，已走 %(done)s%%，序时应走 %(expected)s%%") % {
            "done": plain(one.done),
            "expected": plain(one.expected),
        }
        found.append((_("进程"), progress))
    return found


def _manner_facts(target: TargetFigures) -> list[tuple[str, str]]:
    """What a growth or a total promises, and what is compared with what."""
    if target.manner == Manner.GROWTH and target.rate is not None:
        promise = _("年均增长 %(rate)s%%") % {"rate": plain(target.rate)}
        if target.value is None or target.since is None:
            return [(_("承诺"), promise), (_("比较"), _("请先设定基期：基期年份和基期数值"))]
        how = _(
            "实际数与应达数相比；应达数 = 基期数 × %(factor)s 的 n 次方，n 为距基期的年数，逐年复合，非方案原文"
        )
        level = _("%(promise)s，%(year)d年应为 %(value)s %(unit)s") % {
            "promise": promise,
            "year": target.year or 0,
            "value": plain(target.value),
            "unit": target.unit,
        }
        return [(_("承诺"), level), (_("比较"), how % {"factor": f"{1 + target.rate / 100:f}"})]
    if target.value is None or target.since is None or target.year is None:
        return []
    span = {"first": target.since + 1, "last": target.year}
    promise = _("%(first)d—%(last)d年累计 %(value)s %(unit)s") % {
        **span,
        "value": plain(target.value),
        "unit": target.unit,
    }
    how = _("各年所报相加，与时间进度相比；未报的年份不按零计，缺一年即不作判断")
    return [(_("承诺"), promise), (_("比较"), how)]


def origins(asked: Asked, rows: Iterable[FigureOrigin]) -> list[OriginRow]:
    """数据来源: every submission behind a figure. `rows` hold only what the reader may see."""
    return [
        OriginRow(
            quarter=one.quarter,
            agency=one.agency.name,
            agency_url=reverse("agency", args=[asked.plan.slug, one.agency.slug]) + asked.query(),
            task_url=reverse("task", args=[asked.plan.slug, one.task_ref]) + asked.query()
            if one.task_ref
            else "",
            task=one.task_ref,
            words=_("已报，核定后公开") if one.hidden else one.words,
            percent=one.percent,
            notes=_origin_notes(one),
            reason=one.reason,
            return_url=reverse("return", args=[one.return_id]) if _is_given(one) and one.return_id else "",
            counts=one.state == "given",
        )
        for one in rows
    ]


def _is_given(one: FigureOrigin) -> bool:
    return one.state in {"given", "replaced"}


def _origin_notes(one: FigureOrigin) -> str:
    states = {
        "missing": _("未报"),
        "pending": _("尚未发布"),
        "replaced": _("已由另一数替换"),
    }
    notes = [states.get(one.state, "")]
    if one.stated:
        notes.append(_("牵头单位自述"))
    notes.append(stage_note(one.stage))
    if _is_given(one):
        notes.append(_("已核") if one.verified else _("未核"))
        if one.told_in is not None and one.told_in != one.quarter:
            notes.append(_("随%(quarter)s填报") % {"quarter": one.told_in.label})
    return " · ".join(filter(None, notes))


def chart(one: TargetStanding, lines: Sequence[ChartLine], path: Path | None) -> Chart | None:
    """The figure over the quarters against the path, up to the target's year; None with fewer than two points. `lines`
    are in the order of the quarters."""
    target = one.target
    actual = [(line.quarter, line.actual) for line in lines if line.actual is not None]
    course: list[tuple[Period, Decimal]] = []
    if path is not None and lines:
        start, end = max(path.points[0][0], lines[0].quarter), path.points[-1][0]
        course = [
            (quarter, value) for quarter in Period.span(start, end) if (value := path.at(quarter)) is not None
        ]
    if len(actual) + len(course) < 2:
        return None
    words = (
        _("实际 %s") % plain(actual[-1][1]) if actual else "",
        _("序时目标 %s") % plain(course[-1][1]) if course else "",
        _("目标 %s") % plain(target.value) if target.value is not None else "",
    )
    svg = path_chart(actual, course, target.value, title="，".join(filter(None, words)), words=words)
    return Chart(svg=svg, table=list(lines[::-1]))
