"""Form fields and helpers that all pages share."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.errors import Conflict, Problems


def add_problems(form: forms.BaseForm, problems: Problems) -> None:
    """Put what a write function refused on the form's fields; what has no field stands above the form."""
    for name, found in problems.by_field().items():
        for message in found:
            form.add_error(name if name in form.fields else None, message)


def tell_conflict(request: HttpRequest, conflict: Conflict, form: forms.BaseForm) -> None:
    """Say who was quicker, and give back what was typed: the form that it stood in is no longer on the page."""
    messages.error(request, str(conflict))
    typed = [
        str(form.data.get(form.add_prefix(name), "")).strip()
        for name, field in form.fields.items()
        if isinstance(field, forms.CharField) and not field.widget.is_hidden
    ]
    if any(typed):
        kept = "\n".join(text for text in typed if text)
        messages.warning(request, _("您填写的内容未保存，需要时可从此处复制：\n%(text)s") % {"text": kept})


class ProseField(forms.CharField):
    """A longer text."""

    widget = forms.Textarea


class FilesInput(forms.ClearableFileInput):
    """A choice of several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; its value is a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, (list, tuple)) else [data]
        kept = [super(FilesField, self).clean(one, initial) for one in given if one]
        if not kept:
            super().clean(None, initial)  # refuses it where one is required
        return kept


class DueField(forms.DateField):
    """The day by which something is due: a month, quarter or year that is typed means its last day."""

    of_month = True


def moment_field(label: Any, help_text: Any = "", *, required: bool = True) -> forms.DateTimeField:
    """A moment, as the browser's own picker sends it or typed."""
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        required=required,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": gettext_lazy("请写成 2017-04-20 17:00 这样。")},
    )
