"""Parts of a page that take parameters. A part's template sees its parameters alone and nothing of the page, but for
`page_head`; a parameter that a part does not know is refused when the template is compiled.

Parts with one or two variables are included: {% include "_parts/empty.html" %}.
"""

from typing import Any

from django import template
from django.template import Context

register = template.Library()

_OF_THE_PAGE: Any = object()  # what is not given is taken from the page's own context


@register.inclusion_tag("_parts/page_head.html", takes_context=True)
def page_head(
    context: Context,
    title: Any,
    *,
    ref: Any = _OF_THE_PAGE,
    lede: Any = _OF_THE_PAGE,
    kind: str = "plain",
    quarter: Any = _OF_THE_PAGE,
    known: Any = _OF_THE_PAGE,
    at_form: Any = _OF_THE_PAGE,
    aside: Any = _OF_THE_PAGE,
) -> dict[str, Any]:
    """The head of a page. `kind` is plain, split (title left, sentence right), run (sentence on the title's line), task
    or form (smaller titles); `quarter` and `known` make the line of time, None for none."""
    given = {
        "ref": ref,
        "lede": lede,
        "quarter": quarter,
        "known": known,
        "at_form": at_form,
        "aside": aside,
        "quarters": _OF_THE_PAGE,
        "differs": _OF_THE_PAGE,
        "changed_within": _OF_THE_PAGE,
    }
    filled = {name: context.get(name) if value is _OF_THE_PAGE else value for name, value in given.items()}
    return {"title": title, "kind": kind, **filled}


@register.inclusion_tag("_parts/section_head.html")
def section_head(
    id: str,
    title: Any,
    *,
    note: Any = None,
    near: bool = False,
    link: str = "",
    link_text: Any = "",
    link2: str = "",
    link2_text: Any = "",
) -> dict[str, Any]:
    """The head of a section, first inside <section class="section" aria-labelledby="ID">; `near` sets the note beside
    the title instead of at the right end."""
    return {
        "id": id,
        "title": title,
        "note": note,
        "near": near,
        "link": link,
        "link_text": link_text,
        "link2": link2,
        "link2_text": link2_text,
    }


@register.inclusion_tag("_parts/empty.html")
def empty_note(title: Any, text: Any = "", *, link: str = "", link_text: Any = "") -> dict[str, Any]:
    """Nothing to show: `title` says what is missing, `text` what to do or why."""
    return {"title": title, "text": text, "link": link, "link_text": link_text}


@register.inclusion_tag("_parts/conflict.html")
def conflict_notice(title: Any, text: Any, *, link: str = "", link_text: Any = "") -> dict[str, Any]:
    """Somebody else was quicker: `text` says who did what and when."""
    return {"title": title, "text": text, "link": link, "link_text": link_text}


@register.inclusion_tag("_parts/qhead.html")
def quarter_head(
    previous: Any,
    quarter: Any,
    *,
    previous_light: Any = None,
    previous_url: str = "",
    copy_name: str = "",
) -> dict[str, Any]:
    """Heads of the columns of the quarterly form; `copy_name` names the button that brings the words of the previous
    quarter."""
    return {
        "previous": previous,
        "quarter": quarter,
        "previous_light": previous_light,
        "previous_url": previous_url,
        "copy_name": copy_name,
    }


@register.inclusion_tag("_parts/qrow.html")
def quarter_row(
    form: Any,
    name: str,
    *,
    was: Any = None,
    was_light: Any = None,
    check: Any = None,
    hint: Any = "",
    can_take: bool = False,
) -> dict[str, Any]:
    """The row of the quarterly form for the field `name`: label and help left, `was` (the previous text) or `was_light`
    in the middle, the field right; `check` is a second bound field, a check box set under the text; `can_take` offers to
    take the previous text over."""
    return {
        "number": form.numbers.get(name, ""),
        "field": form[name],
        "remark": form.remarks.get(name, ""),
        "was": was,
        "was_light": was_light,
        "check": check,
        "hint": hint,
        "can_take": can_take,
    }
