"""Reads the plan's head: number, titles, issuer and dates, before the first heading and after the last."""

import re
from datetime import date

from tasks.plans.reading.layout import Layout
from tasks.plans.reading.outline import Outline
from tasks.plans.structure import Day, Head, Quote

# Labels of the metadata block that government sites print above a document; one line may contain two.
_LABELS = (
    "索引号|发文字号|文号|发布机构|发文机关|发文机构|公文时效|有效性|主题分类|主题词|成文日期|印发日期|发布日期|"
    "标题|名称|生效日期|废止日期"
)
_FIELD = re.compile(rf"({_LABELS})：\n?(.*?)(?=(?:{_LABELS})：|\n|$)")
_NUMBER = re.compile(r"(?<=\n)[\u4e00-\u9fff（）]{2,20}〔\d{4}〕\d+号(?=\n)")
_DAY = r"(\d{4})[-年./](\d{1,2})[-月./](\d{1,2})日?"


def head(layout: Layout, outline: Outline) -> Head:
    """Reads the head. Missing fields are None: many plans print no number, or no term."""
    flat = layout.flat
    fields = {m[1]: m for m in _FIELD.finditer(flat, 0, outline.start)}
    number = _NUMBER.search(flat, 0, outline.start)
    number_field = fields.get("发文字号") or fields.get("文号")
    doc_number = (
        layout.quote(*number.span())
        if number
        else layout.quote(*number_field.span(2))
        if number_field
        else None
    )
    title = _title(layout, outline)
    notice = _notice_title(layout, outline, fields, number)
    issuer = next(
        (
            layout.quote(*fields[label].span(2))
            for label in ("发布机构", "发文机关", "发文机构")
            if label in fields
        ),
        None,
    )
    issued = _issued(layout, outline, fields)
    return Head(
        title=title or notice,
        notice_title=notice,
        doc_number=doc_number,
        issuer=issuer or _signature(layout, outline),
        passed_on=_passed(layout, outline, issued),
        issued_on=issued,
        in_force_from=_after(layout, outline, r"(?:自|从)" + _DAY + r"起(?:正式)?(?:施行|实施|执行)"),
        in_force_to=_after(layout, outline, r"有效期(?:限)?(?:至|到)" + _DAY),
        interpreter=_interpreter(layout, outline),
    )


def _title(layout: Layout, outline: Outline) -> Quote | None:
    """The plan's own title: the last lines before its text that repeat a title which the notice gives in 《》."""
    flat = layout.flat
    lines = _lines(flat, 0, outline.start)
    named = [m[1] for m in re.finditer(r"《([^《》\n]+)》", flat[: outline.start])]
    best: tuple[int, int] | None = None
    for first in range(len(lines)):
        for last in range(first, min(first + 4, len(lines))):
            start, end = lines[first][0], lines[last][1]
            if flat[start:end].replace("\n", "") in named:
                best = (start, end)
    if best:
        return layout.quote(*best)
    match = re.search(r"《([^《》\n]+)》(?=[^《》]{0,60}(?:印发|转发))", flat[: outline.start])
    return layout.quote(*match.span(1)) if match else None


def _notice_title(
    layout: Layout, outline: Outline, fields: dict[str, re.Match[str]], number: re.Match[str] | None
) -> Quote:
    """The title of the notice: up to four lines that end in 「…的通知」, or else the first line that is no field."""
    flat = layout.flat
    lines = [
        line
        for line in _lines(flat, 0, outline.start)
        if not any(m.start() < line[1] and line[0] < m.end() for m in fields.values())
    ]
    for index, (start, end) in enumerate(lines):
        if re.search(r"(?:的通知|的意见|的决定|的批复)(?:（[^）]*）)?$", flat[start:end]):
            first = index
            while (
                first > 0
                and not re.search("[。：〕]|号$", flat[slice(*lines[first - 1])])
                and index - first < 4
            ):
                first -= 1
            return layout.quote(lines[first][0], end)
    start, end = lines[0] if lines else (0, len(flat.split("\n", 1)[0]))
    return layout.quote(start, end)


def _issued(layout: Layout, outline: Outline, fields: dict[str, re.Match[str]]) -> Day | None:
    """The date under the signature, or else 成文日期 of the metadata block."""
    flat = layout.flat
    signed = list(re.finditer(rf"(?<=\n){_DAY}(?=\n)", flat[: outline.start]))
    match = (
        signed[-1]
        if signed
        else next(
            (
                re.compile(_DAY).search(flat, *fields[label].span(2))
                for label in ("成文日期", "印发日期", "发布日期")
                if label in fields
            ),
            None,
        )
    )
    return _day(layout, match)


def _signature(layout: Layout, outline: Outline) -> Quote | None:
    flat = layout.flat
    matches = list(re.finditer(rf"(?<=\n)([^\n，。：]+)\n(?={_DAY}\n)", flat[: outline.start]))
    return layout.quote(*matches[-1].span(1)) if matches else None


def _passed(layout: Layout, outline: Outline, issued: Day | None) -> Day | None:
    """The day of approval. 6月15日 without a year gets the document's year, or the year before if it would be later."""
    match = re.search(
        r"已?经(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日[^。\n]{0,40}(?:通过|审定|同意)",
        layout.flat[: outline.start],
    )
    if match is None or not (match[1] or issued):
        return None
    month, number = int(match[2]), int(match[3])
    start, end = match.start(1) if match[1] else match.start(2), match.end(3) + 1
    span = layout.span(start, end)
    if match[1]:
        return Day(span.start, span.end, date(int(match[1]), month, number))
    assert issued is not None
    year = issued.day.year - ((month, number) > (issued.day.month, issued.day.day))
    return Day(span.start, span.end, date(year, month, number), inferred="year")


def _after(layout: Layout, outline: Outline, pattern: str) -> Day | None:
    return _day(layout, re.compile(pattern).search(layout.flat, outline.end))


def _interpreter(layout: Layout, outline: Outline) -> Quote | None:
    match = re.compile(r"由([^，。\n]+?)负责?解释|由([^，。\n]+?)解释").search(layout.flat, outline.end)
    if match is None:
        return None
    return layout.quote(*match.span(1 if match[1] else 2))


def _day(layout: Layout, match: re.Match[str] | None) -> Day | None:
    if match is None:
        return None
    end = match.end(3) + (layout.flat[match.end(3) : match.end(3) + 1] == "日")
    span = layout.span(match.start(1), end)
    return Day(span.start, span.end, date(int(match[1]), int(match[2]), int(match[3])))


def _lines(flat: str, start: int, end: int) -> list[tuple[int, int]]:
    return [(m.start(), m.end()) for m in re.compile(r"[^\n]+").finditer(flat, start, end)]
