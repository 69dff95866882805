"""The brief's running text: sentences composed from figures by rule.

A light that does not occur is left out rather than said to be nought; a ratio always shows what it was made of; there
is no sentence without a figure behind it.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from reports.charts.lights import STYLE, STYLES
from tasks.values import Quarter

from .text import phrase, sentence
from .values import ENDED

Figures = dict[str, Any]
Say = Callable[[str], str]

_NAMED = 6  # how many tasks a sentence names before it says 等


def percent(part: int, whole: int) -> str:
    """37 of 39 → 94.9%. Rounded half up; never 100 when something is missing, never 0 when something is there."""
    if not whole:
        return _("无应报")
    value = (Decimal(100) * part / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if part < whole:
        value = min(value, Decimal("99.9"))
    if part:
        value = max(value, Decimal("0.1"))
    return f"{value.normalize():f}%"


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


def light_counts(lights: Figures, total: str, *, grey_by: str) -> str:
    """“正常20项、有风险6项、滞后3项，3项牵头单位未报”: the lights that occur, the unreported ones apart."""
    shown = [(style, lights[style.key]) for style in STYLES if lights[style.key]]
    grey = lights["grey"]
    if shown and grey == sum(count for _style, count in shown):
        return _("%(total)s%(by)s均未报送") % {"total": total, "by": grey_by}
    words = "、".join(
        _("%(light)s%(count)d项") % {"light": style.word, "count": count}
        for style, count in shown
        if style.key != "grey"
    )
    unreported = _("，%(count)d项%(by)s未报") % {"count": grey, "by": grey_by} if grey else ""
    return f"{total}{words}{unreported}"


def named(items: list[str]) -> str:
    """A list in a sentence, cut after some with the whole number said."""
    if len(items) <= _NAMED:
        return "、".join(items)
    return _("%(names)s等%(count)d项") % {"names": "、".join(items[:_NAMED]), "count": len(items)}


def tally(lights: Figures) -> int:
    return sum(int(lights[style.key]) for style in STYLES)


def short(name: str) -> str:
    """A group's name up to its first comma, for a chart's label."""
    return re.split("[，,]", name)[0]


def task_paragraph(task: Figures, say: Say) -> list[tuple[str, str]]:
    """What a task's paragraph says, as (class, text): what was done, problems, next steps; or why nothing is said.

    The class is "run" for a label, "code" for what must not be broken over lines, "" for plain text.
    """
    narrative = task["narrative"]
    if task["state"] in ENDED:
        return [("", _("本项%(status)s，不再填报。") % {"status": ENDED[task["state"]]})]
    if task["state"] == "missing":
        if not task["stale_quarter"]:
            return [("", _("牵头单位本季度未报送，此前也没有报送记录。"))]
        stale = STYLE[task["stale_light"]].word if task["stale_light"] in STYLE else _("另报")
        return [
            (
                "",
                _("牵头单位本季度未报送。最近一次报送为%(quarter)s，当时状态为“%(light)s”，不计入本季度。")
                % {"quarter": Quarter.parse(task["stale_quarter"]).label, "light": stale},
            )
        ]
    if narrative["elsewhere"]:
        return [("", _("本项另渠道报送，计为已报，内容不在本简报中。"))]
    done = sentence(say(narrative["done"]))
    if narrative["no_progress"]:
        reason = phrase(say(narrative["no_progress_reason"]))
        idle = (
            _("牵头单位报告本季度无进展，原因：%(reason)s。") if reason else _("牵头单位报告本季度无进展。")
        )
        done = (idle % {"reason": reason} if reason else idle) + done
    parts: list[tuple[str, str]] = []
    if done:
        parts += [("run", _("进展情况：")), ("", done)]
    problems = [(say(category), phrase(say(text))) for category, text in narrative["problems"]]
    problems = [(category, text) for category, text in problems if text]
    if problems:
        parts.append(("run", _("存在问题：")))
    for number, (category, text) in enumerate(problems, 1):
        label = _("（%(category)s）") % {"category": category}
        parts.append(("code", f"{number}.{label}" if len(problems) > 1 else label))
        parts.append(("", sentence(text) if number == len(problems) else f"{text}；"))
    if next_steps := sentence(say(narrative["next_steps"])):
        parts += [("run", _("下步打算：")), ("", next_steps)]
    if note := sentence(say(narrative["decision_note"])):
        label = _("退回意见：") if task["state"] == "returned" else _("核定意见：")
        parts += [("run", label), ("", note)]
    return parts or [("", _("牵头单位已报送状态，未填写文字。"))]


def overall(figures: Figures, tasks: dict[str, Figures]) -> list[str]:
    lights, safeguards = figures["lights"], figures["safeguard_lights"]
    quarter = Quarter.parse(figures["quarter"]).label
    total, apart = tally(lights), tally(safeguards)
    first = [
        _("%(quarter)s，%(counts)s。")
        % {
            "quarter": quarter,
            "counts": light_counts(lights, _("%(n)d项主要任务中，") % {"n": total}, grey_by=_("牵头单位")),
        }
    ]
    if judged := verdict(lights):
        first.append(judged)
    if apart:
        counts = light_counts(safeguards, _("%(n)d项保障措施中，") % {"n": apart}, grey_by=_("牵头单位"))
        first.append(_("%(counts)s，另计，不计入%(total)d项。") % {"counts": counts, "total": total})
    paragraphs = ["".join(first)]
    if changed := changes(figures, tasks):
        paragraphs.append(changed)
    differing = [
        task
        for task in tasks.values()
        if task["verified"]["key"] in STYLE and task["reported"]["key"] in STYLE
        if task["verified"]["key"] != task["reported"]["key"]
    ]
    if differing:
        paragraphs.append(
            _("核定状态与牵头单位自评不同的有%(count)d项：%(names)s。")
            % {
                "count": len(differing),
                "names": named(
                    [
                        _("“%(heading)s”（自评%(reported)s，核定%(verified)s）")
                        % {
                            "heading": task["heading"],
                            "reported": task["reported"]["word"],
                            "verified": task["verified"]["word"],
                        }
                        for task in differing
                    ]
                ),
            }
        )
    return paragraphs


def verdict(lights: Figures) -> str:
    """How much of what is counted is the office's word and how much the agencies' own."""
    unverified = lights["unverified"]
    verified = tally(lights) - lights["grey"] - unverified
    if verified and unverified:
        return _("以上状态中，%(verified)d项已经核定，%(unverified)d项为牵头单位自评、尚未核定。") % {
            "verified": verified,
            "unverified": unverified,
        }
    if verified:
        return _("已报送的%(verified)d项均已核定。") % {"verified": verified}
    if unverified:
        return _("已报送的%(unverified)d项均为牵头单位自评，尚未核定。") % {"unverified": unverified}
    return ""


def changes(figures: Figures, tasks: dict[str, Figures]) -> str:
    kinds = {
        "worse": _("转差%(count)d项"),
        "missing": _("由已报转为未报%(count)d项"),
        "better": _("好转%(count)d项"),
        "done": _("新完成%(count)d项"),
        "back": _("恢复报送%(count)d项"),
    }
    by_kind = {kind: [change for change in figures["changes"] if change["kind"] == kind] for kind in kinds}
    counted = [kinds[kind] % {"count": len(changes)} for kind, changes in by_kind.items() if changes]
    if not counted:
        return ""
    said = [_("与上季度相比，%(changes)s。") % {"changes": "、".join(counted)}]
    for kind, opening in (
        ("worse", _("转差的是：")),
        ("missing", _("转为未报的是：")),
        ("done", _("新完成的是：")),
    ):
        names = [
            _("“%(heading)s”%(way)s")
            % {
                "heading": tasks[change["task_ref"]]["heading"],
                "way": _("（由%(before)s转为%(after)s）")
                % {"before": STYLE[change["before"]].word, "after": STYLE[change["after"]].word}
                if kind == "worse"
                else "",
            }
            for change in by_kind[kind]
            if change["task_ref"] in tasks
        ]
        if names:
            said.append(f"{opening}{named(names)}。")
    return "".join(said)


def groups_sentence(figures: Figures, say: Say) -> str:
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
        return _("%(n)d个任务组均无滞后或未报的任务，各组状态见图1和表1。") % {"n": len(figures["groups"])}
    return _("%(n)d个任务组中，有滞后或未报任务的有%(count)d个：%(names)s。各组状态见图1和表1。") % {
        "n": len(figures["groups"]),
        "count": len(troubled),
        "names": "、".join(troubled),
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
        _("已报指已提交；按时指首次提交不晚于截止时间%(deadlines)s。牵头与配合分别统计，比率均附分子和分母。")
        % {"deadlines": f"（{'，'.join(deadlines)}）" if deadlines else ""},
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
    if figures["is_sample"]:
        notes.append(
            _(
                "本期标有“示例数据”：任务、目标和单位取自方案原文，状态、数字和文字均为演示而编，不是真实统计。"
            )
        )
    if unprintable:
        notes.append(_("“〓”表示填报内容中无法印刷的字符，原文以系统内的填报为准。"))
    return notes
