"""The model of a jurisdiction: whose plan it is, and what its documents print."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.jurisdictions.places import places_below, unit_of
from tasks.jurisdictions.values import JurisdictionLevel
from tasks.wording import Wording

# What a person says of a jurisdiction, in words; `own_words` is the rest, where it differs from what is usual.
WORDS = ("name", "level", "abbreviation", "leading_group", "office", "notice_mark")
# What the imprint 版记 of its documents begins with, and who reviews what the office's own agency submits.
IMPRINT = ("report_to", "send_to", "distribute_to", "copy_to", "printed_by", "second_reviewer")


class Jurisdiction(models.Model):
    """地区: a province, city or county that issues plans. Its words are printed on the documents of its plans; agencies
    belong to one, and two of them may each have an agency of the same name."""

    name = models.CharField(_("名称"), max_length=40, unique=True)
    level = models.CharField(_("层级"), max_length=10, choices=JurisdictionLevel)
    abbreviation = models.CharField(_("简称"), max_length=10, blank=True)
    leading_group = models.CharField(_("领导小组"), max_length=120, blank=True)
    office = models.CharField(_("办公室"), max_length=120)
    notice_mark = models.CharField(_("机关代字"), max_length=20, blank=True)
    report_to = models.CharField(_("简报报"), max_length=110, blank=True)
    send_to = models.CharField(_("简报送"), max_length=110, blank=True)
    distribute_to = models.CharField(_("简报发"), max_length=110, blank=True)
    copy_to = models.CharField(_("督办单抄送"), max_length=110, blank=True)
    printed_by = models.CharField(_("印发机关"), max_length=60, blank=True)
    second_reviewer = models.CharField(_("复核机构"), max_length=60, blank=True)
    own_words: Any = models.JSONField(_("自定用语"), default=dict, blank=True)
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
    def wording(self) -> Wording:
        """What its plans call lights, kinds of agencies and the rest."""
        return Wording(
            unit=unit_of(self.name, self.level),
            place=places_below(self.name, self.level),
            abbreviation=self.abbreviation,
            own=self.own_words,
            key=(self.pk, self.revision) if self.pk else None,
        )
