"""A task and a return as Word documents: what their pages show the same reader, and a record of who took them."""

from io import BytesIO

import pytest
from django.test import Client
from docx import Document

from tasks.audit.models import Event
from tasks.models import User
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


def said(user: User, path: str) -> str:
    """Every paragraph and cell of the document at the path."""
    client = Client()
    client.force_login(user)
    answer = client.get(path)
    assert answer.status_code == 200
    document = Document(BytesIO(answer.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_both_say_what_the_reader_sees_and_are_recorded() -> None:
    plan = make.plan(slug="first")
    task = make.task(plan, heading="建设平台")
    lead = make.agency("省科技厅")
    make.responsibility(task, lead)
    make.cycle(plan, "2017Q1")
    problems = [{"category": "money", "text": "缺配套资金"}]
    version = make.version(task, lead, "2017Q1", "yellow", done="认定三家\n=1+1<b>", next_steps="抓紧", problems=problems)  # fmt: skip
    make.accept(version)
    reporter, viewer = make.user(Role.REPORTER, agency=lead), make.user(Role.VIEWER)
    path = f"/returns/{version.submission_id}/versions/1.docx"
    own, others = said(reporter, path), said(viewer, path)
    assert all(word in own for word in ("建设平台", "认定三家", "=1+1<b>", "下步打算：抓紧", "缺配套资金"))
    assert "缺配套资金" not in others
    assert "认定三家" in others
    whole = said(viewer, f"/plans/first/tasks/{task.ref}.docx?q=2017Q1")
    assert all(word in whole for word in ("建设平台", "责任单位", "科技厅", "认定三家"))
    assert "缺配套资金" not in whole
    assert list(Event.objects.filter(verb__endswith=".download").values_list("verb", "by").order_by("pk")) == [
        ("return.download", reporter.pk), ("return.download", viewer.pk), ("task.download", viewer.pk),
    ]  # fmt: skip
    stranger = Client()
    assert stranger.get(path).status_code == 302
