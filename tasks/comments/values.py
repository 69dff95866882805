"""The kinds of objects that can be commented on. Models of higher packages are named as text and not imported."""

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
    """Ids of the agencies that have a duty on the task now, the lead first."""
    if task is None:
        return []
    responsibilities = task.responsibilities.filter(known__contains=clock.now())
    return list(dict.fromkeys(responsibilities.order_by("order", "pk").values_list("agency_id", flat=True)))


def _in_plan(plan_id: int) -> list[int]:
    """The same of all tasks of a plan, in the order of agencies."""
    duties: Any = apps.get_model("tasks.Responsibility")._default_manager
    found = duties.filter(task__plan=plan_id, known__contains=clock.now()).order_by("agency__order", "agency")
    return list(dict.fromkeys(found.values_list("agency_id", flat=True)))


@dataclass(frozen=True)
class Kind:
    """A kind of object that can be commented on; the functions take one of its objects.

    A user may see the name of an object that the user may read: by `visible_to(user)` of its manager if it has one,
    else by `may_see_plan`. `agencies` returns the ids of the agencies first offered for a release.
    """

    model: str
    word: Promise | str
    name: Callable[[Any], str]
    page: Callable[[Any], str]
    agencies: Callable[[Any], Iterable[int]] = field(default=lambda subject: ())
    related: tuple[str, ...] = ("plan",)
    deferred: tuple[str, ...] = ("plan__text", "plan__head")

    @property
    def manager(self) -> Any:
        return apps.get_model(self.model)._default_manager

    def loaded(self, ids: Iterable[int]) -> QuerySet[Any]:
        """The objects with the relations that their names and pages need, without large fields."""
        objects: QuerySet[Any] = (
            self.manager.filter(pk__in=list(ids)).select_related(*self.related).defer(*self.deferred)
        )
        return objects


KINDS: dict[str, Kind] = {
    "task": Kind(
        model="tasks.Task",
        word=gettext_lazy("任务"),
        name=lambda task: f"{task.code} {task.heading}",
        page=lambda task: reverse("task", args=[task.plan.slug, task.ref]),
        agencies=lambda task: _responsible(task) or _in_plan(task.plan_id),
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
        agencies=lambda target: _responsible(target.task) or _in_plan(target.plan_id),
        related=("plan", "task"),
    ),
    "brief": Kind(
        model="reports.Brief",
        word=gettext_lazy("简报"),
        name=lambda brief: f"{brief.title} {brief.label}".strip(),
        page=lambda brief: reverse("brief", args=[brief.pk]),
        agencies=lambda brief: _in_plan(brief.plan_id),
        deferred=("plan__text", "plan__head", "figures"),
    ),
}


def kind_of(subject: Model) -> str:
    """The key of an object in KINDS. Raises KeyError for objects that cannot be commented on."""
    name = subject._meta.model_name or ""
    if name not in KINDS:
        raise KeyError(name)
    return name
