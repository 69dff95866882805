"""Tasks with several leads and with further roles: who reads, adopts, consolidates, and how it is counted."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from reports.canonical import plain
from reports.figures.history import rate_history
from reports.figures.levels import Levels
from reports.figures.queries import plan_figures
from reports.figures.values import Rate
from tasks.adjustments import actions as adjustments
from tasks.errors import Problems
from tasks.models import Adjustment, Agency, Plan, State, User, Version
from tasks.plans.duties import leads_of
from tasks.review.actions import DecisionInput, decide
from tasks.review.consolidation import adopt
from tasks.standing.queries import standing
from tasks.submissions.permissions import versions_shown_whole
from tasks.submissions.queries import waiting_for_lead
from tasks.values import Duty, Light, Period, Role
from tests import factories as make
from tests.pages import client, text

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
NOW = make.moment("2017-04-04 09:00")


@pytest.fixture
def second(db: None) -> make.SecondPlan:
    found = make.second_plan()
    make.cycle(found.plan, Q)
    return found


def person(agency: Agency) -> User:
    return make.user(Role.REPORTER, Role.APPROVER, agency=agency, password=None)


def filed(second: make.SecondPlan) -> tuple[Version, Version, Version]:
    """What the co agency, the second lead and the first lead submitted on the joint task."""
    return (
        make.version(second.joint, second.trade, Q, Light.YELLOW),
        make.version(second.joint, second.science, Q, Light.RED),
        make.version(second.joint, second.industry, Q, Light.GREEN),
    )


# -- who reads and decides ----------------------------------------------------------------------------------


def test_every_lead_reads_what_is_submitted_and_others_do_not(second: make.SecondPlan) -> None:
    co, _other, _first = filed(second)

    for agency, sees in [(second.industry, True), (second.science, True), (second.port, False)]:
        user = person(agency)
        assert Version.objects.visible_to(user).filter(pk=co.pk).exists() is sees
        assert versions_shown_whole(user).filter(pk=co.pk).exists() is sees
        assert client(user).get(reverse("return", args=[co.submission_id])).status_code == (
            200 if sees else 404
        )


def test_only_the_first_lead_decides_and_consolidates(second: make.SecondPlan) -> None:
    co, other, _first = filed(second)
    waiting = {co.pk, other.pk}

    assert set(waiting_for_lead(second.plan, Q, second.industry.pk).values_list("pk", flat=True)) == waiting
    assert not waiting_for_lead(second.plan, Q, second.science.pk).exists()
    with pytest.raises(PermissionDenied):
        decide(by=person(second.science), decisions=[DecisionInput(co.pk, accept=True)], now=NOW)
    with pytest.raises(PermissionDenied):
        adopt(
            by=person(second.science),
            plan_id=second.plan.pk,
            quarter=Q,
            task_id=second.joint.pk,
            version_id=co.pk,
            keys=["done"],
            revision=None,
            now=NOW,
        )
    decided = decide(
        by=person(second.industry),
        decisions=[DecisionInput(co.pk, accept=True), DecisionInput(other.pk, accept=True)],
        now=NOW,
    )
    assert [(one.decision, one.verified_light) for one in decided] == [("accepted", ""), ("accepted", "")]


# -- what is counted ----------------------------------------------------------------------------------------


def test_the_task_has_the_light_of_its_first_lead(second: make.SecondPlan) -> None:
    filed(second)

    figures = plan_figures(second.plan, Q, known_at=NOW)
    task = figures.tasks[0]

    assert (task.lead_names, task.light) == ("市工业和信息化局、市科技局", Light.GREEN)
    assert [row.role for row in standing([second.plan.pk], Q, known_at=NOW)][:5] == [
        "lead", "lead", "co", "carry", "guide"
    ]  # fmt: skip


def test_rates_count_every_lead_among_leads(second: make.SecondPlan) -> None:
    filed(second)
    figures = plan_figures(second.plan, Q, known_at=NOW)
    level = Levels([second.plan], Q, Q, known_at=NOW).figures("plan", Q)[0]

    assert figures.lead == Rate(3, 2, 2)  # two of the joint task, one of the single one
    assert figures.co.due == 7
    assert (level.lead, level.co) == (figures.lead, figures.co)
    assert rate_history(second.plan, Q, Q, NOW)[Q] == (figures.lead, figures.co)
    assert sum((task.lead_rate for task in figures.tasks), Rate()) == figures.lead
    science = next(one for one in figures.agencies if one.agency.id == second.science.pk)
    assert (science.lead, science.co, science.lights.total) == (Rate(2, 1, 1), Rate(), 1)


def test_frozen_figures_of_tasks_with_one_lead_have_no_further_keys(plan: Plan) -> None:
    """Figures frozen by earlier releases keep their bytes."""
    keys = {key for task in plain(plan_figures(plan, Q))["safeguards"] for key in task}

    assert not keys & {"joint_leads", "joint"}


# -- pages --------------------------------------------------------------------------------------------------


def test_pages_name_roles_as_the_plan_prints_them(second: make.SecondPlan) -> None:
    filed(second)
    viewer = client(make.user(Role.LEADERSHIP, password=None))
    slug = second.plan.slug

    task = viewer.get(reverse("task", args=[slug, second.joint.ref]) + "?q=2017Q1")
    assert [(one.name, one.duty_word) for one in task.context["bodies"]] == [
        ("市工业和信息化局", "第一牵头"),
        ("市科技局", "牵头"),
        ("市商务局", "配合"),
        ("临溟港区管委会", "落实"),
        ("市发展改革委", "指导"),
    ]
    matrix = viewer.get(reverse("matrix", args=[slug]) + "?q=2017Q1&duty=carry")
    cells = [
        cell for section in matrix.context["matrix"].sections for row in section.rows for cell in row.cells
    ]
    assert [cell.duty for cell in cells if cell] == ["carry"] * 3
    agency = viewer.get(reverse("agency", args=[slug, second.port.slug]) + "?q=2017Q1")
    assert "落实的任务" in text(agency)
    assert "排序第一" not in text(task) + text(matrix) + text(agency)


# -- adjustments --------------------------------------------------------------------------------------------


def adjust(second: make.SecondPlan, roles: dict[int, str], effective: str = "2017Q2") -> Adjustment:
    now = make.moment("2017-04-20 09:00")
    made = adjustments.propose_duties(
        by=make.user(Role.OFFICE, password=None),
        task=second.joint,
        effective=Period.parse(effective),
        duties=roles,
        reason="测试数据",
        now=now,
    )
    return adjustments.approve(by=make.user(Role.LEADERSHIP, password=None), adjustment=made, now=now)


def test_when_the_first_lead_goes_the_next_one_consolidates(second: make.SecondPlan) -> None:
    adjust(second, {second.industry.pk: "guide"})

    assert leads_of([second.joint.pk], Q) == {second.joint.pk: second.industry.pk}
    assert leads_of([second.joint.pk], Q + 1) == {second.joint.pk: second.science.pk}
    before = standing([second.plan.pk], Q + 1, known_at=make.moment("2017-04-19"))
    after = standing([second.plan.pk], Q + 1, known_at=make.moment("2017-04-21"))
    leads = [next(row.agency_id for row in rows if row.duty == Duty.LEAD) for rows in (before, after)]
    assert leads == [second.industry.pk, second.science.pk]


def test_a_draft_follows_the_duty_that_its_agency_has_now(second: make.SecondPlan) -> None:
    make.cycle(second.plan, "2017Q2")
    draft = make.submission(second.joint, second.science, "2017Q2", state=State.DRAFT)
    assert draft.duty == Duty.CO
    adjust(second, {second.industry.pk: ""})

    draft.refresh_from_db()
    assert draft.duty == Duty.LEAD


def test_another_lead_can_join_and_a_co_agency_of_a_task_can_lead_it_too(second: make.SecondPlan) -> None:
    adjust(second, {second.trade.pk: "lead"})

    rows = standing([second.plan.pk], Q + 1, known_at=make.moment("2017-04-21"))
    joint = [row for row in rows if row.task_id == second.joint.pk]
    assert [(row.agency_id, row.duty) for row in joint if row.role == Duty.LEAD] == [
        (second.industry.pk, "lead"),
        (second.science.pk, "co"),
        (second.trade.pk, "co"),
    ]


def test_who_consolidates_cannot_change_under_what_was_submitted(second: make.SecondPlan) -> None:
    filed(second)

    with pytest.raises(Problems, match="市科技局已报送"):
        adjust(second, {second.industry.pk: ""}, effective="2017Q1")
