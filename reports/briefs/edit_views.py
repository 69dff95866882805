"""The editor of a draft: its running text one by one, and the imprint. Figures cannot be edited."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from reports.briefs import jobs
from reports.briefs.models import Brief, BriefState
from reports.briefs.queries import IMPRINT, Written, written
from reports.briefs.render import composed_words
from reports.typeset import fonts
from tasks.errors import Conflict, Problems
from tasks.people.access import allowed, signed_in
from tasks.people.rules import may_make_briefs

IMPRINT_WORDS = (
    ("secrecy", gettext_lazy("密级（空为“内部资料”）")),
    ("copy_number", gettext_lazy("份号")),
    ("report_to", gettext_lazy("报")),
    ("send_to", gettext_lazy("送")),
    ("distribute_to", gettext_lazy("发")),
    ("copies", gettext_lazy("共印份数")),
    ("drafted_by", gettext_lazy("拟稿")),
    ("checked_by", gettext_lazy("核稿")),
    ("signed_by", gettext_lazy("签发")),
)


@dataclass(frozen=True)
class Field:
    """One text of the editor as its template sees it."""

    key: str
    label: str
    text: str
    composed: str
    errors: list[str]

    @property
    def id_for_label(self) -> str:
        return "t-" + self.key.replace("/", "-")

    @property
    def is_changed(self) -> bool:
        return self.text != self.composed

    @property
    def rows(self) -> int:
        return min(12, 2 + len(self.text) // 48)


@require_http_methods(["GET", "POST"])
@allowed(may_make_briefs)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Words of the draft, each beside nothing but itself: what comes from the figures stands between ⟦ and ⟧."""
    user = signed_in(request)
    brief = get_object_or_404(Brief.objects.visible_to(user).select_related("plan"), pk=pk)
    if brief.state != BriefState.DRAFT:
        messages.error(request, _("只有草稿可以修改文字。"))
        return redirect("brief", pk=pk)
    if not fonts.fonts_ready():
        messages.error(request, _("简报字体尚未准备好，请稍后再试。"))
        return redirect("brief", pk=pk)
    composed = composed_words(brief.figures)
    holding = written(brief)
    wrong: dict[str, list[str]] = {}
    typed: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        typed = {
            key: value.replace("\r\n", "\n")
            for key, value in request.POST.items()
            if isinstance(value, str) and (key in composed or key.startswith(IMPRINT))
        }
        seen = request.POST.get("seen", "")
        try:
            count = jobs.ask_amend(
                by=user,
                brief=brief,
                texts=typed,
                composed=composed,
                seen=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 12 else -1,
            )
        except Problems as problems:
            wrong, status = problems.by_field(), 422
        except Conflict as conflict:
            messages.error(request, str(conflict))
            status = 409
        else:
            said = _("已改%(n)d处，正在重排草稿。") % {"n": count} if count else _("没有改动。")
            messages.success(request, said)
            return redirect("brief", pk=pk)
    texts = _texts(composed, holding, typed, wrong)
    imprint = _imprint(holding, typed, wrong)
    context = {
        "nav": "briefs",
        "plan": brief.plan,
        "brief": brief,
        "title": _("修改文字：%(title)s") % {"title": brief.title},
        "crumbs": [(_("简报"), reverse("brief_list")), (brief.title, reverse("brief", args=[pk]))],
        "texts": texts,
        "imprint": imprint,
        "seen": holding.last,
        "problems": [
            {"field_id": one.id_for_label, "text": f"{one.label}：{error}"}
            for one in [*imprint, *texts]
            for error in one.errors
        ],
    }
    return render(request, "briefs/edit.html", context, status=status)


def _texts(
    composed: dict[str, str], holding: Written, typed: dict[str, str], wrong: dict[str, list[str]]
) -> list[Field]:
    return [
        Field(
            key,
            _("第%(n)d处") % {"n": number},
            typed.get(key, holding.words.get(key, text)),
            text,
            wrong.get(key, []),
        )
        for number, (key, text) in enumerate(composed.items(), 1)
    ]


def _imprint(holding: Written, typed: dict[str, str], wrong: dict[str, list[str]]) -> list[Field]:
    found: list[Any] = []
    for name, label in IMPRINT_WORDS:
        key = IMPRINT + name
        kept = getattr(holding.imprint, name)
        text = typed.get(key, str(kept) if kept else "")
        found.append(Field(key, str(label), text, "", wrong.get(key, [])))
    return found
