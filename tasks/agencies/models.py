"""Models of agencies, their names over time, aliases, members of collectives and lineage edges."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.slugs import AGENCY_SLUG
from tasks.values import Origin
from tasks.wording import current, kind_label


class AgencyKind(models.TextChoices):
    """The kinds of agencies that every site has, called as the jurisdiction calls them; a jurisdiction may have more
    (`Wording.kinds`). No plan states an agency's kind; agencies are compared within their kind."""

    DEPARTMENT = "department", kind_label("department")
    PARTY = "party", kind_label("party")
    CENTRAL = "central", kind_label("central")
    GOVERNMENT = "government", kind_label("government")
    ZONE = "zone", kind_label("zone")
    ENTERPRISE = "enterprise", kind_label("enterprise")
    COLLECTIVE = "collective", kind_label("collective")
    REVIEW = "review", kind_label("review")


class Agency(models.Model):
    """单位: one agency through all its names, or a collective 集合单位, which only represents its members."""

    slug = models.SlugField(_("代号"), max_length=AGENCY_SLUG.longest, unique=True)
    kind = models.CharField(_("类别"), max_length=20)
    order = models.PositiveIntegerField(_("次序"), default=0)
    in_plan = models.BooleanField(_("方案列名"), default=False)
    is_open = models.BooleanField(
        _("成员待定"), default=False, help_text=_("方案未列成员的集合单位，由办公室确定成员。")
    )
    region = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("所在地方"),
        help_text=_("园区所在地方的人民政府；非方案内容。"),
    )
    jurisdiction = models.ForeignKey(
        "tasks.Jurisdiction",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="agencies",
        verbose_name=_("地区"),
    )
    one_person = models.BooleanField(
        _("允许一人填报并签批"), default=False, help_text=_("否则最后写这一份的人不能自己签批。")
    )
    note = models.TextField(_("说明"), blank=True)

    class Meta:
        verbose_name = _("单位")
        ordering = ["order", "id"]
        constraints = [AGENCY_SLUG.constraint("agency_slug_fits_addresses")]

    def __str__(self) -> str:
        return self.slug

    @property
    def kind_name(self) -> str:
        """The kind, as the plan's jurisdiction calls it."""
        return current().kind_name(self.kind)

    @property
    def is_collective(self) -> bool:
        return self.kind == AgencyKind.COLLECTIVE


class AgencyName(models.Model):
    """名称: an agency's name between two days; `short` as the plan prints it, `full` as on its seal."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="names", verbose_name=_("单位"))
    short = models.CharField(_("简称"), max_length=60)
    full = models.CharField(_("全称"), max_length=120, blank=True)
    valid = DateRangeField(_("使用期间"))
    origin = models.CharField(_("来源"), max_length=10, choices=Origin)
    full_origin = models.CharField(_("全称来源"), max_length=10, choices=Origin, default=Origin.OUTSIDE)
    note = models.TextField(_("说明"), blank=True)

    class Meta:
        verbose_name = _("单位名称")
        ordering = ["agency_id", "valid"]
        constraints = [
            ExclusionConstraint(
                name="one_name_at_a_time",
                expressions=[("agency", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return self.short


class AgencyAlias(models.Model):
    """别名: another spelling of an agency's name (商务厅 for 省商务厅), covered by the search."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="aliases", verbose_name=_("单位"))
    text = models.CharField(_("写法"), max_length=120, unique=True)
    reason = models.TextField(_("理由"))

    class Meta:
        verbose_name = _("单位别名")
        ordering = ["text"]

    def __str__(self) -> str:
        return self.text


class Membership(models.Model):
    """成员: an agency is a member of a collective between two days."""

    collective = models.ForeignKey(Agency, models.PROTECT, related_name="members", verbose_name=_("集合单位"))
    member = models.ForeignKey(Agency, models.PROTECT, related_name="collectives", verbose_name=_("成员"))
    valid = DateRangeField(_("期间"))
    origin = models.CharField(_("来源"), max_length=10, choices=Origin)
    note = models.TextField(_("说明"), blank=True)
    passage = models.ForeignKey(
        "tasks.Passage", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("原文")
    )

    class Meta:
        verbose_name = _("集合单位成员")
        ordering = ["collective_id", "member__order"]
        constraints = [
            ExclusionConstraint(
                name="one_membership_at_a_time",
                expressions=[
                    ("collective", RangeOperators.EQUAL),
                    ("member", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="not_its_own_member", condition=~models.Q(collective=models.F("member"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.collective_id} ∋ {self.member_id}"


class LineageKind(models.TextChoices):
    """The kind of a lineage edge. A renamed agency stays the same agency under another name."""

    RENAMED = "renamed", _("更名")
    MERGED = "merged", _("并入")
    SPLIT = "split", _("拆分")
    TRANSFERRED = "transferred", _("职责划转")


# Edges of these kinds end the predecessor.
ENDING = frozenset({LineageKind.MERGED, LineageKind.SPLIT})


class Confidence(models.TextChoices):
    """The confidence of a fact that no plan states. A refuted fact stays on record and has no effect."""

    HIGH = "high", _("已核实")
    MEDIUM = "medium", _("基本核实")
    LOW = "low", _("待核实")
    REFUTED = "refuted", _("不成立")


class Precision(models.TextChoices):
    """The known part of a date; the rest of the stored day is a placeholder."""

    DAY = "day", _("到日")
    MONTH = "month", _("到月")
    YEAR = "year", _("到年")


class Lineage(models.Model):
    """沿革: a dated edge from an agency to its successor: renamed, merged, split, or part of its work transferred.

    No plan states it, so it has a confidence and a reason. A split or a transfer passes no duty by itself: an
    adjustment decides each duty.
    """

    kind = models.CharField(_("变化"), max_length=12, choices=LineageKind)
    predecessor = models.ForeignKey(
        Agency, models.PROTECT, related_name="successions", verbose_name=_("原单位")
    )
    successor = models.ForeignKey(
        Agency, models.PROTECT, related_name="precedents", verbose_name=_("承继单位")
    )
    on = models.DateField(_("日期"))
    precision = models.CharField(_("日期精度"), max_length=5, choices=Precision, default=Precision.DAY)
    confidence = models.CharField(_("承继关系的把握"), max_length=8, choices=Confidence)
    date_confidence = models.CharField(_("日期的把握"), max_length=8, choices=Confidence)
    scope = models.CharField(_("所涉职责"), max_length=100, blank=True)
    tasks: "models.ManyToManyField[models.Model, models.Model]" = models.ManyToManyField(
        "tasks.Task",
        blank=True,
        related_name="+",
        verbose_name=_("所涉任务"),
        help_text=_("留空为该单位的全部责任。"),
    )
    origin = models.CharField(_("来源"), max_length=10, choices=Origin, default=Origin.OUTSIDE)
    note = models.TextField(_("依据"))
    key = models.CharField(
        _("文件中的编号"), max_length=60, null=True, blank=True, unique=True, help_text=_("自何处载入。")
    )
    revision = models.PositiveIntegerField(_("修订号"), default=1)

    class Meta:
        verbose_name = _("沿革")
        ordering = ["on", "predecessor__order", "successor__order", "id"]
        constraints = [
            models.UniqueConstraint(name="lineage_once", fields=["kind", "predecessor", "successor", "on"]),
            models.CheckConstraint(
                name="lineage_renamed_is_one_body",
                condition=models.Q(kind=LineageKind.RENAMED, predecessor=models.F("successor"))
                | ~models.Q(kind=LineageKind.RENAMED) & ~models.Q(predecessor=models.F("successor")),
            ),
            models.CheckConstraint(name="lineage_says_why", condition=~models.Q(note="")),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} {self.kind} {self.successor_id} {self.on}"
