"""Reads targets: each clause of a sentence about a year, and counted promises without a year."""

import re

from tasks.plans.reading.layout import Layout
from tasks.plans.reading.quantities import Quantity, quantities, threshold
from tasks.plans.structure import Span, Target

_YEAR = re.compile(
    r"(?:力争|争取|确保)?(?:(?:到|至)\d{4}年(?:底|末|年底)?|\d{4}年(?:年?底|末)[之以]?前)(?:(?:、|和)\d{4}年(?:底|末)?)?"
    r"[，,]?(?:力争|争取|确保)?"
)
_REACHED = frozenset(
    {
        "达到",
        "达",
        "均达",
        "均达到",
        "超过",
        "突破",
        "提高到",
        "提升到",
        "提高至",
        "提升至",
        "增加到",
        "增长到",
        "不低于",
        "以上",
    }
)
# A target without a year is a clause with one of these verbs and a count.
_VERB = re.compile(
    r"(?:着力|加快|积极|努力|重点)?(?:建成|建设|培育|汇集|集聚|打造|创建|认定|构建|引进|新增|新建|改建|扩建|改造|培训|遴选|选派|举办|完善和推进|推进)"
)
# 千家…工程, “1513”工程: a number in the name of a programme is no quantity.
_NAMED = re.compile(r"[“《][^”》]*[”》]|[大][“\u4e00-\u9fff]{0,8}工程")


def yearly(layout: Layout, start: int, end: int) -> list[Target]:
    """One target for each clause of the sentences that begin with 到某年, between two places."""
    flat = layout.flat
    targets: list[Target] = []
    years = [year for year in _YEAR.finditer(flat, start, end) if flat[year.start() - 1] in "\n。；：，"]
    for index, year in enumerate(years):
        stop = years[index + 1].start() if index + 1 < len(years) else end
        paragraph_end = flat.find("\n", year.end(), stop)
        stop = stop if paragraph_end < 0 else paragraph_end
        both = [int(printed) for printed in re.findall(r"\d{4}", year[0])]
        for clause_start, clause_end in _clauses(flat, year.end(), stop):
            values = quantities(flat, clause_start, clause_end)
            targets += _of_clause(layout, both, clause_start, clause_end, values)
    return targets


def _of_clause(
    layout: Layout, years: list[int], start: int, end: int, values: list[Quantity]
) -> list[Target]:
    """The targets of one clause about one year or several: 分别 gives each year, or each thing, a value of its own."""
    if len(values) > 1 and "分别" in layout.flat[start:end]:
        if len(years) == len(values):
            pairs = list(zip(years, values, strict=True))
        else:
            pairs = [(year, value) for year in years for value in values]
        # The words up to each value: 普及率和覆盖率分别达到65%, 普及率和覆盖率分别达到65%和55%.
        return [
            _target(layout, year, start, end if value is values[-1] else value.end, [value])
            for year, value in pairs
        ]
    return [_target(layout, year, start, end, values) for year in years]


def undated(
    layout: Layout, start: int, end: int, taken: list[Span], task: str, sector: int | None
) -> list[Target]:
    """Targets without 到某年 before them, between two places: a clause with a verb of building and a count, a clause that
    reaches a value (达到90%), and what such a clause goes on to list. `taken` are spans that the reader has assigned to
    something else."""
    flat = layout.flat
    targets: list[Target] = []
    sentence = -1
    for clause in re.compile(r"[^，。；\n]+").finditer(flat, start, end):
        named = [m.span() for m in _NAMED.finditer(clause[0])]
        goes_on = bool(targets) and flat[clause.start() - 1] in "，" and sentence == clause.start() - 1
        for value in quantities(flat, *clause.span()):
            verb = next((m for m in _VERB.finditer(flat, clause.start(), value.start)), None)
            place = value.start - clause.start()
            reached = value.comparison in _REACHED or goes_on
            if (verb is None and not reached) or any(first <= place < last for first, last in named):
                continue
            begin = verb.start() if verb else clause.start()
            span = layout.span(begin, clause.end())
            if any(span.start < other.end and other.start < span.end for other in taken):
                continue
            year = _year_before(flat, start, begin) or _own_year(flat[clause.start() : begin])
            targets.append(_target(layout, year, begin, clause.end(), [value], task, sector))
            sentence = clause.end()
            break
    return targets


def _year_before(flat: str, start: int, place: int) -> int | None:
    """The year that the sentence gives before the place (到2025年，…)."""
    first = max(flat.rfind(mark, start, place) for mark in "。；\n")
    found = _YEAR.findall(flat, max(first, start), place)
    return int(re.findall(r"\d{4}", found[-1])[-1]) if found else None


def _own_year(words: str) -> int | None:
    """The year that stands directly before the verb: 2025年新建茶园30个, 2025年3月底前新建."""
    found = re.search(
        r"(\d{4})年(?:度|年?底|末|\d{1,2}月(?:\d{1,2}日|[底末份])?|[上下]半年|第?[一二三四]季度)?(?:[之以]?前)?$",
        words,
    )
    return int(found[1]) if found else None


def counted(layout: Layout, start: int, end: int, value: Quantity, task: str) -> Target:
    """A target without a year from a quantity that another module has read."""
    return _target(layout, None, start, end, [value], task)


def _target(
    layout: Layout,
    year: int | None,
    start: int,
    end: int,
    values: list[Quantity],
    task: str = "",
    sector: int | None = None,
) -> Target:
    value = values[0] if values else None
    return Target(
        year=year,
        quote=layout.quote(start, end),
        value=value.value if value else None,
        unit=value.unit if value else "",
        comparison=value.comparison if value else "",
        threshold=threshold(layout.flat, start, end),
        task=task,
        sector=sector,
        upper=value.upper if value else None,
    )


def _clauses(flat: str, start: int, end: int) -> list[tuple[int, int]]:
    """Splits at ，；。, and at 、 if it joins two promises rather than two words: both sides have a quantity or a verb."""
    clauses: list[tuple[int, int]] = []
    for clause in re.compile(r"[^，。；\n]+").finditer(flat, start, end):
        begin = clause.start()
        for comma in re.compile("、").finditer(flat, *clause.span()):
            following = flat.find("、", comma.end(), clause.end())
            following = clause.end() if following < 0 else following
            counted_both = quantities(flat, begin, comma.start()) and quantities(flat, comma.end(), following)
            if counted_both or (_VERB.match(flat, begin) and _VERB.match(flat, comma.end())):
                clauses.append((begin, comma.start()))
                begin = comma.end()
        clauses.append((begin, clause.end()))
    return clauses
