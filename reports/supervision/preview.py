"""How notices will look, before they get a number: they are issued and set as text, and all of it is undone.

So a preview makes the same checks and says the same as issuing would at that moment, and takes no number.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from reports.supervision import document
from reports.supervision.models import Notice
from reports.typeset import fonts
from tasks.errors import Conflict

# Of the form on which somebody pressed 预览: it is sent again by the preview, but for these.
_OWN = {"csrfmiddlewaretoken", "action"}


@dataclass(frozen=True)
class Preview:
    """The papers as their template prints them, and the agencies for which somebody else decides."""

    papers: list[dict[str, Any]]
    proposed: list[str]


def preview(act: Callable[[], Sequence[Notice]]) -> Preview:
    """What `act` would issue. Raises what it raises, and Conflict while the fonts are not prepared."""
    papers: list[dict[str, Any]] = []
    proposed = []
    with transaction.atomic():
        for notice in act():
            if not notice.is_issued:
                proposed.append(document.name_of(notice))
            elif notice.common_id is None:
                papers.append(_paper(notice))
        transaction.set_rollback(True)
    return Preview(papers, proposed)


def _paper(notice: Notice) -> dict[str, Any]:
    try:
        return {**document.composed(notice), "doc_number": _("（文号签发时编定）")}
    except fonts.FontError as error:
        raise Conflict(str(error)) from error


def preview_page(request: HttpRequest, shown: Preview, *, url: str, back: str) -> HttpResponse:
    """The page of a preview; its form sends what was typed once more, to be issued or to be changed."""
    kept = [
        (name, value) for name in request.POST if name not in _OWN for value in request.POST.getlist(name)
    ]
    context = {"shown": shown, "kept": kept, "url": url, "back": back, "count": len(shown.papers)}
    return render(request, "supervision/preview.html", context)
