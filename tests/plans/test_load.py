"""The first plan in the database: rule 2's counts, its passages, loading again, refusing what does not fit."""

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks.agencies.models import Agency, AgencyAlias, AgencyName, Membership
from tasks.errors import Conflict, Problems
from tasks.indicators.export import export
from tasks.indicators.loading import load
from tasks.indicators.models import Indicator, IndicatorTask, Target
from tasks.plans.models import (
    Base,
    Cluster,
    Direction,
    Mention,
    Passage,
    Plan,
    Principle,
    Project,
    Responsibility,
    Sector,
    Task,
    TaskGroup,
    TaskSector,
)
from tasks.plans.names import clean
from tasks.values import Duty, Origin
from tests.plans.texts import DIRECTIONS, FOLDER, TASKS, TEXT, found

MODELS = [
    Plan, Passage, Principle, Sector, Direction, Project, Cluster, Base, TaskGroup, Task, TaskSector, Mention,
    Responsibility, Agency, AgencyName, AgencyAlias, Membership, Indicator, IndicatorTask, Target,
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the plan's folder, to be spoilt."""
    return Path(shutil.copytree(FOLDER, tmp_path / FOLDER.name))


# -- counts of the first plan --------------------------------------------------------------------------------


def test_five_principles(plan: Plan) -> None:
    assert plan.principles.count() == 5


def test_seven_sectors_with_their_directions(plan: Plan) -> None:
    assert [sector.directions.count() for sector in plan.sectors.all()] == DIRECTIONS


def test_nine_groups_with_their_tasks(plan: Plan) -> None:
    assert [group.tasks.count() for group in plan.groups.all()] == TASKS


def test_seven_safeguards_apart_from_the_tasks(plan: Plan) -> None:
    assert (plan.tasks.filter(part="main").count(), plan.tasks.filter(part="safeguard").count()) == (32, 7)


def test_mentions(plan: Plan) -> None:
    mentions = Mention.objects.filter(task__plan=plan)
    assert (mentions.filter(duty=Duty.LEAD).count(), mentions.filter(duty=Duty.CO).count()) == (39, 237)
    assert mentions.values("task").distinct().count() == 39


def test_printed_names_and_bodies(plan: Plan) -> None:
    mentions = Mention.objects.filter(task__plan=plan)
    assert mentions.values("printed").distinct().count() == 37
    assert mentions.values("agency").distinct().count() == 36
    assert Agency.objects.filter(in_plan=True).count() == 36


def test_targets_of_2020(plan: Plan) -> None:
    targets = plan.targets.filter(year=2020)
    assert targets.count() == 12
    numbers = targets.exclude(value=None).order_by("order").values_list("value", "unit")
    assert list(numbers) == [(12, "%"), (5, "个"), (20, "家")]


def test_targets_of_2025(plan: Plan) -> None:
    targets = plan.targets.filter(year=2025)
    assert (targets.count(), targets.exclude(value=None).count()) == (11, 0)


def test_fifteen_bases(plan: Plan) -> None:
    counts = [
        plan.bases.filter(city=city, level=level).count()
        for level in ("千亿", "五百亿")
        for city in ("西宁市", "海东市", "海西州")
    ]
    assert counts == [2, 1, 2, 3, 3, 4]


def test_returns_owed_in_a_quarter(plan: Plan) -> None:
    """39 lead and, with the collective's eight members, 446 co: 485 by 42 bodies; the open collective owes none."""
    duties = Responsibility.objects.filter(task__plan=plan)
    assert (duties.filter(duty=Duty.LEAD).count(), duties.filter(duty=Duty.CO).count()) == (39, 446)
    assert duties.values("agency").distinct().count() == 42
    assert duties.filter(agency__kind="collective").count() == 0


# -- what is stored, and from where --------------------------------------------------------------------------


def test_text_is_the_published_one_byte_for_byte(plan: Plan) -> None:
    assert plan.text.encode() == (FOLDER / "text.txt").read_bytes()


@pytest.mark.slow
def test_every_passage_quotes_its_object(plan: Plan) -> None:
    """Names, headings, printed names, texts: what a row says is what its passage quotes, unless it is inferred."""
    named = {
        Principle: "name", Sector: "name", Direction: "name", Project: "name", Cluster: "name", Base: "name",
        TaskGroup: "name", Task: "heading", Mention: "printed", Indicator: "name", Target: "text",
    }  # fmt: skip
    wrong = [
        (model.__name__, getattr(row, field))
        for model, field in named.items()
        for row in model.objects.filter(origin=Origin.PLAN).select_related("passage__plan")
        if clean(row.passage.quote) != getattr(row, field)
    ]
    assert wrong == []


def test_inferred_rows_quote_the_words_they_come_from(plan: Plan) -> None:
    project = Project.objects.get(plan=plan, origin=Origin.INFERRED)
    assert project.passage is not None
    assert (project.name, project.passage.quote) == ("金属镁一体化二期", "二期")
    for member in Membership.objects.select_related("passage__plan", "member"):
        assert member.passage is not None
        name = member.member.names.get().short
        assert name == member.passage.quote + "人民政府"
        assert member.passage.quote in TEXT[: Task.objects.get(ref="3-6-3").passage.start]


def test_bodies_hold_their_words(plan: Plan) -> None:
    for row in [
        *plan.tasks.select_related("passage", "body"),
        *plan.sectors.select_related("passage", "body"),
    ]:
        assert row.body is not None
        assert row.passage is not None
        assert row.passage.end <= row.body.start
    assert TEXT[slice(*plan.head["lead_rule"])].startswith("排序第一单位为牵头单位")


def test_leads_are_inferred_by_the_stored_rule(plan: Plan) -> None:
    leads = Responsibility.objects.filter(task__plan=plan, duty=Duty.LEAD)
    assert set(leads.values_list("origin", flat=True)) == {Origin.INFERRED}
    assert set(leads.values_list("mention__order", flat=True)) == {1}


def test_duties_hold_for_the_plans_whole_term(plan: Plan) -> None:
    duty = Responsibility.objects.filter(task__plan=plan).first()
    assert duty is not None
    assert (duty.valid.lower, duty.valid.upper) == (plan.first_quarter.ordinal, plan.last_quarter.ordinal + 1)
    assert (duty.known.lower.isoformat(), duty.known.upper) == ("2016-06-26T16:00:00+00:00", None)


def test_name_without_province_is_the_same_body(plan: Plan) -> None:
    mention = Mention.objects.get(task__plan=plan, printed="商务厅")
    assert (mention.task.ref, mention.agency.names.get().short) == ("3-8-2", "省商务厅")


def test_full_names_are_marked_as_not_in_the_plan(plan: Plan) -> None:
    printed = AgencyName.objects.filter(full_origin=Origin.PLAN).values_list("full", flat=True)
    assert sorted(printed) == ["国网青海省电力公司", "青海省经济和信息化委员会"]


def test_open_collective(plan: Plan) -> None:
    opened = Agency.objects.get(is_open=True)
    assert opened.names.get().short == "青海省制造强省建设领导小组成员单位"
    assert (opened.members.count(), opened.mentions.count()) == (0, 1)


def test_lead_and_co_counts_of_each_body(plan: Plan) -> None:
    """Against a count by hand of the printed brackets."""
    counts = {}
    for mention in Mention.objects.filter(task__plan=plan):
        row = counts.setdefault(mention.printed, {"lead": 0, "co": 0})
        row[mention.duty] += 1
    gold = {
        "省经济和信息化委": (23, 15), "各市州人民政府": (0, 30), "省发展改革委": (1, 22), "省科技厅": (2, 20),
        "省财政厅": (1, 9), "省商务厅": (2, 6), "省国资委": (0, 6), "省环境保护厅": (1, 5), "省质监局": (4, 0),
        "省通信管理局": (1, 4), "省国土资源厅": (1, 3), "商务厅": (0, 1), "海东工业园区管委会": (0, 30),
    }  # fmt: skip
    assert {name: (counts[name]["lead"], counts[name]["co"]) for name in gold} == gold


@pytest.mark.slow
def test_indicators_and_the_tasks_that_ask_for_them(plan: Plan) -> None:
    asked = IndicatorTask.objects.order_by("indicator__order").values_list("indicator__slug", "task__ref")
    assert list(asked) == [
        ("high-tech-share", "4-7"),
        ("innovation-platforms", "3-1-1"),
        ("high-tech-enterprises", "3-1-1"),
        ("clusters", "3-6-2"),
        ("bases", "3-6-4"),
        ("bases-100bn", "3-6-4"),
        ("bases-50bn", "3-6-4"),
        ("service-enterprises", "3-8-1"),
        ("leading-talents", "4-2"),
        ("internet-plus-projects", "3-2-4"),
        ("backbone-links", "3-2-2"),
    ]
    # Promised in a sector, which has no body: the office names one.
    unasked = Indicator.objects.filter(tasks=None).values_list("slug", flat=True)
    assert list(unasked) == ["energy-chains", "clouds"]
    about = plan.targets.get(value=1000)
    assert (about.comparison, about.unit, about.task and about.task.ref) == ("about", "名", "4-2")


@pytest.mark.slow
def test_corrected_links_are_gone(plan: Plan) -> None:
    assert not TaskSector.objects.filter(task__ref="3-9-2", sector__number=2).exists()
    assert TaskSector.objects.filter(task__plan=plan).count() == len(found().links) - 2


# -- loading -------------------------------------------------------------------------------------------------


def snapshot() -> dict[str, list[tuple]]:
    return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in MODELS}


@pytest.mark.slow
def test_loading_again_changes_nothing(plan: Plan) -> None:
    before = snapshot()
    load(FOLDER)
    assert snapshot() == before


@pytest.mark.slow
def test_loading_again_keeps_what_happened_since(plan: Plan) -> None:
    name = AgencyName.objects.get(short="省质监局")
    AgencyName.objects.filter(pk=name.pk).update(valid=("2016-06-27", "2018-11-01"))
    load(FOLDER)
    name.refresh_from_db()
    assert name.valid.upper is not None
    assert AgencyName.objects.filter(agency=name.agency).count() == 1


@pytest.mark.slow
def test_queries_do_not_grow_with_the_plan(plan: Plan) -> None:
    with CaptureQueriesContext(connection) as captured:
        load(FOLDER)
    assert len(captured) <= 40


def test_other_text_is_refused(folder: Path) -> None:
    (folder / "text.txt").write_bytes(
        (folder / "text.txt").read_bytes().replace("5个千亿".encode(), "6个千亿".encode())
    )
    with pytest.raises(Problems) as caught:
        load(folder)
    assert "structure.json 不是由这份 text.txt 生成的" in str(caught.value)


def test_corrections_of_another_text_are_refused(folder: Path) -> None:
    spoil(folder, text_sha256="0" * 64)
    with pytest.raises(Problems) as caught:
        load(folder)
    assert "corrections.json 不是由这份 text.txt 生成的" in str(caught.value)


@pytest.mark.slow
def test_same_slug_with_another_text_is_refused(plan: Plan, folder: Path) -> None:
    text = TEXT.replace("5个千亿", "6个千亿")
    (folder / "text.txt").write_bytes(text.encode())
    call_command("read_plan", str(folder / "text.txt"), verbosity=0, stdout=open_null())
    spoil(
        folder, text_sha256=json.loads((folder / "structure.json").read_text())["text_sha256"], indicators=[]
    )
    with pytest.raises(Conflict) as caught:
        load(folder)
    assert "已公布的方案不能改写" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"agencies": []}, "没有写它的类别和代号"),
        ({"remove_links": [{"task": "3-1-1", "sector": 7, "reason": "试"}]}, "3-1-1 → 7"),
        ({"aliases": [{"name": "省商务厅", "written": "商务厅"}]}, "缺少 reason"),
        ({"mistakes": []}, "不认识的项“mistakes”"),
    ],
)
def test_correction_that_fits_nothing_is_refused(folder: Path, change: dict[str, list], says: str) -> None:
    spoil(folder, **change)
    with pytest.raises(Problems) as caught:
        load(folder)
    assert says in str(caught.value)


def test_every_correction_has_a_reason() -> None:
    data = json.loads((FOLDER / "corrections.json").read_text(encoding="utf-8"))
    rows = [row for value in data.values() if isinstance(value, list) for row in value]
    rows += [member for collective in data["collectives"] for member in collective["members"]]
    assert [row for row in rows if not row.get("reason")] == []


@pytest.mark.django_db
def test_command_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("load_plan", str(tmp_path))
    assert "text.txt" in str(caught.value)


def spoil(folder: Path, **change: object) -> None:
    path = folder / "corrections.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")


def open_null():
    return (Path("/dev/null")).open("w")


# -- export --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_export_fits_its_schema(plan: Plan) -> None:
    schema = json.loads((settings.BASE_DIR / "docs" / "plan-schema.json").read_text(encoding="utf-8"))
    data = json.loads(json.dumps(export(plan)))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema)


@pytest.mark.slow
def test_export_names_as_printed(plan: Plan) -> None:
    data = export(plan)
    structure = found()
    assert data["principles"] == [p.heading.name for p in structure.principles]
    assert data["sectors"] == [
        {"number": s.number, "name": s.heading.name, "directions": [d.heading.name for d in s.directions]}
        for s in structure.sectors
    ]
    printed = [[m.quote.name for m in task.mentions] for task in structure.all_tasks]
    exported = [task for group in data["groups"] for task in group["tasks"]] + data["safeguards"]
    assert [[task["lead"], *task["co"]] for task in exported] == printed
    assert [task["heading"] for task in exported] == [task.heading.name for task in structure.all_tasks]
    assert data["agencies"] == [agency.quote.name for agency in structure.agencies]
    added = {target.text for target in plan.targets.exclude(origin_note="")}
    assert [
        (t["year"], t["text"], t["value"], t["unit"]) for t in data["targets"] if t["text"] not in added
    ] == [(t.year, t.quote.name, t.value, t.unit) for t in structure.targets]
    places = [plan.targets.get(text=t["text"]).passage.start for t in data["targets"]]
    assert places == sorted(places)
    assert [(b["city"], b["level"], b["names"]) for b in data["bases"]] == [
        (b.city.name, b.level.name, [n.name for n in b.names]) for b in structure.bases
    ]


def test_export_head(plan: Plan) -> None:
    data = export(plan)
    assert (data["title"], data["doc_number"]) == ("中国制造2025青海行动方案", "青政〔2016〕48号")
    assert data["dates"] == {
        "passed": "2016-06-15",
        "issued": "2016-06-27",
        "in_force_from": "2016-07-26",
        "in_force_to": "2025-12-31",
    }


def test_export_bodies(plan: Plan) -> None:
    bodies = {body["slug"]: body for body in export(plan)["bodies"]}
    assert len(bodies) == 36
    assert bodies["swt"]["printed"] == ["省商务厅", "商务厅"]
    assert bodies["shizhou"]["members"] == [
        "西宁市人民政府", "海东市人民政府", "海西州人民政府", "海南州人民政府", "海北州人民政府", "玉树州人民政府",
        "果洛州人民政府", "黄南州人民政府",
    ]  # fmt: skip


def test_export_command_prints_json(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_plan", plan.slug)
    assert json.loads(capsys.readouterr().out)["title"] == plan.title


def test_export_of_an_unknown_plan(plan: Plan) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("export_plan", "nowhere")
    assert plan.slug in str(caught.value)
