"""The pages of all formats: download, upload with a preview, and the answers to what cannot be written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tasks.errors import Problems
from tasks.workbooks.preview import Preview
from tasks.workbooks.upload_check import MAX_BYTES
from tasks.workbooks.values import CONTENT_TYPE, Refused

PROBLEMS_SHOWN = 200


def download_of(data: bytes, name: str) -> FileResponse:
    """A workbook as a file to be saved under `name`."""
    return FileResponse(BytesIO(data), as_attachment=True, filename=name, content_type=CONTENT_TYPE)


@dataclass(frozen=True)
class UploadPage:
    """The upload page of a format for one request. `context` is what the format adds for its template; the engine adds
    preview, problems (the first 200), more, signed, refused, details and file_name."""

    request: HttpRequest
    template: str
    context: Mapping[str, Any]
    no_file: str  # the refusal of a form without a file
    too_large: str  # the refusal of a file over %(mb)d MB

    def uploaded(self, examine: Callable[[bytes, str], Preview[Any]]) -> HttpResponse:
        """The answer to an uploaded file: what it would change, or why it is refused. Writes nothing.

        `examine` gets the content and the name of the file; it raises Refused.
        """
        sent = self.request.FILES.get("file")
        if sent is None:
            return self.refused(self.no_file)
        name = sent.name or ""
        try:
            if (sent.size or 0) > MAX_BYTES:
                raise Refused(self.too_large % {"mb": MAX_BYTES // 1024 // 1024})
            preview = examine(sent.read(), name)
        except Refused as error:
            return self.refused(str(error), name=name)
        return self.shown(preview=preview, name=name, status=422 if preview.problems else 200)

    def conflict(self, details: Sequence[str]) -> HttpResponse:
        """The answer when drafts changed after the preview; `details` say which."""
        message = _("预览以后有人改过，什么都没有写入。请重新下载、修改后再上传。")
        return self.refused(message, details, status=409)

    def faulty(self, error: Problems) -> HttpResponse:
        """The answer when the write path refuses confirmed values."""
        details = [f"{problem.row} {problem.message}" for problem in error.problems]
        return self.refused(_("有内容不能写入。"), details)

    def refused(
        self, message: str, details: Sequence[str] = (), *, name: str = "", status: int = 422
    ) -> HttpResponse:
        """The page with a refusal of the file as a whole."""
        return self.shown(refused=message, details=details, name=name, status=status)

    def shown(
        self,
        *,
        preview: Preview[Any] | None = None,
        refused: str = "",
        details: Sequence[str] = (),
        name: str = "",
        status: int = 200,
    ) -> HttpResponse:
        """The page; without a preview it only offers the upload."""
        problems = preview.problems if preview else []
        context = {
            **self.context,
            "preview": preview,
            "problems": problems[:PROBLEMS_SHOWN],
            "more": max(0, len(problems) - PROBLEMS_SHOWN),
            "signed": preview.signed if preview else "",
            "refused": refused,
            "details": details,
            "file_name": name,
        }
        return render(self.request, self.template, context, status=status)
