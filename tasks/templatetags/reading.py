"""Helpers of the template tags: convert lights, quarters and numbers from the forms that callers pass, and format them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tasks.values import EXEMPT, GREY, UNLED, Light, Period
from tasks.wording import current

# One shape per light in a 12 × 12 box, so that colour is never the only sign.
_SHAPES: dict[str, SafeString] = {
    Light.GREEN: mark_safe('<circle cx="6" cy="6" r="5.3" fill="currentColor"/>'),
    Light.YELLOW: mark_safe('<path d="M6 .6 11.8 11.2H.2z" fill="currentColor"/>'),
    Light.RED: mark_safe('<path d="M.9.9h10.2v10.2H.9z" fill="currentColor"/>'),
    Light.BLUE: mark_safe(
        '<path d="M1.2 6.6 4.5 10 10.9 2.4" fill="none" stroke="currentColor" stroke-width="2.3"/>'
    ),
    GREY: mark_safe('<circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.4"/>'),
    UNLED: mark_safe(
        '<circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.4" stroke-dasharray="2 1.8"/>'
    ),
}
_SHAPES[EXEMPT] = mark_safe('<path d="M4 6h4" stroke="currentColor" stroke-width="1.4"/>')
_UNDERLINE = mark_safe('<path class="light-shape__unverified" d="M0 15h12"/>')
WORST_FIRST = (Light.RED, Light.YELLOW, GREY, UNLED, Light.GREEN, Light.BLUE)
DASH = "—"


def light_key(value: Any) -> str:
    """The light's key; an empty or unknown value is grey."""
    text = str(value) if value else GREY
    return text if text in _SHAPES else GREY


def light_words(key: str) -> tuple[str, str]:
    """Both forms of a light's label: `绿 正常` and `正常`."""
    if key == EXEMPT:
        return _("本期不报"), _("本期不报")
    if key == UNLED:
        return _("无牵头"), _("无牵头")
    words = current().lights[key]
    return words.name, words.word


def field_of(thing: Any, name: str, default: Any = None) -> Any:
    """A key of a mapping or an attribute of an object, as templates resolve a dot."""
    if isinstance(thing, Mapping):
        return thing.get(name, default)
    return getattr(thing, name, default)


def light_of(thing: Any) -> tuple[str, bool]:
    """(light, unverified) from a plain key, a pair, or anything with `light` and `unverified`."""
    if thing is None or isinstance(thing, str):
        return light_key(thing), False
    if isinstance(thing, tuple):
        return light_key(thing[0]), bool(thing[1])
    return light_key(field_of(thing, "light")), bool(field_of(thing, "unverified", False))


def quarter_of(value: Any) -> Period:
    return value if isinstance(value, Period) else Period.parse(str(value))


def decimal_of(value: Any) -> Decimal | None:
    """The value as Decimal; None for None and '', because blank is not zero."""
    return None if value is None or value == "" else Decimal(str(value))


def number_text(value: Decimal) -> str:
    """The number with grouped thousands, without trailing zeros, and with a true minus sign."""
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def percent_text(value: Decimal | float) -> str:
    """A coordinate in per cent, as short text."""
    return f"{float(value):.2f}%"


@cache  # a page shows hundreds, of a dozen kinds
def light_svg(key: str, unverified: bool = False) -> SafeString:
    return format_html(
        '<svg class="light-shape light-shape--{}{}" viewBox="0 0 12 12" aria-hidden="true" focusable="false">{}{}</svg>',
        key,
        " is-unverified" if unverified else "",
        _SHAPES[key],
        _UNDERLINE if unverified else "",
    )


def light_shapes(lights: Iterable[tuple[str, bool]]) -> SafeString:
    """The shapes of the lights, one after the other."""
    return mark_safe("".join(light_svg(key, unverified) for key, unverified in lights))  # noqa: S308 — shapes only


def spoken_lights(lights: Sequence[tuple[str, bool]]) -> str:
    """The lights as text for screen readers: `滞后1、正常3，其中未核1`."""
    counted = Counter(key for key, _unverified in lights)
    text = "、".join(
        f"{light_words(str(key))[1]}{counted[str(key)]}" for key in WORST_FIRST if counted[str(key)]
    )
    waiting = sum(1 for key, unverified in lights if unverified and key != GREY)
    return text + (_("，其中未核%d") % waiting if waiting else "")


def query_url(context: Context, name: str, value: str) -> str:
    """The address of the current page with one parameter changed and without the page number."""
    request = context.get("request")
    if request is None:
        return "?" + urlencode({name: value})
    query = request.GET.copy()
    query[name] = value
    query.pop("page", None)
    return f"?{query.urlencode()}"
