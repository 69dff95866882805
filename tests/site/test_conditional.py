"""A page that has not changed is answered with 304, and one that has never is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse

from qhplan import changes, clock
from qhplan.jobs import Job
from tasks.models import Agency, AgencyName, Cycle, Message, Plan, Target, Task, User
from tasks.values import Light, Period, Role
from tests import factories as make
from tests import rig
from tests.pages import client

NOW = make.moment("2017-07-05 10:00")
Q2 = Period(2017, 2)
STILL_AHEAD = {"closes_at", "ends_at", "expires_at"}


class Reader:
    """A browser that keeps the last page of an address, and asks whether it has changed."""

    def __init__(self, browser: Client, url: str) -> None:
        self.browser, self.url = browser, url
        self.tag = self.body = ""

    def asks(self) -> int:
        """The status of the answer to the next question; what came is kept."""
        answer = self.browser.get(self.url, headers={"If-None-Match": self.tag} if self.tag else {})
        if answer.status_code == 304:
            assert not answer.content
        else:
            self.body = answer.content.decode()
            self.tag = answer.headers.get("ETag", "")
            kept = "private, no-cache" if self.tag else "private, no-store"
            assert answer.headers["Cache-Control"] == kept
        return int(answer.status_code)


@pytest.fixture
def plan(cloned_db: str) -> Plan:
    return Plan.objects.get(slug="qinghai-2016-48")


def _task(plan: Plan) -> Task:
    return plan.tasks.order_by("order")[3]


@pytest.mark.slow
def test_each_thing_that_a_page_shows_makes_it_new(plan: Plan, cloned_db: str) -> None:
    with clock.at(NOW):
        office = make.user(Role.OFFICE, password=None)
        task = _task(plan)
        lead = Agency.objects.get(pk=task.responsibilities.get(duty="lead").agency_id)
        cycle = make.cycle(plan, Q2)
        version = make.version(task, lead, Q2, Light.GREEN, at="2017-07-02 09:00")
        other = make.user(Role.VIEWER, password=None)
        browser, elsewhere = client(office), client(other)
        query = f"?q={Q2}"
        pages = [
            Reader(browser, reverse("overview", args=[plan.slug]) + query),
            Reader(browser, reverse("task", args=[plan.slug, task.ref]) + query),
        ]
        for page in pages:
            page.asks()  # sets the cookie of the forms' token
            page.tag = ""
            assert (page.asks(), page.asks()) == (200, 304)

        def changed(what: str, write: Callable[[], Any]) -> None:
            with transaction.atomic():
                write()
            for page in pages:
                assert page.asks() == 200, what
                assert page.asks() == 304, what

        def renamed() -> None:
            AgencyName.objects.filter(agency=lead).update(short="改名厅")

        changed("a return accepted", lambda: make.accept(version, at=NOW))
        changed("another version", lambda: make.version(task, lead, Q2, Light.RED, number=2, at=NOW))
        changed("a date moved", lambda: Cycle.objects.filter(pk=cycle.pk).update(lead_due=NOW + timedelta(1)))
        changed("an agency renamed", renamed)
        assert "改名厅" in pages[1].body
        changed("a task's words", lambda: Task.objects.filter(pk=task.pk).update(heading="改过的任务"))
        assert "改过的任务" in pages[1].body
        changed("a target", lambda: Target.objects.filter(plan=plan, order=1).update(text="改过的目标"))
        changed("the reader's name", lambda: User.objects.filter(pk=office.pk).update(display_name="新名字"))
        assert all("新名字" in page.body for page in pages)
        changed("a right", lambda: make.hold(office, Role.LEADERSHIP))
        changed(
            "a message",
            lambda: Message.objects.create(
                user=office, kind="news", subject="消息", body="消息", day=NOW.date(), created_at=NOW
            ),
        )
        changed("a job", lambda: Job.objects.create(kind="nothing", label="正在做", asked_by=office))
        changed("another plan", lambda: make.plan(title="另一份方案"))

        # What does not change them: another reader's session, and what was rolled back.
        elsewhere.get(reverse("overview", args=[plan.slug]))
        with transaction.atomic():
            Task.objects.filter(pk=task.pk).update(heading="撤回")
            transaction.set_rollback(True)
        assert [page.asks() for page in pages] == [304, 304]

        # The reader's own session, and the secret of the forms' tokens.
        session = browser.session
        session["acts_for"] = None
        session.save()
        assert [page.asks() for page in pages] == [200, 200]
        del browser.cookies["csrftoken"]
        assert pages[0].asks() == 200
        # Another person with the same browser's pages.
        browser.force_login(other)
        assert pages[0].asks() == 200


@pytest.mark.slow
def test_a_write_that_began_before_the_page_and_commits_after_it_is_seen(plan: Plan, cloned_db: str) -> None:
    with clock.at(NOW):
        page = Reader(client(make.user(Role.OFFICE, password=None)), reverse("overview", args=[plan.slug]))
        page.asks()
        door = rig.admin(cloned_db)
        door.autocommit = False
        with door.cursor() as cursor:
            cursor.execute("UPDATE tasks_task SET heading = '晚提交' WHERE id = %s", [_task(plan).pk])
            make.agency()  # a later transaction that commits first
            page.tag = ""
            assert (page.asks(), page.asks()) == (200, 304)
        door.commit()
        door.close()
        assert page.asks() == 200
        assert (
            "晚提交"
            in Reader(page.browser, reverse("task_list", args=[plan.slug]))
            .browser.get(reverse("task_list", args=[plan.slug]))
            .content.decode()
        )


@pytest.mark.slow
def test_time_makes_a_page_new_when_a_moment_passes(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.at(NOW):
        make.cycle(plan, Q2)  # co-returns are due on 5 July at 17:00
        page = Reader(client(make.user(Role.OFFICE, password=None)), reverse("overview", args=[plan.slug]))
        page.asks()
    # The moment of a fixed clock is part of the key; this one goes on.
    monkeypatch.setattr(clock, "is_fixed", lambda: False)
    for text, status in (
        ("2017-07-05 16:00", 200),
        ("2017-07-05 16:59", 304),
        ("2017-07-05 17:00", 200),  # due
        ("2017-07-05 17:00:58", 304),
        ("2017-07-05 17:01", 200),  # overdue
        ("2017-07-05 23:59", 304),
        ("2017-07-06 00:00", 200),  # another day
    ):
        with clock.at(make.moment(text)):
            assert page.asks() == status, text


def test_a_page_that_says_something_once_is_not_kept(plan: Plan) -> None:
    with clock.at(NOW):
        browser = client(make.user(Role.OFFICE, password=None))
        url = reverse("overview", args=[plan.slug])
        browser.get(url)
        assert browser.get(url).has_header("ETag")
        # Others never are: forms, and what is not known to depend on nothing else.
        for name in ("password", "review", "message_list"):
            assert not browser.get(reverse(name)).has_header("ETag")
        assert not Client().get(reverse("login")).has_header("ETag")
        left = browser.post(reverse("logout"))
        assert left.headers["Clear-Site-Data"] == '"cache"'


def test_a_forged_or_old_tag_is_none(plan: Plan) -> None:
    with clock.at(NOW):
        page = Reader(client(make.user(Role.OFFICE, password=None)), reverse("overview", args=[plan.slug]))
        page.asks()
        page.tag = ""
        page.asks()
        key, snapshot, database, at, until = page.tag.removeprefix('W/"').removesuffix('"').split(";")
        day = 24 * 3600
        for parts in (
            ("0" * 24, snapshot, database, at, until),
            (key, "1:1;DROP", database, at, until),
            (key, ":::", database, at, until),
            (key, snapshot, "0-0", at, until),
            (key, snapshot, database, str(int(at) - day), until),
            (key, snapshot, database, str(int(at) + day), until),
            (key, snapshot, database, at, "x"),
        ):
            page.tag = f'W/"{";".join(parts)}"'
            assert page.asks() == 200


def test_every_table_is_watched_and_every_moment_ahead_is_known(cloned_db: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'changed'")
        watched = {name for (name,) in cursor.fetchall()}
    assert changes.seen_tables() <= watched
    ahead = {(table, name) for table, names in changes.AHEAD for name in names}
    # Fields that are named for what happened (`decided_at`) hold moments that have passed.
    others = {
        ("tasks_user", "last_login"),
        ("tasks_user", "date_joined"),
        ("authtoken_token", "created"),
        ("reports_subscription", "since"),
        ("reports_newsmark", "until"),  # up to which a reader has read
        ("tasks_storedfile", "scan_after"),  # these two tell a worker, and no page
        ("qhplan_job", "not_before"),
        ("qhplan_fault", "since"),  # since when something is wrong
        *(("tasks_pastdates", name) for name in ("co_due", "lead_due", "decision_due", "closes_at")),
    }
    every = {
        (model._meta.db_table, field.name)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.DateTimeField) and model._meta.db_table not in changes.UNSEEN
    }
    past = {one for one in every if one[1] == "at" or (one[1].endswith("_at") and one[1] not in STILL_AHEAD)}
    assert every - past - others <= ahead
    assert ahead <= every


def test_old_changes_are_forgotten(cloned_db: str) -> None:
    make.agency()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM qhplan_change")
        assert cursor.fetchone()[0]
        cursor.execute("UPDATE qhplan_change SET at = at - interval '2 days'")
    changes.forget()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM qhplan_change")
        assert cursor.fetchone()[0] == 0
