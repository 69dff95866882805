"""The sections of a brief: each a function of the desk, absent when there is nothing to say."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs import annexes, sentences, view_models
from reports.briefs.composition_context import Desk, Figures, Section, fixed
from reports.briefs.models import BriefKind
from reports.briefs.sentences import amount, counted, percent, rate
from reports.charts.lights import STYLES
from reports.typeset.text import numeral, phrase, sentence
from tasks.indicators.target_path import Schedule
from tasks.values import Quarter

_HEADS = {
    BriefKind.GROUP: gettext_lazy("本组%(count)s任务中，"),
    BriefKind.SECTOR: gettext_lazy("与本领域有关的%(count)s主要任务中，"),
    BriefKind.AGENCY: gettext_lazy("本单位牵头的%(count)s主要任务中，"),
}


def overall(desk: Desk) -> Section | None:
    """总体情况 of the main tasks that the brief speaks of, with the safeguards beside them."""
    head = str(_HEADS.get(desk.figures.get("kind", ""), _("%(count)s主要任务中，")))
    said = sentences.overall(desk.figures, view_models.tasks(desk), head=head)
    return Section("paragraphs", _("总体情况"), {"paragraphs": desk.texts("overall", said)})


def linked(desk: Desk) -> Section | None:
    """How a sector is counted: the plan names no body for it."""
    tasks = view_models.every_task(desk.figures)
    said = _(
        "方案未明确本领域的责任单位。以下按方案原文提到本领域的%(count)s任务统计；一项任务可能涉及几个领域，各领域之间不相加。"
    ) % {"count": counted(len(tasks))}
    return Section("paragraphs", _("统计范围"), {"paragraphs": desk.texts("linked", [said])})


def groups(desk: Desk) -> Section | None:
    """各任务组状态: a table with a bar for each group. One alone is what the brief as a whole tells."""
    figures, rows = desk.figures, view_models.groups(desk)
    if len(rows) < 2:
        return None
    table = desk.table()
    said = sentences.groups_sentence(figures, desk.say, table)
    main = {
        "total": sentences.tally(figures["lights"]),
        "lights": figures["lights"],
        "lead": view_models.add(group["lead"] for group in figures["groups"]),
        "co": view_models.add(group["co"] for group in figures["groups"]),
    }
    return Section(
        "groups",
        _("各任务组状态"),
        {
            "paragraphs": desk.texts("groups", [said]),
            "rows": rows,
            "main": main,
            "table": table,
            "lights": [view_models.light(style.key) for style in STYLES],
        },
    )


def changes(desk: Desk) -> Section | None:
    """与上季度相比的变化: every task whose light is another one than a quarter before. What may still come in on time
    has not turned into missing (reports.figures.queries.change_kind)."""
    found = desk.figures["changes"]
    if not found:
        return None
    table = desk.table()
    said = sentences.changes(desk.figures) + _("逐项见表%(table)d。") % {"table": table}
    rows = [
        {
            "code": desk.say(change["task_code"]),
            "heading": phrase(desk.say(change["task_heading"])),
            "lead": desk.say(change["lead"]["name"]) if change["lead"] else "—",
            "before": view_models.light(change["before"]),
            "after": view_models.light(change["after"]),
            "kind": sentences.CHANGES[change["kind"]],
        }
        for kind in sentences.CHANGES
        for change in found
        if change["kind"] == kind
    ]
    return Section(
        "changes",
        _("与上季度相比的变化"),
        {"paragraphs": desk.texts("changes", [said]), "rows": rows, "table": table},
    )


def targets(desk: Desk) -> Section | None:
    """目标指标: promises with a number in a table, those in words as text."""
    numbers, words = [], []
    paths = {one["order"]: one for one in desk.figures.get("paths") or []}
    for target in desk.figures["targets"]:
        text = phrase(desk.say(target["text"]))
        if target["value"] is None:
            if target["year"]:
                words.append((target["year"], text))
            continue
        unit = desk.say(target["unit"])
        actual, parts = view_models.actual(target, unit)
        numbers.append(
            {
                "year": target["year"],
                "text": text,
                "value": amount(target["value"], unit),
                "actual": actual,
                "parts": parts,
                "quarter": Quarter.parse(target["actual_quarter"]).label if target["actual_quarter"] else "",
                "verified": target["verified"],
                "status": _schedule(paths.get(target["order"]), unit),
            }
        )
    if not numbers and not words:
        return None
    table = desk.table() if numbers else 0
    counts = Counter(year for year, _text in words)
    words_of = Counter(row["status"]["word"] for row in numbers if row["actual"] and row["status"]["word"])
    first = [
        _("方案给出数值的目标有%(count)s，其中已有数据的%(known)s%(paths)s，见表%(table)d。")
        % {
            "count": counted(len(numbers)),
            "known": counted(sum(bool(row["actual"]) for row in numbers)),
            "paths": fixed(
                _("（%(words)s）")
                % {
                    "words": "、".join(
                        _("%(word)s%(n)d项") % {"word": w, "n": n} for w, n in words_of.items()
                    )
                }
            )
            if words_of
            else "",
            "table": table,
        }
    ]
    last = [
        _("%(year)s目标中，方案未给数值的%(count)s：%(texts)s。")
        % {
            "year": fixed(_("%(year)d年") % {"year": year}),
            "count": counted(counts[year]),
            "texts": fixed("；".join(text for other, text in words if other == year)),
        }
        for year in sorted(counts)
    ]
    return Section(
        "targets",
        _("目标指标"),
        {
            "first": desk.texts("targets", first) if numbers else [],
            "numbers": numbers,
            "words": desk.texts("targets/words", last),
            "table": table,
            "has_paths": bool(paths),
        },
    )


def _schedule(one: Figures | None, unit: str) -> Figures:
    """Where a target stands against its path, and where the path stands."""
    if one is None:
        return {"word": "", "path": ""}
    path = Decimal(one["path"]).quantize(Decimal("0.01"), ROUND_HALF_UP) if one["path"] is not None else None
    return {
        "word": str(Schedule(one["status"]).label),
        "path": _("应到%(value)s") % {"value": amount(path, unit)} if path is not None else "",
    }


def reporting(desk: Desk) -> Section | None:
    """报送情况: what was owed, came in, and came in on time; lead and co apart."""
    figures = desk.figures
    rows, said = [], []
    for duty, name in sentences.DUTIES.items():
        counts = figures[duty]
        due, reported, on_time = counts["due"], counts["reported"], counts["on_time"]
        if not due:
            continue
        rows.append(
            {
                "name": name,
                "due": due,
                "reported": reported,
                "rate": percent(reported, due),
                "on_time": on_time,
                "on_time_rate": percent(on_time, due),
                "late": reported - on_time,
                "missing": due - reported,
            }
        )
        said.append(
            _(
                "%(name)s应报%(due)s，已报%(reported)s，报送率%(rate)s；其中按时%(on_time)s，按时率%(on_time_rate)s。"
            )
            % {
                "name": name,
                "due": counted(due, _("件")),
                "reported": counted(reported, _("件")),
                "rate": fixed(rate(reported, due)),
                "on_time": counted(on_time, _("件")),
                "on_time_rate": fixed(rate(on_time, due)),
            }
        )
        if reported < due:
            said.append(sentences.deadline_ahead(figures, duty))
    if not rows:
        return None
    if figures["groups"] and figures["safeguards"]:
        said.append(_("报送件数含保障措施。"))
    if "missing" in desk.annexes:
        said.append(
            _("%(what)s的单位见%(annex)s。")
            % {"what": annexes.what_is_missing(desk), "annex": desk.annex(desk.annexes["missing"])}
        )
    elif all(not row["missing"] for row in rows):
        said.append(_("没有未报送的单位。"))
    return Section(
        "reporting",
        _("报送情况"),
        {
            "paragraphs": desk.texts("reporting", [sentences.of_quarter(figures) + "".join(said)]),
            "rows": rows,
            "table": desk.table(),
            "quarter": sentences.quarter_told(figures),
        },
    )


def problems(desk: Desk) -> Section | None:
    """存在的主要问题: by category, how many tasks reported some, and which."""
    codes: dict[str, list[str]] = {}
    troubled = []
    for source in view_models.every_task(desk.figures):
        categories = dict.fromkeys(desk.say(category) for category, _text in source["narrative"]["problems"])
        if categories:
            troubled.append(view_models.task(desk, source))
        for category in categories:
            codes.setdefault(category, []).append(desk.say(source["code"]))
    if not codes:
        return None
    rows = [
        {"category": category, "count": len(found), "codes": view_models.grouped(found)}
        for category, found in sorted(codes.items(), key=lambda item: -len(item[1]))
    ]
    table = desk.table()
    said = _(
        "牵头单位反映问题的有%(count)s，%(by)s：%(categories)s；一项任务可以有几类问题，见表%(table)d。"
    ) % {
        "count": sentences.counted_tasks(troubled),
        "by": _("按类别（含保障措施）") if any(task["apart"] for task in troubled) else _("按类别"),
        "categories": fixed("、".join(_("%(category)s%(count)d项") % row for row in rows)),
        "table": table,
    }
    return Section(
        "problems",
        _("存在的主要问题"),
        {
            "paragraphs": desk.texts("problems", [sentences.of_quarter(desk.figures) + said]),
            "rows": rows,
            "table": table,
        },
    )


def coordination(desk: Desk) -> Section | None:
    """需省级协调事项, in the words of the leads. What was struck out was asked for all the same, and is counted."""
    found, asked = [], []
    for source in view_models.every_task(desk.figures):
        composed = sentence(desk.say(source["narrative"]["coordination"]))
        if not composed:
            continue
        asked.append(view_models.task(desk, source))
        if words := desk.text(f"{source['ref']}/coordination", composed):
            found.append(asked[-1] | {"words": words})
    if not asked:
        return None
    said = _("牵头单位提出需省级协调的有%(count)s。") % {"count": sentences.counted_tasks(asked)}
    return Section(
        "coordination",
        _("需省级协调事项"),
        {
            "paragraphs": desk.texts("coordination", [sentences.of_quarter(desk.figures) + said]),
            "tasks": found,
        },
    )


def progress(desk: Desk) -> Section | None:
    """主要任务进展: the groups one by one, with bar and text."""
    head = _("%(count)s任务中，")
    found = [
        group
        | {
            "paragraphs": desk.texts(f"group/{group['number']}", [_standing(group, head)]),
            "tasks": [_told(desk, source) for source in group["sources"]],
        }
        for group in view_models.groups(desk)
        if not group["apart"]
    ]
    return Section("progress", _("主要任务进展"), {"groups": found}) if found else None


def safeguards(desk: Desk) -> Section | None:
    """保障措施进展, counted apart."""
    apart = [group for group in view_models.groups(desk) if group["apart"]]
    if not apart:
        return None
    said = _standing(apart[0], _("%(count)s保障措施中，"))
    tasks = [
        _told(desk, source) | {"numeral": numeral(number)}
        for number, source in enumerate(apart[0]["sources"], 1)
    ]
    group = apart[0] | {"paragraphs": desk.texts("group/safeguards", [said]), "tasks": tasks}
    return Section("safeguards", _("保障措施进展"), {"group": group})


def _standing(group: Figures, head: str) -> str:
    """How a group stands, in a sentence."""
    counts = sentences.light_counts(
        group["lights"], head % {"count": counted(group["total"])}, grey_by=_("牵头单位")
    )
    pieces = [
        fixed(f"{name}{rate(one['reported'], one['due'])}")
        for name, one in ((_("牵头汇总已报"), group["lead"]), (_("配合填报已报"), group["co"]))
        if one["due"]
    ]
    return f"{counts}。{'，'.join(pieces)}。" if pieces else f"{counts}。"


def _told(desk: Desk, source: Figures) -> Figures:
    """A task with what was said of it; a text that was struck out leaves no label, and nothing is said in its place."""
    silence = sentences.silence(source, still_open=sentences.is_open(desk.figures, "lead"))
    words = [("silence", "", silence)] if silence else sentences.task_words(source, desk.say)
    said = [(label, desk.text(f"{source['ref']}/{key}", text)) for key, label, text in words]
    if not words:
        said = [("", sentences.wordless(source))]
    return view_models.task(desk, source) | {"parts": [(label, text) for label, text in said if text]}


def next_steps(desk: Desk) -> Section | None:
    """下一步工作, as the figures ask for it."""
    said = sentences.next_steps(desk.figures, view_models.tasks(desk))
    head = desk.text("next/head", sentences.asked_of(desk.figures)) if said else ""
    numbered = [f"{number}. {text}" for number, text in enumerate(desk.texts("next", said), 1)]
    paragraphs = [head, *numbered] if head and numbered else numbered
    return Section("paragraphs", _("下一步工作"), {"paragraphs": paragraphs})
