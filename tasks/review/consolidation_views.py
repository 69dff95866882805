"""牵头汇总: the co submissions of one task side by side with the lead's own draft; each piece is taken over with a click."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.errors import Conflict, Problems
from tasks.indicators.form_rows import computed_words
from tasks.indicators.formatting import ShownFigure
from tasks.people.access import filer
from tasks.people.models import User
from tasks.plans.duties import duties
from tasks.plans.models import Frequency
from tasks.review.actions import DecisionInput, decide, may_decide
from tasks.review.consolidation import Piece, adopt, pieces_of, take_out
from tasks.review.filing_requirements import call, callable_agencies, requirements
from tasks.submissions import transitions
from tasks.submissions.address import Place, asked_figures, find
from tasks.submissions.figures import figures_of, typed_figures
from tasks.submissions.marks import marks_of
from tasks.submissions.models import Decision, Version
from tasks.values import Duty


@dataclass(frozen=True)
class CoRow:
    """One co agency of the task: its last co submission, if there is one, with its pieces."""

    name: str
    slug: str
    version: Version | None
    pieces: tuple[tuple[Piece, bool], ...]  # (piece, whether it was taken over)
    figures: Sequence[ShownFigure]
    may_decide: bool
    marks: Sequence[str] = ()  # of the version (tasks.submissions.marks)

    @property
    def fresh(self) -> int:
        return sum(not taken for _piece, taken in self.pieces)


@require_http_methods(["GET", "HEAD", "POST"])
def consolidate(request: HttpRequest, slug: str, quarter_text: str, ref: str) -> HttpResponse:
    """The lead's view of one task's co submissions. POST takes pieces over or out, or adopts a submission as a whole."""
    user = filer(request)
    place = find(user, slug, quarter_text, ref)
    if place.duty.duty != Duty.LEAD:
        raise Http404(_("本单位不牵头这项任务。"))
    if request.method == "POST":
        return _act(request, user, place)
    return _page(request, user, place)


def _act(request: HttpRequest, user: User, place: Place) -> HttpResponse:
    action = request.POST.get("action", "")
    if action == "call":
        return _call(request, user, place)
    version_id = request.POST.get("version", "")
    revision = request.POST.get("revision", "")
    if not version_id.isdecimal() or len(version_id) > 18 or (revision and not revision.isdecimal()):
        raise Http404
    key: dict[str, Any] = {
        "by": user,
        "plan_id": place.plan.pk,
        "quarter": place.quarter,
        "task_id": place.duty.task_id,
        "version_id": int(version_id),
        "revision": int(revision) if revision else None,
    }
    keys = request.POST.getlist("piece")
    back = f"{reverse('consolidate', args=place.url_args)}#v-{version_id}"
    try:
        if action == "adopt":
            adopt(**key, keys=keys)
            messages.success(request, _("已引用到汇总草稿，来源留在旁边。"))
        elif action == "take_out" and len(keys) == 1:
            take_out(**key, key=keys[0])
            messages.success(request, _("已从草稿撤下。"))
        elif action == "accept":
            # Only a co submission of this very task. The write path checks whose it is and whether it may be decided.
            if not Version.objects.filter(
                pk=int(version_id), task=place.duty.task_id, quarter=place.quarter
            ).exists():
                raise Http404
            decide(by=user, decisions=[DecisionInput(int(version_id), accept=True)])
            messages.success(request, _("已采纳。"))
        else:
            raise Http404
    except Problems as error:
        return _page(request, user, place, error=str(error), status=422)
    except Conflict as error:
        fresh = find(user, place.plan.slug, str(place.quarter), place.duty.task.ref)
        return _page(request, user, fresh, error=str(error), status=409)
    return redirect(back)


def _call(request: HttpRequest, user: User, place: Place) -> HttpResponse:
    chosen = {int(text) for text in request.POST.getlist("agency") if text.isdecimal() and len(text) < 19}
    try:
        call(by=user, task=place.duty.task, quarter=place.quarter, agencies=chosen)
    except Problems as error:
        return _page(request, user, place, error=str(error), status=422)
    messages.success(request, _("已点名，所选单位本期须报。"))
    return redirect(reverse("consolidate", args=place.url_args))


def _page(
    request: HttpRequest, user: User, place: Place, *, error: str = "", status: int = 200
) -> HttpResponse:
    head = place.submission
    taken = {(item["version"], item["piece"]) for item in (head.adopted if head else [])}
    versions = {
        version.agency_id: version
        for version in Version.objects.filter(task=place.duty.task, quarter=place.quarter, duty=Duty.CO)
        .current()
        .select_related("submission", "task", "decided_by")
    }
    figures = figures_of(list(versions.values()))
    marks = marks_of(version.pk for version in versions.values())
    owed = list(
        duties([place.plan.pk], place.quarter)
        .filter(task=place.duty.task, duty=Duty.CO)
        .select_related("agency")
        .order_by("order", "pk")
    )
    names = names_at(place.quarter)
    rows = []
    deciding = place.is_open
    for duty in owed:
        version = versions.get(duty.agency_id)
        pieces = pieces_of(version) if version and version.decision != Decision.RETURNED else []
        rows.append(
            CoRow(
                name=names[duty.agency_id].short if duty.agency_id in names else duty.agency.slug,
                slug=duty.agency.slug,
                version=version,
                pieces=tuple(
                    (piece, version is not None and (version.pk, piece.key) in taken) for piece in pieces
                ),
                figures=figures[version.pk] if version else (),
                may_decide=deciding and version is not None and not version.decision,
                marks=marks[version.pk] if version else (),
            )
        )
    # One check for all: a lead that may decide one co submission of its task may decide each that is not its own.
    first = next((row.version for row in rows if row.may_decide and row.version is not None), None)
    may = first is not None and may_decide(user, first)
    asked = asked_figures(place.duty, place.quarter)
    may_adopt = place.is_open and (head is None or head.state in transitions.EDITABLE)
    rows.sort(key=lambda row: (row.version is None, row.version is not None and bool(row.version.decision)))
    return render(
        request,
        "filing/consolidate.html",
        {
            "plan": place.plan,
            "quarter": place.quarter,
            "task": place.duty.task,
            "cycle": place.cycle,
            "submission": head,
            "rows": [row for row in rows if row.version is not None],
            "missing": [row for row in rows if row.version is None],
            "came": sum(row.version is not None for row in rows),
            "waiting": sum(row.version is not None and not row.version.decision for row in rows),
            "red": [row.name for row in rows if row.version and row.version.light == "red"],
            "computed": [(one.name, computed_words(one)) for one in asked if one.computed is not None],
            "typed": typed_figures(head.figures if head else {}, asked),
            "may_adopt": may_adopt,
            "may_decide": may,
            "callable": _callable(place, names),
            "error": error,
            # No link leads to a form that cannot be written in.
            "edit_url": reverse("return_edit", args=place.url_args) if may_adopt else "",
        },
        status=status,
    )


def _callable(place: Place, names: Mapping[int, AgencyName]) -> list[tuple[int, str, str]]:
    """[(agency id, name, role)] of those that the lead may call for this quarter."""
    required = requirements(place.plan, place.quarter)
    if Frequency.CALLED not in required.values() or not place.is_open:
        return []
    return [
        (
            row.agency_id,
            names[row.agency_id].short if row.agency_id in names else row.agency.slug,
            str(Duty(row.role).label),
        )
        for row in callable_agencies(place.duty.task, place.quarter)
        if required.get(row.role) == Frequency.CALLED
    ]
