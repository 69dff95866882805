"""The notice on paper: GB/T 9704, as a 督办单 with a red head or as a 函 in the form of a letter, with room for the seal.

The only module of this package that sets a document.
"""

import json
import math
import re
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.supervision import message_texts
from reports.supervision.actions import Made
from reports.supervision.models import Notice
from reports.supervision.values import Series
from reports.typeset import fonts, pdf_renderer
from reports.typeset.chinese_text import clean, ems, phrase, sentence
from tasks.agencies.queries import name_of as agency_name
from tasks.errors import present
from tasks.period_words import speaking
from tasks.values import Duty, Period

SHEETS = ("typeset/official.css", "supervision/document.css")
FACTS_NAME = "figures.json"
LINE_POINTS = 442.2  # 156 mm
Progress = Callable[[int, int, str], None]


class CannotSet(Exception):
    """The document cannot be set however often it is tried; the message tells a person what to do."""


def prepare(progress: Progress) -> None:
    """Make the fonts ready, so that a notice that is issued before they are waits for them and does not fail."""
    try:
        if not fonts.fonts_ready():
            fonts.prepare(progress)
    except fonts.FontError as error:
        raise CannotSet(str(error)) from error


def render(notice: Notice) -> Made:
    """Set an issued notice. The same notice, fonts and release give the same bytes."""
    started = time.monotonic()
    with speaking(notice.quarter.kind):
        content = composed(notice)
        try:
            done = pdf_renderer.render_pdf(
                pdf_renderer.render_html("supervision/document.html", content),
                sheets=SHEETS,
                attachments=(pdf_renderer.Attachment(FACTS_NAME, _("本件所依据的数据"), facts_json(notice)),),
                meta=pdf_renderer.DocumentMeta(
                    title=f"{content['doc_number']} {content['title']}",
                    author=content["signed"],
                    subject=content["title"],
                    made=_issued(notice),
                ),
            )
        except (fonts.FontError, pdf_renderer.TypesetError) as error:
            raise CannotSet(str(error)) from error
    return Made(done.pdf, done.sha256, done.pages, round(time.monotonic() - started, 3))


def facts_json(notice: Notice) -> bytes:
    """The facts on which it stands, as they travel inside the PDF."""
    content = {
        "doc_number": notice.doc_number,
        "agency": notice.agency.slug,
        "plan": notice.plan.slug,
        "quarter": str(notice.quarter),
        "ground": notice.ground,
        "known_at": timezone.localtime(notice.known_at, timezone.get_default_timezone()).isoformat(),
        "due_on": str(notice.first_due_on),
        "facts": notice.facts,
        "is_sample": notice.is_sample,
    }
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def composed(notice: Notice) -> dict[str, Any]:
    """What the template prints: everything as our fonts can draw it."""
    say = partial(clean, coverage=fonts.load().coverage)
    issued_on = timezone.localdate(_issued(notice), timezone.get_default_timezone())
    due_on = present(notice.first_due_on, "the due date of an issued notice")
    letter = notice.series == Series.LETTER
    signed = say(notice.signed)
    copy_to = say(notice.imprint.get("copy_to", ""))
    lines = [line for line in (say(part) for part in notice.text.splitlines()) if line]
    closing = message_texts.closing(notice, due_on)
    # The day by which stands at the end of what is asked, as it would be spoken.
    asked = [sentence(line) for line in lines]
    asked[-1:] = [asked[-1] + closing] if asked else [closing]
    paragraphs = [
        text
        for text in (sentence(say(message_texts.basis(notice))), *asked, message_texts.formula(notice))
        if text
    ]
    title = say(notice.title)
    return {
        "letter": letter,
        "signed": signed,
        "copy_to": copy_to,
        "copy_lines": range(min(math.ceil((ems(copy_to) + 3) / _IMPRINT_EMS), 4) if copy_to else 0),
        "printed_by": say(notice.imprint.get("printed_by", "")) or signed,
        "signed_points": _points(36 if letter else 33, ems(signed)),
        "doc_number": say(notice.doc_number),
        "title": title,
        "title_lines": title_lines(title),
        "addressee": say(notice.addressees or notice.addressee),
        "kind_name": say(notice.kind_name),
        "paragraphs": paragraphs,
        "annex": _annex(notice, say) if message_texts.needs_annex(notice) else None,
        "date": message_texts.day(issued_on),
        "marks": _("示例数据") if notice.is_sample else "",
        # The signature stands over the date, both in the middle of where the seal will be.
        "signature_points": max(ems(signed), ems(message_texts.day(issued_on))) * 16,
    }


_IMPRINT_EMS = 28.0  # of 14 pt in a line of the imprint


def name_of(notice: Notice) -> str:
    """The agency that a proposal is about, as it is called today."""
    return agency_name(notice.agency_id, Period.of(clock.today()))


def _annex(notice: Notice, say: Callable[[str], str]) -> dict[str, Any]:
    return {
        "title": _("%(quarter)s逾期未报清单") % {"quarter": notice.quarter.label},
        "rows": [
            {
                "number": number,
                "code": say(one["code"]),
                "heading": phrase(say(one["heading"])),
                "duty": Duty(one["duty"]).label,
                "due": _day(one["due_on"]),
                "workdays": one["workdays"],
                "last": Period.parse(one["last"]).label if one["last"] else "—",
            }
            for number, one in enumerate(notice.facts["returns"], 1)
        ],
    }


def _day(text: str) -> str:
    return message_texts.day(date.fromisoformat(text)) if text else "—"


_TITLE_EMS = 20.0  # of 22 pt in a line
_BAD_START, _BAD_END = re.compile("[，。、；：！？）》”’〕的]"), re.compile("[（《“‘〔]")
_GOOD_AFTER, _GOOD_BEFORE = re.compile("[，、；：》”）]"), re.compile("[《“]")


def title_lines(title: str) -> list[str]:
    """The title in as few lines as it needs, of much the same length, broken at quotes and marks where there are any."""
    count = -(-int(ems(title) * 100) // int(_TITLE_EMS * 100))
    lines, rest = [], title
    for left in range(count, 1, -1):
        cut = _cut(rest, ems(rest) / left)
        lines.append(rest[:cut])
        rest = rest[cut:]
    return [line for line in [*lines, rest] if line]


def _cut(text: str, wanted: float) -> int:
    """Where to break after about so many ems: never inside a number or a Latin word, before a closing mark or behind an
    opening one; at a mark, where one is near enough."""
    best, least = len(text), float("inf")
    for at in range(1, len(text)):
        before, after = text[at - 1], text[at]
        solid = before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
        width = ems(text[:at])
        if solid or _BAD_START.match(after) or _BAD_END.match(before) or width > _TITLE_EMS:
            continue
        off = abs(width - wanted) + (0 if _GOOD_AFTER.match(before) or _GOOD_BEFORE.match(after) else 4)
        if off < least:
            best, least = at, off
    return best


def _points(most: float, width: float) -> str:
    """The size at which so many ems still fit a line."""
    return f"{min(most, int(10 * LINE_POINTS / max(width, 1)) / 10):g}"


def _issued(notice: Notice) -> Any:
    if notice.issued_at is None:
        raise ValueError(f"notice {notice.pk} is not issued")
    return notice.issued_at
