"""Tasks, groups and lights as they are printed: the figures in the words and shapes that templates show."""

import re
from collections.abc import Iterable
from dataclasses import asdict
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from reports.briefs.composition_context import Desk, Figures, plain
from reports.briefs.sentences import amount, light_counts, short, tally
from reports.briefs.values import ENDED
from reports.charts.bars import labelled_bar, stacked_bar
from reports.charts.lights import STYLE
from reports.figures.values import Rate
from reports.typeset.text import numeral, phrase


def light(key: str, otherwise: str = "") -> Figures:
    """Shape, colour and word of a light; a word alone where there is no light."""
    style = STYLE.get(key)
    if style is None:
        return {"key": "none", "word": otherwise, "mark": ""}
    return {"key": style.key, "word": str(style.word), "mark": style.mark}


def every_task(figures: Figures) -> list[Figures]:
    """The main tasks in the plan's order, then the safeguards."""
    return [*(task for group in figures["groups"] for task in group["tasks"]), *figures["safeguards"]]


def task(desk: Desk, source: Figures) -> Figures:
    """A task without its words."""
    found: Figures = desk.once(("task", source["ref"]), lambda: _task(desk, source))
    return found


def _task(desk: Desk, source: Figures) -> Figures:
    missing = source["state"] == "missing"
    ended = ENDED.get(source["state"])
    elsewhere = _("另报") if source["narrative"]["elsewhere"] else ""
    return {
        "ref": source["ref"],
        "code": desk.say(source["code"]),
        "heading": phrase(desk.say(source["heading"])),
        "lead": desk.say(source["lead"]["name"]) if source["lead"] else _("无牵头单位"),
        "light": light(source["light"], elsewhere),
        "reported": light("grey") if missing or ended else light(source["reported_light"], elsewhere),
        "verified": light(
            source["verified_light"],
            "—" if missing or ended else _("已退回") if source["state"] == "returned" else _("未核"),
        ),
        # What the office found true goes without saying.
        "verification": {"partly": _("部分属实"), "false": _("不实")}.get(source["verification"], ""),
        "punctuality": str(ended)
        if ended
        else {True: _("按时"), False: _("逾期"), None: _("未报")}[source["on_time"]],
        "on_time": source["on_time"],
        "missing": missing,
        "co": source["co"],
        "apart": source["group"] is None,
    }


def tasks(desk: Desk) -> dict[str, Figures]:
    """{reference: task}, every one of them."""
    return {source["ref"]: task(desk, source) for source in every_task(desk.figures)}


def add(rates: Iterable[Figures]) -> Figures:
    """The sum of frozen rates."""
    return asdict(sum((Rate(**one) for one in rates), Rate()))


def led(source: Figures) -> Figures:
    """The rate of the one submission that the lead of a frozen task owes."""
    owed = bool(source["lead"]) and source["state"] not in ENDED
    filed = owed and source["state"] != "missing"
    return asdict(Rate(owed, filed, filed and source["on_time"] is True))


def groups(desk: Desk) -> list[Figures]:
    """The task groups and, as the last and apart, the safeguards; each with the bar of its lights."""
    found: list[Figures] = desk.once("groups", lambda: _groups(desk))
    return found


def _groups(desk: Desk) -> list[Figures]:
    figures = desk.figures
    found = [
        {
            "numeral": numeral(group["number"]),
            "number": group["number"],
            "name": phrase(desk.say(group["name"])),
            "short": short(phrase(desk.say(group["name"]))),
            "lights": group["lights"],
            "lead": group["lead"],
            "co": group["co"],
            "sources": group["tasks"],
            "apart": False,
        }
        for group in figures["groups"]
    ]
    if figures["safeguards"]:
        own = figures["safeguards"]
        found.append(
            {
                "numeral": "",
                "number": None,
                "name": _("保障措施（另计）"),
                "short": _("保障措施（另计）"),
                "lights": figures["safeguard_lights"],
                "lead": add(led(source) for source in own),
                "co": add(source["co"] for source in own),
                "sources": own,
                "apart": True,
            }
        )
    longest = max((tally(group["lights"]) for group in found), default=1)
    for group in found:
        group["total"] = tally(group["lights"])
        title = alternative(group["lights"])
        group["bar"] = stacked_bar(group["lights"], of=longest, title=title)
        group["wide_bar"] = labelled_bar(group["lights"], title=title, font_family=desk.family)
    return found


def alternative(lights: Figures) -> str:
    """What a bar of lights shows, in words."""
    return plain(light_counts(lights, _("%(n)d项中，") % {"n": tally(lights)}, grey_by="")) + "。"


def grouped(codes: Iterable[str]) -> str:
    """三（一）1, 三（一）4, 三（二）2 → 三（一）1、4；三（二）2."""
    found: dict[str, list[str]] = {}
    for code in codes:
        match = re.fullmatch(r"(.*）)(\d+)", code)
        found.setdefault(match[1] if match else code, []).extend([match[2]] if match else [])
    return "；".join(f"{group}{'、'.join(numbers)}" for group, numbers in found.items())


def actual(target: Figures, unit: str) -> tuple[str, str]:
    """A target's latest figure with its unit, and for a ratio what it is made of; "" when nothing was reported."""
    if target["actual"] is None:
        return "", ""
    number = Decimal(str(target["actual"]))
    if number != number.to_integral():
        number = number.quantize(Decimal("0.01"), ROUND_HALF_UP)
    parts = ""
    if target["numerator"] is not None and target["denominator"] is not None:
        parts = f"{amount(target['numerator'])}/{amount(target['denominator'])}"
    return amount(number, unit), parts
