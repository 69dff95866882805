"""Grades are data of the jurisdiction; a notice goes to one or several agencies; a preview takes no number."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse

from qhplan.jobs import Job
from reports.supervision import actions, document, grade_actions
from reports.supervision.grades import NoticeGrade, grades_of
from reports.supervision.models import Notice
from tasks.errors import Conflict, Problems
from tasks.models import Jurisdiction, Message
from tests.pages import client
from tests.supervision.conftest import World

pytestmark = pytest.mark.django_db


def graded(world: World, grade: str, agency: Any = None, **more: Any) -> Notice:
    asked = world.hand(agency, **more)
    return actions.issue_by_hand(
        by=world.office, asked=replace(asked, content=replace(asked.content, grade=grade))
    )


def test_each_grade_has_its_name_its_formula_and_its_own_numbers(world: World, prepared_fonts: None) -> None:
    found = [graded(world, code) for code in ("remind", "urge", "supervise", "remind", "transfer")]
    assert [one.doc_number for one in found] == [
        "提〔2017〕1号", "催〔2017〕1号", "督〔2017〕1号", "提〔2017〕2号", "移〔2017〕1号"
    ]  # fmt: skip
    assert [one.kind_name for one in found] == ["提醒单", "催办单", "督办单", "提醒单", "移交函"]
    assert [document.composed(one)["paragraphs"][-1] for one in found[:2]] == ["特此提醒。", "特此催办。"]
    assert document.composed(found[4])["letter"] is True
    # Who is asked and not told gets a letter in every grade.
    asked = [graded(world, code, world.bank) for code in ("supervise", "remind")]
    assert [(one.doc_number, one.kind_name) for one in asked] == [
        ("函〔2017〕1号", "函"), ("提函〔2017〕1号", "提醒函")
    ]  # fmt: skip
    with pytest.raises(Problems) as raised:
        graded(world, "chief")
    assert raised.value.by_field() == {"grade": ["没有这个等级，请重新选择。"]}


def test_the_office_sets_the_grades_of_a_jurisdiction(world: World) -> None:
    jurisdiction = Jurisdiction.objects.get(name="青海省")
    world.plan.jurisdiction = jurisdiction
    world.plan.save()
    issued = graded(world, "remind")
    before = grade_actions.rows_of(jurisdiction)
    seen = grade_actions.fingerprint(before)
    assert [one.name for one in before] == ["提醒单", "催办单", "督办单", "移交函"]
    changed = [
        replace(before[0], name="温馨提示", answer_days=3),
        *before[1:3],
        replace(before[3], is_active=False),
    ]
    new = grade_actions.GradeInput("", "通报", "通", "特此通报。", 7, False, True)

    def save(rows: Any, **more: Any) -> bool:
        asked = {"by": world.office, "jurisdiction": jurisdiction, "seen": seen, **more}
        return grade_actions.set_grades(rows=rows, **asked)

    for wrong, field in (
        ([replace(before[0], name="")], "0-name"),
        ([before[0], replace(before[1], mark="提")], "1-mark"),
        ([replace(before[0], answer_days=0)], "0-answer_days"),
        ([replace(one, is_active=False) for one in before], ""),
    ):
        with pytest.raises((Problems, Conflict)) as raised:
            save([*wrong, *before[len(wrong) :]])
        assert isinstance(raised.value, Problems)
        assert list(raised.value.by_field()) == [field]
    assert save([new, *changed]) is True
    assert [(one.code, one.name, one.answer_days) for one in grades_of(world.plan.pk)] == [
        ("own1", "通报", 7), ("remind", "温馨提示", 3), ("urge", "催办单", 5), ("supervise", "督办单", 10)
    ]  # fmt: skip
    with pytest.raises(Conflict):
        save(before)
    with pytest.raises(PermissionDenied):
        save(before, by=world.leadership)
    # What was issued keeps its words.
    assert Notice.objects.get(pk=issued.pk).kind_name == "提醒单"
    assert graded(world, "remind").kind_name == "温馨提示"


def test_the_page_of_grades_adds_one_and_shows_what_was_wrong(world: World) -> None:
    jurisdiction = Jurisdiction.objects.first() or Jurisdiction.objects.create(
        name="青海省", level="province", office="青海省某办公室"
    )
    url = f"{reverse('notice_grades')}?of={jurisdiction.pk}"
    page = client(world.office).get(url)
    data: dict[str, Any] = {"of": jurisdiction.pk, "count": "5", "seen": page.context["seen"]}
    for number, form in enumerate(page.context["rows"]):
        for field in form:
            value = field.value()
            if value not in (None, False):
                data[f"{number}-{field.name}"] = "on" if value is True else value
    new = {"4-order": "1", "4-name": "通报", "4-mark": "通", "4-answer_days": "7", "4-is_active": "on"}
    refused = client(world.office).post(url, {**data, **new})
    assert (refused.status_code, "请填写。" in refused.content.decode()) == (422, True)
    assert not NoticeGrade.objects.exists()
    assert client(world.office).post(url, {**data, **new, "4-formula": "特此通报。"}).status_code == 302
    names = NoticeGrade.objects.filter(jurisdiction=jurisdiction).values_list("name", flat=True)
    assert list(names)[:2] == ["提醒单", "通报"] or list(names)[:2] == ["通报", "提醒单"]


# -- several agencies ---------------------------------------------------------------------------------------


def test_several_agencies_get_a_notice_each_with_a_number_of_its_own(world: World) -> None:
    asked = world.hand(key=uuid4())
    ids = [world.lead.pk, world.co.pk]
    made = actions.issue_several(by=world.office, asked=asked, agency_ids=ids)
    assert [one.doc_number for one in made] == ["督〔2017〕1号", "督〔2017〕2号"]
    assert [one.addressees for one in made] == ["", ""]
    # The same form sent twice is the same notices.
    assert actions.issue_several(by=world.office, asked=asked, agency_ids=ids) == made


def test_one_document_to_several_agencies_has_one_number_and_each_answers_alone(
    world: World, prepared_fonts: None
) -> None:
    ids = [world.lead.pk, world.co.pk]
    made = actions.issue_several(by=world.office, asked=world.hand(), agency_ids=ids, together=True)
    assert [(one.doc_number, one.agency_id) for one in made] == [("督〔2017〕1号", pk) for pk in ids]
    assert {document.composed(one)["addressee"] for one in made} == {"牵头局、配合局"}
    assert Message.objects.filter(user=world.co_approver).exists()
    assert world.issued().doc_number == "督〔2017〕2号"
    # Another notice cannot take the number.
    made[0].pk, made[0].key = None, uuid4()
    with pytest.raises(DatabaseError), transaction.atomic():
        made[0].save(force_insert=True)


def test_one_document_is_either_a_notice_or_a_letter_and_is_issued_by_one_person(world: World) -> None:
    for other in (world.bank, world.home):
        with pytest.raises(Problems) as raised:
            actions.issue_several(
                by=world.office, asked=world.hand(), agency_ids=[world.lead.pk, other.pk], together=True
            )
        assert list(raised.value.by_field()) == ["agency"]
    assert not Notice.objects.exists()


# -- preview ------------------------------------------------------------------------------------------------


def test_a_preview_shows_every_paper_and_takes_no_number(world: World, prepared_fonts: None) -> None:
    url, office = reverse("notice_new"), client(world.office)
    given = {
        "plan": world.plan.slug,
        "key": str(uuid4()),
        "ground": "hand",
        "subject": "",
        "agency": [world.lead.pk, world.co.pk],
        "together": "each",
        "grade": "remind",
        "title": "关于报送材料的督办单",
        "text": "请报送材料。\n并说明情况。",
        "due_on": "",
    }
    where = f"{url}?plan={world.plan.slug}"
    page = office.post(where, {**given, "action": "preview"})
    text = page.content.decode()
    assert page.status_code == 200
    assert text.count("文号签发时编定") == 2
    assert "关于报送材料的提醒单" in text.replace("</span><span>", "")
    assert (Notice.objects.count(), Message.objects.count(), Job.objects.count()) == (0, 0, 0)
    back = office.post(where, {**given, "action": "edit"})
    assert (back.status_code, "并说明情况。" in back.content.decode()) == (200, True)
    assert office.post(where, {**given, "action": "issue"}).status_code == 302
    assert [one.doc_number for one in Notice.objects.order_by("pk")] == ["提〔2017〕1号", "提〔2017〕2号"]
    assert {one.title for one in Notice.objects.all()} == {"关于报送材料的提醒单"}
    wrong = office.post(where, {**given, "text": "", "action": "preview"})
    assert wrong.status_code == 422


def test_the_grade_is_chosen_by_a_person(world: World) -> None:
    """No decision is preset: the form opens without a grade, and is refused without one."""
    office, where = client(world.office), f"{reverse('notice_new')}?plan={world.plan.slug}"
    assert office.get(where).context["form"]["grade"].value() is None
    refused = office.post(where, {"key": str(uuid4()), "ground": "hand", "agency": world.lead.pk})
    assert (refused.status_code, "请选等级。" in refused.content.decode()) == (422, True)
    assert not Notice.objects.exists()


def test_a_proposal_is_previewed_before_it_is_issued(world: World, prepared_fonts: None) -> None:
    notice = world.proposal()
    url, office = reverse("notice_issue", args=[notice.pk]), client(world.office)
    given = {"title": notice.title, "text": notice.text, "due_on": "2017-07-28", "grade": "supervise"}
    page = office.post(url, {**given, "action": "preview"})
    assert "文号签发时编定" in page.content.decode()
    notice.refresh_from_db()
    assert (notice.state, notice.number) == ("proposed", None)
    assert office.post(url, {**given, "action": "issue"}).status_code == 302
    notice.refresh_from_db()
    assert notice.doc_number == "督〔2017〕1号"


def test_a_preview_calls_an_agency_as_on_the_sites_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "agency_name", lambda _pk, quarter: str(quarter))
    assert document.name_of(world.proposal()) == "2017Q3"
