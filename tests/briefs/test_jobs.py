"""The jobs: what they leave behind when they end well, when they fail, and when they are run again."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from qhplan import jobs as job_rows
from qhplan.jobs import Job, JobState
from qhplan.sample import preparation
from reports.briefs import actions, jobs
from reports.briefs.models import Brief, BriefFile, BriefState
from reports.typeset.pdf_renderer import TypesetError
from tasks.audit.log import subject_of
from tasks.errors import Conflict
from tasks.models import Event, Installation, Plan, User
from tasks.values import Period, Role
from tests import factories as make
from tests.briefs.conftest import NOW, Q1, Typesetter

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def run(brief: Brief, times: int = 1) -> Brief:
    assert brief.job_id is not None
    for _ in range(times):
        job_rows.run(brief.job_id)
    return Brief.objects.select_related("plan", "job").get(pk=brief.pk)


def draft(plan: Plan, by: User | None = None, quarter: Period = Q1) -> Brief:
    return run(jobs.ask_draft(by=by, plan=plan, quarter=quarter, now=NOW))


def state_of(brief: Brief) -> tuple[str, str]:
    assert brief.job is not None
    return brief.state, brief.job.state


def test_draft_job_freezes_the_figures(small_plan: Plan, typesetter: Typesetter) -> None:
    brief = draft(small_plan)
    figures = json.loads(brief.figures)
    assert state_of(brief) == ("draft", "done")
    assert (figures["quarter"], figures["known_at"]) == ("2017Q1", "2017-07-05T10:00:00+08:00")
    assert [head.stamp for head in typesetter.heads] == [None]
    file = BriefFile.objects.get(brief=brief)
    assert brief.job is not None
    assert brief.job.result == {"brief": brief.pk, "pages": 2, "sha256": file.sha256}


def test_draft_job_run_again_changes_nothing(small_plan: Plan, typesetter: Typesetter) -> None:
    brief = draft(small_plan)
    assert job_rows.run(brief.job_id) is None  # type: ignore[arg-type]
    assert len(typesetter.heads) == 1


def test_draft_job_that_cannot_succeed_says_why_at_once(small_plan: Plan, typesetter: Typesetter) -> None:
    typesetter.error = TypesetError("缺少系统库")
    brief = draft(small_plan)
    assert state_of(brief) == ("failed", "failed")
    assert brief.job is not None
    assert brief.job.reason == "缺少系统库"
    assert Event.objects.filter(subject=subject_of(brief)).last().note == "缺少系统库"  # type: ignore[union-attr]


def test_draft_job_that_breaks_is_tried_three_times(small_plan: Plan, typesetter: Typesetter) -> None:
    typesetter.error = RuntimeError("boom")
    brief = jobs.ask_draft(by=None, plan=small_plan, quarter=Q1, now=NOW)
    assert state_of(run(brief, 2)) == ("asked", "queued")
    brief = run(brief)
    assert state_of(brief) == ("failed", "failed")
    assert brief.job is not None
    assert brief.job.reason == "程序出错：RuntimeError: boom"


@pytest.mark.slow
def test_failed_draft_asked_again_succeeds(small_plan: Plan, office: User, typesetter: Typesetter) -> None:
    typesetter.error = TypesetError("缺少系统库")
    brief = draft(small_plan)
    typesetter.error = None
    brief = run(jobs.ask_again(by=office, brief=brief, now=NOW))
    assert state_of(brief) == ("draft", "done")


def test_two_who_ask_again_at_once(small_plan: Plan, typesetter: Typesetter) -> None:
    typesetter.error = TypesetError("缺少系统库")
    brief = draft(small_plan)
    other = Brief.objects.select_related("job").get(pk=brief.pk)
    jobs.ask_again(by=None, brief=brief, now=NOW)
    with pytest.raises(Conflict):
        jobs.ask_again(by=None, brief=other, now=NOW)


def test_issue_job_sets_the_number_into_the_pdf(
    small_plan: Plan, office: User, typesetter: Typesetter
) -> None:
    brief = run(jobs.ask_issue(by=office, brief=draft(small_plan), now=NOW))
    stamp = typesetter.heads[-1].stamp
    assert state_of(brief) == ("issued", "done")
    assert stamp is not None
    assert (stamp.year, stamp.number, stamp.edition, str(stamp.issued_on)) == (2017, 1, 1, "2017-07-05")
    assert stamp.verify_url == f"{settings.SITE_ADDRESS}/verify/{brief.code}/"
    assert brief.files.filter(issued=True).count() == 1


def test_issue_job_that_fails_keeps_its_number_for_the_next_try(
    small_plan: Plan, typesetter: Typesetter
) -> None:
    first = draft(small_plan, quarter=Period(2016, 4))
    typesetter.error = TypesetError("缺少系统库")
    first = run(jobs.ask_issue(by=None, brief=first, now=NOW))
    assert state_of(first) == ("issuing", "failed")
    typesetter.error = None
    second = run(jobs.ask_issue(by=None, brief=draft(small_plan), now=NOW))
    first = run(jobs.ask_again(by=None, brief=first, now=NOW))
    assert [(item.state, item.number) for item in (first, second)] == [("issued", 1), ("issued", 2)]


def test_issue_asked_again_while_its_job_runs(small_plan: Plan, typesetter: Typesetter) -> None:
    brief = jobs.ask_issue(by=None, brief=draft(small_plan), now=NOW)
    with pytest.raises(Conflict):
        jobs.ask_again(by=None, brief=Brief.objects.select_related("job").get(pk=brief.pk), now=NOW)


def test_asking_writes_the_job_in_the_same_transaction(
    small_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(job_rows, "ask", refuse)
    with pytest.raises(RuntimeError):
        jobs.ask_draft(by=None, plan=small_plan, quarter=Q1, now=NOW)
    assert not Brief.objects.exists()


def test_fonts_that_are_not_ready_are_prepared_first(
    small_plan: Plan, typesetter: Typesetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[bool] = []
    monkeypatch.setattr(jobs.fonts, "fonts_ready", lambda: False)
    monkeypatch.setattr(jobs.fonts, "prepare", lambda progress: prepared.append(True))
    assert state_of(draft(small_plan)) == ("draft", "done")
    assert prepared == [True]


# -- the real typesetter ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_pdfs")
def test_the_same_brief_gives_the_same_bytes(plan: Plan) -> None:
    first, second = draft(plan), draft(plan)
    assert first.figures_sha256 == second.figures_sha256
    pdfs = [bytes(BriefFile.objects.get(brief=brief).pdf) for brief in (first, second)]
    assert pdfs[0] == pdfs[1]
    assert pdfs[0].startswith(b"%PDF-")


@pytest.mark.slow
def test_issued_pdf_says_its_number_and_carries_the_figures(plan: Plan) -> None:
    import pypdf

    brief = run(jobs.ask_issue(by=None, brief=draft(plan), now=NOW))
    file = BriefFile.objects.get(brief=brief, issued=True)
    from io import BytesIO

    reader = pypdf.PdfReader(BytesIO(bytes(file.pdf)))
    text = "".join(page.extract_text() for page in reader.pages).replace("\n", "")
    assert jobs.stamp_of(brief).code_printed in text
    assert "草稿" not in text
    assert [content for contents in reader.attachments.values() for content in contents] == [
        brief.figures.encode()
    ]
    assert len(reader.pages) == file.pages


# -- the command --------------------------------------------------------------------------------------------


def test_brief_command_writes_pdf_and_figures(
    small_plan: Plan, typesetter: Typesetter, tmp_path: Path, at_now: Any
) -> None:
    out = StringIO()
    call_command("brief", "2017Q1", out=tmp_path / "out", plan=small_plan.slug, stdout=out)
    (pdf,) = (tmp_path / "out").glob("*.pdf")
    brief = Brief.objects.get()
    file = BriefFile.objects.get(brief=brief)
    assert pdf.read_bytes() == bytes(file.pdf)
    assert pdf.with_suffix(".json").read_text() == brief.figures
    assert out.getvalue().splitlines()[0] == str(pdf)
    assert out.getvalue().splitlines()[1].endswith(f"SHA-256 {file.sha256}")


def test_brief_command_issues(small_plan: Plan, typesetter: Typesetter, tmp_path: Path, at_now: Any) -> None:
    call_command("brief", "2017Q1", "--issue", out=tmp_path, plan=small_plan.slug, stdout=StringIO())
    assert [path.name for path in tmp_path.glob("*.pdf")] == [f"{small_plan.slug}-2017Q1-2017-1-1.pdf"]


@pytest.mark.parametrize("quarter", ["2017Q5", "2017Q3", "早"])
def test_brief_command_refuses_in_one_sentence(
    small_plan: Plan, quarter: str, tmp_path: Path, at_now: Any
) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("brief", quarter, out=tmp_path, plan=small_plan.slug)
    assert "\n" not in str(caught.value)


def test_brief_command_says_why_it_failed(
    small_plan: Plan, typesetter: Typesetter, tmp_path: Path, at_now: Any
) -> None:
    typesetter.error = TypesetError("缺少系统库")
    with pytest.raises(CommandError, match=r"^缺少系统库$"):
        call_command("brief", "2017Q1", out=tmp_path, plan=small_plan.slug)


# -- a trial site's first jobs ------------------------------------------------------------------------------


@pytest.fixture
def sample_site(plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> User:
    """A sample database with an office; what else a sample site holds is somebody else's test."""
    settings.QHPLAN_NOW = NOW
    settings.DATA_DIR = tmp_path
    Installation.objects.get_or_create(defaults={"is_sample": True})
    monkeypatch.setattr(preparation, "file_quarters", lambda plan, quarters, progress: len(list(quarters)))
    monkeypatch.setattr(preparation, "report_projects", lambda plan, quarters: 0)
    monkeypatch.setattr(preparation, "begin_current", lambda plan: 0)
    monkeypatch.setattr(preparation, "file_plans", lambda plan, progress: 0)
    monkeypatch.setattr(preparation, "adjust", lambda plan: 0)
    monkeypatch.setattr(preparation.supervision_sample, "make", lambda plan, quarter: 0)
    monkeypatch.setattr(preparation.scoring_sample, "make", lambda plan, quarters: 0)
    monkeypatch.setattr(preparation.supervision_sample, "make_on_brief", lambda brief: None)
    return make.user(Role.OFFICE, is_sample=True, password=None)


def work() -> None:
    """What the worker does: every job that is there, until there is none."""
    for _ in range(10):
        waiting = Job.objects.filter(state=JobState.QUEUED, not_before__lte=timezone.now()).order_by(
            "asked_at"
        )
        if not waiting:
            return
        job_rows.run(waiting[0].pk)


def test_trial_ends_with_an_issued_brief_on_the_disk(
    sample_site: User, typesetter: Typesetter, tmp_path: Path
) -> None:
    preparation.start()
    work()
    brief = Brief.objects.get()
    assert (brief.state, brief.issued_by, str(brief.quarter)) == (BriefState.ISSUED, sample_site, "2017Q1")
    job = Job.objects.get(kind=preparation.FIRST_BRIEF)
    assert Path(job.result["path"]).read_bytes() == bytes(BriefFile.objects.get(brief=brief, issued=True).pdf)


@pytest.mark.slow
def test_trial_started_again_asks_for_nothing(sample_site: User, typesetter: Typesetter) -> None:
    assert [job.kind for job in preparation.start()] == [jobs.FONTS, preparation.SAMPLE]
    assert preparation.start() == []
    work()
    assert preparation.start() == []
    assert Brief.objects.count() == 1


@pytest.mark.slow
def test_trial_started_again_after_a_failure_goes_on(sample_site: User, typesetter: Typesetter) -> None:
    typesetter.error = TypesetError("缺少系统库")
    preparation.start()
    work()
    failed = Job.objects.get(kind=preparation.FIRST_BRIEF)
    assert (failed.state, failed.reason) == ("failed", "第一份简报没有做成：缺少系统库")
    typesetter.error = None
    assert [job.kind for job in preparation.start()] == [preparation.FIRST_BRIEF]
    work()
    assert Brief.objects.filter(state=BriefState.ISSUED).count() == 1


@pytest.mark.slow
def test_trial_takes_no_notice_of_a_first_brief_that_was_discarded(
    plan: Plan, sample_site: User, typesetter: Typesetter
) -> None:
    typesetter.error = TypesetError("缺少系统库")
    preparation.start()
    work()
    typesetter.error = None
    gone = jobs.ask_draft(by=sample_site, plan=plan, quarter=preparation.LAST)
    work()
    actions.discard(by=sample_site, brief=Brief.objects.get(pk=gone.pk), reason="放弃")
    preparation.start()
    work()
    assert Brief.objects.filter(state=BriefState.ISSUED).count() == 1


def test_start_trial_refuses_a_real_database(plan: Plan) -> None:
    if Installation.objects.filter(is_sample=True).exists():
        pytest.skip("the template is a sample database")
    with pytest.raises(CommandError):
        call_command("start_trial")


def test_a_worker_without_its_libraries_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        jobs.pdf_renderer, "installation_problems", lambda **_options: ["缺少系统库，请安装。"]
    )
    with pytest.raises(SystemExit, match="缺少系统库，请安装。"):
        jobs.refuse_slow_or_broken_typesetting()
