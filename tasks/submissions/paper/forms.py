"""The form of what was signed on paper."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.submissions.paper.actions import NUMBER, SIGNER, PaperInput


class PaperForm(forms.Form):
    """Who signed, when, under which number, and the scan."""

    signer = forms.CharField(
        label=_("签字人"),
        max_length=SIGNER,
        help_text=_("在纸质件上签字的负责人。"),
        error_messages={"required": _("请填写签字人。")},
    )
    signed_on = forms.DateField(
        label=_("签字日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    doc_number = forms.CharField(label=_("文号"), max_length=NUMBER, required=False)
    scan = forms.FileField(
        label=_("扫描件"),
        help_text=_("签字盖章的纸质件，PDF 或图片。严禁上传涉密文件。"),
        widget=forms.FileInput(),
        error_messages={"required": _("请上传签字盖章的扫描件。")},
    )

    def paper(self) -> PaperInput:
        """After `is_valid()`."""
        data: dict[str, Any] = self.cleaned_data
        return PaperInput(data["signer"], data["signed_on"], data["doc_number"])
