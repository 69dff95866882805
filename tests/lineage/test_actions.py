"""What became of bodies: facts from a file, kept by the office, and the names that follow."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from tasks.agencies.queries import family_of, find_agencies, name_of, names_at, successions
from tasks.errors import Conflict, Problems
from tasks.lineage.actions import (
    EdgeInput,
    amend_edge,
    amend_first_name,
    record_edges,
    register_agency,
    renamed_to,
)
from tasks.lineage.lineage_import import load
from tasks.models import Agency, AgencyAlias, AgencyName, Event, Lineage, Plan, User
from tasks.values import Origin, Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

FILE = Path(settings.BASE_DIR) / "fixtures" / "lineage-2018.json"
REFORM = date(2018, 11, 1)
Q3, Q4 = Period(2018, 3), Period(2018, 4)


@pytest.fixture
def office() -> User:
    return make.user(Role.OFFICE, password=None)


def edge(kind: str, one: Agency, other: Agency | None = None, **values: Any) -> EdgeInput:
    return EdgeInput(
        **{
            "kind": kind,
            "predecessor_id": one.pk,
            "successor_id": other.pk if other else None,
            "on": REFORM,
            "confidence": "high",
            "note": "机构改革",
            **values,
        }
    )


# -- the file -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_facts_are_loaded_once_and_marked_as_not_in_the_plan(plan: Plan) -> None:
    assert (load(FILE).bodies, load(FILE).bodies, load(FILE).edges) == (8, 0, 0)

    edges = Lineage.objects.all()
    assert edges.count() == 23
    assert {one.origin for one in edges} == {Origin.OUTSIDE}
    assert all(one.note and one.confidence and one.date_confidence for one in edges)
    assert not Agency.objects.filter(slug="sczj", in_plan=True).exists()
    jxw = Agency.objects.get(slug="jxw")
    assert (name_of(jxw.pk, Q3), name_of(jxw.pk, Q4)) == ("省经济和信息化委", "省工业和信息化厅")
    # 国税局 and 地税局 are one body since June, in the second quarter of 2018; they keep their last names.
    assert name_of(Agency.objects.get(slug="guoshui").pk, Q4) == "省国税局"
    assert [
        one.successor.slug for one in successions(Period(2018, 2))[Agency.objects.get(slug="dishui").pk]
    ] == ["shuiwu"]
    # Before its day a body has no name.
    assert name_of(Agency.objects.get(slug="sczj").pk, Q3) == ""


@pytest.mark.slow
def test_loading_again_keeps_what_the_office_has_changed(plan: Plan, office: User) -> None:
    load(FILE)
    row = Lineage.objects.get(key="lineage-2018/yjj")
    amend_edge(
        by=office, edge=row, change=edge("merged", row.predecessor, on=date(2018, 12, 20), note="有文件")
    )
    load(FILE)

    row.refresh_from_db()
    assert (row.on, row.note) == (date(2018, 12, 20), "有文件")


def test_command_says_what_is_wrong_with_a_file(tmp_path: Path, plan: Plan) -> None:
    data = json.loads(FILE.read_text(encoding="utf-8"))
    data["edges"][0]["from"] = "nobody"
    data["edges"][4]["tasks"] = {plan.slug: ["9-9-9"]}
    (tmp_path / "wrong.json").write_text(json.dumps(data))
    (tmp_path / "bad.json").write_text('{"edges": [{"on": "2018-13-01"}]}')

    with pytest.raises(CommandError, match="没有单位 nobody") as found:
        call_command("load_lineage", str(tmp_path / "wrong.json"))
    assert "没有任务 9-9-9" in str(found.value)
    with pytest.raises(CommandError, match=r"edges\[0\]"):
        call_command("load_lineage", str(tmp_path / "bad.json"))
    with pytest.raises(CommandError, match="读不出来"):
        call_command("load_lineage", str(tmp_path / "none.json"))
    assert not Lineage.objects.exists()


# -- the office ---------------------------------------------------------------------------------------------


def test_rename_is_the_same_body_under_another_name_and_can_be_moved_and_refuted(office: User) -> None:
    body = make.agency("老名字")
    (row,) = record_edges(by=office, edges=[edge("renamed", body, short="新名字", full="青海省新名字")])

    assert (row.predecessor_id, row.successor_id) == (body.pk, body.pk)
    assert (name_of(body.pk, Q3), name_of(body.pk, Q4)) == ("老名字", "新名字")

    # It was in September: in the third quarter already.
    row = amend_edge(
        by=office, edge=row, change=edge("renamed", body, on=date(2018, 9, 1), short="新的名字", note="文件")
    )
    assert (name_of(body.pk, Period(2018, 2)), name_of(body.pk, Q3)) == ("老名字", "新的名字")

    # It never was.
    row = amend_edge(
        by=office, edge=row, change=edge("renamed", body, short="新的名字", confidence="refuted")
    )
    assert name_of(body.pk, Q4) == "老名字"
    assert AgencyName.objects.get(agency=body).valid.upper is None
    assert family_of(body).edges == ()

    # It was after all.
    row = amend_edge(by=office, edge=row, change=edge("renamed", body, short="新名字", confidence="low"))
    named = renamed_to(row)
    assert named is not None
    assert named.short == "新名字"
    events = Event.objects.filter(subject=f"lineage:{row.pk}").order_by("id")
    assert [event.verb for event in events] == ["lineage.record", *["lineage.amend"] * 3]
    assert events[1].data["before"]["on"] == "2018-11-01"


def test_body_that_merged_keeps_its_last_name_and_is_no_more(office: User) -> None:
    old, new = make.agency("质监局"), make.agency("市场监管局", since=REFORM)
    (row,) = record_edges(by=office, edges=[edge("merged", old, new)])

    assert AgencyName.objects.get(agency=old).valid.upper == REFORM
    assert names_at(Q4)[old.pk].short == "质监局"
    family = family_of(new)
    assert [(one.agency, one.until) for one in family.members] == [(old, REFORM), (new, None)]
    assert set(successions(Q4)) == {old.pk}
    assert successions(Q3) == {}

    amend_edge(by=office, edge=row, change=edge("merged", old, confidence="refuted", note="没有这回事"))
    assert AgencyName.objects.get(agency=old).valid.upper is None


def test_family_holds_together_by_mergers_and_ends_at_a_transfer(office: User) -> None:
    # a and b merged into c, a was split off to d; c gave some work to e, into which f merged.
    a, b, c, d, e, f = (make.agency(name) for name in "abcdef")
    record_edges(
        by=office,
        edges=[
            edge("split", a, c),
            edge("split", a, d),
            edge("merged", b, c),
            edge("transferred", c, e),
            edge("merged", f, e),
        ],
    )

    def family(body: Agency) -> set[int]:
        return {one.agency.pk for one in family_of(body).members}

    assert family(d) == {one.pk for one in (a, b, c, d, e)}
    assert family(f) == {one.pk for one in (f, e, c)}
    assert [one.agency for one in family_of(a).members][:2] == [a, b]


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"note": " "}, "note", "依据"),
        ({"note": "长" * 1001}, "note", "1000"),
        ({"confidence": "sure"}, "confidence", "选一项"),
        ({"date_confidence": "refuted"}, "date_confidence", "选一项"),
        ({"on": date(1018, 11, 1)}, "on", "年份"),
        ({"successor_id": None}, "successor", "承继单位"),
        ({"kind": "eaten"}, "kind", "选一项"),
        ({"task_ids": (0,)}, "tasks", "没有这项任务"),
        ({"on": date(2016, 1, 1)}, "successor", "还没有名称"),
        ({"kind": "renamed", "short": ""}, "short", "简称"),
        ({"kind": "renamed", "short": "质监局"}, "short", "相同"),
    ],
)
def test_edge_that_cannot_be_is_refused_on_its_field(
    office: User, given: dict[str, Any], field: str, words: str
) -> None:
    old, new = make.agency("质监局"), make.agency("市场监管局", since=date(2018, 1, 1))

    with pytest.raises(Problems) as refused:
        record_edges(by=office, edges=[edge(**{"kind": "merged", "one": old, "other": new, **given})])

    assert [problem.field for problem in refused.value.problems] == [field]
    assert words in str(refused.value)
    assert not Lineage.objects.exists()


def test_edges_that_contradict_each_other_are_refused(office: User) -> None:
    old, new, third, crowd = (make.agency(), make.agency(), make.agency(), make.agency(kind="collective"))
    record_edges(by=office, edges=[edge("merged", old, new)])

    for wrong, words in [
        (edge("merged", old, third), "已有一条"),
        (edge("split", old, third), "已有一条"),
        (edge("merged", new, old), "形成循环"),
        (edge("merged", crowd, new), "集合单位"),
        (edge("merged", third, crowd), "集合单位"),
        (edge("transferred", third, third), "另一个单位"),
    ]:
        with pytest.raises(Problems, match=words):
            record_edges(by=office, edges=[wrong])
    record_edges(by=office, edges=[edge("transferred", third, new)])
    with pytest.raises(Problems, match="同样的一条"):
        record_edges(by=office, edges=[edge("transferred", third, new)])


def test_second_to_amend_is_told(office: User) -> None:
    old, new = make.agency(), make.agency()
    (seen,) = record_edges(by=office, edges=[edge("merged", old, new)])
    amend_edge(by=office, edge=seen, change=edge("merged", old, note="甲"))

    with pytest.raises(Conflict, match="他人更改"):
        amend_edge(by=office, edge=seen, change=edge("merged", old, note="乙"))


def test_database_knows_a_rename_from_a_merger() -> None:
    one, other = make.agency(), make.agency()
    for kind, successor in (("renamed", other), ("merged", one)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Lineage.objects.create(
                kind=kind,
                predecessor=one,
                successor=successor,
                on=REFORM,
                confidence="high",
                date_confidence="high",
                note="据",
            )


@pytest.mark.slow
def test_first_name_of_a_body_that_the_plan_does_not_name_can_be_mended(plan: Plan, office: User) -> None:
    load(FILE)
    name = Agency.objects.get(slug="sczj").names.get()

    def mend(name: AgencyName, **values: Any) -> AgencyName:
        given = {"short": "市场局", "full": "", "since": date(2018, 10, 26), "note": "三定方案", **values}
        return amend_first_name(by=office, name=name, **given)

    with pytest.raises(Problems, match="须不晚于"):
        mend(name, since=date(2018, 12, 1))
    assert mend(name).valid.lower == date(2018, 10, 26)
    with pytest.raises(Conflict):
        mend(name)
    with pytest.raises(Problems, match="方案原文"):
        mend(Agency.objects.get(slug="fgw").names.get())
    with pytest.raises(Problems, match="改那一条更名"):
        mend(Agency.objects.get(slug="jxw").names.get(short="省工业和信息化厅"))


def test_only_the_office_keeps_lineage() -> None:
    for role in set(Role) - {Role.OFFICE}:
        user = make.user(role, password=None)
        with pytest.raises(PermissionDenied):
            record_edges(by=user, edges=[])
        with pytest.raises(PermissionDenied):
            register_agency(
                by=user, slug="x1", kind="department", short="甲", full="", since=None, note="因为"
            )


# -- finding ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_body_is_found_by_every_name_that_it_ever_had(plan: Plan) -> None:
    load(FILE)

    def found(words: str) -> set[str]:
        return {hit.agency.slug for hit in find_agencies(words)}

    assert found("经济和信息化委") == found("工业和信息化厅") == {"jxw"}
    assert found("质量技术监督") == {"zjj"}
    assert found("市场监") == {"sczj"}
    assert found("税务局") == {"shuiwu", "guoshui", "dishui"}
    # 商务厅 without 省 is another way of writing it in the plan.
    assert {hit.written for hit in find_agencies("商务厅")} == {"省商务厅", "商务厅"}
    assert found(" 商 务　厅 ") == {"swt"}
    assert found("") == found("%") == found("\x00") == found("没有这个") == set()
    assert found("<b>") == set()


def test_search_takes_the_same_queries_whatever_it_finds(django_assert_num_queries: Any) -> None:
    for number in range(5):
        body = make.agency(f"某某局{number}")
        AgencyAlias.objects.create(agency=body, text=f"某某{number}", reason="习惯")
    with django_assert_num_queries(2):
        assert len(find_agencies("某某")) == 10
