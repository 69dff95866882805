"""标注: the marks of a version, at every door by which a return is read."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from reports.paper.review import review_sheet
from tasks.indicators.values import Stage
from tasks.models import Version
from tasks.review.corrections import undo
from tasks.submissions.marks import marks_of
from tests import factories as make
from tests.submissions.test_paper import LATER, NOW, Q, World, client_of, entered, reviewed


@pytest.fixture
def world(db: None, settings: Any) -> World:
    settings.QHPLAN_NOW = LATER
    return World()


def on_trial(world: World) -> Version:
    world.cycle.delete()
    world.cycle = make.cycle(world.plan, Q, is_trial=True)
    version = make.version(world.task, world.lead, Q, at=NOW)
    version.refresh_from_db()
    return version


def entered_and_early(world: World) -> Version:
    version = entered(world)
    make.figure(version, make.indicator(world.plan, world.task), 3, preliminary=True, stage=Stage.ESTIMATE)
    return version


def filed_and_reviewed_on_paper(world: World) -> Version:
    return reviewed(world, make.version(world.task, world.lead, Q, at=NOW))


def text_of(client: Client, address: str) -> str:
    """The marks that a page shows, or the first sheet of a workbook."""
    answer: Any = client.get(address)
    assert answer.status_code == 200, address
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if data[:2] != b"PK":
        html = data.decode()
        found = re.findall(r'class="stamp">(.*?)</span>', html)
        return "\n".join(found + re.findall(r'<p class="paper__meta">(.*?)</p>', html, re.DOTALL))
    book = load_workbook(BytesIO(data))
    return "\n".join(str(cell) for sheet in book.worksheets[:1] for row in sheet.values for cell in row)


@pytest.mark.pages
@pytest.mark.parametrize(
    ("filed", "expected"),
    [
        (on_trial, ["试填"]),
        (entered_and_early, ["代录", "含预计数"]),
        (filed_and_reviewed_on_paper, ["线下审核"]),
    ],
)
def test_every_door_shows_the_marks(
    world: World, filed: Callable[[World], Version], expected: list[str]
) -> None:
    version = filed(world)
    assert marks_of([version.pk]) == {version.pk: expected}
    office, agency = client_of(world.second), client_of(world.reporter)
    of_plan, q = [world.plan.slug], f"?q={Q}"
    doors = [
        (office, reverse("return", args=[version.submission_id])),
        (office, reverse("review") + q),
        (office, reverse("progress") + f"{q}&agency={world.lead.slug}"),
        (office, reverse("workbook_all") + q),
        (agency, reverse("workbook") + q),
        (agency, reverse("desk") + q),
        (agency, reverse("package_sheet") + q),
    ]
    if not version.is_trial:  # what is on trial stands on no page of the plan
        doors += [
            (office, reverse("task", args=[*of_plan, world.task.ref]) + q),
            (office, reverse("task_list_xlsx", args=of_plan) + q),
            (office, reverse("agency", args=[*of_plan, world.lead.slug]) + q),
        ]
    for client, address in doors:
        shown = text_of(client, address)
        assert [mark for mark in expected if mark not in shown] == [], address
    if not version.is_trial:
        hits = office.get(reverse("search"), {"words": version.done.rstrip("。")}).content.decode()
        assert [mark for mark in expected if mark not in hits] == []
    said = office.get(reverse("api_version", args=[version.pk])).json()
    assert said["marks"] == expected
    assert all(mark in review_sheet(version).marks for mark in expected)


@pytest.mark.pages
def test_the_leads_queue_and_consolidation_show_the_marks_of_what_its_co_agency_filed(world: World) -> None:
    version = make.version(world.task, world.co, Q, at=NOW, duty="co", channel="paper")
    lead = client_of(world.reporter)
    addresses = [
        reverse("review") + f"?q={Q}",
        reverse("consolidate", args=[world.plan.slug, str(Q), world.task.ref]),
    ]
    assert marks_of([version.pk]) == {version.pk: ["线下签批"]}
    assert all("线下签批" in text_of(lead, address) for address in addresses)


def test_a_review_on_paper_that_was_taken_back_marks_nothing_but_did_before(world: World) -> None:
    version = filed_and_reviewed_on_paper(world)
    undone = make.moment("2017-04-07 10:00")
    undo(by=world.office, versions=[version.pk], reason="误核", now=undone)
    version.refresh_from_db()
    assert marks_of([version.pk]) == {version.pk: []}
    assert marks_of([version.pk], LATER) == {version.pk: ["线下审核"]}
    assert "线下审核" not in " ".join([review_sheet(version).marks, *review_sheet(version).notes])
