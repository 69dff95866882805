"""What a meeting decided, entered in one table."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from reports.coordination.actions import add
from reports.coordination.values import State
from reports.supervision.message_texts import basis
from reports.supervision.models import Instruction, Notice
from reports.supervision.resolutions import ResolutionInput, enter
from reports.supervision.values import InstructionState
from tests.coordination.test_pages import signed, text_of
from tests.supervision.conftest import World

KEY = "3f0f0f7e-0000-4000-8000-000000000002"
MEETING = {"key": KEY, "meeting": "领导小组第3次会议", "held_on": "2017-07-04"}


def test_one_table_follows_up_a_request_a_task_and_nothing(world: World) -> None:
    request = add(by=world.office, task=world.task, agency_id=world.co.pk, text="请协调用电。")
    rows = {
        "row0-about": f"request-{request.pk}", "row0-words": "请牵头局办理。", "row0-agency": str(world.lead.pk),
        "row0-due_on": "2017-07-26",
        "row2-about": f"task-{world.task.ref}", "row2-words": "抓紧推进。", "row2-agency": str(world.lead.pk),
        "row2-due_on": "2017-07-28",
        "row3-words": "下次会议听取汇报。",
    }  # fmt: skip
    client = signed(world.office)
    page = reverse("resolutions")
    assert f'value="request-{request.pk}" selected' in text_of(client.get(page, {"id": request.pk}))
    assert client.post(page, {**MEETING, **rows}).status_code == 302
    request.refresh_from_db()
    assert request.state == State.ASSIGNED
    assert list(request.steps.values_list("kind", flat=True)) == ["raised", "meeting", "assigned"]
    on_task, on_nothing = Instruction.objects.with_standing().order_by("pk")
    assert (on_task.title, on_task.task, on_nothing.subject) == (
        "领导小组第3次会议议定事项",
        world.task,
        None,
    )
    assert (on_task.standing, on_nothing.standing) == (InstructionState.ASSIGNED, InstructionState.WAITING)
    notice = Notice.objects.get()
    assert (notice.agency, notice.is_issued) == (world.lead, True)
    assert basis(notice) == "2017年7月4日，领导小组第3次会议议定：“抓紧推进。”"
    again = {name: value for name, value in rows.items() if not name.startswith("row0")}
    assert client.post(page, {**MEETING, **again}).status_code == 409
    assert Instruction.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "请至少写一项议定事项。"),
        ({"row1-words": "办", "row1-agency": "LEAD"}, "请填写反馈期限。"),
        ({"row1-words": "办", "row1-due_on": "2017-07-28"}, "有期限的，请选承办单位。"),
        ({"row1-agency": "LEAD", "row1-due_on": "2017-07-28"}, "请写议定的内容。"),
        ({"row1-words": "办", "held_on": "2017-07-06"}, "批示日期不能晚于今天。"),
        ({"row1-words": "办", "meeting": ""}, "请写会议名称。"),
        ({"row1-words": "办", "row1-about": "request-999"}, "row1"),
    ],
)
def test_what_is_wrong_stands_on_its_row_and_nothing_is_written(
    world: World, wrong: dict[str, str], said: str
) -> None:
    data = {key: str(world.lead.pk) if value == "LEAD" else value for key, value in wrong.items()}
    data = {**MEETING, "row0-words": "先办这件。" if wrong else "", **data}
    answer = signed(world.office).post(reverse("resolutions"), data)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not Instruction.objects.exists()


def test_only_the_office_enters_them(world: World) -> None:
    for user in (world.leadership, world.second, world.approver):
        with pytest.raises(PermissionDenied):
            enter(
                by=user, plan=world.plan, meeting="会", held_on=None, resolutions=[ResolutionInput("办")], key=uuid.uuid4()
            )  # fmt: skip
