"""Downloads: tables as Excel workbooks, a task and a return as Word documents."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qhplan import clock
from reports.dashboards.page_params import ask
from reports.dashboards.presenters import phrases
from reports.dashboards.presenters import task as task_page
from reports.dashboards.queries import load_task
from reports.dashboards.task_list import TaskList
from reports.evaluation.views import evaluation_asked
from reports.exports.documents import return_document, task_document
from reports.exports.evaluation import evaluation_table
from reports.exports.scores import scores_table
from reports.exports.table import Table
from reports.exports.targets import targets_table
from reports.exports.task_list import task_list_table
from reports.exports.xlsx import workbook
from reports.figures.lookups import tasks_of
from reports.figures.target_standing import target_standings
from reports.scoring.views import shown
from tasks.audit.log import record
from tasks.people.access import signed_in
from tasks.people.queries import is_sample_database
from tasks.period_words import speak
from tasks.review.presenters import submission_page

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def task_list_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """The task list under the page's own filters."""
    asked = ask(request, slug)
    table = task_list_table(asked, TaskList(asked, request.GET), is_sample=is_sample_database())
    name = _("任务清单-%(plan)s-%(quarter)s.xlsx") % {"plan": asked.plan.slug, "quarter": asked.quarter}
    return _download(table, name)


@require_safe
def target_list_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """Every promise with its figure, path and status."""
    asked = ask(request, slug)
    standings = target_standings(asked.plan, asked.quarter, known_at=asked.known_at)
    table = targets_table(asked, standings, is_sample=is_sample_database())
    name = _("目标-%(plan)s-%(quarter)s.xlsx") % {"plan": asked.plan.slug, "quarter": asked.quarter}
    return _download(table, name)


@require_safe
def evaluation_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """What became of each promise: an edition as it was signed, or as known."""
    asked = ask(request, slug)
    if not asked.is_expired:
        raise Http404(_("方案尚未到期，没有总结评估。"))
    signed, said = evaluation_asked(asked, request.GET.get("edition", ""))
    state = (
        _("已定稿，第%(n)d版，SHA-256 %(sha)s") % {"n": signed.edition, "sha": signed.sha256}
        if signed
        else _("编制中，数据提取时间：%s") % phrases.minute(asked.known_at)
    )
    table = evaluation_table(slug, said, state=state, is_sample=is_sample_database())
    edition = f"-{signed.edition}" if signed else ""
    return _download(table, _("总结评估-%(plan)s%(edition)s.xlsx") % {"plan": slug, "edition": edition})


@require_safe
def score_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """The calculations of a period as its page shows them: all agencies, or for an agency's own people theirs."""
    found = shown(request, ask(request, slug))
    if found.scheme is None:
        raise Http404(_("这个考核期还没有施行的考核办法。"))
    if found.sheet is None:
        state = _("未公布，试算，数据提取时间：%s") % phrases.minute(found.asked.known_at)
    elif found.is_announced:
        state = _("已公布，第%(n)d版，SHA-256 %(sha)s") % {
            "n": found.sheet.edition,
            "sha": found.sheet.sha256,
        }
    else:
        state = _("待公布，SHA-256 %s") % found.sheet.sha256
    table = scores_table(
        slug,
        found.of_reader(),
        title=_("%(plan)s · %(period)s考核得分")
        % {"plan": found.asked.plan.title, "period": found.period.label},
        state=state,
        with_ranks=found.sees_ranks,
        is_sample=is_sample_database(),
    )
    return _download(table, _("考核得分-%(plan)s-%(period)s.xlsx") % {"plan": slug, "period": found.period})


@require_safe
def task_docx(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """The task as its page shows it."""
    asked = ask(request, slug)
    found = get_object_or_404(tasks_of(asked.plan), ref=ref)
    found.plan = asked.plan
    page = task_page.page(asked, request.path, load_task(asked, found))
    content = task_document(asked, page, clock.today(), is_sample=is_sample_database())
    record(by=asked.user, verb="task.download", subject=found, data={"quarter": str(asked.quarter)})
    return _word(content, f"{found.code} {found.heading[:40]}-{asked.quarter}.docx")


@require_safe
def return_docx(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A version of a return as its page shows it; speaks of the periods of its plan."""
    user = signed_in(request)
    page = submission_page(user, pk, number)
    if page.version is None:
        raise Http404(_("还没有提交过。"))
    speak(page.plan.kind)
    content = return_document(page, page.version, is_sample=is_sample_database())
    record(by=user, verb="return.download", subject=page.version)
    return _word(
        content, f"{page.task.code} {page.agency.short if page.agency else pk}-{page.quarter}-{number}.docx"
    )


def _word(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=DOCX)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    return response


def _download(table: Table[Any], name: str) -> HttpResponse:
    response = HttpResponse(workbook(table), content_type=XLSX)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    return response
