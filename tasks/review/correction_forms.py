"""Forms on the page of a submission by which it is withdrawn, or a decision on it is corrected."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.decisions.forms import reason_field
from tasks.submissions.models import Verification
from tasks.values import Light
from tasks.web.forms import moment_field


class WithdrawForm(forms.Form):
    """Why the agency takes its version back."""

    prefix = "withdraw"

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = reason_field(_("撤回理由"), _("审核的人看得到；撤回的这一版仍可查看。"))


class CorrectForm(forms.Form):
    """Another decision in the place of one that somebody else made; nothing is chosen beforehand."""

    prefix = "correct"

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    action = forms.ChoiceField(
        label=_("更正为"),
        choices=[("accept", _("通过")), ("return", _("退回修改"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选更正为通过还是退回。")},
    )
    verified_light = forms.ChoiceField(
        label=_("核定灯"),
        help_text=_("更正为通过时必选。"),
        choices=Light.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    verification = forms.ChoiceField(
        label=_("核实情况"),
        help_text=_("更正为通过时必选。"),
        choices=Verification.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    answer_by = moment_field(
        _("重报期限"), _("更正为退回时可另定；不填则到填报周期关闭以前都可重报。"), required=False
    )
    reason = reason_field(_("更正理由"), _("必填，填报单位看得到；原来的决定仍留在办理记录里。"))
