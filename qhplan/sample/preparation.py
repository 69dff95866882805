"""Jobs that prepare a trial site while it is served: fonts, sample submissions and notices, the first brief.

Fonts and submissions are prepared in parallel. After the submissions the first brief is requested; it waits for the
fonts itself. Each step leaves the results of earlier runs as they are.
"""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import jobs
from qhplan.jobs import Effect, Job, JobState, Refused
from qhplan.sample import coordination as coordination_sample
from qhplan.sample import scoring as scoring_sample
from qhplan.sample import supervision as supervision_sample
from qhplan.sample.adjustments import adjust
from qhplan.sample.plans import SECOND_PERIODS, first_plan, second_plan
from qhplan.sample.projects import report_projects
from qhplan.sample.submissions import FIRST, LAST, begin_current, file_quarters
from qhplan.sample.workplans import file_plans
from reports.briefs import jobs as brief_jobs
from reports.briefs.models import PUBLISHED, Brief, BriefState
from reports.briefs.queries import file_with_bytes
from tasks.errors import Conflict, Problems
from tasks.people.models import User
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan
from tasks.values import Period, Role

SAMPLE = "trial.sample_data"
FIRST_BRIEF = "trial.first_brief"
SECOND_PLAN = "trial.second_plan"


@transaction.atomic
def start() -> list[Job]:
    """Requests the jobs that were not requested yet or have failed. Returns the new jobs."""
    plan = _plan()
    in_order([plan.pk])  # two concurrent starts request each job once
    new = []
    if not _is_requested(brief_jobs.FONTS):
        new.append(jobs.ask(brief_jobs.FONTS, label=_("准备简报字体"), args={}))
    if not _is_requested(SAMPLE):
        new.append(jobs.ask(SAMPLE, label=_("写入示例数据"), args={}))
    elif _is_done(SAMPLE) and not _is_requested(FIRST_BRIEF):
        new.append(_request_first_brief())
    elif _is_done(FIRST_BRIEF) and not _is_requested(SECOND_PLAN) and second_plan() is not None:
        new.append(_request_second_plan())
    return new


def _is_requested(kind: str) -> bool:
    return Job.objects.filter(kind=kind).exclude(state=JobState.FAILED).exists()


def _is_done(kind: str) -> bool:
    return Job.objects.filter(kind=kind, state=JobState.DONE).exists()


def _request_second_plan() -> Job:
    return jobs.ask(SECOND_PLAN, label=_("第二份方案的示例数据"), args={})


def _request_first_brief() -> Job:
    return jobs.ask(FIRST_BRIEF, label=_("第一份简报"), args={})


@jobs.handles(SAMPLE)
def sample_data(job: Job) -> Effect:
    """Files the sample quarters and work plans, each in its own transaction; existing ones stay as they are."""
    try:
        file_quarters(_plan(), Period.span(FIRST, LAST), progress=job.progress)
        supervision_sample.make(_plan(), LAST)
        coordination_sample.make(_plan(), LAST)
        scoring_sample.make(_plan(), list(Period.span(FIRST, LAST)))
        report_projects(_plan(), list(Period.span(FIRST, LAST)))
        begin_current(_plan())
        file_plans(_plan(), progress=job.progress)
        adjust(_plan())
    except Problems as problems:
        raise Refused(str(problems)) from problems

    def effect() -> jobs.Result:
        if not _is_requested(FIRST_BRIEF):
            _request_first_brief()
        return {}

    return effect


@jobs.handles(FIRST_BRIEF)
def first_brief(job: Job) -> Effect:
    """Requests the brief as the office would, issues it, and copies it to a folder for the user of the terminal."""
    plan = _plan()
    office = User.objects.holding(Role.OFFICE).filter(is_sample=True).first()
    brief = (
        Brief.objects.filter(plan=plan, quarter=LAST)
        .exclude(state__in=[BriefState.FAILED, BriefState.DISCARDED])
        .order_by("pk")
        .first()
    )
    try:
        if brief is None:
            brief = brief_jobs.ask_draft(by=office, plan=plan, quarter=LAST)
        job.progress(1, 3, _("生成草稿"))
        brief = _finished(brief)
        if brief.state == BriefState.DRAFT:
            brief_jobs.ask_issue(by=office, brief=brief)
        job.progress(2, 3, _("印发"))
        brief = _finished(brief)
    except (Conflict, Problems) as refused:
        raise Refused(str(refused)) from refused
    file = file_with_bytes(brief)
    if brief.state not in PUBLISHED or file is None:
        raise Refused(
            _("第一份简报没有做成：%(reason)s") % {"reason": brief.job.reason if brief.job else brief.state}
        )
    path = Path(settings.DATA_DIR) / "briefs" / f"{plan.slug}-{LAST}.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(file.pdf))
    supervision_sample.make_on_brief(brief)

    def effect() -> jobs.Result:
        if second_plan() is not None and not _is_requested(SECOND_PLAN):
            _request_second_plan()  # last, so that the first brief waits for nothing more
        return {"brief": brief.pk, "path": str(path), "sha256": file.sha256}

    return effect


@jobs.handles(SECOND_PLAN)
def second_plan_data(job: Job) -> Effect:
    """Files the periods of the invented plan, with notices and scores, and begins the current one."""
    plan = second_plan()
    if plan is None:
        raise Refused(_("没有第二份方案。"))
    try:
        file_quarters(plan, SECOND_PERIODS, progress=job.progress)
        supervision_sample.make_few(plan, SECOND_PERIODS[1])
        scoring_sample.make_one(plan, SECOND_PERIODS[0])
        begin_current(plan)
    except Problems as problems:
        raise Refused(str(problems)) from problems
    return dict


def _finished(brief: Brief) -> Brief:
    """The brief after its current job has ended; runs the job here unless another worker runs it."""
    if brief.job_id is not None:
        jobs.finish(brief.job_id)
    return Brief.objects.select_related("plan", "job").get(pk=brief.pk)


def _plan() -> Plan:
    plan = first_plan()
    if plan is None:
        raise Refused(_("还没有载入方案，请先运行 load_plan。"))
    return plan
