"""Forms by which a decision is taken back or corrected."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.decisions.actions import REASON
from tasks.web.forms import ProseField


def reason_field(label: Any, help_text: Any, *, required: bool = True) -> ProseField:
    """Why something is taken back or corrected."""
    return ProseField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=REASON,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
        error_messages={
            "required": _("请写明理由。"),
            "max_length": _("理由最多 2000 字，请删减。"),
        },
    )


class UndoForm(forms.Form):
    """A decision is taken back; why, if that is to be said."""

    prefix = "undo"

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = reason_field(_("说明"), _("可不填；填报单位看得到。"), required=False)


class OppositeForm(forms.Form):
    """The opposite in the place of a decision that somebody else made."""

    prefix = "correct"

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = reason_field(_("更正理由"), _("必填，填报单位看得到；原来的决定仍留在办理记录里。"))
