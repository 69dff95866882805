"""等级: how strongly a notice asks, as data of the jurisdiction: words, order and days to answer."""

from dataclasses import asdict, dataclass

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reports.supervision.values import Series
from tasks.agencies.models import Agency
from tasks.jurisdictions.models import Jurisdiction

USUAL = "supervise"  # the grade of what rules propose, and of what was issued before there were grades
# Agencies that do not answer to the province's government: they are asked, and not told.
ASKED_KINDS = frozenset({"party", "central", "enterprise"})


class NoticeGrade(models.Model):
    """督办等级: one grade of a jurisdiction; a jurisdiction without any has the usual ones (`usual_grades`)."""

    jurisdiction = models.ForeignKey(
        Jurisdiction, models.CASCADE, related_name="notice_grades", verbose_name=_("地区")
    )
    code = models.SlugField(_("代号"), max_length=20)
    name = models.CharField(_("名称"), max_length=10)
    mark = models.CharField(_("代字"), max_length=4)
    formula = models.CharField(_("结语"), max_length=20)
    answer_days = models.PositiveSmallIntegerField(_("反馈期限（工作日）"))
    is_letter = models.BooleanField(_("用函的格式"), default=False)
    is_active = models.BooleanField(_("启用"), default=True)
    order = models.PositiveSmallIntegerField(_("次序"))

    class Meta:
        verbose_name = _("督办等级")
        ordering = ["jurisdiction_id", "order", "id"]
        constraints = [
            models.UniqueConstraint(name="notice_grade_code", fields=["jurisdiction", "code"]),
            models.UniqueConstraint(name="notice_grade_name", fields=["jurisdiction", "name"]),
            models.UniqueConstraint(name="notice_grade_mark", fields=["jurisdiction", "mark"]),
            models.CheckConstraint(
                name="notice_grade_in_bounds",
                condition=models.Q(answer_days__gte=1, answer_days__lte=60)
                & ~models.Q(name="")
                & ~models.Q(mark="")
                & ~models.Q(formula=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Grade:
    """A grade as forms and actions take it."""

    code: str
    name: str
    mark: str  # 督 in 督〔2017〕3号
    formula: str  # 特此督办。
    answer_days: int
    is_letter: bool = False

    def form(self, agency: Agency) -> Series:
        """In which form it addresses the agency."""
        asked = self.is_letter or agency.kind in ASKED_KINDS
        return Series.LETTER if asked else Series.NOTICE

    def words(self, form: Series) -> dict[str, str]:
        """What its document prints in that form, kept with the notice: a 督办单 to those who are asked is a 函, any other
        单 a 函 of its name."""
        found = {key: str(value) for key, value in asdict(self).items() if key in ("name", "mark", "formula")}
        if form == Series.LETTER and not self.is_letter:
            usual = self.code == USUAL
            found["name"] = (
                gettext("函")
                if usual
                else gettext("%(name)s函") % {"name": self.name.removesuffix(gettext("单"))}
            )
            found["mark"] = gettext("函") if usual else gettext("%(name)s函") % {"name": self.mark}
            found["formula"] = gettext("特此致函。")
        return found


def usual_grades() -> list[Grade]:
    """The grades of a jurisdiction that has said nothing else."""
    return [
        Grade("remind", gettext("提醒单"), gettext("提"), gettext("特此提醒。"), 5),
        Grade("urge", gettext("催办单"), gettext("催"), gettext("特此催办。"), 5),
        Grade(USUAL, gettext("督办单"), gettext("督"), gettext("特此督办。"), 10),
        Grade("transfer", gettext("移交函"), gettext("移"), gettext("特此函告。"), 10, is_letter=True),
    ]


def grades_of(plan_id: int) -> list[Grade]:
    """The grades in use in the plan's jurisdiction, in their order. One query."""
    rows = NoticeGrade.objects.filter(jurisdiction__plans=plan_id, is_active=True)
    return [_grade(row) for row in rows] or usual_grades()


def _grade(row: NoticeGrade) -> Grade:
    return Grade(row.code, row.name, row.mark, row.formula, row.answer_days, row.is_letter)


def grade_of(plan_id: int, code: str) -> Grade | None:
    """The grade in use; None where the jurisdiction has none of that code."""
    return next((one for one in grades_of(plan_id) if one.code == code), None)


def usual_grade(plan_id: int) -> Grade:
    """The grade that is offered first: 督办单, or where the office has none, its first."""
    found = grades_of(plan_id)
    return next((one for one in found if one.code == USUAL), found[0])


def retitled(title: str, grade: Grade, plan_id: int) -> str:
    """A title that ends with the name of a grade, with the name of this one: 关于…的督办单 → 关于…的提醒单."""
    names = [one.name for one in (*grades_of(plan_id), *usual_grades())]
    ending = next((name for name in names if title.endswith(name)), "")
    return title.removesuffix(ending) + grade.name if ending else title
