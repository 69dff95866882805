"""Forms for agencies, their names and their lineage edges."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from tasks.agencies.models import Agency, AgencyKind, AgencyName, Confidence, Lineage, LineageKind, Precision
from tasks.agencies.queries import distinct_labels, name_of, names_at
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.queries import kind_choices
from tasks.lineage.actions import NOTE_LIMIT, SCOPE_LIMIT, EdgeInput, renamed_to
from tasks.lineage.permissions import agencies_kept_by, places_kept_by
from tasks.people.models import User
from tasks.plans.models import Plan, Task
from tasks.slugs import AGENCY_SLUG
from tasks.values import Period
from tasks.wording import worded


def day_field(kind: type[forms.DateField] = forms.DateField, **values: Any) -> forms.DateField:
    return kind(
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("请写成 2018-11-01 这样。")},
        **values,
    )


def text_field(**values: Any) -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **values)


def agency_choices(
    last: Period, *, empty: Any = "", among: QuerySet[Agency] | None = None
) -> list[tuple[str, Any]]:
    """Choices of all agencies that ever had a name, or `among` these, under their last name, in the plan's order."""
    names = names_at(last)
    return [("", empty), *((str(pk), label) for pk, label in distinct_labels(names, among))]


class GovernmentField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Choice of a government, under its current name."""

    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj.pk, Period.of(clock.today()))


class BodyForm(forms.Form):
    """An agency that the plan does not name."""

    short = forms.CharField(label=_("简称"), max_length=60)
    full = forms.CharField(label=_("全称"), max_length=120, required=False)
    slug = forms.CharField(
        label=_("代号"),
        max_length=AGENCY_SLUG.longest,
        help_text=_("用在网址里：2 到 40 个小写字母、数字或连字符，建立后不能更改。"),
    )
    kind = forms.ChoiceField(label=_("类别"), choices=kind_choices)
    region = GovernmentField(
        label=worded(lambda words: gettext("所在%(places)s") % {"places": words.places}),
        queryset=Agency.objects.none(),
        required=False,
        empty_label=_("不是园区"),
        help_text=_("园区计入所在地方。"),
    )
    jurisdiction = forms.ModelChoiceField(
        label=_("地区"),
        queryset=Jurisdiction.objects.none(),
        required=False,
        empty_label=_("不定"),
    )
    since = day_field(label=_("名称启用"), required=False, help_text=_("不知道的留空。"))
    note = text_field(
        label=_("依据"), max_length=NOTE_LIMIT, help_text=_("方案未列这个单位，写明为何加入、从何得知。")
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        region: Any = self.fields["region"]
        region.queryset = agencies_kept_by(user).filter(kind=AgencyKind.GOVERNMENT)
        place: Any = self.fields["jurisdiction"]
        place.queryset = places_kept_by(user)
        place.initial = place.queryset.first


class FirstNameForm(forms.Form):
    """The first name of an agency that the plan does not name."""

    short = forms.CharField(label=_("简称"), max_length=60)
    full = forms.CharField(label=_("全称"), max_length=120, required=False)
    since = day_field(label=_("启用"), required=False, help_text=_("不知道的留空。"))
    note = text_field(label=_("依据"), max_length=NOTE_LIMIT)
    before = forms.CharField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, name: AgencyName, data: Any = None) -> "FirstNameForm":
        return cls(
            data,
            initial={
                "short": name.short,
                "full": name.full,
                "since": name.valid.lower,
                "note": name.note,
                "before": stamp(name),
            },
        )


def stamp(name: AgencyName) -> str:
    """A stamp of the name as displayed, to detect concurrent changes."""
    return f"{name.pk}/{name.valid}/{name.short}/{name.full}/"


_UNCHOSEN = ("", _("请选择"))  # no default: the user must choose the confidence


class EdgeForm(forms.Form):
    """A new lineage edge of an agency."""

    kind = forms.ChoiceField(
        label=_("变化"),
        choices=[_UNCHOSEN, *LineageKind.choices],
        error_messages={"required": _("请选是怎样的变化。")},
    )
    successor = forms.TypedChoiceField(
        label=_("承继单位"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("并入、拆分、划转时选。拆分成几个单位，就登记几条。"),
    )
    short = forms.CharField(label=_("新简称"), max_length=60, required=False, help_text=_("更名时填。"))
    full = forms.CharField(label=_("新全称"), max_length=120, required=False)
    on = day_field(label=_("日期"))
    precision = forms.ChoiceField(
        label=_("日期精度"),
        choices=[_UNCHOSEN, *Precision.choices],
        error_messages={"required": _("请选日期精度。")},
        help_text=_("只知到月或到年的，日期填当月或当年的任一天。"),
    )
    date_confidence = forms.ChoiceField(
        label=_("日期的把握"),
        choices=[_UNCHOSEN, *((one, one.label) for one in Confidence if one != Confidence.REFUTED)],
        error_messages={"required": _("请选日期的核实程度。")},
    )
    confidence = forms.ChoiceField(
        label=_("承继关系的把握"),
        choices=[_UNCHOSEN, *Confidence.choices],
        error_messages={"required": _("请选承继关系的核实程度。")},
        help_text=_("选“不成立”的留作记录，不再画入沿革，也不再用于机构改革。"),
    )
    scope = forms.CharField(
        label=_("所涉职责"),
        max_length=SCOPE_LIMIT,
        required=False,
        help_text=_("拆分、划转时写明是哪一部分。"),
    )
    tasks = forms.TypedMultipleChoiceField(
        label=_("所涉任务"),
        coerce=int,
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("划转只涉及几项任务时选；不选为全部责任。可选多项。"),
    )
    note = text_field(label=_("依据"), max_length=NOTE_LIMIT, help_text=_("文件、报道，或“据记忆”。"))

    def __init__(self, *args: Any, user: User, plan: Plan | None, last: Period, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["successor"]
        chosen.choices = agency_choices(last, empty=_("（更名不选）"), among=agencies_kept_by(user))
        tasks: Any = self.fields["tasks"]
        tasks.choices = [(task.pk, str(task)) for task in Task.objects.filter(plan=plan).order_by("order")]

    def edge(self, predecessor_id: int) -> EdgeInput:
        """The input of the action; only after `is_valid()`."""
        data = dict(self.cleaned_data)
        data.pop("revision", None)
        return EdgeInput(
            predecessor_id=predecessor_id,
            successor_id=data.pop("successor"),
            task_ids=tuple(data.pop("tasks")),
            **data,
        )


class AmendEdgeForm(EdgeForm):
    """A change of a recorded edge; its two agencies and its kind stay."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, edge: Lineage, **kwargs: Any) -> None:
        name = renamed_to(edge)
        super().__init__(
            *args,
            initial={
                "short": name.short if name else "",
                "full": name.full if name else "",
                "on": edge.on,
                "precision": edge.precision,
                "date_confidence": edge.date_confidence,
                "confidence": edge.confidence,
                "scope": edge.scope,
                "tasks": list(edge.tasks.values_list("pk", flat=True)),
                "note": edge.note,
                "revision": edge.revision,
            },
            **kwargs,
        )
        for name_ in ("kind", "successor"):
            del self.fields[name_]
        unneeded = ("scope", "tasks") if edge.kind == LineageKind.RENAMED else ("short", "full")
        for name_ in unneeded:
            del self.fields[name_]
        self._kind = edge.kind

    def edge(self, predecessor_id: int) -> EdgeInput:
        data = {
            "short": "",
            "full": "",
            "scope": "",
            **{name: value for name, value in self.cleaned_data.items() if name not in {"revision", "tasks"}},
        }
        return EdgeInput(
            kind=self._kind,
            predecessor_id=predecessor_id,
            task_ids=tuple(self.cleaned_data.get("tasks", ())),
            **data,
        )
