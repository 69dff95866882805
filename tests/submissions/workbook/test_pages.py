"""Down, up, preview, confirm: what a person sees and does, and what the office gets."""

import io
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from tasks.models import Agency, Plan, Responsibility, Submission
from tasks.submissions.workbook.build import build
from tasks.submissions.workbook.rows import all_rows, own_rows
from tasks.values import Duty, Period, Role
from tasks.workbooks import signed_preview
from tests import factories as make
from tests.submissions.workbook.conftest import HEAD, MAIN, Book, Desk, Q

UPLOAD = "workbook_upload"


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def send(client: Client, data: bytes, name: str = "表.xlsx") -> Any:
    return client.post(reverse(UPLOAD), {"q": str(Q), "file": SimpleUploadedFile(name, data)})


def test_a_body_downloads_fills_previews_and_applies(desk: Desk) -> None:
    client = desk.client()
    page = client.get(reverse("desk"), {"q": str(Q)}).content.decode()
    assert f"{reverse('workbook')}?q={Q}" in page
    assert f"{reverse(UPLOAD)}?q={Q}" in page
    answer = client.get(reverse("workbook"), {"q": str(Q)})
    assert quote("2017年第一季度") in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"].startswith("max-age=0")
    book = Book(content(answer)).fill(desk.lead.code, light="绿 正常", done="<b>办成</b>")
    shown = send(client, book.data())
    page = shown.content.decode()
    assert shown.status_code == 200
    assert "1 件会改 · 1 件不变" in page
    assert "&lt;b&gt;办成&lt;/b&gt;" in page
    assert not Submission.objects.exists()
    signed = shown.context["signed"]
    done = client.post(reverse("workbook_apply"), {"q": str(Q), "changes": signed}, follow=True)
    assert "填报表已写入 1 件草稿" in done.content.decode()
    head = Submission.objects.get()
    assert (head.light, head.done, head.revision, head.saved_by) == ("green", "<b>办成</b>", 1, desk.user)


def test_a_faulty_workbook_is_shown_cell_by_cell_and_cannot_be_confirmed(desk: Desk) -> None:
    book = desk.book().fill(desk.lead.code, light="橙").fill(desk.shared.code, light="绿 正常")
    answer = send(desk.client(), book.data())
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "填报 K5" in page
    assert "请从下拉框选绿、黄、红、蓝之一。" in page
    assert reverse("workbook_apply") not in page
    assert not Submission.objects.exists()


def test_a_refused_file_says_why(desk: Desk) -> None:
    answer = send(desk.client(), b"PK nothing", "旧表.xls")
    assert answer.status_code == 422
    assert "旧表.xls：这不是 Excel 工作簿" in answer.content.decode()
    assert "请选择填好的填报表" in desk.client().post(reverse(UPLOAD)).content.decode()


def test_a_confirmed_preview_that_others_overtook_writes_nothing(desk: Desk) -> None:
    book = desk.book().fill(desk.lead.code, light="绿 正常").fill(desk.shared.code, light="绿 正常")
    client = desk.client()
    signed = send(client, book.data()).context["signed"]
    colleague = make.user(Role.REPORTER, agency=desk.agency, password=None)
    make.submission(desk.shared, desk.agency, Q, saved_by=colleague)
    answer = client.post(reverse("workbook_apply"), {"changes": signed})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "什么都没有写入" in page
    assert f"{desk.shared.code}：{colleague}于" in page
    assert Submission.objects.get().light == ""


def test_confirming_twice_writes_once(desk: Desk) -> None:
    client = desk.client()
    signed = send(client, desk.book().fill(desk.lead.code, light="绿 正常").data()).context["signed"]
    answers = [client.post(reverse("workbook_apply"), {"changes": signed}, follow=True) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "这张填报表刚才已由您写入" in answers[1].content.decode()
    assert Submission.objects.get().revision == 1


def test_a_preview_cannot_be_made_up_or_used_by_another_body(desk: Desk) -> None:
    client = desk.client()
    signed = send(client, desk.book().fill(desk.lead.code, light="绿 正常").data()).context["signed"]
    assert client.post(reverse("workbook_apply"), {"changes": signed[:-2] + "xx"}).status_code == 422
    stranger = desk.client(make.user(Role.REPORTER, agency=desk.other, password=None))
    assert stranger.post(reverse("workbook_apply"), {"changes": signed}).status_code == 403
    assert not Submission.objects.exists()


def test_an_old_preview_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = desk.client()
    signed = send(client, desk.book().fill(desk.lead.code, light="绿 正常").data()).context["signed"]
    monkeypatch.setattr(signed_preview, "MAX_AGE", -1)
    answer = client.post(reverse("workbook_apply"), {"changes": signed})
    assert answer.status_code == 422
    assert "预览已失效，请重新上传。" in answer.content.decode()


def test_a_quarter_without_duties_gives_an_empty_workbook(desk: Desk) -> None:
    user = make.user(Role.REPORTER, password=None)
    answer = desk.client(user).get(reverse("workbook"), {"q": str(Q)})
    assert openpyxl.load_workbook(io.BytesIO(content(answer)))["填报"].max_row == HEAD


def test_the_office_gets_what_all_bodies_submitted_and_no_draft(desk: Desk) -> None:
    version = make.version(
        desk.lead, desk.agency, Q, "yellow", done="交了", problems=[{"category": "land", "text": "没批"}]
    )
    make.figure(version, desk.amount, 12)
    make.submission(desk.shared, desk.agency, Q, done="只是草稿")
    office = desk.client(make.user(Role.OFFICE, password=None))
    assert reverse("workbook_all") in office.get(reverse("review"), {"q": str(Q)}).content.decode()
    book = openpyxl.load_workbook(io.BytesIO(content(office.get(reverse("workbook_all"), {"q": str(Q)}))))
    sheet = book["填报"]
    rows = [
        tuple(
            sheet.cell(row, MAIN[name]).value for name in ("code", "agency", "duty", "state", "light", "done")
        )
        for row in range(HEAD + 1, sheet.max_row + 1)
    ]
    assert rows == [
        (desk.lead.code, "牵头局", "牵头", "已提交", "黄 有风险", "交了"),
        (desk.lead.code, "别的局", "配合", "未填", None, None),
        (desk.shared.code, "别的局", "牵头", "未填", None, None),
        (desk.shared.code, "牵头局", "配合", "未填", None, None),
    ]
    assert sheet.cell(HEAD + 1, MAIN["problem_text_1"]).value == "没批"
    assert book["数据"].cell(HEAD + 1, 9).value == 12
    assert all(cell.protection.locked for row in sheet.iter_rows() for cell in row)


@pytest.mark.full
def test_every_body_of_the_first_plan_gets_what_it_owes(plan: Plan) -> None:
    first = Period(2017, 2)
    office = make.user(Role.OFFICE, password=None)
    with clock.at(make.moment("2017-07-05 10:00")):
        bodies = Agency.objects.filter(pk__in=Responsibility.objects.filter(task__plan=plan).values("agency"))
        mine = [(row.code, row.agency) for body in bodies for row in own_rows(plan, first, body.pk)]
        everybodys = all_rows(plan, first, office)
        data = build(
            plan_slug=plan.slug,
            plan_title=plan.title,
            quarter=first,
            agency_slug="",
            agency_name="",
            rows=everybodys,
        )
    assert len(mine) == len(set(mine)) == 485
    assert {(row.code, row.agency) for row in everybodys} == set(mine)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["填报"]
    assert sheet.max_row == HEAD + 485


@pytest.mark.full
def test_queries_do_not_grow_with_the_rows(desk: Desk) -> None:
    client, office = desk.client(), desk.client(make.user(Role.OFFICE, password=None))

    def queries(act: Any) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert act().status_code in {200, 302}
        return len(caught)

    def measure() -> list[int]:
        book = desk.book()
        for row in range(HEAD + 1, book.main.max_row + 1):
            if book.main.cell(row, MAIN["state"]).value in {"未填", "草稿"}:
                book.main.cell(row, MAIN["done"]).value = f"改{row} {book.main.max_row}"
        data = book.data()
        signed = send(client, data).context["signed"]
        return [
            queries(lambda: client.get(reverse("workbook"), {"q": str(Q)})),
            queries(lambda: office.get(reverse("workbook_all"), {"q": str(Q)})),
            queries(lambda: send(client, data)),
            queries(lambda: client.post(reverse("workbook_apply"), {"changes": signed})),
        ]

    def grow(count: int) -> None:
        for _ in range(count):
            task = make.task(desk.plan, lead=desk.agency, co=[desk.other])
            drafted = make.task(desk.plan, lead=desk.other, co=[desk.agency])
            indicator = make.indicator(desk.plan, task, drafted, duty=Duty.LEAD)
            make.figure(make.version(task, desk.agency, "2016Q4"), indicator, 1)
            make.figure(make.version(task, desk.agency, Q), indicator, 2)
            make.version(task, desk.other, Q)
            make.submission(drafted, desk.agency, Q)
            make.task(desk.plan, lead=desk.agency)

    grow(1)
    measure()
    grow(1)
    before = measure()
    grow(4)
    assert measure() == before
