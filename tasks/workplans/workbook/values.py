"""The format of the workbook: its columns, and the entries of its manifest."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.workbooks.manifest import Format, fingerprint_of
from tasks.workbooks.values import Column
from tasks.workplans.values import WorkPlanPeriod

# The manifest's entries: plan, period, agency, agency_name, sheet (its title) and heads ({heading: field}). A key is a
# task; further lines are ("row", key of a milestone, key of its measure).
FORMAT = Format(
    salt="tasks.workplans.workbook",
    template=1,
    key_word="task",
    period="period",
    period_label=lambda text: WorkPlanPeriod.parse(text).label,
    outdated=gettext_lazy("这是旧版模板的方案表，请重新下载再填。"),
    foreign=gettext_lazy("这不是实施方案或年度要点的方案表，请从本页下载再填。"),
    other_agency=gettext_lazy("这是%(agency)s的方案表，您只能上传本单位的。"),
    other_plan=gettext_lazy("这是另一个方案的表，请下载本方案的再填。"),
    other_period=gettext_lazy("这是%(theirs)s的表，您正在填%(ours)s。请到那一份里上传，或下载这一份的再填。"),
)
MEASURE = "m-"  # begins the key of a row with a measure without milestones
SPARE_ROWS = 300  # below the last


def columns() -> list[Column]:
    """The columns of the sheet, left to right."""
    return [
        Column("code", _("编号"), 11, False, _("新加的行照抄编号，或留空（同上一行）。")),
        Column("task", _("任务"), 26),
        Column("duty", _("身份"), 7),
        Column("none_reason", _("不列举措的原因"), 22, True, _("确实不用列举措的任务才填。")),
        Column("measure", _("举措"), 36, True, _("做什么。留空就是同上一行的举措。")),
        Column("division", _("责任处室"), 15, True),
        Column("contact", _("联系人"), 12, True, _("可不填。")),
        Column("node", _("节点"), 36, True, _("到哪一天，做到哪一步。一个节点一行。")),
        Column("due", _("完成时限"), 13, True, _("2017-06-30；只写到月的，按月底算。")),
        Column("evidence", _("完成标志"), 24, True, _("凭什么看得出来，可不填。")),
        Column("key", _("行码"), 13, False, _("系统认行用，不要改；新加的行留空。")),
    ]


CONTENT_FIELDS = ("none_reason", "measure", "division", "contact", "node", "due", "evidence")
ROW_FIELDS = (*CONTENT_FIELDS, "key")


def fingerprint(rows: Iterable[Sequence[str]]) -> str:
    """A digest of the texts of a task's rows, each in the order of ROW_FIELDS; independent of the order of the rows."""
    return fingerprint_of("\x1e".join(sorted("\x1f".join(row) for row in rows if any(row))))
