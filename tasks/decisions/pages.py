"""What the page of a decided version shows of the ways back, and what it does with their forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tasks import typed
from tasks.decisions.actions import (
    Kind,
    correct,
    correction_obstacles,
    opposite,
    undo,
    undo_obstacles,
)
from tasks.decisions.forms import OppositeForm, UndoForm
from tasks.decisions.models import Ruling
from tasks.people.models import User
from tasks.web.acting import refusals_on


@dataclass(frozen=True)
class WaysBack:
    """What the reader of a version's page can change of its decision; templates/_parts/ways_back.html shows it."""

    undoable: bool  # the reader decided it and may take that back
    undo_bound: str  # why the reader, who decided it, cannot
    correct_to: str  # to what the reader may correct it, as the button says; empty for those who may not
    decisions: list[Any]  # all decisions on the version, the last first, where there is more than one
    undoing: forms.Form
    correcting: forms.Form


def ways_back(user: User, kind: Kind, version: Any, forms_: Mapping[str, forms.Form]) -> WaysBack:
    """For the page of a version with its head; `forms_` holds the form that was refused, by its prefix."""
    why = undo_obstacles(kind, user, [version]).get(version.pk, "")
    own = version.decision and version.decided_by_id == user.pk
    to = opposite(kind, version)
    if to and (own or correction_obstacles(kind, user, [version]) or not _may(user, kind, version)):
        to = ""
    label = dict(kind.versions._meta.get_field("decision").flatchoices).get(to, "")  # type: ignore[union-attr]
    return WaysBack(
        undoable=bool(own) and not why,
        undo_bound=why if own and to_say(kind, version) else "",
        correct_to=str(label),
        decisions=history(version),
        undoing=forms_.get("undo") or UndoForm(),
        correcting=forms_.get("correct") or OppositeForm(),
    )


def to_say(kind: Kind, version: Any) -> bool:
    """Whether it is worth saying why a decision cannot be taken back: only while the agency has not gone on from it."""
    return getattr(version, kind.head).state in kind.undone.sources


def history(version: Any) -> list[Any]:
    """All decisions on a version, the last first; none where there is but one."""
    records: list[Ruling] = list(version.decisions.select_related("decided_by").order_by("-id"))
    return records if len(records) > 1 else []


def _may(user: User, kind: Kind, version: Any) -> bool:
    try:
        kind.check(user, [version])
    except PermissionDenied:
        return False
    return True


def change(
    request: HttpRequest,
    user: User,
    kind: Kind,
    head_id: int,
    *,
    show: Callable[[Mapping[str, forms.Form], int], HttpResponse],
    done: Callable[[bool], HttpResponse],
) -> HttpResponse | None:
    """What a page does with a form of ways_back; None where the request sends none of them. `show` shows the page again
    with the form and a status, `done` answers; it is told whether the act was done, or somebody else was faster."""
    action = request.POST.get("action", "")
    if action not in {"undo", "correct"}:
        return None
    form = UndoForm(request.POST) if action == "undo" else OppositeForm(request.POST)
    if not form.is_valid():
        return show({action: form}, 422)
    rows = kind.versions._default_manager.filter(**{kind.head: head_id}, number=form.cleaned_data["version"])
    version = rows.first()
    if version is None:
        raise PermissionDenied(_("没有这一版。"))
    reason = typed.prose(form.cleaned_data["reason"])
    with refusals_on(form, told_to=request) as outcome:
        if action == "undo":
            undo(kind, by=user, versions=[version.pk], reason=reason)
        else:
            correct(kind, by=user, decisions={version.pk: opposite(kind, version)}, reason=reason)
    if outcome.is_done or outcome.is_conflict:
        return done(outcome.is_done)
    return show({action: form}, outcome.status)
