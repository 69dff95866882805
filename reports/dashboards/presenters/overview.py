"""总览: one quarter of one plan on one page."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.figures.values import PlanFigures
from tasks.cycles.actions import CycleState, state_of
from tasks.values import GREY, Light, Quarter

History = Mapping[int, Mapping[Quarter, tuple[str, bool]]]
COLUMNS = 12


@dataclass(frozen=True)
class Mark:
    """What a light's shape needs."""

    light: str
    unverified: bool


def lede(asked: Asked, figures: PlanFigures, history: History) -> str:
    """The sentence on top: everything in it is counted, nothing is judged."""
    lights = figures.lights
    said = []
    if asked.is_expired:
        said.append(_("方案已到期。"))
    if not is_opened(asked):
        return "".join(said) + _("本季度尚未开放填报。")
    if lights.grey == lights.total:
        said.append(_("%(n)d项任务，牵头单位均未报。") % {"n": lights.total})
    else:
        good = [_("%(n)d项正常") % {"n": lights.green}, _("%(n)d项已完成") % {"n": lights.blue}]
        bad = [
            _("%(n)d项有风险") % {"n": lights.yellow},
            _("%(n)d项滞后") % {"n": lights.red},
            _("%(n)d项牵头单位未报") % {"n": lights.grey},
        ]
        parts = [
            "，".join(part for part, n in zip(group, numbers, strict=True) if n)
            for group, numbers in (
                (good, (lights.green, lights.blue)),
                (bad, (lights.yellow, lights.red, lights.grey)),
            )
        ]
        said.append(
            _("%(n)d项任务中，%(parts)s。")
            % {"n": lights.total, "parts": "；".join(part for part in parts if part)}
        )
    if any(
        quarter < asked.quarter
        for row in history.values()
        for quarter, (light, _v) in row.items()
        if light != GREY
    ):
        main = {task.ref for group in figures.groups for task in group.tasks}
        kinds = Counter(change.kind for change in figures.changes if change.task_ref in main)
        moved = [
            text % {"n": kinds[kind]}
            for kind, text in (
                ("worse", _("%(n)d项转差")),
                ("better", _("%(n)d项好转")),
                ("done", _("%(n)d项完成")),
                ("missing", _("%(n)d项由报转为未报")),
                ("back", _("%(n)d项恢复报送")),
            )
            if kinds[kind]
        ]
        said.append(_("与上季相比，%s。") % ("，".join(moved) if moved else _("没有变化")))
    streak = _longest_red(figures, history, asked.quarter)
    if streak:
        heading, quarters = streak
        said.append(
            _("“%(heading)s”已连续%(n)s季滞后。") % {"heading": heading, "n": phrases.numeral(quarters)}
        )
    return "".join(said)


def _longest_red(figures: PlanFigures, history: History, quarter: Quarter) -> tuple[str, int] | None:
    best: tuple[str, int] | None = None
    for group in figures.groups:
        for task in group.tasks:
            length = 0
            while history.get(task.id, {}).get(quarter - length, (GREY, False))[0] == Light.RED.value:
                length += 1
            if length >= 2 and (best is None or length > best[1]):
                best = (task.heading, length)
    return best


def is_opened(asked: Asked) -> bool:
    """Whether the office had opened the quarter by then; before that nobody owes a word on it."""
    return asked.cycle is not None and asked.cycle.opened_at <= asked.known_at


def state_line(asked: Asked) -> str:
    """What the calendar says of the quarter's filing period."""
    state = state_of(asked.cycle, asked.known_at)
    if asked.cycle is None or state == CycleState.UNOPENED:
        return _("本季度尚未开放填报")
    if state == CycleState.CLOSED:
        return _("填报期已关闭")
    if state == CycleState.LATE:
        return _("牵头汇总已于%(day)s截止，仍可补报至%(close)s") % {
            "day": phrases.minute(asked.cycle.lead_due),
            "close": phrases.minute(asked.cycle.closes_at),
        }
    return _("填报中：配合填报%(co)s截止，牵头汇总%(lead)s截止") % {
        "co": phrases.minute(asked.cycle.co_due),
        "lead": phrases.minute(asked.cycle.lead_due),
    }


# -- lights over time ---------------------------------------------------------------------------------------


def counts_by_quarter(task_ids: Iterable[int], history: History) -> dict[Quarter, Counter[str]]:
    """{quarter: {light: how many of the tasks}}."""
    result: dict[Quarter, Counter[str]] = {}
    for task_id in task_ids:
        for quarter, (light, _verified) in history.get(task_id, {}).items():
            result.setdefault(quarter, Counter())[light] += 1
    return result


def ruler_marks(asked: Asked, years: set[int]) -> list[tuple[Quarter, str]]:
    """The ends of the years for which the plan promises something, and of its validity."""
    plan = asked.plan
    marks = {Quarter(year, 4): _("%(year)d年目标") % {"year": year} for year in sorted(years)}
    last = (marks.get(plan.last_quarter, ""), _("方案到期"))
    marks[plan.last_quarter] = " · ".join(part for part in last if part)
    return [
        (quarter, text)
        for quarter, text in marks.items()
        if plan.first_quarter <= quarter <= plan.last_quarter
    ]


def tally(
    asked: Asked, figures: PlanFigures, by_quarter: Mapping[Quarter, Counter[str]]
) -> list[dict[str, Any]]:
    before = by_quarter.get(asked.quarter - 1) if asked.previous else None
    home = reverse("task_list", args=[asked.plan.slug])
    return [
        {
            "light": light,
            "count": count,
            "before": before[light] if before else None,
            "url": home + asked.query(light=light, part="main"),
        }
        for light, count in phrases.counts(figures.lights)
    ]


def heat(asked: Asked, figures: PlanFigures, history: History) -> dict[str, Any]:
    """Groups over the last twelve quarters; the safeguards apart, because they are counted apart."""
    first = max(asked.plan.first_quarter, asked.quarter - (COLUMNS - 1))
    quarters = list(Quarter.span(first, asked.quarter))
    home = reverse("task_list", args=[asked.plan.slug])

    def cells(task_ids: Sequence[int]) -> list[list[Mark]]:
        return [
            [
                Mark(light, light != GREY and not verified)
                for task_id in task_ids
                for light, verified in [history.get(task_id, {}).get(quarter, (GREY, False))]
            ]
            for quarter in quarters
        ]

    rows = [
        {
            "number": phrases.numeral_plain(group.number),
            "name": group.name.split("，")[0],
            "full": group.name,
            "url": home + asked.query(group=group.number),
            "say": phrases.said(group.lights),
            "cells": cells([task.id for task in group.tasks]),
            "apart": False,
        }
        for group in figures.groups
    ]
    if figures.safeguards:
        rows.append(
            {
                "number": figures.safeguards[0].code.partition("(")[0],
                "name": _("保障措施（另计，不入%(n)d项）") % {"n": figures.lights.total},
                "url": home + asked.query(part="safeguard"),
                "say": phrases.said(figures.safeguard_lights),
                "cells": cells([task.id for task in figures.safeguards]),
                "apart": True,
            }
        )
    by_quarter = counts_by_quarter([task.id for group in figures.groups for task in group.tasks], history)
    behind = reverse("behind", args=[asked.plan.slug])
    sums = [
        {
            "light": light,
            "label": _("%(word)s（%(n)d项中）")
            % {"word": phrases.light_word(light), "n": figures.lights.total},
            "counts": [
                {"n": by_quarter.get(quarter, Counter())[light], "address": behind + asked.query(quarter)}
                for quarter in quarters
            ],
        }
        for light in (Light.RED.value, Light.YELLOW.value, GREY)
    ]
    return {
        "quarters": quarters,
        "now": asked.quarter,
        "caption": _("任务组逐季状态：一个符号代表一项任务"),
        "rows": rows,
        "sums": sums,
        "table": _heat_table(rows, quarters),
    }


def _heat_table(rows: list[dict[str, Any]], quarters: list[Quarter]) -> list[dict[str, Any]]:
    """The same in words, for readers who cannot see shapes: newest quarter first."""
    return [
        {
            "quarter": quarter,
            "cells": [
                "、".join(
                    f"{phrases.light_word(light)}{n}"
                    for light in phrases.ORDER
                    if (n := sum(mark.light == light for mark in row["cells"][column]))
                )
                for row in rows
            ],
        }
        for column, quarter in reversed(list(enumerate(quarters)))
    ]


# -- changes, targets, rates --------------------------------------------------------------------------------


def changes(asked: Asked, figures: PlanFigures) -> list[dict[str, Any]]:
    """What changed since last quarter, the bad first."""
    titles = {
        "worse": _("转差"),
        "missing": _("由报转为未报"),
        "better": _("好转"),
        "done": _("完成"),
        "back": _("恢复报送"),
    }
    groups: list[dict[str, Any]] = []
    for kind, title in titles.items():
        found = [
            {
                "before": change.before,
                "after": change.after,
                "ref": change.task_code,
                "name": change.task_heading,
                "url": reverse("task", args=[asked.plan.slug, change.task_ref]) + asked.query(),
                "end": change.lead.name if change.lead else "",
            }
            for change in figures.changes
            if change.kind == kind
        ]
        if found:
            groups.append({"title": title, "changes": found})
    return groups


def sectors(asked: Asked, figures: PlanFigures) -> list[dict[str, Any]]:
    """By links that the tasks' words give; a task may stand under two sectors, so these never add up."""
    home = reverse("task_list", args=[asked.plan.slug])
    return [
        {
            "number": phrases.numeral_plain(sector.number),
            "key": sector.number,
            "name": sector.name,
            "url": home + asked.query(sector=sector.number),
            "total": sector.lights.total,
            "lights": {light: n for light, n in phrases.counts(sector.lights) if n},
        }
        for sector in figures.sectors
    ]


# -- places and missing returns -----------------------------------------------------------------------------
