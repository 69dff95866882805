"""Every kind of brief: which figures it freezes, what its own sections say, and how it is numbered."""

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pymupdf
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from qhplan import clock
from reports.briefs import actions, kinds, scopes
from reports.briefs.actions import Made
from reports.briefs.kinds import agency
from reports.briefs.models import Brief, BriefKind
from reports.briefs.render import render
from reports.canonical import canonical, plain
from reports.evaluation.queries import evaluate
from reports.figures.values import Lights, Rate
from tasks.errors import Problems
from tasks.models import Plan, User
from tasks.values import Period
from tests import factories as make
from tests.briefs import example
from tests.briefs.conftest import NOW, Q1
from tests.markup import one_line

SCHEMA: dict[str, Any] = json.loads((settings.BASE_DIR / "docs" / "figures-schema.json").read_text())
NOTICE = {
    "id": 1,
    "doc_number": "督〔2017〕1号",
    "form": "督办单",
    "title": "关于“智能制造”进展滞后的督办单",
    "ground": "red",
    "agency_id": 1,
    "addressee": "青海省商务厅",
    "task_codes": ["三（一）1"],
    "issued_on": "2017-04-20",
    "due_on": "2017-05-04",
    "state": "issued",
    "workdays_late": 2,
    "escalated_to": "head",
}
INSTRUCTION = {
    "id": 1,
    "leader": "某副组长",
    "words": "请抓紧办理。",
    "given_on": "2017-05-02",
    "recorded_at": "2017-05-02T10:00:00+08:00",
    "on": "2017年第一季度简报",
    "task_code": "",
    "state": "waiting",
    "assigned": [],
}


def figures(kind: str, ref: str = "", name: str = "", **more: Any) -> dict[str, Any]:
    """The made-up quarter as the kind freezes it."""
    found = kinds.KINDS[kind].narrow(example.figures(), ref)
    text = example.frozen_json(found, kind=kind, scope={"ref": ref, "name": name}, **more)
    made: dict[str, Any] = json.loads(text)
    jsonschema.validate(made, SCHEMA)
    return made


def words(content: dict[str, Any]) -> str:
    """The running text, without the marks of what is fixed."""
    done = example.composed(content)
    return "\n".join(text.replace("⟦", "").replace("⟧", "") for text in done.words.values())


# -- a part of the plan -------------------------------------------------------------------------------------


def test_groups_and_safeguards_add_up_to_the_plan() -> None:
    whole = example.figures()
    parts = [kinds.group.KIND.narrow(whole, str(one.number)) for one in whole.groups]
    rest = kinds.group.KIND.narrow(whole, scopes.SAFEGUARDS)
    assert sum((part.lights for part in parts), Lights()) == whole.lights
    assert rest.safeguard_lights == whole.safeguard_lights
    assert (rest.lights, rest.groups) == (Lights(), ())
    assert sum((part.lead for part in [*parts, rest]), Rate()) == whole.lead
    assert [len(part.tasks) for part in parts] == [4, 4, 3, 4, 3, 4, 3, 4, 3]
    assert all(part.groups[0].lights == part.lights for part in parts)


def test_a_body_has_the_tasks_that_it_leads_and_its_own_rates() -> None:
    whole = example.figures()
    body = whole.tasks[0].lead
    assert body is not None
    part = agency.KIND.narrow(whole, body.slug)
    assert {task.lead.slug for task in part.tasks if task.lead} == {body.slug}
    own = [one for one in whole.agencies if one.agency.slug == body.slug]
    assert (part.lead, part.co) == ((own[0].lead, own[0].co) if own else (Rate(), Rate()))
    assert {one.agency.slug for one in part.missing} <= {body.slug}


@pytest.mark.full
@pytest.mark.slow
@pytest.mark.django_db
def test_the_first_plan_has_61_briefs_in_a_set_and_each_freezes_by_the_schema(plan: Plan) -> None:
    found = kinds.quarter_set(plan, Q1, ["plan", "one_page", "group", "sector", "agency"])
    assert {one.kind for one in kinds.quarter_set(plan, Q1)} == {"plan", "one_page", "feedback"}
    counts = {kind: sum(one.kind == kind for one in found) for kind in BriefKind}
    assert {kind.value: n for kind, n in counts.items() if n} == {
        "plan": 1,
        "one_page": 1,
        "group": 10,
        "sector": 7,
        "agency": 42,
    }
    everything = [*kinds.scopes(plan, Period(2016, 4)), *kinds.scopes(plan, Period(2025, 4))]
    chosen = {
        (one.kind, one.ref): one for one in everything if one.kind != "agency" or one.ref in {"jxw", "xining"}
    }
    for one in chosen.values():
        quarter = Period(2025, 4) if one.kind == BriefKind.EVALUATION else Period(2016, 4)
        text = kinds.freeze(
            plan, quarter, known_at=NOW, kind=one.kind, scope=one.ref, name=one.name, is_sample=True
        )
        jsonschema.validate(json.loads(text), SCHEMA)
        assert canonical(kinds.read_snapshot(text)) == text


@pytest.mark.django_db
def test_a_brief_that_the_quarter_does_not_have_is_refused(small_plan: Plan) -> None:
    for kind, scope in (("group", "7"), ("agency", "nobody"), ("annual", ""), ("plan", "1"), ("no", "")):
        with pytest.raises(Problems) as raised:
            actions.ask(by=None, plan=small_plan, quarter=Q1, kind=kind, scope=scope, now=NOW)
        assert list(raised.value.by_field()) == ["kind"], kind


# -- what the sections of a kind say ------------------------------------------------------------------------


def test_notices_and_instructions_are_told_with_what_is_late() -> None:
    said = words(
        figures(
            "supervision",
            notices=[NOTICE, {**NOTICE, "workdays_late": 0, "escalated_to": ""}],
            instructions=[INSTRUCTION],
        )
    )
    assert (
        "截至2017年5月8日18:00，尚未办结的督办2件，其中待签收2件。逾期未反馈的1件，最长逾期2个工作日。已提级督办的1件。"
        in said
    )
    assert "截至2017年5月8日18:00，尚未办结的批示1件，尚未交办。" in said
    assert (
        words(figures("supervision", notices=[], instructions=[]))
        == "截至2017年5月8日18:00，没有尚未办结的督办和批示。"
    )


def test_what_is_followed_up_is_told_as_of_when_it_was_known() -> None:
    def body(kind: str, **more: Any) -> str:
        return example.composed(figures(kind, **more)).body

    counted = "督办和批示列截至数据提取时间尚未办结的全部，包括本季度以后签发的，不按2017年3月31日截止。"
    assert counted in body("supervision", notices=[NOTICE], instructions=[])
    assert counted not in body("supervision", notices=[], instructions=[])
    assert "逾期督办1件，批示1件" in body("one_page", **MORE["one_page"])


def test_one_page_carries_no_words_that_it_does_not_print() -> None:
    content = json.dumps(figures("one_page", **MORE["one_page"]), ensure_ascii=False)
    whole = example.figures()
    said = [task.narrative for task in whole.tasks]
    texts = (
        {one.done for one in said}
        | {one.decision_note for one in said}
        | {t for one in said for _c, t in one.problems}
    )
    assert len(texts - {""}) > 3
    assert [text for text in texts - {""} if text in content] == []


def test_one_page_names_late_safeguards_beside_the_main_tasks_that_its_table_counts() -> None:
    content = figures("one_page", **MORE["one_page"])
    red = content["lights"]["red"]
    assert content["safeguard_lights"]["red"] == 1
    late = next(line for line in words(content).split("\n") if "另有保障措施" in line)
    assert late.endswith(f"等{red}项，另有保障措施1项。")
    assert f"等{red + 1}项" not in words(content)


def test_a_quarter_that_is_not_due_is_not_called_overdue() -> None:
    def said(kind: str, **due: str) -> tuple[str, str]:
        content = figures(kind, **MORE.get(kind, {}))
        content |= due
        if "lead_due" in due:
            # As the rollup gives them: what is not due yet is no change.
            content["changes"] = [one for one in content["changes"] if one["kind"] != "missing"]
        body = example.composed(content).body
        return words(content), body

    ahead = {"co_due": "2017-05-11T18:00:00+08:00", "lead_due": "2017-05-18T18:00:00+08:00"}
    text, body = said("plan", **ahead)
    assert "尽快补报" not in text
    assert "尚未报送的牵头汇总5件、配合填报60件，报送期限未到，由有关单位按期报送。" in text
    assert text.count("牵头汇总的报送期限（2017年5月18日18:00）未到，未报送的不是逾期。") == 2
    assert "牵头单位本季度尚未报送，报送期限未到" in text
    annex = body[body.index('<table class="data missing">') :].split("</table>")[0]
    assert annex.count("报送期限未到") == 2
    assert annex.count("<td>未到期</td>") == annex.count('<th scope="row"')
    # Only the co-returns are due.
    text, _body = said("plan", lead_due=ahead["lead_due"])
    assert "未报送的配合填报60件，由有关单位尽快补报。" in text
    assert "尚未报送的牵头汇总5件，报送期限未到" in text
    text, body = said("plan")
    assert "未到" not in text
    assert "未到期" not in body


def test_one_page_points_to_what_has_not_come_in() -> None:
    content = figures("one_page", **MORE["one_page"]) | {"changes": [], "groups": [], "safeguards": []}
    content |= {"notices": [], "instructions": [], "focus": {**FOCUS, "requests": [], "targets": []}}
    assert words(content) == "牵头汇总5件、配合填报60件。"
    content["co_due"] = content["lead_due"] = "2017-05-18T18:00:00+08:00"
    assert words(content) == "牵头汇总5件、配合填报60件，报送期限未到。"
    assert words(content | {"missing": []}) == "本季没有转红、完成、滞后和需省级协调的任务。"


def test_one_page_says_what_to_step_in_for() -> None:
    content = figures("one_page", **MORE["one_page"])
    red = [task for group in content["groups"] for task in group["tasks"] if task["light"] == "red"]
    content["focus"] = {
        **FOCUS,
        "requests": [REQUEST, {**REQUEST, "outcome": "7月5日交办省财政厅"}, REQUEST, REQUEST],
        "red": [{"task_ref": red[-1]["ref"], "agency": "某局", "quarters": 3}],
    }
    said = words(content).split("\n")
    assert said[0] == (
        "三（一）1 省科技厅3月20日提请“请协调解决用地指标”，已49天未答复；"
        "三（一）1 省科技厅3月20日提请“请协调解决用地指标”，7月5日交办省财政厅；另有2件。"
    )
    assert "，连续3季）" in said[1].split("、")[0]
    assert said[2:5] == [
        "“规模以上工业增加值年均增长12%”现为7.5，目标12%，按最近4个核定值推算为6.5至9.2（把握80%）。",
        "督〔2017〕1号（青海省商务厅，逾期2个工作日）。",
        "某副组长5月2日批示“请抓紧办理”，尚未交办。",
    ]
    # What was frozen before has only the names of the tasks.
    del content["focus"]
    assert "已49天" not in words(content)


def test_the_annex_of_returns_is_called_by_what_it_holds() -> None:
    def named(**changed: Any) -> tuple[str, str]:
        content = figures("plan") | changed
        return words(content), example.composed(content).body

    for changed, what in (
        ({}, "未报送和逾期报送"),
        ({"agencies": []}, "未报送"),
        ({"missing": []}, "逾期报送"),
    ):
        text, body = named(**changed)
        assert f"\n{what}的单位见附件2。" in text.replace("。" + what, "。\n" + what)
        assert f">{what}清单</h2>" in body
    text, body = named(missing=[], agencies=[])
    assert "单位见附件" not in text


def test_a_single_annex_has_no_number() -> None:
    content = figures("group", "1", "创新")
    with translation.override(settings.LANGUAGE_CODE):
        body = one_line(example.composed(content).body)
    assert "单位见附件。" in body
    assert re.search(r">附件：未报送", body)
    assert '<p class="annex-number">附件</p>' in body
    assert "附件1" not in body


def test_a_year_says_which_quarter_its_returns_and_problems_are_of() -> None:
    light = plain(Lights(green=2))
    rates = {"lead": asdict(Rate(4, 3, 2)), "co": asdict(Rate(9, 8, 7))}
    one = {"quarter": "2016Q4", "lights": light, "safeguard_lights": plain(Lights()), "tasks": {}, **rates}
    content = figures("annual", year=[one, {**one, "quarter": "2017Q1"}], paths=[])
    said = words(content)
    for begins in ("牵头汇总应报", "牵头单位反映问题的有", "牵头单位提出需省级协调的有"):
        assert f"2017年第一季度，{begins}" in said
    with translation.override(settings.LANGUAGE_CODE):
        body = one_line(example.composed(content).body)
    assert "2017年第一季度报送率与按时率（件）" in body
    assert "2017年第一季度，按单位列出" in body
    table = body[body.index('<table class="data special year">') :].split("</table>")[0]
    assert "—" not in table
    assert '<td class="light red">0</td>' in table
    assert "▲<br/>有风险</th>" in table
    assert "2017年第一季度，牵头汇总应报" not in words(figures("plan"))


def test_a_year_says_of_which_quarter_its_next_steps_are() -> None:
    head = "以下按2017年第一季度的填报和核定情况提出。"

    def steps(content: dict[str, Any], **amended: str) -> str:
        words = {key.replace("__", "/"): text for key, text in amended.items()}
        body = example.composed(content, words=words).body
        found = re.search(r"、下一步工作</h2>(.*?)<(?:h2|section|div)", body, re.S)
        return re.sub(r"\s*<[^>]+>\s*", "\n", found[1]).strip() if found else ""

    content = figures("annual", year=[], paths=[])
    lines = [line for line in steps(content).split("\n") if line]
    assert lines[0] == head
    assert lines[1].startswith("1. 对滞后的")
    assert head not in words(figures("plan"))
    # Struck out, or with nothing asked for, it does not stand alone.
    count = len(lines) - 1
    assert steps(content, **{f"next__{n}": "" for n in range(1, count + 1)}) == ""
    assert [line for line in steps(content, next__head="").split("\n") if line] == lines[1:]


def test_quotes_within_quotes_are_single_and_days_are_called_as_they_were_counted() -> None:
    content = figures("one_page", **MORE["one_page"])
    for task in [task for group in content["groups"] for task in group["tasks"]]:
        task["heading"] = "加快企业“走出去”"
    for change in content["changes"]:
        change["task_heading"] = "加快企业“走出去”"
    for kind in ("one_page", "plan"):
        said = words(content | {"kind": kind})
        assert "“加快企业‘走出去’”" in said
        assert "“走出去””" not in said
    late = {"notices": [{**NOTICE, "workdays_late": 23}], "instructions": [INSTRUCTION]}
    content = figures("supervision", **late)
    body = example.composed(content).body
    assert body.count("逾期23个工作日") == 2
    assert "逾期23日" not in body
    assert "尚未办结的批示1件，尚未交办。" in body
    content = figures("group", "1", "加快企业“走出去”")
    title = example.composed(content).title
    assert title.startswith("“加快企业‘走出去’”任务组")


def test_announced_scores_are_an_annex_by_kind_and_ranked_only_where_published() -> None:
    def page(kind: str, told: Any) -> str:
        content = figures(kind, paths=[], scores=told)
        return example.composed(content).body

    html = page("annual", SCORES)
    annex = html[html.index(">考核得分</h2>") :]
    assert annex.index("省发展改革委</th>") < annex.index("西宁市人民政府</th>")
    assert "89.50" in html
    assert "同类名次" not in html
    said = words(figures("annual", paths=[], scores=SCORES))
    assert "2016年度考核结果第2版于3月2日公布，按《考核办法》第1号计分，1家单位有得分。" in said
    first = {**SCORES["bodies"][1], "rank": 1}
    assert "同类名次" in page("plan", {**SCORES, "bodies": [first]})
    assert "考核得分" not in page("plan", None)


def test_tables_of_the_body_are_numbered_from_one_beside_an_annex_with_a_table() -> None:
    for kind in ("plan", "annual"):
        content = figures(kind, paths=[], scores=SCORES)
        with translation.override(settings.LANGUAGE_CODE):
            body = one_line(example.composed(content).body)
        captions = re.findall(r"<caption>表(\d+)", body)
        assert captions == [str(n) for n in range(1, len(captions) + 1)]
        assert "各组状态见表1。" in words(content)


def test_shares_of_a_body_are_counted() -> None:
    row = {"code": "三（一）1", "heading": "智能制造", "light": "green", "state": "accepted", "on_time": True}
    shares = [
        row,
        {**row, "on_time": False, "state": "submitted"},
        {**row, "state": "missing", "light": "grey", "on_time": None},
    ]
    said = words(figures("agency", "nobody", "某局", shares=shares, notices=[]))
    assert "配合的任务3项，已报66.7%（2/3），其中逾期1件。" in said


def test_a_sector_says_how_it_is_counted_and_what_was_invested() -> None:
    project = {
        "name": "压机",
        "origin": "plan",
        "body": "国资委",
        "state": "accepted",
        "works": "在建",
        "invested": "12.50",
        "total": "300",
    }
    other = {**project, "name": "炼油厂", "state": "missing", "works": "", "invested": None, "total": None}
    said = words(figures("sector", "1", "新能源产业", projects=[project, other]))
    assert "方案未明确本领域的责任单位" in said
    assert (
        "本领域重大项目2个，方案未明确责任单位，填报单位由办公室指定。应报2个，已报1个，本季完成投资12.5万元，累计300万元。"
        in said
    )


def test_a_year_compares_only_tasks_that_had_a_light_in_both_quarters() -> None:
    lights = plain(Lights(green=2, red=1))
    one = {
        "quarter": "2016Q4",
        "lights": lights,
        "safeguard_lights": plain(Lights()),
        "lead": asdict(Rate(4, 3, 2)),
        "co": asdict(Rate(9, 8, 7)),
    }
    # a better, b worse, c done, d grey before: compared are three.
    first = {**one, "tasks": {"a": "red", "b": "green", "c": "yellow", "d": "grey"}}
    last = {**one, "quarter": "2017Q1", "tasks": {"a": "green", "b": "red", "c": "blue", "d": "green"}}
    said = words(figures("annual", year=[first, last], paths=[]))
    assert (
        "从2016年第四季度到2017年第一季度，两季都有状态的3项任务中，新完成1项、好转1项、转差1项，见表1。"
        in said
    )
    none = words(figures("annual", year=[{**first, "tasks": {}}, last], paths=[]))
    assert "全年各季度的状态和报送情况，见表1。" in none


@pytest.mark.django_db
def test_the_final_evaluation_names_every_result(small_plan: Plan) -> None:
    task = small_plan.tasks.get()
    lead = task.responsibilities.get().agency
    indicator = make.indicator(small_plan, task, unit="家")
    make.target(small_plan, indicator, 20, text="新增20家", comparison="at_least", unit="家")
    make.target(small_plan, text="明显提高", year=2025)
    version = make.version(task, lead, "2020Q4", at=make.moment("2021-01-10"))
    make.figure(version, indicator, 25)
    make.accept(version, at=make.moment("2021-01-12"))
    found = evaluate(small_plan, known_at=make.moment("2026-02-01"))
    said = words(figures("evaluation", evaluation=found))
    assert (
        "方案有效期自2016年7月26日至2025年12月31日，共2项目标和承诺：达到1项、未定1项。仍有未定事项的1项：没有评估1项。"
        in said
    )


def test_targets_say_how_they_stand_against_their_path() -> None:
    numbered = [one.order for one in example.figures().targets if one.value is not None]
    paths = [{"order": order, "status": "on", "path": "7.567", "verdict": ""} for order in numbered]
    content = figures("plan", paths=paths, notices=[], instructions=[])
    assert "按序时" in words(content)
    body = example.composed(content).body
    assert "应到7.57" in body


def test_no_section_of_any_kind_stands_empty() -> None:
    for kind, ref in (
        ("group", "1"),
        ("group", "safeguards"),
        ("sector", "1"),
        ("agency", "nobody"),
        ("annual", ""),
    ):
        done = example.composed(figures(kind, ref, "名称"))
        assert "（0/0）" not in done.body
        assert "%(" not in done.body


# -- numbers ------------------------------------------------------------------------------------------------


def issued(plan: Plan, kind: str, scope: str = "", quarter: Period = Q1) -> Brief:
    brief = actions.ask(by=None, plan=plan, quarter=quarter, kind=kind, scope=scope, now=NOW)
    actions.freeze(brief=brief, figures=b'{"as_at":"2017-03-31"}', made=Made(b"draft", 3, 0.1), now=NOW)
    actions.issue(by=None, brief=brief, now=NOW)
    actions.publish(brief=brief, made=Made(f"issued {brief.pk}".encode(), 3, 0.1), now=NOW)
    return brief


@pytest.mark.django_db
def test_each_kind_has_its_series_and_its_total(small_plan: Plan) -> None:
    make.group(small_plan)
    make.group(small_plan)
    made = [
        issued(small_plan, "plan", quarter=Period(2016, 4)),
        issued(small_plan, "plan"),
        issued(small_plan, "group", "1"),
        issued(small_plan, "group", "2"),
        issued(small_plan, "one_page"),
    ]
    assert [(one.number, one.total, one.edition) for one in made] == [
        (1, 1, 1),
        (2, 2, 1),
        (1, 1, 1),
        (2, 2, 1),
        (1, 1, 1),
    ]
    again = issued(small_plan, "group", "1")
    assert (again.number, again.total, again.edition, again.supersedes_id) == (1, 1, 2, made[2].pk)
    assert Brief.objects.get(pk=made[3].pk).state == "issued"  # another group's stands


# -- the page and the pages ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_office_asks_for_a_body_on_the_page(small_plan: Plan, office: User, typesetter: Any) -> None:
    body = small_plan.tasks.get().responsibilities.get().agency
    client = Client()
    client.force_login(office)
    with clock.at(NOW):
        asked = {"plan": small_plan.slug, "quarter": "2017Q1", "kind": f"agency:{body.slug}"}
        answer = client.post(reverse("brief_ask"), asked)
        assert answer.status_code == 302
        brief = Brief.objects.get()
        assert (brief.kind, brief.scope, brief.title) == (
            "agency",
            body.slug,
            f"2017年第一季度单位通报：{brief.scope_name}",
        )
        wrong = client.post(reverse("brief_ask"), {**asked, "kind": "annual"})
        assert wrong.status_code == 422
        assert "2017年第一季度没有这种简报" in wrong.content.decode()
        assert client.post(reverse("brief_ask"), {**asked, "kind": "agency:x"}).status_code == 422


SCORES: dict[str, Any] = {
    "period": "2016",
    "edition": 2,
    "announced_on": "2017-03-02",
    "scheme": 1,
    "scheme_title": "考核办法",
    "sha256": "0" * 64,
    "bodies": [
        {
            "agency": {"id": 2, "slug": "xining", "name": "西宁市人民政府", "kind": "government"},
            "leads": False,
            "total": None,
            "rank": None,
        },
        {
            "agency": {"id": 1, "slug": "fgw", "name": "省发展改革委", "kind": "department"},
            "leads": True,
            "total": "89.5",
            "rank": None,
        },
    ],
}
MM = 72 / 25.4
REQUEST: dict[str, Any] = {
    "id": 1, "task_ref": "3-1-1", "task_code": "三(一)1", "task_heading": "完善体系", "agency": "省科技厅", "text": "请协调解决用地指标。",
    "raised_on": "2017-03-20", "days": 49, "times": 2, "state": "raised", "outcome": "",
}  # fmt: skip
MISSED: dict[str, Any] = {
    "order": 3, "text": "规模以上工业增加值年均增长12%", "year": 2020, "goal": "12", "unit": "%", "actual": "7.5", "low": "6.5", "high": "9.2",
    "certain": True,
}  # fmt: skip
FOCUS: dict[str, Any] = {"requests": [REQUEST], "red": [], "targets": [MISSED], "unprojected": 0}
MORE: dict[str, dict[str, Any]] = {
    "one_page": {"notices": [NOTICE], "instructions": [INSTRUCTION], "paths": [], "focus": FOCUS},
    "group": {},
    "sector": {"projects": []},
    "agency": {"shares": [], "notices": [NOTICE]},
    "feedback": {"shares": [], "notices": [NOTICE]},
    "supervision": {"notices": [NOTICE] * 30, "instructions": [INSTRUCTION] * 5},
    "annual": {"paths": [], "scores": {**SCORES, "bodies": SCORES["bodies"] * 20}},
}


@pytest.mark.slow
@pytest.mark.usefixtures("prepared_fonts")
@pytest.mark.parametrize(
    ("kind", "ref"),
    [(k, {"group": "2", "sector": "1", "agency": "a1", "feedback": "a1"}.get(k, "")) for k in MORE],
)
def test_every_kind_stays_in_its_text_block_and_ends_as_it_should(kind: str, ref: str) -> None:
    content = figures(kind, ref, "完善制造业创新体系", **MORE[kind])
    done = render(json.dumps(content).encode(), example.ISSUED)
    with pymupdf.open(stream=done.pdf, filetype="pdf") as document:
        millimetre = 72 / 25.4
        body, measured = "", 0
        for page in document:
            for block in page.get_text("blocks"):
                if 37 * millimetre <= block[1] < 262 * millimetre:
                    assert 28 * millimetre - 1 < block[0]
                    assert block[2] < 184 * millimetre + 1.5
            for span in page.get_texttrace():
                assert all(glyph for _code, glyph, *_place in span["chars"]), (kind, page.number)  # no tofu
            body += _running(page, 0 if kind == "one_page" else 16)
            pitches = _pitches(page)
            assert pitches == pytest.approx([28.98] * len(pitches), abs=0.1), (kind, page.number)
            measured += len(pitches)
        assert measured or kind == "one_page", kind
        text = "".join(page.get_text() for page in document)
        assert "7QK4-M2XT-VB9D" in text
        assert (len(document) == 1) if kind == "one_page" else (len(document) % 2 == 0)
        assert "\ufffd" not in text
    # Every sentence that the figures gave is read back from the pages, with every number in it.
    for said in words(content).split("\n"):
        assert "".join(said.split()) in body, said


def _rows(page: pymupdf.Page, size: float) -> list[tuple[float, float, str]]:
    """The lines of that size (0: of any) in the text block, from top to bottom: (y, where it begins, its text)."""
    found: dict[float, list[tuple[float, float, str]]] = {}
    for block in page.get_text("rawdict")["blocks"]:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                for char in span["chars"]:
                    x, y = char["origin"]
                    if (not size or abs(span["size"] - size) < 0.1) and 37 * MM - 1 < y < 262 * MM + 1:
                        found.setdefault(round(y), []).append((x, y, char["c"]))
    rows = (sorted(found[y]) for y in sorted(found))
    return [(row[0][1], row[0][0], "".join(text for _x, _y, text in row)) for row in rows]


def _running(page: pymupdf.Page, size: float) -> str:
    """The page's text of that size, without spaces."""
    said = "".join(text for _y, _x, text in _rows(page, size))
    return said.replace(" ", "").replace("\u3000", "")


def _pitches(page: pymupdf.Page) -> list[float]:
    """From each line of a paragraph in 16 pt to the next of the same paragraph."""
    return [
        below[0] - above[0]
        for above, below in pairwise(_rows(page, 16))
        if abs(below[1] - 28 * MM) < 1 and below[0] - above[0] < 40 and len(above[2]) > 20
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("prepared_fonts")
def test_a_table_whose_last_rows_go_over_with_the_signature_ends_with_its_last_row() -> None:
    content = figures("supervision", notices=[NOTICE], instructions=[INSTRUCTION] * 20)
    done = render(json.dumps(content).encode(), example.ISSUED)
    with pymupdf.open(stream=done.pdf, filetype="pdf") as document:
        rows = [page.get_text().count(INSTRUCTION["leader"]) for page in document]
        assert rows[1:3] == [19, 1]
        words = [(word[1] + word[3]) / 2 for word in document[1].get_text("words")]
        rules = sorted(one["rect"].y0 for one in document[1].get_drawings() if one["rect"].height < 1.5)
        for above, below in pairwise(rules):
            assert below - above < 1 or any(above < y < below for y in words)


_ELSEWHERE = """
import django, hashlib, json, sys; django.setup()
from reports.briefs.render import render
from tasks.wording import speaking
from tests.briefs import example
for content in json.load(open(sys.argv[1])):
    with speaking(example.WORDING): print(hashlib.sha256(render(json.dumps(content).encode(), example.ISSUED).pdf).hexdigest())
"""


@pytest.mark.full
@pytest.mark.usefixtures("prepared_fonts", "fresh_pdfs")
def test_bytes_of_every_kind_are_the_same_in_any_process(tmp_path: Path) -> None:
    refs = {"group": "2", "sector": "1", "agency": "a1"}
    contents = [figures(kind, refs.get(kind, ""), "某某", **MORE[kind]) for kind in MORE]
    path = tmp_path / "contents.json"
    path.write_text(json.dumps(contents))
    here = [render(json.dumps(content).encode(), example.ISSUED).sha256 for content in contents]
    for seed in ("0", "1"):
        said = subprocess.run(
            [sys.executable, "-c", _ELSEWHERE, str(path)],
            env=os.environ
            | {
                "PYTHONHASHSEED": seed,
                "QHPLAN_MODE": "test",
                "DJANGO_SETTINGS_MODULE": "qhplan.settings",
            },
            cwd=settings.BASE_DIR,
            check=True,
            capture_output=True,
        )
        assert said.stdout.decode().split() == here


@pytest.mark.slow
@pytest.mark.usefixtures("prepared_fonts")
def test_one_page_stays_one_with_everything_in_it() -> None:
    """Every task red or asking for help, with long names."""
    content = figures("one_page", **MORE["one_page"])
    long = "请协调解决建设用地指标和用电容量，并明确省级财政配套资金的安排时间和渠道。"
    content["focus"] = {
        "requests": [
            {
                **REQUEST,
                "text": long,
                "agency": "省经济和信息化委",
                "outcome": "7月5日交办省财政厅、省国土资源厅，7月26日前办理",
            }
        ]
        * 4,
        "red": [
            {"task_ref": task["ref"], "agency": "省经济和信息化委", "quarters": 8}
            for group in content["groups"]
            for task in group["tasks"]
        ],
        "targets": [{**MISSED, "text": long}] * 3,
        "unprojected": 0,
    }
    content["notices"] = [{**NOTICE, "addressee": "海南藏族自治州人民政府"}] * 4
    content["instructions"] = [{**INSTRUCTION, "words": long}] * 4
    for group in content["groups"]:
        for task in group["tasks"]:
            task["light"], task["heading"] = "red", "推进信息化与工业化深度融合发展试点示范和公共服务平台建设"
            task["narrative"]["coordination"] = "请协调。"
    content["changes"] = [
        {
            **content["changes"][0],
            "kind": kind,
            "after": after,
            "task_heading": "推进信息化与工业化深度融合发展试点示范",
        }
        for kind, after in [("worse", "red"), ("done", "blue")]
        for _n in range(8)
    ]
    done = render(json.dumps(content).encode(), example.ISSUED)
    assert done.pages == 1
    with pymupdf.open(stream=done.pdf, filetype="pdf") as document:
        # What closes the page stands at its foot, whatever is above: nothing may run into it.
        last, foot = (document[0].search_for(text)[-1] for text in ("尚未报送", "核验码"))
    assert last.y1 < foot.y0 + 2


def test_a_long_brief_of_any_kind_has_contents_and_a_short_one_none() -> None:
    short = figures(BriefKind.GROUP, "1", "完善制造业创新体系")
    long = json.loads(json.dumps(short))
    for task in long["groups"][0]["tasks"]:
        task["narrative"]["done"] = "新认定企业技术中心，完成年度任务。" * 80
    for content, has_contents in ((short, False), (long, True)):
        body = example.composed(content).body
        assert ('class="contents"' in body) is has_contents
    done = render(json.dumps(long, ensure_ascii=False).encode(), example.ISSUED)
    with pymupdf.open(stream=done.pdf, filetype="pdf") as document:
        assert "·····" in document[0].get_text()
        assert len(document) > 8
