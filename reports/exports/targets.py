"""The targets as a table: what the page shows, one row for each promise."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.exports.table import Column, Table
from reports.figures.target_standing import TargetStanding
from reports.figures.targets import manner_note
from tasks.indicators.assessment_models import Verdict
from tasks.indicators.target_path import Schedule
from tasks.indicators.values import Binding, Comparison, Stage


def targets_table(
    asked: Asked, standings: Iterable[TargetStanding], *, is_sample: bool
) -> Table[TargetStanding]:
    """Figures with their parts, never a percentage alone."""
    notes = [
        _("数据所属期：%(quarter)s；数据提取时间：%(known)s")
        % {"quarter": asked.quarter.label, "known": phrases.minute(asked.known_at)},
        _("序时目标由办公室设定的基期和年度目标值直线推算，非方案原文；未设基期的没有序时目标。"),
    ]
    if is_sample:
        notes.append(_("示例数据，非真实统计。"))
    columns: list[Column[TargetStanding]] = [
        Column(_("年份"), 8, lambda row: row.target.year or ""),
        Column(_("方案原文"), 48, lambda row: row.target.text),
        Column(
            _("比较"),
            8,
            lambda row: str(Comparison(row.target.comparison).label) if row.target.comparison else "",
        ),
        Column(
            _("性质"), 8, lambda row: str(Binding(row.target.binding).label) if row.target.binding else ""
        ),
        Column(_("目标类型"), 24, lambda row: manner_note(row.target)),
        Column(_("目标"), 10, lambda row: row.target.value),
        Column(_("计量单位"), 9, lambda row: row.target.unit),
        Column(_("实际"), 12, lambda row: row.text or row.target.actual),
        Column(_("分子"), 12, lambda row: row.target.numerator),
        Column(_("分母"), 12, lambda row: row.target.denominator),
        Column(_("数据所属"), 10, lambda row: str(row.target.actual_quarter or "")),
        Column(
            _("核实"),
            8,
            lambda row: (
                "" if row.target.actual_quarter is None else _("已核") if row.target.verified else _("未核")
            ),
        ),
        Column(
            _("数据版本"), 10, lambda row: str(Stage(row.stage).label) if row.target.actual_quarter else ""
        ),
        Column(_("已报份数"), 9, lambda row: row.target.parts),
        Column(_("应报份数"), 9, lambda row: row.target.parts_owed),
        Column(_("基期年份"), 9, lambda row: row.baseline.year if row.baseline else ""),
        Column(_("基期数值"), 10, lambda row: row.baseline.value if row.baseline else ""),
        Column(_("序时目标"), 10, lambda row: row.path),
        Column(_("序时"), 10, lambda row: str(Schedule(row.status).label)),
        Column(
            _("办公室评估"), 12, lambda row: str(Verdict(row.assessed.verdict).label) if row.assessed else ""
        ),
        Column(_("评估理由"), 40, lambda row: row.assessed.note if row.assessed else ""),
    ]
    return Table(
        sheet=_("目标"),
        title=_("%(plan)s · 目标 · %(quarter)s") % {"plan": asked.plan.title, "quarter": asked.quarter.label},
        notes=notes,
        columns=columns,
        rows=standings,
    )
