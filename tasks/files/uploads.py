"""How uploads reach the disk: streamed to a folder beside the store, and no more of one file than we would keep.

What is larger is read to its end without being kept, so that the rest of the form arrives and the person is told on
the field, with the true size, and has lost nothing that he typed. What is far too large as a whole is not read at all.
"""

import tempfile
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler


class _BesideTheStore(TemporaryUploadedFile):
    """A temporary file on the store's own disk (not in a container's memory), so that keeping it is a rename."""

    def __init__(self, name: str, content_type: str, charset: str | None, extra: dict[str, Any]) -> None:
        settings.UPLOAD_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=settings.UPLOAD_DIR)  # noqa: SIM115 — closed with the request
        UploadedFile.__init__(self, file, name, content_type, 0, charset, extra)


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Keeps at most UPLOAD_CAP bytes of a file; one that was larger is empty, and its `size` says how large it was."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: str | None = None
    ) -> None:
        if content_length > settings.UPLOAD_REQUEST_CAP:
            raise RequestDataTooBig(f"{content_length} bytes")

    def new_file(
        self,
        field_name: str,
        file_name: str,
        content_type: str,
        content_length: int | None,
        charset: str | None = None,
        content_type_extra: dict[str, Any] | None = None,
    ) -> None:
        FileUploadHandler.new_file(
            self, field_name, file_name, content_type, content_length, charset, content_type_extra
        )
        self.file = _BesideTheStore(file_name, content_type, charset, content_type_extra or {})

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        room = settings.UPLOAD_CAP - start
        if room > 0:
            self.file.write(raw_data[:room])

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        if file_size > settings.UPLOAD_CAP:
            self.file.truncate(0)  # nobody takes half a file for a whole one
        return super().file_complete(file_size)
