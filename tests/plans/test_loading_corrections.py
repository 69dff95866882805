"""What a person corrected gets onto the site, and what cannot is said in a sentence."""

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.errors import Problems
from tasks.indicators.loading import load, load_source
from tasks.plans.corrections import AgencyEntry, Corrections, as_json, parse
from tasks.plans.models import Plan, Responsibility, TaskTerm
from tasks.plans.names import clean
from tasks.plans.plan_folder import assemble, combined
from tasks.plans.queries import default_plan
from tasks.plans.structure import Structure
from tasks.values import Role
from tests import factories as make
from tests.plans.sample_plan import TEXT, at, edit, found
from tests.plans.texts import FOLDER

pytestmark = pytest.mark.django_db
END = {"op": "head", "field": "in_force_to", "value": "2020-12-31"}


def agencies(edited: Any) -> tuple[AgencyEntry, ...]:
    return tuple(
        AgencyEntry(name, f"s{number}x", "department", "测试") for number, name in enumerate(edited.names)
    )


def loaded(*edits: dict[str, Any], structure: Structure | None = None, **more: Any) -> Plan:
    """The small plan, loaded with these edits."""
    edited = edit(*edits)
    manual = combined(
        Corrections(found().text_sha256, agencies=more.pop("agencies", agencies(edited))), edited.corrections
    )
    return load_source(assemble("small", TEXT, structure or edited.structure, manual, **more))


def refusal(*edits: dict[str, Any], **more: Any) -> str:
    with pytest.raises(Problems) as error:
        loaded(*edits, **more)
    assert not Plan.objects.filter(slug="small").exists()
    return "\n".join(problem.message for problem in error.value.problems)


def test_a_plan_of_a_later_year_is_known_from_its_loading_on() -> None:
    """On a trial site the clock stands in 2017, and whatever plan is tried shows its agencies at once."""
    with clock.at(make.moment("2016-12-01 09:00")):
        plan = loaded()
        held = Responsibility.objects.held(plan.first_quarter, clock.now())
        assert held.filter(task__plan=plan).exists()


def test_a_plan_that_prints_no_validity_holds_from_its_issue_on_without_an_end() -> None:
    plan = loaded()
    assert (plan.in_force_from, plan.in_force_to) == (date(2017, 1, 5), None)
    assert "in_force_from" not in plan.head
    assert plan.first_quarter <= plan.last_quarter
    held = Responsibility.objects.filter(task__plan=plan).first()
    assert held is not None
    assert held.valid.upper is None


def test_what_was_typed_for_the_head_replaces_what_was_read() -> None:
    plan = loaded(END, {"op": "head", "field": "title", "value": "盐湖方案"})
    assert (plan.title, plan.in_force_to) == ("盐湖方案", date(2020, 12, 31))
    assert "title" not in plan.head
    assert "doc_number" in plan.head


def test_an_assigned_agency_is_marked_as_no_words_of_the_plan() -> None:
    plan = loaded(
        {"op": "add_mention", "task": at("做强锂电材料"), "duty": "co", "name": "省能源局", "note": "会议定"}
    )
    (row,) = Responsibility.objects.filter(task__plan=plan, mention=None)
    assert (row.duty, row.origin, row.origin_note) == ("co", "outside", "会议定")
    assert not row.agency.in_plan


def test_a_heading_in_other_words_is_marked_as_inferred() -> None:
    plan = loaded({"op": "heading", "task": at("做强锂电材料"), "value": "锂电的产能"})
    task = plan.tasks.get(ref="2-2-1")
    assert (task.heading, task.origin) == ("锂电的产能", "inferred")


def test_a_deadline_becomes_the_tasks_term() -> None:
    plan = loaded({"op": "deadline", "task": at("推进尾矿利用"), "at": at("2019年6月底前")})
    (term,) = TaskTerm.objects.filter(task__plan=plan)
    assert (term.task.ref, term.deadline) == ("2-1-1", date(2019, 6, 30))


def test_an_end_before_the_start_is_a_sentence() -> None:
    assert "早于施行日期" in refusal({"op": "head", "field": "in_force_to", "value": "2016-12-31"})


def test_words_too_long_for_their_column_are_a_sentence() -> None:
    task = found().groups[0].tasks[0]
    # The reader may give a whole paragraph as a name.
    whole = replace(task.heading, start=0, end=len(TEXT) - 1)
    long = replace(whole, name=edit_name(whole.start, whole.end))
    groups = (replace(found().groups[0], tasks=(replace(task, heading=long),)), *found().groups[1:])
    said = refusal(structure=replace(found(), groups=groups))
    assert "任务的名称“示例省盐湖" in said
    assert "最多 200 字" in said


def edit_name(start: int, end: int) -> str:
    return clean(TEXT[start:end])


def test_the_slug_of_another_agency_is_refused() -> None:
    """Another province's 科技厅 is another agency, though both have the slug kjt."""
    make.agency("省科技厅", slug="s0x")
    assert "已属于另一个单位" in refusal()
    plan = loaded(known_agencies={"省工业厅": "s0x"})
    assert Responsibility.objects.filter(task__plan=plan, agency__slug="s0x").exists()
    assert Agency.objects.filter(slug="s0x").count() == 1


def test_corrections_are_written_as_they_are_read() -> None:
    edited = edit(END, {"op": "add_mention", "task": at("做强锂电材料"), "duty": "co", "name": "省能源局"})
    manual = combined(Corrections(found().text_sha256, agencies=agencies(edited)), edited.corrections)
    assert parse(as_json(manual)) == manual
    first = (FOLDER / "corrections.json").read_text()
    assert parse(as_json(parse(first))) == parse(first)


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"agencies": {"name": "x"}}, "agencies 应是一列对象"),
        ({"agencies": ["x"]}, "agencies 应是一列对象"),
        ({"head": [{"field": "title", "value": 7, "reason": "x"}]}, "head[0].value“7”的类型不对"),
        ({"head": [{"field": "motto", "value": "x", "reason": "x"}]}, "不是可以更正的栏目"),
        ({"head": [{"field": "issued_on", "day": "2017-13-01", "reason": "x"}]}, "不是日期"),
        ({"duties": [{"task": "9-9", "name": "省科技厅", "duty": "co", "reason": "x"}]}, "“9-9”"),
        ({"duties": [{"task": "3-1-1", "name": "省科技厅", "duty": "boss", "reason": "x"}]}, "身份“boss”不可用"),
        ({"edits": [{"op": "fly"}]}, "edits 第1步：没有“fly”这种更正"),
        ({"edits": [{"op": "drop_task", "task": {"quote": "没有的"}}]}, "没有“没有的”这项任务"),
        ({"collectives": [{"name": "各市州人民政府", "members": "x", "reason": "x"}]}, "members 应是一列对象"),
        ([], "最外层应是一个对象"),
    ],
)  # fmt: skip
def test_corrections_of_the_wrong_shape_are_sentences(tmp_path: Path, change: Any, said: str) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "other"))
    path = folder / "corrections.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | change if isinstance(change, dict) else change))
    with pytest.raises(Problems) as error:
        load(folder)
    assert said in "\n".join(problem.message for problem in error.value.problems)


def test_edits_of_the_folder_are_applied_before_the_other_corrections(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "other"))
    path = folder / "corrections.json"
    data = json.loads(path.read_text())
    data["edits"] = [{"op": "head", "field": "doc_number", "value": "青政〔2016〕49号"}]
    path.write_text(json.dumps(data))
    assert load(folder).doc_number == "青政〔2016〕49号"


# -- the plan on which the site opens ----------------------------------------------------------------------------


def test_a_plan_without_its_day_of_issue_is_not_everybodys_home() -> None:
    dated = make.plan(issued_on=date(2018, 6, 27))
    undated = make.plan(issued_on=None)
    assert default_plan() == dated
    Plan.objects.filter(pk=undated.pk).update(is_default=True)
    assert default_plan() == undated


def test_the_pages_of_a_plan_without_an_end(client: Client) -> None:
    plan = loaded()
    office = make.user(Role.OFFICE)
    client.force_login(office)
    for path in ("", "tasks/", "matrix/", "targets/", "text/", "evaluation/", "schedule/", "adjustments/"):
        answer = client.get(f"/plans/small/{path}")
        assert answer.status_code == 200, path
    assert client.get(f"/cycles/?plan={plan.slug}").status_code == 200
    assert clock.today() <= plan.last_quarter.last_day
