"""A quarter's figures made up from the first plan's structure, by arithmetic: the same every time."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from django.conf import settings
from django.utils import translation

from qhplan import __version__
from reports.briefs import composition, kinds
from reports.briefs.snapshot import Snapshot
from reports.briefs.values import BriefHead, Imprint, Stamp
from reports.canonical import canonical, plain
from reports.figures.values import (
    AgencyFigures,
    AgencyRef,
    Change,
    GroupFigures,
    Lights,
    MissingReturn,
    Narrative,
    PlanFigures,
    Rate,
    TargetFigures,
    TaskFigures,
)
from tasks.values import Period
from tasks.wording import Wording

PLAN = settings.BASE_DIR / "fixtures" / "plans" / "qinghai-2016-48"
CHINA = timezone(timedelta(hours=8))
QUARTER = Period(2017, 1)
KNOWN = datetime(2017, 5, 8, 18, 0, tzinfo=CHINA)
LIGHTS = ["green", "green", "yellow", "green", "red", "blue", "green", "grey"]
OFFICE = "青海省制造强省建设领导小组办公室"
WORDING = Wording(
    unit="省", place="市州"
)  # those of a province: a brief is composed in the words of its plan

DRAFT = BriefHead(office=OFFICE)
ISSUED = BriefHead(
    office=OFFICE,
    stamp=Stamp(
        2017, 3, 1, date(2017, 5, 10), "7QK4M2XTVB9D", "http://localhost:8000/verify/7QK4M2XTVB9D/", total=7
    ),
    imprint=Imprint(
        report_to="青海省制造强省建设领导小组组长、副组长。",
        send_to="领导小组各成员单位，各市、自治州人民政府。",
        copies=60,
        drafted_by="张三",
        checked_by="李四",
        signed_by="王五",
    ),
)


def _narrative(number: int, body: str, light: str) -> Narrative:
    said = "".join(body.split())
    done = (
        f"制定印发年度实施方案,细化分解{number % 7 + 3}项措施,逐项明确责任处室和时间节点｡{said[: 90 + number * 7 % 60]}｡"
        f"截至季度末,累计完成投资{number * 3 % 40 + 2}.{number % 10}亿元,开展现场督导{number % 9 + 2}次｡"
    )
    problems: tuple[tuple[str, str], ...] = ()
    if light in {"yellow", "red"}:
        problems = (("资金", "部分项目配套资金到位较慢,影响设备采购进度｡"), ("人才", "高端技术人才引进困难"))
    elif number % 3 == 0:
        problems = (("其他", "数据口径尚需进一步统一｡"),)
    return Narrative(
        done=done,
        no_progress=False,
        problems=problems,
        coordination="恳请协调落实专项资金,并明确土地指标安排" if light == "red" else "",
        next_steps=f"加快推进重点项目建设,新增服务企业{number + 5}家以上;倒排工期､挂图作战,确保完成年度任务",
        decision_note="现场核实进度滞后于序时要求" if number % 11 == 4 else "",
    )


def _task(number: int, source: dict[str, Any], text: str, part: str, group: int | None) -> TaskFigures:
    light = LIGHTS[number * 5 % len(LIGHTS)]
    names = [mention["quote"]["name"] for mention in source["mentions"] if mention["duty"] == "lead"]
    missing = light == "grey"
    differs = number % 11 == 4 and light == "yellow"
    reported = "" if missing else "green" if differs else light
    verified = not missing and number % 6 != 5
    co = len(source["mentions"]) + 6
    return TaskFigures(
        id=number,
        ref=source["ref"],
        code=source["code"],
        heading=source["heading"]["name"],
        part="safeguard" if group is None else "task",
        group=group,
        lead=AgencyRef(number, f"a{number}", names[0], "department") if names else None,
        light=light,
        verified=verified,
        reported_light=reported,
        verified_light=light if verified else "",
        verification="partly" if differs else "true" if verified else "unverified",
        state="missing" if missing else "accepted" if verified else "submitted",
        submission_id=None if missing else number,
        submitted_at=None if missing else KNOWN - timedelta(days=20),
        on_time=None if missing else number % 9 != 4,
        version=None if missing else 1,
        stale_quarter=Period(2016, 4) if missing and number % 2 else None,
        stale_light="yellow" if missing and number % 2 else "",
        co=Rate(co, co - number % 4, co - number % 4 - number % 3),
        co_lights=Lights(green=co - number % 4, grey=number % 4),
        progress=None if missing else 40 + number,
        narrative=Narrative()
        if missing
        else _narrative(number, text[source["body"]["start"] : source["body"]["end"]], light),
    )


def _count(tasks: tuple[TaskFigures, ...]) -> Lights:
    return reduce(
        add,
        (Lights(**{task.light: 1}, unverified=int(task.state == "submitted")) for task in tasks),
        Lights(),
    )


def _lead(tasks: tuple[TaskFigures, ...]) -> Rate:
    return Rate(len(tasks), sum(t.state != "missing" for t in tasks), sum(t.on_time is True for t in tasks))


def figures() -> PlanFigures:
    """39 tasks with every light, every state and both kinds of missing return."""
    plan = json.loads((PLAN / "structure.json").read_text(encoding="utf-8"))
    text = (PLAN / "text.txt").read_text(encoding="utf-8")
    groups = []
    number = 0
    for group in plan["groups"]:
        tasks = []
        for source in group["tasks"]:
            number += 1
            tasks.append(_task(number, source, text, "task", group["number"]))
        done = tuple(tasks)
        groups.append(
            GroupFigures(
                group["number"],
                group["heading"]["name"],
                _count(done),
                _lead(done),
                reduce(add, (task.co for task in done)),
                done,
            )
        )
    safeguards = tuple(
        _task(number + index, source, text, "safeguard", None)
        for index, source in enumerate(plan["safeguards"], 1)
    )
    tasks_of_groups = tuple(task for group in groups for task in group.tasks)
    every = (*tasks_of_groups, *safeguards)
    missing = [
        MissingReturn(task.lead, "lead", task.ref, task.code, task.heading, 25, task.stale_quarter)
        for task in every
        if task.state == "missing" and task.lead
    ]
    bodies = [
        "西宁市人民政府",
        "海东市人民政府",
        "海西州人民政府",
        "海南州人民政府",
        "玉树州人民政府",
        "省通信管理局",
    ]
    for index, task in enumerate(every):
        missing += [
            MissingReturn(
                AgencyRef(900 + body, f"b{body}", bodies[body], "government"),
                "co",
                task.ref,
                task.code,
                task.heading,
                30,
                Period(2016, 4) if body % 2 else None,
            )
            for body in {(index * 5 + extra) % len(bodies) for extra in range(task.co.missing)}
        ]
    changes = tuple(
        Change(task.ref, task.code, task.heading, task.lead, before, task.light, kind)
        for task, before, kind in (
            *((task, "green", "worse") for task in tasks_of_groups if task.light == "red"),
            *((task, "red", "better") for task in tasks_of_groups[:9] if task.light == "yellow"),
            *((task, "green", "missing") for task in tasks_of_groups[:9] if task.light == "grey"),
        )
    )
    values = {12: ("8.1", "58.9", "727.4"), 5: ("3", None, None), 20: ("0", None, None)}
    targets = []
    for index, source in enumerate(plan["targets"]):
        value = source["value"]
        actual, numerator, denominator = (
            values.get(value, (None, None, None)) if source["year"] == 2020 else (None,) * 3
        )
        targets.append(
            TargetFigures(
                order=index,
                year=source["year"],
                text=source["quote"]["name"],
                comparison=source["comparison"],
                value=None if value is None else Decimal(str(value)),
                unit=source["unit"],
                indicator="",
                actual=None if actual is None else Decimal(actual),
                numerator=None if numerator is None else Decimal(numerator),
                denominator=None if denominator is None else Decimal(denominator),
                actual_quarter=None if actual is None else QUARTER,
                verified=value == 12,
            )
        )
    return PlanFigures(
        plan_slug="qinghai-2016-48",
        plan_title="中国制造2025青海行动方案",
        doc_number="青政〔2016〕48号",
        quarter=QUARTER,
        as_at=QUARTER.last_day,
        known_at=KNOWN,
        lights=_count(tasks_of_groups),
        safeguard_lights=_count(safeguards),
        lead=_lead(every),
        co=reduce(add, (task.co for task in every)),
        groups=tuple(groups),
        safeguards=safeguards,
        sectors=(),
        agencies=tuple(
            AgencyFigures(
                AgencyRef(900 + body, f"b{body}", name, "government"),
                Rate(),
                Rate(20, 18, 18 - body % 3),
                Lights(),
                Lights(green=18, grey=2),
            )
            for body, name in enumerate(reversed(bodies))
        ),
        missing=tuple(missing),
        changes=changes,
        targets=tuple(targets),
        co_due=datetime(2017, 4, 11, 18, 0, tzinfo=CHINA),
        lead_due=datetime(2017, 4, 18, 18, 0, tzinfo=CHINA),
    )


def small() -> PlanFigures:
    """The first group alone: few pages, quickly set."""
    whole = figures()
    group = whole.groups[0]
    inside = {task.ref for task in group.tasks}
    return replace(
        whole,
        lights=group.lights,
        safeguard_lights=Lights(),
        lead=group.lead,
        co=group.co,
        groups=(group,),
        safeguards=(),
        missing=tuple(item for item in whole.missing if item.task_ref in inside),
        changes=tuple(change for change in whole.changes if change.task_ref in inside),
        targets=whole.targets[:4],
    )


def with_texts(source: PlanFigures, **said: Any) -> PlanFigures:
    """The same figures, where the first reported task says something else."""
    group = source.groups[0]
    index = next(i for i, task in enumerate(group.tasks) if task.state != "missing")
    task = group.tasks[index]
    changed = replace(task, narrative=replace(task.narrative, **said))
    tasks = (*group.tasks[:index], changed, *group.tasks[index + 1 :])
    return replace(source, groups=(replace(group, tasks=tasks), *source.groups[1:]))


def frozen(source: PlanFigures | None = None, *, is_sample: bool = True) -> bytes:
    """The figures as they were frozen before there were kinds."""
    return frozen_json(source or figures(), is_sample=is_sample)


def frozen_json(source: PlanFigures, *, is_sample: bool = True, **more: Any) -> bytes:
    """The canonical text of the figures; `more` are the keys that a kind adds."""
    return canonical({**plain(source), **plain(more), "is_sample": is_sample, "release": __version__})


def read(content: dict[str, Any]) -> Snapshot:
    """The snapshot of figures in JSON's own types, which tests change at will."""
    return kinds.read_snapshot(json.dumps(content))


def composed(
    content: dict[str, Any], *, head: BriefHead = ISSUED, words: Mapping[str, str] | None = None
) -> composition.Composed:
    """The brief of these figures, in the language of the site."""
    with translation.override(settings.LANGUAGE_CODE):
        return composition.html(read(content), head=head, figures_sha256="0" * 64, words=words)
