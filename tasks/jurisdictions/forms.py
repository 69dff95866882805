"""The form of a jurisdiction's words."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.jurisdictions.actions import LONGEST
from tasks.jurisdictions.models import WORDS, Jurisdiction, JurisdictionLevel


class WordsForm(forms.Form):
    """What documents print for a jurisdiction. The action checks; the form only takes and shows."""

    name = forms.CharField(
        label=_("名称"), max_length=LONGEST["name"], required=False, help_text=_("如“青海省”。")
    )
    level = forms.ChoiceField(label=_("层级"), choices=JurisdictionLevel.choices, required=False)
    abbreviation = forms.CharField(
        label=_("简称"),
        max_length=LONGEST["abbreviation"],
        required=False,
        help_text=_("如“青”，用于“中央驻青单位”；没有的留空。"),
    )
    leading_group = forms.CharField(label=_("领导小组"), max_length=LONGEST["leading_group"], required=False)
    office = forms.CharField(
        label=_("办公室"),
        max_length=LONGEST["office"],
        required=False,
        help_text=_("印在简报版头、督办单署名和工作稿上。已印发的不变。"),
    )
    notice_mark = forms.CharField(
        label=_("机关代字"),
        max_length=LONGEST["notice_mark"],
        required=False,
        help_text=_("印在督办单、函的文号前，如“青制强办”督〔2017〕3号；没有的留空。"),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, row: Jurisdiction, data: Any = None) -> "WordsForm":
        return cls(data, initial={name: getattr(row, name) for name in (*WORDS, "revision")})
