"""A task with a lead and a co, and files on somebody's desk."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from qhplan import clock
from tasks.models import Agency, StoredFile, Submission, User, Version
from tasks.submissions.evidence import actions
from tasks.submissions.evidence.queries import files_of_drafts, files_of_version
from tasks.values import Period, Role
from tests import factories as make
from tests.files.samples import pdf

Q = Period(2017, 1)
NOW = make.moment("2017-04-03 09:00")


def upload(name: str = "佐证.pdf", data: bytes | None = None) -> SimpleUploadedFile:
    """A file as a browser sends it; by its name also its content, so that two are not the same."""
    return SimpleUploadedFile(name, pdf(name) if data is None else data)


class World:
    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead: Agency = make.agency("牵头局")
        self.co: Agency = make.agency("配合局")
        self.other: Agency = make.agency("无关局")
        self.task = make.task(self.plan, lead=self.lead, co=[self.co])
        self.cycle = make.cycle(self.plan, Q)
        self.reporter = make.user(Role.REPORTER, agency=self.co, password=None)
        self.approver = make.user(Role.APPROVER, agency=self.co, password=None)
        self.lead_reporter = make.user(Role.REPORTER, agency=self.lead, password=None)
        self.stranger = make.user(Role.REPORTER, agency=self.other, password=None)
        self.office = make.user(Role.OFFICE, password=None)
        self.leadership = make.user(Role.LEADERSHIP, password=None)
        self.viewer = make.user(Role.VIEWER, password=None)
        self.form_url = reverse("return_edit", args=[self.plan.slug, str(Q), self.task.ref])
        self.check_url = reverse("return_check", args=[self.plan.slug, str(Q), self.task.ref])

    def draft(self, **values: Any) -> Submission:
        """The co's draft, complete."""
        content = {"light": "green", "done": "办成两件事", "saved_by": self.reporter, **values}
        return make.submission(self.task, self.co, Q, **content)

    def attach(self, head: Submission, *names: str, by: User | None = None) -> list[StoredFile]:
        done = actions.attach(
            by=by or self.reporter, submission=head.pk, uploads=[upload(name) for name in names], now=NOW
        )
        return done.new

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def form(self, **values: Any) -> dict[str, Any]:
        return {"light": "green", "done": "办成两件事", "revision": "", "action": "save", **values}


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.at(NOW):
        yield World()


def in_draft(head: Submission) -> list[str]:
    """The names of what the draft holds."""
    return [file.name for file in files_of_drafts([head.pk]).get(head.pk, [])]


def in_version(version: Version) -> list[str]:
    """The names of what the version holds."""
    return [file.name for file in files_of_version(version.pk)]
