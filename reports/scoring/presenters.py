"""Scores as pages and files show them: from live values or from what was frozen, which read alike once they are plain."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.scoring.values import (
    BONUSES,
    FILING,
    OUTCOMES,
    RANKED,
    Component,
    Content,
    Mark,
    content_of,
)
from tasks.wording import current

Plain = Mapping[str, Any]
T = TypeVar("T")


def points(text: str | Decimal | None) -> str:
    """82.50, or a dash where nothing can be scored."""
    return "—" if text is None else f"{Decimal(text):.2f}"


def total(calculation: Plain) -> str:
    """82.50; 不计分 where less than half of the weight can be weighed, and a dash where nothing can."""
    return total_or_not(calculation["total"], any(line["number"] for line in calculation["lines"]))


def total_or_not(total: str | Decimal | None, something_weighed: bool) -> str:
    return _("不计分") if total is None and something_weighed else points(total)


def why_not(calculation: Plain) -> str:
    """Why there is no score, or no place among others; "" where there are both, or nothing is weighed at all. Of what was
    announced before these rules, what was announced stands."""
    lines = calculation["lines"]
    applying = [line for line in lines if line["number"]]
    if calculation["total"] is None and applying:
        return _("可计的项目只占权重的 %(part)s / %(whole)s，不足一半，不计分。") % {
            "part": number(sum((Decimal(line["printed"]) for line in applying), Decimal(0))),
            "whole": number(sum((Decimal(line["printed"]) for line in lines), Decimal(0))),
        }
    if applying and all(line["component"] in FILING for line in applying):
        return _("可计的只有报送情况，不参加排名。")
    return ""


def number(text: str | Decimal) -> str:
    """As it is printed: 12.5 and not 12.50."""
    return format(Decimal(text).normalize(), "f")


def signed(text: str | Decimal) -> str:
    """+1.00, −2.00, 0.00."""
    return f"{Decimal(text):+.2f}".replace("-", "−") if Decimal(text) else "0.00"


# -- one agency -----------------------------------------------------------------------------------------------


def body(slug: str, said: Plain) -> dict[str, Any]:
    """An agency's whole calculation, line by line."""
    calculation = said["calculation"]
    return {
        "agency": said["agency"],
        "rank": said["rank"],
        "among": said["among"],
        "kind": current().kind_name(said["agency"]["kind"]),
        "is_ranked": said["agency"]["kind"] in RANKED,
        "leads": said["leads"],
        "lines": [_line(slug, line) for line in calculation["lines"]],
        "shared_out": any(not line["number"] for line in calculation["lines"])
        and any(line["number"] for line in calculation["lines"]),
        "marks": [_mark(slug, line) for line in calculation["marks"]],
        "corrections": [{**line, "points": signed(line["points"])} for line in calculation["corrections"]],
        "subtotal": points(calculation["subtotal"]),
        "raw": points(calculation["raw"]),
        "ceiling": number(calculation["ceiling"]),
        "is_cut": calculation["total"] is not None
        and Decimal(calculation["raw"]) != Decimal(calculation["total"]),
        "total": total(calculation),
        "why_not": why_not(calculation) if said["rank"] is None else "",
        "formula": _formula(calculation),
    }


def _formula(calculation: Plain) -> str:
    """All that is added up, in one line: 20.00 + 8.57 − 2.00 = 26.57."""
    terms = [Decimal(line["points"]) for line in calculation["lines"] if line["number"]]
    terms += [Decimal(line["points"]) for line in calculation["marks"]]
    terms += [Decimal(line["points"]) for line in calculation["corrections"]]
    if not terms:
        return ""
    told = f"{terms[0]:.2f}"
    for term in terms[1:]:
        told += f" {'−' if term < 0 else '+'} {abs(term):.2f}"
    return f"{told} = {sum(terms):.2f}"


def _line(slug: str, line: Plain) -> dict[str, Any]:
    counted = [one for one in line["counts"] if one["count"]]
    words = dict(OUTCOMES[line["component"]])
    return {
        "component": line["component"],
        "label": str(Component(line["component"]).label),
        "printed": number(line["printed"]),
        "weight": points(line["weight"]),
        "is_shared": Decimal(line["weight"]) != Decimal(line["printed"]),
        "number": line["number"],
        "counts": [
            {"label": str(words[one["outcome"]]), "count": one["count"], "percent": number(one["percent"])}
            for one in counted
        ],
        "sum": " + ".join(f"{one['count']}×{number(one['percent'])}" for one in counted),
        "points": points(line["points"]),
        "open": line["open"],
        "things": [
            {
                "quarter": thing["quarter"],
                "what": thing["what"],
                "outcome": str(words[thing["outcome"]]) if thing["outcome"] else _("未定，不计"),
                "url": _url(slug, thing),
            }
            for thing in line["things"]
        ],
    }


def _url(slug: str, thing: Plain) -> str:
    """Where it can be looked up: the return itself (for who may read it), or its task."""
    if thing.get("return_id"):
        return reverse("return", args=[thing["return_id"]])
    return (
        reverse("task", args=[slug, thing["task_ref"]]) + f"?q={thing['quarter']}"
        if thing["task_ref"]
        else ""
    )


def _mark(slug: str, line: Plain) -> dict[str, Any]:
    return {
        "label": str(Mark(line["mark"]).label),
        "is_bonus": line["mark"] in BONUSES,
        "count": line["count"],
        "each": number(line["each"]),
        "most": number(line["most"]),
        "points": signed(line["points"]),
        "events": [{**event, "url": _url(slug, event)} for event in line["events"]],
    }


# -- all agencies ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A component of the scheme, as a column."""

    component: str
    label: str
    weight: str


def columns(content: Plain) -> list[Column]:
    """The components that weigh something, in order."""
    rules = content_of(content)
    return [
        Column(one.component, str(Component(one.component).label), number(one.weight))
        for component in Component.values
        if (one := rules.weighing(component)) is not None and one.weight > 0
    ]


def groups(bodies: Sequence[Plain]) -> list[dict[str, Any]]:
    """Agencies by kind: those that lead tasks, then those that only share some; where they are ranked the best first, else
    in the agencies' order."""
    found: dict[str, list[Plain]] = {}
    for said in bodies:
        found.setdefault(said["agency"]["kind"], []).append(said)
    return [
        {
            "kind": kind,
            "label": current().kind_name(kind),
            "is_ranked": kind in RANKED,
            "count": len(rows),
            "parts": [
                {"label": label, "rows": [_row(said) for said in _ordered(of_part, kind in RANKED)]}
                for label, of_part in parts(rows, lambda said: bool(said["leads"]))
            ],
        }
        for kind, rows in sorted(found.items(), key=lambda item: current().kind_rank(item[0]))
    ]


def parts(rows: Sequence[T], leads: Callable[[T], bool]) -> list[tuple[str, list[T]]]:
    """Those that lead tasks and those that only share some: they are not compared with each other."""
    both = ((_("牵头任务的"), True), (_("只配合的"), False))
    return [
        (label, found) for label, which in both if (found := [row for row in rows if leads(row) is which])
    ]


def _ordered(rows: Sequence[Plain], by_rank: bool) -> Iterable[Plain]:
    return sorted(rows, key=lambda said: said["rank"] or len(rows) + 1) if by_rank else rows


def _row(said: Plain) -> dict[str, Any]:
    calculation = said["calculation"]
    return {
        "agency": said["agency"],
        "rank": said["rank"],
        "cells": [points(line["points"]) if line["number"] else "" for line in calculation["lines"]],
        "marked": signed(_sum(calculation["marks"])) if calculation["marks"] else "",
        "corrected": signed(_sum(calculation["corrections"])) if calculation["corrections"] else "",
        "total": total(calculation),
        "why_not": why_not(calculation) if said["rank"] is None else "",
    }


def _sum(lines: Iterable[Plain]) -> Decimal:
    return sum((Decimal(line["points"]) for line in lines), Decimal(0))


# -- a scheme -----------------------------------------------------------------------------------------------


def scheme(content: Content) -> dict[str, Any]:
    """A scheme in words, for reading."""
    return {
        "components": [
            {
                "label": str(Component(one.component).label),
                "weight": number(one.weight),
                "worths": [
                    {"label": str(label), "percent": number(one.worth(outcome))}
                    for outcome, label in OUTCOMES[one.component]
                ],
            }
            for one in content.weighings
            if one.weight
        ],
        "marks": [
            {
                "label": str(Mark(one.mark).label),
                "points": signed(one.points if one.mark in BONUSES else -one.points),
                "most": number(one.most),
            }
            for one in content.markings
            if one.points
        ],
        "ceiling": number(content.ceiling),
        "correction_most": number(content.correction_most),
        "appeal_days": content.appeal_days,
        "publish_ranking": content.publish_ranking,
    }
