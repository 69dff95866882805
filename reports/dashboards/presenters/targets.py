"""目标: the plan's promises against their path, as the overview, the list and the page of one show them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters.path_chart import path_chart
from reports.figures.target_standing import Assessed, FigureOrigin, TargetStanding
from tasks.indicators.assessment_models import Verdict
from tasks.indicators.formatting import rounded
from tasks.indicators.target_path import Path, Schedule
from tasks.indicators.values import Better, Comparison
from tasks.values import Quarter

# Those that say how a target stands; the others say why nothing can be said.
JUDGED = (
    Schedule.REACHED,
    Schedule.AHEAD,
    Schedule.ON,
    Schedule.SLIGHT,
    Schedule.BEHIND,
    Schedule.MISSED,
)


def overview(asked: Asked, standings: Iterable[TargetStanding]) -> dict[str, Any]:
    """The nearest year's promises that have a number against their path, the others in their own words; then the
    later years' and those of no year, behind a fold."""
    rows = [row(asked, one) for one in standings]
    years = sorted({one["year"] for one in rows if one["year"]})
    year = next((year for year in years if year >= asked.quarter.year), years[-1] if years else None)
    here = [one for one in rows if one["year"] == year]
    return {
        "year": year,
        "url": reverse("target_list", args=[asked.plan.slug]) + asked.query(),
        "numbered": [one for one in here if one["target"] is not None],
        "worded": [one for one in here if one["target"] is None],
        "table": here,
        "without_path": sum(one["path"] is None and one["target"] is not None for one in here),
        "later": [
            {"year": other, "rows": [one for one in rows if one["year"] == other]}
            for other in years
            if other != year
        ],
        "undated": [one for one in rows if one["year"] is None],
    }


def listed(asked: Asked, standings: Iterable[TargetStanding]) -> list[dict[str, Any]]:
    """All promises by the year that they name, those without one last."""
    groups: dict[int | None, list[dict[str, Any]]] = {}
    for one in standings:
        groups.setdefault(one.target.year, []).append(row(asked, one))
    return [
        {
            "year": year,
            "title": _("%(year)d年目标") % {"year": year} if year else _("未定年份的承诺"),
            "numbered": [one for one in rows if one["target"] is not None],
            "worded": [one for one in rows if one["target"] is None],
            "total": len(rows),
        }
        for year, rows in sorted(groups.items(), key=lambda item: (item[0] is None, item[0] or 0))
    ]


def lede(groups: Iterable[Mapping[str, Any]]) -> str:
    """How many there are and how those stand of which anything can be said."""
    rows = [one for group in groups for one in (*group["numbered"], *group["worded"])]
    counts = {status: sum(one["status"] == status for one in rows) for status in Schedule}
    said = _("%(n)d项承诺，其中%(numbered)d项有数值、%(worded)d项只有文字。") % {
        "n": len(rows),
        "numbered": sum(one["target"] is not None for one in rows),
        "worded": sum(one["target"] is None for one in rows),
    }
    stands = "，".join(
        _("%(word)s%(n)d项") % {"word": status.label, "n": counts[status]}
        for status in JUDGED
        if counts[status]
    )
    silent = counts[Schedule.NO_FIGURE] + counts[Schedule.NO_BASELINE] + counts[Schedule.NO_YEAR]
    found = sum(one["assessed"] is not None for one in rows)
    if stands:
        said += _("有数值的：%(stands)s") % {"stands": stands}
        said += _("；%(n)d项尚无从比较。") % {"n": silent} if silent else _("。")
    elif silent:
        said += _("有数值的都尚无从比较：未设基期，或没有数据。")
    if found:
        said += _("办公室已评估%(n)d项。") % {"n": found}
    return said


def row(asked: Asked, one: TargetStanding) -> dict[str, Any]:
    """One promise as _parts/target.html wants it, and more."""
    target = one.target
    actual = target.actual
    return {
        "order": target.order,
        "name": target.indicator or target.text,
        "text": target.text,
        "note": _note(asked, one),
        "actual": None if actual is None else actual.quantize(Decimal("0.1")).normalize(),
        "words": one.text or one.words,
        "unit": target.unit,
        "target": target.value,
        "comparison": str(Comparison(target.comparison).label) if target.comparison else "",
        "year": target.year,
        "path": None if one.path is None else one.path.quantize(Decimal("0.1")).normalize(),
        "values": None,
        "restarts": (),
        "status": one.status,
        "status_word": str(Schedule(one.status).label),
        "assessed": assessed(asked, one, one.assessed) if one.assessed else None,
        "may_be_assessed": may_be_assessed(one),
        "say": say(one),
        "url": reverse("target", args=[asked.plan.slug, target.order]) + asked.query(),
        "quarter": target.actual_quarter,
        "numerator": target.numerator,
        "denominator": target.denominator,
        "verified": target.verified,
        "preliminary": one.preliminary,
        "parts": target.parts,
        "parts_owed": target.parts_owed,
        "origins": origins(asked, one.origins),
        "outside": bool(one.note),
        "why": one.note,
    }


def _note(asked: Asked, one: TargetStanding) -> str:
    """What the figure is made of, of which quarter it is, and how far it can be trusted."""
    target = one.target
    words = []
    if target.actual_quarter and target.actual_quarter != asked.quarter:
        words.append(_("%(quarter)s的数") % {"quarter": target.actual_quarter})
    if target.numerator is not None and target.denominator is not None:
        words.append(f"{plain(target.numerator)} ÷ {plain(target.denominator)}")
    if target.parts < target.parts_owed and target.actual_quarter:
        words.append(_("%(owed)d份中%(given)d份") % {"owed": target.parts_owed, "given": target.parts})
    if one.preliminary:
        words.append(_("初步数"))
    if target.actual_quarter and not target.verified:
        words.append(_("未核"))
    if one.pending:
        words.append(_("%(quarter)s尚未发布") % {"quarter": asked.quarter})
    return " · ".join(words) or _("方案原文")


def say(one: TargetStanding) -> str:
    """“略滞后，应到 3.3 家，差 0.8 家”; where there is no path, how far it is to the promise."""
    target = one.target
    word = str(Schedule(one.status).label)
    unit = _("个百分点") if is_share(one) else target.unit
    if one.status in {Schedule.NO_FIGURE, Schedule.WORDS, Schedule.REACHED}:
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
        return _("%(word)s，正在路径上") % {"word": word}
    return (
        _("%(word)s，高于路径 %(gap)s %(unit)s") if gap > 0 else _("%(word)s，低于路径 %(gap)s %(unit)s")
    ) % {"word": word, "gap": plain(abs(gap)), "unit": unit}


def is_share(one: TargetStanding) -> bool:
    """Whether a difference is one of points of a percentage."""
    return one.target.unit in {"%", "％"} or (one.target.denominator is not None and not one.target.unit)


def plain(value: Decimal) -> str:
    """1,204.5, without trailing zeros or an exponent; one decimal is enough beside a chart."""
    return f"{Decimal(rounded(value)):,f}".removesuffix(".0")


def may_be_assessed(one: TargetStanding) -> bool:
    """Whether the office's word is wanted: there is no number, or nobody ever filed one."""
    return one.target.value is None or (
        one.status == Schedule.NO_FIGURE and one.target.actual_quarter is None
    )


def assessed(asked: Asked, one: TargetStanding, found: Assessed) -> dict[str, Any]:
    """One word of the office on a promise; before the promise's year is over it is an interim one 阶段评估."""
    year = one.target.year or asked.plan.last_quarter.year
    return {
        "verdict": str(Verdict(found.verdict).label),
        "interim": found.quarter < Quarter(year, 4),
        "quarter": found.quarter,
        "note": found.note,
        "evidence": found.evidence,
        "links": found.links,
        "on": found.assessed_on,
        "by": found.by,
        "at": found.at,
    }


# -- the page of one ----------------------------------------------------------------------------------------


def facts(one: TargetStanding) -> list[tuple[str, str]]:
    """(name, words) of what is said of the promise and its path."""
    target = one.target
    found = []
    if target.value is not None:
        found.append(
            (
                _("承诺"),
                f"{Comparison(target.comparison).label} {plain(target.value)} {target.unit}",
            )
        )
    if one.direction:
        found.append((_("方向"), str(Better(one.direction).label)))
    if one.baseline is not None:
        words = f"{_('%(year)d年') % {'year': one.baseline.year}} {plain(one.baseline.value)} {target.unit}"
        found.append((_("基期"), f"{words}（{one.baseline.source}）"))
    elif target.value is not None:
        found.append((_("基期"), _("未设基期，没有路径")))
    if one.straight is not None:
        found.append(
            (
                _("路径"),
                _("由基期到目标直线推算，非方案原文")
                if one.straight
                else _("按办公室所设年度目标值，年内直线推算"),
            )
        )
    if one.milestones:
        found.append(
            (
                _("年度目标值"),
                "；".join(
                    f"{_('%(year)d年') % {'year': point.year}} {plain(point.value)}"
                    for point in one.milestones
                ),
            )
        )
    if one.done is not None and one.expected is not None:
        found.append(
            (
                _("进程"),
                _("基期到目标的全程，已走 %(done)s%%，序时应走 %(expected)s%%")
                % {"done": plain(one.done), "expected": plain(one.expected)},
            )
        )
    return found


def origins(asked: Asked, rows: Iterable[FigureOrigin]) -> list[dict[str, Any]]:
    """这个数从哪里来: every return behind a figure, as the reader may see it."""
    result = []
    states = {
        "missing": _("未报"),
        "pending": _("尚未发布"),
        "replaced": _("已由另一数替换"),
    }
    for one in rows:
        filed = one.state in {"given", "replaced"}
        notes = [states.get(one.state, "")]
        if one.stated:
            notes.append(_("牵头单位自述"))
        if one.preliminary:
            notes.append(_("初步数"))
        if filed:
            notes.append(_("已核") if one.verified else _("未核"))
        if one.told_in is not None and filed and one.told_in != one.quarter:
            notes.append(_("随%(quarter)s填报") % {"quarter": one.told_in})
        result.append(
            {
                "quarter": one.quarter,
                "agency": one.agency.name,
                "agency_url": reverse("agency", args=[asked.plan.slug, one.agency.slug]) + asked.query(),
                "task_url": reverse("task", args=[asked.plan.slug, one.task_ref]) + asked.query()
                if one.task_ref
                else "",
                "task": one.task_ref,
                "words": _("已报，核定后公开") if one.hidden else one.words,
                "percent": one.percent,
                "notes": " · ".join(filter(None, notes)),
                "reason": one.reason,
                "return_url": reverse("return", args=[one.return_id]) if filed and one.return_id else "",
                "counts": one.state == "given",
            }
        )
    return result


def chart(one: TargetStanding, rows: list[dict[str, Any]], path: Path | None) -> dict[str, Any] | None:
    """The figure over the quarters against the path, up to the promise's year; None where there are not two points."""
    target = one.target
    actual = [(row["quarter"], row["actual"]) for row in rows if row["actual"] is not None]
    line: list[tuple[Quarter, Decimal]] = []
    if path is not None and rows:
        start, end = max(path.points[0][0], rows[0]["quarter"]), path.points[-1][0]
        line = [
            (quarter, value)
            for quarter in Quarter.span(start, end)
            if (value := path.at(quarter)) is not None
        ]
    if len(actual) + len(line) < 2:
        return None
    said = [
        _("实际 %s") % plain(actual[-1][1]) if actual else "",
        _("路径 %s") % plain(line[-1][1]) if line else "",
        _("目标 %s") % plain(target.value) if target.value is not None else "",
    ]
    return {
        "svg": path_chart(
            actual, line, target.value, title="，".join(filter(None, said)), words=(said[0], said[1], said[2])
        ),
        "table": rows[::-1],
    }
