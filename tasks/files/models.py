"""Model of stored files. The bytes are in the file store under the row's id; other packages link to the rows."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tasks.files.values import WAITING, ScanState, Trace
from tasks.people.models import User


class StoredFile(models.Model):
    """文件: one uploaded file. Only its scan state ever changes, enforced by a trigger."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("文件名"), max_length=255, help_text=_("只供显示和下载，不作为存储路径。"))
    media_type = models.CharField(_("类型"), max_length=100, help_text=_("按内容判定。"))
    size = models.PositiveBigIntegerField(_("字节数"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    traces = models.JSONField(
        _("编写痕迹"), default=list, blank=True, help_text=_("上传时在文件里看到的修订痕迹、批注。")
    )
    uploaded_at = models.DateTimeField(_("上传时间"))
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上传人"))

    scan_state = models.CharField(
        _("扫描状态"), max_length=10, choices=ScanState, default=ScanState.UNSCANNED
    )
    scan_note = models.CharField(_("扫描结果"), max_length=300, blank=True)
    scanned_at = models.DateTimeField(_("扫描时间"), null=True, blank=True)
    scan_tries = models.PositiveSmallIntegerField(_("扫描次数"), default=0)
    scan_after = models.DateTimeField(
        default=timezone.now
    )  # real time, not the time of qhplan.clock: it is about the process, not the plan

    class Meta:
        verbose_name = _("文件")
        ordering = ["uploaded_at", "id"]
        constraints = [
            models.CheckConstraint(name="file_is_not_empty", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="file_scanned_says_when",
                condition=Q(scan_state__in=[ScanState.CLEAN, ScanState.INFECTED], scanned_at__isnull=False)
                | Q(scan_state__in=sorted(WAITING), scanned_at__isnull=True),
            ),
            models.CheckConstraint(
                name="file_unfit_says_why",
                condition=~Q(scan_state__in=[ScanState.INFECTED, ScanState.FAILED]) | ~Q(scan_note=""),
            ),
        ]
        indexes = [
            models.Index(
                name="file_to_scan", fields=["scan_after"], condition=Q(scan_state__in=sorted(WAITING))
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def remark(self) -> str:
        """含修订痕迹…, or "": what its author may not want to hand out, and how to take it out."""
        words = _("、").join(str(Trace(trace).label) for trace in self.traces)
        return _("含%(traces)s") % {"traces": words} if words else ""

    @property
    def path(self) -> str:
        """The path of the bytes in the store."""
        return f"files/{self.id.hex[:2]}/{self.id.hex}"
