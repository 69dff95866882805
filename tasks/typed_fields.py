"""Makes the fields of all forms, filters and the API read through `tasks.typed`."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from tasks import typed

# What a field of the API is called that asks for prose, as a text area does in a form.
_PROSE = frozenset({"text", "words", "answer"})
YEARS = range(1900, 3000)  # of a day that is typed: those of which there are quarters


def within_reach(day: date) -> None:
    """Raise ValidationError for a day, or a moment, in a year at the ends of the calendar: there the next day, or the
    same moment in another zone, does not exist, and every sum with it would be an error."""
    if day.year not in YEARS:
        raise ValidationError(_("日期要在 1900 年到 2999 年之间。"), code="out_of_reach")


def install() -> None:
    """Put our reading in the place of Django's, and the range of days."""
    _know_name(forms.CharField)
    _read_before(forms.CharField, "to_python", _text)
    _read_before(serializers.CharField, "run_validation", _api_text)
    _read_before(forms.IntegerField, "to_python", _number)
    _read_before(forms.DecimalField, "to_python", _number)
    _read_before(forms.DateField, "to_python", _day)
    _read_before(forms.DateTimeField, "to_python", _moment)
    _read_before(serializers.DateField, "to_internal_value", _day)
    _read_before(serializers.DateTimeField, "to_internal_value", _api_moment)
    dated: tuple[Any, ...] = (
        forms.DateField,
        forms.DateTimeField,
        serializers.DateField,
        serializers.DateTimeField,
    )
    for field in dated:
        field.default_validators = [*field.default_validators, within_reach]


def _read_before(kind: Any, name: str, read: Callable[[Any, str], str]) -> None:
    """Let fields of that kind read a typed text before they make a value of it."""
    original = getattr(kind, name)

    def method(self: Any, value: Any) -> Any:
        return original(self, read(self, value) if isinstance(value, str) else value)

    setattr(kind, name, method)


def _know_name(kind: Any) -> None:
    """Let a field of that kind know what it is called in its form (`typed_name`)."""
    original = kind.get_bound_field

    def method(self: Any, form: Any, field_name: str) -> Any:
        self.typed_name = field_name
        return original(self, form, field_name)

    kind.get_bound_field = method


def _text(field: Any, value: str) -> str:
    if isinstance(field.widget, forms.PasswordInput):
        return value
    if typed.asks_for_a_reason(getattr(field, "typed_name", "")):
        return typed.reason(value)
    # A longer text that says 无 says nothing. A field of one line may be that of a search.
    if isinstance(field.widget, forms.Textarea) and typed.is_nothing(value):
        return ""
    return typed.clean(value)


def _api_text(field: Any, value: str) -> str:
    name = field.field_name or ""
    if typed.asks_for_a_reason(name):
        return typed.reason(value)
    return "" if name in _PROSE and typed.is_nothing(value) else value


def _number(_field: Any, value: str) -> str:
    return "" if typed.is_nothing(value) else typed.tidy_number(typed.ascii_number(value))


def _day(field: Any, value: str) -> str:
    """The day as 2017-06-30; what is none stays, for the field to refuse it in its own words. A field with `of_month`
    takes a month, quarter or year as its last day."""
    try:
        day = typed.day(value, exact=not getattr(field, "of_month", False))
    except ValueError:
        return value
    return day.isoformat() if day else ""


def _moment(_field: Any, value: str) -> str:
    if typed.is_nothing(value):
        return ""
    # A day alone would be its first minute: a deadline a day too early.
    return typed.moment(value) or ("?" if _is_day(value) else value)


def _api_moment(_field: Any, value: str) -> str:
    """Likewise; what a program writes as ISO 8601 keeps its seconds and its zone."""
    if _is_day(value):
        return "?"
    try:
        return value if parse_datetime(value.strip()) else typed.moment(value) or value
    except ValueError:
        return typed.moment(value) or value


def _is_day(value: str) -> bool:
    try:
        return typed.day(value, exact=True) is not None
    except ValueError:
        return False
