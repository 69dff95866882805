"""总结评估 as its page shows it: from the live values or from what was signed, which read alike once they are plain."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.presenters.targets import plain as number
from reports.evaluation.values import Lack, Result
from tasks.indicators.values import Comparison
from tasks.values import Period

CLOSED = (Result.REACHED, Result.MOSTLY, Result.MISSED, Result.UNCLEAR)


def groups(slug: str, said: Mapping[str, Any], query: str = "") -> list[dict[str, Any]]:
    """The promises by the year that they name, those without one last."""
    found: dict[int | None, list[dict[str, Any]]] = {}
    for target in said["targets"]:
        found.setdefault(target["year"], []).append(row(slug, target, query))
    return [
        {"title": _("%(year)d年目标") % {"year": year} if year else _("未定年份的承诺"), "rows": rows}
        for year, rows in sorted(found.items(), key=lambda item: (item[0] is None, item[0] or 0))
    ]


def row(slug: str, target: Mapping[str, Any], query: str = "") -> dict[str, Any]:
    """One promise: what was promised, what became of it, who found that, and what is still open."""
    unit = target["unit"]
    return {
        "order": target["order"],
        "text": target["text"],
        "url": reverse("target", args=[slug, target["order"]]) + query,
        "promise": f"{Comparison(target['comparison']).label} {_number(target['value'])} {unit}"
        if target["value"] is not None
        else "",
        "final": f"{_number(target['actual'])} {unit}" if target["actual"] is not None else "",
        "parts": f"{_number(target['numerator'])} ÷ {_number(target['denominator'])}"
        if target["numerator"] is not None
        else "",
        "quarter": _compact(target["actual_quarter"]),
        "result": str(Result(target["result"]).label),
        "is_open": bool(target["lacks"]),
        "lacks": "、".join(str(Lack(lack).label) for lack in target["lacks"]),
        "decided_by": "、".join(target["decided_by"]),
        "decided_on": target["decided_on"] or "",
        "note": target["note"],
        "evidence": target["evidence"],
        "links": target["links"],
        "behind": "；".join(
            f"{one['agency']} {_compact(one['quarter'])}{' ' + one['words'] if one['words'] else ''}"
            for one in target["behind"]
        ),
    }


def _number(text: str | None) -> str:
    return "—" if text is None else number(Decimal(text))


def _compact(period: str | None) -> str:
    """2017Q1, 2017年3月."""
    return Period.parse(period).compact if period else ""


def lede(said: Mapping[str, Any]) -> str:
    """How many promises there were and what became of them."""
    results = [target["result"] for target in said["targets"]]
    parts = [
        _("%(word)s%(n)d项") % {"word": result.label, "n": results.count(result)}
        for result in (*CLOSED, Result.OPEN)
        if results.count(result)
    ]
    told = _("%(n)d项承诺：%(parts)s。") % {"n": len(results), "parts": "，".join(parts)} if results else ""
    lacking = sum(bool(target["lacks"]) for target in said["targets"])
    if lacking:
        told += _("其中%(n)d项仍有未定事项，逐项写明。") % {"n": lacking}
    return told
