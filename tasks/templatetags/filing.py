"""Template tags and filters of filing: page addresses by plan, labels of problems and audit verbs, plan text, and
what counts as late."""

import json
from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks.audit.labels import verb_text
from tasks.cycles.lateness import late_rule
from tasks.plans.models import Plan
from tasks.plans.names import clean
from tasks.plans.plan_resolver import query_of
from tasks.submissions.models import ProblemCategory
from tasks.typed import NUMBER_RULES
from tasks.values import Quarter

register = template.Library()
register.simple_tag(late_rule)


@register.simple_tag(takes_context=True)
def plan_url(
    context: Context, name: str, quarter: Quarter | None = None, of: Plan | None = None, **more: str
) -> str:
    """`{% plan_url 'desk' quarter by='task' %}`: the address of a page without a plan in its path, for the plan of the
    current page, or for the plan `of`."""
    shown = of or context.get("plan")
    default = getattr(context.get("site"), "plan", None) or shown
    return reverse(name) + query_of(shown, default, quarter, **more)


@register.filter
def problem_category(value: Any) -> str:
    """The label of the category; an unknown category is shown as typed, never hidden."""
    return str(ProblemCategory(value).label) if value in ProblemCategory.values else str(value) or _("未分类")


@register.filter
def at(things: Mapping[Any, Any], key: Any) -> Any:
    """`names|at:agency.pk`: the value of a key that is no string; "" without one."""
    return things.get(key, "")


@register.filter
def event_word(verb: str) -> str:
    """The label of an audit verb."""
    return verb_text(verb)


@register.filter
def reading(quote: str) -> str:
    """The plan's text for reading: joined lines and wide punctuation, paragraph by paragraph."""
    return "\n".join(clean(part) for part in quote.split("\n\n") if part.strip())


@register.simple_tag
def number_rules() -> str:
    """How the server reads a number, as JSON for a data- attribute."""
    return json.dumps(NUMBER_RULES, ensure_ascii=False)
