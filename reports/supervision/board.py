"""督办台账: the board of notices, oldest first, with what each further choice would leave."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Func, QuerySet
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from qhplan import clock
from reports.dashboards.filters import Choice
from reports.supervision.filters import ALL, OPEN_ONES, OVERDUE, STATES, NoticeFilter
from reports.supervision.models import Notice, form_of
from reports.supervision.queries import Row, rows
from reports.supervision.values import OPEN, WITH_BODY, Ground, Series, State
from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.cycles.lateness import is_day_overdue
from tasks.people.models import User
from tasks.people.permissions import may_supervise
from tasks.values import Period
from tasks.web import sorting

PER_PAGE = 50
FACETS = ("ground", "series", "agency")


COLUMNS: dict[str, str | Func] = {
    "state": "state",
    "title": sorting.of_text("title"),
    "body": "agency__order",
    "ground": "ground",
    "issued": "issued_at",
    "due": "due_on",
}


class Board:
    """One list of notices for one reader. Its queries do not grow with it."""

    def __init__(self, user: User, data: QueryDict) -> None:
        self.user = user
        self.data = {key: data.get(key, "").strip() for key in ("state", *FACETS, "words")}
        self.state = self.data["state"] or OPEN_ONES
        self.page_number = data.get("page")
        self.params = data
        self.today = clock.today()
        self.visible = Notice.objects.visible_to(user)
        self.proposes = may_supervise(user)

    def _make(self, data: Mapping[str, str]) -> NoticeFilter:
        return NoticeFilter({**data, "state": data.get("state") or OPEN_ONES}, self.visible)

    @cached_property
    def is_valid(self) -> bool:
        return bool(self._make(self.data).is_valid())

    @cached_property
    def page(self) -> Page[Notice]:
        found: QuerySet[Notice] = self._make(self.data).qs if self.is_valid else self.visible.none()
        order = sorting.order_by(self.params, COLUMNS, *self._order)
        shown = found.for_page().order_by(*order)  # type: ignore[attr-defined]
        return Paginator(shown, PER_PAGE).get_page(self.page_number)

    @property
    def _order(self) -> tuple[str, ...]:
        """What is open by its age; what has ended, and everything at once, the latest first."""
        if self.state in {OPEN_ONES, OVERDUE, *OPEN}:
            return ("issued_at", "pk")
        return ("-proposed_at", "-pk")

    @cached_property
    def rows(self) -> list[Row]:
        return rows(list(self.page))

    # -- choices ----------------------------------------------------------------------------------------------

    @cached_property
    def _facts(self) -> list[dict[str, Any]]:
        """What every notice that the words leave is counted by. One query."""
        found = self._make({"state": ALL, "words": self.data["words"]})
        if not found.is_valid():
            return []
        kept = found.qs.order_by().values(
            "pk", "state", "ground", "series", "due_on", "agency__slug", "agency__kind"
        )
        return [
            {
                "states": self._states(one["state"], one["due_on"]),
                "ground": one["ground"],
                "series": one["series"] or form_of(Agency(kind=one["agency__kind"])).value,
                "agency": one["agency__slug"],
            }
            for one in kept
        ]

    def _states(self, state: str, due_on: Any) -> set[str]:
        found = {state, ALL}
        if state in OPEN:
            found.add(OPEN_ONES)
        if state in WITH_BODY and is_day_overdue(due_on, self.today):
            found.add(OVERDUE)
        return found

    def _counted(self, facet: str, options: list[tuple[str, str]]) -> list[Choice]:
        """How many each choice would leave, were the others kept."""
        others = {key: self.data[key] for key in FACETS if key != facet and self.data[key]}
        left = [
            one
            for one in self._facts
            if all(one[key] == value for key, value in others.items())
            and (facet == "state" or self.state in one["states"])
        ]
        counts: dict[str, int] = {}
        for one in left:
            for value in one["states"] if facet == "state" else {one[facet]}:
                counts[value] = counts.get(value, 0) + 1
        return [Choice(value, label, counts.get(value, 0)) for value, label in options]

    @cached_property
    def options(self) -> dict[str, list[tuple[str, str]]]:
        slugs = {one["agency"] for one in self._facts}
        agencies = list(Agency.objects.filter(slug__in=slugs))
        names = names_at(Period.of(self.today), [agency.pk for agency in agencies])
        return {
            "ground": [(value, str(label)) for value, label in Ground.choices],
            "series": [(value, str(label)) for value, label in Series.choices],
            "agency": [
                (agency.slug, names[agency.pk].short if agency.pk in names else agency.slug)
                for agency in agencies
            ],
        }

    def form(self) -> forms.Form:
        """The filter bar, each choice with its count."""
        labels = {"ground": _("依据"), "series": _("文种"), "agency": _("单位")}
        form = forms.Form(self.data, auto_id="filter-%s")
        for facet in FACETS:
            if facet == "agency" and len(self.options["agency"]) < 2:
                continue
            choices = [
                (one.value, f"{one.label}（{one.count}）")
                for one in self._counted(facet, self.options[facet])
            ]
            form.fields[facet] = forms.ChoiceField(
                label=labels[facet], choices=[("", _("全部")), *choices], required=False
            )
        form.fields["words"] = forms.CharField(
            label=_("关键词"),
            required=False,
            widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "maxlength": "40"}),
        )
        return form

    def state_facets(self) -> list[dict[str, Any]]:
        """One line of links by state; an agency has no proposals to look for."""
        hidden = set() if self.proposes else {State.PROPOSED.value, State.REJECTED.value}
        kept = {key: self.data[key] for key in (*FACETS, "words") if self.data[key]}
        return [
            {
                "label": one.label,
                "count": one.count,
                "current": one.value == self.state,
                "url": "?" + urlencode({**kept, **({} if one.value == OPEN_ONES else {"state": one.value})}),
            }
            for one in self._counted("state", [(value, str(label)) for value, label in STATES])
            if one.value not in hidden
        ]

    # -- what the template needs ------------------------------------------------------------------------------

    def context(self) -> dict[str, Any]:
        return {
            "form": self.form(),
            "is_valid": self.is_valid,
            "facets": self.state_facets(),
            "hidden": {"state": self.data["state"]} if self.data["state"] else {},
            "page_obj": self.page,
            "rows": self.rows,
            "shows_proposals": self.state == State.PROPOSED,
            "proposes": self.proposes,
            "lede": self.lede(),
        }

    def lede(self) -> str:
        count = {
            one.value: one.count for one in self._counted("state", [(value, "") for value, _l in STATES])
        }
        if not count[OPEN_ONES]:
            said = _("没有未办结的督办。")
        else:
            said = _("未办结%(n)d件，其中%(late)d件逾期未反馈，%(answered)d件待审核。") % {
                "n": count[OPEN_ONES],
                "late": count[OVERDUE],
                "answered": count[State.ANSWERED.value],
            }
        if self.proposes and count[State.PROPOSED.value]:
            said += _("另有督办建议%(n)d件待定。") % {"n": count[State.PROPOSED.value]}
        return said
