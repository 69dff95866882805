"""Export into the office's own workbook: its heads, merged cells and formats, and what the plan says of a quarter."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tasks.audit.models import Event
from tasks.ledgers.models import LedgerTemplate
from tasks.models import Installation, Plan, Task
from tasks.values import Role
from tests import factories as make
from tests.ledgers.books import office_ledger, plain_book

pytestmark = pytest.mark.django_db


def office() -> Client:
    client = Client()
    client.force_login(make.user(Role.OFFICE, password=None))
    return client


def world() -> tuple[Plan, Task, Task]:
    plan = make.plan(in_force_from="2016-01-01")
    plan.refresh_from_db()
    lead = make.agency("省财政厅")
    one = make.task(plan, lead=lead, co=[make.agency("省商务厅")], heading="建库")
    two = make.task(plan, lead=lead, heading="招商")
    make.accept(make.version(one, lead, "2017Q1", done="=1+1", light="red"))
    make.version(one, lead, "2017Q2", done="封顶")
    make.version(two, lead, "2017Q2", done="签约3家", light="yellow")
    return plan, one, two


def given(client: Client, plan: Plan, content: bytes) -> Any:
    upload = SimpleUploadedFile("本办台账.xlsx", content)
    return client.post(reverse("ledger_template", args=[plan.slug]), {"document": upload}, follow=True)


def download(client: Client, plan: Plan, **query: str) -> Any:
    return client.get(reverse("ledger_xlsx", args=[plan.slug]), {"q": "2017Q2", **query})


def cells(answer: Any, row: int) -> list[Any]:
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [cell.value for cell in sheet[row]]


def test_the_template_is_uploaded_once_and_filled_for_a_quarter() -> None:
    plan, _one, _two = world()
    client = office()
    page = given(client, plan, office_ledger([("建库",)])).content.decode()
    assert "12 列" in page
    answer = download(client, plan)
    assert "2017Q2" in answer["Content-Disposition"]
    assert cells(answer, 4) == [
        1, "建库", "省财政厅", "完成5项", "=1+1", "滞后", "封顶", "正常（未核）", None, None, None, None
    ]  # fmt: skip
    assert cells(answer, 5)[1:8] == ["招商", "省财政厅", None, None, None, "签约3家", "有风险（未核）"]
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert sheet["E4"].data_type == "s"
    assert sheet["E4"].quotePrefix
    assert "A2:A3" in {str(area) for area in sheet.merged_cells.ranges}
    event = Event.objects.get(verb="ledger.export")
    assert event.data == {"plan": plan.slug, "quarter": "2017Q2"}


def test_a_later_template_takes_the_place_of_the_first() -> None:
    plan, _one, _two = world()
    client = office()
    given(client, plan, office_ledger([("建库",)]))
    given(client, plan, plain_book(["任务", "进展"], ["建库", None]))
    assert cells(download(client, plan), 2) == ["建库", "封顶"]
    assert LedgerTemplate.objects.count() == 2


def test_a_template_with_heads_alone_is_filled_below_them() -> None:
    plan, _one, _two = world()
    client = office()
    given(client, plan, plain_book(["任务", "牵头单位", "进展"]))
    answer = download(client, plan)
    assert [cells(answer, row) for row in (2, 3)] == [
        ["建库", "省财政厅", "封顶"],
        ["招商", "省财政厅", "签约3家"],
    ]


def test_what_stands_in_the_template_stays_unless_it_is_to_be_replaced() -> None:
    plan, _one, _two = world()
    client = office()
    given(client, plan, plain_book(["任务", "进展"], ["建库", "手写的"]))
    assert cells(download(client, plan), 2) == ["建库", "手写的"]
    assert cells(download(client, plan, replace="1"), 2) == ["建库", "封顶"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "空的"),
        (plain_book(["随便写的一行"]), "模板里没有表头"),
        (plain_book(["任务", "单位"]) + b"", ""),
    ],
)
def test_what_is_no_template_is_one_sentence(content: bytes, sentence: str) -> None:
    plan, _one, _two = world()
    answer = given(office(), plan, content)
    if not sentence:
        assert LedgerTemplate.objects.exists()
        return
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not LedgerTemplate.objects.exists()


def test_heads_that_are_not_understood_are_named_on_the_page_and_kept() -> None:
    plan, _one, _two = world()
    client = office()
    book = plain_book(["干什么", "谁来干", "干得怎样"], ["建库", None, None])
    page = given(client, plan, book).content.decode()
    assert "看不出模板哪一列是任务" in page
    assert "下载台账" not in page
    template = LedgerTemplate.objects.get()
    address = reverse("ledger_template_columns", args=[plan.slug])

    def name(*fields: str, **more: Any) -> Any:
        chosen = {f"field-{number}": field for number, field in enumerate(fields)}
        return client.post(address, {"template": template.pk, **chosen, **more}, follow=True)

    for fields, sentence in (
        (("", "lead", "progress"), "请指定一列为任务"),
        (("task", "task", "progress"), "且只指定一列"),
        (("task", "", ""), "请至少再指定一列要填的内容"),
        (("task", "lead", "nonsense"), "“干得怎样”的内容请从列表中选"),
        (("task", "progress", "progress"), "指定成了同一项内容"),
    ):
        answer = name(*fields)
        assert (answer.status_code, sentence in answer.content.decode()) == (422, True), sentence
    assert LedgerTemplate.objects.count() == 1
    assert "各列已记下" in name("task", "lead", "progress").content.decode()
    assert cells(download(client, plan), 2) == ["建库", "省财政厅", "封顶"]
    assert Event.objects.filter(verb="ledger.template_columns").count() == 1
    assert name("task", "lead", "progress").status_code == 409  # of a template whose place another took
    assert client.post(address, {"template": "x"}).status_code == 404
    # The next workbook with these heads is read alike.
    assert "看不出模板哪一列是任务" not in given(client, plan, book).content.decode()


def test_without_a_template_and_for_a_quarter_that_is_none_there_is_no_file() -> None:
    plan, _one, _two = world()
    client = office()
    assert download(client, plan).status_code == 404
    given(client, plan, office_ledger([("建库",)]))
    assert download(client, plan, q="2099Q1").status_code == 404
    assert download(client, plan, q="x").status_code == 404


def test_sample_data_is_marked_in_the_file() -> None:
    plan, _one, _two = world()
    Installation.objects.update_or_create(defaults={"is_sample": True})
    client = office()
    given(client, plan, plain_book(["任务", "进展"], ["建库", None]))
    sheet = load_workbook(io.BytesIO(download(client, plan).content)).worksheets[0]
    assert "示例数据，非真实统计。" in {cell.value for row in sheet.iter_rows() for cell in row}


def test_nobody_but_the_office_gets_the_file() -> None:
    plan, _one, _two = world()
    given(office(), plan, office_ledger([("建库",)]))
    client = Client()
    client.force_login(make.user(Role.VIEWER, password=None))
    assert download(client, plan).status_code == 403
