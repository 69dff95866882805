"""The specification of a submission's fields holds for every interface: a field that one of them forgets fails here."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qhplan import clock
from reports.figures.values import Narrative
from tasks.models import Submission, Version
from tasks.review.consolidation import pieces_of
from tasks.submissions.actions import save_drafts
from tasks.submissions.content import DraftInput
from tasks.submissions.differences import differences
from tasks.submissions.evidence.models import VersionEvidence
from tasks.submissions.fields import FIELDS, FORM_ROWS, NAMES, Kind, SubmissionField, field_values
from tasks.submissions.forms import ReturnForm
from tasks.submissions.models import Content
from tasks.submissions.permissions import WITHHELD, readable_versions, versions_shown_whole, withheld_fields
from tasks.submissions.serializers import DraftInputSerializer, DraftSerializer, VersionSerializer
from tasks.submissions.workbook.preview import confirmed
from tasks.submissions.workbook.values import columns_of, main_columns
from tests import factories as make
from tests.api.conftest import NOW, World, client
from tests.submissions.workbook.conftest import Desk

pytestmark = pytest.mark.django_db

PROBLEMS = [{"category": "money", "text": "缺资金"}, {"category": "land", "text": "征地未完"}]


def example(field: SubmissionField) -> Any:
    """A value of the field, of each text another one."""
    return {
        Kind.LIGHT: "red",
        Kind.PERCENT: 40,
        Kind.TEXT: f"{field.label}：写了。",
        Kind.YES_NO: True,
        Kind.PROBLEMS: PROBLEMS,
        Kind.DAY: date(2017, 1, 12),
    }[field.kind]


VALUES = {field.name: example(field) for field in FIELDS}


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.at(NOW):
        yield World()


@pytest.fixture
def desk(db: None) -> Iterator[Desk]:
    with clock.at(NOW):
        yield Desk()


def test_specification_names_the_fields_of_model_and_input() -> None:
    assert {*NAMES} == {field.name for field in Content._meta.get_fields()}
    place = {"plan_id", "quarter", "task_id", "agency_id", "revision"}
    assert {*NAMES} == {field.name for field in dataclasses.fields(DraftInput)} - place - {"figures"}
    empty = DraftInput(1, make.quarter("2017Q1"), 1, 1)
    for field in FIELDS:
        default = Content._meta.get_field(field.name).get_default()
        assert default == field.empty
        assert getattr(empty, field.name) in (field.empty, ())


def test_specification_names_the_fields_of_every_interface() -> None:
    form = ReturnForm.blank()
    assert {*form.fields} - {"revision"} | {"problems"} == {*NAMES}
    assert {*NAMES} <= {*DraftInputSerializer().fields}
    assert {*NAMES} <= {*DraftSerializer().fields}
    assert {*NAMES} <= {*VersionSerializer().fields}
    assert {column.field for column in main_columns(1) if column.editable} == {
        column.field for field in FIELDS for column in columns_of(field, 1)
    }
    assert {field.name for field in FIELDS if field.in_brief} == {
        field.name for field in dataclasses.fields(Narrative)
    } - {"decision_note", "entered"}  # what the brief says of a return beside its fields
    beside = {"no_progress", "elsewhere"}  # a box beside another row, and one below all
    assert {*FORM_ROWS} | beside == {*NAMES, "figures", "evidence"}


def test_form_carries_every_field(world: World) -> None:
    posted: dict[str, Any] = {"action": "save", "revision": ""}
    for field in FIELDS:
        value = VALUES[field.name]
        if field.kind is Kind.PROBLEMS:
            posted["problem_category"] = [one["category"] for one in value]
            posted["problem_text"] = [one["text"] for one in value]
        else:
            posted[field.name] = "on" if value is True else str(value)
    browser = Client()
    browser.force_login(world.reporter)
    url = reverse("return_edit", args=[world.plan.slug, "2017Q1", world.task.ref])

    assert browser.post(url, posted).status_code == 302

    kept = Submission.objects.get()
    assert field_values(kept) == VALUES
    form = browser.get(url).context["form"]
    assert form.is_valid()
    again = form.draft(plan_id=1, quarter=kept.quarter, task_id=1, agency_id=1)
    assert field_values(again) == VALUES


def test_form_shows_every_field(world: World) -> None:
    """A field without an input would be emptied by the next save."""
    make.submission(world.task, world.lead, "2017Q1", **VALUES)
    browser = Client()
    browser.force_login(world.reporter)

    page = browser.get(reverse("return_edit", args=[world.plan.slug, "2017Q1", world.task.ref]))

    inputs = set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', page.content.decode()))
    expected = {field.name for field in FIELDS if field.kind is not Kind.PROBLEMS}
    assert inputs >= expected | {"problem_category", "problem_text"}


@pytest.mark.parametrize("name", ["return", "return_edit", "return_check", "package_sheet"])
def test_pages_show_what_every_field_says(world: World, name: str) -> None:
    """The page of a version, the form beside a later draft, the check before submitting, and the printed sheet."""
    content = {**VALUES, "elsewhere": False, "no_progress": False}
    browser = Client()
    browser.force_login(world.reporter)
    place = [world.plan.slug, "2017Q1", world.task.ref]
    hidden = {"no_progress_reason"}  # told with 本季度无进展 alone
    if name in {"return", "package_sheet"}:
        version = make.version(world.task, world.lead, "2017Q1", **content)
        url = reverse(name, args=[version.submission_id] if name == "return" else [])
    elif name == "return_check":
        make.submission(world.task, world.lead, "2017Q1", **content)
        url = reverse(name, args=place)
    else:
        make.version(world.task, world.lead, "2016Q4", **content)
        url = reverse(name, args=place)
        hidden = {"paper_date", "light_reason"}  # rows for which this quarter has no occasion

    said = browser.get(url, {"q": "2017Q1"}).content.decode()

    for field in FIELDS:
        value = VALUES[field.name]
        if field.kind is Kind.PROBLEMS:
            assert all(problem["text"] in said for problem in value)
        elif field.kind not in {Kind.LIGHT, Kind.YES_NO} and field.name not in hidden:
            words = {
                field.shown(value),
                f"{value:%Y年%-m月%-d日}" if field.kind is Kind.DAY else field.shown(value),
            }
            assert any(word in said for word in words), field.name


def test_api_carries_every_field(world: World) -> None:
    sent = {name: str(value) if isinstance(value, date) else value for name, value in VALUES.items()}

    answer = client(world.reporter).put(world.draft_url, sent)

    assert answer.status_code == 200
    assert field_values(Submission.objects.get()) == VALUES
    draft = answer.json()["draft"]
    assert {name: draft[name] for name in NAMES} == sent


def test_workbook_carries_every_field(desk: Desk) -> None:
    cells: dict[str, Any] = {}
    for field in FIELDS:
        value = VALUES[field.name]
        if field.kind is Kind.PROBLEMS:
            for number, one in enumerate(value, 1):
                cells |= {
                    f"problem_category_{number}": one["category"],
                    f"problem_text_{number}": one["text"],
                }
        else:
            cells[field.name] = value if field.kind is Kind.PERCENT else field.shown(value)

    preview = desk.examine(desk.book().fill(desk.lead.code, **cells))

    assert preview.problems == []
    (change,) = preview.changes
    assert [one.label for one in change.fields] == [str(field.label) for field in FIELDS]
    (kept,) = save_drafts(by=desk.user, drafts=confirmed(preview.signed))
    assert field_values(kept) == VALUES
    book = desk.book()
    for name, value in cells.items():
        if not name.startswith("problem_category"):
            assert book.cell(desk.lead.code, name).value == value
    # One cell that is touched makes the row be read whole.
    (change,) = desk.examine(book.fill(desk.lead.code, progress=41)).changes
    assert [one.label for one in change.fields] == ["自评进度"]


def test_differences_name_every_field_that_is_not_withheld() -> None:
    before, after = Version(), Version(**VALUES)
    assert [one.field for one in differences(before, after)] == [*NAMES]
    shown = [one.field for one in differences(before, after, withheld=WITHHELD)]
    assert shown == [field.name for field in FIELDS if not field.withheld]


def test_consolidation_offers_every_text_that_a_lead_can_take_over() -> None:
    keys = {piece.key for piece in pieces_of(Version(**VALUES))}
    texts = {field.name for field in FIELDS if field.adopted_into and field.kind is Kind.TEXT}
    assert keys == {*texts, "problem.0", "problem.1"}


def test_copy_starts_from_the_texts_that_are_copied(world: World) -> None:
    make.version(world.task, world.lead, "2016Q4", **{**VALUES, "elsewhere": False})
    browser = Client()
    browser.force_login(world.reporter)
    url = reverse("return_edit", args=[world.plan.slug, "2017Q1", world.task.ref])

    assert browser.post(url, {"take_over": "all"}).status_code == 302

    draft = Submission.objects.get(quarter=make.quarter("2017Q1"))
    copied = {field.name for field in FIELDS if field.copied and field.name != "elsewhere"}
    assert {field.name for field in FIELDS if field.is_written(getattr(draft, field.name))} == copied


def test_one_field_is_taken_over_beside_what_is_written_already(world: World) -> None:
    make.version(world.task, world.lead, "2016Q4", **{**VALUES, "elsewhere": False})
    browser = Client()
    browser.force_login(world.reporter)
    url = reverse("return_edit", args=[world.plan.slug, "2017Q1", world.task.ref])
    answer = browser.post(url, {"done": "新写的", "take_over": "next_steps"}, follow=True)
    assert "已带入并保存" in answer.content.decode()
    draft = Submission.objects.get(quarter=make.quarter("2017Q1"))
    assert (draft.done, draft.next_steps, draft.judgement) == ("新写的", VALUES["next_steps"], "")


@pytest.mark.parametrize("who", ["reporter", "co_approver", "office", "leadership", "expert", "viewer"])
def test_every_interface_withholds_the_same(world: World, who: str) -> None:
    """From a co version, accepted, so that everybody reads it: its agency and its lead see it whole too."""
    version = make.version(
        world.task, world.co, "2017Q1", **{**VALUES, "elsewhere": False, "judgement": "", "light_reason": ""}
    )
    make.accept(version)
    user = getattr(world, who)
    withheld = withheld_fields(readable_versions(user).get(pk=version.pk))

    assert withheld == (WITHHELD if who in {"expert", "viewer"} else frozenset())
    assert versions_shown_whole(user).filter(pk=version.pk).exists() is not bool(withheld)
    shown = client(user).get(f"/api/v1/returns/{version.submission_id}/").json()["version"]
    assert {name for name in shown if shown[name] is None} >= withheld & {*NAMES}
    assert (shown["problems"] is None) is bool(withheld)
    page = client(user).get(reverse("return", args=[version.submission_id]))
    for name in ("coordination", "problems"):
        text = VALUES[name] if name == "coordination" else PROBLEMS[0]["text"]
        assert (text in page.content.decode()) is not bool(withheld)
    assert (page.context["files"] is None) is bool(withheld)
    assert not VersionEvidence.objects.visible_to(user).exists()
