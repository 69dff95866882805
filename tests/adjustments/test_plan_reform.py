"""The first plan before and after the reform of November 2018: its 39 leads against what the facts say became of them.

By hand, from fixtures/lineage-2018.json and the plan's brackets. Before: 省经济和信息化委 leads 23, 省质监局 4, 省科技厅
and 省商务厅 2 each, and 省发展改革委, 省财政厅, 省环境保护厅, 省通信管理局, 省国土资源厅, 省人力资源社会保障厅, 省编办,
省金融办 1 each: 39. After, with 三(七)1—3 left where they are and 四(一) given to the government's office: 省工业和信息化厅
leads the 23, 省市场监管局 the 4 of 省质监局, 省生态环境厅, 省自然资源厅 and 省地方金融监管局 what they led under their old
names, 省政府办公厅 the one of 省编办; the other six are called as before.
"""

from collections import Counter
from datetime import date

import pytest

from qhplan.trial import LINEAGE
from reports.figures.queries import plan_figures
from tasks.adjustments import actions, reform_preview
from tasks.lineage.lineage_import import load
from tasks.models import Agency, Plan, Task
from tasks.plans.duties import duties
from tasks.values import Period, Role
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Q3, Q4 = Period(2018, 3), Period(2018, 4)
KNOWN = make.moment("2019-01-02")
KEPT = {
    "省发展改革委": 1,
    "省科技厅": 2,
    "省财政厅": 1,
    "省商务厅": 2,
    "省通信管理局": 1,
    "省人力资源社会保障厅": 1,
}
BEFORE = {
    "省经济和信息化委": 23,
    "省质监局": 4,
    "省环境保护厅": 1,
    "省国土资源厅": 1,
    "省编办": 1,
    "省金融办": 1,
    **KEPT,
}
AFTER = {
    "省工业和信息化厅": 23,
    "省市场监管局": 4,
    "省生态环境厅": 1,
    "省自然资源厅": 1,
    "省政府办公厅": 1,
    "省地方金融监管局": 1,
    **KEPT,
}


def carried_out(plan: Plan) -> None:
    """Every reform of 2018, in the order of its days, each approved on the day after."""
    office, leader = make.user(Role.OFFICE, password=None), make.user(Role.LEADERSHIP, password=None)
    bodies = {agency.slug: str(agency.pk) for agency in Agency.objects.all()}
    tasks = {task.ref: task.pk for task in Task.objects.filter(plan=plan)}
    syj = {f"pass-{tasks[ref]}-{bodies['syj']}": bodies["sczj"] for ref in ("3-4-1", "3-4-3", "3-4-4")}
    jxw = {f"pass-{tasks[ref]}-{bodies['jxw']}": bodies["jxw"] for ref in ("3-7-1", "3-7-2", "3-7-3")}
    answers = {**syj, **jxw, f"pass-{tasks['4-1']}-{bodies['bianban']}": bodies["bgt"]}
    for day in reversed([one for one in reform_preview.days(plan) if one.on.year == 2018]):
        at = make.moment(f"{day.on.isoformat()} 18:00")
        made = actions.propose_reform(
            by=office, plan=plan, edges=day.edges, answers=answers, reason="2018年机构改革", now=at
        )
        actions.approve(by=leader, adjustment=made, now=at)


def leads(plan: Plan, quarter: Period) -> dict[str, int]:
    figures = plan_figures(plan, quarter, known_at=KNOWN)
    return dict(Counter(task.lead.name for task in figures.tasks if task.lead))


def test_the_39_leads_before_and_after_the_reform_of_2018(plan: Plan) -> None:
    load(LINEAGE)
    assert leads(plan, Q3) == BEFORE
    carried_out(plan)

    assert (leads(plan, Q3), sum(BEFORE.values())) == (BEFORE, 39)
    assert (leads(plan, Q4), sum(AFTER.values())) == (AFTER, 39)
    tasks = {task.code: task.lead.name for task in plan_figures(plan, Q4, known_at=KNOWN).tasks if task.lead}
    assert [tasks[f"三(四){n}"] for n in (1, 2, 3, 4)] == ["省市场监管局"] * 4
    assert tasks["四(一)"] == "省政府办公厅"


def test_what_is_owed_before_and_after_the_reform_of_2018(plan: Plan) -> None:
    # 39 lead and 446 co-returns before. What merges by 2018Q4: 三(四)3 and 三(四)4 lose the co of 省工商局 and of
    # 省食品药品监管局 each (4), 三(四)1 that of 省食品药品监管局 (1) to the lead that they merged into; 省国税局 and
    # 省地税局 share one safeguard, and so do 青海银监局 and 青海保监局 (1 each). So 446 − 7 = 439; and each of them goes
    # with the quarter of its own day.
    load(LINEAGE)
    carried_out(plan)

    def owed(quarter: Period) -> tuple[int, int]:
        rows = duties([plan.pk], quarter, known_at=KNOWN)
        return rows.filter(duty="lead").count(), rows.filter(duty="co").count()

    assert owed(Period(2018, 1)) == (39, 446)
    assert owed(Period(2018, 2)) == (39, 445)  # the tax offices, on 06-15
    assert owed(Q3) == (39, 445)
    assert owed(Q4) == (39, 439)
    ended = {"zjj", "gsj", "syj", "zscqj", "guoshui", "dishui", "yjj", "bjj", "ciq"}
    assert not duties([plan.pk], Q4, known_at=KNOWN).filter(agency__slug__in=ended).exists()
    assert date(2018, 12, 17) in {day.on for day in reform_preview.days(plan)}
