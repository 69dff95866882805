"""A task and a return as Word documents, set as official ones and edited by whoever files them: what their pages show the
same reader."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from docx.document import Document

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters.task import TaskPage
from reports.typeset import word_document as word
from tasks.jurisdictions.queries import words_of
from tasks.review.presenters import SubmissionPage
from tasks.submissions.models import ProblemCategory, Version
from tasks.templatetags.filing import said_rows
from tasks.values import Light


def return_document(page: SubmissionPage, version: Version, *, is_sample: bool) -> bytes:
    """One version of a return: who reported on what, the texts as paragraphs, the figures as a table, the decision."""
    agency = (page.agency.full or page.agency.short) if page.agency else ""
    title = _("%(quarter)s任务落实情况填报") % {"quarter": page.quarter.label}
    document = _begun(title, agency, [*page.marks, *([_("示例数据")] if is_sample else [])])
    _pairs(
        document,
        [
            (_("方案"), f"{page.plan.title}（{page.plan.doc_number}）"),
            (_("任务"), f"{page.task.code} {page.task.heading}"),
            (_("填报单位"), agency),
            (_("填报身份"), page.filing_word),
            (
                _("版本"),
                _("第%(n)d版，%(at)s提交") % {"n": version.number, "at": _moment(version.submitted_at)},
            ),
            (_("自评灯"), _light(version.light)),
            (_("核定灯"), _light(version.verified_light)),
            *([(_("核实情况"), version.get_verification_display())] if version.verified_light else []),
        ],
    )
    if version.withdrawn_at:
        word.text(document, _("这一版已于%s撤回。") % _moment(version.withdrawn_at))
    if version.elsewhere:
        word.text(document, _("内容另渠道报送。"))
    if version.no_progress:
        word.text(document, version.no_progress_reason, label=_("本季度无进展："))
    for row in said_rows(version, sees_problems=page.sees_problems):
        if row.name == "problems":
            for problem in version.problems:
                category = ProblemCategory(problem["category"]).label
                word.text(document, problem["text"], label=_("%(label)s（%(category)s）：") % {"label": row.label, "category": category})  # fmt: skip
        elif row.name not in ("light", "evidence", "figures") and row.said:
            word.text(document, row.said, label=f"{row.label}：")
    if page.figures and not version.elsewhere:
        _headed(document, _("数据"))
        rows = [[one.name, f"{one.words} {one.unit}".strip() + (f" = {one.percent}" if one.percent else ""), "；".join(filter(None, (one.period, one.stage, one.reason)))] for one in page.figures]  # fmt: skip
        word.table(document, [_("指标"), _("数值"), _("说明")], rows, [66, 45, 45])
    if page.files:
        word.text(document, "；".join(line.file.name for line in page.files), label=_("佐证材料："))
    if version.decision:
        said = f"{version.get_decision_display()}（{_moment(version.decided_at)}）"
        word.text(document, f"{said}\n{version.decision_note}".strip(), label=_("审核："))
    word.signature(document, agency, _day(version.submitted_at))
    return word.as_bytes(document)


def task_document(asked: Asked, page: TaskPage, today: date, *, is_sample: bool) -> bytes:
    """A task in a period: the words of the plan, the three statuses, who is responsible, quarter by quarter, figures and
    adjustments."""
    task = page.task
    office = words_of(asked.plan.pk).office
    document = _begun(f"{task.code} {task.heading}", office, [_("示例数据")] if is_sample else [])
    _pairs(
        document,
        [
            (_("方案"), f"{asked.plan.title}（{asked.plan.doc_number}）"),
            (_("填报周期"), asked.quarter.label),
            (_("数据提取时间"), _moment(asked.known_at)),
            (_("单位自评"), f"{_light(page.three.said.light)} {page.three.said.words}".strip()),
            (_("办公室核定"), f"{_light(page.three.verified.light)} {page.three.verified.text}".strip()),
            *([(_("任务状态"), page.term_word)] if page.term else []),
        ],
    )
    if page.section:
        _headed(document, _("方案原文"))
        for paragraph in page.section.section.paragraphs:
            word.text(document, "".join(piece.text for piece in paragraph.pieces), word.KAI)
    if page.full and not page.full.elsewhere:
        _headed(document, _("本季进展"))
        word.text(document, page.full.reason if page.full.no_progress else page.full.done, label=_("本季度无进展：") if page.full.no_progress else "")  # fmt: skip
        if page.full.next_steps:
            word.text(document, page.full.next_steps, label=_("下步打算："))
    _headed(document, _("责任单位"))
    word.table(
        document,
        [_("身份"), _("单位"), _("本季灯"), _("填报"), _("首次提交")],
        [
            [one.duty_word, one.name, _light(one.light) if one.light in Light.values else "—", one.state, _moment(one.submitted)]
            for one in page.bodies
        ],
        [18, 58, 28, 26, 26],
    )  # fmt: skip
    if page.history:
        _headed(document, _("逐季记录"))
        word.table(
            document,
            [_("季度"), _("填报单位"), _("自评灯"), _("核定灯"), _("进展与改灯理由")],
            [
                [one.quarter.label, one.agency, _light(one.reported), _light(one.verified), "\n".join(filter(None, (one.text, one.reason)))]
                for one in page.history
            ],
            [24, 32, 22, 22, 56],
        )  # fmt: skip
    if page.indicators and page.columns:
        _headed(document, _("数据"))
        wide = 84 / len(page.columns)
        word.table(
            document,
            [_("指标"), *(column.label for column in page.columns)],
            [[f"{one.name}（{one.unit}）", *(cell.words or cell.parts or "—" for cell in one.cells)] for one in page.indicators],
            [72, *(wide for _column in page.columns)],
        )  # fmt: skip
    if page.adjustments:
        _headed(document, _("调整"))
        for adjustment in page.adjustments:
            changes = "；".join(f"{line.what}：{line.before}→{line.after}" for line in adjustment.lines)
            word.text(document, _("第%(n)d号，%(since)s起：%(changes)s") % {"n": adjustment.number, "since": adjustment.row.effective.label, "changes": changes})  # fmt: skip
    word.signature(document, office, date_format(today, _("Y年n月j日")))
    return word.as_bytes(document)


def _begun(title: str, author: str, marks: Sequence[str]) -> Document:
    document = word.official_page(title, author)
    word.number_pages(document)
    word.title(document, title)
    if marks:
        word.text(document, "　".join(marks), word.KAI)
    return document


def _pairs(document: Document, pairs: Sequence[tuple[str, str]]) -> None:
    for label, said in pairs:
        word.text(document, said, label=f"{label}：")


def _headed(document: Document, heading: str) -> None:
    word.text(document, heading, word.HEI, keep=True)


def _light(light: str) -> str:
    return str(Light(light).label) if light in Light.values else "—"


def _moment(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment, timezone.get_default_timezone()):%Y-%m-%d %H:%M}" if moment else "—"


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment, timezone.get_default_timezone()), _("Y年n月j日"))
