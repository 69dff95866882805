"""Links tasks to sectors and directions by the words that a task's text shares with their headings.

The keywords of a sector are its heading and its directions' headings, without 产业, 领域 or 行业 at the end and
without a word of grade (新型, 特色, 高端 …) at the front. A heading that joins several things by 和, 与, 及 or 、
gives several keywords. The names of a sector's projects are keywords too. A keyword counts where a task's heading or
body contains it; at each place the longest keyword wins (新能源汽车 is not 新能源); keywords inside a name that the
reader has already assigned to something else do not count.
"""

import re
from dataclasses import dataclass

from tasks.plans.names import clean
from tasks.plans.reading.layout import Layout
from tasks.plans.structure import Link, Project, Sector, Span, Task

_NEUTRAL = re.compile(r"(?:产业|领域|行业|工业体系)$")
_GRADE = re.compile(r"^(?:新一代|新型|特色|高端|先进|现代|优势|重点|战略性)")
_JOINTS = "，。；、：“”（）\n和与及或"
_MADE = re.compile(r"(?:制造|技术|产品)$")


@dataclass(frozen=True)
class _Matter:
    word: str
    sector: int
    direction: int | None


def links(
    layout: Layout, sectors: list[Sector], projects: list[Project], tasks: list[Task], taken: list[Span]
) -> list[Link]:
    """One link for each task and sector (or direction, if the keyword is a direction's), at the first occurrence.

    `taken` are spans of names that the reader has assigned to something else.
    """
    matters: dict[str, list[_Matter]] = {}
    named = [_Matter(project.name, project.sector, None) for project in projects if project.sector]
    for matter in _matters(sectors) + named:
        matters.setdefault(matter.word, []).append(matter)
    if not matters:
        return []
    pattern = re.compile(
        "|".join(re.escape(word) for word in sorted(matters, key=lambda word: (-len(word), word)))
    )
    vocabulary = clean("".join(sector.body.of(layout.text) for sector in sectors))
    result: list[Link] = []
    for task in tasks:
        linked: set[tuple[int, int | None]] = set()
        start, end = (
            layout.place(task.heading.start),
            layout.place(task.bracket.start if task.bracket else task.body.end),
        )
        for match in pattern.finditer(layout.flat, start, end):
            span = layout.span(*match.span())
            if any(other.start <= span.start and span.end <= other.end for other in taken):
                continue
            quote = layout.quote(*_word(layout.flat, *match.span(), vocabulary))
            for matter in matters[match[0]]:
                if (matter.sector, matter.direction) not in linked:
                    linked.add((matter.sector, matter.direction))
                    result.append(Link(task.ref, matter.sector, matter.direction, quote, matter.word))
    return result


def _matters(sectors: list[Sector]) -> list[_Matter]:
    matters: list[_Matter] = []
    for sector in sectors:
        own = _forms(sector.heading.name)
        matters += [_Matter(word, sector.number, None) for word in own]
        for direction in sector.directions:
            for word in _forms(direction.heading.name):
                matter = _Matter(word, sector.number, direction.number)
                if word not in own and matter not in matters:
                    matters.append(matter)
    return matters


def _forms(heading: str) -> list[str]:
    """新一代信息技术产业 → 新一代信息技术, 信息技术; 特色轻工和农机装备 → 特色轻工, 轻工, 农机装备, …"""
    whole = _NEUTRAL.sub("", heading)
    pieces = re.split("[和与及、]", whole)
    forms: list[str] = [whole]
    for piece in pieces:
        # A short piece of a joined heading (节能, 工具, 设备) is too common a word.
        if len(piece) >= 3 or len(pieces) == 1:
            forms.append(piece)
            bare = _GRADE.sub("", piece)
            if len(bare) >= 2:
                forms.append(bare)
            plain = _MADE.sub("", piece)
            if len(plain) >= 3 and not _GRADE.fullmatch(plain):
                forms.append(plain)
    return list(dict.fromkeys(form for form in forms if len(form) >= 2))


def _word(flat: str, start: int, end: int, vocabulary: str) -> tuple[int, int]:
    """The word to quote, extended by the characters before it if the sectors' text has them too (化工 → 盐湖化工)."""
    while start > 0 and flat[start - 1] not in _JOINTS and flat[start - 1 : end] in vocabulary:
        start -= 1
    return start, end
