"""The pages of a plan: who may open them, what they say, and that they ask no more of the database when there is more."""

import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from qhplan import clock
from reports.dashboards.page_params import default_quarter
from tasks.cycles.lateness import TOLERANCE
from tasks.models import Contact, Plan
from tasks.values import Duty, Period, Role
from tests import factories as make
from tests.pages import text

pytestmark = pytest.mark.django_db

NOW = make.moment("2017-07-05 10:00")
PAGES = (
    "overview",
    "task_list",
    "matrix",
    "agency_list",
    "task_list_xlsx",
    "target_list",
    "target_list_xlsx",
)


@pytest.fixture(autouse=True)
def _at() -> Any:
    with clock.at(NOW):
        yield


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(make.user(password=None))
    return client


def signed_in(*roles: Role, **values: Any) -> Client:
    client = Client()
    client.force_login(make.user(*roles, password=None, **values))
    return client


def world(tasks: int = 2) -> Plan:
    """A plan with `tasks` tasks in as many groups, each with a lead and a co body, and one safeguard; reported for
    2017Q1 by every other lead."""
    plan = make.plan()
    for number in range(tasks):
        lead, co = make.agency(f"牵头{number}"), make.agency(f"配合{number}")
        one = make.task(plan, make.group(plan), lead=lead, co=[co])
        make.cycle(plan, "2016Q4")
        version = make.version(one, lead, "2017Q1", ("green", "red")[number % 2])
        make.version(one, co, "2017Q1", "yellow")
        if number % 2 == 0:
            make.accept(version)
    make.safeguard(plan, lead=make.agency("保障牵头"))
    return plan


def get(client: Client, name: str, plan: Plan, *args: str, **query: str) -> Any:
    return client.get(reverse(name, args=[plan.slug, *args]), query)


def queries(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert act().status_code == 200
    return len(captured)


# -- who and where ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_page_without_login_leads_to_it(client: Client, name: str) -> None:
    plan = make.plan()

    response = get(client, name, plan)

    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", [Role.ACCOUNTS_ADMIN, Role.RIGHTS_ADMIN, Role.AUDIT_ADMIN])
def test_page_is_closed_to_administrators(name: str, role: Role) -> None:
    assert get(signed_in(role), name, make.plan()).status_code == 403


@pytest.mark.parametrize("quarter", ["2017", "2016Q2", "2026Q1", "abc"])
def test_page_of_a_quarter_that_is_none_is_not_found(viewer: Client, quarter: str) -> None:
    assert get(viewer, "overview", make.plan(), q=quarter).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_page_of_an_empty_plan_opens(viewer: Client, name: str) -> None:
    assert get(viewer, name, make.plan()).status_code == 200


def test_page_of_an_unknown_task_or_body_is_not_found(viewer: Client) -> None:
    plan = world(1)

    assert get(viewer, "task", plan, "9-9-9").status_code == 404
    assert get(viewer, "agency", plan, "nobody").status_code == 404


# -- which quarter ------------------------------------------------------------------------------------------


def cycles(plan: Plan, *quarters: str) -> dict[Period, Any]:
    return {Period.parse(one): make.cycle(plan, one) for one in quarters}


@pytest.mark.parametrize(
    ("now", "opened", "expected"),
    [
        ("2017-07-05 10:00", ["2017Q1", "2017Q2"], "2017Q1"),  # the second is still being filed
        ("2017-07-20 10:00", ["2017Q1", "2017Q2"], "2017Q2"),
        ("2017-07-05 10:00", ["2017Q2"], "2017Q2"),  # nothing was due yet
        ("2017-07-05 10:00", [], "2017Q2"),  # nothing was opened: the last that ended
        ("2016-01-05 10:00", [], "2016Q3"),  # before the plan
        ("2026-02-05 10:00", ["2017Q1"], "2025Q4"),  # after it
    ],
)
def test_page_opens_on_the_quarter(now: str, opened: list[str], expected: str) -> None:
    plan = make.plan()

    assert default_quarter(plan, cycles(plan, *opened), make.moment(now)) == Period.parse(expected)


def test_overview_of_an_expired_plan_says_so(viewer: Client) -> None:
    plan = world(1)

    with clock.at(make.moment("2026-02-05 10:00")):
        page = text(get(viewer, "overview", plan))

    assert "方案已到期" in page
    assert "2025年第四季度" in page


def test_overview_as_known_earlier_does_not_know_later_decisions(viewer: Client) -> None:
    plan = make.plan()
    lead = make.agency()
    one = make.task(plan, lead=lead)
    version = make.version(one, lead, "2017Q1", "green", at="2017-04-04 12:00")
    make.accept(version, "red", at="2017-04-10 12:00", note="现场未见。")

    before = get(viewer, "overview", plan, q="2017Q1", known="2017-04-05T12:00").context["figures"].lights
    after = get(viewer, "overview", plan, q="2017Q1").context["figures"].lights

    assert (before.green, before.unverified, after.red, after.unverified) == (1, 1, 1, 0)


# -- what they say ------------------------------------------------------------------------------------------


def test_overview_counts_safeguards_apart(viewer: Client) -> None:
    response = get(viewer, "overview", world(3), q="2017Q1")

    assert "3项任务中，2项正常；1项滞后。" in response.context["lede"]
    assert response.context["safeguards"] == {"grey": 1}
    assert [row.apart for row in response.context["heat"].rows] == [False, False, False, True]


def test_overview_names_the_longest_red(viewer: Client) -> None:
    plan = make.plan()
    lead = make.agency()
    one = make.task(plan, lead=lead, heading="稳步化解过剩产能")
    for quarter in ("2016Q4", "2017Q1", "2017Q2"):
        make.version(one, lead, quarter, "red")

    lede = get(viewer, "overview", plan, q="2017Q2").context["lede"]

    assert lede.endswith("“稳步化解过剩产能”已连续三季滞后。")


def test_overview_says_turned_into_missing_only_once_it_was_due(viewer: Client) -> None:
    plan = make.plan()
    lead = make.agency()
    one, other = (make.task(plan, lead=lead) for _ in range(2))
    for task, quarter in ((one, "2016Q4"), (other, "2016Q4"), (other, "2017Q1")):
        make.version(task, lead, quarter)
    due = make.cycle(plan, "2017Q1").lead_due

    def told(known_at: datetime) -> tuple[str, list[str]]:
        known = timezone.localtime(known_at).strftime("%Y-%m-%dT%H:%M")
        context = get(viewer, "overview", plan, q="2017Q1", known=known).context
        return context["lede"], [group.title for group in context["changes"]]

    before, after = told(due), told(due + TOLERANCE + timedelta(minutes=1))
    assert ("与上季相比，没有变化。" in before[0], before[1]) == (True, [])
    assert ("与上季相比，1项由报转为未报。" in after[0], after[1]) == (True, ["由报转为未报"])


def test_overview_lists_who_has_not_reported(viewer: Client) -> None:
    plan = world(1)

    missing = get(viewer, "overview", plan, q="2017Q1").context["missing"]

    assert [(row.agency, row.duty, row.count) for row in missing] == [("保障牵头", "牵头", 1)]


def test_target_has_a_path_where_the_office_set_a_baseline(viewer: Client) -> None:
    plan = world(1)
    make.target(plan, value=20, unit="个")
    make.target(plan, value=12, unit="%")
    make.target(plan)
    make.path_point(plan, 1, 2015, 0)

    page = get(viewer, "overview", plan, q="2017Q1")
    targets = page.context["targets"]

    assert [row.path for row in targets.numbered] == [5, None]  # 5 of 20 quarters, a piece each
    assert (len(targets.worded), targets.without_path) == (1, 1)
    assert "1项未设基期，无序时目标可比。" in text(page)


def test_page_escapes_what_people_wrote(viewer: Client) -> None:
    plan = make.plan()
    lead = make.agency("<b>局</b>")
    one = make.task(plan, lead=lead, heading="<script>alert(1)</script>")
    make.accept(make.version(one, lead, "2017Q1", done="<img src=x onerror=alert(1)>"))

    for page in (
        get(viewer, "overview", plan, q="2016Q4"),
        get(viewer, "task_list", plan),
        get(viewer, "task", plan, one.ref, q="2017Q1"),
        get(viewer, "matrix", plan),
        get(viewer, "agency_list", plan),
        get(viewer, "agency", plan, lead.slug),
    ):
        assert "<script>alert" not in text(page)
        assert "<img src=x" not in text(page)
        assert "<b>局" not in text(page)


def test_matrix_cell_leads_to_its_task_and_says_what_it_is(viewer: Client) -> None:
    plan = world(1)
    one = plan.tasks.get(order=1)

    response = get(viewer, "matrix", plan, q="2017Q1")
    sections = response.context["matrix"].sections
    cell = sections[0].rows[0].cells[0]

    assert cell.url == reverse("task", args=[plan.slug, one.ref]) + "?q=2017Q1"
    assert (cell.duty, cell.light) == ("lead", "green")
    assert f'aria-label="牵头0 × {one.code} {one.heading}：牵头 绿 正常"' in text(response)


def test_matrix_can_show_one_light_alone(viewer: Client) -> None:
    plan = world(2)

    matrix = get(viewer, "matrix", plan, q="2017Q1", light="red").context["matrix"]

    assert [row.name for section in matrix.sections for row in section.rows] == ["牵头1"]


def test_agency_is_called_as_in_the_quarter(viewer: Client) -> None:
    plan = make.plan()
    body = make.agency("老名字", until=datetime(2017, 1, 1).date())
    body.names.create(short="新名字", valid=(datetime(2017, 1, 1).date(), None), origin="outside")
    make.task(plan, lead=body)
    make.cycle(plan, "2017Q1")

    assert get(viewer, "agency", plan, body.slug, q="2016Q4").context["name"] == "老名字"
    assert get(viewer, "agency", plan, body.slug, q="2017Q1").context["name"] == "新名字"


# -- rule 11 ------------------------------------------------------------------------------------------------


def returned_text(accepted: bool) -> tuple[Plan, Any, Any, Any]:
    plan = make.plan()
    lead, co = make.agency(), make.agency()
    one = make.task(plan, lead=lead, co=[co])
    version = make.version(one, lead, "2017Q1", done="只有有权的人看得到")
    if accepted:
        make.accept(version)
    return plan, one, lead, co


def test_task_shows_the_text_of_an_unaccepted_return_to_its_body_and_the_office_alone() -> None:
    plan, one, lead, co = returned_text(accepted=False)
    readers = {
        "own": signed_in(Role.REPORTER, agency=lead),
        "office": signed_in(Role.OFFICE),
        "second": signed_in(Role.SECOND_REVIEWER),
        "co": signed_in(Role.REPORTER, agency=co),
        "leadership": signed_in(Role.LEADERSHIP),
        "expert": signed_in(Role.EXPERT),
        "viewer": signed_in(),
    }

    sees = {
        name
        for name, client in readers.items()
        if "只有有权的人看得到" in text(get(client, "task", plan, one.ref, q="2017Q1"))
    }

    assert sees == {"own", "office", "second"}


def test_task_shows_the_text_of_an_accepted_return_to_everybody() -> None:
    plan, one, _lead, _co = returned_text(accepted=True)

    assert "只有有权的人看得到" in text(get(signed_in(), "task", plan, one.ref, q="2017Q1"))


def test_task_shows_no_draft(viewer: Client) -> None:
    plan, one, lead, _co = returned_text(accepted=True)
    make.submission(one, lead, "2017Q2", done="还是草稿")

    for name in ("own", "viewer"):
        client = signed_in(Role.REPORTER, agency=lead) if name == "own" else viewer
        assert "还是草稿" not in text(get(client, "task", plan, one.ref, q="2017Q2"))


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("own", True),
        ("co", True),
        ("office", True),
        ("leadership", True),
        ("other", False),
        ("viewer", False),
    ],
)
def test_telephone_is_shown_to_those_who_need_it(who: str, sees: bool) -> None:
    plan, one, lead, co = returned_text(accepted=True)
    Contact.objects.create(
        responsibility=one.responsibilities.get(duty=Duty.LEAD),
        division="规划处",
        liaison="张三",
        telephone="0971-12345",
        valid=(None, None),
    )
    client = {
        "own": lambda: signed_in(Role.REPORTER, agency=lead),
        "co": lambda: signed_in(Role.APPROVER, agency=co),
        "office": lambda: signed_in(Role.OFFICE),
        "leadership": lambda: signed_in(Role.LEADERSHIP),
        "other": lambda: signed_in(Role.REPORTER),
        "viewer": signed_in,
    }[who]()

    for page in (get(client, "task", plan, one.ref, q="2017Q2"), get(client, "overview", plan, q="2017Q2")):
        assert ("0971-12345" in text(page), "张三" in text(page)) == (sees, sees)
        assert "规划处" in text(page)


def test_task_says_that_there_is_no_work_plan(viewer: Client) -> None:
    plan, one, _lead, _co = returned_text(accepted=True)

    assert "实施方案尚未报送" in text(get(viewer, "task", plan, one.ref))


# -- queries ------------------------------------------------------------------------------------------------


@pytest.mark.few(1)
@pytest.mark.parametrize("name", PAGES)
def test_queries_of_a_list_do_not_grow_with_rows(viewer: Client, name: str) -> None:
    few, many = world(1), world(5)

    assert queries(lambda: get(viewer, name, few, q="2017Q1")) == queries(
        lambda: get(viewer, name, many, q="2017Q1")
    )


def test_queries_of_a_task_do_not_grow_with_quarters_and_bodies(viewer: Client) -> None:
    few, many = world(1), world(1)
    one, other = few.tasks.get(order=1), many.tasks.get(order=1)
    for _ in range(4):
        make.responsibility(other, make.agency(), Duty.CO)
    for quarter in ("2016Q3", "2016Q4"):
        make.accept(make.version(other, make.agency(), quarter, duty=Duty.LEAD))

    assert queries(lambda: get(viewer, "task", few, one.ref, q="2017Q1")) == queries(
        lambda: get(viewer, "task", many, other.ref, q="2017Q1")
    )


def test_queries_of_an_agency_do_not_grow_with_its_tasks(viewer: Client) -> None:
    plan = make.plan()
    small, large = make.agency(), make.agency()
    make.task(plan, lead=small)
    for _ in range(4):
        one = make.task(plan, lead=large)
        make.version(one, large, "2017Q1")

    assert queries(lambda: get(viewer, "agency", plan, small.slug, q="2017Q1")) == queries(
        lambda: get(viewer, "agency", plan, large.slug, q="2017Q1")
    )


def test_no_query_runs_in_a_template(viewer: Client) -> None:
    plan = world(2)
    one = plan.tasks.get(order=1)
    lead = one.responsibilities.get(duty=Duty.LEAD).agency
    stray: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        files = [frame.filename for frame in traceback.extract_stack()]
        processors = any(name.endswith(("qhplan/context.py", "context_processors.py")) for name in files)
        if any("django/template/" in name for name in files) and not processors:
            stray.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        for name, args in [
            ("overview", ()),
            ("task_list", ()),
            ("task", (one.ref,)),
            ("matrix", ()),
            ("agency_list", ()),
            ("agency", (lead.slug,)),
            ("source", ()),
        ]:
            assert get(viewer, name, plan, *args, q="2017Q1").status_code == 200

    assert stray == []


# -- export -------------------------------------------------------------------------------------------------


def sheet(response: Any) -> Any:
    assert response.status_code == 200
    return load_workbook(BytesIO(response.content)).active


def test_export_holds_the_filtered_rows(viewer: Client) -> None:
    plan = world(3)

    page = sheet(get(viewer, "task_list_xlsx", plan, q="2017Q1", light="red"))

    head = next(row for row in page.iter_rows(values_only=True) if row[0] == "编号")
    rows = list(page.iter_rows(values_only=True))
    body = rows[rows.index(head) + 1 :]
    assert [row[4] for row in body] == ["牵头1"]
    assert body[0][5] == "红 滞后（未核）"


@pytest.mark.parametrize(
    "words", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x")']
)
def test_export_never_writes_a_formula(viewer: Client, words: str) -> None:
    plan = make.plan()
    make.task(plan, lead=make.agency(words), heading=words)

    page = sheet(get(viewer, "task_list_xlsx", plan))

    found = [cell for row in page.iter_rows() for cell in row if cell.value == words]
    assert [(cell.data_type, cell.quotePrefix) for cell in found] == [("s", True), ("s", True)]


def test_export_holds_no_text_of_returns(viewer: Client) -> None:
    plan, _one, _lead, _co = returned_text(accepted=True)

    page = sheet(get(viewer, "task_list_xlsx", plan, q="2017Q1"))

    assert not any("有权" in str(value) for row in page.iter_rows(values_only=True) for value in row)


# -- a quarter that nobody opened ---------------------------------------------------------------------------


def test_overview_of_an_unopened_quarter_compares_nothing(viewer: Client) -> None:
    plan = world(2)

    response = get(viewer, "overview", plan, q="2017Q2")

    assert response.context["lede"] == "本季度尚未开启填报。"
    assert [line.quarter for line in response.context["rates"].table] == [
        Period.parse("2017Q1"),
        Period.parse("2016Q4"),
    ]
