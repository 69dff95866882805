"""Files are kept whole, under names of ours, and really go when nobody holds them."""

import hashlib
import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.test import RequestFactory
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from tasks.errors import Problems
from tasks.files import actions, storage
from tasks.files.actions import check, store
from tasks.models import StoredFile
from tests import factories as make
from tests.files.samples import docx, pdf


def upload(data: bytes = pdf("一"), name: str = "佐证.pdf") -> "ContentFile[bytes]":
    return ContentFile(data, name=name)


def on_disk() -> set[str]:
    root = Path(settings.MEDIA_ROOT) / "files"
    return {path.name for path in root.rglob("*") if path.is_file()}


@pytest.fixture(autouse=True)
def empty_store(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOAD_DIR = settings.MEDIA_ROOT / "incoming"


@pytest.mark.django_db
def test_a_file_is_stored_with_what_is_known_of_it() -> None:
    user = make.user(password=None)
    data = docx()
    file = store(by=user, checked=check([upload(data, "../说明.docx")], field="f"))[0]
    file.refresh_from_db()
    assert (file.name, file.size, file.sha256) == ("说明.docx", len(data), hashlib.sha256(data).hexdigest())
    assert file.media_type.endswith("wordprocessingml.document")
    assert (file.uploaded_by, file.scan_state) == (user, "unscanned")
    with storage.get(file) as content:
        assert content.read() == data
    path = Path(default_storage.path(file.path))
    assert path.parts[-3:] == ("files", file.pk.hex[:2], file.pk.hex)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_each_file_that_is_not_taken_is_told_by_name() -> None:
    big = ContentFile(b"", name="大.pdf")
    big.size = 21 * 1024 * 1024
    with pytest.raises(Problems) as refused:
        check([upload(), upload(b"MZ", "程序.pdf"), big], field="evidence")
    assert [(problem.field, problem.message) for problem in refused.value.problems] == [
        ("evidence", "“程序.pdf”的内容是程序，不能收；请交 PDF、Word、Excel、OFD，或 JPG、PNG、TIFF 图片。"),
        ("evidence", "“大.pdf”有 21.0 MB，每件最多 20 MB；请压缩或分成几件再传。"),
    ]


@pytest.mark.django_db
def test_rows_that_do_not_come_to_be_leave_no_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(StoredFile.objects, "bulk_create", fails)
    with pytest.raises(DatabaseError):
        store(by=make.user(password=None), checked=check([upload(), upload(docx(), "二.docx")], field="f"))
    assert on_disk() == set()


@pytest.mark.django_db
def test_deleting_takes_the_bytes_only_once_it_is_certain(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    file = store(by=make.user(password=None), checked=check([upload()], field="f"))[0]
    with transaction.atomic():
        actions.delete([file])
        transaction.set_rollback(True)
    assert on_disk() == {file.pk.hex}
    with django_capture_on_commit_callbacks(execute=True):
        actions.delete([file])
    assert not StoredFile.objects.exists()
    assert on_disk() == set()


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"name": "改名.pdf"}, {"sha256": "0" * 64}, {"size": 5}])
def test_what_was_uploaded_is_never_changed(change: dict[str, Any]) -> None:
    file = store(by=make.user(password=None), checked=check([upload()], field="f"))[0]
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        StoredFile.objects.filter(pk=file.pk).update(**change)


@pytest.mark.django_db
def test_tidying_removes_only_what_is_old_and_nobodys() -> None:
    user = make.user(password=None)
    old, orphan = store(by=user, checked=check([upload(), upload(pdf("二"))], field="f"))
    StoredFile.objects.filter(
        pk=orphan.pk
    ).delete()  # as after a power cut: the row is not there, the bytes are
    young = Path(default_storage.path("files/aa/young"))
    young.parent.mkdir(parents=True, exist_ok=True)
    young.write_bytes(b"x")
    cut_off = Path(settings.UPLOAD_DIR) / "cut.upload"
    cut_off.parent.mkdir(parents=True)
    cut_off.write_bytes(b"x")
    past = time.time() - 2 * 24 * 3600
    for path in (default_storage.path(old.path), default_storage.path(orphan.path), cut_off):
        os.utime(path, (past, past))
    assert storage.tidy() == 2
    assert on_disk() == {old.pk.hex, "young"}
    assert not cut_off.exists()


# -- on the way in ------------------------------------------------------------------------------------------


def _posted(data: bytes) -> Any:
    request = RequestFactory().post("/", {"text": "所写的", "file": ContentFile(data, name="a.pdf")})
    return request.FILES["file"], request.POST["text"]


def test_a_large_upload_goes_to_the_stores_disk(settings: Settings) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    data = pdf() + bytes(5000)
    file, text = _posted(data)
    assert text == "所写的"
    assert Path(file.temporary_file_path()).parent == settings.UPLOAD_DIR
    assert (file.read(), file.size) == (data, len(data))
    file.close()
    assert list(settings.UPLOAD_DIR.iterdir()) == []


def test_what_is_too_large_is_counted_and_not_kept(settings: Settings) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    settings.UPLOAD_CAP = 100_000
    written: list[int] = []

    file, text = _posted(pdf() + bytes(300_000))
    written.append(os.stat(file.temporary_file_path()).st_size)
    assert (text, file.size, file.read(), written) == ("所写的", 300_000 + len(pdf()), b"", [0])
    file.close()


def test_what_is_far_too_large_is_not_read_at_all(settings: Settings) -> None:
    settings.UPLOAD_REQUEST_CAP = 10_000
    with pytest.raises(RequestDataTooBig):
        _posted(bytes(20_000))
