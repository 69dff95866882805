"""填报要求: what is required of each role in a quarter, said alike by the query, in SQL and for many quarters at once."""

from itertools import product

import pytest
from django.core.exceptions import PermissionDenied
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange, NumericRange
from django.urls import reverse

from qhplan import clock
from reports.figures.queries import plan_figures
from reports.figures.values import Rate
from tasks.errors import Problems
from tasks.models import Plan
from tasks.notifications.queries import waiting
from tasks.plans.duties import duties
from tasks.plans.filing_rules import filing_rules
from tasks.plans.models import Call, FilingRule, Frequency, Responsibility
from tasks.review.filing_requirements import ask_work_plans, call, require, requirements
from tasks.standing.queries import EXEMPT, standing
from tasks.submissions.actions import save_drafts
from tasks.submissions.content import DraftInput
from tasks.submissions.queries import desk, owed_elsewhere
from tasks.values import Light, Period, Role
from tasks.workplans.queries import filings, held
from tasks.workplans.values import WorkPlanPeriod
from tests import factories as make
from tests.pages import client

pytestmark = pytest.mark.django_db

Q1, Q2 = Period(2017, 1), Period(2017, 2)
NOW = make.moment("2017-04-04 09:00")
USUAL = {"co": "called", "carry": "called", "guide": "never", "join": "never"}


def rules(plan: Plan, **frequencies: str) -> None:
    FilingRule.objects.bulk_create(
        FilingRule(
            plan=plan, role=role, frequency=frequency,
            valid=NumericRange(None, None), known=DateTimeTZRange(None, None),
        )
        for role, frequency in frequencies.items()
    )  # fmt: skip


@pytest.fixture
def second(db: None) -> make.SecondPlan:
    return make.second_plan()


def owing(second: make.SecondPlan, quarter: Period = Q1) -> set[tuple[int, int]]:
    return {
        (row.task_id, row.agency_id) for row in standing([second.plan.pk], quarter, known_at=NOW) if row.owed
    }


@pytest.mark.full
def test_query_sql_and_many_quarters_at_once_agree(second: make.SecondPlan) -> None:
    caller = make.user(Role.REPORTER, agency=second.industry, password=None)
    Call.objects.create(
        task=second.joint,
        agency=second.trade,
        quarter=Q1,
        called_at=make.moment("2017-04-03"),
        called_by=caller,
    )
    for co, carry, guide in product(Frequency.values, repeat=3):
        FilingRule.objects.all().delete()
        rules(second.plan, co=co, carry=carry, guide=guide)
        for quarter, known_at in product([Q1, Q2], [make.moment("2017-04-02"), NOW]):
            by_query = set(duties([second.plan.pk], quarter, known_at=known_at).values_list("pk", flat=True))
            by_sql = {
                row.responsibility_id
                for row in standing([second.plan.pk], quarter, known_at=known_at)
                if row.owed
            }
            found = filing_rules([second.plan.pk], known_at)
            by_rules = {
                row.pk
                for row in Responsibility.objects.filter(task__plan=second.plan)
                if found.requires(row, second.plan.pk, quarter)
            }
            assert by_query == by_sql == by_rules, (co, carry, guide, quarter, known_at)


def test_without_rules_everybody_files_every_period(second: make.SecondPlan) -> None:
    assert len(owing(second)) == 10


def test_by_the_usual_rules_leads_file_and_others_when_called(second: make.SecondPlan) -> None:
    rules(second.plan, **USUAL)
    make.cycle(second.plan, Q1)
    unled = {(second.unled.pk, second.trade.pk), (second.unled.pk, second.port.pk)}  # nobody could call them

    assert owing(second) == unled | {
        (second.joint.pk, second.industry.pk), (second.joint.pk, second.science.pk), (second.single.pk, second.science.pk)
    }  # fmt: skip
    figures = plan_figures(second.plan, Q1, known_at=NOW)
    assert (figures.lead, figures.co) == (Rate(3, 0, 0), Rate(2, 0, 0))
    assert {one.agency.id for one in figures.missing} == {
        second.industry.pk, second.science.pk, second.trade.pk, second.port.pk
    }  # fmt: skip
    rows = standing([second.plan.pk], Q1, known_at=NOW)
    assert {row.state for row in rows if not row.owed} == {EXEMPT}
    assert [row.task for row in desk(second.plan, Q1, second.port.pk).rows] == [second.unled]
    cycle = make.cycle(second.plan, Q1)
    assert {one.duty.agency_id for one in waiting([cycle], known_at=NOW)} == {
        agency_id for _task, agency_id in owing(second)
    }
    assert owed_elsewhere(second.reform.pk, [cycle]) == []


def test_a_call_makes_the_agency_owe_from_then_on(second: make.SecondPlan) -> None:
    rules(second.plan, **USUAL)
    lead = make.user(Role.APPROVER, agency=second.industry, password=None)

    for user in (
        make.user(Role.APPROVER, agency=second.science, password=None),
        make.user(Role.OFFICE, password=None),
    ):
        with pytest.raises(PermissionDenied):
            call(by=user, task=second.joint, quarter=Q1, agencies=[second.trade.pk], now=NOW)
    for wrong in (second.reform, second.science, make.agency()):
        with pytest.raises(Problems):
            call(by=lead, task=second.joint, quarter=Q1, agencies=[wrong.pk], now=NOW)
    call(by=lead, task=second.joint, quarter=Q1, agencies=[second.trade.pk], now=NOW)

    assert (second.joint.pk, second.trade.pk) in owing(second)
    assert (second.joint.pk, second.trade.pk) not in owing(second, Q2)
    before = standing([second.plan.pk], Q1, known_at=make.moment("2017-04-03"))
    assert [
        row.state for row in before if (row.task_id, row.agency_id) == (second.joint.pk, second.trade.pk)
    ] == [EXEMPT]
    with pytest.raises(Problems):
        call(by=lead, task=second.joint, quarter=Q1, agencies=[second.trade.pk], now=NOW)


def test_what_is_not_required_cannot_be_filed_and_what_was_filed_counts(second: make.SecondPlan) -> None:
    make.version(second.joint, second.reform, Q1, Light.RED)
    rules(second.plan, **USUAL)
    draft = DraftInput(
        plan_id=second.plan.pk, quarter=Q1, task_id=second.single.pk, agency_id=second.trade.pk
    )

    assert (second.joint.pk, second.reform.pk) in owing(second)
    with pytest.raises(PermissionDenied, match="不需本单位填报"):
        save_drafts(by=make.user(Role.REPORTER, agency=second.trade, password=None), drafts=[draft], now=NOW)


def test_the_office_changes_what_is_required_on_a_page(second: make.SecondPlan) -> None:
    office = client(make.user(Role.OFFICE, password=None))
    address = reverse("filing_rules") + f"?plan={second.plan.slug}"
    last = second.plan.last_quarter

    page = office.get(address)
    assert {role: page.context["form"][role].initial for role in page.context["form"].roles} == {
        "co": "period", "carry": "period", "guide": "period", "join": "period"
    }  # fmt: skip
    given = {"plan": second.plan.slug, "since": str(last), **USUAL}
    assert office.post(address, {**given, "co": "sometimes"}).status_code == 422
    assert office.post(address, given).status_code == 302
    assert requirements(second.plan, last) == USUAL
    assert office.post(address, given).status_code == 422  # nothing changed
    with pytest.raises(PermissionDenied):
        require(by=make.user(Role.LEADERSHIP, password=None), plan=second.plan, since=last, frequencies=USUAL)


def test_the_office_says_which_roles_file_work_plans(second: make.SecondPlan) -> None:
    office = client(make.user(Role.OFFICE, password=None))
    plan, whole = second.plan, WorkPlanPeriod()
    address = reverse("filing_rules") + f"?plan={plan.slug}"
    with clock.at(NOW):
        everybody = set(held(plan, whole))
        given = {"plan": plan.slug, "roles": ["lead"], "roles_seen": ",".join(plan.work_plan_roles)}
        assert office.post(address, {**given, "roles": []}).status_code == 422
        assert office.post(address, {**given, "roles": ["chief"]}).status_code == 422
        assert office.post(address, given).status_code == 302
        assert office.post(address, {**given, "roles": ["co"]}).status_code == 409
        plan.refresh_from_db()
        leads = set(
            Responsibility.objects.filter(task__plan=plan, role="lead").values_list("agency", flat=True)
        )
        assert set(held(plan, whole)) == leads < everybody
        assert {one.agency_id for one in filings(plan, whole)} == leads
    with pytest.raises(PermissionDenied):
        ask_work_plans(
            by=make.user(Role.LEADERSHIP, password=None), plan=plan, roles=["co"], seen=plan.work_plan_roles
        )


@pytest.mark.full
def test_the_lead_calls_on_the_page_of_its_consolidation(second: make.SecondPlan) -> None:
    rules(second.plan, **USUAL)
    make.cycle(second.plan, Q1, closes_at=make.moment("2099-01-01"))
    lead = client(make.user(Role.APPROVER, agency=second.industry, password=None))
    address = reverse("consolidate", args=[second.plan.slug, "2017Q1", second.joint.ref])

    assert [(name, role) for _pk, name, role in lead.get(address).context["callable"]] == [
        ("市商务局", "配合"), ("临溟港区管委会", "落实")
    ]  # fmt: skip
    assert lead.post(address, {"action": "call"}).status_code == 422
    assert lead.post(address, {"action": "call", "agency": second.port.pk}).status_code == 302
    assert [name for _pk, name, _role in lead.get(address).context["callable"]] == ["市商务局"]


def test_the_first_plan_keeps_what_it_has(plan: Plan) -> None:
    assert "co" not in plan.filing_rules.values_list("role", flat=True)
    assert dict(plan.filing_rules.values_list("role", "frequency")) == {
        "carry": "called", "guide": "never", "join": "never"
    }  # fmt: skip
    # Its 四(七) asks 各地区、各部门; another plan asks its leads.
    assert plan.work_plan_roles == ["lead", "co"]
