"""The task list as a workbook: the rows that the page shows, filtered alike."""

from django.utils.translation import gettext as _

from reports.dashboards.filters import described
from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.dashboards.task_list import TaskList
from reports.exports.xlsx import workbook
from tasks.plans.models import Part
from tasks.submissions.models import Verification
from tasks.values import GREY


def task_list_workbook(asked: Asked, listed: TaskList, *, is_sample: bool) -> bytes:
    """Both lights stand beside each other; no text of any return is in it."""
    groups = {group.number: group.name for group in listed.figures.groups}
    notes = [
        _("所述时点：%(quarter)s；所知时点：%(known)s")
        % {"quarter": asked.quarter.label, "known": phrases.minute(asked.known_at)},
        _("筛选：%s") % described(listed.chosen_words()),
        _("自评灯为单位所报，核定灯为办公室所核；未核定的任务以自评灯计，标“未核”。配合灯不计入任务灯。"),
    ]
    if is_sample:
        notes.append(_("示例数据，非真实统计。"))
    heads = [
        (_("编号"), 10),
        (_("任务"), 34),
        (_("部分"), 10),
        (_("任务组"), 34),
        (_("牵头单位"), 20),
        (_("计灯"), 14),
        (_("自评灯"), 12),
        (_("核定灯"), 12),
        (_("核实情况"), 10),
        (_("首次提交"), 18),
        (_("按时"), 8),
        (_("版次"), 6),
        (_("配合应报"), 9),
        (_("配合已报"), 9),
        (_("最近一次报送"), 14),
    ]
    rows = [
        [
            task.code,
            task.heading,
            str(Part(task.part).label),
            groups.get(task.group or 0, ""),
            task.lead.name if task.lead else "",
            phrases.light_name(task.light)
            + (
                f"（{phrases.ended(task.state)}）"
                if task.has_ended
                else ""
                if task.verified or task.light == GREY
                else _("（未核）")
            ),
            phrases.light_name(task.reported_light) if task.reported_light else "",
            phrases.light_name(task.verified_light) if task.verified_light else "",
            str(Verification(task.verification).label) if task.is_filed else "",
            task.submitted_at,
            "" if task.on_time is None else _("是") if task.on_time else _("否"),
            task.version,
            task.co.due,
            task.co.reported,
            str(task.stale_quarter) if task.stale_quarter else "",
        ]
        for task in listed.rows
    ]
    return workbook(
        sheet=_("任务"),
        title=_("%(plan)s · 任务清单 · %(quarter)s")
        % {"plan": asked.plan.title, "quarter": asked.quarter.label},
        notes=notes,
        heads=heads,
        rows=rows,
    )
