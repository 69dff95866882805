"""The annexes of a brief: lists that stand behind its text."""

from django.utils.translation import gettext as _

from reports.briefs import sentences, view_models
from reports.briefs.composition_context import Desk, Figures, Section
from tasks.values import Quarter


def tasks(desk: Desk) -> Section | None:
    """任务状态一览表: every task, by group."""
    found = [
        group | {"tasks": [view_models.task(desk, source) for source in group["sources"]]}
        for group in view_models.groups(desk)
    ]
    if not found:
        return None
    main = sentences.tally(desk.figures["lights"])
    apart = sentences.tally(desk.figures["safeguard_lights"])
    counts = [_("主要任务%(count)d项") % {"count": main}] if main else []
    counts += [_("保障措施%(count)d项（另计）") % {"count": apart}] if apart else []
    return Section("annex_tasks", _("任务状态一览表"), {"groups": found, "counts": "，".join(counts)})


def missing(desk: Desk) -> Section | None:
    """未报送和逾期报送清单: what is missing by body, leads first, in each who owes most; then who was late."""
    bands = [
        band
        for duty, name in (("lead", _("牵头单位")), ("co", _("配合单位")))
        if (band := _band(desk, duty, name))
    ]
    late = _late(desk)
    if not bands and not late:
        return None
    title = _("%(what)s清单") % {"what": what_is_missing(desk)}
    quarter = sentences.quarter_told(desk.figures)
    return Section("annex_missing", title, {"bands": bands, "late": late, "quarter": quarter})


def what_is_missing(desk: Desk) -> str:
    """What the list holds, for its title and for whoever refers to it."""
    if not desk.figures["missing"]:
        return _("逾期报送")
    return _("未报送和逾期报送") if _late(desk) else _("未报送")


def _band(desk: Desk, duty: str, name: str) -> Figures | None:
    rows: dict[str, Figures] = {}
    for item in desk.figures["missing"]:
        if item["duty"] != duty:
            continue
        row = rows.setdefault(
            item["agency"]["slug"],
            {"agency": desk.say(item["agency"]["name"]), "found": [], "days": 0, "last": ""},
        )
        row["found"].append(desk.say(item["task_code"]))
        row["days"] = max(row["days"], item["days_late"])
        row["last"] = max(row["last"], item["last_quarter"] or "")
    if not rows:
        return None
    for row in rows.values():
        row["count"] = len(row["found"])
        row["codes"] = view_models.grouped(row["found"])
        row["last"] = Quarter.parse(row["last"]).label if row["last"] else _("无记录")
    still_open = sentences.is_open(desk.figures, duty)
    if still_open:
        # Not nought days late: not late.
        for row in rows.values():
            row["days"] = _("未到期")
    title = (
        _("%(name)s（%(bodies)d个单位，%(count)d件，填报期限未到）")
        if still_open
        else _("%(name)s（%(bodies)d个单位，%(count)d件）")
    ) % {
        "name": name,
        "bodies": len(rows),
        "count": sum(row["count"] for row in rows.values()),
    }
    return {"name": title, "rows": sorted(rows.values(), key=lambda row: (-row["count"], row["agency"]))}


def _late(desk: Desk) -> list[Figures]:
    """Bodies that reported after the day, with how many returns."""
    rows = []
    for body in desk.figures["agencies"]:
        lead, co = (body[duty]["reported"] - body[duty]["on_time"] for duty in ("lead", "co"))
        if lead or co:
            rows.append(
                {"agency": desk.say(body["agency"]["name"]), "lead": lead, "co": co, "total": lead + co}
            )
    return sorted(rows, key=lambda row: (-row["total"], row["agency"]))
