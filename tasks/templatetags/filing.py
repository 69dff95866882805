"""Words of filing for templates: a problem's category, a verb of the record, the plan's text for reading."""

import json
from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks.audit.labels import verb_text
from tasks.indicators.reading import NUMBER_RULES
from tasks.plans.models import Plan
from tasks.plans.names import clean
from tasks.plans.plan_resolver import query_of
from tasks.submissions.models import ProblemCategory
from tasks.values import Quarter

register = template.Library()


@register.simple_tag(takes_context=True)
def plan_url(
    context: Context, name: str, quarter: Quarter | None = None, of: Plan | None = None, **more: str
) -> str:
    """`{% plan_url 'desk' quarter by='task' %}`: a page that serves every plan, for the one that the page at hand
    shows, or for that `of` which it speaks."""
    shown = of or context.get("plan")
    default = getattr(context.get("site"), "plan", None) or shown
    return reverse(name) + query_of(shown, default, quarter, **more)


@register.filter
def problem_category(value: Any) -> str:
    """The category's word; what is none is shown as typed, never hidden."""
    return str(ProblemCategory(value).label) if value in ProblemCategory.values else str(value) or _("未分类")


@register.filter
def at(things: Mapping[Any, Any], key: Any) -> Any:
    """`names|at:agency.pk`: what stands under a key that is no word; "" when nothing does."""
    return things.get(key, "")


@register.filter
def event_word(verb: str) -> str:
    """What was done, in words."""
    return verb_text(verb)


@register.filter
def reading(quote: str) -> str:
    """The plan's words for reading: wraps undone and punctuation widened, paragraph by paragraph."""
    return "\n".join(clean(part) for part in quote.split("\n\n") if part.strip())


@register.simple_tag
def number_rules() -> str:
    """How the server reads a number, as JSON for a data- attribute."""
    return json.dumps(NUMBER_RULES, ensure_ascii=False)
