"""为什么: the facts on which a notice stands, each with the page where it can be seen, and what has become of it since."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.supervision.actions import again
from reports.supervision.message_texts import instructed_by
from reports.supervision.models import Notice
from reports.supervision.values import FACTS, OPEN, Ground, State
from tasks.values import Duty, Period


@dataclass(frozen=True)
class Fact:
    """One line: what it says, where it is seen, and a note beside it; `light` where it is one."""

    text: str
    url: str = ""
    note: str = ""
    light: str = ""
    unverified: bool = False


def facts_of(notice: Notice) -> list[Fact]:
    """As known when it was issued, or proposed."""
    facts, slug = notice.facts, notice.plan.slug
    match notice.ground:
        case Ground.RED:
            ref = facts["task"]["ref"]
            return [
                Fact(
                    text=Period.parse(one["quarter"]).label,
                    url=_task(slug, ref, one["quarter"]),
                    note=_("核定灯") if one["verified"] else _("自评灯，未核"),
                    light="red",
                    unverified=not one["verified"],
                )
                for one in facts["quarters"]
            ]
        case Ground.MISSING:
            return [
                Fact(
                    text=f"{one['code']} {one['heading']}",
                    url=_task(slug, one["ref"], str(notice.quarter)),
                    note=_("%(duty)s · 逾期%(n)d个工作日%(last)s")
                    % {
                        "duty": Duty(one["duty"]).label,
                        "n": one["workdays"],
                        "last": _(" · 上次报送%(q)s") % {"q": Period.parse(one["last"]).label}
                        if one["last"]
                        else "",
                    },
                )
                for one in facts["returns"]
            ]
        case Ground.TARGET:
            unit = facts["unit"]
            return [
                Fact(
                    text=facts["text"],
                    url=f"{reverse('overview', args=[slug])}?q={notice.quarter}#targets",
                    note=_("目标%(value)s%(unit)s，%(quarter)s实际%(actual)s%(unit)s%(found)s")
                    % {
                        "value": facts["value"],
                        "unit": unit,
                        "quarter": Period.parse(facts["quarter"]).label,
                        "actual": facts["actual"],
                        "found": "" if facts["verified"] else _("（未核）"),
                    },
                )
            ]
        case Ground.INSTRUCTION:
            return [
                Fact(
                    text=instructed_by(facts),
                    url=reverse("instruction", args=[notice.instruction_id]),
                    note=facts["given_on"],
                )
            ]
    return [
        Fact(text=f"{one['code']} {one['heading']}", url=_task(slug, one["ref"], str(notice.quarter)))
        for one in facts.get("tasks", [])
    ]


def _task(slug: str, ref: str, quarter: str) -> str:
    return f"{reverse('task', args=[slug, ref])}?q={quarter}"


def since_then(notice: Notice, now: Any) -> str:
    """What has become of the facts, while it still matters; "" for what is no fact of a quarter."""
    if notice.ground not in FACTS or notice.state not in (State.PROPOSED, *OPEN):
        return ""
    found = again(notice, now)
    if notice.ground == Ground.MISSING:
        left = len(found.facts["returns"]) if found else 0
        if not left:
            return _("现在已全部报齐。")
        gone = len(notice.facts["returns"]) - left
        return (
            _("现在还有%(left)d件未报，%(gone)d件已补报。") % {"left": left, "gone": gone}
            if gone > 0
            else _("现在仍有%(left)d件未报。") % {"left": left}
        )
    if found is None:
        return _("现在这个依据已不成立。")
    return _("现在仍是如此。")
