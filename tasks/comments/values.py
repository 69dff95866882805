"""What can be commented on. A room above adds its kind here by name: this one stands below all of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qhplan import clock

TEXT_LIMIT = 2000
REASON_LIMIT = 500


def _responsible(task: Any) -> list[int]:
    """Who holds a duty on the task today, the lead first."""
    if task is None:
        return []
    held = task.responsibilities.filter(known__contains=clock.now())
    return list(dict.fromkeys(held.order_by("order", "pk").values_list("agency_id", flat=True)))


@dataclass(frozen=True)
class Kind:
    """A kind of thing that can be commented on; the functions take one of its objects.

    Whoever may read the object may be shown its name: where its manager has `visible_to(user)` that says who, else
    everybody who sees the plan. `bodies` are those to whom the office is first offered to release a comment.
    """

    model: str
    word: Promise | str
    name: Callable[[Any], str]
    page: Callable[[Any], str]
    bodies: Callable[[Any], Iterable[int]] = field(default=lambda subject: ())
    related: tuple[str, ...] = ("plan",)
    deferred: tuple[str, ...] = ("plan__text", "plan__head")

    @property
    def manager(self) -> Any:
        return apps.get_model(self.model)._default_manager

    def loaded(self, ids: Iterable[int]) -> QuerySet[Any]:
        """The objects with what their names and pages need, without what is large."""
        found: QuerySet[Any] = (
            self.manager.filter(pk__in=list(ids)).select_related(*self.related).defer(*self.deferred)
        )
        return found


KINDS: dict[str, Kind] = {
    "task": Kind(
        model="tasks.Task",
        word=gettext_lazy("任务"),
        name=lambda task: f"{task.code} {task.heading}",
        page=lambda task: reverse("task", args=[task.plan.slug, task.ref]),
        bodies=_responsible,
    ),
    "target": Kind(
        model="tasks.Target",
        word=gettext_lazy("目标"),
        name=lambda target: (
            _("%(year)d年：%(text)s") % {"year": target.year, "text": target.text}
            if target.year
            else target.text
        ),
        page=lambda target: reverse("target", args=[target.plan.slug, target.order]),
        bodies=lambda target: _responsible(target.task),
        related=("plan", "task"),
    ),
    "brief": Kind(
        model="reports.Brief",
        word=gettext_lazy("简报"),
        name=lambda brief: (
            _("%(quarter)s简报 %(label)s") % {"quarter": brief.quarter.label, "label": brief.label}
        ).strip(),
        page=lambda brief: reverse("brief", args=[brief.pk]),
        deferred=("plan__text", "plan__head", "figures"),
    ),
}


def kind_of(subject: Model) -> str:
    """The key in KINDS of an object. KeyError for what cannot be commented on."""
    name = subject._meta.model_name or ""
    if name not in KINDS:
        raise KeyError(name)
    return name
