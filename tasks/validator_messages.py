"""What a form says of a value that is too long, too small or too large: Django's own Chinese speaks of variables."""

from typing import Any

from django.core import validators
from django.utils.translation import gettext_lazy as _


def install() -> None:
    """Put our words in the place of Django's, for every field."""
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
