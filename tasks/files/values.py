"""What kinds of file are taken, what a scanner says of one, and the words for both."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ScanState(models.TextChoices):
    """What the virus scanner has said of a file."""

    UNSCANNED = "unscanned", _("未扫描")
    SCANNING = "scanning", _("正在扫描")
    CLEAN = "clean", _("无毒")
    INFECTED = "infected", _("有毒")
    FAILED = "failed", _("扫描失败")


# In which a scanner has still something to say.
WAITING = frozenset({ScanState.UNSCANNED, ScanState.SCANNING, ScanState.FAILED})


@dataclass(frozen=True)
class Kind:
    """A kind of file that is taken: its media type, and the endings under which people know it, the usual one first."""

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
# WPS Office writes its own endings on what are files of the old Microsoft formats inside.
DOC = Kind("application/msword", _("Word 97-2003 或 WPS 文字"), (".doc", ".wps"))
XLS = Kind("application/vnd.ms-excel", _("Excel 97-2003 或 WPS 表格"), (".xls", ".et"))
OFD = Kind("application/ofd", _("OFD 版式文件"), (".ofd",))
JPEG = Kind("image/jpeg", _("JPEG 图片"), (".jpg", ".jpeg"))
PNG = Kind("image/png", _("PNG 图片"), (".png",))
TIFF = Kind("image/tiff", _("TIFF 图片"), (".tif", ".tiff"))

KINDS = (PDF, DOCX, XLSX, DOC, XLS, OFD, JPEG, PNG, TIFF)
SUFFIXES = tuple(suffix for kind in KINDS for suffix in kind.suffixes)
