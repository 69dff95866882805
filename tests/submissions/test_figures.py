"""Figures in the write path: who is asked, for which quarter, and what a lead's return stands on."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from tasks.errors import Problems
from tasks.indicators.actions import DefinitionInput, assign_owner, define, release_owners
from tasks.indicators.models import IndicatorDefinition, IndicatorOwner
from tasks.models import Agency, Event, Figure, Indicator, Submission, Task, Version
from tasks.submissions.actions import save_drafts, submit
from tasks.submissions.content import DraftInput
from tasks.submissions.figures import asked_for
from tasks.values import Duty, Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
NOW = make.moment("2017-04-03 09:00")


class World:
    """A task with a lead and two co-agencies, another body with a task of its own, and the office."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead, self.b, self.c, self.stats = (
            make.agency(name) for name in ("牵头局", "乙局", "丙局", "统计局")
        )
        self.task = make.task(self.plan, lead=self.lead, co=[self.b, self.c])
        self.other = make.task(self.plan, lead=self.stats)
        self.cycle = make.cycle(self.plan, Q)
        self.office = make.user(Role.OFFICE, password=None)

    def submitted(
        self, agency: Agency, task: Task | None = None, quarter: Period = Q, **figures: Any
    ) -> Version:
        """The body's return, filed through the write path at NOW (or on the third day of that quarter's cycle)."""
        person = make.user(Role.REPORTER, Role.APPROVER, agency=agency, password=None)
        at = make.cycle(self.plan, quarter).opened_at + timedelta(days=2, hours=12)
        known = Submission.objects.filter(task=task or self.task, agency=agency, quarter=quarter).first()
        draft = DraftInput(
            revision=known.revision if known else None,
            plan_id=self.plan.pk,
            quarter=quarter,
            task_id=(task or self.task).pk,
            agency_id=agency.pk,
            light="green",
            done="完成三件事。",
            figures={key.replace("_at_", "@"): typed for key, typed in figures.items()},
        )
        with clock.at(at):
            (head,) = save_drafts(by=person, drafts=[draft], now=at)
            (version,) = submit(by=person, submissions=[head.pk], now=at)
        return version

    def asked(self, agency: Agency, task: Task | None = None, quarter: Period = Q) -> list[str]:
        """The keys of what the body's return asks for, without last year's final figures, which it offers."""
        held = (task or self.task).responsibilities.get(agency=agency)
        with clock.at(NOW):
            rows = asked_for([(held.task_id, agency.pk, held.duty)], quarter)
        return [one.key for one in rows.of(held.task_id, agency.pk) if not one.is_audit]


@pytest.fixture
def world(db: None) -> World:
    return World()


def said(raised: Any) -> dict[str, list[str]]:
    error: Problems = raised.value
    return error.by_field()


# -- who is asked -------------------------------------------------------------------------------------------


def test_a_body_that_the_office_names_is_asked_in_the_place_of_all_others(world: World) -> None:
    indicator = make.indicator(world.plan, world.task, slug="share")
    assert (world.asked(world.lead), world.asked(world.stats, world.other)) == (["share"], [])
    assign_owner(
        by=world.office,
        indicator=indicator,
        agency=world.stats,
        task=world.other,
        since=Q,
        note="数据在统计局",
        now=NOW,
    )
    assert (world.asked(world.lead), world.asked(world.stats, world.other)) == ([], ["share"])
    # The quarter before is as it was.
    assert world.asked(world.lead, quarter=Period(2016, 4)) == ["share"]
    version = world.submitted(world.stats, world.other, share={"value": "3"})
    assert version.figures.get().value == 3
    release_owners(
        by=world.office, indicator=indicator, since=Period(2017, 2), note="改由牵头单位报", now=NOW
    )
    assert (world.asked(world.lead), world.asked(world.lead, quarter=Period(2017, 2))) == ([], ["share"])


def test_an_owner_is_another_or_one_beside(world: World) -> None:
    indicator = make.indicator(world.plan, world.task)
    about: dict[str, Any] = {"by": world.office, "indicator": indicator, "note": "理由", "now": NOW}
    assign_owner(agency=world.b, task=world.task, since=Q, **about)
    assign_owner(agency=world.c, task=world.task, since=Period(2018, 1), beside=True, **about)
    known = IndicatorOwner.objects.filter(known__upper_inf=True)

    def owners(quarter: Period) -> set[int]:
        return set(known.filter(valid__contains=quarter.ordinal).values_list("agency_id", flat=True))

    assert (owners(Q), owners(Period(2018, 1))) == ({world.b.pk}, {world.b.pk, world.c.pk})
    assign_owner(
        agency=world.stats,
        task=world.other,
        since=Period(2017, 3),
        **{**about, "now": make.moment("2017-05-01")},
    )
    assert (owners(Q), owners(Period(2018, 1))) == ({world.b.pk}, {world.stats.pk})
    # As known before, nothing has changed.
    then = IndicatorOwner.objects.filter(known__contains=make.moment("2017-04-20"))
    assert set(then.filter(valid__contains=8072).values_list("agency_id", flat=True)) == {
        world.b.pk,
        world.c.pk,
    }


def test_an_owner_must_have_a_return_to_file_in(world: World) -> None:
    indicator = make.indicator(world.plan, world.task)
    stranger = make.agency("无关局")
    about: dict[str, Any] = {"by": world.office, "indicator": indicator, "note": "理由", "now": NOW}
    with pytest.raises(Problems) as raised:
        assign_owner(agency=world.stats, task=world.task, since=Q, **about)
    assert said(raised) == {
        "task": [f"该单位在2017年第一季度不承担这项任务，请从它承担的任务中选：{world.other.code}。"]
    }
    with pytest.raises(Problems) as raised:
        assign_owner(agency=stranger, task=world.task, since=Q, **about)
    assert list(said(raised)) == ["agency"]
    with pytest.raises(Problems) as raised:
        assign_owner(agency=world.b, task=world.task, since=Period(2030, 1), **{**about, "note": " "})
    assert list(said(raised)) == ["since", "note"]
    assert not IndicatorOwner.objects.exists()


@pytest.mark.parametrize("role", [Role.SECOND_REVIEWER, Role.LEADERSHIP, Role.REPORTER, Role.ACCOUNTS_ADMIN])
def test_only_the_office_says_how_figures_are_taken(world: World, role: Role) -> None:
    indicator = make.indicator(world.plan, world.task)
    person = make.user(role, password=None)
    about: dict[str, Any] = {"by": person, "indicator": indicator, "since": Q, "note": "理由"}
    with pytest.raises(PermissionDenied):
        define(values=DefinitionInput(), **about)
    with pytest.raises(PermissionDenied):
        assign_owner(agency=world.b, task=world.task, **about)
    with pytest.raises(PermissionDenied):
        release_owners(**about)


def test_a_definition_changes_from_a_quarter_on_and_the_old_one_stays(world: World) -> None:
    indicator = make.indicator(world.plan, world.task)
    make.definition(indicator, definition="旧口径")
    define(
        by=world.office,
        indicator=indicator,
        values=DefinitionInput("新口径", "统计月报", lag_months=2),
        since=Period(2018, 1),
        note="国家统计局修订分类",
        now=NOW,
    )
    now = IndicatorDefinition.objects.filter(indicator=indicator, known__contains=NOW)
    assert now.get(valid__contains=Q.ordinal).definition == "旧口径"
    fresh = now.get(valid__contains=Period(2019, 4).ordinal)
    assert (fresh.definition, fresh.lag_months, fresh.origin) == ("新口径", 2, "outside")
    event = Event.objects.get()
    assert (event.verb, event.note, event.data["since"]) == (
        "indicator.define",
        "国家统计局修订分类",
        "2018Q1",
    )
    with pytest.raises(Problems) as raised:
        define(
            by=world.office,
            indicator=indicator,
            values=DefinitionInput("长" * 2001, "源" * 301, "daily", 99),
            since=Q,
            note="\x00理由",
            now=NOW,
        )
    assert list(said(raised)) == ["note", "definition", "source", "frequency", "lag_months"]


def test_the_database_refuses_two_definitions_or_owners_at_once(world: World) -> None:
    indicator = make.indicator(world.plan, world.task)
    make.definition(indicator, first="2017Q1")
    make.owner(indicator, world.b, world.task, first="2017Q1")
    for again in (
        lambda: make.definition(indicator, last="2017Q1"),
        lambda: make.owner(indicator, world.b, world.task, last="2017Q1"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            again()


# -- of which quarter ---------------------------------------------------------------------------------------


def test_a_preliminary_figure_is_replaced_in_a_later_return_and_both_stay(world: World) -> None:
    indicator = make.indicator(world.plan, world.task, slug="share")
    world.submitted(world.lead, quarter=Period(2016, 4), share={"value": "3", "preliminary": "1"})
    assert world.asked(world.lead) == ["share", "share@2016Q4"]
    version = world.submitted(world.lead, share={"value": "5"}, share_at_2016Q4={"value": "4"})
    assert list(
        Figure.objects.order_by("pk").values_list("version__quarter", "quarter", "value", "preliminary")
    ) == [
        (Period(2016, 4), Period(2016, 4), 3, True),
        (Q, Q, 5, False),
        (Q, Period(2016, 4), 4, False),
    ]
    assert world.asked(world.lead, quarter=Period(2017, 2)) == ["share"]
    assert version.figures.filter(indicator=indicator).count() == 2


def test_what_is_published_late_is_asked_again_in_the_next_return(world: World) -> None:
    indicator = make.indicator(world.plan, world.task, slug="share")
    make.definition(indicator, lag_months=2)
    assert world.asked(world.lead, quarter=Period(2016, 4)) == ["share", "share@2016Q3"]
    world.submitted(world.lead, quarter=Period(2016, 4), share_at_2016Q3={"value": "3"})
    assert world.asked(world.lead) == ["share", "share@2016Q4"]


def test_a_yearly_figure_is_asked_once_a_year(world: World) -> None:
    indicator = make.indicator(world.plan, world.task, slug="share")
    make.definition(indicator, frequency="yearly")
    assert [world.asked(world.lead, quarter=Period(2017, n)) for n in (1, 2, 3, 4)] == [
        [],
        [],
        [],
        ["share"],
    ]


def test_a_final_figure_below_the_quarter_before_needs_a_reason(world: World) -> None:
    make.indicator(world.plan, world.task, slug="share")
    world.submitted(world.lead, quarter=Period(2016, 3), share={"value": "9"})
    world.submitted(world.lead, quarter=Period(2016, 4), share={"value": "10", "preliminary": "1"})
    with pytest.raises(Problems) as raised:
        world.submitted(world.lead, share={"value": "10"}, share_at_2016Q4={"value": "8"})
    assert said(raised) == {"figures.share@2016Q4.reason": ["累计数比上次少 1，请写明原因，或改正数字。"]}


# -- what the lead gathers ----------------------------------------------------------------------------------


def test_a_lead_is_shown_what_its_co_returns_give_and_may_differ_with_a_reason(world: World) -> None:
    make.indicator(world.plan, world.task, duty=Duty.CO, slug="share")
    world.submitted(world.b, share={"value": "5"})
    with clock.at(NOW):
        rows = asked_for([(world.task.pk, world.lead.pk, Duty.LEAD)], Q)
    (one,) = rows.of(world.task.pk, world.lead.pk)
    assert one.computed is not None
    assert (one.computed.value, one.computed.members, one.computed.missing) == (
        5,
        (world.b.pk,),
        (world.c.pk,),
    )
    with pytest.raises(Problems) as raised:
        world.submitted(world.lead, share={"value": "4"})
    assert list(said(raised)) == ["figures.share.reason"]
    version = world.submitted(world.lead, share={"value": "4", "reason": "剔除重复"})
    assert (version.figures.get().value, version.figures.get().reason) == (4, "剔除重复")


def test_a_lead_that_says_nothing_files_no_figure_of_its_own(world: World) -> None:
    make.indicator(world.plan, world.task, duty=Duty.CO, slug="share")
    world.submitted(world.b, share={"value": "5"})
    assert not world.submitted(world.lead).figures.exists()


def test_a_co_return_that_was_sent_back_gives_nothing(world: World) -> None:
    make.indicator(world.plan, world.task, duty=Duty.CO, slug="share")
    make.send_back(world.submitted(world.b, share={"value": "5"}))
    with clock.at(NOW):
        rows = asked_for([(world.task.pk, world.lead.pk, Duty.LEAD)], Q)
    (one,) = rows.of(world.task.pk, world.lead.pk)
    assert one.computed is not None
    assert (one.computed.is_blank, set(one.computed.missing)) == (True, {world.b.pk, world.c.pk})


# -- every kind is kept -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("count", {"value": "0"}, (Decimal(0), None, None, "")),
        ("amount", {"value": "12.34"}, (Decimal("12.34"), None, None, "")),
        ("ratio", {"numerator": "0", "denominator": "0"}, (None, Decimal(0), Decimal(0), "")),
        ("yes_no", {"value": "否"}, (Decimal(0), None, None, "")),
        ("qualitative", {"text": "<b>已建成</b>"}, (None, None, None, "<b>已建成</b>")),
    ],
)
def test_a_figure_of_each_kind_is_kept(world: World, kind: str, typed: dict[str, str], kept: Any) -> None:
    make.indicator(world.plan, world.task, kind=kind, slug="share")
    row = world.submitted(world.lead, share=typed).figures.get()
    assert (row.value, row.numerator, row.denominator, row.text) == kept


@pytest.mark.parametrize(
    "values",
    [
        {"value": 1, "numerator": 1, "denominator": 2},
        {"numerator": 1},
        {"value": 1, "text": "是"},
        {"numerator": 1, "denominator": 0},
        {},
    ],
)
def test_the_database_refuses_half_a_figure(world: World, values: dict[str, Any]) -> None:
    version = make.version(world.task, world.lead, Q)
    indicator = make.indicator(world.plan, world.task)
    with pytest.raises(IntegrityError), transaction.atomic():
        Figure.objects.create(version=version, indicator=indicator, quarter=Q, **values)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "ratio", "across": "sum"},
        {"kind": "qualitative", "across": "maximum"},
        {"kind": "count", "over_time": "year", "flow": "stock"},
        {"kind": "qualitative", "across": "latest", "over_time": "maximum"},
        {"kind": "count", "may_be_negative": True},
        {"kind": "amount", "decimals": 5},
    ],
)
def test_the_database_refuses_rules_that_do_not_fit(world: World, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make.indicator(world.plan, **{"flow": "flow", **values})


def test_queries_do_not_grow_with_the_returns_or_their_figures(world: World) -> None:
    def count(tasks: list[Task]) -> int:
        with CaptureQueriesContext(connection) as captured, clock.at(NOW):
            asked_for([(task.pk, world.lead.pk, Duty.LEAD) for task in tasks], Q)
        return len(captured)

    def task() -> Task:
        made = make.task(world.plan, lead=world.lead, co=[world.b])
        make.indicator(world.plan, made)
        make.indicator(world.plan, made, duty=Duty.CO)
        return made

    assert count([task()]) == count([task() for _ in range(8)])


def test_an_indicator_of_another_plan_is_not_asked(world: World) -> None:
    elsewhere: Indicator = make.indicator(make.plan(), slug="else")
    make.owner(elsewhere, world.lead, world.task)
    assert world.asked(world.stats, world.other) == []


def test_the_form_names_the_figure_that_is_no_number_and_asks_why_one_fell(
    world: World, client: Client
) -> None:
    """A draft keeps what was typed; each time the form is shown it says what is wrong with it, and of which figure."""
    stock = make.indicator(world.plan, world.task, name="投产项目", flow="stock")
    make.indicator(world.plan, world.task, name="新增产值")
    world.submitted(world.lead, quarter=Q - 1, **{stock.slug: {"value": "12"}})
    person = make.user(Role.REPORTER, agency=world.lead, password=None)
    client.force_login(person)
    url = reverse("return_edit", args=[world.plan.slug, str(Q), world.task.ref])
    other = Indicator.objects.exclude(pk=stock.pk).get(plan=world.plan)
    typed = {
        f"figures.{stock.slug}.value": "9",
        f"figures.{other.slug}.value": "12%",
        "done": "办成\x00两件事",
        "revision": "",
        "action": "save",
    }
    with clock.at(NOW):
        before = client.get(url).content.decode()
        assert client.post(url, typed).status_code == 302
        page = client.get(url).content.decode()
        check = client.get(reverse("return_check", args=[world.plan.slug, str(Q), world.task.ref]))
    why = f'id="figures.{stock.slug}.reason"'
    assert " hidden>" in before[before.index(why) :].split("</td>")[0]
    assert " hidden>" not in page[page.index(why) :].split("</td>")[0]
    assert "投产项目：累计数比上次少 3，请写明原因，或改正数字。" in page
    assert "新增产值：不要填百分比" in page
    assert "新增产值：不要填百分比" in check.content.decode()
    assert "办成两件事" in page
