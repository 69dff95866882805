"""The sections on notices 督办 and instructions 批示 that were open when the figures were known."""

from collections import Counter

from django.utils.translation import gettext as _

from reports.briefs.composition_context import Context, Section, fixed
from reports.briefs.formatting import counted, moment, short_day
from reports.briefs.snapshot import WithInstructions, WithNotices
from reports.briefs.tables import cell, table_section
from reports.supervision.values import State
from reports.typeset.chinese_text import phrase


def notices(context: Context[WithNotices]) -> Section | None:
    """督办事项: every notice that was open, the oldest first. The figures can be known long after the quarter, so the
    sentence names the moment."""
    found = context.figures.notices
    if not found:
        return None
    late = [notice for notice in found if notice.workdays_late]
    escalated = sum(bool(notice.escalated_to) for notice in found)
    states = Counter(str(State(notice.state).label) for notice in found)
    text = _("截至%(at)s，尚未办结的督办%(count)s，其中%(states)s。") % {
        "at": fixed(moment(context.figures.known_at)),
        "count": counted(len(found), _("件")),
        "states": fixed(
            "、".join(_("%(word)s%(n)d件") % {"word": word, "n": n} for word, n in states.items())
        ),
    }
    if late:
        text += _("逾期未反馈的%(count)s，最长逾期%(days)s。") % {
            "count": counted(len(late), _("件")),
            "days": counted(max(notice.workdays_late for notice in late), _("个工作日")),
        }
    if escalated:
        text += _("已提级督办的%(count)s。") % {"count": counted(escalated, _("件"))}
    rows = [
        [
            cell(context.printable(notice.doc_number), "text"),
            cell(context.printable(notice.addressee), "text"),
            cell(phrase(context.printable(notice.title)), "text"),
            cell(short_day(notice.issued_on)),
            cell(short_day(notice.due_on)),
            cell(
                _("%(state)s，逾期%(n)d个工作日")
                % {"state": State(notice.state).label, "n": notice.workdays_late}
                if notice.workdays_late
                else State(notice.state).label
            ),
        ]
        for notice in found
    ]
    columns = [
        (_("文号"), "c-doc"),
        (_("送达单位"), "c-body"),
        (_("事由"), ""),
        (_("签发"), "c-day"),
        (_("要求反馈"), "c-day"),
        (_("状态"), "c-word"),
    ]
    return table_section(
        context,
        "notices",
        title=_("督办事项"),
        sentence=text,
        caption=_("尚未办结的督办"),
        columns=columns,
        rows=rows,
        number=context.next_table(),
    )


def instructions(context: Context[WithInstructions]) -> Section | None:
    """批示办理: every instruction that was not done, with the notices on it."""
    found = context.figures.instructions
    if not found:
        return None
    waiting = sum(not instruction.assigned for instruction in found)
    text = _("截至%(at)s，尚未办结的批示%(count)s") % {
        "at": fixed(moment(context.figures.known_at)),
        "count": counted(len(found), _("件")),
    }
    if waiting == len(found) == 1:
        text += _("，尚未交办。")
    elif waiting:
        text += _("，其中%(n)s尚未交办。") % {"n": counted(waiting, _("件"))}
    else:
        text += _("，均已交办。") if len(found) > 1 else _("，已交办。")
    rows = [
        [
            cell(context.printable(instruction.leader), "text"),
            cell(short_day(instruction.given_on)),
            cell(phrase(context.printable(instruction.words)), "text"),
            cell(
                "、".join(
                    f"{context.printable(notice.doc_number)} {State(notice.state).label}"
                    for notice in instruction.assigned
                )
                or _("尚未交办"),
                "text",
            ),
        ]
        for instruction in found
    ]
    columns = [(_("批示人"), "c-body"), (_("日期"), "c-day"), (_("内容"), ""), (_("交办"), "c-word")]
    return table_section(
        context,
        "instructions",
        title=_("批示办理"),
        sentence=text,
        caption=_("尚未办结的批示"),
        columns=columns,
        rows=rows,
        number=context.next_table(),
    )
