"""Forms for chasing one agency or several."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tasks.notifications.actions import LATELY, NOTE_LENGTH, ChaseInput
from tasks.notifications.queries import Waiting
from tasks.notifications.reminder_rules import sends_sms
from tasks.notifications.values import Means


def numbers_in(values: Iterable[str]) -> list[int]:
    """The values that can be primary keys."""
    return [int(value) for value in values if _is_number(value)]


def _is_number(value: object) -> bool:
    text = str(value)
    return text.isascii() and text.isdecimal() and len(text) < 19


class ChaseForm(forms.Form):
    """For which returns (check boxes in the page's table), by which means, and the result of a call."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    responsibilities = forms.TypedMultipleChoiceField(
        label=_("所催填报"), coerce=int, error_messages={"required": _("请至少选择一项。")}
    )
    means = forms.ChoiceField(label=_("方式"), choices=Means, initial=Means.MESSAGE, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("附言"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("随催报一并告知对方；打电话时记通话内容。不要写填报的内容。"),
    )
    mail = forms.BooleanField(label=_("同时发邮件"), required=False, initial=True)
    sms = forms.BooleanField(
        label=_("同时发短信"), required=False, help_text=_("发到联系人的手机；只写季度、项数和网址。")
    )
    again = forms.BooleanField(label=_("仍再催一次"), required=False)
    spoke_to = forms.CharField(label=_("接话人"), required=False, max_length=60)
    telephone = forms.CharField(label=_("电话"), required=False, max_length=40)
    called_at = forms.DateTimeField(
        label=_("通话时间"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, waiting: Sequence[Waiting], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A return that was filed meanwhile is no longer offered but still accepted here: the write path says what
        # became of it.
        self.waiting = waiting
        field = self.fields["responsibilities"]
        field.valid_value = _is_number  # type: ignore[attr-defined]
        if not sends_sms():
            del self.fields["sms"]

    def ticked(self) -> set[int]:
        """Which boxes are ticked: as sent, else as initially given, else all."""
        given: Any = self.initial.get("responsibilities")
        if isinstance(self.data, QueryDict):
            given = self.data.getlist("responsibilities")
        if given is None:
            return {one.duty.pk for one in self.waiting}
        return set(numbers_in(given))

    def asked(self) -> ChaseInput:
        """The input of the write path. Call it only after `is_valid()`."""
        data = self.cleaned_data
        return ChaseInput(
            responsibility_ids=data["responsibilities"],
            means=data["means"],
            note=data["note"],
            mail=data["mail"],
            sms=data.get("sms", False),
            spoke_to=data["spoke_to"],
            telephone=data["telephone"],
            called_at=data["called_at"],
            key=data["key"],
            again=data["again"],
        )


class ChaseManyForm(forms.Form):
    """Several agencies at once: the ticked ones (`agencies`), or with `all` every agency of the list. `lately` says what to
    do about agencies that were chased a few hours ago."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    action = forms.ChoiceField(choices=[("chosen", ""), ("all", "")])
    note = forms.CharField(
        label=_("附言"), required=False, max_length=NOTE_LENGTH, widget=forms.Textarea(attrs={"rows": 2})
    )
    lately = forms.ChoiceField(choices=[(one, "") for one in LATELY], required=False)
