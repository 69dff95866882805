"""Template tags and filters of filing: page addresses by plan, labels of problems and audit verbs, plan text, and
what counts as late."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
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
from tasks.submissions.fields import FIELD, FIELDS, FORM_ROWS, LABELS, Kind
from tasks.submissions.forms import ReturnForm, field_id
from tasks.submissions.models import ProblemCategory, Submission, Version
from tasks.templatetags.components import quarter_row
from tasks.typed import NUMBER_RULES
from tasks.values import Period

register = template.Library()
register.simple_tag(late_rule)


@register.simple_tag(takes_context=True)
def plan_url(
    context: Context, name: str, quarter: Period | None = None, of: Plan | None = None, **more: str
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


@register.inclusion_tag("_parts/qrow.html")
def submission_row(form: ReturnForm, name: str, previous: Version | None) -> dict[str, Any]:
    """The form's row for one field of the specification (tasks.submissions.fields), beside what the previous version says
    in it."""
    field = FIELD[name]
    was = getattr(previous, name) if previous else field.empty
    is_light = field.kind is Kind.LIGHT
    return quarter_row(
        form,
        name,
        was=""
        if is_light or field.kind is Kind.DAY
        else field.shown(was),  # a day is that of its own quarter
        was_light=was if is_light else "",
        can_take=previous is not None and name in form.takeable(previous, previous.duty),
        check=next((form[other.name] for other in FIELDS if other.form.beside == name), None),
    )


@dataclass(frozen=True)
class SaidRow:
    """What a submission says in one row: `said` as a reader sees it, "" for nothing; `field_id` in the form; `was` is what
    the version with which it is compared says, "" where they are not compared."""

    name: str
    label: str
    said: str
    field_id: str
    was: str = ""


@register.simple_tag
def said_rows(
    content: Submission | Version,
    *,
    sees_problems: bool,
    figures: Any = None,
    files: Any = None,
    previous: Any = None,
) -> list[SaidRow]:
    """The rows in which a page shows what a submission says, in the form's order: every field of the specification that
    belongs to its duty, and that the reader may see; figures and evidence where they are given (`files` may be empty)."""
    given = {"figures": bool(figures) and not content.elsewhere, "evidence": _is_shown(files, content)}
    return [
        SaidRow(
            name,
            str(LABELS.get(name) or _("佐证材料")),
            _said(name, content),
            field_id(name),
            _was(name, previous),
        )
        for name in FORM_ROWS
        if (given[name] if name in given else _has_row(name, content, sees_problems=sees_problems))
    ]


def _is_shown(files: Any, content: Submission | Version) -> bool:
    """None, and in a template nothing at all: evidence is withheld."""
    return files is not None and files != "" and bool(files or not content.elsewhere)


def _has_row(name: str, content: Submission | Version, *, sees_problems: bool) -> bool:
    field = FIELD[name]
    if name == "no_progress_reason":
        return False  # told in the row of what was done
    if content.elsewhere and not field.with_elsewhere:
        return False
    if field.withheld and not sees_problems:
        return False
    is_written = field.is_written(getattr(content, name))
    return is_written or (content.duty in field.filled_by and not field.form.only_if_written)


def _was(name: str, previous: Any) -> str:
    """What the earlier version says, of texts that no reader of a version is refused."""
    compared = name in FIELD and FIELD[name].kind is Kind.TEXT and not FIELD[name].withheld
    return _said(name, previous) if compared and isinstance(previous, Version) else ""


def _said(name: str, content: Submission | Version) -> str:
    return FIELD[name].shown(getattr(content, name)) if name in FIELD else ""
