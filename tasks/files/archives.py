"""Several stored files as one ZIP, written while it is sent: no more than a piece of one file is in memory at a time."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, cast

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from tasks.files import permissions, storage
from tasks.files.models import StoredFile
from tasks.files.names import fit, split
from tasks.files.serving import why_not

_CHUNK = 256 * 1024
# What Windows takes in no name, and the names that it keeps for devices.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A file, and the folders in which it stands, each a plain name."""

    folders: tuple[str, ...]
    file: StoredFile


class _Sink:
    """Where the archive is written to, and read from in pieces; it cannot be rewound."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


def hand_out_zip(entries: Iterable[Entry], name: str) -> StreamingHttpResponse:
    """The files as an attachment; callers have checked the permission for each. What the scanner keeps back, and what the
    store lost, is named with its reason in a text file inside."""
    return StreamingHttpResponse(
        stream(list(entries)),
        content_type="application/zip",
        headers={
            "Content-Disposition": content_disposition_header(True, f"{safe(name)}.zip") or "",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


def stream(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The archive in pieces."""
    sink, used, left_out = _Sink(), set[str](), list[str]()
    with zipfile.ZipFile(cast(IO[bytes], sink), "w") as archive:
        for entry in entries:
            path = _unique("/".join(safe(part) for part in (*entry.folders, entry.file.name)), used)
            if not permissions.may_leave(entry.file):
                left_out.append(f"{path}　{why_not(entry.file)}")
                continue
            try:
                content = storage.get(entry.file)
            except FileNotFoundError:
                left_out.append(
                    f"{path}　{_('文件的内容不在存储里，或已不是上传时的内容，请联系系统管理员。')}"
                )
                continue
            uploaded = timezone.localtime(entry.file.uploaded_at, timezone.get_default_timezone())
            info = zipfile.ZipInfo(path, uploaded.timetuple()[:6])
            info.file_size = entry.file.size
            with content, archive.open(info, "w") as target:
                while piece := content.read(_CHUNK):
                    target.write(piece)
                    yield sink.take()
        if left_out:
            text = "\r\n".join([_("以下文件没有包括在内："), *left_out, ""])
            archive.writestr(_unique(_("未包括的文件.txt"), used), text.encode("utf-8-sig"))
    yield sink.take()


def safe(name: str) -> str:
    """The name as any system takes it for a file or a folder."""
    stem, suffix = split(_UNSAFE.sub("_", name))
    found = fit(stem, suffix).strip(" .") or "_"
    return f"_{found}" if _DEVICE.fullmatch(found) else found


def _unique(path: str, used: set[str]) -> str:
    """The path, with a number where another has it already; some systems do not tell large letters from small ones."""
    folder, slash, name = path.rpartition("/")
    stem, suffix = split(name)
    number, found = 1, path
    while found.casefold() in used:
        number += 1
        found = f"{folder}{slash}{fit(stem, f'（{number}）{suffix}')}"
    used.add(found.casefold())
    return found
