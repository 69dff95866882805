"""From frozen figures to the brief's HTML: head, sections, annexes and closing pages.

`kinds` names the sections of each kind. A section without content is left out with its number. What agencies wrote is
printed as they wrote it, but for punctuation and characters without a glyph (reports.typeset.chinese_text).
"""

import io
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from html import unescape
from typing import Any

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reports.briefs import view_models
from reports.briefs.composition_context import Context, Section
from reports.briefs.formatting import by_style, day, light_styles, local, moment
from reports.briefs.kinds import KINDS, Kind
from reports.briefs.kinds.kind import Heading
from reports.briefs.sentences import notes
from reports.briefs.snapshot import Snapshot
from reports.briefs.values import BriefHead, Imprint, Stamp
from reports.briefs.view_models import LightView
from reports.typeset import fonts, pdf_renderer
from reports.typeset.chinese_text import STAND_IN, clean, ems, numeral, phrase, unprintable, where_unprintable

_LINE_POINTS = 442.2  # 156 mm
_DIGITS = 8


@dataclass(frozen=True)
class Composed:
    """The brief as HTML: `body`, and `back(pages, apart)` for the pages that close so many pages of it; None
    where none do.

    `words` are all running texts as they were composed, by their keys: what can be amended. `unprintable` are the
    characters of typed texts that no font can draw, each with the words around it, where these texts are printed: not
    where an editor put others.
    """

    title: str
    subject: str
    body: SafeString
    back: Callable[[int, bool], str] | None
    words: dict[str, str]
    leads: dict[str, str] = field(default_factory=dict)  # what stands before some of them, by the same keys
    unprintable: dict[str, str] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)  # with the annexes, in their order


@dataclass(frozen=True)
class SharedParts:
    """What first and last pages print alike, for the templates of all briefs."""

    title: str
    plan: str
    series: str
    plan_points: str  # sizes at which the names fit a line
    series_points: str
    office: str
    stamp: Stamp | None
    marks: str  # 示例数据, 草稿
    secrecy: str
    imprint: Imprint
    persons: list[tuple[str, str]]
    text: str  # the template of all between title and foot
    is_one_page: bool
    as_at: str
    known_at: str
    date: str
    sha256: list[str]  # two lines, in groups of eight digits
    qr: SafeString | str
    verify_url: str
    title_lines: list[str]
    addressee: str  # the agency to which it is sent; "" where it is sent to none


@dataclass(frozen=True)
class LightCount:
    """How many main tasks have a light, for the strip above the text."""

    light: LightView
    count: int


@dataclass(frozen=True)
class SectionsPage:
    """What briefs/parts/text.html shows beside the shared parts. `contents` are two columns; empty for a short brief."""

    notes: list[str]
    lights: list[LightCount]
    has_strip: bool
    sections: list[Section]
    annexes: list[Section]
    contents: list[list[Section]]


@dataclass(frozen=True)
class ClosingPage:
    """What briefs/back.html shows beside the shared parts. `first` is the number of its first page, `verso` whether that
    is a left one, `apart` whether a page without text precedes it."""

    first: int
    verso: bool
    apart: bool


PAPER, SCREEN = "briefs/brief.html", "briefs/screen.html"


def html(
    figures: Snapshot,
    *,
    head: BriefHead,
    figures_sha256: str,
    words: Mapping[str, str] | None = None,
    template: str = PAPER,
) -> Composed:
    """Compose the brief of these frozen figures; `words` are its running texts where they were amended. With SCREEN,
    `body` is the part of a page that shows the same text."""
    faces = fonts.load()
    kind = KINDS[figures.kind]
    context: Context[Snapshot] = Context(
        figures,
        partial(clean, coverage=faces.coverage),
        chart_font=faces.family("heading"),
        amended=words or {},
        main_tasks=str(kind.main_tasks),
        quarter_label=figures.quarter.label if kind.names_quarter else "",
    )
    annexes = _annexes(context, kind)
    sections = _sections(context, kind)
    shared = _shared_parts(context, kind, head, figures_sha256, has_code=template == PAPER)
    if kind.one_page is not None:
        content: object = kind.one_page(context)
    else:
        content = SectionsPage(
            notes=notes(figures, unprintable=False),
            lights=[
                LightCount(view_models.light(light), count)
                for light, count in by_style(figures.lights, light_styles(figures.lights)).items()
            ],
            has_strip=kind.has_strip and bool(figures.groups),
            sections=sections,
            annexes=annexes,
            contents=_columns([*sections, *annexes])
            if template == PAPER and not kind.is_sent and sum(map(len, context.composed.values())) > _LONG
            else [],
        )
    body = pdf_renderer.render_html(template, vars(shared) | vars(content))
    missing = _unprintable(context, body, faces.coverage)
    if isinstance(content, SectionsPage) and STAND_IN in body:
        # A note says what 〓 means; not where an editor replaced the texts that had it.
        content = replace(content, notes=notes(figures, unprintable=True))
        body = pdf_renderer.render_html(template, vars(shared) | vars(content))
    return Composed(
        title=shared.title,
        subject=_("数据截至%(as_at)s，数据提取时间%(known_at)s") % vars(shared),
        body=body,
        back=None if kind.one_page else partial(_closing, shared),
        words=dict(context.composed),
        leads=dict(context.leads),
        unprintable=missing,
        sections=[*sections, *annexes],
    )


_NOT_BARE = re.compile(rf"[^\w{STAND_IN}]")
_AROUND = 6  # characters on each side by which a place is found again


def _unprintable(context: Context[Snapshot], body: str, coverage: Container[int]) -> dict[str, str]:
    """What is printed as 〓 or left out. A text is found again in the page by its letters alone: marks and quotes change
    on the way."""
    lines = [line for text in context.typed for line in text.split("\n") if unprintable(line, coverage)]
    if not lines:
        return {}
    page = _NOT_BARE.sub("", unescape(re.sub("<[^>]*>", "", body)))

    def is_printed(line: str) -> bool:
        bare = _NOT_BARE.sub("", phrase(context.clean(line)))
        at = max(bare.find(STAND_IN), 0)
        return bare[max(0, at - _AROUND) : at + _AROUND + 1] in page

    printed = [line for line in lines if is_printed(line)]
    return where_unprintable(printed or (lines if STAND_IN in page else []), coverage)


def _closing(shared: SharedParts, pages: int, apart: bool) -> str:
    closing = ClosingPage(first=pages + 1, verso=pages % 2 == 1, apart=apart)
    return pdf_renderer.render_html("briefs/back.html", vars(shared) | vars(closing))


def _shared_parts(
    context: Context[Snapshot], kind: Kind[Any], head: BriefHead, figures_sha256: str, *, has_code: bool
) -> SharedParts:
    figures = context.figures
    title_lines = kind.title(
        Heading(figures.plan_title, figures.quarter, figures.scope, figures.as_at, context.printable)
    )
    plan, series = context.printable(figures.plan_title), kind.series_of(figures.quarter)
    marks = [*([_("示例数据")] if figures.is_sample else []), *([] if head.stamp else [_("草稿")])]
    imprint = _imprint(context, head.imprint)
    persons = (
        (_("拟稿："), imprint.drafted_by),
        (_("核稿："), imprint.checked_by),
        (_("签发："), imprint.signed_by),
    )
    return SharedParts(
        title="".join(title_lines),
        plan=plan,
        series=series,
        plan_points=_points(28, ems(plan)),
        series_points=_points(46, 1.12 * ems(series)),
        office=context.printable(head.office),
        stamp=head.stamp,
        marks="　".join(marks),
        secrecy=imprint.secrecy or _("内部资料"),
        imprint=imprint,
        persons=[(name, person) for name, person in persons if person],
        text=kind.text,
        is_one_page=kind.one_page is not None,
        as_at=day(figures.as_at),
        known_at=moment(figures.known_at),
        date=day(head.stamp.issued_on if head.stamp else local(figures.known_at).date()),
        sha256=[
            " ".join(figures_sha256[start + n : start + n + _DIGITS] for n in range(0, 32, _DIGITS))
            for start in (0, 32)
        ],
        qr=_qr(head.stamp.verify_url) if head.stamp and has_code else "",
        verify_url=head.stamp.verify_url if head.stamp else "",
        title_lines=title_lines,
        addressee=context.printable(figures.scope.name) if kind.is_sent else "",
    )


def _imprint(context: Context[Snapshot], imprint: Imprint) -> Imprint:
    """As it can be printed."""
    texts = {
        name: context.printable(value) for name, value in vars(imprint).items() if isinstance(value, str)
    }
    return Imprint(**{**vars(imprint), **texts})


def _annexes(context: Context[Snapshot], kind: Kind[Any]) -> list[Section]:
    """The annexes that there are, numbered; the context knows their numbers from then on."""
    annexes = [annex for compose in kind.annexes if (annex := compose(context))]
    context.annexes = {type(annex): number for number, annex in enumerate(annexes, 1)}
    return [
        replace(annex, number=context.annex_label(number), anchor=f"annex-{number}")
        for number, annex in enumerate(annexes, 1)
    ]


def _sections(context: Context[Snapshot], kind: Kind[Any]) -> list[Section]:
    sections = [
        section for compose in kind.sections if (section := compose(context)) and not section.is_empty
    ]
    return [
        replace(section, number=numeral(number), anchor=f"section-{number}")
        for number, section in enumerate(sections, 1)
    ]


# Characters of running text which, with tables, make about ten pages: from there on a reader looks for a section by its
# page.
_LONG = 2200


def _columns(items: list[Section]) -> list[list[Section]]:
    """The contents in two columns, the first as long as the second or by one longer."""
    half = (len(items) + 1) // 2
    return [items[:half], items[half:]]


def _points(most: float, width: float) -> str:
    """The size at which so many ems still fit a line."""
    return f"{min(most, int(10 * _LINE_POINTS / width) / 10):g}"


def _qr(url: str) -> SafeString:
    """The address as a QR code, in SVG."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False, boost_error=False).save(
        out,
        kind="svg",
        xmldecl=False,
        nl=False,
        scale=1,
        border=0,
        omitsize=True,
        svgclass="qr",
        lineclass=None,
        title=_("核验二维码"),
        dark="#1B1A17",
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308  (segno's own markup; the address is drawn as modules)
