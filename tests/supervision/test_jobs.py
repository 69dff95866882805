"""The jobs: a night is asked for once a day and makes up for one that was missed; a document is set and stored once."""

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from qhplan import clock, jobs
from qhplan.jobs import Job
from qhplan.sample import preparation
from reports.supervision import actions, answers
from reports.supervision import jobs as supervision_jobs
from reports.supervision.actions import Made
from reports.supervision.document import CannotSet
from reports.supervision.models import Notice, NoticeFile
from tasks.errors import Conflict
from tasks.models import Message
from tests import factories as make
from tests.supervision.conftest import CONTENT, NOW, World

MADE = Made(b"%PDF-1.7", "a" * 64, 1, 0.1)


@pytest.fixture
def typesetter(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in the place of the real one; the numbers of what was set."""
    seen: list[str] = []

    def render(notice: Notice) -> Made:
        seen.append(notice.doc_number)
        return MADE

    monkeypatch.setattr(supervision_jobs.document, "prepare", lambda progress: None)
    monkeypatch.setattr(supervision_jobs.document, "render", render)
    return seen


def asked_at(text: str) -> Job | None:
    return supervision_jobs.night_if_due(make.moment(text))


def test_a_night_is_asked_for_from_its_hour_on_once_a_day(world: World) -> None:
    assert asked_at("2017-07-06 05:29") is None
    job = asked_at("2017-07-06 05:30")
    assert job is not None
    assert job.args == {"day": "2017-07-06"}
    assert asked_at("2017-07-06 23:00") is None
    later = asked_at("2017-07-08 11:00")  # a Saturday, and the site was down in the morning
    assert later is not None
    assert later.args == {"day": "2017-07-08"}


def test_a_trial_site_that_is_still_being_filled_is_not_looked_at(world: World) -> None:
    assert supervision_jobs.SAMPLES == (preparation.SAMPLE, preparation.FIRST_BRIEF, preparation.SECOND_PLAN)
    for kind in supervision_jobs.SAMPLES:
        filling = Job.objects.create(kind=kind, label="写入示例数据", state="running")
        assert asked_at("2017-07-06 05:30") is None
        Job.objects.filter(pk=filling.pk).update(state="done")
    assert asked_at("2017-07-06 05:31") is not None


def test_a_night_that_failed_is_asked_for_anew_after_half_an_hour(world: World) -> None:
    job = asked_at("2017-07-06 05:30")
    assert job is not None
    Job.objects.filter(pk=job.pk).update(state="failed")
    assert asked_at("2017-07-06 05:40") is None
    Job.objects.filter(pk=job.pk).update(asked_at=datetime(2017, 1, 1, tzinfo=make.SHANGHAI))
    assert asked_at("2017-07-06 06:10") is not None


@pytest.mark.slow
def test_a_night_proposes_and_escalates_and_doing_it_again_does_nothing(world: World) -> None:
    world.red()
    world.issued(world.bank)
    with clock.at(make.moment("2017-07-07 05:30")):  # two working days after the letter
        job = asked_at("2017-07-07 05:30")
        assert job is not None
        done = jobs.finish(job.pk)
        assert done.result == {"proposed": 2, "escalated": 1}
        again = jobs.finish(supervision_jobs.ask_night(day=datetime(2017, 7, 7).date()).pk)
        assert again.result == {"proposed": 0, "escalated": 0}


@pytest.mark.slow
def test_issuing_asks_for_the_document_and_the_job_stores_it(world: World, typesetter: list[str]) -> None:
    notice = supervision_jobs.ask_issue(by=world.office, notice=world.proposal(), content=CONTENT)
    assert notice.job is not None
    job = jobs.finish(notice.job.pk)
    assert (job.state, typesetter) == ("done", ["督〔2017〕1号"])
    file = NoticeFile.objects.get(notice=notice)
    assert (bytes(file.pdf), file.sha256, file.pages) == (MADE.pdf, MADE.sha256, 1)
    for broken in (
        lambda: NoticeFile.objects.filter(pk=file.pk).update(pages=2),
        NoticeFile.objects.filter(pk=file.pk).delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            broken()


def test_a_proposal_by_hand_asks_for_no_document(world: World) -> None:
    supervision_jobs.ask_by_hand(by=world.office, asked=world.hand(world.home))
    assert not Job.objects.exists()


def test_a_document_that_cannot_be_set_keeps_its_number_and_is_tried_again(
    world: World, typesetter: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(notice: Notice) -> Made:
        raise CannotSet("缺少排版所需的系统库。")

    with monkeypatch.context() as broken:
        broken.setattr(supervision_jobs.document, "render", refuse)
        notice = supervision_jobs.ask_by_hand(by=world.office, asked=world.hand())
        assert notice.job is not None
        job = jobs.finish(notice.job.pk)
    assert (job.state, job.reason) == ("failed", "缺少排版所需的系统库。")
    notice = Notice.objects.select_related("job").get(pk=notice.pk)
    with pytest.raises(PermissionDenied):
        supervision_jobs.ask_document(by=world.second, notice=notice)
    supervision_jobs.ask_document(by=world.office, notice=notice)
    assert notice.job_id is not None
    jobs.finish(notice.job_id)
    assert typesetter == ["督〔2017〕1号"]
    with pytest.raises(Conflict):
        supervision_jobs.ask_document(by=world.office, notice=Notice.objects.select_related("job").get())


def test_the_document_of_a_notice_that_ended_meanwhile_is_still_set(
    world: World, typesetter: list[str]
) -> None:
    notice = supervision_jobs.ask_by_hand(by=world.office, asked=world.hand())
    actions.withdraw(by=world.office, notice=notice, reason="发错")
    assert notice.job_id is not None
    assert jobs.finish(notice.job_id).state == "done"


def test_beat_knows_the_night(settings: Any) -> None:
    assert settings.CELERY_BEAT_SCHEDULE["supervise"]["task"] == supervision_jobs.tick.name


def test_the_people_of_the_body_are_told_before_there_is_a_document(world: World) -> None:
    notice = supervision_jobs.ask_by_hand(by=world.office, asked=world.hand())
    assert Message.objects.filter(user=world.approver).exists()
    answers.acknowledge(by=world.reporter, notice=notice, now=NOW)
