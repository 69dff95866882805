"""Forms of briefs: request, issue, withdraw, discard, verify."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reports.briefs.kinds import KINDS, SET_KINDS, scopes
from reports.briefs.models import BriefKind
from reports.briefs.queries import askable_quarters
from reports.briefs.transitions import REASON_LIMIT
from tasks.plans.models import Plan
from tasks.values import Period
from tasks.web.forms import ProseField

MAX_UPLOAD = 20 * 1024 * 1024


class _KindField(forms.ChoiceField):
    """A kind, or a part of a plan under it. Where there are several plans the value of a part begins with its plan's
    code, `zhejiang/group:2`, because each plan has a group 2; the value without it is taken for the plan that is asked
    for."""

    def valid_value(self, value: str) -> bool:
        return super().valid_value(value) or any(key.endswith(f"/{value}") for key in self._keys())

    def _keys(self) -> Iterator[str]:
        choices: Any = self.choices
        for key, words in choices:
            if isinstance(words, list | tuple):
                yield from (str(own) for own, _words in words)
            else:
                yield str(key)


class AskForm(forms.Form):
    """Which kind of brief of which plan and quarter. A single plan is not shown as a choice."""

    plan = forms.ModelChoiceField(
        label=_("方案"),
        queryset=Plan.objects.none(),
        to_field_name="slug",
        empty_label=None,
        error_messages={"invalid_choice": _("没有这个方案。")},
    )
    kind = _KindField(
        label=_("种类"),
        required=False,
        error_messages={"invalid_choice": _("没有这种简报。")},
    )
    quarter = forms.ChoiceField(
        label=_("季度"),
        help_text=_("只能选已经结束的季度。同一季度再次印发即为更正：期号不变，版次加一。"),
        error_messages={"invalid_choice": _("这个季度尚未结束，或不在方案有效期内。")},
    )

    def __init__(self, *args: Any, plans: list[Plan], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan, quarter = self.fields["plan"], self.fields["quarter"]
        assert isinstance(plan, forms.ModelChoiceField)
        assert isinstance(quarter, forms.ChoiceField)
        plan.queryset = Plan.objects.filter(pk__in=[item.pk for item in plans]).defer("text", "head")
        if len(plans) == 1:
            plan.widget = forms.HiddenInput()
            plan.initial = plans[0].slug
        quarters = sorted({item for one in plans for item in askable_quarters(one, today)}, reverse=True)
        quarter.choices = [(str(item), item.label) for item in quarters]
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = _kinds(plans, quarters)

    @property
    def has_quarters(self) -> bool:
        """Whether any quarter can be chosen."""
        quarter = self.fields["quarter"]
        assert isinstance(quarter, forms.ChoiceField)
        return bool(quarter.widget.choices)

    def clean_quarter(self) -> Period:
        return Period.parse(self.cleaned_data["quarter"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        owner, slash, _key = str(data.get("kind", "")).rpartition("/")
        plan = data.get("plan")
        if slash and plan is not None and owner != plan.slug:
            self.add_error(
                "kind", gettext("所选的部分属于另一个方案，请选“%(plan)s”的。") % {"plan": plan.title}
            )
        return data

    def asked(self) -> tuple[str, str]:
        """(kind, ref of the scope) of a valid form."""
        chosen = str(self.cleaned_data["kind"] or BriefKind.PLAN).rpartition("/")[2]
        kind, _colon, scope = chosen.partition(":")
        return kind, scope


def _kinds(plans: list[Plan], quarters: list[Period]) -> list[tuple[str, Any]]:
    """Every kind, and under those that speak of a part every part of any plan. `actions.ask` refuses what a quarter does
    not have."""
    whole: dict[str, str] = {}
    parts: dict[tuple[str, str], dict[str, str]] = {}
    for plan in plans:
        last = max((one for one in quarters if plan.has(one)), default=None)
        for one in scopes(plan, last) if last else []:
            if KINDS[one.kind].is_of_part:
                key, title = (f"{plan.slug}/{one.key}", plan.title) if len(plans) > 1 else (one.key, "")
                parts.setdefault((str(one.kind), title), {})[key] = one.name
            else:
                whole[one.key] = one.label
    for kind in KINDS.values():
        if not kind.is_of_part:
            whole.setdefault(kind.key.value, str(kind.key.label))
    groups = [
        (f"{BriefKind(kind).label}（{title}）" if title else str(BriefKind(kind).label), list(found.items()))
        for (kind, title), found in parts.items()
    ]
    return [*whole.items(), *groups]


class IssueForm(forms.Form):
    """The office confirms that it has checked the draft, because what was issued stays on record."""

    checked = forms.BooleanField(
        label=_("草稿已核对无误，可以印发"), error_messages={"required": _("请先核对草稿，再勾选此项。")}
    )


class IssueSetForm(IssueForm):
    """`seen` is how many drafts the page offered to issue."""

    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class SetKindsForm(forms.Form):
    """The kinds of a set; the plan's own brief is always in it. `kinds_seen` are those that the page showed as chosen."""

    kinds = forms.MultipleChoiceField(
        label=_("每期一套包括"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("季度简报总在其中。以后申请的整套按此生成。"),
        choices=[(key, KINDS[key].key.label) for key in SET_KINDS],
        error_messages={"invalid_choice": _("这一种不能放进整套。")},
    )
    kinds_seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def seen(self) -> list[str]:
        """The kinds that the page showed; only after `is_valid()`."""
        return [kind for kind in self.cleaned_data["kinds_seen"].split(",") if kind]


class SeriesForm(forms.Form):
    """From which number a series goes on in a year."""

    kind = forms.ChoiceField(
        label=_("种类"),
        choices=[(key, kind.key.label) for key, kind in KINDS.items() if kind.is_numbered],
        error_messages={"invalid_choice": _("这一种不编期号。"), "required": _("请选择种类。")},
    )
    year = forms.TypedChoiceField(label=_("年份"), coerce=int)
    number = forms.IntegerField(label=_("起始期号"), min_value=1, max_value=9999)
    total = forms.IntegerField(
        label=_("起始总期号"),
        min_value=1,
        max_value=9999,
        required=False,
        help_text=_("不印总期号的，或接着本站编的，留空。"),
    )
    confirmed = forms.BooleanField(label=_("中间空号，确认无误"), required=False)

    def __init__(self, *args: Any, this_year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        year = self.fields["year"]
        assert isinstance(year, forms.ChoiceField)
        year.choices = [(one, str(one)) for one in (this_year, this_year + 1)]


class WithdrawForm(forms.Form):
    """Why a brief is withdrawn; its page shows the reason for good."""

    reason = forms.CharField(
        label=_("撤回理由"),
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("撤回后期号和文件保留；核验时显示“已撤回”，不显示理由。"),
        error_messages={"required": _("请写明撤回理由。")},
    )


class DiscardForm(forms.Form):
    """Why a draft is discarded; its page shows the reason for good."""

    reason = ProseField(
        label=_("作废理由"),
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("作废后不能恢复，也不能再修改、重试或印发；数据、文件和文字保留，只有办公室能看到。"),
        error_messages={"required": _("请写明作废理由。")},
    )


class DiscardSetForm(DiscardForm):
    """`seen` is how many briefs would be discarded according to the page."""

    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class CodeForm(forms.Form):
    """The code that is printed on a brief."""

    code = forms.CharField(
        label=_("核验码"),
        max_length=40,
        help_text=_("印在简报末页二维码旁，12 位，例如 7K2M-9QWX-4RTA；大小写和连字符不论。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("请填写核验码。")},
    )


def too_large() -> str:
    """The message for an upload that is too large, used before it is read as well as after."""
    return gettext("文件超过 20 MB，不会是本系统印发的简报。")


class FileForm(forms.Form):
    """A PDF whose checksum is compared; it is neither kept nor read."""

    file = forms.FileField(
        label=_("PDF 文件"),
        allow_empty_file=True,
        help_text=_("不超过 20 MB。只比对校验值，不保存文件。"),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,.pdf"}),
        error_messages={"required": _("请选择一个 PDF 文件。"), "missing": _("请选择一个 PDF 文件。")},
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_UPLOAD:
            raise forms.ValidationError(too_large(), code="too_large")
        return file
