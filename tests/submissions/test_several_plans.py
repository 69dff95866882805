"""A site with several plans: each is filed, reviewed and chased on the same pages, named by ?plan=."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qhplan import clock
from tasks.models import Agency, Plan, State, Submission, User
from tasks.values import Role
from tests import factories as make
from tests.markup import one_line

pytestmark = pytest.mark.django_db

Q = "2017Q1"
NOW = make.moment("2017-04-03 09:00")


LATE = {
    "opened_at": make.moment("2017-04-01 09:00"),
    "co_due": make.moment("2017-04-10 17:00"),
    "lead_due": make.moment("2017-04-17 17:00"),
    "decision_due": make.moment("2017-04-24 17:00"),
    "closes_at": make.moment("2017-06-23 17:00"),
}


class World:
    """Two plans, both open for 2017Q1; one body leads a task in each."""

    def __init__(self) -> None:
        self.old = make.plan(
            slug="old-plan", title="旧方案", issued_on=make.moment("2016-08-01 00:00").date()
        )
        self.new = make.plan(
            slug="new-plan", title="新方案", issued_on=make.moment("2016-12-01 00:00").date()
        )
        self.lead: Agency = make.agency("牵头局")
        self.tasks = {
            plan.slug: make.task(plan, lead=self.lead, heading=f"{plan.title}的任务")
            for plan in (self.old, self.new)
        }
        self.cycles = {plan.slug: make.cycle(plan, Q) for plan in (self.old, self.new)}
        self.reporter = make.user(Role.REPORTER, agency=self.lead, password=None)
        self.approver = make.user(Role.APPROVER, agency=self.lead, password=None)
        self.office = make.user(Role.OFFICE, password=None)

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client


@pytest.fixture
def world(db: None) -> Any:
    with clock.at(NOW):
        yield World()


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("reporter", "desk"),
        ("reporter", "package"),
        ("reporter", "workplan_desk"),
        ("reporter", "contacts"),
        ("approver", "assignments"),
        ("office", "review"),
        ("office", "progress"),
        ("office", "terms"),
        ("office", "sent"),
        ("office", "cycles"),
    ],
)
def test_a_page_opens_on_the_plan_that_is_asked_for(world: World, who: str, name: str) -> None:
    client = world.client(getattr(world, who))
    assert client.get(reverse(name)).context["plan"] == world.new
    page = client.get(reverse(name), {"plan": "old-plan"})
    assert page.context["plan"] == world.old
    assert "?plan=old-plan" in page.content.decode()  # its links stay with the plan
    for wrong in ("no-such-plan", "a\x00b", "../x"):
        assert client.get(reverse(name), {"plan": wrong}).status_code == 404


@pytest.mark.full
def test_the_desk_tells_of_the_other_plan_and_its_returns_are_filed(world: World) -> None:
    reporter = world.client(world.reporter)
    desk = reporter.get(reverse("desk")).content.decode()
    assert "旧方案的任务" not in desk
    assert "也在填报期间，还有 1 项没有报" in desk
    task = world.tasks["old-plan"]
    draft = {"light": "green", "done": "办成", "judgement": "好", "revision": "", "action": "leave"}
    sent = reporter.post(reverse("return_edit", args=["old-plan", Q, task.ref]), draft)
    assert sent["Location"] == f"/desk/?plan=old-plan&q={Q}"
    package = {"plan": "old-plan", "q": Q, "tasks": [task.pk], "action": "submit"}
    done = world.client(world.approver).post(reverse("package"), package)
    assert done["Location"] == f"/desk/package/?plan=old-plan&q={Q}"
    assert Submission.objects.get().state == State.SUBMITTED
    assert "也在填报期间，本单位已经报完" in reporter.get(reverse("desk")).content.decode()
    office = world.client(world.office)
    queue = office.get(reverse("review"), {"plan": "old-plan"})
    assert [row.version.task for row in queue.context["office_rows"]] == [task]
    pk = queue.context["office_rows"][0].version.pk
    several = {"plan": "old-plan", "q": Q, "versions": pk, "action": "accept", "verification": "unverified"}
    decided = office.post(reverse("decide_several"), several)
    assert decided["Location"] == f"/review/?plan=old-plan&q={Q}"


def test_the_desk_of_an_agency_without_duties_says_so(world: World) -> None:
    """Counting nothing would read 共 0 项：。"""
    stranger = make.user(Role.REPORTER, agency=make.agency("别局"), password=None)
    desk = world.client(stranger).get(reverse("desk")).content.decode()
    assert "没有应报事项。" in desk
    assert "共 0 项" not in desk


def test_a_site_with_one_plan_shows_no_choice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = world.client(world.reporter).get(reverse("desk"))
    assert 'aria-label="方案"' in desk.content.decode()
    monkeypatch.setattr("qhplan.context.published_for", lambda user: Plan.objects.filter(pk=world.new.pk))
    assert 'aria-label="方案"' not in world.client(world.reporter).get(reverse("desk")).content.decode()


def test_a_back_filled_quarter_is_told_on_the_desk_and_marked(world: World) -> None:
    make.cycle(world.new, "2016Q3", **LATE)
    client = world.client(world.reporter)
    desk = client.get(reverse("desk"), {"q": Q}).content.decode()
    assert "2016年第三季度</a><b>补录</b>" in one_line(desk)
    assert '<span class="stamp">补录</span>' in client.get(reverse("desk"), {"q": "2016Q3"}).content.decode()


def test_the_desk_orders_by_what_is_due_and_says_how_long(world: World) -> None:
    other = make.agency("别局")
    co = make.task(world.new, lead=other, co=[world.lead])
    client = world.client(world.reporter)

    def sections() -> list[tuple[str, str]]:
        found = client.get(reverse("desk"), {"q": Q}).context["sections"]
        return [(one.key, one.note) for one in found]

    cycle = world.cycles["new-plan"]
    left = [f"还有 {(due.date() - NOW.date()).days} 天" for due in (cycle.co_due, cycle.lead_due)]
    (first, co_note), (second, lead_note) = sections()
    assert (first, second) == ("co", "lead")
    assert left[0] in co_note
    assert left[1] in lead_note
    make.version(co, world.lead, Q)
    (first, lead_note), (second, co_note) = sections()
    assert (first, second) == ("lead", "co")
    assert left[1] in lead_note
    assert left[0] not in co_note
    back = make.version(world.tasks["new-plan"], world.lead, Q)
    make.send_back(back, note="补数据")
    page = client.get(reverse("desk"), {"q": Q})
    assert [line.row.task for line in page.context["todo"]] == [world.tasks["new-plan"]]
    assert [key for key, _note in sections()] == ["co"]
