"""Signed and sealed sheets of bundles 报送材料."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.agencies.models import Agency
from tasks.cycles.models import Cycle
from tasks.files.models import StoredFile
from tasks.people.models import User
from tasks.people.permissions import may_file, may_see_problems
from tasks.people.plan_scope import by_plan


class SealedSheetQuerySet(models.QuerySet["SealedSheet"]):
    """Sealed sheets, by who may see them."""

    @by_plan
    def visible_to(self, user: User) -> "SealedSheetQuerySet":
        """The agency's own; all of them for those who may read the problems of every agency, which the sheets contain."""
        if may_see_problems(user):
            return self
        return self.filter(agency=user.agency_id) if may_file(user) else self.none()


class SealedSheet(models.Model):
    """用印扫描件: the printed sheet of an agency's quarter, signed and sealed, as it was scanned; append-only. `code` is
    that of what had been submitted by then: the scan is of the same content while the codes are equal."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="sealed_sheets", verbose_name=_("填报周期"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="sealed_sheets", verbose_name=_("单位"))
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="sheet_link", verbose_name=_("文件"))
    code = models.CharField(_("校验码"), max_length=20)

    objects = SealedSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("用印扫描件")
        ordering = ["-file__uploaded_at", "-id"]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.agency_id} {self.code}"
