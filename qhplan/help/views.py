"""Pages of 帮助: of a page, all words, and the handbook of a role on screen and as PDF."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qhplan.help import handbooks
from qhplan.help.pages import PAGES, PUBLIC, title_of
from qhplan.help.words import WORDS
from reports.paper.render import set_document
from reports.paper.views import pdf_or_reason

SHEETS = ("typeset/official.css", "typeset/handbook.css")


@login_not_required
@require_safe
def help_page(request: HttpRequest, name: str) -> HttpResponseBase:
    """The help of one page, for scripts the part alone that opens beside the page. Whoever has not signed in reads that
    of the pages that are open to everybody."""
    if not request.user.is_authenticated and name not in PUBLIC:
        return redirect_to_login(request.get_full_path())
    if name not in PAGES:
        raise Http404(_("没有这一页的帮助。"))
    context = {
        "help": PAGES[name],
        "title": title_of(name),
        "words": handbooks.words_for((name,)),
        "handbooks": handbooks.handbooks_of(request.user),
    }
    if getattr(request, "htmx", False):
        return render(request, "help/_panel.html", context)
    return render(request, "help/page.html", context)


@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    """All words, and the handbooks: the reader's own first."""
    own = handbooks.handbooks_of(request.user)
    others = [(role, handbooks.title(role)) for role in handbooks.HANDBOOKS if role not in dict(own)]
    context = {"words": WORDS.values(), "handbooks": own, "others": others}
    return render(request, "help/index.html", context)


@require_safe
def handbook(request: HttpRequest, role: str) -> HttpResponse:
    return render(request, "help/handbook.html", _content(role))


@require_safe
def handbook_pdf(request: HttpRequest, role: str) -> HttpResponse:
    content = _content(role)

    def pdf() -> bytes:
        return set_document(
            "help/handbook_print.html",
            lambda: content,
            sheets=SHEETS,
            title=content["title"],
            made=handbooks.WRITTEN,
        )

    return pdf_or_reason(pdf, content["title"])


def _content(role: str) -> dict[str, Any]:
    if role not in handbooks.HANDBOOKS:
        raise Http404(_("没有这一份手册。"))
    book = handbooks.HANDBOOKS[role]
    return {
        "role": role,
        "book": book,
        "title": handbooks.title(role),
        "chapters": handbooks.chapters(role),
        "words": handbooks.words_for(book.pages),
    }
