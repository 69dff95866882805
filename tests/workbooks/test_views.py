"""The answers of an upload page: their status, and what they give the template."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from tasks.errors import Problem, Problems
from tasks.workbooks import views
from tasks.workbooks.preview import Preview
from tasks.workbooks.values import CellProblem, Refused
from tasks.workbooks.views import UploadPage


class Shown(HttpResponse):
    """An answer that keeps the context of its template."""

    context: dict[str, Any]


@pytest.fixture(autouse=True)
def _no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    def render(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> Shown:
        answer = Shown(template, status=status)
        answer.context = context
        return answer

    monkeypatch.setattr(views, "render", render)


def page(content: bytes | None = None) -> UploadPage:
    files = {} if content is None else {"file": SimpleUploadedFile("表.xlsx", content)}
    request = RequestFactory().post("/", files)
    return UploadPage(request, "t.html", {"plan": "p"}, no_file="没有文件", too_large="超过 %(mb)d MB")


def outcome(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer.context["refused"], answer.context["file_name"]


def examined(preview: Preview[Any] | None = None) -> Any:
    def examine(data: bytes, name: str) -> Preview[Any]:
        if preview is None:
            raise Refused(f"{name} {data!r}")
        return preview

    return examine


def test_a_page_without_an_upload_offers_the_form() -> None:
    answer: Any = page().shown()
    assert outcome(answer) == (200, "", "")
    assert answer.context == {
        "plan": "p",
        "preview": None,
        "problems": [],
        "more": 0,
        "signed": "",
        "refused": "",
        "details": (),
        "file_name": "",
    }


def test_no_file_a_large_file_and_a_refused_file_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcome(page().uploaded(examined())) == (422, "没有文件", "")
    assert outcome(page(b"x").uploaded(examined())) == (422, "表.xlsx b'x'", "表.xlsx")
    monkeypatch.setattr(views, "MAX_BYTES", 2)
    assert outcome(page(b"xxx").uploaded(examined(Preview()))) == (422, "超过 0 MB", "表.xlsx")


def test_a_preview_is_shown_with_its_first_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    answer: Any = page(b"x").uploaded(examined(Preview(signed="s")))
    assert (outcome(answer), answer.context["signed"]) == ((200, "", "表.xlsx"), "s")
    monkeypatch.setattr(views, "PROBLEMS_SHOWN", 2)
    problems = [CellProblem(f"{n}") for n in range(5)]
    answer = page(b"x").uploaded(examined(Preview(problems=problems)))
    assert (outcome(answer), answer.context["problems"]) == ((422, "", "表.xlsx"), problems[:2])
    assert answer.context["more"] == 3


def test_values_that_cannot_be_written_are_answered_with_their_reasons() -> None:
    answer: Any = page().conflict(["一：有人保存过。"])
    assert (answer.status_code, answer.context["details"]) == (409, ["一：有人保存过。"])
    answer = page().faulty(Problems([Problem("done", "太长。", "一")]))
    assert (outcome(answer), answer.context["details"]) == ((422, "有内容不能写入。", ""), ["一 太长。"])


def test_a_download_is_saved_under_its_name() -> None:
    answer = views.download_of(b"x", "表 甲局.xlsx")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert b"".join(answer.streaming_content) == b"x"  # type: ignore[arg-type]
