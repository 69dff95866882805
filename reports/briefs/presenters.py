"""What the lists and the page of a brief show, as dataclasses."""

from dataclasses import dataclass
from datetime import datetime

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from reports.briefs.models import Brief, BriefState
from reports.briefs.permissions import may_take_file
from reports.briefs.queries import FileRow
from tasks.people.models import User


@dataclass(frozen=True)
class BriefRow:
    """One line of a list (_parts/brief_row.html). `number` is 第3期, "" for a draft; `pdf_url` is "" where the reader may not
    download the file, or there is none; `plan` is its title where a list has briefs of several; `made` is the moment of the brief's last change of state."""

    number: str
    title: str
    url: str
    edition: str
    state: str
    made: datetime
    pages: int | None
    sha256: str
    pdf_url: str
    size: str
    withdrawn: bool
    plan: str = ""


def brief_row(
    brief: Brief, file: FileRow | None, user: User, *, is_stopped: bool = False, plan: str = ""
) -> BriefRow:
    """The line of a brief; `is_stopped`: its set was stopped before it was made."""
    can_open = file is not None and may_take_file(user, brief)
    return BriefRow(
        number=_number(brief),
        title=brief.title,
        url=reverse("brief", args=[brief.pk]),
        edition=_("第%(edition)d版") % {"edition": brief.edition} if brief.edition else "",
        state=_("已停止") if is_stopped else str(brief.get_state_display()),
        made=brief.discarded_at or brief.issued_at or brief.frozen_at or brief.asked_at,
        pages=file.pages if file else None,
        sha256=file.sha256 if file else "",
        pdf_url=f"{reverse('brief_pdf', args=[brief.pk])}?download=1" if can_open else "",
        size=filesizeformat(file.size) if file else "",
        withdrawn=brief.state == BriefState.WITHDRAWN,
        plan=plan,
    )


def _number(brief: Brief) -> str:
    if brief.number:
        return _("第%(number)d期") % {"number": brief.number}
    return _("无期号") if brief.is_numbered else ""
