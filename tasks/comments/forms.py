"""Forms to write, release and withdraw a comment."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.accounts.forms import agency_choices
from tasks.comments.values import REASON_LIMIT, TEXT_LIMIT
from tasks.web.forms import ProseField


class CommentForm(forms.Form):
    """A new comment of an expert."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    text = ProseField(
        label=_("意见"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "办公室和领导小组看得到；办公室转送后，有关单位也看得到。提交后不能修改，可以写明理由撤回。"
        ),
        error_messages={
            "required": _("请写下意见。"),
            "max_length": _("有 %(show_value)d 字，最多 %(limit_value)d 字，请删减。"),
        },
    )


class ReleaseForm(forms.Form):
    """The agencies to which a comment is released. The choices are the agencies responsible for its object, or else all."""

    agencies = forms.TypedMultipleChoiceField(
        label=_("转送给"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("请至少选择一个单位。"),
            "invalid_choice": _("没有这个单位，或不能转送给它。"),
        },
    )

    def __init__(self, *args: Any, agencies: Iterable[int], released: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict(agency_choices())
        choices = [str(pk) for pk in agencies if str(pk) in names]
        field = self.fields["agencies"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(pk, names[pk]) for pk in choices if int(pk) not in released]

    @property
    def has_choices(self) -> bool:
        """Whether there are agencies left to release it to."""
        field = self.fields["agencies"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        return bool(field.choices)


class WithdrawForm(forms.Form):
    """The reason for a withdrawal, which stays on record."""

    reason = ProseField(
        label=_("撤回理由"),
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("请写明撤回理由。")},
    )
