"""Downloads."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from reports.exports.task_list import task_list_workbook
from reports.rollup.asked import ask
from reports.rollup.task_list import TaskList
from tasks.people.queries import is_sample_database

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def task_list_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """The task list under the page's own filters."""
    asked = ask(request, slug)
    content = task_list_workbook(asked, TaskList(asked, request.GET), is_sample=is_sample_database())
    response = HttpResponse(content, content_type=XLSX)
    name = _("任务清单-%(plan)s-%(quarter)s.xlsx") % {"plan": asked.plan.slug, "quarter": asked.quarter}
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    return response
