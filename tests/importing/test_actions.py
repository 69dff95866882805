"""From the upload to the loaded plan and back: who may do what, in which state, and what a refusal says."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.audit.models import Event
from tasks.errors import Conflict, Problems
from tasks.files.models import StoredFile
from tasks.importing import actions
from tasks.importing.models import ImportEdit, ImportState, PlanImport
from tasks.importing.queries import current
from tasks.jurisdictions.models import Jurisdiction
from tasks.plans.models import Plan, PlanState, Responsibility
from tasks.plans.queries import default_plan
from tasks.values import Role
from tests import factories as make
from tests.importing.uploads import answer_all, file, imported, office, submitted, uploaded
from tests.plans.sample_plan import TEXT, at

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DROP = {"op": "drop_task", "task": at("做强锂电材料")}


def said(error: pytest.ExceptionInfo[Problems]) -> str:
    return "".join(problem.message for problem in error.value.problems)


# -- uploading -------------------------------------------------------------------------------------------------


def test_an_upload_keeps_the_original_and_makes_no_plan() -> None:
    before = Plan.objects.count()
    row = uploaded()
    assert (row.text, row.state) == (TEXT, ImportState.OPEN)
    assert row.file.sha256
    assert len(row.found.all_tasks) == 5
    assert Plan.objects.count() == before


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "a.txt", "空"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "a.doc", "损坏"),
        (b"PK\x03\x04not a zip at all", "a.docx", "损坏"),
        (b"An action plan in English. 1. Do this.", "a.txt", "汉字"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_nothing_is_kept(content: bytes, name: str, why: str) -> None:
    with pytest.raises(Problems) as error:
        actions.upload(by=office(), upload=file(content, name))
    assert len(error.value.problems) == 1
    assert error.value.problems[0].field == "document"
    assert why in said(error)
    assert not PlanImport.objects.exists()
    assert not StoredFile.objects.exists()


def test_the_same_text_twice_is_told() -> None:
    row = uploaded()
    with pytest.raises(Problems, match=f"第{row.pk}号导入"):
        uploaded()
    answer_all(row, row.uploaded_by)
    actions.submit(by=row.uploaded_by, plan_import=row)
    actions.confirm(by=office(), plan_import=row)
    with pytest.raises(Problems, match="这份方案已在用"):
        uploaded()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OFFICE])
def test_only_the_office_imports(role: Role) -> None:
    with pytest.raises(PermissionDenied):
        uploaded(make.user(role, password=None))


# -- editing ---------------------------------------------------------------------------------------------------


def test_edits_are_kept_with_who_and_when_and_never_changed() -> None:
    row = uploaded()
    other = office()
    actions.add_edits(by=other, plan_import=row, edits=[DROP])
    edit = row.edits.get()
    assert (edit.number, edit.by, edit.content) == (1, other, DROP)
    assert len(current(row).structure.all_tasks) == 4
    assert Event.objects.filter(verb="planimport.edit", by=other).exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        ImportEdit.objects.update(number=2)


def test_an_edit_that_does_not_fit_is_refused_with_all_of_its_batch() -> None:
    row = uploaded()
    with pytest.raises(Problems, match="没有“没有的”这项任务"):
        actions.add_edits(
            by=row.uploaded_by,
            plan_import=row,
            edits=[DROP, {"op": "drop_task", "task": {"quote": "没有的"}}],
        )
    assert not row.edits.exists()


def test_of_two_people_who_change_the_same_place_the_second_is_told() -> None:
    row = uploaded()
    actions.add_edits(by=office(), plan_import=row, edits=[DROP])
    with pytest.raises(Problems, match="可能已被改动"):
        actions.add_edits(by=office(), plan_import=row, edits=[DROP])


def test_the_last_edit_is_taken_back_and_then_the_one_before() -> None:
    row = uploaded()
    user = row.uploaded_by
    actions.add_edits(by=user, plan_import=row, edits=[DROP])
    actions.add_edits(by=user, plan_import=row, edits=[{"op": "drop_task", "task": at("健全监测体系")}])
    actions.undo_last(by=user, plan_import=row)
    assert len(current(row).structure.all_tasks) == 4
    actions.undo_last(by=user, plan_import=row)
    assert len(current(row).structure.all_tasks) == 5
    with pytest.raises(Problems, match="没有可以撤销的更正"):
        actions.undo_last(by=user, plan_import=row)


# -- two people --------------------------------------------------------------------------------------------------


def test_open_questions_keep_an_import_from_being_handed_on() -> None:
    row = uploaded()
    actions.add_edits(
        by=row.uploaded_by,
        plan_import=row,
        edits=[{"op": "add_mention", "task": at("做强锂电材料"), "duty": "co", "name": "省盐湖协调组"}],
    )
    assert [one.kind for one in current(row).questions.open] == ["agency_kind"]
    with pytest.raises(Problems, match="还有1处待确定"):
        actions.submit(by=row.uploaded_by, plan_import=row)


def test_what_cannot_be_loaded_is_said_before_a_second_person_is_asked() -> None:
    row = uploaded()
    edits = [{"op": "head", "field": "in_force_to", "value": "2016-12-31"}]
    actions.add_edits(by=row.uploaded_by, plan_import=row, edits=edits)
    answer_all(row, row.uploaded_by)
    with pytest.raises(Problems, match="早于施行日期"):
        actions.submit(by=row.uploaded_by, plan_import=row)
    assert PlanImport.objects.get().state == ImportState.OPEN


def test_nobody_confirms_what_they_uploaded_or_corrected() -> None:
    uploader, corrector = office(), office()
    row = uploaded(uploader)
    answer_all(row, uploader)
    actions.add_edits(by=corrector, plan_import=row, edits=[DROP])
    actions.submit(by=uploader, plan_import=row)
    for person in (uploader, corrector):
        with pytest.raises(PermissionDenied):
            actions.confirm(by=person, plan_import=row)
    assert actions.confirm(by=office(), plan_import=row).state == ImportState.IMPORTED


def test_a_confirmed_import_is_a_plan_with_what_was_corrected() -> None:
    user = office()
    row = uploaded(user)
    actions.add_edits(
        by=user,
        plan_import=row,
        edits=[
            DROP,
            {"op": "agency", "name": "省工业厅", "choice": "new", "kind": "party", "full_name": "甲"},
        ],
    )
    answer_all(row, user)
    actions.submit(by=user, plan_import=row)
    plan = actions.confirm(by=office(), plan_import=row).plan
    assert plan is not None
    assert plan.text == TEXT
    assert [task.ref for task in plan.tasks.order_by("order")] == ["2-1-1", "2-1-2", "3-1", "3-2"]
    lead = Responsibility.objects.get(task__plan=plan, task__ref="2-1-1", duty="lead")
    assert (lead.agency.kind, lead.agency.names.get().full) == ("party", "甲")
    assert Plan.objects.get(slug=plan.slug) == plan


def test_a_submitted_import_is_edited_only_after_it_was_sent_back() -> None:
    row = submitted()
    second = office()
    with pytest.raises(Conflict, match="已提交确认"):
        actions.add_edits(by=row.uploaded_by, plan_import=row, edits=[DROP])
    with pytest.raises(Problems, match="请写明理由"):
        actions.reopen(by=second, plan_import=row, note="")
    actions.reopen(by=second, plan_import=row, note="单位有误")
    actions.add_edits(by=row.uploaded_by, plan_import=row, edits=[DROP])


def test_of_two_who_confirm_the_second_is_told_who_was_first() -> None:
    row = submitted()
    first = office(display_name="甲某")
    actions.confirm(by=first, plan_import=row)
    with pytest.raises(Conflict, match="甲某已于"):
        actions.confirm(by=office(), plan_import=row)


# -- corrections are kept ------------------------------------------------------------------------------------------


def test_corrections_are_replayed_on_the_next_upload_of_the_document() -> None:
    user = office()
    row = uploaded(user)
    actions.add_edits(by=user, plan_import=row, edits=[DROP, {"op": "drop_task", "task": at("健全监测体系")}])
    actions.undo_last(by=user, plan_import=row)
    actions.discard(by=user, plan_import=row, note="换一个文件")
    again = uploaded(office(), "第 1 页\n" + TEXT.replace("，", ","))
    assert again.replayed_from == row
    edit = again.edits.get()
    assert (edit.by, edit.replayed, edit.content["op"]) == (user, True, "drop_task")
    assert len(current(again).structure.all_tasks) == 4


# -- taking back ---------------------------------------------------------------------------------------------------


def test_a_plan_is_taken_back_whole_by_two_people() -> None:
    row = imported()
    plan = row.plan
    assert plan is not None
    slug, asker = plan.slug, office()
    actions.ask_back(by=asker, plan_import=row, note="传错文件")
    assert Plan.objects.filter(pk=plan.pk).exists()
    with pytest.raises(PermissionDenied):
        actions.take_back(by=asker, plan_import=row)
    actions.take_back(by=office(), plan_import=row)
    assert not Plan.objects.filter(pk=plan.pk).exists()
    kept = Plan.everything.get(pk=plan.pk)
    assert (kept.state, kept.tasks.count()) == (PlanState.WITHDRAWN, 5)
    assert not Responsibility.objects.filter(task__plan=plan, known__contains=clock.now()).exists()
    assert default_plan() != plan
    again = uploaded()
    answer_all(again, again.uploaded_by)
    actions.submit(by=again.uploaded_by, plan_import=again)
    anew = actions.confirm(by=office(), plan_import=again).plan
    assert anew is not None
    assert anew.slug == slug


def test_a_plan_is_kept_where_the_second_person_disagrees() -> None:
    row = imported()
    actions.ask_back(by=office(), plan_import=row, note="传错文件")
    actions.keep(by=office(), plan_import=row)
    assert PlanImport.objects.get(pk=row.pk).state == ImportState.IMPORTED


def test_after_the_first_return_a_plan_stays() -> None:
    row = imported()
    assert row.plan is not None
    duty = Responsibility.objects.filter(task__plan=row.plan, duty="lead").select_related("task").first()
    assert duty is not None
    make.version(duty.task, duty.agency, "2017Q1")
    with pytest.raises(Problems, match="已有单位报送了填报"):
        actions.ask_back(by=office(), plan_import=row, note="传错文件")


def test_the_default_plan_is_chosen_by_the_office() -> None:
    older = make.plan(issued_on=None)
    actions.set_default(by=office(), plan=older)
    assert default_plan() == older
    newer = make.plan()
    actions.set_default(by=office(), plan=newer)
    assert default_plan() == newer
    with pytest.raises(PermissionDenied):
        actions.set_default(by=make.user(Role.REPORTER, password=None), plan=older)


# -- the jurisdiction ------------------------------------------------------------------------------------------


def test_the_issuers_jurisdiction_is_made_with_the_plan_and_its_new_agencies_belong_to_it() -> None:
    row = submitted()
    assert (current(row).jurisdiction.name, current(row).jurisdiction.pk) == ("示例省", None)
    assert not Jurisdiction.objects.filter(
        name="示例省"
    ).exists()  # nothing exists before a second person's consent
    plan = actions.confirm(by=office(), plan_import=row).plan
    assert plan is not None
    assert plan.jurisdiction is not None
    assert (plan.jurisdiction.name, plan.jurisdiction.office) == ("示例省", "示例省人民政府")
    agencies = Agency.objects.filter(responsibilities__task__plan=plan)
    assert set(agencies.values_list("jurisdiction__name", flat=True)) == {"示例省"}


def test_a_person_chooses_or_describes_the_jurisdiction_and_takes_it_back() -> None:
    row, user = uploaded(), office()
    words = {"name": "示例市", "level": "city", "office": "示例市工业领导小组办公室"}
    actions.add_edits(by=user, plan_import=row, edits=[{"op": "jurisdiction", **words}])
    assert (current(row).jurisdiction.name, current(row).jurisdiction.level) == ("示例市", "city")
    with pytest.raises(Problems, match="办公室的全称"):
        actions.add_edits(by=user, plan_import=row, edits=[{"op": "jurisdiction", **words, "office": " "}])
    known = Jurisdiction.objects.create(name="已有市", level="city", office="已有办公室")
    actions.add_edits(by=user, plan_import=row, edits=[{"op": "jurisdiction", **words, "name": "已有市"}])
    assert (current(row).jurisdiction, current(row).jurisdiction.office) == (known, "已有办公室")
    actions.undo_last(by=user, plan_import=row)
    assert current(row).jurisdiction.name == "示例市"
