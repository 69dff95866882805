"""Who reads one plan does not read the others: where a rule learns for which plan it is asked.

- A page or route names its plan in its address, in `?plan=`, or by the object that it shows. `user_for` narrows the
  user to that plan before any rule is asked, and says 404 where the person has no part in it.
- A list over several plans narrows its rows: `over_plans`, which every `visible_to` goes through.
- A write narrows its actor to the plans of what it changes (`User.at`); the audit log refuses an event about a plan that
  its actor does not speak of (`check_reach`).

For a person whose appointments are all for all plans, which is the usual case, nothing of this costs a query.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, TypeVar

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from tasks.people.models import BUSINESS_ROLES, User

# By which of its fields an object belongs to a plan, in this order.
_WAYS = (
    "plan", "cycle", "task", "submission", "version", "project", "work_plan", "brief", "notice", "instruction", "sheet",
    "indicator", "responsibility", "adjustment", "answer",
)  # fmt: skip

Rows = TypeVar("Rows", bound=models.QuerySet[Any])


def plan_path(model: Any) -> str | None:
    """The lookup from a row to its plan's id; None for what belongs to no plan."""
    return _path(model)


@cache
def _path(model: Hashable) -> str | None:
    assert isinstance(model, type)
    assert issubclass(model, models.Model)
    if model._meta.label == "tasks.Plan":
        return "pk"
    fields = {
        field.name: field for field in model._meta.get_fields() if field.many_to_one or field.one_to_one
    }
    for name in _WAYS:
        if name in fields and not fields[name].auto_created:
            further: str | None = plan_path(fields[name].related_model)
            if further is not None:
                return name if further == "pk" else f"{name}__{further}"
    return None


def over_plans(rows: Rows, user: User, rule: Callable[[Rows, User], Rows], path: str | None = None) -> Rows:
    """`rule(rows, user)`, which narrows the rows to what the user may see, asked for each plan that differs for them."""
    if not user.is_limited:
        return rule(rows, user)
    path = path or plan_path(rows.model) or ""
    every = type(rows)(rows.model)
    own = user.own_plan_ids
    found = Q(pk__in=rule(every.exclude(**{f"{path}__in": own}), user.at(0)).values("pk"))
    for plan_id in own:
        found |= Q(pk__in=rule(every.filter(**{path: plan_id}), user.at(plan_id)).values("pk"))
    return rows.filter(found)


def by_plan(visible_to: Callable[[Any, User], Rows]) -> Callable[[Any, User], Rows]:
    """Decorator of a queryset's `visible_to(user)`."""

    @wraps(visible_to)
    def over(rows: Any, user: User) -> Rows:
        seen: Rows = over_plans(rows, user, visible_to)
        return seen

    return over


def seen_plans(user: User, path: str = "pk") -> Q:
    """The rows, or the plans themselves, of the plans in which the user has a part."""
    return plans_where(user, lambda one: one.has(*BUSINESS_ROLES), path)


def plans_where(user: User, rule: Callable[[User], bool], path: str = "pk") -> Q:
    """The rows, or the plans themselves, of the plans for which the user has a right."""
    if not user.is_limited:
        return Q()
    answers = {plan_id: rule(user.at(plan_id)) for plan_id in user.own_plan_ids}
    usual = rule(user.at(0))
    differing = [plan_id for plan_id, answer in answers.items() if answer is not usual]
    if usual:
        return ~Q(**{f"{path}__in": differing}) if differing else Q()
    return Q(**{f"{path}__in": differing})


def check_reach(by: User, objects: Iterable[models.Model]) -> None:
    """Raise PermissionDenied if one of the objects belongs to a plan of which the actor does not speak."""
    if not by.is_limited:
        return
    ids: dict[type[models.Model], list[Any]] = {}
    for one in objects:
        if plan_path(type(one)) is not None:
            ids.setdefault(type(one), []).append(one.pk)
    for model, pks in ids.items():
        found = model._base_manager.filter(pk__in=pks).values_list(plan_path(model) or "", flat=True)
        if any(plan_id is not None and not by.speaks_of(plan_id) for plan_id in found):
            raise PermissionDenied(_("这属于另一个方案，您对那个方案没有此项权限。"))


# -- the plan of a page -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Routes:
    """What the addresses name, by their URL names.

    `objects`: the model, or a function of the arguments, whose row `pk` belongs to a plan. `asked`: pages that take
    `?plan=`, or the plan that their reader sees first. `across`: lists over several plans, whose rows are narrowed one
    by one. `batches`: writes whose actions narrow the actor to the plans of their rows. All others with no plan in their
    path belong to the whole site and need an appointment for all plans.
    """

    objects: Mapping[str, str | Callable[[Mapping[str, Any]], int | None]]
    asked: frozenset[str]
    across: frozenset[str]
    batches: frozenset[str]
    first_plan: Callable[[User], str | None]


_routes: list[Routes] = []


def register(routes: Routes) -> None:
    _routes[:] = [routes]


@dataclass(frozen=True)
class PlanNamed:
    """The plan that an address names: by its slug, or by the ids of the plan of the object that the page shows (a
    queryset that has not been run, or a tuple; none where the object does not exist)."""

    slug: str = ""
    ids: Iterable[int | None] = ()

    @property
    def condition(self) -> Q:
        """The plan among plans, without a query. No plan's slug has a NUL, which the database refuses to compare."""
        if self.slug:
            return Q(pk__in=()) if "\0" in self.slug else Q(slug=self.slug)
        return Q(pk__in=self.ids)

    def narrow(self, user: User) -> User:
        """One query where an object names the plan. Without such an object the user is narrowed to no plan: the page then
        says so itself, or the user has no part in it."""
        return user.at_slug(self.slug) if self.slug else user.at(next(iter(self.ids), 0) or 0)


def plan_named(
    user: User | None, url_name: str, arguments: Mapping[str, Any], named: Callable[[], str]
) -> PlanNamed | None:
    """The plan of a page or route; None for what belongs to the whole site or lists several plans. `named` finds the plan
    that the request names beside its path. At most one query, for the plan that the reader sees first; comments take up
    to two."""
    if not _routes:
        return None
    routes = _routes[0]
    slug = "" if url_name in routes.across else arguments.get("plan") or arguments.get("slug")
    if not slug and url_name in routes.objects:
        return PlanNamed(ids=_plan_ids(routes.objects[url_name], arguments))
    slug = slug or named()
    if not slug and url_name in routes.asked and user is not None:
        slug = routes.first_plan(user)
    return PlanNamed(slug=str(slug)) if slug else None


def user_for(
    user: User, url_name: str, arguments: Mapping[str, Any], named: Callable[[], str], *, is_read: bool = True
) -> User:
    """The user as the rules of this page are to see them; the arguments are those of `plan_named`. Raises Http404 for a
    plan in which the user has no part."""
    if not user.is_limited or not _routes:
        return user
    plan = plan_named(user, url_name, arguments, named)
    if plan is None:
        routes = _routes[0]
        is_across = url_name in routes.batches or (is_read and url_name in routes.across)
        return user.anywhere() if is_across else user
    narrowed = plan.narrow(user)
    if not narrowed.has(*(one.role for one in user.in_force)):  # type: ignore[arg-type]
        raise Http404(_("没有这个方案，或您不能看。"))
    return narrowed


def _plan_ids(
    where: str | Callable[[Mapping[str, Any]], int | None], arguments: Mapping[str, Any]
) -> Iterable[int | None]:
    if callable(where):
        return (where(arguments),)
    model = apps.get_model(where)
    ids: models.QuerySet[Any, int | None] = model._base_manager.filter(pk=arguments.get("pk")).values_list(
        plan_path(model) or "", flat=True
    )
    return ids
