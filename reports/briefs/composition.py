"""From frozen figures to the brief's HTML: head, sections, annexes and closing pages.

Which sections there are is in `kinds`, what stands in each in `sections` and `annexes`. A section without content is
left out with its number. What agencies wrote is printed as they wrote it, but for marks and characters (see
reports.typeset.text).
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reports.briefs import kind_sections, kinds, view_models
from reports.briefs.composition_context import Desk, Figures, Section
from reports.briefs.sentences import day, local, moment, notes
from reports.briefs.values import BriefHead, Imprint
from reports.charts.lights import STYLES
from reports.typeset import fonts, press
from reports.typeset.text import clean, ems, numeral

_LINE_POINTS = 442.2  # 156 mm
_DIGITS = 8


@dataclass(frozen=True)
class Composed:
    """The brief as HTML: `body`, and `back(pages, apart)` for what closes so many pages of it; None
    where nothing does.

    `words` are all running texts as they were composed, by their keys: what can be amended.
    """

    title: str
    subject: str
    body: str
    back: Callable[[int, bool], str] | None
    words: dict[str, str]


def html(
    figures: Figures, *, head: BriefHead, figures_sha256: str, words: Mapping[str, str] | None = None
) -> Composed:
    """Compose the brief of these frozen figures; `words` are its running texts where they were amended."""
    faces = fonts.load()
    desk = Desk(figures, partial(clean, coverage=faces.coverage), faces.family("heading"), words or {})
    kind = kinds.kind_of(figures)
    title_lines = kind.title(desk)
    annexes = _annexes(desk, kind)
    sections = _sections(desk, kind)
    shared = _shared(desk, kind, head, "".join(title_lines)) | _seal(head, figures_sha256)
    if kind.is_one_page:
        return _one_page(desk, shared, title_lines)
    content = shared | {
        "notes": notes(figures, unprintable=desk.has_unprintable),
        "title_lines": title_lines,
        "lights": [
            {"light": view_models.light(style.key), "count": figures["lights"][style.key]} for style in STYLES
        ],
        "has_strip": kind.has_strip and bool(figures["groups"]),
        "sections": sections,
        "annexes": annexes,
    }
    if sum(map(len, desk.said.values())) > _LONG:
        content["contents"] = _columns([*sections, *annexes])
    body = press.markup("briefs/brief.html", content)
    return Composed(
        title=shared["title"],
        subject=_("数据截至%(as_at)s，所知时点%(known_at)s") % shared,
        body=body,
        back=lambda pages, apart: press.markup(
            "briefs/back.html",
            shared
            | {
                "first": pages + 1,
                "verso": pages % 2 == 1,
                "apart": apart,
            },
        ),
        words=dict(desk.said),
    )


def _one_page(desk: Desk, shared: dict[str, Any], title_lines: list[str]) -> Composed:
    """一页纸: a form of its own, with what closes a brief on the same side."""
    figures = desk.figures
    body = press.markup(
        "briefs/one_page.html",
        shared
        | {
            "title_lines": title_lines,
            "styles": [view_models.light(style.key) for style in STYLES],
            "rows": [
                {"name": name, "counts": [figures[key][style.key] for style in STYLES]}
                for name, key in ((_("自评"), "reported_lights"), (_("核定"), "verified_lights"))
            ],
            "counted": [figures["lights"][style.key] for style in STYLES],
            "headline": kind_sections.headline(desk),
            "pointers": kind_sections.pointers(desk),
        },
    )
    subject = _("数据截至%(as_at)s，所知时点%(known_at)s") % shared
    return Composed(shared["title"], subject, body, None, dict(desk.said))


def _seal(head: BriefHead, figures_sha256: str) -> dict[str, Any]:
    """By what the brief can be checked."""
    return {
        "sha256": [
            " ".join(figures_sha256[start + n : start + n + _DIGITS] for n in range(0, 32, _DIGITS))
            for start in (0, 32)
        ],
        "qr": _qr(head.stamp.verify_url) if head.stamp else "",
        "verify_url": head.stamp.verify_url if head.stamp else "",
    }


def _shared(desk: Desk, kind: kinds.Kind, head: BriefHead, title: str) -> dict[str, Any]:
    """What stands on first and last pages alike."""
    figures = desk.figures
    plan, series = desk.say(figures["plan_title"]), str(kind.series)
    marks = [*([_("示例数据")] if figures["is_sample"] else []), *([] if head.stamp else [_("草稿")])]
    imprint = _imprint(desk, head.imprint)
    return {
        "title": title,
        "plan": plan,
        "series": series,
        "plan_points": _points(28, ems(plan)),
        "series_points": _points(46, 1.12 * ems(series)),
        "office": desk.say(head.office),
        "stamp": head.stamp,
        "marks": "　".join(marks),
        "secrecy": imprint.secrecy or _("内部资料"),
        "imprint": imprint,
        "persons": [
            (name, person)
            for name, person in (
                (_("拟稿："), imprint.drafted_by),
                (_("核稿："), imprint.checked_by),
                (_("签发："), imprint.signed_by),
            )
            if person
        ],
        "as_at": day(figures["as_at"]),
        "known_at": moment(figures["known_at"]),
        "date": day(head.stamp.issued_on) if head.stamp else day(local(figures["known_at"]).date()),
    }


def _imprint(desk: Desk, imprint: Imprint) -> Imprint:
    """As it can be printed."""
    said = {name: desk.say(value) for name, value in vars(imprint).items() if isinstance(value, str)}
    return Imprint(**{**vars(imprint), **said})


def _annexes(desk: Desk, kind: kinds.Kind) -> list[Figures]:
    """The annexes that are there, numbered; the desk knows their numbers from then on."""
    found = [annex for compose in kind.annexes if (annex := compose(desk))]
    for number, annex in enumerate(found, 1):
        desk.annexes[annex.part.removeprefix("annex_")] = number
    return [_framed(annex, desk.annex(number), f"annex-{number}") for number, annex in enumerate(found, 1)]


def _sections(desk: Desk, kind: kinds.Kind) -> list[Figures]:
    found = [section for compose in kind.sections if (section := compose(desk)) and not section.is_empty]
    return [_framed(section, numeral(number), f"section-{number}") for number, section in enumerate(found, 1)]


def _framed(section: Section, number: str, anchor: str) -> Figures:
    return {
        "part": f"briefs/parts/{section.part}.html",
        "title": section.title,
        "number": number,
        "anchor": anchor,
        **section.data,
    }


# Characters of running text which, with tables, make about ten pages: from there on a reader looks for a section by its
# page.
_LONG = 2200


def _columns(items: list[Figures]) -> list[list[Figures]]:
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
