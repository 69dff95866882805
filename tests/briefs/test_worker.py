"""A brief made by a real worker, asked for through the real broker."""

from reports.briefs import jobs
from reports.briefs.models import Brief, BriefFile
from reports.typeset import fonts
from tasks.models import Plan
from tests.briefs.conftest import NOW, Q1
from tests.rig import Worker


def test_brief_is_drafted_and_issued_by_a_worker(worker: Worker) -> None:
    fonts.prepare()
    plan = Plan.objects.get(slug="qinghai-2016-48")
    brief = jobs.ask_draft(by=None, plan=plan, quarter=Q1, now=NOW)
    worker.wait_for(lambda: Brief.objects.filter(pk=brief.pk, state="draft").exists(), 60)
    jobs.ask_issue(by=None, brief=Brief.objects.get(pk=brief.pk), now=NOW)
    worker.wait_for(lambda: Brief.objects.filter(pk=brief.pk, state="issued").exists(), 60)
    assert sorted(BriefFile.objects.filter(brief=brief).values_list("issued", flat=True)) == [False, True]
