"""The commands do what the page does, through the same functions, and say in sentences what they cannot do."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tasks.importing import actions
from tasks.plans.models import Plan, PlanState
from tests import factories as make
from tests.importing.uploads import imported
from tests.plans.sample_plan import TEXT

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def run(name: str, *args: Any, **options: Any) -> str:
    out = StringIO()
    call_command(name, *map(str, args), stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "盐湖方案.txt"
    path.write_bytes(TEXT.encode("gb18030"))
    return path


def test_from_a_document_to_a_loaded_plan_without_a_word_typed(document: Path) -> None:
    run("read_plan", document)
    folder = document.parent / "slz20171h"
    assert (folder / "text.txt").read_text() == TEXT
    tried = run("load_plan", folder, dry_run=True)
    assert "试载入，没有写入" in tried
    assert "5 项任务和保障措施" in tried
    assert not Plan.objects.filter(slug="slz20171h").exists()
    assert "新单位 7 个" in run("load_plan", folder)
    assert Plan.objects.get(slug="slz20171h").tasks.count() == 5


def test_the_data_of_another_text_is_never_overwritten(document: Path, tmp_path: Path) -> None:
    out = tmp_path / "there"
    run("read_plan", document, out=out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    other = tmp_path / "other.txt"
    other.write_text(TEXT.replace("盐湖", "林业"))
    with pytest.raises(CommandError, match="另一份方案的原文"):
        run("read_plan", other, out=out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    (out / "corrections.json").write_text("{}")
    run("read_plan", document, out=out)  # the same text again: what a person corrected stays
    assert (out / "corrections.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.txt", b"", "空"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "损坏"),
        ("text.txt", "方案".encode("gb18030"), "不是 UTF-8"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CommandError, match=why):
        run("read_plan", tmp_path / name, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_lost_heading_is_no_success(document: Path) -> None:
    """What was read is written all the same; the exit code tells that it is not all."""
    lost = TEXT.replace("2.健全监测体系。按季公布结果。（省资源厅、省水务厅负责）\n", "")
    document.write_text(
        lost.replace("扩大产能。", "扩大产能。（省资源厅牵头，省水务厅配合）（省水务厅负责）")
    )
    try:
        run("read_plan", document, out=document.parent / "out")
    except CommandError as error:
        assert "没有读全" in str(error)  # noqa: PT017
    assert (document.parent / "out" / "structure.json").exists()


def test_a_plan_that_was_loaded_by_the_command_is_withdrawn_by_one(document: Path) -> None:
    run("read_plan", document)
    run("load_plan", document.parent / "slz20171h")
    plan = Plan.objects.get(slug="slz20171h")
    run("withdraw_plan", "slz20171h", reason="传错文件")
    assert not Plan.objects.filter(pk=plan.pk).exists()
    assert Plan.everything.get(pk=plan.pk).state == PlanState.WITHDRAWN
    with pytest.raises(CommandError, match="库中没有方案"):
        run("withdraw_plan", "slz20171h", reason="再撤")
    run("load_plan", document.parent / "slz20171h")
    assert Plan.objects.filter(slug="slz20171h").exists()


def test_withdrawing_is_refused_on_the_page_s_plans_and_after_a_return(document: Path) -> None:
    plan = imported().plan
    assert plan is not None
    with pytest.raises(CommandError, match="请两个人"):
        run("withdraw_plan", plan.slug, reason="传错文件")
    filed = make.plan()
    make.version(make.task(filed, lead=(lead := make.agency())), lead, "2017Q1")
    with pytest.raises(CommandError, match="已有单位报送"):
        run("withdraw_plan", filed.slug, reason="传错文件")


def test_an_imported_plan_is_exported_as_the_folder_that_loads_it(tmp_path: Path) -> None:
    row = imported()
    assert row.plan is not None
    folder = tmp_path / row.plan.slug
    run("export_plan", row.plan.slug, folder=folder)
    before = json.loads(run("export_plan", row.plan.slug))
    with pytest.raises(CommandError, match="已存在"):
        run("export_plan", row.plan.slug, folder=folder)
    actions.withdraw_plan(plan=row.plan, by=None, reason="重来")
    run("load_plan", folder)
    assert json.loads(run("export_plan", folder.name)) == before
