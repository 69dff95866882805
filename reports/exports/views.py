"""Downloads of tables as Excel workbooks."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from reports.dashboards.page_params import ask
from reports.dashboards.presenters import phrases
from reports.dashboards.task_list import TaskList
from reports.evaluation.views import evaluation_asked
from reports.exports.evaluation import evaluation_table
from reports.exports.scores import scores_table
from reports.exports.table import Table
from reports.exports.targets import targets_table
from reports.exports.task_list import task_list_table
from reports.exports.xlsx import workbook
from reports.figures.target_standing import target_standings
from reports.scoring.views import shown
from tasks.people.queries import is_sample_database

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def task_list_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """The task list under the page's own filters."""
    asked = ask(request, slug)
    table = task_list_table(asked, TaskList(asked, request.GET), is_sample=is_sample_database())
    name = _("任务清单-%(plan)s-%(quarter)s.xlsx") % {"plan": asked.plan.slug, "quarter": asked.quarter}
    return _download(table, name)


def target_list_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """Every promise with its figure, path and status."""
    asked = ask(request, slug)
    standings = target_standings(asked.plan, asked.quarter, known_at=asked.known_at)
    table = targets_table(asked, standings, is_sample=is_sample_database())
    name = _("目标-%(plan)s-%(quarter)s.xlsx") % {"plan": asked.plan.slug, "quarter": asked.quarter}
    return _download(table, name)


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


def _download(table: Table[Any], name: str) -> HttpResponse:
    response = HttpResponse(workbook(table), content_type=XLSX)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    return response
