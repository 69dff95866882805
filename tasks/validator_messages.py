"""What a form says of a value that is too long, too small or too large: Django's own Chinese speaks of variables; and
which days can be typed at all."""

from datetime import date
from typing import Any

from django import forms
from django.core import validators
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

YEARS = range(1900, 3000)  # of a day that is typed: those of which there are quarters


def within_reach(day: date) -> None:
    """Raise ValidationError for a day, or a moment, in a year at the ends of the calendar: there the next day, or the
    same moment in another zone, does not exist, and every sum with it would be an error."""
    if day.year not in YEARS:
        raise ValidationError(_("日期要在 1900 年到 2999 年之间。"), code="out_of_reach")


def install() -> None:
    """Put our words in the place of Django's, and the range of days, for every field of forms, filters and the API."""
    dated: tuple[Any, ...] = (
        forms.DateField,
        forms.DateTimeField,
        serializers.DateField,
        serializers.DateTimeField,
    )
    for field in dated:
        field.default_validators = [*field.default_validators, within_reach]
    validators.MaxLengthValidator.message = _("有 %(show_value)s 字，最多 %(limit_value)s 字，请删减。")
    validators.MinValueValidator.message = _("请填不小于 %(limit_value)s 的数。")
    validators.MaxValueValidator.message = _("请填不大于 %(limit_value)s 的数。")
    said: dict[str, Any] = {
        **validators.DecimalValidator.messages,
        "max_digits": _("数字太长，最多 %(max)s 位。"),
        "max_decimal_places": _("最多 %(max)s 位小数。"),
        "max_whole_digits": _("小数点前最多 %(max)s 位。"),
    }
    validators.DecimalValidator.messages = said
