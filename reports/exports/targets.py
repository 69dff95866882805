"""The targets as a workbook: what the page shows, one row for each promise."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.exports.xlsx import workbook
from reports.figures.target_standing import TargetStanding
from tasks.indicators.assessment_models import Verdict
from tasks.indicators.target_path import Schedule
from tasks.indicators.values import Comparison


def targets_workbook(asked: Asked, standings: Iterable[TargetStanding], *, is_sample: bool) -> bytes:
    """Figures with their parts, never a percentage alone."""
    notes = [
        _("所述时点：%(quarter)s；所知时点：%(known)s")
        % {"quarter": asked.quarter.label, "known": phrases.minute(asked.known_at)},
        _("路径由办公室设定的基期和年度目标值直线推算，非方案原文；未设基期的没有路径。"),
    ]
    if is_sample:
        notes.append(_("示例数据，非真实统计。"))
    heads = [
        (_("年份"), 8),
        (_("方案原文"), 48),
        (_("比较"), 8),
        (_("目标"), 10),
        (_("计量单位"), 9),
        (_("实际"), 12),
        (_("分子"), 12),
        (_("分母"), 12),
        (_("数据所属"), 10),
        (_("核实"), 8),
        (_("初步数"), 8),
        (_("已报份数"), 9),
        (_("应报份数"), 9),
        (_("基期年份"), 9),
        (_("基期数值"), 10),
        (_("路径"), 10),
        (_("序时"), 10),
        (_("办公室评估"), 12),
        (_("评估理由"), 40),
    ]
    rows = [
        [
            one.target.year or "",
            one.target.text,
            str(Comparison(one.target.comparison).label) if one.target.comparison else "",
            one.target.value,
            one.target.unit,
            one.text or one.target.actual,
            one.target.numerator,
            one.target.denominator,
            str(one.target.actual_quarter or ""),
            "" if one.target.actual_quarter is None else _("已核") if one.target.verified else _("未核"),
            _("是") if one.preliminary else "",
            one.target.parts,
            one.target.parts_owed,
            one.baseline.year if one.baseline else "",
            one.baseline.value if one.baseline else "",
            one.path,
            str(Schedule(one.status).label),
            str(Verdict(one.assessed.verdict).label) if one.assessed else "",
            one.assessed.note if one.assessed else "",
        ]
        for one in standings
    ]
    return workbook(
        sheet=_("目标"),
        title=_("%(plan)s · 目标 · %(quarter)s") % {"plan": asked.plan.title, "quarter": asked.quarter.label},
        notes=notes,
        heads=heads,
        rows=rows,
    )
