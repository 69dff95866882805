"""结转: unfinished tasks go on in a later plan, with ticks; both tasks say so."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qhplan import clock
from tasks.audit.models import Event
from tasks.errors import Problems
from tasks.ledgers.carrying import unfinished
from tasks.ledgers.models import CarriedTask
from tasks.models import Agency, Plan, PlanImport, Task, TermStatus
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


def office() -> Client:
    client = Client()
    client.force_login(make.user(Role.OFFICE, password=None))
    return client


def plan_of(year: int) -> Plan:
    plan = make.plan(in_force_from=f"{year}-01-01", title=f"{year}年重点任务")
    plan.refresh_from_db()
    return plan


def world() -> tuple[Plan, Plan, Agency]:
    return plan_of(2016), plan_of(2017), make.agency("省财政厅")


def reported(plan: Plan, lead: Agency, heading: str, light: str = "green", **values: Any) -> Task:
    task = make.task(plan, lead=lead, heading=heading)
    make.version(task, lead, "2016Q4", light=light, **values)
    return task


def post(client: Client, plan: Plan, **data: Any) -> Any:
    return client.post(reverse("carry", args=[plan.slug]), data, follow=True)


def test_unfinished_is_what_is_neither_done_nor_closed() -> None:
    plan, later, lead = world()
    reported(plan, lead, "滞后的", "red", progress=60)
    reported(plan, lead, "已完成的", "blue")
    reported(plan, lead, "百分之百的", progress=100)
    make.term(reported(plan, lead, "销号的"), TermStatus.CLOSED, first="2016Q4")
    make.task(plan, lead=lead, heading="从未报过的")
    make.task(later, lead=lead, heading="滞后的。")
    rows = unfinished(plan, later)
    assert [(row.task.heading, row.light, row.progress) for row in rows] == [
        ("滞后的", "red", 60),
        ("从未报过的", "", None),
    ]
    assert [row.proposed.heading if row.proposed else "" for row in rows] == ["滞后的。", ""]


def test_the_last_quarter_and_the_verified_light_decide() -> None:
    plan, later, lead = world()
    task = reported(plan, lead, "建库", "red")
    last = make.version(task, lead, "2017Q1", light="blue")
    assert unfinished(plan, later) == []
    make.accept(last, light="yellow")
    assert [(row.light, row.verified) for row in unfinished(plan, later)] == [("yellow", True)]


def test_what_is_ticked_is_carried_and_shown_on_both_tasks() -> None:
    plan, later, lead = world()
    one = reported(plan, lead, "建库", "red", progress=60)
    reported(plan, lead, "入库")
    other = make.task(later, lead=lead, heading="建库")
    client = office()
    page = client.get(reverse("carry", args=[plan.slug]), {"to": later.slug}).content.decode()
    assert f'<option value="{other.pk}" selected>' in page
    answer = post(client, plan, to=later.slug, action="carry", task=[one.pk], **{f"to-{one.pk}": other.pk})
    assert "已结转1项" in answer.content.decode()
    row = CarriedTask.objects.get()
    assert (row.earlier, row.later, row.light, row.progress) == (one, other, "red", 60)
    before = client.get(reverse("task", args=[plan.slug, one.ref])).content.decode()
    after = client.get(reverse("task", args=[later.slug, other.ref])).content.decode()
    assert "结转到" in before
    assert reverse("task", args=[later.slug, other.ref]) in before
    assert "结转自" in after
    assert "60%" in after
    again = post(client, plan, to=later.slug, action="carry", task=[one.pk], **{f"to-{one.pk}": other.pk})
    assert again.status_code == 409
    assert "已撤销这项结转" in post(client, plan, to=later.slug, undo=row.pk).content.decode()
    assert "结转" not in client.get(reverse("task", args=[plan.slug, one.ref])).content.decode()
    assert set(Event.objects.filter(subject=f"carriedtask:{row.pk}").values_list("verb", flat=True)) == {
        "task.carry",
        "task.undo_carry",
    }


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"action": "carry"}, "请勾选要结转的任务"),
        ({"action": "carry", "task": ["{one}"]}, "没有选结转到哪一项"),
        ({"action": "carry", "task": ["{one}"], "to-{one}": "{one}"}, "不在这两份方案里"),
        ({"action": "carry", "task": ["x"], "to-x": "1"}, "请从列表中选任务"),
        ({"action": "import", "title": "2017年重点任务"}, "请勾选要结转的任务"),
        ({"action": "import", "task": ["{one}"]}, "请写下一份方案的标题"),
    ],
)
def test_what_cannot_be_carried_is_one_sentence(data: dict[str, Any], sentence: str) -> None:
    plan, later, lead = world()
    one = str(reported(plan, lead, "建库").pk)
    sent = {
        key.replace("{one}", one): [item.replace("{one}", one) for item in value]
        if isinstance(value, list)
        else value.replace("{one}", one)
        for key, value in data.items()
    }
    answer = post(office(), plan, to=later.slug, **sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not CarriedTask.objects.exists()


def test_ticked_tasks_make_the_next_plan() -> None:
    plan, _later, lead = world()
    one = reported(plan, lead, "建库", "red")
    reported(plan, lead, "入库")
    post(office(), plan, action="import", task=[one.pk], title="××省2018年重点任务")
    made = PlanImport.objects.get()
    assert made.found.head.title.name == "××省2018年重点任务"
    assert [(t.heading.name, [m.name for m in t.mentions]) for t in made.found.all_tasks] == [
        ("建库", ["省财政厅"])
    ]


def test_queries_do_not_grow_with_the_tasks(django_assert_max_num_queries: Any) -> None:
    plan, later, lead = world()
    for number in range(6):
        reported(plan, lead, f"第{number}项")
        make.task(later, lead=lead, heading=f"第{number}项")
    with django_assert_max_num_queries(6):
        assert len(unfinished(plan, later)) == 6


def test_a_plan_that_begins_earlier_is_no_next_one() -> None:
    plan, later, lead = world()
    one, other = reported(plan, lead, "建库"), make.task(later, lead=lead, heading="建库")
    answer = post(
        office(), later, to=plan.slug, action="carry", task=[other.pk], **{f"to-{other.pk}": one.pk}
    )
    assert answer.status_code == 422


def test_a_ledger_on_which_a_task_was_carried_is_not_taken_back() -> None:
    from tasks.ledgers import actions
    from tests.ledgers.books import office_ledger
    from tests.ledgers.test_pages import confirmed, filled_plan, told

    plan, (task,) = filled_plan(1)
    ledger = confirmed(plan, office_ledger(told([task])[:1], year=2015))
    later = plan_of(2018)
    other = make.task(later, lead=make.agency(), heading="另一项")
    by = make.user(Role.OFFICE, password=None)
    CarriedTask.objects.create(earlier=task, later=other, carried_by=by, carried_at=clock.now())
    with pytest.raises(Problems, match="请先撤销结转"):
        actions.ask_undo(by=by, ledger=ledger, note="传错了")
