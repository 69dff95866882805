"""议题清单 and 汇报稿 of chosen requests, as Word documents that the office edits and files."""

from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from docx.document import Document as DocumentType

from reports.coordination.models import CoordinationStep
from reports.coordination.queries import Row
from reports.coordination.values import StepKind
from reports.typeset import word_document as word
from reports.typeset.chinese_text import numeral
from tasks.jurisdictions.queries import words_of
from tasks.models import Plan


def agenda(plan: Plan, rows: Sequence[Row], today: date) -> bytes:
    """议题清单: one line for each request, with the office's opinion."""
    opinions = _last_words(rows, StepKind.OPINION)
    document = _document(plan, _("提请协调事项议题清单"))
    word.title(document, _("提请协调事项议题清单"))
    word.table(
        document,
        [_("序号"), _("议题"), _("所涉任务"), _("提出单位"), _("拟办意见")],
        [
            [
                str(number),
                row.request.text,
                f"{row.request.task.code} {row.request.task.heading}",
                _("%(agency)s（%(since)s）") % {"agency": row.agency, "since": _since(row)},
                opinions.get(row.request.pk, ""),
            ]
            for number, row in enumerate(rows, 1)
        ],
        [12, 52, 32, 26, 34],
    )
    word.signature(document, _office(plan), _day(today))
    return word.as_bytes(document)


def report(plan: Plan, rows: Sequence[Row], today: date) -> bytes:
    """汇报稿: what each request asks, what was done about it, what the office proposes."""
    opinions = _last_words(rows, StepKind.OPINION)
    document = _document(plan, _("关于提请协调事项的汇报"))
    word.title(document, _("关于提请协调事项的汇报"))
    unanswered = sum(row.is_unanswered for row in rows)
    words = {"plan": plan.title, "n": len(rows), "day": _day(today), "u": unanswered}
    lead = _("现将《%(plan)s》实施中提请协调的%(n)d件事项汇报如下。")
    if unanswered:
        lead = _("现将《%(plan)s》实施中提请协调的%(n)d件事项汇报如下，其中%(u)d件尚未答复。")
    word.text(document, lead % words)
    for number, row in enumerate(rows, 1):
        heading = {"n": numeral(number), "code": row.request.task.code, "task": row.request.task.heading}
        word.text(document, _("%(n)s、%(task)s（任务%(code)s）") % heading, word.HEI, keep=True)
        asked = {"agency": row.agency, "since": _since(row)}
        word.text(document, row.request.text, label=_("提请事项（%(agency)s，%(since)s）：") % asked)
        word.text(document, row.outcome or _("尚未办理。"), label=_("办理情况："))
        word.text(document, opinions.get(row.request.pk) or _("（待拟）"), label=_("拟办意见："))
    word.text(document, _("以上事项，请审议。"))
    word.signature(document, _office(plan), _day(today))
    return word.as_bytes(document)


def _document(plan: Plan, title: str) -> DocumentType:
    document = word.official_page(title, _office(plan))
    word.number_pages(document)
    return document


def _office(plan: Plan) -> str:
    return words_of(plan.pk).office


def _last_words(rows: Sequence[Row], kind: StepKind) -> dict[int, str]:
    """{request id: the words of its last step of the kind}. One query."""
    steps = CoordinationStep.objects.filter(request__in=[row.request.pk for row in rows], kind=kind)
    return dict(steps.order_by("id").values_list("request", "words"))


def _since(row: Row) -> str:
    since = row.request.quarter.label
    return _("%(since)s起，第%(n)d次") % {"since": since, "n": row.times} if row.times > 1 else since


def _day(day: date) -> str:
    return date_format(day, "Y年n月j日")
