"""A reform of 2018-11-01, in the fourth quarter of 2018. Its calendar:

质检局 leads 一, 工商所 shares 一 and 二, 食药处 shares 一 and 三; 编制处 leads 三 and 四; 统计处 leads 二.
On 11-01 质检局 and 工商所 merge into 市监局; 食药处 is split between 市监局 and 药监处; of 编制处's work task 三 may
go to 政务处, which the office has to decide.
Proposed on 2018-11-05, approved on 2018-11-08. The third quarter's cycle is open until 2018-10-30.
"""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reports.figures.history import task_history
from reports.figures.queries import plan_figures
from tasks.adjustments import actions, reform_preview
from tasks.errors import Conflict, Problems
from tasks.models import (
    Adjustment,
    Agency,
    Contact,
    Event,
    Lineage,
    Responsibility,
    Task,
    User,
)
from tasks.reforms.handover import sources, take_over
from tasks.standing.queries import standing
from tasks.submissions import actions as filing
from tasks.values import Duty, Period, Role
from tests import factories as make
from tests.adjustments.conftest import NOW, PROPOSED, Reformed

pytestmark = pytest.mark.django_db

Q3, Q4, NEXT = Period(2018, 3), Period(2018, 4), Period(2019, 1)
THEN = make.moment("2018-11-07")


# -- preview ------------------------------------------------------------------------------------------------


def test_preview_passes_what_has_one_way_and_asks_about_the_rest(world: Reformed) -> None:
    shown = world.shown()
    names = {body.pk: name for name, body in world.bodies.items()}

    assert [
        (
            row.task.heading,
            names[row.agency_id],
            row.duty,
            [names[pk] for pk in row.options],
            row.chosen != "",
        )
        for row in shown.duties
    ] == [
        ("一", "质检局", "lead", ["市监局"], True),
        ("一", "工商所", "co", ["市监局"], True),
        ("一", "食药处", "co", ["市监局", "药监处"], False),
        ("二", "工商所", "co", ["市监局"], True),
        ("三", "编制处", "lead", ["编制处", "政务处"], False),
        ("三", "食药处", "co", ["市监局", "药监处"], False),
    ]
    assert (shown.effective, shown.undecided) == (Q4, 3)
    assert world.shown(world.answers()).undecided == 0


def test_reform_with_something_undecided_is_not_proposed(world: Reformed) -> None:
    answers = world.answers()
    del answers[world.key("三", "食药处")]

    with pytest.raises(Problems) as refused:
        world.propose(answers)

    assert [(one.field, one.row) for one in refused.value.problems] == [
        (world.key("三", "食药处"), world.tasks["三"].code)
    ]
    assert not Adjustment.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "body", "answer", "words"),
    [
        ("三", "食药处", "x", "选一项"),
        ("三", "食药处", "²", "选一项"),
        ("三", "食药处", "9" * 30, "选一项"),
        ("三", "食药处", "{食药处}", "选一项"),  # it is no more
        ("三", "食药处", "{质检局}", "不存在"),  # nor is this one
        ("三", "食药处", "999999", "不存在"),
        ("三", "编制处", "none", "牵头责任不能没有"),
        ("一", "质检局", "none", "牵头责任不能没有"),
    ],
)
def test_answer_that_cannot_be_is_refused_on_its_field(
    world: Reformed, task: str, body: str, answer: str, words: str
) -> None:
    if answer.startswith("{"):
        answer = str(world.bodies[answer.strip("{}")].pk)

    with pytest.raises(Problems, match=words) as refused:
        world.propose({**world.answers(), world.key(task, body): answer})

    assert [one.field for one in refused.value.problems] == [world.key(task, body)]


def test_duty_may_go_to_a_body_that_no_edge_names_or_to_nobody(world: Reformed) -> None:
    other = str(world.bodies["统计处"].pk)
    world.approve(
        world.propose(
            world.answers(
                **{world.key("三", "食药处"): other, world.key("一", "食药处"): reform_preview.NOBODY}
            )
        )
    )

    assert world.holders("三", Q4) == {"编制处": "lead", "统计处": "co"}
    assert world.holders("一", Q4) == {"市监局": "lead"}


def test_edges_of_a_split_go_together(world: Reformed) -> None:
    edges = list(Lineage.objects.all())

    assert reform_preview.edge_problems(edges, world.plan) == []
    half = [edge for edge in edges if edge.successor_id != world.bodies["药监处"].pk]
    assert "一并选上" in reform_preview.edge_problems(half, world.plan)[0].message
    assert "至少选一条" in reform_preview.edge_problems([], world.plan)[0].message
    make.edge("merged", world.bodies["市监局"], world.bodies["统计处"])
    assert "分两次" in reform_preview.edge_problems(list(Lineage.objects.all()), world.plan)[0].message


# -- what it does -------------------------------------------------------------------------------------------


def test_duties_pass_in_the_quarter_of_the_reform_and_stay_as_they_were_before(world: Reformed) -> None:
    made = world.approve(world.propose())

    # A lead that merges with its own co stays lead, and three bodies are one responsibility.
    assert world.holders("一", Q4) == {"市监局": "lead"}
    assert world.holders("二", Q4) == {"统计处": "lead", "市监局": "co"}
    assert world.holders("三", Q4) == {"编制处": "lead", "药监处": "co"}
    assert world.holders("四", Q4) == {"编制处": "lead"}
    # The quarter before, and the same quarter as known the day before the approval, are as they were.
    for quarter, at in ((Q3, NOW), (Q4, THEN)):
        assert world.holders("一", quarter, at) == {"质检局": "lead", "工商所": "co", "食药处": "co"}
        assert world.holders("三", quarter, at) == {"编制处": "lead", "食药处": "co"}
    assert set(made.tasks.all()) == {world.tasks[name] for name in "一二三"}
    assert {row.agency_id for row in Responsibility.objects.filter(adjustment=made)} == {
        world.bodies["市监局"].pk,
        world.bodies["药监处"].pk,
    }


@pytest.mark.slow
def test_transfer_moves_the_task_that_it_names_and_no_other(world: Reformed) -> None:
    world.approve(world.propose(world.answers(**{world.key("三", "编制处"): str(world.bodies["政务处"].pk)})))

    assert world.holders("三", Q4) == {"政务处": "lead", "药监处": "co"}
    assert world.holders("四", Q4) == {"编制处": "lead"}


@pytest.mark.slow
def test_what_was_filed_keeps_its_owner_and_the_duty_passes_with_the_next_quarter(world: Reformed) -> None:
    # 质检局 files its return of 2018Q4 on 11-06 already, after the proposal. So in Q4 it leads and 市监局 shares in
    # the place of the other two; from 2019Q1 市监局 leads.
    make.cycle(world.plan, "2018Q4", opened_at=make.moment("2018-11-02"))
    early = world.propose()
    version = make.version(
        world.tasks["一"], world.bodies["质检局"], "2018Q4", "yellow", at="2018-11-06 10:00"
    )
    world.approve(early)

    assert world.holders("一", Q4) == {"质检局": "lead", "市监局": "co"}
    assert world.holders("一", NEXT) == {"市监局": "lead"}
    version.refresh_from_db()
    assert version.agency_id == world.bodies["质检局"].pk
    lead = next(
        row
        for row in standing([world.plan.pk], Q4, known_at=NOW)
        if row.task_id == world.tasks["一"].pk and row.duty == Duty.LEAD
    )
    assert (lead.agency_id, lead.light, lead.state) == (world.bodies["质检局"].pk, "yellow", "submitted")


@pytest.mark.slow
def test_successor_that_shared_the_task_already_takes_the_heavier_duty(world: Reformed) -> None:
    make.responsibility(world.tasks["三"], world.bodies["政务处"], Duty.CO)
    world.approve(world.propose(world.answers(**{world.key("三", "编制处"): str(world.bodies["政务处"].pk)})))

    assert world.holders("三", Q4) == {"政务处": "lead", "药监处": "co"}
    assert world.holders("三", Q3) == {"编制处": "lead", "食药处": "co", "政务处": "co"}


@pytest.mark.slow
def test_history_stays_under_the_predecessors_name_and_the_successor_goes_on(world: Reformed) -> None:
    task = world.tasks["一"]
    make.accept(make.version(task, world.bodies["质检局"], "2018Q3", "red", at="2018-10-05"), at="2018-10-12")
    world.approve(world.propose())
    make.version(task, world.bodies["市监局"], "2018Q4", "green", at="2019-01-05")

    rows = task_history(task, make.moment("2019-02-01"), first=Q3, last=Q4)

    assert [
        (row.agency.name, row.duty, {str(q): cell.light for q, cell in row.cells.items()}) for row in rows
    ] == [
        ("质检局", "lead", {"2018Q3": "red"}),
        ("市监局", "lead", {"2018Q4": "green"}),
        ("工商所", "co", {"2018Q3": "grey"}),
        ("食药处", "co", {"2018Q3": "grey"}),
    ]
    # The lead light of a quarter that nobody filed falls back on what the task's lead of then reported.
    missing = next(
        row
        for row in standing([world.plan.pk], Q4, known_at=make.moment("2019-01-02"))
        if row.task_id == task.pk and row.duty == Duty.LEAD
    )
    assert (missing.state, missing.task_stale_quarter, missing.task_stale_light) == ("missing", Q3, "red")


@pytest.mark.slow
def test_figures_count_each_task_once_before_and_after(world: Reformed) -> None:
    # Before: 4 leads, 4 co (一: 2, 二: 1, 三: 1). After: 4 leads, 2 co: both co of 一 merged with its lead.
    world.approve(world.propose())

    def owed(quarter: Period, at: Any = NOW) -> tuple[int, int]:
        figures = plan_figures(world.plan, quarter, known_at=at)
        assert sum(one.lead.due for one in figures.agencies) == figures.lead.due
        assert sum(one.co.due for one in figures.agencies) == figures.co.due
        return figures.lead.due, figures.co.due

    assert (owed(Q3), owed(Q4), owed(Q4, THEN)) == ((4, 4), (4, 2), (4, 4))


def test_contacts_go_with_the_duty_until_the_successor_names_its_own(world: Reformed) -> None:
    for name, liaison in (("质检局", "张三"), ("工商所", "李四")):
        row = Responsibility.objects.get(task=world.tasks["一"], agency=world.bodies[name])
        Contact.objects.create(responsibility=row, liaison=liaison, valid=(date(2016, 7, 1), None))
    world.approve(world.propose())

    new = Responsibility.objects.get(
        task=world.tasks["一"], agency=world.bodies["市监局"], known__contains=NOW
    )
    assert [one.liaison for one in new.contacts.all()] == ["张三"]


# -- when ---------------------------------------------------------------------------------------------------


def test_reform_is_not_approved_before_its_day(world: Reformed) -> None:
    made = world.propose()

    with pytest.raises(Conflict, match="改革之日是 2018-11-01"):
        world.approve(made, make.moment("2018-10-31 23:59"))
    world.approve(made, make.moment("2018-11-01 00:00"))


@pytest.mark.slow
def test_proposal_is_stale_when_a_duty_an_edge_or_an_account_is_not_what_it_was(world: Reformed) -> None:
    made = world.propose()
    more = make.responsibility(world.tasks["四"], world.bodies["工商所"], Duty.CO)
    with pytest.raises(Conflict, match="情况已变"):
        world.approve(made)
    more.delete()

    Lineage.objects.filter(kind="split").update(confidence="refuted")
    with pytest.raises(Conflict, match="情况已变"):
        world.approve(made)
    Lineage.objects.filter(kind="split").update(confidence="low")

    user = make.user(Role.REPORTER, agency=world.bodies["质检局"], password=None)
    with_account = world.propose()
    User.objects.filter(pk=user.pk).update(agency=world.bodies["统计处"])
    with pytest.raises(Conflict, match="情况已变"):
        world.approve(with_account)
    world.approve(made)


@pytest.mark.slow
def test_second_reform_of_the_same_edges_finds_nothing_to_pass(world: Reformed) -> None:
    first, second = world.propose(), world.propose()
    world.approve(first)

    with pytest.raises(Conflict, match=f"第{first.pk}号调整"):
        world.approve(second, NOW)
    assert [row.task.heading for row in world.shown(at=NOW).duties] == [
        "三"
    ]  # 编制处's, which was decided to stay


# -- accounts -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_accounts_move_are_closed_or_stay_as_decided(world: Reformed) -> None:
    b = world.bodies
    merged = make.user(Role.REPORTER, Role.APPROVER, agency=b["质检局"], password=None)
    appointed = make.user(Role.REPORTER, Role.SECOND_REVIEWER, agency=b["工商所"], password=None)
    split, closed, stays = (make.user(Role.REPORTER, agency=b["食药处"], password=None) for _ in range(3))
    goes_on = make.user(Role.REPORTER, agency=b["编制处"], password=None)
    shown = world.shown(world.answers())
    assert [(row.user, row.chosen != "", row.left_behind) for row in shown.accounts] == [
        (merged, True, ()),
        (appointed, True, ("second_reviewer",)),
        (split, False, ()),
        (closed, False, ()),
        (stays, False, ()),
    ]
    with pytest.raises(Problems) as refused:
        world.propose()
    assert {one.field for one in refused.value.problems} == {
        f"account-{user.pk}" for user in (split, closed, stays)
    }

    made = world.approve(
        world.propose(
            world.answers(
                **{
                    f"account-{split.pk}": str(b["药监处"].pk),
                    f"account-{closed.pk}": reform_preview.CLOSE,
                    f"account-{stays.pk}": str(b["食药处"].pk),
                }
            )
        )
    )

    found = {
        user.pk: (user.agency_id, user.is_active, user.roles)
        for user in User.objects.filter(
            pk__in=[u.pk for u in (merged, appointed, split, closed, stays, goes_on)]
        )
    }
    assert found == {
        merged.pk: (b["市监局"].pk, True, ["approver", "reporter"]),
        appointed.pk: (b["市监局"].pk, True, ["reporter"]),
        split.pk: (b["药监处"].pk, True, ["reporter"]),
        closed.pk: (b["食药处"].pk, False, ["reporter"]),
        stays.pk: (b["食药处"].pk, True, ["reporter"]),
        goes_on.pk: (b["编制处"].pk, True, ["reporter"]),
    }
    events = Event.objects.filter(verb__startswith="account.").order_by("id")
    assert [(event.verb, event.subject, event.data["adjustment"]) for event in events] == [
        ("account.move", f"user:{merged.pk}", made.pk),
        ("account.move", f"user:{appointed.pk}", made.pk),
        ("account.move", f"user:{split.pk}", made.pk),
        ("account.close", f"user:{closed.pk}", made.pk),
    ]


@pytest.mark.parametrize("answer", ["x", "none", "{统计处}"])
def test_account_goes_to_a_successor_only(world: Reformed, answer: str) -> None:
    user = make.user(Role.REPORTER, agency=world.bodies["食药处"], password=None)
    if answer.startswith("{"):
        answer = str(world.bodies["统计处"].pk)

    with pytest.raises(Problems) as refused:
        world.propose(world.answers(**{f"account-{user.pk}": answer}))

    assert [one.field for one in refused.value.problems] == [f"account-{user.pk}"]


def test_preview_warns_of_what_a_body_that_is_no_more_still_owes(world: Reformed) -> None:
    # 2018Q3 closes on 11-30. 质检局 has filed; 工商所 owes two, 食药处 two. 2018Q2 is closed long since.
    make.cycle(world.plan, "2018Q2")
    make.cycle(world.plan, "2018Q3", closes_at=make.moment("2018-11-30"))
    make.version(world.tasks["一"], world.bodies["质检局"], "2018Q3")
    make.submission(world.tasks["二"], world.bodies["工商所"], "2018Q3")

    shown = world.shown()

    names = {body.pk: name for name, body in world.bodies.items()}
    assert [
        (names[row.agency_id], row.task.heading, quarter)
        for row, quarter in zip(shown.owed, shown.owed_quarters, strict=True)
    ] == [("工商所", "一", Q3), ("工商所", "二", Q3), ("食药处", "一", Q3), ("食药处", "三", Q3)]


# -- drafts -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_draft_stays_with_the_predecessor_and_is_offered_to_the_successor(world: Reformed) -> None:
    make.cycle(world.plan, "2018Q4", opened_at=make.moment("2018-11-02"))
    task, old, new = world.tasks["一"], world.bodies["质检局"], world.bodies["市监局"]
    approver = make.user(Role.APPROVER, agency=old, password=None)
    draft = make.submission(
        task,
        old,
        "2018Q4",
        light="yellow",
        done="开了推进会",
        progress=40,
        figures={"x": {"value": "3"}},
        problems=[{"category": "money", "text": "缺钱"}],
    )
    make.version(world.tasks["二"], world.bodies["工商所"], "2018Q3", "red", at="2018-10-05", done="上季的话")
    assert [row.pk for row in world.shown().drafts] == [draft.pk]
    # The approver stays, to finish what is still owed.
    world.approve(world.propose(world.answers(**{f"account-{approver.pk}": str(old.pk)})))
    reporter = make.user(Role.REPORTER, agency=new, password=None)

    with pytest.raises(Conflict, match="不再由本单位填报"):
        filing.submit(by=approver, submissions=[draft.pk], now=NOW)
    offered = [(one.task.heading, one.agency_id, one.content.done) for one in _sources(world, new)]
    assert offered == [
        ("一", old.pk, "开了推进会"),
        ("二", world.bodies["工商所"].pk, "上季的话"),
    ]

    made = _take(world, reporter, task, old)
    assert (made.agency_id, made.duty, made.light, made.progress, made.done, made.figures) == (
        new.pk,
        "lead",
        "yellow",
        40,
        "开了推进会",
        {"x": {"value": "3"}},
    )
    # Of the quarter before the words alone.
    other = _take(world, reporter, world.tasks["二"], world.bodies["工商所"])
    assert (other.duty, other.light, other.done) == ("co", "", "上季的话")
    draft.refresh_from_db()
    assert (draft.agency_id, draft.done) == (old.pk, "开了推进会")
    assert _sources(world, new) == []
    with pytest.raises(Conflict, match="已经开始填报"):
        _take(world, reporter, task, old)


@pytest.mark.slow
def test_draft_is_offered_to_nobody_else(world: Reformed) -> None:
    make.cycle(world.plan, "2018Q4", opened_at=make.moment("2018-11-02"))
    make.submission(world.tasks["一"], world.bodies["质检局"], "2018Q4", done="草稿")
    other = make.user(Role.REPORTER, agency=world.bodies["统计处"], password=None)

    assert _sources(world, world.bodies["市监局"]) == []  # nothing passed yet
    world.approve(world.propose())
    assert _sources(world, world.bodies["统计处"]) == []
    with pytest.raises(Conflict):
        _take(world, other, world.tasks["一"], world.bodies["质检局"])
    with pytest.raises(PermissionDenied):
        _take(world, make.user(Role.OFFICE, password=None), world.tasks["一"], world.bodies["质检局"])


def _sources(world: Reformed, body: Agency) -> list[Any]:
    from qhplan import clock

    with clock.at(NOW):
        return sources(world.plan, Q4, body.pk)


def _take(world: Reformed, user: User, task: Task, body: Agency) -> Any:
    from qhplan import clock

    with clock.at(NOW):
        return take_over(by=user, plan=world.plan, quarter=Q4, task=task, agency_id=body.pk, now=NOW)


# -- queries ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_queries_do_not_grow_with_the_duties_that_pass(world: Reformed) -> None:
    def queries(made: Adjustment) -> int:
        with CaptureQueriesContext(connection) as captured:
            world.approve(made)
        return len(captured)

    def shown() -> int:
        with CaptureQueriesContext(connection) as captured:
            world.shown(world.answers())
        return len(captured)

    few = shown()
    with_few = world.propose()
    for _ in range(6):
        make.task(world.plan, lead=world.bodies["质检局"], co=[world.bodies["工商所"]])
    assert shown() == few
    actions.withdraw(by=world.office, adjustment=with_few, now=PROPOSED)
    many = queries(world.propose())
    assert many <= 45
