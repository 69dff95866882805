"""The one write path of notices: proposing, issuing, refusing, withdrawing. What follows a notice (signing for it,
answering, deciding) is in reports.supervision.answers, whose contract is the same.

Every function is keyword-only, takes the actor `by` (None is a rule), checks permission and state once, changes state
by one conditional UPDATE on the allowed source states, and writes the record and the messages in the same transaction.
It raises PermissionDenied, Conflict (the state has moved on) or Problems (the input), and then nothing was written.

Nothing here makes a PDF: `issue` gives the number, a job sets the document that carries it, and `keep_document` stores
it. A document that fails leaves no gap in the numbers.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.input_checks import due_problem, text_problem
from reports.supervision import message_texts, permissions
from reports.supervision.grades import Grade, grade_of, usual_grade
from reports.supervision.instruction_subjects import task_ids_of
from reports.supervision.instruction_subjects import words_of as words_of_instruction
from reports.supervision.models import Instruction, Notice, NoticeFile, form_of
from reports.supervision.transitions import (
    ISSUE,
    PROPOSE,
    REJECT,
    WITHDRAW,
    check_may,
    check_reason,
    move,
    people_of,
    state_sentence,
    tell,
)
from reports.supervision.triggers import Found, Grounds
from reports.supervision.values import (
    ALIVE,
    FACTS,
    TEXT_LIMIT,
    TITLE_LIMIT,
    Ground,
    State,
)
from reports.typeset import fonts
from tasks.agencies.models import Agency, AgencyName
from tasks.audit.log import Entry, record_all
from tasks.errors import Conflict, Problem, Problems
from tasks.jurisdictions.queries import words_of
from tasks.models import Plan, Task
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.queries import is_sample_database, office_agencies, office_agency_ids, serving
from tasks.plans.commit_order import in_order
from tasks.plans.queries import agencies_for
from tasks.values import Period, Role


@dataclass(frozen=True)
class IssueInput:
    """What whoever issues has the last word on."""

    title: str
    text: str
    due_on: date | None
    grade: str = ""  # a Grade's code; "" for the usual one


@dataclass(frozen=True)
class _Together:
    """One document to several agencies: the first of its notices, and all whom it addresses."""

    addressees: str
    first: Notice | None = None


@dataclass(frozen=True)
class HandInput:
    """A notice that a person states: to which agency, on which ground. A ground that is a fact must hold; for others
    `task_ids` may say what it is about."""

    plan: Plan
    agency_id: int
    ground: str
    quarter: Period
    content: IssueInput
    subject: str = ""  # of a fact
    task_ids: tuple[int, ...] = ()
    instruction: Instruction | None = None
    key: UUID | None = None


@dataclass(frozen=True)
class Made:
    """A finished PDF, and what it took."""

    pdf: bytes
    sha256: str
    pages: int
    seconds: float


# -- proposing ----------------------------------------------------------------------------------------------


@transaction.atomic
def propose(*, plan: Plan, found: Sequence[Found], now: datetime | None = None) -> list[Notice]:
    """What a rule has found, as proposals; a person decides on each. What is open already, and what the rule has said
    before of the same quarter whatever became of it, is left out. Whoever may issue is told of what is new."""
    in_order([plan.pk])
    moment = now or clock.now()
    there = Notice.objects.filter(plan=plan, ground__in=[one.ground for one in found])
    alive = set(there.filter(state__in=ALIVE).values_list("ground", "subject", "agency_id"))
    said = set(
        there.filter(proposed_by__isnull=True).values_list("ground", "subject", "agency_id", "quarter")
    )
    fresh = [one for one in found if one.key not in alive and (*one.key, one.quarter) not in said]
    agencies = Agency.objects.in_bulk({one.agency_id for one in fresh})
    is_sample = is_sample_database()
    made = Notice.objects.bulk_create(
        _proposal(plan, one, agencies[one.agency_id], moment, is_sample) for one in fresh
    )
    _link_tasks(made, [one.task_ids for one in fresh])
    record_all([_proposed(notice) for notice in made], by=None, at=moment)
    _tell_deciders(made, moment)
    return made


def _proposal(plan: Plan, one: Found, agency: Agency, moment: datetime, is_sample: bool) -> Notice:
    form = form_of(agency)
    return Notice(
        plan=plan,
        quarter=one.quarter,
        agency=agency,
        ground=one.ground,
        subject=one.subject,
        target_id=one.target_id,
        facts=one.facts,
        known_at=moment,
        why=one.why[:300],
        title=message_texts.title(one.ground, one.facts, one.quarter, form),
        text=message_texts.request(one.ground, form, one.facts),
        proposed_at=moment,
        is_sample=is_sample,
    )


def _proposed(notice: Notice) -> Entry:
    data = {"agency": notice.agency.slug, "ground": notice.ground, "quarter": str(notice.quarter)}
    return Entry(PROPOSE.verb, notice, "", State.PROPOSED, notice.why, data)


def _link_tasks(notices: Sequence[Notice], task_ids: Iterable[Collection[int]]) -> None:
    through = Notice.tasks.through
    through.objects.bulk_create(
        through(notice_id=notice.pk, task_id=task_id)
        for notice, ids in zip(notices, task_ids, strict=True)
        for task_id in dict.fromkeys(ids)
    )


def _tell_deciders(made: Sequence[Notice], moment: datetime) -> None:
    """One message for each who may decide on some of them, with how many."""
    if not made:
        return
    offices = office_agencies({notice.plan_id for notice in made})
    for user in serving(Role.OFFICE, Role.SECOND_REVIEWER):
        count = sum(
            permissions.may_decide(user.at(notice.plan_id), notice.agency_id, offices[notice.plan_id])
            for notice in made
        )
        if count:
            subject, body = message_texts.proposed(count)
            notify(
                topic=Topic.SUPERVISION,
                users=[user],
                subject=subject,
                body=body,
                place=f"{reverse('notice_list')}?state=proposed",
                now=moment,
            )


@transaction.atomic
def issue_several(
    *,
    by: User,
    asked: HandInput,
    agency_ids: Sequence[int],
    together: bool = False,
    now: datetime | None = None,
) -> list[Notice]:
    """The same to each of these agencies, which signs for it and answers by itself: with a number for each, or `together`
    one document with one number that addresses all of them. One of them is refused: then nothing is written."""
    moment = now or clock.now()
    ids = list(dict.fromkeys(agency_ids))
    if not ids:
        raise Problems([Problem("agency", _("请选择单位。"))])
    shared = _Together(_addressees(by, asked, ids, moment)) if together and len(ids) > 1 else None
    made = []
    for pk in ids:
        key = uuid.uuid5(asked.key, str(pk)) if asked.key and len(ids) > 1 else asked.key
        one = issue_by_hand(by=by, asked=replace(asked, agency_id=pk, key=key), now=moment, shared=shared)
        if shared is not None and shared.first is None:
            shared = replace(shared, first=one)
        made.append(one)
    return made


def _addressees(by: User, asked: HandInput, ids: Sequence[int], moment: datetime) -> str:
    """Whom one document addresses; refused where it cannot be one document."""
    offices = office_agency_ids(asked.plan.pk)
    if not all(permissions.may_decide(by, pk, offices) for pk in ids):
        said = _("有的单位不由您签发，不能同用一个文号；请一单位一件，或分开办理。")
        raise Problems([Problem("agency", said)])
    grade = _grade(asked.plan.pk, asked.content)
    agencies = Agency.objects.in_bulk(ids)
    if len({grade.form(agencies[pk]) for pk in ids}) > 1:
        said = _("党委部门、中央单位和企业用函，不能与其他单位同用一个文号；请一单位一件，或分开办理。")
        raise Problems([Problem("agency", said)])
    day = timezone.localdate(moment, timezone.get_default_timezone())
    return _("、").join(_name_on(pk, day) for pk in ids)


@transaction.atomic
def issue_by_hand(
    *, by: User, asked: HandInput, now: datetime | None = None, shared: _Together | None = None
) -> Notice:
    """A notice that a person states: issued at once where they may issue to that agency, else proposed to those who may.
    The same form (`key`) sent twice is one notice."""
    moment = now or clock.now()
    offices = office_agency_ids(asked.plan.pk)
    if not permissions.may_propose(by, asked.agency_id, offices):
        raise PermissionDenied(_("督办由领导小组办公室提出；办公室所在单位的由复核人办理。"))
    if asked.key is not None:
        known = Notice.objects.for_page().filter(key=asked.key, proposed_by=by).first()
        if known is not None:
            return known
    may_issue = permissions.may_decide(by, asked.agency_id, offices)
    agency = Agency.objects.filter(pk=asked.agency_id).first()
    plan = asked.plan
    problems = _content_problems(asked.content, moment, plan.pk)
    if agency is None or agency.is_collective or not agencies_for(plan).filter(pk=agency.pk).exists():
        problems.append(Problem("agency", _("请选择一个单位。")))
    if problems or agency is None:
        raise Problems(problems)
    in_order([plan.pk])
    found = _stated(asked, plan, agency, moment)
    grade = _grade(plan.pk, asked.content)
    form = grade.form(agency)
    try:
        with transaction.atomic():
            notice = Notice.objects.create(
                key=asked.key or uuid.uuid4(),
                plan=plan,
                quarter=found.quarter,
                agency=agency,
                ground=found.ground,
                subject=found.subject,
                target_id=found.target_id,
                instruction=asked.instruction,
                grade=grade.code,
                facts=found.facts if may_issue else {**found.facts, "due_on": str(asked.content.due_on)},
                known_at=moment,
                why=found.why[:300],
                title=asked.content.title.strip()
                or message_texts.title(found.ground, found.facts, found.quarter, form),
                text=asked.content.text.strip(),
                proposed_at=moment,
                proposed_by=by,
                is_sample=is_sample_database(),
            )
    except IntegrityError as error:
        raise Conflict(_already(asked.ground, found.subject, agency.pk, plan.pk)) from error
    _link_tasks([notice], [found.task_ids])
    record_all([_proposed(notice)], by=by, at=moment)
    if may_issue:
        return _issue(by, notice, asked.content, moment, shared)
    _tell_deciders([notice], moment)
    return notice


def _stated(asked: HandInput, plan: Plan, agency: Agency, moment: datetime) -> Found:
    """The fact that the person names, as it holds now; or the person's own statement."""
    if asked.ground in FACTS:
        # By the fact's own name; without one, the one that speaks of the task.
        for one in Grounds(plan, asked.quarter, moment).of(asked.ground):
            named = one.subject == asked.subject if asked.subject else set(asked.task_ids) & set(one.task_ids)
            if one.agency_id == agency.pk and named:
                return one
        raise Conflict(_("这个依据现在不成立：可能刚刚已经补报或改灯，请刷新后再看；也可按“其他事项”督办。"))
    if asked.ground == Ground.INSTRUCTION:
        instruction = asked.instruction
        if instruction is None or instruction.plan_id != plan.pk:
            raise Problems([Problem("ground", _("请从批示页面交办。"))])
        instruction = Instruction.objects.select_for_update(of=("self",)).get(pk=instruction.pk)
        if instruction.aside_at is not None:
            raise Conflict(_("这条批示已定为不交办，不能再交办。"))
        return Found(
            ground=Ground.INSTRUCTION,
            quarter=asked.quarter,
            agency_id=agency.pk,
            subject=f"instruction:{instruction.pk}",
            facts=_instruction_facts(instruction),
            why="",
            task_ids=task_ids_of(instruction),
        )
    if asked.ground != Ground.HAND:
        raise Problems([Problem("ground", _("请选择依据。"))])
    tasks = Task.objects.filter(pk__in=asked.task_ids, plan=plan).order_by("order")
    return Found(
        ground=Ground.HAND,
        quarter=asked.quarter,
        agency_id=agency.pk,
        subject="",
        facts={"tasks": [{"ref": one.ref, "code": one.code, "heading": one.heading} for one in tasks]},
        why="",
        task_ids=tuple(one.pk for one in tasks),
    )


def _instruction_facts(instruction: Instruction) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "leader": instruction.leader,
        "given_on": instruction.given_on.isoformat(),
        "words": instruction.words,
    }
    if instruction.is_resolution:
        facts["resolved"] = True
    if instruction.task is not None:
        words = {"code": instruction.task.code, "heading": message_texts.quoted(instruction.task.heading)}
        return facts | {"on": _("“%(code)s %(heading)s”任务") % words}
    if instruction.brief is not None:
        return facts | {"on": instruction.brief.title}
    return facts | {"about": message_texts.quoted(words_of_instruction(instruction))}


def _already(ground: str, subject: str, agency_id: int, plan_id: int) -> str:
    """Which one is open on the same fact."""
    other = Notice.objects.filter(
        plan=plan_id, ground=ground, subject=subject, agency=agency_id, state__in=ALIVE
    ).first()
    if other is None:
        return _("这张表单刚刚已经提交。")
    if other.state == State.PROPOSED:
        return _("同一事项已有督办建议在等决定，请到督办台账处理。")
    return _("同一事项已发%(number)s，还没有办结，不重复督办。") % {"number": other.doc_number}


# -- issuing ------------------------------------------------------------------------------------------------


@transaction.atomic
def issue(*, by: User, notice: Notice, content: IssueInput, now: datetime | None = None) -> Notice:
    """PROPOSED → ISSUED: with number, date and the facts as they hold now. A proposal whose fact is gone is refused:
    nothing would be left to stand on."""
    check_may(by, notice)
    moment = now or clock.now()
    problems = _content_problems(content, moment, notice.plan_id)
    if problems:
        raise Problems(problems)
    in_order([notice.plan_id])
    fresh = _fresh(notice.pk)
    if fresh.state not in ISSUE.sources:
        raise Conflict(state_sentence(fresh))
    if fresh.ground in FACTS:
        found = again(fresh, moment)
        if found is None:
            raise Conflict(_("提出以后情况已变，依据不再成立，不能签发；请改为不予督办，并写明情况。"))
        fresh.facts, fresh.known_at = found.facts, moment
        Notice.objects.filter(pk=fresh.pk, state=State.PROPOSED).update(facts=found.facts, known_at=moment)
        fresh.tasks.set(found.task_ids)
    return _issue(by, fresh, content, moment)


def again(notice: Notice, known_at: datetime) -> Found | None:
    """The fact on which a notice stands as it is known at another moment; None when it holds no more."""
    facts = Grounds(notice.plan, notice.quarter, known_at).of(notice.ground)
    return next((one for one in facts if one.key == (notice.ground, notice.subject, notice.agency_id)), None)


def _issue(
    by: User, notice: Notice, content: IssueInput, moment: datetime, shared: _Together | None = None
) -> Notice:
    """Under the plan's lock, so that the numbers of a grade follow one another without a gap."""
    day = timezone.localdate(moment, timezone.get_default_timezone())
    grade = _grade(notice.plan_id, content)
    form = grade.form(notice.agency)
    first = shared.first if shared else None
    if first is not None and first.number is not None:
        number = first.number
    else:
        taken = Notice.objects.filter(plan=notice.plan_id, series=form, grade=grade.code, year=day.year)
        number = (taken.aggregate(last=Max("number"))["last"] or 0) + 1
    words = words_of(notice.plan_id)
    grade_words = grade.words(form)
    number_text = doc_number(grade_words["mark"], day.year, number, words.notice_mark)
    move(
        notice,
        ISSUE,
        by=by,
        at=moment,
        data={"number": number_text, "agency": notice.agency.slug, "due_on": str(content.due_on)},
        values={
            "title": content.title.strip(),
            "text": content.text.strip(),
            "grade": grade.code,
            "grade_words": grade_words,
            "common": first,
            "addressees": shared.addressees if shared else "",
            "series": form,
            "year": day.year,
            "number": number,
            "doc_number": number_text,
            "addressee": _name_on(notice.agency_id, day),
            "signed": _signature(by, day, words.office),
            "imprint": {name: text for name in ("copy_to", "printed_by") if (text := getattr(words, name))},
            "due_on": content.due_on,
            "first_due_on": content.due_on,
            "issued_at": moment,
            "issued_by": by,
        },
    )
    subject, body = message_texts.issued(notice)
    tell(notice, people_of(notice), subject, body, moment)
    return notice


def _grade(plan_id: int, content: IssueInput) -> Grade:
    """The grade that the input names; the usual one where it names none. (`_content_problems` refuses others.)"""
    return (grade_of(plan_id, content.grade) if content.grade else None) or usual_grade(plan_id)


def doc_number(word: str, year: int, number: int, mark: str) -> str:
    """督〔2017〕3号 or 函〔2017〕3号, behind the jurisdiction's own mark where it has one."""
    return _("%(mark)s%(word)s〔%(year)d〕%(number)d号") % {
        "mark": mark,
        "word": word,
        "year": year,
        "number": number,
    }


def _name_on(agency_id: int, day: date) -> str:
    """As on its seal, where that is known."""
    name = AgencyName.objects.filter(agency=agency_id, valid__contains=day).first()
    if name is None:
        raise Conflict(_("这个单位现在没有名称（可能已合并），不能主送；请选择承接单位。"))
    return name.full or name.short


def _signature(by: User, day: date, office: str) -> str:
    """Whose document it is: the office's; where the second reviewer issues, that of the second reviewer's agency."""
    if not by.has(Role.OFFICE) and by.agency_id is not None:
        return _name_on(by.agency_id, day)
    return office


@transaction.atomic
def reject(*, by: User, notice: Notice, reason: str, now: datetime | None = None) -> None:
    """PROPOSED → REJECTED, with the reason. A rule does not say it again for the same quarter."""
    check_may(by, notice)
    check_reason(reason, _("请写明不予督办的理由。"))
    moment = now or clock.now()
    ended = {"ended_at": moment, "ended_by": by, "ended_reason": reason.strip()}
    move(notice, REJECT, by=by, at=moment, note=reason.strip(), values=ended)


@transaction.atomic
def withdraw(*, by: User, notice: Notice, reason: str, now: datetime | None = None) -> None:
    """Issued and open → WITHDRAWN, with the reason. Number and document stay."""
    check_may(by, notice)
    check_reason(reason, _("请写明撤销理由。"))
    moment = now or clock.now()
    ended = {"ended_at": moment, "ended_by": by, "ended_reason": reason.strip()}
    notice.state = _fresh(notice.pk).state
    move(notice, WITHDRAW, by=by, at=moment, note=reason.strip(), values=ended)
    subject, body = message_texts.withdrawn(notice)
    tell(notice, people_of(notice), subject, body, moment)


# -- the document -------------------------------------------------------------------------------------------


@transaction.atomic
def attach_job(*, notice: Notice, job_id: UUID) -> None:
    """The job that sets the document. The one before must have ended: two would do the work twice."""
    if not Notice.objects.filter(pk=notice.pk, job=notice.job_id).update(job=job_id):
        raise Conflict(_("已有人要求重新生成文件，请刷新页面。"))
    notice.job_id = job_id


@transaction.atomic
def retry_document(*, by: User, notice: Notice, now: datetime | None = None) -> None:
    """Allow a document that failed to be set again; the caller attaches the new job."""
    check_may(by, notice)
    if NoticeFile.objects.filter(notice=notice).exists() or not notice.is_issued:
        raise Conflict(_("文件已经生成，请刷新页面。"))
    if notice.job is not None and not notice.job.is_failed:
        raise Conflict(_("文件正在生成，请等它完成。"))
    record_all([Entry("notice.retry", notice)], by=by, at=now or clock.now())


@transaction.atomic
def keep_document(*, notice: Notice, made: Made, now: datetime | None = None) -> NoticeFile:
    """Store the PDF of an issued notice, once."""
    return NoticeFile.objects.create(
        notice=notice,
        pdf=made.pdf,
        sha256=made.sha256,
        pages=made.pages,
        seconds=made.seconds,
        made_at=now or clock.now(),
    )


# -- parts --------------------------------------------------------------------------------------------------


def _content_problems(content: IssueInput, moment: datetime, plan_id: int) -> list[Problem]:
    found = [
        text_problem("title", content.title, TITLE_LIMIT, _("请写标题。")),
        text_problem("text", content.text, TEXT_LIMIT, _("请写办理要求。")),
        due_problem(content.due_on, moment),
    ]
    problems = [problem for problem in found if problem]
    if content.grade and grade_of(plan_id, content.grade) is None:
        problems.append(Problem("grade", _("没有这个等级，请重新选择。")))
    for name, text in (("title", content.title), ("text", content.text)):
        if refusal := fonts.refusal(text):
            problems.append(Problem(name, refusal))
    return problems


def _fresh(pk: int) -> Notice:
    """The row as it stands, locked until the transaction ends."""
    return (
        Notice.objects.select_for_update(of=("self",))
        .select_related("plan", "agency", "instruction")
        .defer("plan__text", "plan__head")
        .get(pk=pk)
    )
