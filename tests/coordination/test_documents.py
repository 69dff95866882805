"""议题清单 and 汇报稿."""

import io
from typing import Any

import pytest
from django.urls import reverse
from docx import Document

from reports.coordination.actions import StepInput, act
from reports.coordination.models import CoordinationRequest
from tests.coordination.conftest import World, asked
from tests.coordination.test_pages import signed


def made(world: World, kind: str, ids: list[int]) -> Any:
    return signed(world.office).get(reverse("coordination_document"), {"make": kind, "id": ids})


def test_the_office_gets_both_documents_of_what_it_chose(world: World) -> None:
    first, second = asked(world, text="请协调<用地>=1+1"), asked(world, world.co, "请协调用电。")
    asked(world, world.home, "请协调用水。")
    act(by=world.office, request=first, name="opine", asked=StepInput(words="建议研究。"))
    ids = [first.pk, second.pk]
    agenda = made(world, "agenda", ids)
    assert agenda.headers["Content-Type"].endswith("wordprocessingml.document")
    table = Document(io.BytesIO(agenda.content)).tables[0]
    rows = [[cell.text for cell in row.cells] for row in table.rows][1:]
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
        ("1", "请协调<用地>=1+1", "牵头局（2017年第一季度）", "建议研究。"),
        ("2", "请协调用电。", "配合局（2017年第一季度）", ""),
    ]
    lines = [line.text for line in Document(io.BytesIO(made(world, "report", ids).content)).paragraphs]
    assert lines[0] == "关于提请协调事项的汇报"
    assert "汇报如下，其中2件尚未答复。" in lines[1]
    assert lines[2].startswith("一、智能制造（任务")
    assert lines[-1] == "2017年7月5日"
    assert not any("用水" in line for line in lines)


@pytest.mark.parametrize(
    ("kind", "ids", "status"), [("agenda", [], 302), ("agenda", [0], 302), ("x", [1], 404)]
)
def test_what_cannot_be_made_is_said(world: World, kind: str, ids: list[int], status: int) -> None:
    asked(world)
    assert made(world, kind, ids).status_code == status
    assert CoordinationRequest.objects.get().steps.count() == 1
