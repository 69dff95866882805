"""The brief's running text: sentences composed from figures by rule.

A light that does not occur is left out rather than said to be nought; a ratio always shows what it was made of; there
is no sentence without a figure behind it. What comes from the figures is marked as fixed (`desk.fixed`), so that whoever
amends the words around it cannot change it.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs.composition_context import Figures, Say, fixed
from reports.briefs.models import BriefKind
from reports.briefs.values import ENDED
from reports.charts.lights import STYLE, STYLES
from reports.figures.values import Ratio
from reports.typeset.text import inside_quotes, phrase, sentence
from tasks.cycles.lateness import is_overdue, on_time_rule
from tasks.values import Quarter

_NAMED = 6  # how many tasks a sentence names before it says 等


def percent(part: int, whole: int) -> str:
    """37 of 39 → 94.9%, rounded as `Ratio.percent`; 无应报 where nothing was owed."""
    value = Ratio(part, whole).percent
    return _("无应报") if value is None else f"{value.normalize():f}%"


def rate(part: int, whole: int) -> str:
    """A percentage with what it was made of: 94.9%（37/39）."""
    return f"{percent(part, whole)}（{part}/{whole}）" if whole else _("无应报")


def day(value: date | str) -> str:
    """2017-03-31 → 2017年3月31日."""
    value = date.fromisoformat(value) if isinstance(value, str) else value
    return _("%(year)d年%(month)d月%(day)d日") % {"year": value.year, "month": value.month, "day": value.day}


def local(value: str) -> datetime:
    """An ISO moment where the plan is carried out."""
    return timezone.localtime(datetime.fromisoformat(value), timezone.get_default_timezone())


def moment(value: str) -> str:
    """An ISO moment as day and minute where the plan is carried out."""
    there = local(value)
    return f"{day(there.date())}{there:%H:%M}"


def amount(value: str | int | float | Decimal, unit: str = "") -> str:
    """12.0 → 12, with its unit."""
    number = Decimal(str(value))
    text = f"{number.normalize():f}"
    return f"{text}{unit}"


def counted(count: int, unit: str = "") -> str:
    """4 → 4项, fixed."""
    return fixed(f"{count}{unit or _('项')}")


def counted_apart(main: int, apart: int) -> str:
    """“4项主要任务和1项保障措施”: the two are never added up, and what there is none of is left out."""
    pieces = [
        words % {"count": counted(count)}
        for words, count in ((_("%(count)s主要任务"), main), (_("%(count)s保障措施"), apart))
        if count
    ]
    return _("和").join(pieces)


def counted_tasks(tasks: Iterable[Figures]) -> str:
    """How many main tasks and safeguards there are among these, apart."""
    apart = [bool(task["apart"]) for task in tasks]
    return counted_apart(apart.count(False), apart.count(True))


def light_counts(lights: Figures, total: str, *, grey_by: str) -> str:
    """“正常20项、有风险6项、滞后3项，3项牵头单位未报”: the lights that occur, the unreported ones apart."""
    shown = [(style, lights[style.key]) for style in STYLES if lights[style.key]]
    grey = lights["grey"]
    if shown and grey == sum(count for _style, count in shown):
        nobody = _("%(total)s%(by)s均未报送") if grey > 1 else _("%(total)s%(by)s未报送")
        return nobody % {"total": total, "by": grey_by}
    words = "、".join(
        fixed(_("%(light)s%(count)d项") % {"light": style.word, "count": count})
        for style, count in shown
        if style.key != "grey"
    )
    unreported = _("，%(count)s%(by)s未报") % {"count": counted(grey), "by": grey_by} if grey else ""
    return f"{total}{words}{unreported}"


def named(items: list[str], most: int = _NAMED) -> str:
    """A list in a sentence, cut after some with the whole number said."""
    if len(items) <= most:
        return fixed("、".join(items))
    return fixed(_("%(names)s等%(count)d项") % {"names": "、".join(items[:most]), "count": len(items)})


def tally(lights: Figures) -> int:
    return sum(int(lights[style.key]) for style in STYLES)


def short(name: str) -> str:
    """A group's name up to its first comma, for a chart's label."""
    return re.split("[，,]", name)[0]


DUTIES = {"lead": gettext_lazy("牵头汇总"), "co": gettext_lazy("配合填报")}


def is_open(figures: Figures, duty: str) -> bool:
    """Whether submissions of this duty could still be on time at the moment of the figures. Figures that were frozen
    before they held due dates count as overdue."""
    due = figures.get(f"{duty}_due")
    if not due:
        return False
    return not is_overdue(datetime.fromisoformat(due), datetime.fromisoformat(figures["known_at"]))


def owed(figures: Figures, *, still_open: bool) -> str:
    """“牵头汇总5件、配合填报60件”: what has not come in, of the duties that are overdue or of those still open."""
    counts = Counter(item["duty"] for item in figures["missing"])
    return "、".join(
        fixed(_("%(name)s%(count)d件") % {"name": name, "count": counts[duty]})
        for duty, name in DUTIES.items()
        if counts[duty] and is_open(figures, duty) == still_open
    )


def deadline_ahead(figures: Figures, duty: str) -> str:
    """That returns of this duty are not due yet; "" when they are."""
    if not is_open(figures, duty):
        return ""
    return _("%(name)s的填报期限（%(due)s）未到，未报送的不是逾期。") % {
        "name": DUTIES[duty],
        "due": fixed(moment(figures[f"{duty}_due"])),
    }


def silence(task: Figures, *, still_open: bool = False) -> str:
    """Why nothing is said of a task's progress; "" when something is. `still_open`: its lead may yet report on time."""
    if task["state"] in ENDED:
        return _("本项%(status)s，不再填报。") % {"status": fixed(str(ENDED[task["state"]]))}
    if task["state"] == "missing":
        not_yet = _("牵头单位本季度尚未报送，填报期限未到") if still_open else _("牵头单位本季度未报送")
        if not task["stale_quarter"]:
            return _("%(not_yet)s，此前也没有报送记录。") % {"not_yet": not_yet}
        stale = STYLE[task["stale_light"]].word if task["stale_light"] in STYLE else _("另报")
        return _("%(not_yet)s。最近一次报送为%(quarter)s，当时状态为%(light)s，不计入本季度。") % {
            "not_yet": not_yet,
            "quarter": fixed(Quarter.parse(task["stale_quarter"]).label),
            "light": fixed(f"“{stale}”"),
        }
    if task["narrative"]["elsewhere"]:
        return _("本项另渠道报送，计为已报，内容不在本简报中。")
    return ""


def task_words(task: Figures, say: Say) -> list[tuple[str, str, str]]:
    """What a task's lead and the office said, as (key, label, text); what was left empty is left out."""
    narrative = task["narrative"]
    done = sentence(say(narrative["done"]))
    if narrative["no_progress"]:
        reason = phrase(say(narrative["no_progress_reason"]))
        idle = (
            _("牵头单位报告本季度无进展，原因：%(reason)s。") if reason else _("牵头单位报告本季度无进展。")
        )
        done = (idle % {"reason": reason} if reason else idle) + done
    problems = [(say(category), phrase(say(text))) for category, text in narrative["problems"]]
    note = _("退回意见：") if task["state"] == "returned" else _("核定意见：")
    said = [
        ("done", _("进展情况："), done),
        ("problems", _("存在问题："), _listed([(category, text) for category, text in problems if text])),
        ("next", _("下步打算："), sentence(say(narrative["next_steps"]))),
        ("note", note, sentence(say(narrative["decision_note"]))),
    ]
    return [(key, label, text) for key, label, text in said if text]


def wordless(task: Figures) -> str:
    """What stands for the text of a task that was reported without any; other sections may tell what else was filed."""
    narrative = task["narrative"]
    if narrative["problems"] or narrative["coordination"]:
        return _("牵头单位未填写进展情况和下步打算。")
    return _("牵头单位已报送状态，未填写文字。")


def _listed(problems: list[tuple[str, str]]) -> str:
    """（资金）…。 or, of several, 1.（资金）…；2.（人才）…。"""
    said = []
    for number, (category, text) in enumerate(problems, 1):
        label = _("（%(category)s）") % {"category": category}
        end = sentence(text) if number == len(problems) else f"{text}；"
        said.append(f"{number}.{label}{end}" if len(problems) > 1 else f"{label}{end}")
    return "".join(said)


def overall(figures: Figures, tasks: dict[str, Figures], *, head: str) -> list[str]:
    """How the tasks stand. `head` begins the count of the main ones: %(count)s主要任务中，."""
    lights, safeguards = figures["lights"], figures["safeguard_lights"]
    quarter = fixed(Quarter.parse(figures["quarter"]).label)
    total, apart = tally(lights), tally(safeguards)
    first = []
    if total:
        counts = light_counts(lights, head % {"count": counted(total)}, grey_by=_("牵头单位"))
        first.append(f"{counts}。")
        if judged := verdict(lights):
            first.append(judged)
    if apart:
        beside = _("%(count)s保障措施中，") % {"count": counted(apart)}
        counts = light_counts(safeguards, beside, grey_by=_("牵头单位"))
        first.append(
            _("%(counts)s，另计，不计入%(total)s。") % {"counts": counts, "total": counted(total)}
            if total
            else f"{counts}。"
        )
        if not total and (judged := verdict(safeguards)):
            first.append(judged)
    if lights["grey"] or safeguards["grey"]:
        first.append(deadline_ahead(figures, "lead"))
    paragraphs = [f"{quarter}，{''.join(first)}"] if first else []
    if differing := differing_sentence(tasks.values()):
        paragraphs.append(differing)
    return paragraphs


def differing_sentence(tasks: Iterable[Figures]) -> str:
    """Where the office found something else than the lead said."""
    differing = [
        task
        for task in tasks
        if task["verified"]["key"] in STYLE and task["reported"]["key"] in STYLE
        if task["verified"]["key"] != task["reported"]["key"]
    ]
    if not differing:
        return ""
    names = [
        _("“%(heading)s”（自评%(reported)s，核定%(verified)s）")
        % {
            "heading": inside_quotes(task["heading"]),
            "reported": task["reported"]["word"],
            "verified": task["verified"]["word"],
        }
        for task in differing
    ]
    return _("核定状态与牵头单位自评不同的有%(count)s：%(names)s。") % {
        "count": counted_tasks(differing),
        "names": named(names),
    }


def verdict(lights: Figures) -> str:
    """How much of what is counted is the office's word and how much the agencies' own."""
    unverified = lights["unverified"]
    verified = tally(lights) - lights["grey"] - unverified
    words = {"verified": counted(verified), "unverified": counted(unverified)}
    if verified and unverified:
        return _("以上状态中，%(verified)s已经核定，%(unverified)s为牵头单位自评、尚未核定。") % words
    if verified:
        return (
            _("已报送的%(verified)s均已核定。") if verified > 1 else _("已报送的%(verified)s已核定。")
        ) % words
    if unverified:
        own = (
            _("已报送的%(unverified)s均为牵头单位自评，尚未核定。")
            if unverified > 1
            else _("已报送的%(unverified)s为牵头单位自评，尚未核定。")
        )
        return own % words
    return ""


CHANGES = {
    "worse": gettext_lazy("转差"),
    "missing": gettext_lazy("由已报转为未报"),
    "better": gettext_lazy("好转"),
    "done": gettext_lazy("新完成"),
    "back": gettext_lazy("恢复报送"),
}


def changes(figures: Figures) -> str:
    """How many main tasks and, apart, how many safeguards changed, and in which way."""
    refs = {one["ref"] for one in figures["safeguards"]}
    said = []
    for name, apart in ((_("主要任务"), False), (_("保障措施"), True)):
        kinds = [one["kind"] for one in figures["changes"] if (one["task_ref"] in refs) == apart]
        counts = [
            fixed(_("%(word)s%(count)d项") % {"word": word, "count": kinds.count(kind)})
            for kind, word in CHANGES.items()
            if kind in kinds
        ]
        if counts:
            said.append(name + "、".join(counts))
    return _("与上季度相比，%(changes)s。") % {"changes": "；".join(said)} if said else ""


def quarter_told(figures: Figures) -> str:
    """Which quarter's figures a brief of a year tells, where they are not the year's; "" where the title says it."""
    return Quarter.parse(figures["quarter"]).label if figures.get("kind") == BriefKind.ANNUAL else ""


def of_quarter(figures: Figures) -> str:
    """The same, to begin a sentence."""
    quarter = quarter_told(figures)
    return _("%(quarter)s，") % {"quarter": fixed(quarter)} if quarter else ""


def asked_of(figures: Figures) -> str:
    """Of which quarter's returns the next steps are made; "" where the title says it."""
    quarter = quarter_told(figures)
    return _("以下按%(quarter)s的填报和核定情况提出。") % {"quarter": fixed(quarter)} if quarter else ""


def next_steps(figures: Figures, tasks: dict[str, Figures]) -> list[str]:
    """What the figures ask for; a step for which there is no figure is not asked."""

    def names(found: list[Figures]) -> str:
        return named([f"“{inside_quotes(task['heading'])}”" for task in found])

    red = [task for task in tasks.values() if task["light"]["key"] == "red"]
    yellow = [task for task in tasks.values() if task["light"]["key"] == "yellow"]
    unverified = [figures[key]["unverified"] for key in ("lights", "safeguard_lights")]
    steps = []
    if red:
        steps.append(
            _("对滞后的%(count)s，由牵头单位逐项说明原因，提出整改措施和完成时限：%(names)s。")
            % {"count": counted_tasks(red), "names": names(red)}
        )
    if yellow:
        steps.append(
            _("对有风险的%(count)s，加强跟踪调度：%(names)s。")
            % {"count": counted_tasks(yellow), "names": names(yellow)}
        )
    if overdue := owed(figures, still_open=False):
        steps.append(_("未报送的%(pieces)s，由有关单位尽快补报。") % {"pieces": overdue})
    if awaited := owed(figures, still_open=True):
        steps.append(_("尚未报送的%(pieces)s，填报期限未到，由有关单位按期报送。") % {"pieces": awaited})
    if any(unverified):
        steps.append(_("尚未核定的%(count)s，由办公室抓紧核定。") % {"count": counted_apart(*unverified)})
    return steps


def groups_sentence(figures: Figures, say: Say, table: int) -> str:
    """Which groups have tasks that are late or were not reported."""
    groups = counted(len(figures["groups"]), _("个"))
    troubled = [
        _("%(group)s（%(words)s）")
        % {
            "group": short(phrase(say(group["name"]))),
            "words": "、".join(
                _("%(light)s%(count)d项") % {"light": STYLE[key].word, "count": group["lights"][key]}
                for key in ("red", "grey")
                if group["lights"][key]
            ),
        }
        for group in figures["groups"]
        if group["lights"]["red"] or group["lights"]["grey"]
    ]
    if not troubled:
        calm = (
            _("%(n)s任务组均无滞后或未报的任务，各组状态见表%(table)d。")
            if len(figures["groups"]) > 1
            else _("%(n)s任务组没有滞后或未报的任务，各组状态见表%(table)d。")
        )
        return calm % {"n": groups, "table": table}
    return _("%(n)s任务组中，有滞后或未报任务的有%(count)s：%(names)s。各组状态见表%(table)d。") % {
        "n": groups,
        "count": counted(len(troubled), _("个")),
        "names": fixed("、".join(troubled)),
        "table": table,
    }


def notes(figures: Figures, *, unprintable: bool) -> list[str]:
    """统计口径: how the figures were counted."""
    deadlines = [
        _("%(name)s%(moment)s") % {"name": name, "moment": moment(value)}
        for name, value in ((_("配合填报"), figures.get("co_due")), (_("牵头汇总"), figures.get("lead_due")))
        if value
    ]
    notes = [
        _("数据截至%(as_at)s；所知时点为%(known_at)s，此后录入或核定的内容不在其中。")
        % {"as_at": day(figures["as_at"]), "known_at": moment(figures["known_at"])},
        _(
            "主要任务与保障措施分别统计，不相加。任务状态以牵头单位为准：已核定的取核定状态，未核定的取自评状态并注明“未核”，未报送的为灰。"
        ),
        _("已报指已提交；%(rule)s%(deadlines)s。牵头与配合分别统计，比率均附分子和分母。")
        % {"rule": on_time_rule(), "deadlines": f"（{'，'.join(deadlines)}）" if deadlines else ""},
        _(
            "“本季度无进展”是一种报送；没有报送不等于没有进展，往期状态不计入本季度。另渠道报送的计为已报，不含内容。"
        ),
    ]
    if figures.get("within"):
        # Frozen before this was told, older briefs have none.
        notes.append(
            _("单位、牵头和目标按%(day)s；季度内的变化：%(changes)s。")
            % {"day": day(figures["as_at"]), "changes": "；".join(figures["within"])}
        )
    if figures.get("notices") or figures.get("instructions"):
        notes.append(
            _("督办和批示列所知时点尚未办结的全部，包括本季度以后签发的，不按%(as_at)s截止。")
            % {"as_at": day(figures["as_at"])}
        )
    if figures["is_sample"]:
        notes.append(
            _(
                "本期标有“示例数据”：任务、目标和单位取自方案原文，状态、数字和文字均为演示而编，不是真实统计。"
            )
        )
    if unprintable:
        notes.append(_("“〓”表示填报内容中无法印刷的字符，原文以系统内的填报为准。"))
    return notes
