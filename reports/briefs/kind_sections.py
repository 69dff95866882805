"""The sections that only some kinds of briefs have: what is followed up, a body's shared tasks, projects, a year's
quarters, the final evaluation. Absent, as the others are, when there is nothing to say."""

from collections import Counter
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from reports.briefs import sentences, view_models
from reports.briefs.composition_context import Desk, Figures, Section, fixed
from reports.briefs.sentences import amount, counted, day, percent, rate
from reports.charts.lights import STYLES
from reports.evaluation.values import Lack, Result
from reports.scoring.values import Period
from reports.supervision.values import State as NoticeState
from reports.typeset.text import ems, inside_quotes, phrase, sentence
from tasks.agencies.models import AgencyKind
from tasks.values import Quarter

Cell = Figures
_KINDS = AgencyKind.values


def cell(text: object, kind: str = "") -> Cell:
    """One cell of a table: its words, and "text", "light green" and the like."""
    return {"text": str(text), "kind": kind}


def _table(
    desk: Desk,
    name: str,
    caption: str,
    columns: list[tuple[str, str]],
    rows: list[list[Cell]],
    *,
    numbered: bool = True,
) -> Figures:
    """A table for parts/table.html; `columns` are (head, of one line or two, and class of the column). An annex's table is not numbered: numbers
    are the body's, in reading order, and annexes are composed before it."""
    heads = [{"lines": text.split("\n"), "kind": kind} for text, kind in columns]
    number = desk.table() if numbered else 0
    return {"name": name, "caption": caption, "heads": heads, "rows": rows, "table": number}


# -- 督办与批示 ------------------------------------------------------------------------------------------------


def notices(desk: Desk) -> Section | None:
    """督办事项: every notice that was open, the oldest first. Open when the figures were known, which can be long after
    the quarter: the sentence says so."""
    found = desk.figures.get("notices") or []
    if not found:
        return None
    late = [one for one in found if one["workdays_late"]]
    escalated = sum(bool(one["escalated_to"]) for one in found)
    states = Counter(str(NoticeState(one["state"]).label) for one in found)
    said = _("截至%(at)s，尚未办结的督办%(count)s，其中%(states)s。") % {
        "at": fixed(sentences.moment(desk.figures["known_at"])),
        "count": counted(len(found), _("件")),
        "states": fixed(
            "、".join(_("%(word)s%(n)d件") % {"word": word, "n": n} for word, n in states.items())
        ),
    }
    if late:
        said += _("逾期未反馈的%(count)s，最长逾期%(days)s。") % {
            "count": counted(len(late), _("件")),
            "days": counted(max(one["workdays_late"] for one in late), _("个工作日")),
        }
    if escalated:
        said += _("已提级督办的%(count)s。") % {"count": counted(escalated, _("件"))}
    rows = [
        [
            cell(desk.say(one["doc_number"]), "text"),
            cell(desk.say(one["addressee"]), "text"),
            cell(phrase(desk.say(one["title"])), "text"),
            cell(_day(one["issued_on"])),
            cell(_day(one["due_on"])),
            cell(
                _("%(state)s，逾期%(n)d个工作日")
                % {"state": NoticeState(one["state"]).label, "n": one["workdays_late"]}
                if one["workdays_late"]
                else NoticeState(one["state"]).label
            ),
        ]
        for one in found
    ]
    columns = [
        (_("文号"), "c-doc"),
        (_("送达单位"), "c-body"),
        (_("事由"), ""),
        (_("签发"), "c-day"),
        (_("要求反馈"), "c-day"),
        (_("状态"), "c-word"),
    ]
    table = _table(desk, "notices", _("尚未办结的督办"), columns, rows)
    return Section("table", _("督办事项"), {"paragraphs": desk.texts("notices", [said]), **table})


def instructions(desk: Desk) -> Section | None:
    """批示办理: every instruction that was not done, with what was assigned on it."""
    found = desk.figures.get("instructions") or []
    if not found:
        return None
    waiting = sum(not one["assigned"] for one in found)
    said = _("截至%(at)s，尚未办结的批示%(count)s") % {
        "at": fixed(sentences.moment(desk.figures["known_at"])),
        "count": counted(len(found), _("件")),
    }
    if waiting == len(found) == 1:
        said += _("，尚未交办。")
    elif waiting:
        said += _("，其中%(n)s尚未交办。") % {"n": counted(waiting, _("件"))}
    else:
        said += _("，均已交办。") if len(found) > 1 else _("，已交办。")
    rows = [
        [
            cell(desk.say(one["leader"]), "text"),
            cell(_day(one["given_on"])),
            cell(phrase(desk.say(one["words"])), "text"),
            cell(
                "、".join(
                    f"{desk.say(notice['doc_number'])} {NoticeState(notice['state']).label}"
                    for notice in one["assigned"]
                )
                or _("尚未交办"),
                "text",
            ),
        ]
        for one in found
    ]
    columns = [(_("批示人"), "c-body"), (_("日期"), "c-day"), (_("内容"), ""), (_("交办"), "c-word")]
    table = _table(desk, "instructions", _("尚未办结的批示"), columns, rows)
    return Section("table", _("批示办理"), {"paragraphs": desk.texts("instructions", [said]), **table})


# -- 考核得分 --------------------------------------------------------------------------------------------------


def scores(desk: Desk) -> Section | None:
    """考核得分: what was announced of the period, by kind of body; absent where nothing was. Ranks where they are published."""
    told = desk.figures.get("scores")
    if not told:
        return None
    bodies = sorted(told["bodies"], key=lambda one: _KINDS.index(one["agency"]["kind"]))
    scored = [one for one in bodies if one["total"] is not None]
    with_ranks = any(one["rank"] for one in bodies)
    said = _(
        "%(period)s考核结果第%(edition)d版于%(day)s公布，按《%(scheme)s》第%(number)d号计分，%(bodies)s有得分。"
    ) % {
        "period": fixed(Period.parse(told["period"]).label),
        "edition": told["edition"],
        "day": fixed(_day(told["announced_on"])),
        "scheme": desk.say(told["scheme_title"]),
        "number": told["scheme"],
        "bodies": counted(len(scored), _("家单位")),
    }
    said += _("得分按比例计，不比件数；各类单位之间、牵头的与只配合的之间不作比较。")
    rows = [
        [
            cell(desk.say(one["agency"]["name"]), "text"),
            cell(AgencyKind(one["agency"]["kind"]).label),
            cell(_("牵头") if one["leads"] else _("只配合")),
            cell(f"{Decimal(one['total']):.2f}" if one["total"] is not None else "—"),
            *([cell(one["rank"] or "—")] if with_ranks else []),
        ]
        for one in bodies
    ]
    columns = [
        (_("单位"), ""),
        (_("类别"), "c-body"),
        (_("身份"), "c-state"),
        (_("得分"), "c-day"),
        *([(_("同类名次"), "c-day")] if with_ranks else []),
    ]
    table = _table(desk, "scores", _("各单位得分"), columns, rows, numbered=False)
    return Section("table", _("考核得分"), {"paragraphs": desk.texts("scores", [said]), **table})


def nothing_open(desk: Desk) -> Section | None:
    """Said where nothing is followed up, so that an empty brief is no riddle."""
    if desk.figures.get("notices") or desk.figures.get("instructions"):
        return None
    said = _("截至%(at)s，没有尚未办结的督办和批示。") % {
        "at": fixed(sentences.moment(desk.figures["known_at"]))
    }
    return Section("paragraphs", _("总体情况"), {"paragraphs": desk.texts("nothing", [said])})


def _day(text: str) -> str:
    found = date.fromisoformat(text)
    return f"{found.month}月{found.day}日"


# -- a body -------------------------------------------------------------------------------------------------


def shares(desk: Desk) -> Section | None:
    """配合任务: what the body shares, and how its own co-returns stand."""
    found = desk.figures.get("shares") or []
    if not found:
        return None
    filed = [one for one in found if one["state"] != "missing"]
    late = sum(one["on_time"] is False for one in filed)
    said = _("配合的任务%(count)s，已报%(rate)s") % {
        "count": counted(len(found)),
        "rate": fixed(rate(len(filed), len(found))),
    }
    said += _("，其中逾期%(n)s。") % {"n": counted(late, _("件"))} if late else "。"
    words = {
        "missing": _("未报"),
        "submitted": _("待采纳"),
        "returned": _("已退回"),
        "accepted": _("已采纳"),
    }
    rows = [
        [
            cell(desk.say(one["code"]), "text"),
            cell(phrase(desk.say(one["heading"])), "text"),
            _light(one["light"]),
            cell(words.get(one["state"], "—")),
            cell({True: _("按时"), False: _("逾期"), None: "—"}[one["on_time"]]),
        ]
        for one in found
    ]
    columns = [
        (_("编号"), "c-code"),
        (_("任务"), ""),
        (_("自评"), "c-light"),
        (_("填报"), "c-state"),
        (_("时效"), "c-state"),
    ]
    table = _table(desk, "shares", _("配合任务"), columns, rows)
    return Section("table", _("配合任务"), {"paragraphs": desk.texts("shares", [said]), **table})


def _light(key: str) -> Cell:
    found = view_models.light(key)
    return cell(f"{found['mark']} {found['word']}".strip(), f"light {found['key']}")


# -- a sector -----------------------------------------------------------------------------------------------


def projects(desk: Desk) -> Section | None:
    """重大项目 of the sector: who reports, and what was invested."""
    found = desk.figures.get("projects") or []
    if not found:
        return None
    filed = [one for one in found if one["invested"] is not None]
    due = [one for one in found if one["state"] not in {"unassigned", "finished"}]
    said = _("本领域重大项目%(count)s，方案未明确责任单位，填报单位由办公室指定。") % {
        "count": counted(len(found), _("个"))
    }
    if due:
        said += _("应报%(due)s，已报%(filed)s，本季完成投资%(now)s，累计%(all)s。") % {
            "due": counted(len(due), _("个")),
            "filed": counted(len(filed), _("个")),
            "now": fixed(_money(sum(Decimal(one["invested"]) for one in filed))),
            "all": fixed(_money(sum(Decimal(one["total"]) for one in filed))),
        }
    rows = [
        [
            cell(phrase(desk.say(one["name"])), "text"),
            cell(desk.say(one["body"]) or "—", "text"),
            cell(one["works"] or (_("未报") if one["state"] == "missing" else "—")),
            cell(amount(one["invested"]) if one["invested"] is not None else "—"),
            cell(amount(one["total"]) if one["total"] is not None else "—"),
        ]
        for one in found
    ]
    columns = [
        (_("项目"), ""),
        (_("填报单位"), "c-body"),
        (_("状态"), "c-state"),
        (_("本季投资"), "c-money"),
        (_("累计投资"), "c-money"),
    ]
    table = _table(desk, "projects", _("重大项目（投资：万元）"), columns, rows)
    return Section("table", _("重大项目"), {"paragraphs": desk.texts("projects", [said]), **table})


def _money(value: Decimal | int) -> str:
    return _("%(amount)s万元") % {"amount": amount(value)}


# -- a year -------------------------------------------------------------------------------------------------


def year(desk: Desk) -> Section | None:
    """全年走势: the main tasks' lights and the reporting rates, quarter by quarter."""
    found = desk.figures.get("year") or []
    if len(found) < 2:
        return None
    first, last = found[0], found[-1]
    turned, compared = _turned(first["tasks"], last["tasks"])
    if not compared:
        said = _("全年各季度的状态和报送情况")
    else:
        said = _("从%(first)s到%(last)s，两季都有状态的%(count)s任务中，%(turned)s") % {
            "first": fixed(Quarter.parse(first["quarter"]).label),
            "last": fixed(Quarter.parse(last["quarter"]).label),
            "count": counted(compared),
            "turned": fixed("、".join(_("%(word)s%(n)d项") % {"word": word, "n": n} for word, n in turned))
            if turned
            else _("没有变化"),
        }
    rows = [
        [
            cell(Quarter.parse(one["quarter"]).label, "text"),
            *(cell(one["lights"][style.key], f"light {style.key}") for style in STYLES),
            cell(percent(one["lead"]["reported"], one["lead"]["due"])),
            cell(percent(one["lead"]["on_time"], one["lead"]["due"])),
            cell(percent(one["co"]["reported"], one["co"]["due"])),
        ]
        for one in found
    ]
    columns = [
        (_("季度"), "c-quarter"),
        *((f"{style.mark}\n{style.word}", "c-light") for style in STYLES),
        (_("牵头报送率"), "c-ratio"),
        (_("牵头按时率"), "c-ratio"),
        (_("配合报送率"), "c-ratio"),
    ]
    table = _table(desk, "year", _("主要任务状态（项）与报送"), columns, rows)
    said += _("，见表%(table)d。") % {"table": table["table"]}
    return Section("table", _("全年走势"), {"paragraphs": desk.texts("year", [said]), **table})


_RANK = {"red": 0, "yellow": 1, "green": 2, "blue": 3}


def _turned(first: Figures, last: Figures) -> tuple[list[tuple[str, int]], int]:
    """Of the tasks with a light in both quarters, how many ended better, worse or done; and how many there are. Grey is
    no light."""
    pairs = [(first[ref], light) for ref, light in last.items() if first.get(ref) in _RANK and light in _RANK]
    counts = [
        (_("新完成"), sum(after == "blue" != before for before, after in pairs)),
        (_("好转"), sum(_RANK[b] > _RANK[a] for a, b in pairs if b != "blue")),
        (_("转差"), sum(_RANK[b] < _RANK[a] for a, b in pairs)),
    ]
    return [(word, n) for word, n in counts if n], len(pairs)


# -- the end ------------------------------------------------------------------------------------------------


def results(desk: Desk) -> Section | None:
    """总体结论 of the final evaluation."""
    targets = _evaluated(desk)
    if not targets:
        return None
    counts = Counter(one["result"] for one in targets)
    words = "、".join(
        _("%(word)s%(n)d项") % {"word": result.label, "n": counts[result]}
        for result in Result
        if counts[result]
    )
    said = _("方案有效期自%(first)s至%(last)s，共%(count)s目标和承诺：%(words)s。") % {
        "first": fixed(day(desk.figures["evaluation"]["in_force_from"])),
        "last": fixed(day(desk.figures["evaluation"]["in_force_to"])),
        "count": counted(len(targets)),
        "words": fixed(words),
    }
    lacking = [one for one in targets if one["lacks"]]
    if lacking:
        lacks = Counter(str(Lack(lack).label) for one in lacking for lack in one["lacks"])
        said += _("仍有未定事项的%(count)s：%(lacks)s。") % {
            "count": counted(len(lacking)),
            "lacks": fixed("、".join(_("%(word)s%(n)d项") % {"word": w, "n": n} for w, n in lacks.items())),
        }
    return Section("paragraphs", _("总体结论"), {"paragraphs": desk.texts("results", [said])})


def evaluated(desk: Desk) -> Section | None:
    """逐项评估: each promise with its final figure or the office's assessment."""
    targets = _evaluated(desk)
    if not targets:
        return None
    ordered = sorted(targets, key=lambda one: (one["year"] or 9999, one["order"]))
    rows = [
        [
            cell(_("%(year)d年") % {"year": one["year"]} if one["year"] else "—"),
            cell(phrase(desk.say(one["text"])), "text"),
            cell(_final(desk, one)),
            cell(str(Result(one["result"]).label)),
            cell(_why(desk, one), "text"),
        ]
        for one in ordered
    ]
    columns = [
        (_("年份"), "c-year"),
        (_("目标"), ""),
        (_("最终数"), "c-word"),
        (_("结果"), "c-state"),
        (_("依据与未定事项"), "c-why"),
    ]
    table = _table(desk, "evaluated", _("各项目标和承诺的结果"), columns, rows)
    said = _("有数值的目标以该年年末的数为准，文字目标以办公室的评估为准，逐项见表%(table)d。") % {
        "table": table["table"]
    }
    return Section("table", _("逐项评估"), {"paragraphs": desk.texts("evaluated", [said]), **table})


def _evaluated(desk: Desk) -> list[Figures]:
    found: list[Figures] = (desk.figures.get("evaluation") or {}).get("targets", [])
    return found


def _final(desk: Desk, one: Figures) -> str:
    number, parts = view_models.actual(one, desk.say(one["unit"]))
    return (f"{number}（{parts}）" if parts else number) or "—"


def _why(desk: Desk, one: Figures) -> str:
    """The office's reason, or whose figure it is; then what is still open."""
    behind = "、".join(desk.say(item["agency"]) for item in one["behind"])
    said = sentence(desk.say(one["note"])) or (_("%(names)s填报。") % {"names": behind} if behind else "")
    lacks = "、".join(str(Lack(lack).label) for lack in one["lacks"])
    return said + (_("未定：%(lacks)s。") % {"lacks": lacks} if lacks else "") or "—"


# -- one page -----------------------------------------------------------------------------------------------

ON_PATH = {"reached", "ahead", "on"}
MEASURED = {*ON_PATH, "slight", "behind", "missed"}


def headline(desk: Desk) -> list[Figures]:
    """The four numbers of 一页纸: what came in, what came in on time, targets on their path, what is overdue."""
    figures = desk.figures
    lead, co = figures["lead"], figures["co"]
    both = {name: lead[name] + co[name] for name in lead}
    measured = [one for one in figures.get("paths") or [] if one["status"] in MEASURED]
    ahead = sum(one["status"] in ON_PATH for one in measured)
    late = sum(bool(one["workdays_late"]) for one in figures.get("notices") or [])
    orders = len(figures.get("instructions") or [])
    return [
        {
            "name": _("报送率"),
            "value": percent(both["reported"], both["due"]),
            "under": _("牵头%(lead)s，配合%(co)s")
            % {
                "lead": f"{lead['reported']}/{lead['due']}",
                "co": f"{co['reported']}/{co['due']}",
            },
        },
        {
            "name": _("按时率"),
            "value": percent(both["on_time"], both["due"]),
            "under": f"{both['on_time']}/{both['due']}"
            + (_("，含保障措施") if figures["groups"] and figures["safeguards"] else ""),
        },
        {
            "name": _("目标按序时"),
            "value": f"{ahead}/{len(measured)}" if measured else "—",
            "under": _("有数据和路径的目标") if measured else _("还没有可比的数据"),
        },
        {
            "name": _("逾期督办、未结批示"),
            "value": f"{late}、{orders}",
            "under": _("件，截至%(day)s") % {"day": day(sentences.local(figures["known_at"]).date())},
        },
    ]


# All of it stays on one side: in each line at most so many names, and no more than two printed lines have room for.
_POINTED, _ROOM = 3, 56


def _pointed(found: list[tuple[bool, str]]) -> str:
    """Names of (whether it is a safeguard, its name). Beside the main tasks, which the page's table counts, there is room
    only for how many safeguards there are."""
    main = [name for apart, name in found if not apart]
    beside = [name for apart, name in found if apart]
    if not main:
        return _("保障措施%(names)s。") % {"names": _fitting(beside)}
    said = _fitting(main)
    if beside:
        said += _("，另有保障措施%(count)s") % {"count": counted(len(beside))}
    return f"{said}。"


def _fitting(names: list[str]) -> str:
    fitting = [n for n in range(1, _POINTED + 1) if n == 1 or sum(map(ems, names[:n])) <= _ROOM]
    return sentences.named(names, fitting[-1])


def _awaited(figures: Figures) -> str:
    """What has not come in, without which the page may look better than things are."""
    awaited = sentences.owed(figures, still_open=True)
    said = [
        sentences.owed(figures, still_open=False),
        _("%(pieces)s，填报期限未到") % {"pieces": awaited} if awaited else "",
    ]
    return "；".join(text for text in said if text) + "。" if any(said) else ""


def pointers(desk: Desk) -> list[Figures]:
    """What turned red, what is done, where to step in, and what has not come in; each absent when there is nothing."""
    tasks = view_models.tasks(desk)
    changed = desk.figures["changes"]
    apart = {one["ref"] for one in desk.figures["safeguards"]}

    def of(kind: str, light: str = "") -> list[tuple[bool, str]]:
        return [
            (one["task_ref"] in apart, f"“{inside_quotes(phrase(desk.say(one['task_heading'])))}”")
            for one in changed
            if one["kind"] == kind and (not light or one["after"] == light)
        ]

    asked = [
        (source["ref"] in apart, f"“{inside_quotes(tasks[source['ref']]['heading'])}”")
        for source in view_models.every_task(desk.figures)
        if source["narrative"]["coordination"]
    ]
    still = [
        (task["apart"], f"“{inside_quotes(task['heading'])}”（{task['lead']}）")
        for task in tasks.values()
        if task["light"]["key"] == "red"
    ]
    rows = [
        (_("本季转红"), of("worse", "red")),
        (_("本季完成"), of("done")),
        (_("现为滞后"), still),
        (_("需省级协调"), asked),
    ]
    lines = [(name, _pointed(found) if found else "") for name, found in rows]
    lines.append((_("尚未报送"), _awaited(desk.figures)))
    said = [
        {"name": name, "text": desk.text(f"pointers/{number}", text)}
        for number, (name, text) in enumerate(lines, 1)
        if text
    ]
    if not said:
        nothing = _("本季没有转红、完成、滞后和需省级协调的任务。")
        said = [{"name": "", "text": desk.text("pointers/none", nothing)}]
    return [line for line in said if line["text"]]
