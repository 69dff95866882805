"""调整申请表: an application for an adjustment, for the seal of the agency that applies, with room for the opinions."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.paper.values import Box, Cell, PaperForm
from tasks.adjustments import labels
from tasks.adjustments.models import Adjustment, AdjustmentKind, AdjustmentState
from tasks.agencies.queries import names_at
from tasks.people.queries import is_sample_database


def application_form(row: Adjustment) -> PaperForm:
    """The form of one application, with what is written on it by now."""
    (shown,) = labels.shown([row])
    name = names_at(row.effective, [row.applicant_id or 0]).get(row.applicant_id or 0)
    agency = (name.full or name.short) if name else ""
    tasks = "；".join(f"{task.code} {task.heading}" for task in row.tasks.order_by("order"))
    what = (
        _("延期")
        if row.kind == AdjustmentKind.DEADLINE
        else _("%(kind)s调整") % {"kind": row.get_kind_display()}
    )
    if row.kind == AdjustmentKind.WITHDRAWAL:
        what = shown.title.rpartition("：")[2]
    decided = row.state in (AdjustmentState.APPROVED, AdjustmentState.REJECTED)
    decision = []
    if decided:
        word = _("同意。") if row.state == AdjustmentState.APPROVED else _("不同意。")
        decision = [word, row.decision_note]
    opinion = [_("拟同意。") if row.agrees else _("拟不同意。"), row.opinion] if row.opinion else []
    return PaperForm(
        title=_("任务延期申请表") if row.kind == AdjustmentKind.DEADLINE else _("任务调整申请表"),
        number=_("编号：调整第%(n)d号") % {"n": row.pk},
        rows=[
            [Cell(_("申请单位"), agency), Cell(_("申请日期"), _day(row.proposed_at))],
            [Cell(_("方案"), row.plan.title)],
            [Cell(_("任务"), tasks or shown.title)],
            [Cell(_("申请事项"), what), Cell(_("来文文号"), row.doc_number or "—")],
            *(
                [
                    Cell(
                        line.what,
                        _("原：%(before)s\n拟调整为：%(after)s")
                        % {"before": line.before, "after": line.after},
                    )
                ]
                for line in shown.lines
            ),
            [Cell(_("生效季度"), row.effective.label), Cell(_("附件"), _files(row))],
        ],
        boxes=[
            Box(_("申请理由"), [row.reason], is_text=True),
            Box(_("申请单位意见"), seal=True),
            Box(
                _("领导小组办公室拟办意见"),
                opinion,
                signer=str(row.opinion_by or ""),
                day=_day(row.opinion_at),
                seal=True,
            ),
            Box(
                _("领导小组批准意见"),
                decision,
                signer=str(row.decided_by or "") if decided else "",
                day=_day(row.decided_at) if decided else "",
                seal=True,
            ),
        ],
        notes=[
            _("经办人：%(who)s") % {"who": row.proposed_by},
            _("本表由系统生成，严禁填写涉密信息；盖章后将扫描件上传到该项申请。"),
        ],
        author=agency,
        made=row.decided_at or row.opinion_at or row.proposed_at,
        marks=_("示例数据") if is_sample_database() else "",
    )


def _files(row: Adjustment) -> str:
    count = row.files.count()
    return _("%(n)d 件") % {"n": count} if count else _("无")


def _day(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return date_format(timezone.localtime(moment, timezone.get_default_timezone()), _("Y年n月j日"))
