"""The queues as lists that are worked through: which comes next under the same filter, and what is said after a decision."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.cycles.models import Cycle
from tasks.people.models import User
from tasks.people.permissions import may_file, may_review
from tasks.plans.duties import consolidators
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import address
from tasks.review.queue_rows import lead_queue, owed_in, queue_rows
from tasks.submissions.filters import ANY, QueueFilter
from tasks.submissions.models import Version
from tasks.submissions.queries import waiting_for_office
from tasks.submissions.worklist import Item, Worklist, next_link, place_of, with_filter
from tasks.values import Duty, Period
from tasks.web.acting import Link, say_done

OF_CONSOLIDATION = "co"  # ?next=: the list is that of one task, reached from its consolidation


def worklist_of(user: User, version: Version, asked: QueryDict) -> Worklist | None:
    """The queue of the reader to which the version belongs, or belonged until it was decided, with the filter in `asked`;
    None for whoever decides nothing of the kind. The version has its task and plan. A fixed number of queries."""
    to_office = version.duty == Duty.LEAD or not consolidators([version.task_id], version.quarter)
    if to_office:
        return _office_list(user, version, asked) if may_review(user) else None
    return _lead_list(user, version, asked) if may_file(user) else None


def _office_list(user: User, version: Version, asked: QueryDict) -> Worklist:
    plan, quarter = version.task.plan, version.quarter
    filters = QueueFilter(asked, queryset=waiting_for_office(plan, quarter, user), quarter=quarter)
    rows = list(filters.qs if filters.is_valid() else filters.queryset)
    kept = filters.chosen if filters.is_valid() else {}
    names = names_at(quarter)
    kind = kept.get("kind", ANY)
    if kind != ANY:
        cycle = Cycle.objects.filter(plan=plan, quarter=quarter).first()
        told = queue_rows(plan, quarter, cycle, rows, names, owed_in(plan, quarter))
        rows = [one for one in rows if told[one.pk].is_(kind)]
    return _list(plan, quarter, rows, names, version, kept, anchor="#h-office")


def _lead_list(user: User, version: Version, asked: QueryDict) -> Worklist:
    plan, quarter = version.task.plan, version.quarter
    filters = lead_queue(asked, user, plan, quarter)
    kept: Mapping[str, str] = {}
    # The task is no choice of the filter once nothing of it waits.
    if asked.get("next") == OF_CONSOLIDATION:
        rows, kept = filters.queryset.filter(task=version.task_id), {"next": OF_CONSOLIDATION}
    elif filters.is_valid():
        rows, kept = filters.qs, filters.chosen
    else:
        rows = filters.queryset
    return _list(plan, quarter, list(rows), names_at(quarter), version, kept, anchor="#h-lead")


def _list(
    plan: Plan,
    quarter: Period,
    rows: Sequence[Version],
    names: Mapping[int, AgencyName],
    version: Version,
    kept: Mapping[str, str],
    *,
    anchor: str,
) -> Worklist:
    items = tuple(
        Item(
            key=one.submission_id,
            code=one.task.code,
            heading=one.task.heading,
            note=names[one.agency_id].short if one.agency_id in names else "",
            url=with_filter(reverse("return", args=[one.submission_id]), kept),
            state=one.submission.state,
            light=one.light,
        )
        for one in rows
    )
    before = place_of(items, version.submission_id)
    if before is None:
        before = sum(one.task.order <= version.task.order for one in rows)
    if "next" in kept:
        url = reverse("consolidate", args=[plan.slug, str(quarter), version.task.ref])
    else:
        url = address("review", plan, quarter, **kept) + anchor
    return Worklist(_("审核"), url, items, version.submission_id, before, kept)


_LISTED = 5  # submissions that a message names


def listed(versions: Sequence[Version], names: Mapping[int, str]) -> str:
    """三(四)1 某某局、三(四)2 某某局等"""
    named = [f"{one.task.code} {names.get(one.agency_id, '')}".strip() for one in versions]
    more = _("等") if len(named) > _LISTED else ""
    return "、".join(named[:_LISTED]) + more


def next_of(worklist: Worklist | None) -> list[Link]:
    """The link to the next item that waits, if there is one."""
    return next_link(worklist.next_waiting() if worklist else None, by_note=True)


def say_decided(
    request: HttpRequest,
    versions: Sequence[Version],
    names: Mapping[int, str],
    *,
    accept: bool,
    links: Sequence[Link] = (),
) -> None:
    """Name what was decided, with a link to it where it is one, and then `links`. The versions have their tasks;
    names: {agency id: short name}."""
    if not versions:
        return
    lead = versions[0].duty == Duty.LEAD
    word = (_("已核定") if lead else _("已采纳")) if accept else _("已退回")
    which = listed(versions, names)
    if len(versions) == 1:
        told = "" if accept else _("，理由已告知填报单位")
        page = reverse("return", args=[versions[0].submission_id])
        back = (f"{page}?act=undo#undo", _("撤销"))
        say_done(request, f"{word} {which}{told}。", (page, _("查看")), back, *links)
    else:
        words = ngettext("%(word)s %(n)d 件：%(which)s。", "%(word)s %(n)d 件：%(which)s。", len(versions))
        say_done(request, words % {"word": word, "n": len(versions), "which": which}, *links)
