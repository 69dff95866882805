"""The model of a kept filter."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.people.models import User

NAME, QUERY = 20, 1000  # characters


class SavedList(models.Model):
    """已存筛选: the address of a list with its filters and order, under a person's own name for it. It is the person's alone,
    and deleted when it is no longer wanted."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("所属人"))
    path = models.CharField(_("清单"), max_length=200)
    name = models.CharField(_("名称"), max_length=NAME)
    query = models.CharField(_("筛选条件"), max_length=QUERY)
    at = models.DateTimeField(_("保存时间"))

    class Meta:
        verbose_name = _("已存筛选")
        ordering = ["path", "name"]
        constraints = [
            models.UniqueConstraint(name="one_name_a_list", fields=["user", "path", "name"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}"
