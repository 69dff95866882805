"""The task list as a table: the rows that the page shows, under the same filters."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from reports.dashboards.filters import described
from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.dashboards.task_list import TaskList
from reports.exports.table import Column, Table
from reports.figures.values import TaskFigures
from tasks.plans.models import Part
from tasks.submissions.marks import marks_of
from tasks.submissions.models import Verification, Version
from tasks.values import GREY


def task_list_table(asked: Asked, listed: TaskList, *, is_sample: bool) -> Table[TaskFigures]:
    """Both lights, one beside the other, and no text of any submission."""
    groups = {group.number: group.name for group in listed.figures.groups}
    notes = [
        _("数据所属期：%(quarter)s；数据提取时间：%(known)s")
        % {"quarter": asked.quarter.label, "known": phrases.minute(asked.known_at)},
        _("筛选：%s") % described(listed.chosen_words()),
        _("自评灯为单位所报，核定灯为办公室所核；未核定的任务以自评灯计，标“未核”。配合灯不计入任务灯。"),
    ]
    marks = _marks(asked, listed.rows)
    if is_sample:
        notes.append(_("示例数据，非真实统计。"))
    columns: list[Column[TaskFigures]] = [
        Column(_("编号"), 10, lambda task: task.code),
        Column(_("任务"), 34, lambda task: task.heading),
        Column(_("部分"), 10, lambda task: str(Part(task.part).label)),
        Column(_("任务组"), 34, lambda task: groups.get(task.group or 0, "")),
        Column(_("牵头单位"), 20, lambda task: task.lead_names),
        Column(
            _("计灯"),
            14,
            lambda task: (
                phrases.light_name(task.light)
                + (
                    f"（{phrases.ended(task.state)}）"
                    if task.has_ended or task.is_backfilled
                    else ""
                    if task.verified or task.light == GREY
                    else _("（未核）")
                )
            ),
        ),
        Column(
            _("自评灯"),
            12,
            lambda task: phrases.light_name(task.reported_light) if task.reported_light else "",
        ),
        Column(
            _("核定灯"),
            12,
            lambda task: phrases.light_name(task.verified_light) if task.verified_light else "",
        ),
        Column(
            _("核实情况"),
            10,
            lambda task: str(Verification(task.verification).label) if task.is_filed else "",
        ),
        Column(_("首次提交"), 18, lambda task: task.submitted_at),
        Column(
            _("按时"), 8, lambda task: "" if task.on_time is None else _("是") if task.on_time else _("否")
        ),
        Column(_("版次"), 6, lambda task: task.version),
        Column(_("标注"), 16, lambda task: "、".join(marks.get((task.submission_id, task.version), ()))),
        Column(_("配合应报"), 9, lambda task: task.co.due),
        Column(_("配合已报"), 9, lambda task: task.co.reported),
        Column(_("最近一次报送"), 14, lambda task: str(task.stale_quarter) if task.stale_quarter else ""),
    ]
    return Table(
        sheet=_("任务"),
        title=_("%(plan)s · 任务清单 · %(quarter)s")
        % {"plan": asked.plan.title, "quarter": asked.quarter.label},
        notes=notes,
        columns=columns,
        rows=listed.rows,
    )


def _marks(asked: Asked, rows: Sequence[TaskFigures]) -> dict[tuple[int | None, int | None], list[str]]:
    """{(submission id, number of its version): the marks}, of the versions that the reader may see. Two queries."""
    heads = [task.submission_id for task in rows if task.submission_id]
    versions = Version.every.visible_to(asked.user).filter(submission__in=heads)
    keys = {
        pk: (submission, number)
        for pk, submission, number in versions.values_list("pk", "submission", "number")
    }
    return {keys[pk]: found for pk, found in marks_of(keys, asked.known_at).items()}
