"""A table of tasks makes a plan, by the same steps as a text does."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tasks.errors import Problems
from tasks.importing import actions
from tasks.importing.models import PlanImport
from tasks.importing.queries import current
from tasks.plans.models import Task
from tasks.plans.structure import from_json
from tests.importing.uploads import answer_all, file, office
from tests.plans.documents.test_task_tables import workbook

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_a_ledger_of_tasks_becomes_a_plan() -> None:
    content = workbook(
        ["××省2024年重点任务台账"],
        ["序号", "类别", "任务", "牵头单位", "配合单位", "年度目标", "完成时限"],
        [1, "创新", "建设平台", "省科技厅", "省财政厅、省教育厅", "5家", "2024年6月底前"],
        [2, None, "引进人才", "省委组织部", None, "100人", "2024年"],
        merged=("A1:G1", "B3:B4"),
    )
    user = office()
    row = actions.upload(by=user, upload=file(content, "台账.xlsx"))
    answer_all(row, user)
    edits = [
        {"op": "agency", "name": name, "choice": "new", "kind": "department", "full_name": f"××{name}"}
        for name in current(row).edited.names
    ]
    actions.add_edits(by=user, plan_import=row, edits=edits)
    actions.submit(by=user, plan_import=row)
    plan = actions.confirm(by=office(), plan_import=row).plan
    assert plan is not None
    assert plan.title == "××省2024年重点任务台账"
    tasks = Task.objects.filter(plan=plan).order_by("order")
    assert [(t.group.name if t.group else "", t.code, t.heading) for t in tasks] == [
        ("创新", "1", "建设平台"),
        ("创新", "2", "引进人才"),
    ]


def test_the_command_reads_a_table_as_the_page_does(tmp_path: Path) -> None:
    source = tmp_path / "台账.xlsx"
    source.write_bytes(
        workbook(
            ["重点任务台账"],
            ["任务", "牵头单位"],
            ["建库", "省财政厅"],
            ["入库", "省商务厅"],
            merged=("A1:B1",),
        )
    )
    call_command("read_plan", str(source), out=tmp_path / "plan", stdout=StringIO(), stderr=StringIO())
    found = from_json((tmp_path / "plan" / "structure.json").read_text())
    assert [task.heading.name for task in found.all_tasks] == ["建库", "入库"]


def test_a_workbook_without_tasks_is_one_sentence() -> None:
    with pytest.raises(Problems, match="表里找不到任务列"):
        actions.upload(by=office(), upload=file(workbook(["姓名", "电话"], ["张三", "1"]), "名单.xlsx"))
    assert not PlanImport.objects.exists()


def test_a_table_without_a_title_is_one_sentence() -> None:
    with pytest.raises(Problems, match="表上没有标题"):
        actions.upload(
            by=office(), upload=file(workbook(["任务", "牵头单位"], ["建库", "省财政厅"]), "台账.xlsx")
        )
