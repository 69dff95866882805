"""A brief made by a real worker, asked for through the real broker."""

from datetime import timedelta

import pytest
from django.db.models import Count
from django.utils import timezone

from qhplan.jobs import Job, sweep
from reports.briefs import jobs
from reports.briefs.models import Brief, BriefFile, BriefKind, BriefState
from reports.typeset import fonts
from tasks.models import Event, Plan
from tests import factories as make
from tests.briefs.conftest import NOW, Q1, with_every_part
from tests.rig import Worker


@pytest.mark.full
def test_brief_is_drafted_and_issued_by_a_worker(worker: Worker) -> None:
    fonts.prepare()
    plan = Plan.objects.get(slug="qinghai-2016-48")
    brief = jobs.ask_draft(by=None, plan=plan, quarter=Q1, now=NOW)
    worker.wait_for(lambda: Brief.objects.filter(pk=brief.pk, state="draft").exists(), 60)
    jobs.ask_issue(by=None, brief=Brief.objects.get(pk=brief.pk), now=NOW)
    worker.wait_for(lambda: Brief.objects.filter(pk=brief.pk, state="issued").exists(), 60)
    assert sorted(BriefFile.objects.filter(brief=brief).values_list("issued", flat=True)) == [False, True]


@pytest.mark.full
def test_a_worker_that_is_killed_leaves_no_half_brief_and_no_double_number(worker: Worker) -> None:
    """In the midst of a set, and in the midst of issuing: what was begun is done anew, once."""
    fonts.prepare()
    plan = make.plan()
    make.sector(plan, make.task(plan, lead=make.agency(), co=[make.agency()]))
    make.cycle(plan, Q1)
    with_every_part(plan)
    brief_set = jobs.ask_set(by=None, plan=plan, quarter=Q1, now=NOW)
    briefs = Brief.objects.filter(of_set=brief_set)
    total = briefs.count()
    assert total >= 5
    worker.wait_for(lambda: briefs.filter(state=BriefState.DRAFT).exists(), 60)
    worker.kill()
    done = set(briefs.filter(state=BriefState.DRAFT).values_list("pk", "figures_sha256"))
    assert len(done) < total
    _again(worker)
    worker.wait_for(lambda: briefs.filter(state=BriefState.DRAFT).count() == total, 90)
    # What was done before is as it was, and every draft has one file.
    assert done <= set(briefs.values_list("pk", "figures_sha256"))
    assert list(BriefFile.objects.filter(brief__in=briefs).values_list("brief").annotate(n=Count("pk"))) == [
        (pk, 1) for pk in sorted(briefs.values_list("pk", flat=True))
    ]

    chosen = briefs.get(kind=BriefKind.PLAN)
    jobs.ask_issue(by=None, brief=chosen, now=NOW)
    worker.kill()
    _again(worker)
    worker.wait_for(lambda: Brief.objects.get(pk=chosen.pk).state == BriefState.ISSUED, 60)
    issued = Brief.objects.get(pk=chosen.pk)
    assert (issued.number, issued.total) == (1, 1)
    assert BriefFile.objects.filter(brief=chosen, issued=True).count() == 1
    assert Event.objects.filter(subject=f"brief:{chosen.pk}", verb="brief.publish").count() == 1


def _again(worker: Worker) -> None:
    """A new worker, and the sweep that hints at what nobody works at."""
    worker.start()
    Job.objects.update(hinted_at=timezone.now() - timedelta(minutes=1))
    sweep()
