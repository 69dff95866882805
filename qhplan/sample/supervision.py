"""Sample supervision 示例数据: notices in every state, instructions and experts' comments, written through the normal
actions by sample accounts, at moments before the trial site's clock. Only in a sample database.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from qhplan import clock
from reports.supervision import actions, answers, instructions, jobs, message_texts
from reports.supervision.actions import HandInput, IssueInput
from reports.supervision.escalation import escalate
from reports.supervision.instructions import InstructionInput
from reports.supervision.models import Instruction, Notice, form_of
from reports.supervision.proposals import propose_by_rules
from reports.supervision.triggers import Found, Grounds
from reports.supervision.values import Ground
from tasks.agencies.models import Agency
from tasks.comments import actions as comments
from tasks.comments.models import Comment
from tasks.cycles.workdays import is_workday, workday_after
from tasks.errors import Problem, Problems
from tasks.models import Plan, Responsibility, Task, User
from tasks.people.queries import is_sample_database
from tasks.values import Duty, Period, Role

_ZONE = ZoneInfo("Asia/Shanghai")
_ANSWER = (
    "（示例）收到来文后，本单位召开专题会议，查明滞后主要原因是前期手续办理较慢。已采取以下措施：一是由分管领导牵头，"
    "每周调度一次；二是与审批部门对接，倒排时限；三是明确责任处室和责任人。目前进度已恢复到计划的八成。"
)
_FULLER = "（示例）按退回意见补充：剩余事项三项，分别于7月底、8月底和9月底前完成，责任人为规划处负责同志；完成后报送佐证材料。"


class Cast:
    """The accounts that act on a plan, by role and agency."""

    def __init__(self, plan: Plan) -> None:
        accounts = User.objects.filter(is_sample=True, is_active=True).order_by("pk")
        users = [user.at(plan.pk) for user in accounts]
        self.office = self._only(users, Role.OFFICE)
        self.second = self._only(users, Role.SECOND_REVIEWER)
        self.leader = self._only(users, Role.LEADERSHIP)
        self.expert = self._only(users, Role.EXPERT)
        self.reporters = {
            user.agency_id: user for user in users if user.agency_id and user.has(Role.REPORTER)
        }
        self.approvers = {
            user.agency_id: user for user in users if user.agency_id and user.has(Role.APPROVER)
        }

    @staticmethod
    def _only(users: list[User], role: Role) -> User:
        account = next((user for user in users if user.has(role)), None)
        if account is None:
            raise Problems([Problem("", "还没有示例账号，请先运行 sample_accounts。")])
        return account

    def issuer(self, agency_id: int) -> User:
        """The account that may issue notices to that agency."""
        return self.second if agency_id == self.office.agency_id else self.office


@transaction.atomic
def make(plan: Plan, quarter: Period, *, until: datetime | None = None) -> int:
    """Creates notices on the quarter's facts, each advanced to the state of its story; further facts stay as proposals
    of the nightly job. Returns the number of notices; existing notices stay as they are."""
    if not is_sample_database():
        raise Problems([Problem("", "这个数据库不是示例数据库，不能写入示例数据。")])
    end = until or clock.now()
    if Notice.objects.filter(plan=plan).exists() or (end.date() - quarter.last_day).days < 90:
        return 0
    cast = Cast(plan)
    begun = datetime.combine(workday_after(quarter.last_day, 22), time(9, 10), _ZONE)
    grounds = Grounds(plan, quarter, begun)
    facts = _one_for_each_agency([*grounds.red(), *grounds.missing()])
    planned = [
        (begun + timedelta(days=days), story, fact)
        for (days, story), fact in zip(_STORIES, facts, strict=False)
    ]
    # In the order of their days, because notices are numbered consecutively.
    for at, story, fact in sorted(planned, key=lambda item: item[0]):
        story(cast, plan, fact, at)
    _comments(cast, plan, end)
    day = begun.date()
    while day < end.date():
        day += timedelta(days=1)
        if is_workday(day):
            escalate(day=day, now=datetime.combine(day, time(5, 30), _ZONE))
    propose_by_rules(now=min(end, datetime.combine(end.date(), time(5, 30), _ZONE)))
    return Notice.objects.filter(plan=plan).count()


@transaction.atomic
def make_few(plan: Plan, quarter: Period) -> int:
    """Two notices on the quarter's facts, one closed and one in hand, for a plan with a short record. Returns the number of
    notices; existing notices stay as they are."""
    if not is_sample_database():
        raise Problems([Problem("", "这个数据库不是示例数据库，不能写入示例数据。")])
    if not Notice.objects.filter(plan=plan).exists():
        cast = Cast(plan)
        begun = datetime.combine(workday_after(quarter.last_day, 22), time(9, 10), _ZONE)
        grounds = Grounds(plan, quarter, begun)
        facts = _one_for_each_agency([*grounds.red(), *grounds.missing()])
        for story, fact in zip((_closed_at_once, _in_hand), facts, strict=False):
            story(cast, plan, fact, begun)
    return Notice.objects.filter(plan=plan).count()


def _one_for_each_agency(facts: list[Found]) -> list[Found]:
    """The first fact of each agency, so that no agency gets many notices."""
    first: dict[int, Found] = {}
    for fact in facts:
        first.setdefault(fact.agency_id, fact)
    return list(first.values())


# -- stories of notices -------------------------------------------------------------------------------------


def _issue(cast: Cast, plan: Plan, fact: Found, at: datetime, workdays: int) -> Notice:
    agency = Agency.objects.get(pk=fact.agency_id)
    form = form_of(agency)
    return jobs.ask_by_hand(
        by=cast.issuer(fact.agency_id),
        asked=HandInput(
            plan=plan,
            agency_id=fact.agency_id,
            ground=fact.ground,
            quarter=fact.quarter,
            subject=fact.subject,
            content=IssueInput(
                title=message_texts.title(fact.ground, fact.facts, fact.quarter, form),
                text=message_texts.request(fact.ground, form, fact.facts),
                due_on=workday_after(at.date(), workdays),
            ),
        ),
        now=at,
    )


def _after(at: datetime, days: int, hour: int = 10) -> datetime:
    return datetime.combine(workday_after(at.date(), days), time(hour, 20), _ZONE)


def _acknowledged(cast: Cast, notice: Notice, at: datetime) -> None:
    answers.acknowledge(by=cast.reporters[notice.agency_id], notice=notice, now=at)


def _answered(cast: Cast, notice: Notice, at: datetime, text: str = _ANSWER) -> Any:
    return answers.answer(by=cast.approvers[notice.agency_id], notice=notice, text=text, now=at)


def _closed_at_once(cast: Cast, plan: Plan, fact: Found, at: datetime) -> None:
    notice = _issue(cast, plan, fact, at, 10)
    _acknowledged(cast, notice, _after(at, 1))
    answer = _answered(cast, notice, _after(at, 7, 16))
    issuer = cast.issuer(notice.agency_id)
    answers.decide(
        by=issuer,
        notice=notice,
        answer=answer,
        accept=True,
        note="（示例）措施可行，同意办结。",
        now=_after(at, 9),
    )


def _closed_at_the_second_time(cast: Cast, plan: Plan, fact: Found, at: datetime) -> None:
    notice = _sent_back_first(cast, plan, fact, at, 15)
    again = _answered(cast, notice, _after(at, 20), _FULLER)
    answers.decide(
        by=cast.issuer(notice.agency_id), notice=notice, answer=again, accept=True, now=_after(at, 23)
    )


def _sent_back_first(cast: Cast, plan: Plan, fact: Found, at: datetime, workdays: int) -> Notice:
    notice = _issue(cast, plan, fact, at, 10)
    _acknowledged(cast, notice, _after(at, 2))
    answer = _answered(cast, notice, _after(at, 9))
    back = _after(at, 12)
    answers.decide(
        by=cast.issuer(notice.agency_id),
        notice=notice,
        answer=answer,
        accept=False,
        note="（示例）缺剩余事项的完成时限和责任人，请补充。",
        due_on=workday_after(back.date(), workdays),
        now=back,
    )
    return notice


def _sent_back(cast: Cast, plan: Plan, fact: Found, at: datetime) -> None:
    _sent_back_first(cast, plan, fact, at, 20)


def _late_and_escalated(cast: Cast, plan: Plan, fact: Found, at: datetime) -> None:
    notice = _issue(cast, plan, fact, at, 10)
    _acknowledged(cast, notice, _after(at, 1))


def _answered_and_waiting(cast: Cast, plan: Plan, fact: Found, at: datetime) -> None:
    notice = _issue(cast, plan, fact, at, 10)
    _acknowledged(cast, notice, _after(at, 1))
    _answered(cast, notice, _after(at, 8))


def _in_hand(cast: Cast, plan: Plan, fact: Found, at: datetime) -> None:
    notice = _issue(cast, plan, fact, at, 15)
    _acknowledged(cast, notice, _after(at, 1))
    reporter = cast.reporters[notice.agency_id]
    answers.save_draft(
        by=reporter,
        notice=notice,
        text="（示例草稿）已与有关单位会商，待补充数据。",
        revision=0,
        now=_after(at, 3),
    )


def _just_issued(cast: Cast, plan: Plan, fact: Found, at: datetime) -> None:
    _issue(cast, plan, fact, at, 10)


def _withdrawn(cast: Cast, plan: Plan, fact: Found, at: datetime) -> None:
    notice = _issue(cast, plan, fact, at, 10)
    actions.withdraw(
        by=cast.issuer(notice.agency_id),
        notice=notice,
        reason="（示例）该事项已改由专题会议研究，本件撤销。",
        now=_after(at, 2),
    )


def _refused(cast: Cast, plan: Plan, fact: Found, at: datetime) -> None:
    night = at.replace(hour=5, minute=30)
    for notice in actions.propose(plan=plan, found=[fact], now=night):
        actions.reject(
            by=cast.issuer(notice.agency_id),
            notice=notice,
            reason="（示例）已电话了解，本周内解决，不再发督办单。",
            now=at,
        )


def _letter(cast: Cast, plan: Plan, fact: Found, at: datetime) -> None:
    """A letter to an agency that is not subordinate to the province, on a task of which it is co."""
    quarter = fact.quarter
    responsibility = (
        Responsibility.objects.filter(
            task__plan=plan,
            agency__kind__in=["central", "party"],
            duty=Duty.CO,
            valid__contains=quarter.ordinal,
        )
        .select_related("task", "agency")
        .order_by("agency__order", "task__order")
        .first()
    )
    if responsibility is None:
        return
    jobs.ask_by_hand(
        by=cast.issuer(responsibility.agency_id),
        asked=HandInput(
            plan=plan,
            agency_id=responsibility.agency_id,
            ground=Ground.HAND,
            quarter=quarter,
            task_ids=(responsibility.task_id,),
            content=IssueInput(
                title="关于商请提供政策支持情况的函",
                text="（示例）为推动任务落实，商请贵单位提供今年以来有关支持政策及落实情况，并告知联系人。",
                due_on=workday_after(at.date(), 60),
            ),
        ),
        now=at,
    )


# -- instructions and comments ------------------------------------------------------------------------------


def _instructions(cast: Cast, plan: Plan, fact: Found, at: datetime) -> None:
    """Two instructions of a leader on tasks: one assigned to the task's lead, one that waits to be assigned."""
    quarter = fact.quarter
    tasks = list(Task.objects.filter(plan=plan).order_by("order")[4:6])
    words = (
        "（示例）请牵头单位抓紧研究，拿出具体措施，务于八月底前见到成效。",
        "（示例）此项要与供给侧结构性改革结合起来，请有关单位提出意见。",
    )
    for number, (task, text) in enumerate(zip(tasks, words, strict=False)):
        instruction = instructions.instruct(
            by=cast.leader, asked=InstructionInput(words=text, task=task), now=at + timedelta(days=number)
        )
        lead = (
            Responsibility.objects.filter(task=task, duty=Duty.LEAD, valid__contains=quarter.ordinal)
            .select_related("agency")
            .first()
        )
        if number == 0 and lead is not None:
            _assign(cast, instruction, lead.agency, quarter, _after(at, 1))


def _assign(cast: Cast, instruction: Instruction, agency: Agency, quarter: Period, at: datetime) -> None:
    form = form_of(agency)
    notice = jobs.ask_by_hand(
        by=cast.issuer(agency.pk),
        asked=HandInput(
            plan=instruction.plan,
            agency_id=agency.pk,
            ground=Ground.INSTRUCTION,
            quarter=quarter,
            instruction=instruction,
            content=IssueInput(
                title=message_texts.title(Ground.INSTRUCTION, {}, quarter, form),
                text=message_texts.request(Ground.INSTRUCTION, form),
                due_on=workday_after(at.date(), 10),
            ),
        ),
        now=at,
    )
    _acknowledged(cast, notice, at + timedelta(hours=4))


# (days after the first notice, story), for one fact after the other.
_STORIES: tuple[tuple[int, Callable[[Cast, Plan, Found, datetime], None]], ...] = (
    (0, _closed_at_once),
    (14, _late_and_escalated),
    (35, _sent_back),
    (46, _answered_and_waiting),
    (61, _just_issued),
    (55, _in_hand),
    (0, _closed_at_the_second_time),
    (6, _withdrawn),
    (0, _refused),
    (1, _letter),
    (56, _instructions),
)


def _comments(cast: Cast, plan: Plan, end: datetime) -> None:
    """Comments on a task, released to its lead, and on a target, not released."""
    task = Task.objects.filter(plan=plan).order_by("order").first()
    target = plan.targets.filter(value__isnull=False).order_by("order").first()
    at = datetime.combine(end.date() - timedelta(days=12), time(14, 30), _ZONE)
    if task is not None:
        comment = comments.comment(
            by=cast.expert,
            subject=task,
            text="（示例）创新平台的建设宜与本省盐湖化工、新能源优势结合，避免各市州重复布点；建议先做一次存量摸底。",
            now=at,
        )
        lead = task.responsibilities.filter(duty=Duty.LEAD).first()
        if lead is not None:
            comments.release(
                by=cast.office, comment=comment, agency_ids=[lead.agency_id], now=at + timedelta(days=1)
            )
    if target is not None:
        comments.comment(
            by=cast.expert,
            subject=target,
            text="（示例）该目标的统计口径与国家统计年鉴不尽一致，建议注明数据来源后再与全国比较。",
            now=at + timedelta(hours=1),
        )


@transaction.atomic
def make_on_brief(brief: Any) -> None:
    """Creates an instruction that the office has transcribed from the printed brief, and an expert's comment on it."""
    if Instruction.objects.filter(brief=brief).exists() or Comment.objects.filter(kind="brief").exists():
        return
    cast = Cast(brief.plan)
    instructions.instruct(
        by=cast.office,
        asked=InstructionInput(
            words="（示例）简报反映的问题要逐项落实责任，下期报告整改情况。",
            brief_id=brief.pk,
            leader="领导小组组长（示例）",
            given_on=_day(clock.now()),
        ),
    )
    comments.comment(by=cast.expert, subject=brief, text="（示例）建议在附件中增列各项指标的数据来源和口径。")


def _day(moment: datetime) -> date:
    return moment.astimezone(_ZONE).date()
