"""Upload handler: streams uploads to a folder beside the store and limits the size of each file.

A file over the limit is read to its end without being kept, so that the rest of the form arrives and the user gets a
message on the field with the true size and loses no typed text. A request that is far too large is not read at all.
"""

import logging
import tempfile
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

log = logging.getLogger(__name__)


class _BesideTheStore(TemporaryUploadedFile):
    """A temporary file on the disk of the store (not in a container's memory), so that storing it is a rename."""

    def __init__(self, name: str, content_type: str, charset: str | None, extra: dict[str, Any]) -> None:
        settings.UPLOAD_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=settings.UPLOAD_DIR)  # noqa: SIM115 — closed with the request
        UploadedFile.__init__(self, file, name, content_type, 0, charset, extra)


class NotKept(SimpleUploadedFile):
    """What stands for a file that the disk did not take: the rest of the form arrives, and the file is refused with its name
    (`tasks.files.actions.check`)."""

    def __init__(self, name: str) -> None:
        super().__init__(name, b"")


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Keeps at most UPLOAD_CAP bytes of a file; a larger file is emptied, and its `size` is the true size."""

    file: Any

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
        try:
            self.file = _BesideTheStore(file_name, content_type, charset, content_type_extra or {})
        except OSError:
            self.file = NotKept(file_name)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        remaining = settings.UPLOAD_CAP - start
        if remaining > 0 and not isinstance(self.file, NotKept):
            try:
                self.file.write(raw_data[:remaining])
                self.file.flush()
            except OSError:
                log.exception("an upload cannot be written")
                self.file = NotKept(str(self.file_name))

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        if isinstance(self.file, NotKept):
            return self.file
        if file_size > settings.UPLOAD_CAP:
            self.file.truncate(0)  # a partial file must not look like a complete one
        return super().file_complete(file_size)
