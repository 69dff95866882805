"""The editor of a draft: its running text one by one, and the imprint. Figures cannot be edited."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from reports.briefs import jobs
from reports.briefs.kinds import KINDS
from reports.briefs.models import Brief, BriefState
from reports.briefs.queries import IMPRINT, Written, written
from reports.briefs.render import compose
from reports.briefs.text_labels import labels_of
from reports.typeset import fonts
from tasks.errors import Conflict, Problems
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_make_briefs
from tasks.period_words import speak

IMPRINT_WORDS = (
    ("secrecy", gettext_lazy("标注（留空为“内部资料”，可填“内部资料 注意保存”）")),
    ("copy_number", gettext_lazy("份号")),
    ("report_to", gettext_lazy("报")),
    ("send_to", gettext_lazy("送")),
    ("distribute_to", gettext_lazy("发")),
    ("printed_by", gettext_lazy("印发机关（留空为办公室）")),
    ("copies", gettext_lazy("共印份数")),
    ("drafted_by", gettext_lazy("拟稿")),
    ("checked_by", gettext_lazy("核稿")),
    ("signed_by", gettext_lazy("签发")),
)


@dataclass(frozen=True)
class Field:
    """One text as the template shows it. `theirs` is a colleague's version of a text that this editor has changed as well, None
    where they do not differ; `is_taken_over`: only the colleague changed it."""

    key: str
    label: str
    text: str
    composed: str
    errors: list[str]
    theirs: str | None = None
    is_taken_over: bool = False

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
    """The texts of the draft, one by one; what comes from the figures is between ⟦ and ⟧."""
    user = signed_in(request)
    brief = get_object_or_404(Brief.objects.visible_to(user).select_related("plan"), pk=pk)
    speak(brief.plan.kind)
    if brief.state != BriefState.DRAFT:
        messages.error(request, _("只有草稿可以修改文字。"))
        return redirect("brief", pk=pk)
    if not fonts.fonts_ready():
        messages.error(request, _("简报字体尚未准备好，请稍后再试。"))
        return redirect("brief", pk=pk)
    made = compose(brief.figures)
    composed = made.words
    wrong: dict[str, list[str]] = {}
    typed: dict[str, str] = {}
    seen = None
    status = 200
    if request.method == "POST":
        typed = {
            key: value.replace("\r\n", "\n")
            for key, value in request.POST.items()
            if isinstance(value, str) and (key in composed or key.startswith(IMPRINT))
        }
        posted_seen = request.POST.get("seen", "")
        is_number = posted_seen.isascii() and posted_seen.isdecimal() and len(posted_seen) < 12
        seen = int(posted_seen) if is_number else -1
        try:
            count = jobs.ask_amend(
                by=user,
                brief=brief,
                texts=typed,
                composed=composed,
                seen=seen,
            )
        except Problems as problems:
            wrong, status = problems.by_field(), 422
        except Conflict as conflict:
            messages.error(request, str(conflict))
            status = 409
        else:
            text = _("已改%(n)d处，正在重排草稿。") % {"n": count} if count else _("没有改动。")
            messages.success(request, text)
            return redirect("brief", pk=pk)
    # Read after the attempt to save: what the page shows, and is then taken to have shown, is what holds now.
    holding = written(brief)
    sheet = _Sheet(composed, holding, holding if seen is None else written(brief, seen=seen), typed, wrong)
    kind = KINDS[brief.kind]
    labels = labels_of(made, brief.figures)
    texts = [sheet.field(key, labels[key]) for key in composed]
    imprint = [
        sheet.field(IMPRINT + name, str(label))
        for name, label in IMPRINT_WORDS
        if name in kind.imprint_fields
    ]
    clashes = [one for one in [*imprint, *texts] if one.theirs is not None]
    context = {
        "plan": brief.plan,
        "brief": brief,
        "title": _("修改文字：%(title)s") % {"title": brief.title},
        "crumbs": [(brief.title, reverse("brief", args=[pk]))],
        "texts": texts,
        "imprint": imprint,
        "seen": holding.last,
        "is_unsaved": bool(typed),
        "problems_title": _("有%(n)d处两人都改过，请对照后再保存") % {"n": len(clashes)} if clashes else "",
        "problems": [
            *({"field_id": one.id_for_label, "text": one.label} for one in clashes),
            *(
                {"field_id": one.id_for_label, "text": f"{one.label}：{error}"}
                for one in [*imprint, *texts]
                for error in one.errors
            ),
        ],
    }
    return render(request, "briefs/edit.html", context, status=status)


@dataclass(frozen=True)
class _Sheet:
    """What the page shows of every text: what was typed, or else what holds now. `based_on` is what the editor's page had
    shown, so that a text that the editor left alone shows a colleague's change, and saving again does not undo it."""

    composed: dict[str, str]
    holding: Written
    based_on: Written
    typed: dict[str, str]
    wrong: dict[str, list[str]]

    def field(self, key: str, label: str) -> Field:
        composed, errors = self.composed.get(key, ""), self.wrong.get(key, [])
        now, before = self._text(self.holding, key), self._text(self.based_on, key)
        mine = self.typed.get(key, before)
        if mine.strip() == before.strip():
            return Field(key, label, now, composed, errors, is_taken_over=now.strip() != before.strip())
        is_clash = now.strip() not in (before.strip(), mine.strip())
        return Field(key, label, mine, composed, errors, theirs=now if is_clash else None)

    def _text(self, held: Written, key: str) -> str:
        if not key.startswith(IMPRINT):
            return held.words.get(key, self.composed[key])
        kept = getattr(held.imprint, key.removeprefix(IMPRINT))
        return str(kept) if kept else ""
