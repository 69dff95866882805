"""Template tag for the label 已调整, with a link to the latest adjustment."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def adjusted(found: Mapping[Any, Sequence[Any]] | None, key: Any, plan_slug: str) -> SafeString:
    """The label 已调整, or "". `found`: `{task id or target number: [Adjustment]}`, the latest first
    (tasks.adjustments.queries.AdjustedObjects)."""
    rows = (found or {}).get(key)
    if not rows:
        return mark_safe("")
    return format_html(
        '<a class="adjusted" href="{}" title="{}">{}</a>',
        reverse("adjustment", args=[plan_slug, rows[0].pk]),
        _("第%(number)d号调整，自%(quarter)s起") % {"number": rows[0].pk, "quarter": rows[0].effective},
        _("已调整"),
    )
