"""The jobs of the room: the night's proposals and escalations, and setting the document of a notice.

Beat looks every minute whether the day's job was asked for. A night in which the site was down is so made up for as soon
as it is up again; whoever asks twice proposes and escalates once, because the database allows it once.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock, jobs
from qhplan.jobs import Effect, Job, JobState, Refused
from reports.supervision import actions, document, resolutions
from reports.supervision.actions import HandInput, IssueInput
from reports.supervision.escalation import escalate
from reports.supervision.models import Notice, NoticeFile
from reports.supervision.proposals import propose_by_rules
from reports.supervision.resolutions import Entered
from tasks.people.models import User

NIGHT = "supervision.night"
DOCUMENT = "supervision.document"
# Of qhplan.sample.preparation, which stands above; each asks for the next one as it ends.
SAMPLES = ("trial.sample_data", "trial.first_brief", "trial.second_plan")
# A night's job that failed is asked for anew after this.
ASK_AGAIN = timedelta(minutes=30)


# -- asking -------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_issue(*, by: User, notice: Notice, content: IssueInput, now: datetime | None = None) -> Notice:
    """Issue a proposal, and the job that sets its document."""
    issued = actions.issue(by=by, notice=notice, content=content, now=now)
    _ask_document(issued, by)
    return issued


@transaction.atomic
def ask_by_hand(*, by: User, asked: HandInput, now: datetime | None = None) -> Notice:
    """A notice that a person states; where it is issued at once, the job that sets its document too."""
    notice = actions.issue_by_hand(by=by, asked=asked, now=now)
    if notice.is_issued and notice.job_id is None:
        _ask_document(notice, by)
    return notice


@transaction.atomic
def ask_several(
    *,
    by: User,
    asked: HandInput,
    agency_ids: Sequence[int],
    together: bool = False,
    now: datetime | None = None,
) -> list[Notice]:
    """The same to several agencies, and a job for each document."""
    made = actions.issue_several(by=by, asked=asked, agency_ids=agency_ids, together=together, now=now)
    for notice in made:
        if notice.is_issued and notice.job_id is None:
            _ask_document(notice, by)
    return made


@transaction.atomic
def ask_resolutions(*, by: User, **entered: Any) -> Entered:
    """What a meeting decided, and a job for each document."""
    made = resolutions.enter(by=by, **entered)
    for notice in made.notices:
        if notice.is_issued and notice.job_id is None:
            _ask_document(notice, by)
    return made


@transaction.atomic
def ask_document(*, by: User, notice: Notice, now: datetime | None = None) -> None:
    """Once more the document that failed."""
    actions.retry_document(by=by, notice=notice, now=now)
    _ask_document(notice, by)


def _ask_document(notice: Notice, by: User) -> None:
    label = _("%(number)s：生成文件") % {"number": notice.doc_number}
    job = jobs.ask(DOCUMENT, label=label, args={"notice": notice.pk}, by=by)
    actions.attach_job(notice=notice, job_id=job.pk)


def night_if_due(now: datetime | None = None) -> Job | None:
    """Ask for the day's proposals and escalations once their hour has come."""
    moment = timezone.localtime(now or clock.now(), timezone.get_default_timezone())
    if moment.time() < settings.SUPERVISE_AT:
        return None
    day = moment.date()
    asked = Job.objects.filter(kind=NIGHT, args__day=day.isoformat())
    recent = asked.filter(asked_at__gt=timezone.now() - ASK_AGAIN)
    if asked.exclude(state=JobState.FAILED).exists() or recent.exists():
        return None
    # A trial site that still writes its sample returns: what is missing now is only not written yet.
    if Job.objects.filter(kind__in=SAMPLES, state__in=[JobState.QUEUED, JobState.RUNNING]).exists():
        return None
    return ask_night(day=day)


@transaction.atomic
def ask_night(*, day: date, by: User | None = None) -> Job:
    """The job that proposes by the rules and escalates what is late on the day."""
    label = _("%(day)s督办建议与升级") % {"day": day}
    return jobs.ask(NIGHT, label=label, args={"day": day.isoformat()}, by=by)


@shared_task(name="reports.supervision.tick", ignore_result=True)
def tick() -> None:
    """Beat's door."""
    with transaction.atomic():
        night_if_due()


# -- doing --------------------------------------------------------------------------------------------------


@jobs.handles(NIGHT)
def night(job: Job) -> Effect:
    """Propose what the rules find, and escalate what is late."""
    day = date.fromisoformat(job.args["day"])

    def effect() -> jobs.Result:
        proposed = propose_by_rules()
        escalated = escalate(day=day)
        return {"proposed": len(proposed), "escalated": len(escalated)}

    return effect


@jobs.handles(DOCUMENT)
def set_document(job: Job) -> Effect:
    """Set the PDF of an issued notice."""
    notice = Notice.objects.select_related("plan", "agency").get(pk=job.args["notice"])
    if not notice.is_issued or NoticeFile.objects.filter(notice=notice).exists():
        raise Refused(_("这件督办没有要生成的文件。"))
    try:
        document.prepare(job.progress)
        job.progress(1, 2, _("正在排版"))
        made = document.render(notice)
    except document.CannotSet as error:
        raise Refused(str(error)) from error

    def effect() -> jobs.Result:
        file = actions.keep_document(notice=notice, made=made)
        return {"notice": notice.pk, "pages": file.pages, "sha256": file.sha256}

    return effect
