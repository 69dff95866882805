"""The pages of ledgers: sixty tasks and four quarters from an office's Excel, by the screens alone."""

from time import perf_counter
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.scoring.queries import facts
from reports.scoring.values import ScoredPeriod
from tasks.ledgers.models import Ledger, LedgerColumn, LedgerState
from tasks.models import Jurisdiction, Plan, PlanImport, Task, User, Version
from tasks.standing.queries import standing
from tasks.values import BACKFILLED, Period, Role
from tests import factories as make
from tests.ledgers.books import office_ledger, plain_book

pytestmark = pytest.mark.django_db
STATUSES = ("正常", "有风险", "滞后", "已完成")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def office() -> User:
    return make.user(Role.OFFICE, password=None)


def filled_plan(tasks: int) -> tuple[Plan, list[Task]]:
    """A plan of 2016 with that many tasks of six leads."""
    plan = make.plan(in_force_from="2015-01-01")
    plan.refresh_from_db()
    leads = [make.agency(f"省第{n}厅") for n in range(1, 7)]
    return plan, [
        make.task(plan, lead=leads[n % 6], heading=f"推进第{n}项重点工程建设") for n in range(1, tasks + 1)
    ]


def told(tasks: list[Task]) -> list[tuple[Any, ...]]:
    return [
        (task.heading, *(f"{task.heading}完成{n}项|{STATUSES[(task.order + n) % 4]}" for n in range(1, 5)))
        for task in tasks
    ]


def send(client: Client, plan: str, content: bytes, name: str = "台账.xlsx") -> Any:
    upload = SimpleUploadedFile(name, content)
    return client.post(reverse("ledgers"), {"plan": plan, "document": upload})


def act(client: Client, ledger: Ledger, action: str, note: str = "") -> Any:
    return client.post(reverse("ledger_act", args=[ledger.pk]), {"action": action, "note": note}, follow=True)


@pytest.mark.full
def test_sixty_tasks_and_four_quarters_by_the_screens_alone() -> None:
    plan, tasks = filled_plan(60)
    first, second = signed_in(office()), signed_in(office())
    started = perf_counter()
    answer = send(first, plan.slug, office_ledger(told(tasks), year=2015))
    ledger = Ledger.objects.get()
    assert answer.url == reverse("ledger", args=[ledger.pk])
    page = first.get(answer.url).content.decode()
    assert "240 件 · 60 项任务 · 4 期" in page
    assert not Version.objects.exists()
    assert "已送确认" in act(first, ledger, "submit").content.decode()
    assert act(first, ledger, "confirm").status_code == 403
    assert "补录 240 件" in act(second, ledger, "confirm").content.decode()
    seconds = perf_counter() - started
    assert seconds < 30
    assert Version.objects.filter(backfill=ledger).count() == 240
    rows = standing([plan.pk], Period(2015, 4), known_at=Version.objects.first().submitted_at)
    assert {(row.state, row.on_time, row.owed) for row in rows} == {(BACKFILLED, None, False)}
    assert [row.light for row in rows[:4]] == ["yellow", "red", "blue", "green"]
    scored = facts(plan, ScoredPeriod.parse("2015"), known_at=rows[0].submitted_at)
    assert not any(things for found in scored.values() for things in found.things.values())


@pytest.mark.full
def test_the_mark_is_on_every_page_that_shows_the_task() -> None:
    plan, (task,) = filled_plan(1)
    confirmed(plan, office_ledger(told([task]), year=2015))
    reader = signed_in(office())
    query = {"q": "2015Q4"}
    version = Version.objects.get(quarter=Period(2015, 4))
    pages = [
        reverse("task", args=[plan.slug, task.ref]),
        reverse("task_list", args=[plan.slug]),
        reverse("overview", args=[plan.slug]),
        reverse("agency", args=[plan.slug, version.agency.slug]),
        reverse("return", args=[version.submission_id]),
    ]
    for address in pages:
        assert "补录" in reader.get(address, query).content.decode(), address
    assert "逾期" not in reader.get(pages[-1]).content.decode()
    said = reader.get(reverse("api_version", args=[version.pk])).json()
    assert said["backfill"]["entered_by"] == str(version.backfill.uploaded_by)
    assert said["submitted_by"] == str(version.submitted_by)


def confirmed(plan: Plan, content: bytes) -> Ledger:
    one, two = signed_in(office()), signed_in(office())
    send(one, plan.slug, content)
    ledger = Ledger.objects.latest("pk")
    act(one, ledger, "submit")
    act(two, ledger, "confirm")
    ledger.refresh_from_db()
    assert ledger.state == LedgerState.CONFIRMED
    return ledger


def test_columns_are_named_once() -> None:
    plan, tasks = filled_plan(2)
    book = plain_book(
        ["大事记", "谁办", "干得咋样"], *([task.heading, "省第1厅", "完成一项"] for task in tasks)
    )
    client = signed_in(office())
    send(client, plan.slug, book)
    ledger = Ledger.objects.get()
    assert "请指定一列为任务" in client.get(reverse("ledger", args=[ledger.pk])).content.decode()
    chosen = {"field-0": "task", "field-1": "lead", "field-2": "progress", "period-2": "1-3", "year": "2015"}
    answer = client.post(reverse("ledger_columns", args=[ledger.pk]), chosen, follow=True)
    assert "2 件 · 2 项任务 · 1 期" in answer.content.decode()
    assert LedgerColumn.objects.count() == 3
    act(client, ledger, "discard", "换一份")
    send(client, plan.slug, book)
    again = Ledger.objects.get(state=LedgerState.OPEN)
    assert [one["field"] for one in again.columns] == ["task", "lead", "progress"]
    page = client.get(reverse("ledger", args=[again.pk])).content.decode()
    assert "请填写年份" in page  # a year is that of one ledger


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"field-0": "task", "field-1": "task"}, "请指定一列为任务，且只指定一列。"),
        ({"field-0": "nothing"}, "请从列表中选"),
        ({"period-2": "13-99"}, "所属期请从列表中选。"),
        ({"field-2": "progress", "period-2": "1-3", "year": "去年"}, "年份请写四位数字"),
        ({"field-2": "progress", "period-2": "1-3", "year": "99"}, "年份请写四位数字"),
    ],
)
def test_a_choice_that_cannot_be_read_is_one_sentence(chosen: dict[str, str], sentence: str) -> None:
    plan, (task,) = filled_plan(1)
    client = signed_in(office())
    send(client, plan.slug, plain_book(["任务", "牵头单位", "进展"], [task.heading, "省第1厅", "完成"]))
    ledger = Ledger.objects.get()
    answer = client.post(reverse("ledger_columns", args=[ledger.pk]), chosen)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    ledger.refresh_from_db()
    assert ledger.columns[0]["field"] == "task"


def test_a_row_that_looks_like_a_task_is_asked() -> None:
    plan, tasks = filled_plan(2)
    rows = [("推进第1项重点工程的建设", "完成"), ("没有的事项", "完成"), (tasks[1].heading, "完成")]
    client = signed_in(office())
    send(client, plan.slug, office_ledger(rows, year=2015))
    ledger = Ledger.objects.get()
    page = client.get(reverse("ledger", args=[ledger.pk])).content.decode()
    assert "待您确定：1 行是哪项任务" in page  # the first by number and name
    refused = act(client, ledger, "submit")
    assert "还有1行看不出是哪项任务" in refused.content.decode()
    key = "台账:5"
    answer = client.post(reverse("ledger_rows", args=[ledger.pk]), {f"row-{key}": "0"}, follow=True)
    assert "不补录的 1 行" in answer.content.decode()
    stranger = make.task(make.plan())
    answer = client.post(reverse("ledger_rows", args=[ledger.pk]), {f"row-{key}": str(stranger.pk)})
    assert answer.status_code == 422
    assert "不属于这份方案" in answer.content.decode()


def test_two_rows_for_one_task_are_told_and_the_first_is_taken() -> None:
    plan, (task,) = filled_plan(1)
    client = signed_in(office())
    send(client, plan.slug, office_ledger([(task.heading, "完成一"), (task.heading, "完成二")], year=2015))
    page = client.get(reverse("ledger", args=[Ledger.objects.get().pk])).content.decode()
    assert "任务与第 4 行重复" in page
    assert "1 件 · 1 项任务" in page


def test_a_real_return_is_never_overwritten() -> None:
    plan, (task,) = filled_plan(1)
    make.cycle(plan, "2015Q4")
    lead = task.responsibilities.get().agency
    make.version(task, lead, "2015Q4")
    client = signed_in(office())
    send(client, plan.slug, office_ledger(told([task]), year=2015))
    ledger = Ledger.objects.get()
    page = client.get(reverse("ledger", args=[ledger.pk])).content.decode()
    assert "2015年第四季度已在本系统开启填报" in page
    assert "3 件 · 1 项任务 · 3 期" in page


def test_all_of_it_is_taken_back_by_two_people() -> None:
    plan, (task,) = filled_plan(1)
    ledger = confirmed(plan, office_ledger(told([task]), year=2015))
    one, two = signed_in(office()), signed_in(office())
    assert "请写明理由" in act(one, ledger, "ask_undo").content.decode()
    act(one, ledger, "ask_undo", "传错了年份")
    assert act(one, ledger, "undo").status_code == 403
    assert "已全部撤销" in act(two, ledger, "undo").content.decode()
    assert not Version.objects.exists()
    assert Version.every.filter(withdrawal_reason="传错了年份").count() == 4


def test_the_same_ledger_twice_is_one_sentence() -> None:
    plan, tasks = filled_plan(1)
    client = signed_in(office())
    content = office_ledger(told(tasks), year=2015)
    send(client, plan.slug, content)
    answer = send(client, plan.slug, content)
    assert answer.status_code == 422
    assert "这份台账已由" in answer.content.decode()
    assert Ledger.objects.count() == 1


def test_a_ledger_makes_a_plan() -> None:
    client = signed_in(office())
    rows = [("建设平台", "完成"), ("引进人才", "完成")]
    send(client, "new", office_ledger(rows, leads=["省科技厅", "省委组织部"]))
    ledger = Ledger.objects.get()
    answer = act(client, ledger, "import")
    made = PlanImport.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("plan_import", args=[made.pk])
    assert [task.heading.name for task in made.found.all_tasks] == ["建设平台", "引进人才"]
    ledger.refresh_from_db()
    assert (ledger.state, ledger.plan_import) == (LedgerState.IMPORTED, made)


def test_the_list_takes_the_same_queries_for_more_ledgers() -> None:
    plan, tasks = filled_plan(1)
    client = signed_in(office())
    counts = []
    for number in range(3):
        send(client, plan.slug, office_ledger(told(tasks), year=2015, title=f"台账{number}"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("ledgers"))
        counts.append(len(queries))
    assert counts[0] == counts[2]


def test_an_office_of_another_place_sees_and_does_nothing_of_the_plan() -> None:
    plan, tasks = filled_plan(1)
    here, there = (
        Jurisdiction.objects.create(name=name, level="city", office=f"{name}办") for name in ("甲市", "乙市")
    )
    own = make.plan(jurisdiction=there)
    Plan.objects.filter(pk=plan.pk).update(jurisdiction=None)
    ledger = confirmed(plan, office_ledger(told(tasks), year=2015))
    Plan.objects.filter(pk=plan.pk).update(jurisdiction=here)
    neighbour = make.user(Role.OFFICE, agency=make.agency(jurisdiction=there), password=None)
    client = signed_in(User.objects.get(pk=neighbour.pk))
    page = client.get(reverse("ledgers")).content.decode()
    assert own.title in page
    assert plan.title not in page
    assert client.get(reverse("ledger", args=[ledger.pk])).status_code == 404
    assert act(client, ledger, "ask_undo", "传错了").status_code == 404
    assert send(client, plan.slug, office_ledger(told(tasks), year=2015)).status_code == 404
    assert client.get(reverse("carry", args=[plan.slug])).status_code == 404
    assert client.get(reverse("ledger_template", args=[plan.slug])).status_code == 404
