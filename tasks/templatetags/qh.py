"""Template tags of the design system: lights, quarters, figures, text differences, sortable table heads.

The tags only render: colours, counts and limits come from the caller.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template import Context
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tasks.differences import compare
from tasks.templatetags import drawing
from tasks.templatetags.reading import (
    DASH,
    WORST_FIRST,
    decimal_of,
    field_of,
    light_key,
    light_of,
    light_shapes,
    light_svg,
    light_words,
    number_text,
    query_url,
    spoken_lights,
)
from tasks.values import GREY, UNLED, Duty, Light, Ratio

register = template.Library()

register.inclusion_tag("_parts/ruler.html", takes_context=True)(drawing.ruler)
register.inclusion_tag("_parts/timeline.html")(drawing.timeline)
register.inclusion_tag("_parts/deadline.html")(drawing.deadline)
register.inclusion_tag("_parts/target_bar.html")(drawing.target_bar)
register.simple_tag(drawing.sparkline)
register.simple_tag(drawing.milestones)

_TINTS: dict[str, str] = {Light.RED: "tint-red", Light.YELLOW: "tint-yellow"}

# Lights


@register.simple_tag
def light(
    value: Any, unverified: Any = False, word: str = "full", size: str = "", since: Any = None
) -> SafeString:
    """A light: shape, colour and label. `word` is full, short or none (then for screen readers only); `size` is '', lg
    or xl; `since` is the quarter of a stale light."""
    key = light_key(value)
    full, short = light_words(key)
    unverified = bool(unverified) and key != GREY
    note = format_html(' <span class="light__note">{}</span>', _("未核")) if unverified else mark_safe("")
    stale = (
        format_html(' <span class="light__note">{}</span>', _("（%s）") % since) if since else mark_safe("")
    )
    if word == "none":
        spoken = _("%s，未核") % full if unverified else full
        text = format_html('<span class="visually-hidden">{}{}</span>', spoken, stale)
    else:
        text = format_html(
            '<span class="light__word">{}</span>{}{}', short if word == "short" else full, note, stale
        )
    return format_html(
        '<span class="light{}">{}{}</span>',
        f" light--{size}" if size else "",
        light_svg(key, unverified),
        text,
    )


@register.simple_tag
def light_shape(value: Any, unverified: Any = False) -> SafeString:
    """The shape alone, hidden from screen readers, for places with the label beside it."""
    return light_svg(light_key(value), bool(unverified))


@register.simple_tag
def light_word(value: Any, word: str = "full") -> str:
    """`绿 正常`, or `正常` with word="short"."""
    return light_words(light_key(value))[1 if word == "short" else 0]


@register.filter
def is_light(value: Any) -> bool:
    """True for a key that a reporter may choose."""
    return value in Light.values


@register.simple_tag
def light_change(before: Any, after: Any) -> SafeString:
    """▲ → ■, with the labels for screen readers."""
    (old, old_open), (new, new_open) = light_of(before), light_of(after)
    return format_html(
        '<span class="change">{}<span class="change__to" aria-hidden="true">→</span>{}<span class="visually-hidden">{}</span></span>',
        light_svg(old, old_open),
        light_svg(new, new_open),
        _("由%(old)s转为%(new)s") % {"old": light_words(old)[1], "new": light_words(new)[1]},
    )


@register.simple_tag
def light_counts(
    counts: Any, zero: Any = False, address: str = "", level: str = "", key: Any = ""
) -> SafeString:
    """■1 ▲5 ○1 from a mapping light → count (or a sequence of lights), worst first; lights without a count are left out
    unless `zero`. With an address each count links to the counted objects, as in `behind`."""
    table = dict(counts) if isinstance(counts, Mapping) else Counter(light_of(item)[0] for item in counts)
    parts = [
        (
            light_svg(one),
            light_words(one)[1],
            behind(table[one], address, level, key, one) if address and table.get(one) else table.get(one, 0),
        )
        for one in map(str, WORST_FIRST)
        if table.get(one, 0) or (zero and one != UNLED)
    ]
    return format_html(
        '<span class="counts">{}</span>',
        format_html_join(
            "", '<span class="counts__item">{}<span class="visually-hidden">{}</span> {}</span> ', parts
        ),
    )


@register.simple_tag
def light_dots(marks: Iterable[Any]) -> SafeString:
    """Small shapes in a row, one per task, always in the caller's order."""
    lights = [light_of(mark) for mark in marks]
    return format_html(
        '<span class="dots">{}<span class="visually-hidden">{}</span></span>',
        light_shapes(lights),
        spoken_lights(lights),
    )


@register.simple_tag
def heat_cell(marks: Iterable[Any], classes: str = "") -> SafeString:
    """One cell of the heat table: the shapes of all tasks in fixed order, tinted by the worst light."""
    lights = [light_of(mark) for mark in marks]
    worst = next((key for key in WORST_FIRST if any(light_key == key for light_key, _u in lights)), GREY)
    return format_html(
        '<td role="cell" class="heat__cell {} {}"><span class="heat__dots{}">{}</span><span class="visually-hidden">{}</span></td>',
        _TINTS.get(worst, ""),
        classes,
        " heat__dots--two" if len(lights) > 4 else "",
        light_shapes(lights),
        spoken_lights(lights),
    )


@register.filter
def duty_word(role: str) -> str:
    """A role as plans print it: 牵头, 配合, 落实."""
    return str(Duty(role).label) if role else ""


@register.simple_tag
def matrix_cell(cell: Any, classes: str = "") -> SafeString:
    """One cell of the matrix: empty, a lead (13 px in an ink frame) or a co (8 px). `cell` has duty, light, unverified,
    url, label."""
    if not cell:
        return format_html('<td class="matrix__cell {}"></td>', classes)
    key, unverified = light_of(cell)
    role = Duty(str(field_of(cell, "duty")))
    lead = role == Duty.LEAD
    spoken = "{}：{} {}{}".format(
        field_of(cell, "label", ""),
        role.label,
        light_words(key)[0],
        _("，未核") if unverified else "",
    )
    shape = light_svg(key, unverified and key != GREY)
    url = field_of(cell, "url")
    inner = (
        format_html('<a href="{}" title="{}" aria-label="{}">{}</a>', url, spoken, spoken, shape)
        if url
        else format_html(
            '<span class="matrix__mark" title="{}">{}<span class="visually-hidden">{}</span></span>',
            spoken,
            shape,
            spoken,
        )
    )
    return format_html(
        '<td class="matrix__cell matrix__cell--{} {}">{}</td>', "lead" if lead else "co", classes, inner
    )


@register.simple_tag
def matrix_cells(cells: Sequence[Any], starts: Sequence[Any] = (), parts: Sequence[Any] = ()) -> SafeString:
    """A row of matrix cells; `starts` and `parts` flag the first cell of a group (hairline) and of a part (ink line)."""
    drawn = []
    for index, cell in enumerate(cells):
        part = index < len(parts) and parts[index]
        start = index < len(starts) and starts[index]
        drawn.append(
            matrix_cell(cell, "matrix__part-edge" if part else "matrix__group-edge" if start else "")
        )
    return format_html_join("", "{}", ((cell,) for cell in drawn))


_HINTS = {
    Light.GREEN: lambda: _("按节点推进"),
    Light.YELLOW: lambda: _("可能误期，已有措施"),
    Light.RED: lambda: _("已误期或明显不足"),
    Light.BLUE: lambda: _("方案所提已全部做到"),
}


@register.filter
def light_hint(value: Any) -> str:
    """The explanation of the light for reporters."""
    hint = _HINTS.get(Light(value)) if value in Light.values else None
    return hint() if hint else ""


# Quarters and figures


@register.filter
def figure(value: Any) -> str:
    """1204.50 → 1,204.5; no value → —. Zero is a value."""
    number = decimal_of(value)
    return DASH if number is None else number_text(number)


@register.filter
def signed(value: Any) -> str:
    """+344, −24, 0; no value → —."""
    number = decimal_of(value)
    if number is None:
        return DASH
    return ("+" if number > 0 else "") + number_text(number)


@register.simple_tag
def behind(count: Any, address: str, level: str, key: Any, number: str) -> Any:
    """A count as a link to the counted objects; zero has no link. `address` is the page's address with its quarter."""
    if not count:
        return format_html('<span class="nil">{}</span>', "·")
    query = urlencode({"by": level, "key": key, "of": number})
    return format_html('<a class="behind__number" href="{}">{}</a>', f"{address}&{query}", count)


@register.simple_tag
def behind_cell(
    count: Any, address: str, level: str, key: Any, number: str, label: str, *, shade: bool = False
) -> Any:
    """The cell of such a count; one with zero is left out where the rows are stacked."""
    classes = "number" + (" shade" if shade else "") + ("" if count else " is-nil")
    link = behind(count, address, level, key, number)
    return format_html('<td class="{}" data-label="{}">{}</td>', classes, label, link)


@register.simple_tag
def ratio(numerator: Any, denominator: Any) -> SafeString:
    """A percentage with numerator and denominator under it; a dash if the denominator is zero. Two counts are rounded as
    `Ratio.percent`, measured figures to the nearest tenth."""
    top, bottom = decimal_of(numerator), decimal_of(denominator)
    if isinstance(numerator, int) and isinstance(denominator, int):
        percent = Ratio(numerator, denominator).percent
    else:
        percent = None if top is None or not bottom else _rounded(top * 100 / bottom)
    value = DASH if percent is None else f"{percent}%"
    return format_html(
        '<span class="ratio">{}<small>{} / {}</small></span>', value, figure(top), figure(bottom)
    )


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@register.simple_tag
def text_diff(before: Any, after: Any) -> SafeString:
    """What a text says now, beside which the earlier one stands: with marks where little of it is new, otherwise as it
    is."""
    compared = compare(str(before or ""), str(after or ""))
    return _marked(compared.parts) if compared.is_alike else conditional_escape(compared.after)


@register.inclusion_tag("_parts/difference.html")
def difference(before: Any, after: Any, was: str, now: str) -> dict[str, Any]:
    """The same where the earlier text stands nowhere else: with marks in one text, or both in two columns under the heads
    `was` and `now`."""
    compared = compare(str(before or ""), str(after or ""))
    marked = _marked(compared.parts) if compared.is_alike else ""
    return {"marked": marked, "compared": compared, "was": was, "now": now}


_MARKS = {"equal": "{}", "delete": "<del>{}</del>", "insert": "<ins>{}</ins>"}


def _marked(parts: Iterable[tuple[str, str]]) -> SafeString:
    return format_html_join("", "{}", ((format_html(_MARKS[kind], text),) for kind, text in parts))


# Links that keep the page's state


@register.inclusion_tag("_parts/sort_head.html", takes_context=True)
def sort_head(
    context: Context, key: str, label: str, classes: str = "", param: str = "o", plain: Any = False
) -> dict[str, Any]:
    """A table head that sorts by `key` through the parameter `param`; a second click reverses the order.
    `plain`: it does not sort on this page."""
    request = context.get("request")
    current = request.GET.get(param, "") if request is not None else ""
    down = current == key
    return {
        "label": label,
        "classes": classes,
        "plain": plain,
        "url": query_url(context, param, f"-{key}" if down else key),
        "sort": "ascending" if down else "descending" if current == f"-{key}" else "none",
    }


@register.inclusion_tag("_parts/sort_link.html", takes_context=True)
def sort_link(context: Context, key: str, label: str) -> dict[str, Any]:
    """The same in the line over a list that is no table (<ul class="order">)."""
    return sort_head(context, key, label)


@register.simple_tag(takes_context=True)
def in_order(context: Context, url: str) -> str:
    """The address of the same list with another choice, in the order in which the reader has put it."""
    request = context.get("request")
    order = request.GET.get("o", "") if request is not None else ""
    if not order or not url:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'o': order})}"
