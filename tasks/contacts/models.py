"""Model of contacts 联系人."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _


class Contact(models.Model):
    """联系人: the people to call for a responsibility (分管领导, 责任处室, 联络员) between two days."""

    responsibility = models.ForeignKey(
        "tasks.Responsibility", models.CASCADE, related_name="contacts", verbose_name=_("责任")
    )
    leader = models.CharField(_("分管领导"), max_length=60, blank=True)
    division = models.CharField(_("责任处室"), max_length=60, blank=True)
    liaison = models.CharField(_("联络员"), max_length=60, blank=True)
    telephone = models.CharField(_("电话"), max_length=40, blank=True)
    valid = DateRangeField(_("期间"))

    class Meta:
        verbose_name = _("联系人")
        ordering = ["responsibility_id", "-valid"]
        constraints = [
            ExclusionConstraint(
                name="one_contact_at_a_time",
                expressions=[("responsibility", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return self.liaison or self.division
