"""A new edition of a plan in use: compared item by item, carried over as adjustments, and what was filed stays."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.figures.queries import plan_figures
from tasks.adjustments.models import Adjustment, AdjustmentState
from tasks.adjustments.queries import content_at, duties_at, term_at
from tasks.agencies.models import Agency
from tasks.errors import Conflict, Problems
from tasks.importing import actions, edition_actions
from tasks.importing.editions import CHANGED, GONE, KEPT, MOVED, NEW
from tasks.importing.models import ImportState, PlanImport
from tasks.indicators.models import Target
from tasks.jurisdictions.models import Jurisdiction
from tasks.people.models import User
from tasks.plans.models import Plan, Responsibility, Task, TermStatus
from tasks.submissions.models import Version
from tasks.values import Duty, Period
from tests import factories as make
from tests.importing.uploads import answer_all, file, imported, office, uploaded
from tests.plans.sample_plan import TEXT

pytestmark = pytest.mark.django_db

SINCE = Period(2018, 1)
BEFORE = Period(2017, 4)
SECOND = (
    TEXT.replace("示例政〔2017〕1号", "示例政〔2017〕30号")
    .replace("2017年1月5日", "2017年12月20日")
    .replace("75%以上", "80%以上")
    .replace("2019年6月底前形成技术规范", "2018年12月底前形成技术规范")
    .replace("（省资源厅、省水务厅负责）", "（省水务厅、省资源厅、省林草局负责）")
    .replace("1.做强锂电材料。", "2.做强锂电材料。")
    .replace("（二）延伸产业链条\n", "（二）延伸产业链条\n1.培育龙头企业。引进龙头企业。（省贸易厅、省科学厅负责，2018年底前完成）\n")
    .replace("（二）强化资金支持。安排专项资金。（省财务厅、省科学厅负责）\n", "")
)  # fmt: skip


def edition(text: str = SECOND, *, effective: Period = SINCE) -> tuple[Plan, PlanImport, User]:
    """A plan in use, an import of its new edition, and who works on it."""
    plan = imported().plan
    assert plan is not None
    by = office()
    row = uploaded(by, text)
    edition_actions.set_edition(by=by, plan_import=row, plan=plan, effective=effective)
    row.refresh_from_db()
    return plan, row, by


def carried(text: str = SECOND) -> tuple[Plan, PlanImport]:
    plan, row, by = edition(text)
    answer_all(row, by)
    actions.submit(by=by, plan_import=row)
    return plan, actions.confirm(by=office(), plan_import=row)


def statuses(row: PlanImport) -> dict[str, str]:
    found = edition_actions.comparison(row)
    return {
        (pair.old.heading if pair.old else pair.new.heading.name if pair.new else ""): pair.status
        for pair in found.tasks
    }


def task(plan: Plan, heading: str) -> Task:
    return Task.objects.get(plan=plan, heading=heading)


def roles(one: Task, period: Period, at: datetime | None = None) -> dict[str, str]:
    slugs = dict(Agency.objects.values_list("pk", "names__short"))
    return {
        slugs[pk]: role for pk, role in duties_at(one.pk, period, at or make.moment("2030-01-01")).items()
    }


# -- comparing -----------------------------------------------------------------------------------------------------


def test_each_item_is_kept_changed_moved_new_or_gone() -> None:
    _plan, row, _by = edition()
    assert statuses(row) == {
        "推进尾矿利用": CHANGED, "健全监测体系": CHANGED, "做强锂电材料": KEPT, "加强组织领导": KEPT,
        "强化资金支持": GONE, "培育龙头企业": NEW,
    }  # fmt: skip
    found = edition_actions.comparison(row)
    assert [(one.status, one.before, one.after) for one in found.targets if one.status != KEPT] == [
        (CHANGED, "盐湖资源综合利用率达到75%以上", "盐湖资源综合利用率达到80%以上")
    ]
    changed = next(pair for pair in found.tasks if pair.old and pair.old.heading == "健全监测体系")
    assert [(one.label, one.before, one.after) for one in changed.differences] == [
        (
            "单位",
            "省资源厅（牵头）、省水务厅（配合）",
            "省水务厅（牵头）、省资源厅（配合）、省林草局（配合）",
        )
    ]


def test_a_task_in_another_group_is_moved() -> None:
    line = "2.健全监测体系。按季公布结果。（省资源厅、省水务厅负责）\n"
    text = TEXT.replace(line, "").replace("（二）延伸产业链条\n", f"（二）延伸产业链条\n{line}")
    text = text.replace("1.做强锂电材料", "3.做强锂电材料").replace("做好", "做好")
    _plan, row, _by = edition(text)
    assert statuses(row)["健全监测体系"] == MOVED


def test_a_renamed_task_is_known_by_its_words_and_a_person_may_say_otherwise() -> None:
    _plan, row, by = edition(SECOND.replace("健全监测体系", "健全监测评估体系"))
    assert statuses(row)["健全监测体系"] == CHANGED
    actions.add_edits(
        by=by, plan_import=row, edits=[{"op": "pair", "item": "task", "old": "2-1-2", "new": None}]
    )
    assert statuses(row) | {"健全监测体系": GONE, "健全监测评估体系": NEW} == statuses(row)


def test_a_person_says_that_this_is_that_one() -> None:
    _plan, row, by = edition(SECOND.replace("健全监测体系。按季公布结果", "晒出环境账本。每月向社会公开"))
    assert (statuses(row)["健全监测体系"], statuses(row)["晒出环境账本"]) == (GONE, NEW)
    new = {"ref": "2-1-2", "quote": "晒出环境账本"}
    actions.add_edits(
        by=by, plan_import=row, edits=[{"op": "pair", "item": "task", "old": "2-1-2", "new": new}]
    )
    assert statuses(row)["健全监测体系"] == CHANGED
    assert "晒出环境账本" not in statuses(row)


def test_an_edition_in_which_nothing_changed_is_refused() -> None:
    _plan, row, by = edition(TEXT.replace("1号", "2号"))
    answer_all(row, by)
    with pytest.raises(Problems, match="逐项相同"):
        actions.submit(by=by, plan_import=row)


@pytest.mark.parametrize("effective", [Period(2016, 1), Period(2031, 1), None])
def test_the_period_must_be_in_the_plans_term(effective: Period | None) -> None:
    plan, by = imported().plan, office()
    row = uploaded(by, SECOND)
    with pytest.raises(Problems):
        edition_actions.set_edition(by=by, plan_import=row, plan=plan, effective=effective)


# -- carrying over ---------------------------------------------------------------------------------------------------


def test_changes_become_adjustments_from_the_period_on() -> None:
    plan, row = carried()
    assert (row.state, row.plan) == (ImportState.IMPORTED, plan)
    assert Plan.objects.filter(title=plan.title).count() == 1
    made = Adjustment.objects.filter(plan=plan)
    assert {(one.state, one.effective, one.doc_number) for one in made} == {
        (AdjustmentState.APPROVED, SINCE, "示例政〔2017〕30号")
    }
    assert all(one.proposed_by == row.submitted_by and one.decided_by == row.decided_by for one in made)
    monitored = task(plan, "健全监测体系")
    assert roles(monitored, BEFORE) == {"省资源厅": Duty.LEAD, "省水务厅": Duty.CO}
    assert roles(monitored, SINCE) == {"省资源厅": Duty.CO, "省水务厅": Duty.LEAD, "省林草局": Duty.CO}
    used = task(plan, "推进尾矿利用")
    now = make.moment("2030-01-01")
    assert "2018年12月底前" in content_at(used.pk, SINCE, now)
    assert content_at(used.pk, BEFORE, now) == ""
    target = Target.objects.get(plan=plan, text__contains="80%")
    assert (target.valid.lower, target.value) == (SINCE.ordinal, 80)


def test_a_task_that_is_gone_is_ended_and_not_deleted() -> None:
    plan, _row = carried()
    gone = task(plan, "强化资金支持")
    now = make.moment("2030-01-01")
    assert term_at(gone.pk, BEFORE, now).status == TermStatus.OPEN
    assert term_at(gone.pk, SINCE, now).status == TermStatus.WITHDRAWN


def test_a_new_task_exists_from_the_period_on() -> None:
    plan, _row = carried()
    new = task(plan, "培育龙头企业")
    assert (new.since, new.group and new.group.name) == (SINCE, "延伸产业链条")
    assert roles(new, SINCE) == {"省贸易厅": Duty.LEAD, "省科学厅": Duty.CO}
    assert roles(new, BEFORE) == {}
    now = make.moment("2030-01-01")
    assert term_at(new.pk, SINCE, now).deadline == date(2018, 12, 31)
    assert "引进龙头企业" in content_at(new.pk, SINCE, now)


def test_what_was_filed_and_known_before_stays() -> None:
    plan = imported().plan
    assert plan is not None
    make.cycle(plan, BEFORE)
    one = task(plan, "做强锂电材料")
    lead = Responsibility.objects.get(task=one, role=Duty.LEAD).agency
    filed = make.version(one, lead, BEFORE)
    then = make.moment("2017-12-15")
    before = plan_figures(plan, BEFORE, known_at=then)
    by = office()
    row = uploaded(by, SECOND)
    edition_actions.set_edition(by=by, plan_import=row, plan=plan, effective=SINCE)
    answer_all(row, by)
    actions.submit(by=by, plan_import=PlanImport.objects.get(pk=row.pk))
    actions.confirm(by=office(), plan_import=row)
    assert plan_figures(plan, BEFORE, known_at=then) == before
    assert Version.objects.get(pk=filed.pk).submitted_at == filed.submitted_at
    today = datetime(2030, 1, 1, tzinfo=UTC)
    shown = {
        figures.heading
        for group in plan_figures(plan, BEFORE, known_at=today).groups
        for figures in group.tasks
    }
    assert "培育龙头企业" not in shown
    later = {
        figures.heading
        for group in plan_figures(plan, SINCE, known_at=today).groups
        for figures in group.tasks
    }
    assert "培育龙头企业" in later


def test_the_second_person_confirms() -> None:
    _plan, row, by = edition()
    answer_all(row, by)
    actions.submit(by=by, plan_import=row)
    with pytest.raises(PermissionDenied):
        actions.confirm(by=by, plan_import=row)
    assert not Adjustment.objects.exists()


def test_an_edition_is_not_taken_back_whole() -> None:
    _plan, row = carried()
    with pytest.raises(Problems, match="修订不能整体撤回"):
        actions.ask_back(by=office(), plan_import=row, note="弄错了")


def test_only_an_open_import_can_become_an_edition() -> None:
    plan, row = carried()
    with pytest.raises(Conflict):
        edition_actions.set_edition(by=office(), plan_import=row, plan=plan, effective=SINCE)


# -- pages -----------------------------------------------------------------------------------------------------------


def test_a_plan_of_another_place_is_not_revised() -> None:
    _plan, row, by = edition()
    city = Jurisdiction.objects.create(name="乙市", level="city", office="乙办")
    other = make.plan(jurisdiction=city)
    with pytest.raises(Problems, match="本地区"):
        edition_actions.set_edition(by=by, plan_import=row, plan=other, effective=SINCE)


def test_pages_of_an_edition(client: Client) -> None:
    _plan, row, by = edition()
    client.force_login(by)
    page = client.get(reverse("plan_edition", args=[row.pk])).content.decode()
    for words in (
        "培育龙头企业",
        "盐湖资源综合利用率达到<del>75%</del><ins>80%</ins>以上",
        "盐湖资源综合利用率达到75%以上",
        "不是同一项",
    ):
        assert words in page
    answer = client.post(
        reverse("plan_import_edit", args=[row.pk]),
        {"form": "pair", "item": "task", "old": "4-2", "new": ""},
    )
    assert answer.status_code == 422
    refs = {pair.old.heading: pair.old.ref for pair in edition_actions.comparison(row).tasks if pair.old}
    answer = client.post(
        reverse("plan_import_edit", args=[row.pk]),
        {"form": "pair", "item": "task", "old": refs["健全监测体系"], "new": "none"},
    )
    assert answer.status_code == 302
    pairs = edition_actions.comparison(row).tasks
    assert [pair.status for pair in pairs if pair.old and pair.old.heading == "健全监测体系"] == [GONE]


def test_texts_of_all_editions_stay_readable(client: Client) -> None:
    plan, row = carried()
    client.force_login(office())
    listed = client.get(reverse("plan_editions", args=[plan.slug])).content.decode()
    for words in ("示例政〔2017〕1号", "示例政〔2017〕30号", "2017-12-20", "2018年第一季度"):
        assert words in listed
    text = client.get(reverse("plan_edition_text", args=[plan.slug, row.pk])).content.decode()
    assert "引进龙头企业" in text
    assert Plan.objects.get(pk=plan.pk).text == TEXT


def test_an_import_is_marked_as_an_edition_on_its_page(client: Client) -> None:
    plan = imported().plan
    assert plan is not None
    by = office()
    client.force_login(by)
    client.post(reverse("plan_imports"), {"document": file(SECOND)})
    row = PlanImport.objects.latest("pk")
    url = reverse("plan_edition", args=[row.pk])
    refused = client.post(url, {"plan": plan.pk, "effective": "二〇一八年"})
    assert refused.status_code == 422
    assert client.post(url, {"plan": plan.pk, "effective": "2018Q1"}).status_code == 302
    row.refresh_from_db()
    assert (row.edition_of, row.effective) == (plan, SINCE)
    assert client.post(url, {"plan": "", "effective": ""}).status_code == 302
    row.refresh_from_db()
    assert row.edition_of is None


@pytest.mark.full
def test_the_comparison_takes_the_same_queries_for_more_tasks(client: Client) -> None:
    counts = []
    for more in (0, 3):
        Plan.objects.update(state="withdrawn")
        extra = "".join(f"{n}.第{n}项改造。改造。（省科学厅、省贸易厅负责）\n" for n in range(2, 2 + more))
        base = TEXT.replace("三、保障措施", f"{extra}三、保障措施").replace("1号", f"{more + 50}号")
        row = actions.upload(by=office(), upload=file(base))
        answer_all(row, row.uploaded_by)
        actions.submit(by=row.uploaded_by, plan_import=row)
        plan = actions.confirm(by=office(), plan_import=row).plan
        by = office()
        new = actions.upload(by=by, upload=file(base.replace("75%", "90%")))
        edition_actions.set_edition(by=by, plan_import=new, plan=plan, effective=SINCE)
        client.force_login(by)
        url = reverse("plan_edition", args=[new.pk])
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get(url)
        counts.append(len(seen))
    assert counts[0] == counts[1]
