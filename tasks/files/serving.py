"""Serves a stored file as an attachment; callers have checked the permission."""

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from tasks.files import permissions, storage
from tasks.files.models import StoredFile
from tasks.files.values import ScanState


def hand_out(file: StoredFile) -> FileResponse:
    """The file as an attachment, so that no browser opens it under the site's own address. If a browser tries anyway,
    it may not guess another type, and the content may not run, load or send anything."""
    if not permissions.may_leave(file):
        raise PermissionDenied(_("“%(name)s”%(why)s") % {"name": file.name, "why": why_not(file)})
    try:
        content = storage.get(file)
    except FileNotFoundError as error:
        raise Http404(_("文件的内容不在存储里，或已不是上传时的内容，请联系系统管理员。")) from error
    return FileResponse(
        content,
        as_attachment=True,
        filename=file.name,
        content_type=file.media_type,
        headers={
            "Content-Length": str(file.size),
            "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        },
    )


def why_not(file: StoredFile) -> str:
    """The message why the file is not served now, continuing a sentence that begins with its name; "" if it is."""
    if permissions.may_leave(file):
        return ""
    match file.scan_state:
        case ScanState.INFECTED:
            return _("查出病毒（%(virus)s），不提供下载。") % {"virus": file.scan_note}
        case ScanState.FAILED:
            return _("还没有查成毒，稍后自动再查，查过以前不提供下载。")
        case _state:
            return _("正在等待查毒，稍后可以下载。")
