"""The model of a jurisdiction: whose plan it is, and what its documents print."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# What a person says of a jurisdiction.
WORDS = ("name", "level", "abbreviation", "leading_group", "office", "notice_mark")


class JurisdictionLevel(models.TextChoices):
    """The level of government that issues the plan."""

    PROVINCE = "province", _("省级")
    CITY = "city", _("市级")
    COUNTY = "county", _("县级")


class Jurisdiction(models.Model):
    """地区: a province, city or county that issues plans. Its words are printed on the documents of its plans; agencies
    belong to one, and two of them may each have an agency of the same name."""

    name = models.CharField(_("名称"), max_length=40, unique=True)
    level = models.CharField(_("层级"), max_length=10, choices=JurisdictionLevel)
    abbreviation = models.CharField(_("简称"), max_length=10, blank=True)
    leading_group = models.CharField(_("领导小组"), max_length=120, blank=True)
    office = models.CharField(_("办公室"), max_length=120)
    notice_mark = models.CharField(_("机关代字"), max_length=20, blank=True)
    revision = models.PositiveIntegerField(_("修订号"), default=1)

    class Meta:
        verbose_name = _("地区")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="jurisdiction_has_name_and_office", condition=~models.Q(name="") & ~models.Q(office="")
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def coordination(self) -> str:
        """What is asked of a higher level: 需省级协调事项."""
        return gettext("需%(level)s协调事项") % {"level": self.get_level_display()}

    @property
    def central_agencies(self) -> str:
        """The kind of the centre's agencies there: 中央驻青单位."""
        return gettext("中央驻%(place)s单位") % {"place": self.abbreviation or gettext("地方")}
