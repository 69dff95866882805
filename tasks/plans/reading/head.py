"""Reads the plan's head: number, titles, issuers and dates, before the first heading and after the last."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from tasks.plans.reading.bodies import is_body, split
from tasks.plans.reading.layout import Layout
from tasks.plans.reading.outline import Outline
from tasks.plans.reading.quantities import chinese_number
from tasks.plans.structure import Day, Head, Quote

# Labels of the metadata block that government sites print above a document; one line may contain two.
_LABELS = (
    "索引号|发文字号|文号|发布机构|发文机关|发文机构|公文时效|有效性|主题分类|主题词|成文日期|印发日期|发布日期|公开日期|发布时间|成文时间|文件编号|信息分类"
    "|标题|名称|生效日期|废止日期|发布单位|制发机关|来源|公文种类"
)
_FIELD = re.compile(rf"({_LABELS})：\n?(.*?)(?=(?:{_LABELS})：|\n|$)")
_NUMBER = re.compile(r"(?:^|(?<=\n))[\u4e00-\u9fff（）]{2,20}[〔\[【（]\d{4}[〕\]】）]第?\d+号(?=\n|$)")
_NUMBER_INSIDE = re.compile(
    r"(?:(?<=通知)|(?<=意见)|(?<=方案)|(?<=决定)|(?<=\n))[\u4e00-\u9fff]{2,12}〔\d{4}〕\d+号"
)
_DAY = r"(\d{4})[-年./](\d{1,2})[-月./](\d{1,2})日?"
_A_DAY = re.compile(_DAY)
_DAY_LINE = re.compile(rf"(?:^|(?<=\n)){_DAY}(?=\n|$|（)")
_KINDS = "通知|意见|决定|批复|方案|计划|规划|办法|措施|要点|纲要|规定|细则|通告|公告|函|行动|清单|安排|条例|举措|政策"
_TITLE_END = re.compile(rf"(?:{_KINDS})(?:（[^）]*）)?$")
_NOTICE_END = re.compile(r"(?:的通知|的意见|意见|的决定|的批复|的通告|的函)(?:（[^）]*）)?$")
_NOTICE = re.compile(rf"[^。，；：\n]{{2,40}}?关于[^。；\n]{{2,90}}?(?:的(?:{_KINDS})|意见)")
# The number and the date that a collection of documents adds to a title.
_ADDED_BEFORE = re.compile(r"^\d{1,3}[.、．]")
_ADDED_AFTER = re.compile(rf"（{_DAY}）$")
_DAY_IN_BRACKETS = re.compile(rf"（{_DAY}）")
_SEAL = re.compile(r"（(?:代章|代|公章|盖章|印章)）$")
_LONGEST_TITLE = 120


def head(layout: Layout, outline: Outline) -> Head:
    """Reads the head. Missing fields are None: many plans print no number, or no term."""
    return _Head(layout, outline).read()


class _Head:
    def __init__(self, layout: Layout, outline: Outline) -> None:
        self.layout = layout
        self.flat = layout.flat
        self.start = outline.start
        self.before = outline.outside[:-1]
        self.after = outline.end
        # 本办法自某日起施行 may be the last article.
        self.end = list(outline.items)[-1].start
        self.fields = {
            m[1]: m
            for m in _FIELD.finditer(self.flat, 0, self.start)
            # An empty field is followed by the next line, which is no value of it.
            if "关于" not in m[2] or m[1] in ("标题", "名称")
        }
        self.number = _NUMBER.search(self.flat, 0, self.start) or _NUMBER_INSIDE.search(
            self.flat, 0, self.start
        )
        self.lines = [
            line
            for first, last in self.before
            for line in _lines(self.flat, first, last)
            if not any(m.start() < line[1] and line[0] < m.end() for m in self.fields.values())
        ]
        self.signed = self._signed()

    def read(self) -> Head:
        layout = self.layout
        field = self.fields.get("发文字号") or self.fields.get("文号")
        notice = self._notice_title()
        title = self._title()
        issuers = self._issuers()
        issued = self._issued()
        begins = self._in_force_from(issued)
        return Head(
            title=title or notice,
            notice_title=notice,
            doc_number=layout.quote(*self.number.span())
            if self.number
            else layout.quote(*field.span(2))
            if field and field[2]
            else None,
            issuer=issuers[0] if issuers else None,
            passed_on=self._passed(issued),
            issued_on=issued,
            in_force_from=begins,
            in_force_to=self._in_force_to(begins or issued),
            interpreter=self._interpreter(),
            other_issuers=tuple(issuers[1:]),
        )

    def _title(self) -> Quote | None:
        """The plan's own title: the last lines before its text that repeat a title which the notice gives in 《》; or
        else the last lines there that end like a title."""
        flat = self.flat
        named = [m[1].replace("\n", "") for m in re.finditer(r"《([^《》]+)》", flat[: self.start])]
        named += [
            m[1] for m in [re.search(r"(?:印发|转发)([^《》]{4,80})的通知", self._notice_title().name)] if m
        ]
        best: tuple[int, int] | None = None
        for start, end in self._blocks():
            if flat[start:end].replace("\n", "") in named:
                best = (start, end)
        if best is None and self.signed and self.signed.end() <= self.before[-1][1]:
            after = [block for block in self._blocks() if block[0] >= self.signed.end()]
            best = next(
                (
                    (start, end)
                    for start, end in after
                    if _TITLE_END.search(flat[start:end]) and not re.search("[。，：；]", flat[start:end])
                ),
                None,
            )
        if best:
            return self.layout.quote(*best)
        match = re.search(
            r"《([^《》]+)》(?=[^《》]{0,60}(?:印发|转发))|(?:印发|转发)《([^《》]+)》", flat[: self.start]
        )
        return self.layout.quote(*match.span(1 if match[1] else 2)) if match else None

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Up to four lines in a row, the longest first from each line."""
        for first in range(len(self.lines)):
            for last in range(min(first + 4, len(self.lines)) - 1, first - 1, -1):
                yield self.lines[first][0], self.lines[last][1]

    def _notice_title(self) -> Quote:
        """The title of the notice: up to five lines that end in 「…的通知」, or else the first line that is no field."""
        flat = self.flat
        for index, (start, end) in enumerate(self.lines):
            if end - start <= _LONGEST_TITLE and _NOTICE_END.search(flat[start:end]):
                first = index
                while (
                    first > 0
                    and not re.search(r"[。：〕]$|号$", flat[slice(*self.lines[first - 1])])
                    and index - first < 4
                ):
                    first -= 1
                return self._without_additions(self.lines[first][0], end)
        match = _NOTICE.search(flat, 0, min(self.start, 1500))
        if match:
            return self._without_additions(*match.span())
        start, end = self.lines[0] if self.lines else (0, len(flat.split("\n", 1)[0]))
        return self._without_additions(start, min(end, start + _LONGEST_TITLE))

    def _without_additions(self, start: int, end: int) -> Quote:
        before = _ADDED_BEFORE.match(self.flat[start:end])
        after = _ADDED_AFTER.search(self.flat[start:end])
        return self.layout.quote(
            start + (before.end() if before else 0), end - (len(after[0]) if after else 0)
        )

    def _signed(self) -> re.Match[str] | None:
        """The date under the signature of the notice, or under the plan's text."""
        fields = [m.span() for m in self.fields.values()]
        found = [
            match
            for first, last in self.before
            for match in _DAY_LINE.finditer(self.flat, first, last)
            if not any(a <= match.start() < b for a, b in fields)
        ]
        if found:
            return found[-1]
        pattern = re.compile(rf"(?<=[\u4e00-\u9fff）\n]){_DAY}(?!印发)(?=\n|$|（|[\u4e00-\u9fff])")
        inside = None
        for first, last in self.before:
            for match in pattern.finditer(self.flat, first, last):
                if is_body(_SEAL.sub("", _last_words(self.flat, match.start()))):
                    inside = match
        if inside:
            return inside
        for match in pattern.finditer(self.flat, self.after):
            if is_body(_SEAL.sub("", _last_words(self.flat, match.start()))):
                return match
        return None

    def _issuers(self) -> list[Quote]:
        """The agencies above the date of the signature; or else the one that the metadata names."""
        signers = self._signers()
        field = next(
            (
                self.fields[label]
                for label in ("发布机构", "发文机关", "发文机构", "制发机关")
                if label in self.fields and self.fields[label][2]
            ),
            None,
        )
        if field and len(signers) < 2:
            return [self.layout.quote(*field.span(2))]
        return signers or self._named_in_title()

    def _named_in_title(self) -> list[Quote]:
        """国务院办公厅 in 国务院办公厅关于…的意见."""
        title = self._notice_title()
        start = self.layout.place(title.start)
        end = self.flat.find("关于", start, start + 60)
        if end < 0:
            return []
        found = [(a, b) for a, b, _open in split(self.flat, start, end) if is_body(self.flat[a:b])]
        return [self.layout.quote(a, b) for a, b in found]

    def _signers(self) -> list[Quote]:
        if self.signed is None:
            return []
        flat = self.flat
        signers: list[Quote] = []
        last = self.signed.start()
        while last > 0 and flat[last - 1] == "\n":
            last -= 1
        end = last
        while last > 0 and len(signers) < 6:
            first = last
            while (
                first > 0
                and flat[first - 1] not in "\n。；："
                and (first == last or not self._is_seam(first))
            ):
                first -= 1
            words = flat[first:end].replace("\n", "")
            line = flat[first:last]
            if not line or len(line) > 40 or re.search("[，、。；：？！]", line) or _TITLE_END.search(line):
                break
            name = _SEAL.sub("", words)
            if not is_body(name):
                break
            # A name over two lines: what stands above is no agency by itself, and no sentence.
            above = self._line_above(first)
            if (
                above
                and not is_body(above)
                and len(above) < 40
                and not re.search("[，、。；：！？》]|号$", above)
            ):
                first = self._start_above(first)
            seal = _SEAL.search(flat[first:end])
            signers.insert(0, self.layout.quote(first, end - (len(seal[0]) if seal else 0)))
            last = first
            while last > 0 and flat[last - 1] == "\n":
                last -= 1
            end = last
        return signers

    def _is_seam(self, place: int) -> bool:
        return self.layout.has_gap(place) and is_body(_SEAL.sub("", _last_words(self.flat, place)))

    def _start_above(self, place: int) -> int:
        end = place
        while end > 0 and self.flat[end - 1] == "\n":
            end -= 1
        return self.flat.rfind("\n", 0, end) + 1

    def _line_above(self, place: int) -> str:
        start = self._start_above(place)
        return self.flat[start:place].strip("\n") if start < place else ""

    def _issued(self) -> Day | None:
        """The date under the signature, or else 成文日期, 印发日期, 发布日期 of the metadata, or the date beside the title."""
        match = self.signed
        if match is None:
            match = next(
                (
                    found
                    for label in ("成文日期", "成文时间", "印发日期", "发布日期", "公开日期", "发布时间")
                    if label in self.fields
                    and (found := _A_DAY.search(self.flat, *self.fields[label].span(2)))
                ),
                None,
            )
        if match is None:
            match = next(
                (
                    found
                    for start, end in self.lines
                    if (found := _DAY_IN_BRACKETS.search(self.flat, start, end))
                ),
                None,
            )
        return self._day(match)

    def _passed(self, issued: Day | None) -> Day | None:
        """The day of approval. 6月15日 without a year gets the document's year, or the year before if it would be
        later."""
        match = re.search(
            r"已?经(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日[^。\n]{0,40}(?:通过|审定|同意)",
            self.flat[: self.start],
        )
        if match is None or not (match[1] or issued):
            return None
        month, number = int(match[2]), int(match[3])
        start, end = match.start(1) if match[1] else match.start(2), match.end(3) + 1
        span = self.layout.span(start, end)
        try:
            if match[1]:
                return Day(span.start, span.end, date(int(match[1]), month, number))
            assert issued is not None
            year = issued.day.year - ((month, number) > (issued.day.month, issued.day.day))
            return Day(span.start, span.end, date(year, month, number), inferred="year")
        except ValueError:
            return None

    def _in_force_from(self, issued: Day | None) -> Day | None:
        found = self._day(
            re.compile(r"(?:自|从)" + _DAY + r"起(?:正式)?(?:施行|实施|执行|生效)").search(
                self.flat, self.end
            )
        )
        if found or issued is None:
            return found
        match = re.compile(
            r"(?:自|从)((?:印发|发布|公布|发文|下发)之日)起(?:正式)?(?:施行|实施|执行|生效)"
        ).search(self.flat, self.end)
        if match is None:
            return None
        span = self.layout.span(*match.span(1))
        return Day(span.start, span.end, issued.day, inferred="issued")

    def _in_force_to(self, begins: Day | None) -> Day | None:
        """有效期至某日, or the last day of a term of so many years."""
        found = self._day(
            re.compile(
                r"(?:有效期(?:限)?|实施期限|执行期限|施行期限)?(?:至|到)" + _DAY + r"(?:止|$|[。，；\n])"
            ).search(self.flat, self.end)
        )
        if found or begins is None:
            return found
        match = re.compile(r"有效期(?:限)?(?:为|是)?(\d{1,2}|[一二两三四五六七八九十]{1,2})年").search(
            self.flat, self.end
        )
        if match is None:
            return None
        years = int(match[1]) if match[1].isdigit() else chinese_number(match[1])
        first = begins.day
        year = first.year + years
        last = date(year, first.month, min(first.day, monthrange(year, first.month)[1])) - timedelta(days=1)
        span = self.layout.span(match.start(1), match.end())
        return Day(span.start, span.end, last, inferred="term")

    def _interpreter(self) -> Quote | None:
        match = re.compile(r"由([^，。\n]+?)负责?解释|由([^，。\n]+?)解释").search(self.flat, self.end)
        if match is None:
            return None
        return self.layout.quote(*match.span(1 if match[1] else 2))

    def _day(self, match: re.Match[str] | None) -> Day | None:
        if match is None:
            return None
        end = match.end(3) + (self.flat[match.end(3) : match.end(3) + 1] == "日")
        span = self.layout.span(match.start(1), end)
        try:
            return Day(span.start, span.end, date(int(match[1]), int(match[2]), int(match[3])))
        except ValueError:
            return None


def _last_words(flat: str, place: int) -> str:
    """The words directly before a place, up to the last mark of punctuation or line."""
    end = place
    while end > 0 and flat[end - 1] == "\n":
        end -= 1
    start = end
    while start > 0 and end - start < 40 and flat[start - 1] not in "\n。；：，":
        start -= 1
    return flat[start:end]


def _lines(flat: str, start: int, end: int) -> list[tuple[int, int]]:
    return [(m.start(), m.end()) for m in re.compile(r"[^\n]+").finditer(flat, start, end)]
