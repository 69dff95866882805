"""Until when a person has read the news."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.models import User


class NewsMark(models.Model):
    """已读到: up to which moment a person has read 最新动态; moved on by a press, never by reading a page."""

    user = models.OneToOneField(User, models.CASCADE, related_name="+", verbose_name=_("阅读人"))
    until = models.DateTimeField(_("已读到"))

    class Meta:
        verbose_name = _("最新动态的已读标记")
        ordering = ["user_id"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.until}"
