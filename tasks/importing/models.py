"""Models of imports: the document with what was read of it, and the append-only list of a person's edits."""

import json
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.fields import PeriodField
from tasks.files.models import StoredFile
from tasks.jurisdictions.models import Jurisdiction
from tasks.people.models import User
from tasks.plans.models import Plan
from tasks.plans.structure import Structure, from_json
from tasks.slugs import PLAN_SLUG


class ImportState(models.TextChoices):
    """The state of an import. Only in the last three does a plan exist."""

    OPEN = "open", _("待核对")
    SUBMITTED = "submitted", _("已提交确认")
    DISCARDED = "discarded", _("已放弃")
    IMPORTED = "imported", _("已导入")
    WITHDRAWING = "withdrawing", _("申请撤回")
    WITHDRAWN = "withdrawn", _("已撤回")


class PlanImport(models.Model):
    """方案导入: one uploaded document on its way to a plan.

    `text` is what was extracted, unnormalised: all offsets refer to it; `places` maps them to pages or paragraphs.
    `structure` is the reader's result, never changed; what persons changed are the rows of ImportEdit.
    """

    state = models.CharField(_("状态"), max_length=12, choices=ImportState, default=ImportState.OPEN)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("原件"))
    text = models.TextField(_("原文"))
    text_sha256 = models.CharField(_("原文校验值"), max_length=64)
    places: Any = models.JSONField(_("出处"), default=list, blank=True, help_text="[[start, words], …]")
    structure: Any = models.JSONField(_("读出的结构"))
    seconds = models.FloatField(_("识别用时"), default=0)
    slug = models.CharField(_("代号"), max_length=PLAN_SLUG.longest, blank=True)
    jurisdiction = models.ForeignKey(
        Jurisdiction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("地区"),
        help_text=_("上传单位所在的地区，由该地区的办公室办理。"),
    )
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    uploaded_at = models.DateTimeField(_("上传时间"))
    replayed_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("沿用更正")
    )
    submitted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提交人")
    )
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("确认人")
    )
    decided_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    note = models.TextField(_("说明"), blank=True, help_text=_("退回、放弃或撤回的理由。"))
    plan = models.ForeignKey(
        Plan, models.PROTECT, null=True, blank=True, related_name="imports", verbose_name=_("方案")
    )
    edition_of = models.ForeignKey(
        Plan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="editions",
        verbose_name=_("修订的方案"),
        help_text=_("这份文件是哪份在用方案的新一版。"),
    )
    effective = PeriodField(_("从哪一期起"), null=True, blank=True)  # type: ignore[misc]  # null: a plan of its own
    outcome: Any = models.JSONField(
        _("修订结果"), default=dict, blank=True, help_text=_("第二人确认时各项怎样处理。")
    )
    withdrawal_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤回申请人")
    )

    class Meta:
        verbose_name = _("方案导入")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="import_has_plan_once_confirmed",
                condition=Q(
                    state__in=[ImportState.IMPORTED, ImportState.WITHDRAWING, ImportState.WITHDRAWN],
                    plan__isnull=False,
                )
                | Q(state__in=[ImportState.OPEN, ImportState.SUBMITTED, ImportState.DISCARDED], plan=None),
            ),
            models.CheckConstraint(
                name="import_confirmed_by_a_second_person",
                condition=Q(plan=None) | ~Q(decided_by=models.F("uploaded_by")),
            ),
            models.CheckConstraint(
                name="edition_says_from_when",
                condition=Q(edition_of=None, effective=None)
                | Q(edition_of__isnull=False, effective__isnull=False),
            ),
            models.CheckConstraint(
                name="edition_becomes_no_other_plan",
                condition=Q(edition_of=None) | Q(plan=None) | Q(plan=models.F("edition_of")),
            ),
            models.UniqueConstraint(
                name="one_import_of_a_text",
                fields=["text_sha256"],
                condition=Q(state__in=[ImportState.OPEN, ImportState.SUBMITTED]),
            ),
        ]

    def __str__(self) -> str:
        return self.file.name

    @property
    def found(self) -> Structure:
        """What the reader found."""
        return from_json(json.dumps(self.structure))


class ImportEdit(models.Model):
    """更正: one edit of an import, in the form of tasks.plans.editing; never changed. `number` counts from 1."""

    plan_import = models.ForeignKey(
        PlanImport, models.PROTECT, related_name="edits", verbose_name=_("方案导入")
    )
    number = models.PositiveIntegerField(_("序号"))
    content: Any = models.JSONField(_("内容"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("更正人"))
    at = models.DateTimeField(_("时间"))
    replayed = models.BooleanField(_("沿用"), default=False, help_text=_("自上一次导入同一文件沿用。"))

    class Meta:
        verbose_name = _("导入更正")
        ordering = ["plan_import_id", "number"]
        constraints = [
            models.UniqueConstraint(name="import_edit_number", fields=["plan_import", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.plan_import_id} {self.number}"
