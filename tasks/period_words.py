"""The word for a plan's period in the texts of the interface: 季度 as they are written, 月, 半年 or 年度 where the plan's
rhythm is another, and 期 where plans of several rhythms are spoken of together.

The texts of a page, a message or a document are written for quarters (本季度无进展, 与上季相比). While a plan of another
rhythm is spoken of, gettext answers with the same texts for its periods (本月无进展, 与上月相比). So no text is written
five times, and what people typed and what a plan says is never touched: neither goes through gettext.
docs/decisions/periods.md says why.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.translation import trans_real

from tasks.values import Rhythm

# The kind of period of which texts speak; None for plans of several kinds at once.
Spoken = Rhythm | None
_COLUMNS = (Rhythm.MONTH, Rhythm.JOINED, Rhythm.HALF, Rhythm.YEAR, None)
# Texts that speak of calendar quarters whatever the plan's rhythm is.
_OF_QUARTERS = re.compile(
    r"一季度|前三季度|每季度|.*(?:不是季度|不是填报周期|第%\(number\)s季度).*", re.DOTALL
)
_COUNT = r"(?P<n>几|两|一|\d+|%\(\w+\)[sd])(?P<gap> ?)"
# (what is written of quarters, what stands for it by kind in the order of _COLUMNS); the first that fits counts.
_RULES = (
    (r"第二、第四季度报", ("6月、12月报", "6月、12月报", "每期都报", "每期都报", "6月、12月所在的一期报")),
    (r"季度简报", ("月报", "月报", "半年简报", "年度简报", "各期简报")),
    (r"上一?季度?", ("上月", "上期", "上一半年", "上年", "上期")),
    (r"下一?季度?", ("下月", "下期", "下一半年", "下年", "下期")),
    (r"本季度?", ("本月", "本期", "本半年", "本年度", "本期")),
    (r"当季", ("当月", "当期", "当期", "当年", "当期")),
    (r"每季度?", ("每月", "每期", "每半年", "每期", "每期")),
    (r"各季度?", ("各月", "各期", "各期", "各期", "各期")),
    (r"逐季", ("逐月", "逐期", "逐期", "逐年", "逐期")),
    (
        r"(?P<which>[这那])个季度",
        (r"\g<which>个月", r"\g<which>一期", r"\g<which>个半年", r"\g<which>个年度", r"\g<which>一期"),
    ),
    (r"个季度", ("个月", "期", "个半年", "个年度", "期")),
    (
        r"(?P<which>该|何|同一)季度",
        (r"\g<which>月份", r"\g<which>期", r"\g<which>半年", r"\g<which>年度", r"\g<which>期"),
    ),
    (
        _COUNT + "季度?",
        (
            r"\g<n>\g<gap>个月",
            r"\g<n>\g<gap>期",
            r"\g<n>\g<gap>个半年",
            r"\g<n>\g<gap>年",
            r"\g<n>\g<gap>期",
        ),
    ),
    (r"季末", ("月末", "期末", "期末", "年末", "期末")),
    (r"季后", ("月后", "期后", "期后", "年后", "期后")),
    (r"按季度", ("按月", "按期", "按半年", "按年度", "按期")),
    (r"季度内", ("月内", "期内", "半年内", "年内", "期内")),
    (r"季度填报", ("月度填报", "月度填报", "半年填报", "年度填报", "各期填报")),
    (
        r"季度(?P<what>结束|最后)",
        (r"当月\g<what>", r"当期\g<what>", r"当期\g<what>", r"年度\g<what>", r"当期\g<what>"),
    ),
    (r"季度", ("月份", "月份", "半年", "年度", "填报周期")),
)
_RULE = re.compile("|".join(re.sub(r"\(\?P<\w+>", "(?:", f"(?:{pattern})") for pattern, _words in _RULES))


@lru_cache(maxsize=4096)
def reworded(text: str, kind: Spoken) -> str:
    """A text of the interface that is written for quarters, as it reads for periods of that kind."""
    if kind is Rhythm.QUARTER or "季" not in text or _OF_QUARTERS.fullmatch(text):
        return text
    column = _COLUMNS.index(kind)

    def word(found: re.Match[str]) -> str:
        matches = ((re.fullmatch(pattern, found[0]), words) for pattern, words in _RULES)
        return next(match.expand(words[column]) for match, words in matches if match)

    return _RULE.sub(word, text)


# -- what gettext answers -----------------------------------------------------------------------------------


class _Reworded(trans_real.DjangoTranslation):
    """The site's language, reworded for periods of a kind."""

    def __init__(self, kind: Spoken) -> None:
        super().__init__(settings.LANGUAGE_CODE)
        self.kind = kind

    def gettext(self, message: str) -> str:
        return reworded(super().gettext(message), self.kind)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return reworded(super().ngettext(msgid1, msgid2, n), self.kind)


@cache
def _translation(kind: Spoken) -> _Reworded:
    return _Reworded(kind)


def spoken() -> Spoken:
    """The kind of period that texts speak of at present."""
    active = getattr(trans_real._active, "value", None)  # type: ignore[attr-defined]
    return getattr(active, "kind", Rhythm.QUARTER)


def shared(kinds: Iterable[Rhythm]) -> Spoken:
    """What texts speak of that are about plans of these kinds: their kind, or None if they differ; quarters for no plan."""
    found = set(kinds)
    return found.pop() if len(found) == 1 else None if found else Rhythm.QUARTER


def speak(kind: Spoken) -> None:
    """From now on texts speak of periods of that kind, in the site's language: to the end of the request or job, or of
    `speaking`."""
    code = settings.LANGUAGE_CODE
    if kind is not Rhythm.QUARTER:
        # Django's cache of translations is keyed by language; a private tag makes it find ours.
        code = f"{code}-x-{kind.value if kind else 'several'}"
        trans_real._translations[code] = _translation(kind)  # type: ignore[attr-defined]
    translation.activate(code)


@contextmanager
def speaking(kind: Spoken) -> Iterator[None]:
    """Within it, texts speak of periods of that kind, in the site's language."""
    before, language = spoken(), translation.get_language()
    speak(kind)
    try:
        yield
    finally:
        if before is not Rhythm.QUARTER:
            speak(before)
        else:
            translation.activate(language)


class PeriodWords:
    """Middleware: each request begins with the word for quarters, whatever the one before spoke of."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with speaking(Rhythm.QUARTER):
            return self.get_response(request)
