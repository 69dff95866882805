"""The form of a jurisdiction's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from tasks.jurisdictions import own_words
from tasks.jurisdictions.actions import LONGEST
from tasks.jurisdictions.models import IMPRINT, WORDS, Jurisdiction
from tasks.jurisdictions.values import JurisdictionLevel
from tasks.wording import LIGHTS, Wording

_PARTS = {
    "mark": (gettext_lazy("字"), own_words.LONGEST_MARK),
    "word": (gettext_lazy("含义"), own_words.LONGEST_WORD),
    "colour": (gettext_lazy("颜色"), 7),
}
_KIND_PARTS = {"label": gettext_lazy("名称"), "group": gettext_lazy("所在分组")}


@dataclass(frozen=True)
class FieldRow:
    """One row of a table of fields: its name, and the fields from left to right."""

    name: str
    key: str
    fields: tuple[forms.BoundField, ...]


class WordsForm(forms.Form):
    """What documents print for a jurisdiction. The action checks; the form only takes and shows.

    Words for lights, kinds and places are those in use; whoever empties a field gets the usual word back.
    """

    name = forms.CharField(
        label=_("名称"), max_length=LONGEST["name"], required=False, help_text=_("如“甲省”“乙市”“丙县”。")
    )
    level = forms.ChoiceField(label=_("层级"), choices=JurisdictionLevel.choices, required=False)
    abbreviation = forms.CharField(
        label=_("简称"),
        max_length=LONGEST["abbreviation"],
        required=False,
        help_text=_("一个字，用于“中央驻×单位”；没有的留空。"),
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
        help_text=_("印在督办单、函的文号前，如“×政强办”督〔2017〕3号；没有的留空。"),
    )
    report_to = forms.CharField(
        label=_("简报版记：报"),
        max_length=LONGEST["report_to"],
        required=False,
        help_text=_("以下三项先填在每份简报的版记里，可以逐份修改；摘要和反馈单不印。已印发的不变。"),
    )
    send_to = forms.CharField(label=_("简报版记：送"), max_length=LONGEST["send_to"], required=False)
    distribute_to = forms.CharField(
        label=_("简报版记：发"), max_length=LONGEST["distribute_to"], required=False
    )
    copy_to = forms.CharField(
        label=_("督办单版记：抄送"),
        max_length=LONGEST["copy_to"],
        required=False,
        help_text=_("印在督办单末页；函不印。"),
    )
    printed_by = forms.CharField(
        label=_("印发机关"),
        max_length=LONGEST["printed_by"],
        required=False,
        help_text=_("印在版记的印发日期前；留空印办公室。"),
    )
    second_reviewer = forms.CharField(
        label=_("复核机构"),
        max_length=LONGEST["second_reviewer"],
        required=False,
        help_text=_("办公室所在单位的填报由它审核；印在这些填报的审核单上。"),
    )
    coordination = forms.CharField(
        label=_("请上级协调的事项称为"),
        max_length=own_words.LONGEST_COORDINATION,
        required=False,
        help_text=_("填报页、填报表和简报都用它，如“需市级协调事项”。"),
    )
    place = forms.CharField(
        label=_("下辖地方合称"),
        max_length=own_words.LONGEST_PLACE,
        required=False,
        help_text=_("如“市州”“县区”“乡镇”。"),
    )
    layout = forms.CharField(
        label=_("下辖地方示意图"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("一行是图上的一行，地方之间用空格隔开，空位写“·”；最多 8 行 8 列。留空则依次排列。"),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, row: Jurisdiction) -> None:
        self.words = row.wording
        super().__init__(data, initial={**_initial(row, self.words), "revision": row.revision})
        for key in LIGHTS:
            for part, (label, most) in _PARTS.items():
                self._add(f"light_{key}_{part}", label, most)
        for place in self._kind_places:
            for part, label in _KIND_PARTS.items():
                self._add(f"{place}_{part}", label, own_words.LONGEST_LABEL)

    @cached_property
    def _kind_places(self) -> list[str]:
        return [
            *(f"kind_{code}" for code in self.words.kinds),
            *(f"new_kind_{number}" for number in own_words.NEW_KINDS),
        ]

    def _add(self, name: str, label: Any, most: int) -> None:
        attrs = {"placeholder": "#1f7a62"} if name.endswith("_colour") else {}
        self.fields[name] = forms.CharField(
            label=label, max_length=most, required=False, widget=forms.TextInput(attrs=attrs)
        )

    def _rows(self, names: Iterable[tuple[str, str, str]], parts: Iterable[str]) -> list[FieldRow]:
        return [
            FieldRow(name, key, tuple(self[f"{place}_{part}"] for part in parts))
            for name, key, place in names
        ]

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that stand one under the other."""
        return [self[name] for name in (*WORDS, *IMPRINT, "coordination", "place", "layout")]

    @property
    def lights(self) -> list[FieldRow]:
        return self._rows(((self.words.lights[key].name, key, f"light_{key}") for key in LIGHTS), _PARTS)

    @property
    def kinds(self) -> list[FieldRow]:
        names = [kind.label for kind in self.words.kinds.values()]
        names += [gettext("增加一类")] * len(own_words.NEW_KINDS)
        rows = zip(names, self._kind_places, self._kind_places, strict=True)
        return self._rows(rows, _KIND_PARTS)

    @property
    def values(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in (*WORDS, *IMPRINT)},
            "own_words": own_words.from_form(data, self.words.kinds),
        }


def _initial(row: Jurisdiction, words: Wording) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in (*WORDS, *IMPRINT)},
        "coordination": words.coordination,
        "place": words.places,
        "layout": own_words.layout_text(row.own_words),
        **{f"light_{key}_{part}": getattr(words.lights[key], part) for key in LIGHTS for part in _PARTS},
        **{
            f"kind_{kind.code}_{part}": getattr(kind, part)
            for kind in words.kinds.values()
            for part in _KIND_PARTS
        },
    }
