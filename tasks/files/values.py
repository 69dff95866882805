"""Accepted kinds of files and scan states, with their Chinese labels."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ScanState(models.TextChoices):
    """The state of a file's virus scan."""

    UNSCANNED = "unscanned", _("未扫描")
    SCANNING = "scanning", _("正在扫描")
    CLEAN = "clean", _("无毒")
    INFECTED = "infected", _("有毒")
    FAILED = "failed", _("扫描失败")


class Trace(models.TextChoices):
    """What a file shows of how it was written, and its author may not want to hand out."""

    REVISIONS = "revisions", _("修订痕迹（请接受或拒绝修订后再传）")
    COMMENTS = "comments", _("批注（请删去批注后再传）")


# States in which a scan is still to come.
WAITING = frozenset({ScanState.UNSCANNED, ScanState.SCANNING, ScanState.FAILED})


@dataclass(frozen=True)
class Kind:
    """An accepted kind of file: its media type and its extensions, the usual one first."""

    media_type: str
    words: str | Promise
    suffixes: tuple[str, ...]


PDF = Kind("application/pdf", _("PDF"), (".pdf",))
DOCX = Kind(
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document", _("Word 文档"), (".docx",)
)
XLSX = Kind(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _("Excel 工作簿"), (".xlsx",)
)
# WPS Office gives its own extensions to files in the old Microsoft formats.
DOC = Kind("application/msword", _("Word 97-2003 或 WPS 文字"), (".doc", ".wps"))
XLS = Kind("application/vnd.ms-excel", _("Excel 97-2003 或 WPS 表格"), (".xls", ".et"))
OFD = Kind("application/ofd", _("OFD 版式文件"), (".ofd",))
JPEG = Kind("image/jpeg", _("JPEG 图片"), (".jpg", ".jpeg"))
PNG = Kind("image/png", _("PNG 图片"), (".png",))
TIFF = Kind("image/tiff", _("TIFF 图片"), (".tif", ".tiff"))

KINDS = (PDF, DOCX, XLSX, DOC, XLS, OFD, JPEG, PNG, TIFF)
SUFFIXES = tuple(suffix for kind in KINDS for suffix in kind.suffixes)
