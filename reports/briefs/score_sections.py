"""The section on the scores that were announced."""

from django.utils.translation import gettext as _

from reports.briefs.composition_context import Context, Section, fixed
from reports.briefs.formatting import counted, short_day
from reports.briefs.snapshot import WithScores
from reports.briefs.tables import cell, table_section
from tasks.values import Period
from tasks.wording import current


def scores(context: Context[WithScores]) -> Section | None:
    """考核得分, an annex: what was announced of the period, by kind of agency, with ranks where they are published."""
    announced = context.figures.scores
    if announced is None:
        return None
    bodies = sorted(announced.bodies, key=lambda one: current().kind_rank(one.agency.kind))
    scored = [one for one in bodies if one.total is not None]
    with_ranks = any(one.rank for one in bodies)
    text = _(
        "%(period)s考核结果第%(edition)d版于%(day)s公布，按《%(scheme)s》第%(number)d号计分，%(bodies)s有得分。"
    ) % {
        "period": fixed(Period.parse(announced.period).label),
        "edition": announced.edition,
        "day": fixed(short_day(announced.announced_on)),
        "scheme": context.printable(announced.scheme_title),
        "number": announced.scheme,
        "bodies": counted(len(scored), _("家单位")),
    }
    unscored = len(bodies) - len(scored)
    if unscored:
        text += _("可计项目不足权重一半的%(bodies)s不计分。") % {"bodies": counted(unscored, _("家单位"))}
    text += _("得分按比例计，不比件数；各类单位之间、牵头的与只配合的之间不作比较。")
    rows = [
        [
            cell(context.printable(one.agency.name), "text"),
            cell(current().kind_name(one.agency.kind)),
            cell(_("牵头") if one.leads else _("只配合")),
            cell(f"{one.total:.2f}" if one.total is not None else _("不计分")),
            *([cell(one.rank or "—")] if with_ranks else []),
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
    return table_section(
        context,
        "scores",
        title=_("考核得分"),
        sentence=text,
        caption=_("各单位得分"),
        columns=columns,
        rows=rows,
    )
