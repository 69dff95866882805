"""Reads targets: each clause of a sentence about a year, and counted promises without a year."""

import re

from tasks.plans.reading.layout import Layout
from tasks.plans.reading.quantities import Quantity, quantities, threshold
from tasks.plans.structure import Span, Target

_YEAR = re.compile(r"(?:力争|争取)?(?:到|至)(\d{4})年(?:底|末|年底)?[，,]?")
# A target without a year is a clause with one of these verbs and a count.
_VERB = re.compile(
    r"(?:着力|加快|积极|努力|重点)?(?:建成|建设|培育|汇集|集聚|打造|创建|认定|构建|引进|新增|完善和推进|推进)"
)
# 千家…工程, “1513”工程: a number in the name of a programme is no quantity.
_NAMED = re.compile(r"[“《][^”》]*[”》]|[大][“\u4e00-\u9fff]{0,8}工程")


def yearly(layout: Layout, start: int, end: int) -> list[Target]:
    """One target for each clause of the sentences that begin with 到某年, between two places."""
    flat = layout.flat
    targets: list[Target] = []
    years = list(_YEAR.finditer(flat, start, end))
    for index, year in enumerate(years):
        if flat[year.start() - 1] not in "\n。；":
            continue
        stop = years[index + 1].start() if index + 1 < len(years) else end
        paragraph_end = flat.find("\n", year.end(), stop)
        stop = stop if paragraph_end < 0 else paragraph_end
        for clause_start, clause_end in _clauses(flat, year.end(), stop):
            values = quantities(flat, clause_start, clause_end)
            targets.append(_target(layout, int(year[1]), clause_start, clause_end, values))
    return targets


def undated(
    layout: Layout, start: int, end: int, taken: list[Span], task: str, sector: int | None
) -> list[Target]:
    """Targets without a year between two places. `taken` are spans that the reader has assigned to something else."""
    flat = layout.flat
    targets: list[Target] = []
    for clause in re.compile(r"[^，。；\n]+").finditer(flat, start, end):
        named = [m.span() for m in _NAMED.finditer(clause[0])]
        for value in quantities(flat, *clause.span()):
            verb = next((m for m in _VERB.finditer(flat, clause.start(), value.start)), None)
            place = value.start - clause.start()
            if verb is None or any(first <= place < last for first, last in named):
                continue
            span = layout.span(verb.start(), clause.end())
            if any(span.start < other.end and other.start < span.end for other in taken):
                continue
            targets.append(_target(layout, None, verb.start(), clause.end(), [value], task, sector))
            break
    return targets


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
