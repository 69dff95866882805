"""审核单: the review of one version of a return on a sheet, with room for signature and seal."""

from datetime import datetime

from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.paper.values import Box, Cell, PaperForm
from tasks.agencies.queries import names_at
from tasks.jurisdictions.queries import words_of
from tasks.people.queries import is_sample_database, office_agency_ids
from tasks.submissions.marks import marks_of
from tasks.submissions.models import Decision, ProblemCategory, Version
from tasks.submissions.paper.models import PaperKind
from tasks.values import Duty, Light, filing_word
from tasks.wording import current


def review_sheet(version: Version) -> PaperForm:
    """What was reported in short, and what was found; boxes stay empty where nothing was decided yet."""
    names = names_at(version.quarter, [version.agency_id])
    name = names.get(version.agency_id)
    agency = (name.full or name.short) if name else ""
    lead = version.duty == Duty.LEAD
    # Of the decision that stands, and not of one that was taken back or corrected since.
    paper = version.papers.filter(
        kind=PaperKind.REVIEW, decision__decided_at=F("version__decided_at")
    ).first()
    signer = paper.signer if paper else str(version.decided_by or "")
    day = date_format(paper.signed_on, _("Y年n月j日")) if paper else _moment(version.decided_at)
    decided = bool(version.decision)
    is_offices = lead and version.agency_id in office_agency_ids(version.task.plan_id)
    reviewer = words_of(version.task.plan_id).second_reviewer if is_offices else ""
    return PaperForm(
        title=_("任务落实情况审核单") if lead else _("配合任务落实情况审核单"),
        number=_("编号：%(id)s—%(version)s") % {"id": version.submission_id, "version": version.number},
        rows=[
            [Cell(_("方案"), version.task.plan.title)],
            [Cell(_("任务"), f"{version.task.code} {version.task.heading}")],
            [Cell(_("填报单位"), agency), Cell(_("报送期"), version.quarter.label)],
            [
                Cell(_("填报身份"), filing_word(version.duty, version.duty)),
                Cell(_("提交"), _moment(version.submitted_at)),
            ],
            [
                Cell(_("自评灯"), _("另渠道报送") if version.elsewhere else _light(version.light)),
                Cell(_("自评进度"), "—" if version.progress is None else f"{version.progress}%"),
            ],
            [
                Cell(_("核定灯"), _light(version.verified_light)),
                Cell(_("核实情况"), version.get_verification_display() if lead and decided else "—"),
            ],
            *([[Cell(_("复核机构"), reviewer)]] if reviewer else []),
        ],
        boxes=[
            Box(_("填报内容"), _said(version), is_text=True),
            Box(
                _("审核意见"),
                _opinion(version),
                signer=signer if decided else "",
                day=day if decided else "",
                seal=True,
            ),
            *([] if decided else [Box(_("审批意见"), seal=True)]),
        ],
        notes=[
            _("线下审核，%(who)s录入。") % {"who": paper.recorded_by} if paper else "",
            _("填报单位的人不在本单签字。本单由系统生成，严禁填写涉密信息。"),
        ],
        author=agency,
        made=version.decided_at or version.submitted_at,
        marks="　".join(
            [
                *marks_of([version.pk])[version.pk],
                *([_("示例数据")] if is_sample_database() else []),
            ]
        ),
    )


def _said(version: Version) -> list[str]:
    if version.elsewhere:
        return [_("内容另渠道报送。")]
    said = []
    if version.no_progress:
        said.append(_("本季度无进展：%(why)s") % {"why": version.no_progress_reason})
    said += [version.done]
    said += [
        _("存在问题（%(category)s）：%(text)s")
        % {"category": ProblemCategory(item["category"]).label, "text": item["text"]}
        for item in version.problems
    ]
    for label, text in (
        (current().coordination, version.coordination),
        (_("下步打算"), version.next_steps),
    ):
        if text:
            said.append(f"{label}：{text}")
    return [text for text in said if text]


def _opinion(version: Version) -> list[str]:
    if not version.decision:
        return []
    if version.decision == Decision.RETURNED:
        word = _("退回修改。")
    else:
        word = _("核定通过。") if version.duty == Duty.LEAD else _("采纳。")
    return [word, version.decision_note]


def _light(light: str) -> str:
    return f"{Light(light).label}" if light else "—"


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return date_format(timezone.localtime(moment, timezone.get_default_timezone()), _("Y年n月j日"))
