"""Texts of messages. They say what is due, when and where, and never quote a return."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tasks.adjustments.announcements import What as Application
from tasks.adjustments.models import Adjustment
from tasks.assignments.models import Reassignment
from tasks.cycles.refiling import Again, Why
from tasks.decisions.actions import Change
from tasks.notifications.queries import Digest, Item, Waiting
from tasks.notifications.values import Reason, Stage, Timing
from tasks.people.models import Appointment, User
from tasks.plans.models import Task
from tasks.projects.announcements import What as ProjectNews
from tasks.projects.models import ProjectReport
from tasks.submissions.announcements import Announcement, What
from tasks.values import Duty
from tasks.workplans.models import WorkPlan

_LISTED = 12  # task codes in one line; an agency with more finds the rest on its desk


def when(timing: Timing) -> str:
    """How urgent it is: 还有3个工作日."""
    if timing.stage == Stage.TODAY:
        return _("今日截止")
    if timing.stage == Stage.BEFORE:
        return _("还有%(n)d个工作日") % {"n": timing.workdays}
    if timing.stage == Stage.WAITING:
        return _("已过截止，又等了%(n)d个工作日") % {"n": timing.workdays}
    return _("已逾期%(n)d个工作日") % {"n": timing.workdays}


def digest(told: Digest, day: date) -> tuple[str, str]:
    """Subject and agency of one person's reminder of the day."""
    subject = _("填报提醒：%(n)d项待办，%(when)s") % {
        "n": len(told.items),
        "when": when(told.items[0].timing),
    }
    return subject, "\n".join(_paragraphs(told.items, day))


def room(items: Sequence[Item], day: date) -> tuple[str, str]:
    """Message to a chat room: counts by reason, without names of agencies."""
    bodies = {item.waiting.acts for item in items}
    subject = _("%(day)s填报提醒：%(n)d项待办，涉及%(bodies)d个单位") % {
        "day": date_format(day, _("n月j日")),
        "n": len(items),
        "bodies": len(bodies - {None}) + (None in bodies),
    }
    lines = [
        _("%(quarter)s，%(due)s截止，%(when)s：%(words)s%(n)d项")
        % {
            "quarter": group[0].waiting.cycle.quarter.label,
            "due": _moment(group[0].waiting.due),
            "when": when(group[0].timing),
            "words": group[0].waiting.said_outside,
            "n": len(group),
        }
        for group in _groups(items, lambda one: one.said_outside)
    ]
    return subject, "\n".join(lines)


def chase(agency: str, asked: Sequence[Waiting], note: str, by: str) -> tuple[str, str]:
    """Message to an agency that is chased."""
    quarter = asked[0].cycle.quarter.label
    subject = _("催报：%(quarter)s还有%(n)d项未报") % {"quarter": quarter, "n": len(asked)}
    lines = [
        _("%(by)s请%(agency)s尽快报送%(quarter)s填报：") % {"by": by, "agency": agency, "quarter": quarter}
    ]
    lines += [
        _("· %(task)s（%(duty)s，%(due)s截止）%(words)s")
        % {
            "task": f"{one.duty.task.code} {one.duty.task.heading}",
            "duty": Duty(one.duty.role).label,
            "due": _moment(one.due),
            "words": one.reason.label,
        }
        for one in asked
    ]
    if note:
        lines += ["", note]
    return subject, "\n".join(lines)


def again(ones: Sequence[Again]) -> tuple[str, str]:
    """Message to an agency whose returns were sent back or whose period was reopened: which and until when. The reason is
    read on the site, because it may quote the return."""
    first = ones[0]
    quarter = first.cycle.quarter.label
    extension = {
        Why.EXTENDED: _("%(quarter)s的填报已准予延期到%(until)s，在此以前首次提交的计为按时。"),
        Why.NOT_EXTENDED: _("%(quarter)s的延期（到%(until)s）未获同意，请按原定时间报送。理由见延期页。"),
        Why.EXTENSION_REVOKED: _("%(quarter)s的延期已撤销，请按原定时间（%(until)s）报送。理由见延期页。"),
    }.get(Why(first.why))
    if extension is not None:
        subject = f"{quarter}{Why(first.why).label}"
        return subject, extension % {"quarter": quarter, "until": _moment(first.until)}
    if first.task is None:
        subject = _("%(quarter)s已为本单位重新开启") % {"quarter": quarter}
        return subject, _("%(quarter)s的填报已为本单位重新开启，到%(until)s为止；此间提交的计为逾期。") % {
            "quarter": quarter,
            "until": _moment(first.until),
        }
    subject = _("%(quarter)s有%(n)d项填报%(why)s") % {
        "quarter": quarter,
        "n": len(ones),
        "why": Why(first.why).label,
    }
    lines = [
        _("· %(task)s（%(until)s前）%(why)s")
        % {
            "task": f"{one.task.code} {one.task.heading}" if one.task else "",
            "until": _moment(one.until),
            "why": Why(one.why).label,
        }
        for one in ones
    ]
    return subject, "\n".join([*lines, "", _("理由和意见见填报页。")])


_SUBMISSION_NEWS = {
    What.WITHDRAWN: (
        gettext_noop("%(quarter)s有%(n)d项填报已由填报单位撤回"),
        gettext_noop("· %(agency)s %(task)s 第%(version)d版"),
    ),
    What.ENTERED: (
        gettext_noop("%(quarter)s有%(n)d项填报已据本单位的纸质件录入，请核对；有误可撤回"),
        gettext_noop("· %(task)s 第%(version)d版"),
    ),
    What.UNDONE: (
        gettext_noop("%(quarter)s有%(n)d项填报的决定已撤销，等候重新办理"),
        gettext_noop("· %(task)s 第%(version)d版"),
    ),
    What.NO_SUPPLEMENT: (
        gettext_noop("%(quarter)s有%(n)d项填报的补充要求已撤销，不用再报"),
        gettext_noop("· %(task)s 第%(version)d版"),
    ),
    What.CORRECTED: (
        gettext_noop("%(quarter)s有%(n)d项填报的核定已更正"),
        gettext_noop("· %(task)s 第%(version)d版"),
    ),
}


def of_submissions(ones: Sequence[Announcement], names: Mapping[int, str]) -> tuple[str, str]:
    """What people are told of versions that were withdrawn, or of changed decisions, all of one kind and quarter; `names`:
    {agency id: its short name}. The reason is read on the site."""
    subject, line = _SUBMISSION_NEWS[ones[0].what]
    lines = [
        _(line)
        % {
            "agency": names.get(one.version.agency_id, ""),
            "task": f"{one.version.task.code} {one.version.task.heading}",
            "version": one.version.number,
        }
        for one in ones
    ]
    quarter = ones[0].version.quarter.label
    return _(subject) % {"quarter": quarter, "n": len(ones)}, "\n".join([*lines, "", _("理由见填报页。")])


_APPLICATION_NEWS = {
    Application.APPLIED: (gettext_noop("%(agency)s申请调整（%(kind)s）"), gettext_noop("请签署拟办意见。")),
    Application.OPINION: (gettext_noop("%(agency)s的调整申请已有拟办意见"), gettext_noop("等候批准。")),
    Application.APPROVED: (gettext_noop("%(agency)s申请的调整已批准"), gettext_noop("自%(quarter)s起生效。")),
    Application.REJECTED: (gettext_noop("%(agency)s申请的调整未批准"), gettext_noop("理由见调整页。")),
    Application.WITHDRAWN: (gettext_noop("%(agency)s已撤回调整申请"), gettext_noop("不用再办理。")),
}


def of_application(what: Application, row: Adjustment, agency: str, tasks: Sequence[Task]) -> tuple[str, str]:
    """What people are told of an application for an adjustment; what is asked and why, they read in the site."""
    subject, line = _APPLICATION_NEWS[what]
    names = {"agency": agency, "kind": row.get_kind_display(), "quarter": row.effective.label}
    heads = [f"{task.code} {task.heading}" for task in tasks]
    return _(subject) % names, "\n".join([*heads, _(line) % names])


_PROJECT_NEWS = {
    ProjectNews.HANDED: gettext_noop("%(project)s%(quarter)s的项目报告待您签批"),
    ProjectNews.TO_REPORTER: gettext_noop("%(project)s%(quarter)s的项目报告被签批人退回"),
    ProjectNews.ACCEPTED: gettext_noop("%(project)s%(quarter)s的项目报告已核定"),
    ProjectNews.RETURNED: gettext_noop("%(project)s%(quarter)s的项目报告被退回，待修改后重报"),
    ProjectNews.UNDONE: gettext_noop("%(project)s%(quarter)s的项目报告：核定决定已撤销，将重新核定"),
    ProjectNews.CORRECTED: gettext_noop("%(project)s%(quarter)s的项目报告：核定决定已更正"),
    ProjectNews.WITHDRAWN: gettext_noop("%(agency)s已撤回%(project)s%(quarter)s的项目报告"),
}


def of_project_report(what: ProjectNews, row: ProjectReport, agency: str) -> tuple[str, str]:
    """What people are told of a project report; what it says and why it came back, they read on the site."""
    names = {"project": row.project.name, "quarter": row.quarter.label, "agency": agency}
    return _(_PROJECT_NEWS[what]) % names, _("内容和理由见项目报告页。")


_WORK_PLAN_NEWS = {
    Change.UNDONE: gettext_noop("%(label)s的决定已撤销，将重新办理"),
    Change.CORRECTED: gettext_noop("%(label)s的决定已更正"),
}


def of_work_plan(change: Change, row: WorkPlan) -> tuple[str, str]:
    """What an agency is told of a changed decision on its work plan; why, it reads on the site."""
    return _(_WORK_PLAN_NEWS[change]) % {"label": row.period.label}, _("理由见该文的页面。")


def of_reassignment(rows: Sequence[Reassignment], back: bool) -> tuple[str, str]:
    """What colleagues and approvers are told of tasks that change hands within their agency."""
    first = rows[0]
    names = {"giver": first.giver, "receiver": first.receiver, "n": len(rows)}
    subject = (
        _("转办收回：%(n)d项仍由%(giver)s填报")
        if back
        else _("转办：%(giver)s把%(n)d项任务转给%(receiver)s填报")
    )
    lines = [f"{row.task.code} {row.task.heading}" for row in rows]
    line = (
        _("收回后由%(giver)s填报。")
        if back
        else _("从现在起由%(receiver)s填报，草稿、退回意见和提醒随任务转去。")
    )
    return subject % names, "\n".join([*lines, line % names])


def of_deputy(
    row: Appointment, deputy: User, principal: User, ended: bool, moment: datetime
) -> tuple[str, str]:
    """What is told when somebody is to sign on behalf of an approver, or does so no more."""
    zone = timezone.get_default_timezone()
    first, last = (timezone.localtime(at or moment, zone) for at in (row.since, row.until))
    words = {
        "deputy": deputy,
        "principal": principal,
        "first": date_format(first, _("Y年n月j日")),
        "last": date_format(last - timedelta(seconds=1), _("Y年n月j日")),
        "reason": row.end_reason if ended else row.reason,
    }
    if ended:
        subject, body = _("%(deputy)s代%(principal)s签批已终止"), _("从现在起不再代签。理由：%(reason)s。")
    else:
        subject = _("%(deputy)s代%(principal)s签批，%(first)s至%(last)s")
        body = _(
            "起止日内，%(deputy)s可以代%(principal)s签批本单位的报送材料，材料注明代签；到期自动终止。事由：%(reason)s。"
        )
    return subject % words, body % words


def outside(body: str, link: str) -> str:
    """Text of a mail: the message, the address of the page, and a note that replies are not read."""
    return "\n\n".join(
        (
            body,
            _("请登录办理：%(link)s") % {"link": link},
            _("此信由系统发出，请勿回复。严禁通过邮件报送涉密信息。"),
        )
    )


def _paragraphs(items: Sequence[Item], day: date) -> Iterable[str]:
    head = None
    for group in _groups(items, lambda one: str(one.reason.label)):
        one = group[0].waiting
        title = _("%(quarter)s%(what)s，%(due)s截止，%(when)s") % {
            "quarter": one.cycle.quarter.label,
            "what": _what(one),
            "due": _moment(one.due),
            "when": when(group[0].timing),
        }
        if title != head:
            if head is not None:
                yield ""
            yield title
            head = title
        codes = [item.waiting.duty.task.code for item in group]
        codes = list(dict.fromkeys(codes))
        listed = _("、").join(codes[:_LISTED])
        if len(codes) > _LISTED:
            listed = _("%(listed)s等") % {"listed": listed}
        yield _("　%(words)s：%(n)d项（%(listed)s）") % {
            "words": one.reason.label,
            "n": len(group),
            "listed": listed,
        }


def _what(one: Waiting) -> str:
    if one.reason == Reason.DECIDE:
        return _("办公室核定")
    return _("配合填报") if one.duty.duty == Duty.CO and one.reason != Reason.ADOPT else _("牵头汇总")


def _groups(items: Sequence[Item], said: Callable[[Waiting], str]) -> list[list[Item]]:
    """Group lines that say the same about different tasks, in the order of the first of each."""
    groups: dict[object, list[Item]] = {}
    for item in items:
        one = item.waiting
        key = (item.timing.urgency, one.cycle.pk, one.due, _what(one), said(one))
        groups.setdefault(key, []).append(item)
    return sorted(groups.values(), key=lambda group: (group[0].timing.urgency, group[0].waiting.due))


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment, timezone.get_default_timezone()), _("n月j日 H:i"))
