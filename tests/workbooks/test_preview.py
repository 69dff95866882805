"""What an upload would change, and what prevents it."""

from dataclasses import replace

import pytest

from tasks.workbooks import signed_preview
from tasks.workbooks.preview import FieldChange
from tasks.workbooks.values import Refused
from tests.workbooks.conftest import Draft, Upload


def test_a_round_trip_without_edits_changes_nothing(upload: Upload) -> None:
    preview = upload.examine()
    assert (preview.changes, preview.same, preview.missing, preview.problems, preview.signed) == (
        [],
        4,
        [],
        [],
        "",
    )


def test_changes_have_old_and_new_cells_and_are_signed(upload: Upload) -> None:
    preview = upload.fill(2, words="第二").fill(1, words="新话").examine()
    assert [(change.task.code, change.is_new, change.fields) for change in preview.changes] == [
        ("一", False, (FieldChange("内容", "旧话", "新话", "表 C5"),)),
        ("二", True, (FieldChange("内容", "", "第二", "表 C6"),)),
    ]
    assert [Draft(**row) for row in signed_preview.signed_rows(preview.signed, salt="tests")] == [
        Draft("一", "新话", revision=3),
        Draft("二", "第二"),
    ]


def test_a_row_that_is_equal_to_its_draft_is_left_out(upload: Upload) -> None:
    upload.fill(1, words="同事也写了")
    upload.drafts[0] = replace(upload.drafts[0], words="同事也写了", revision=4)
    preview = upload.examine()
    assert (preview.changes, preview.same, preview.problems) == ([], 4, [])


def test_a_draft_saved_since_the_download_is_reported_only_if_its_row_was_touched(upload: Upload) -> None:
    upload.drafts[0] = replace(upload.drafts[0], words="同事写的", revision=4)
    assert upload.fill(2, words="第二").examine().problems == []
    preview = upload.fill(1, words="新话").examine()
    assert [(problem.place, problem.message) for problem in preview.problems] == [
        ("表 A5", "下载以后有人保存过。")
    ]
    assert preview.signed == ""


def test_problems_are_in_the_order_of_the_sheet_and_once_for_a_cell(upload: Upload) -> None:
    upload.fill(4, words="改").fill(3, words="坏").fill(1, words="字" * 11)
    preview = upload.examine()
    assert [(problem.place, problem.message) for problem in preview.problems] == [
        ("表 C5", "有 11 字，最多 10 字，请删减。"),
        ("表 C7", "写不进去。"),
        ("表 A8", "这一行不能改。"),
    ]
    assert preview.signed == ""


def test_missing_rows_are_named(upload: Upload) -> None:
    upload.sheet.delete_rows(6)
    assert upload.examine().missing == ["二"]


def test_a_preview_cannot_be_changed_kept_too_long_or_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    signed = signed_preview.sign([1], salt="tests")
    for text, salt in ((signed[:-2] + "xx", "tests"), (signed, "other"), ("", "tests")):
        with pytest.raises(Refused, match="预览已失效"):
            signed_preview.signed_rows(text, salt=salt)
    monkeypatch.setattr(signed_preview, "MAX_SIGNED", len(signed) - 1)
    with pytest.raises(Refused, match="请分成两张表上传"):
        signed_preview.sign([1], salt="tests")
    monkeypatch.setattr(signed_preview, "MAX_AGE", -1)
    with pytest.raises(Refused, match="预览已失效"):
        signed_preview.signed_rows(signed, salt="tests")
