"""From frozen figures to the brief's HTML: which sections there are and what stands in each.

A section without content is left out with its number. What agencies wrote is printed as they wrote it, but for marks
and characters (see `text`).
"""

import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

import segno
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reports.charts.bars import BarRow, stacked_bars
from reports.charts.lights import STYLE, STYLES
from reports.typeset import fonts as typeset_fonts
from reports.typeset.text import STAND_IN, clean, ems, numeral, phrase, sentence
from tasks.values import Quarter

from .sentences import (
    Figures,
    Say,
    amount,
    day,
    groups_sentence,
    light_counts,
    local,
    moment,
    notes,
    overall,
    percent,
    rate,
    short,
    tally,
    task_paragraph,
)
from .values import Stamp

_LINE_POINTS = 442.2  # 156 mm
_DIGITS = 8


@dataclass(frozen=True)
class BriefHead:
    """What stands on a brief and is not a figure. Without a stamp it is a draft, and every page says so."""

    office: str
    stamp: Stamp | None = None
    series: str = ""  # what follows the plan's title in the red head; 实施情况简报 when left empty
    secrecy: str = ""  # 内部资料 when left empty
    copy_number: str = ""
    report_to: str = ""
    send_to: str = ""
    copies: int | None = None


@dataclass(frozen=True)
class Composed:
    """The brief as HTML: `body`, and `back(pages)` for the closing pages that follow so many pages of it."""

    title: str
    subject: str
    body: str
    back: Callable[[int], str]


def html(figures: Figures, *, head: BriefHead, figures_sha256: str) -> Composed:
    """Compose the plan's quarterly brief 季度简报. `figures` is the frozen PlanFigures as JSON gives it."""
    fonts = typeset_fonts.load()
    say = partial(clean, coverage=fonts.coverage)
    quarter = Quarter.parse(figures["quarter"])
    plan = say(figures["plan_title"])
    series = head.series or _("实施情况简报")
    title = _("《%(plan)s》%(quarter)s实施情况") % {"plan": plan, "quarter": quarter.label}
    tasks = _tasks(figures, say)
    sections, annexes = _sections(figures, tasks, say, fonts.family("heading"))
    marks = [*([_("示例数据")] if figures["is_sample"] else []), *([] if head.stamp else [_("草稿")])]
    shared = {
        "title": title,
        "plan": plan,
        "series": series,
        "office": say(head.office),
        "stamp": head.stamp,
        "sample": figures["is_sample"],
        "marks": "　".join(marks),
        "secrecy": say(head.secrecy) or _("内部资料"),
        "copy_number": say(head.copy_number),
        "as_at": day(figures["as_at"]),
        "known_at": moment(figures["known_at"]),
        "date": day(head.stamp.issued_on) if head.stamp else day(local(figures["known_at"]).date()),
    }
    body = render_to_string(
        "briefs/brief.html",
        shared
        | {
            "plan_points": _points(28, ems(plan)),
            "series_points": _points(46, 1.12 * ems(series)),
            "title_lines": [
                _("《%(plan)s》") % {"plan": plan},
                _("%(quarter)s实施情况") % {"quarter": quarter.label},
            ],
            "lights": [
                {"light": _light(style.key, ""), "count": figures["lights"][style.key]} for style in STYLES
            ],
            "sections": sections,
            "annexes": annexes,
        },
    )
    unprintable = STAND_IN in body
    return Composed(
        title=title,
        subject=_("数据截至%(as_at)s，所知时点%(known_at)s") % shared,
        body=body,
        back=lambda pages: render_to_string(
            "briefs/back.html",
            shared
            | {
                "first": pages + 1,
                "alone": pages % 2 == 1,  # then one closing page makes the number even
                "notes": notes(figures, unprintable=unprintable),
                "sha256": [
                    " ".join(figures_sha256[start + n : start + n + _DIGITS] for n in range(0, 32, _DIGITS))
                    for start in (0, 32)
                ],
                "qr": _qr(head.stamp.verify_url) if head.stamp else "",
                "verify_url": head.stamp.verify_url if head.stamp else "",
                "report_to": say(head.report_to),
                "send_to": say(head.send_to),
                "copies": head.copies,
            },
        ),
    )


def _points(most: float, width: float) -> str:
    """The size at which so many ems still fit a line."""
    return f"{min(most, int(10 * _LINE_POINTS / width) / 10):g}"


def _tasks(figures: Figures, say: Say) -> dict[str, Figures]:
    """By reference, every task as it is printed."""
    both = [*(task for group in figures["groups"] for task in group["tasks"]), *figures["safeguards"]]
    return {task["ref"]: _task(task, say) for task in both}


def _light(key: str, otherwise: str) -> Figures:
    style = STYLE.get(key)
    if style is None:
        return {"key": "none", "word": otherwise, "mark": ""}
    return {"key": style.key, "word": str(style.word), "mark": style.mark}


def _task(task: Figures, say: Say) -> Figures:
    narrative = task["narrative"]
    missing = task["state"] == "missing"
    elsewhere = bool(narrative["elsewhere"])
    punctuality = {True: _("按时"), False: _("逾期"), None: _("未报")}[task["on_time"]]
    return {
        "ref": task["ref"],
        "code": say(task["code"]),
        "heading": phrase(say(task["heading"])),
        "lead": say(task["lead"]["name"]) if task["lead"] else _("无牵头单位"),
        "light": _light(task["light"], _("另报") if elsewhere else ""),
        "reported": _light("grey", "")
        if missing
        else _light(task["reported_light"], _("另报") if elsewhere else ""),
        "verified": _light(
            task["verified_light"],
            "—" if missing else _("已退回") if task["state"] == "returned" else _("未核"),
        ),
        "verification": _verification(task["verification"]),
        "punctuality": punctuality,
        "on_time": task["on_time"],
        "progress": task["progress"],
        "co": task["co"],
        "paragraph": task_paragraph(task, say),
        "coordination": sentence(say(narrative["coordination"])),
    }


def _verification(value: str) -> str:
    # What the office found true goes without saying.
    return {"partly": _("部分属实"), "false": _("不实")}.get(value, "")


def _sections(
    figures: Figures, tasks: dict[str, Figures], say: Say, chart_family: str
) -> tuple[list[Figures], list[Figures]]:
    groups = _groups(figures, tasks, say)
    targets = _targets(figures, say)
    coordination = [task for task in tasks.values() if task["coordination"]]
    missing = _missing(figures, say)
    annexes: list[Figures] = [
        {"kind": "tasks", "title": _("任务状态一览表"), "groups": groups, "counts": _part_counts(figures)}
    ]
    if missing:
        annexes.append({"kind": "missing", "title": _("未报送清单"), "bands": missing})
    for number, annex in enumerate(annexes, 1):
        annex["number"] = number
    sections: list[Figures] = [
        {
            "kind": "overall",
            "title": _("总体情况"),
            "paragraphs": overall(figures, tasks),
        },
        {
            "kind": "groups",
            "title": _("各任务组状态"),
            "paragraphs": [groups_sentence(figures, say)],
            "rows": groups,
            "main": {
                "total": tally(figures["lights"]),
                "lights": figures["lights"],
                "lead": _add(group["lead"] for group in figures["groups"]),
                "co": _add(group["co"] for group in figures["groups"]),
            },
            "chart": _chart(figures, groups, chart_family),
        },
    ]
    if targets["numbers"] or targets["words"]:
        sections.append({"kind": "targets", "title": _("目标指标"), **targets})
    sections.append({"kind": "reporting", "title": _("报送情况"), **_reporting(figures, missing)})
    if coordination:
        sections.append({"kind": "coordination", "title": _("需省级协调事项"), "tasks": coordination})
    sections.append(
        {
            "kind": "progress",
            "title": _("主要任务进展"),
            "groups": [group for group in groups if not group["apart"]],
        }
    )
    if apart := [group for group in groups if group["apart"]]:
        numbered = [task | {"numeral": numeral(n)} for n, task in enumerate(apart[0]["tasks"], 1)]
        sections.append({"kind": "safeguards", "title": _("保障措施进展"), "tasks": numbered})
    tables = 0
    for index, section in enumerate(sections, 1):
        section["numeral"] = numeral(index)
        if section["kind"] in {"groups", "reporting"} or (
            section["kind"] == "targets" and section["numbers"]
        ):
            tables += 1
            section["table"] = tables
    return sections, annexes


def _groups(figures: Figures, tasks: dict[str, Figures], say: Say) -> list[Figures]:
    """The task groups and, as the last and apart, the safeguards."""
    groups: list[Figures] = [
        {
            "numeral": numeral(group["number"]),
            "name": phrase(say(group["name"])),
            "short": short(phrase(say(group["name"]))),
            "lights": group["lights"],
            "total": tally(group["lights"]),
            "lead": group["lead"],
            "co": group["co"],
            "tasks": [tasks[task["ref"]] for task in group["tasks"]],
            "apart": False,
        }
        for group in figures["groups"]
    ]
    if figures["safeguards"]:
        own = figures["safeguards"]
        groups.append(
            {
                "numeral": "",
                "name": _("保障措施（另计）"),
                "short": _("保障措施（另计）"),
                "lights": figures["safeguard_lights"],
                "total": tally(figures["safeguard_lights"]),
                "lead": {
                    "due": sum(1 for task in own if task["lead"]),
                    "reported": sum(1 for task in own if task["state"] != "missing"),
                },
                "co": _add(task["co"] for task in own),
                "tasks": [tasks[task["ref"]] for task in own],
                "apart": True,
            }
        )
    return groups


def _add(rates: Iterable[Figures]) -> Figures:
    """Rates add up by their parts."""
    total = {"due": 0, "reported": 0}
    for one in rates:
        total = {key: total[key] + one[key] for key in total}
    return total


def _chart(figures: Figures, groups: list[Figures], family: str) -> SafeString:
    return stacked_bars(
        [
            BarRow(
                f"{group['numeral']}、{group['short']}" if not group["apart"] else group["short"],
                group["lights"],
                group["apart"],
            )
            for group in groups
        ],
        title=_("各任务组任务状态分布，数值见表1。")
        + light_counts(
            figures["lights"], _("%(n)d项主要任务中，") % {"n": tally(figures["lights"])}, grey_by=""
        )
        + "。",
        font_family=family,
    )


def _targets(figures: Figures, say: Say) -> Figures:
    numbers, words = [], []
    for target in figures["targets"]:
        text = phrase(say(target["text"]))
        if target["value"] is None:
            if target["year"]:
                words.append((target["year"], text))
            continue
        unit = say(target["unit"])
        actual = ""
        parts = ""
        if target["actual"] is not None:
            number = Decimal(str(target["actual"]))
            number = (
                number.quantize(Decimal("0.01"), ROUND_HALF_UP) if number != number.to_integral() else number
            )
            actual = amount(number, unit)
            if target["numerator"] is not None and target["denominator"] is not None:
                parts = f"{amount(target['numerator'])}/{amount(target['denominator'])}"
        numbers.append(
            {
                "year": target["year"],
                "text": text,
                "value": amount(target["value"], unit),
                "actual": actual,
                "parts": parts,
                "quarter": Quarter.parse(target["actual_quarter"]).label if target["actual_quarter"] else "",
                "verified": target["verified"],
            }
        )
    years = sorted({year for year, _text in words})
    return {
        "numbers": numbers,
        "words": [
            _("%(year)d年目标中，%(count)d项方案未给数值：%(texts)s。")
            % {
                "year": year,
                "count": sum(1 for other, _text in words if other == year),
                "texts": "；".join(text for other, text in words if other == year),
            }
            for year in years
        ],
    }


def _reporting(figures: Figures, missing: list[Figures]) -> Figures:
    rows = []
    said = []
    for name, counts, due in (
        (_("牵头汇总"), figures["lead"], figures.get("lead_due")),
        (_("配合填报"), figures["co"], figures.get("co_due")),
    ):
        due_count, reported, on_time = counts["due"], counts["reported"], counts["on_time"]
        rows.append(
            {
                "name": name,
                "due": due_count,
                "reported": reported,
                "rate": percent(reported, due_count),
                "on_time": on_time,
                "on_time_rate": percent(on_time, due_count),
                "missing": due_count - reported,
                "deadline": moment(due) if due else "",
            }
        )
        if due_count:
            said.append(
                _(
                    "%(name)s应报%(due)d件，已报%(reported)d件，报送率%(rate)s；其中按时%(on_time)d件，按时率%(on_time_rate)s。"
                )
                % {
                    "name": name,
                    "due": due_count,
                    "reported": reported,
                    "rate": rate(reported, due_count),
                    "on_time": on_time,
                    "on_time_rate": rate(on_time, due_count),
                }
            )
    if missing:
        said.append(_("未报送的单位和任务见附件2。"))
    elif said:
        said.append(_("没有未报送的单位。"))
    return {"rows": rows, "paragraphs": ["".join(said)] if said else []}


def _missing(figures: Figures, say: Say) -> list[Figures]:
    """Missing returns, one row per body: those of lead agencies first; in each, who owes most."""
    bands: list[Figures] = []
    for duty, name in (("lead", _("牵头单位")), ("co", _("配合单位"))):
        rows: dict[str, Figures] = {}
        for item in figures["missing"]:
            if item["duty"] != duty:
                continue
            row = rows.setdefault(
                item["agency"]["slug"],
                {"agency": say(item["agency"]["name"]), "codes": [], "days": 0, "last": ""},
            )
            row["codes"].append(say(item["task_code"]))
            row["days"] = max(row["days"], item["days_late"])
            row["last"] = max(row["last"], item["last_quarter"] or "")
        for row in rows.values():
            row["count"] = len(row["codes"])
            row["codes"] = "；".join(_grouped(row["codes"]))
            row["last"] = Quarter.parse(row["last"]).label if row["last"] else _("无记录")
        if rows:
            count = sum(row["count"] for row in rows.values())
            title = _("%(name)s（%(bodies)d个单位，%(count)d件）") % {
                "name": name,
                "bodies": len(rows),
                "count": count,
            }
            bands.append(
                {"name": title, "rows": sorted(rows.values(), key=lambda row: (-row["count"], row["agency"]))}
            )
    return bands


def _grouped(codes: list[str]) -> list[str]:
    """三（一）1, 三（一）4, 三（二）2 → 三（一）1、4 and 三（二）2."""
    groups: dict[str, list[str]] = {}
    for code in codes:
        match = re.fullmatch(r"(.*）)(\d+)", code)
        groups.setdefault(match[1] if match else code, []).extend([match[2]] if match else [])
    return [f"{group}{'、'.join(numbers)}" for group, numbers in groups.items()]


def _part_counts(figures: Figures) -> str:
    main, apart = tally(figures["lights"]), tally(figures["safeguard_lights"])
    return _("主要任务%(main)d项，保障措施%(apart)d项（另计）") % {"main": main, "apart": apart}


def _qr(url: str) -> SafeString:
    """The address as a QR code, in SVG."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False, boost_error=False).save(
        out,
        kind="svg",
        xmldecl=False,
        nl=False,
        scale=1,
        border=0,
        omitsize=True,
        svgclass="qr",
        lineclass=None,
        title=_("核验二维码"),
        dark="#1B1A17",
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308  (segno's own markup; the address is drawn as modules)
