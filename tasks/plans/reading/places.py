"""Reads the industrial bases, clusters and projects that the plan names."""

import re

from tasks.plans.reading.layout import Layout
from tasks.plans.reading.quantities import Quantity, chinese_number
from tasks.plans.structure import Bases, Cluster, Project

_COUNT = r"(\d+|[二两三四五六七八九十]{1,3})个"
_LEVEL = r"([一二三四五六七八九十百千万]+亿元?(?:级)?)"
_CITY = re.compile(r"在([^，。；、\n]{2,12}?[市州县区盟])(?:构建|建设|打造|布局|形成)")
_BASES = re.compile(rf"([^，。；\n]{{1,120}}?){_COUNT}{_LEVEL}产业基地(?:和|、|及)?")
_BASE_TOTAL = re.compile(rf"{_COUNT}{_LEVEL}?[重大点级]*产业基地")
_CLUSTERS = re.compile(
    rf"(?<![^，。；\n的])([^，。；\n的]{{1,40}}、[^，。；\n的]{{1,80}}?){_COUNT}{_LEVEL}产业集群"
)

_START = r"(?:组织|加快|加强|积极|抓紧|全力|大力|持续|继续|扎实)*"
_NAME = r"([^，。；、\n“”]{5,40}?)"
_PROJECT = re.compile(rf"{_START}(?:实施|推进|推动|启动|建设){_NAME}项目(?=[，。；])")
_FOUNDED = re.compile(rf"{_START}组建{_NAME}(?=[，。；])")
_BUILT = re.compile(rf"{_START}推进{_NAME}建设工作(?=[，。；])")
_QUOTED = re.compile(r"实施好?“([^”]+)”等(?:一批)?重[大点]项目")
_PHASE = re.compile(
    rf"{_START}(?:实施|推进|推动|启动|建设)?([^，。；、\n]{{4,30}}?[一二三四五六]期)(?=工程|项目|达产|建设|投产)"
)
_NEXT_PHASE = re.compile(r"(?:实施|推进|推动|启动|建设)([一二三四五六]期)(?:工程|项目)")
_BARE_PHASE = re.compile(rf"{_START}(?:实施|推进|推动|启动|建设)?[一二三四五六]期")
_CLOUDS = re.compile(
    r"建设((?:“[^”]+”[^，。；、“”]+?(?:、|(?=等))){2,})等?[二两三四五六七八九十]+大[^，。；]{0,8}工程"
)
# 重大科研项目, 一批项目: a kind of project, not a named project.
_GENERIC = re.compile(r"^(?:一批|重[大点]|各类|国家专项|有关|相关|一系列)|等$|一批|各|“百")


def bases(layout: Layout, start: int, end: int) -> list[Bases]:
    """Reads 「在某市构建甲、乙2个千亿产业基地和丙1个五百亿产业基地」: one record for each city and level."""
    result: list[Bases] = []
    for city in _CITY.finditer(layout.flat, start, end):
        place = city.end()
        while match := _BASES.match(layout.flat, place):
            count = _int(match[2])
            names = tuple(layout.quote(*place) for place in _listed(layout.flat, *match.span(1), count))
            result.append(Bases(layout.quote(*city.span(1)), layout.quote(*match.span(3)), count, names))
            place = match.end()
    return result


def base_totals(layout: Layout, start: int, end: int) -> list[tuple[int, int, Quantity]]:
    """Reads 「5个千亿产业基地」 without names before the count: a target for all bases. `[(start, end, quantity)]`."""
    result = []
    for match in _BASE_TOTAL.finditer(layout.flat, start, end):
        before = layout.flat[max(start, match.start() - 1) : match.start()]
        listed = re.search(r"(?:区|园|园区|基地)$", layout.flat[start : match.start()])
        if not listed and before not in ("、",):
            result.append(
                (match.start(), match.end(), Quantity(_int(match[1]), "个", "", match.start(), match.end()))
            )
    return result


def clusters(layout: Layout, start: int, end: int) -> list[Cluster]:
    """Reads 「甲、乙、丙三个千亿元产业集群」: one record for each cluster."""
    result: list[Cluster] = []
    for match in _CLUSTERS.finditer(layout.flat, start, end):
        level = layout.quote(*match.span(3))
        result += [
            Cluster(layout.quote(m.start(), m.end()), level)
            for m in re.compile(r"[^、]+").finditer(layout.flat, *match.span(1))
        ]
    return result


def projects(layout: Layout, start: int, end: int, sector: int | None) -> list[Project]:
    """Reads named projects by the phrases with which plans introduce them."""
    result: list[tuple[int, Project]] = []

    def add(first: int, last: int, name: str = "", inferred: str = "") -> None:
        quote = layout.quote(first, last)
        if not _GENERIC.search(quote.name):
            result.append((first, Project(name or quote.name, quote, sector, inferred)))

    flat = layout.flat
    for match in _PHASE.finditer(flat, start, end):
        if _BARE_PHASE.fullmatch(match[1]):
            continue
        add(*match.span(1))
        stem = flat[match.start(1) : match.end(1) - 2]
        sentence_end = flat.find("。", match.end())
        for following in _NEXT_PHASE.finditer(flat, match.end(), sentence_end if sentence_end >= 0 else end):
            name = stem + following[1]
            add(*following.span(1), name=name, inferred=name)
    if sector is not None:
        for match in _PROJECT.finditer(flat, start, end):
            if not re.search(r"[一二三四五六]期$", match[1]):
                add(match.start(1), match.end(1) + 2)
        for match in _FOUNDED.finditer(flat, start, end):
            add(*match.span(1))
        for match in _CLOUDS.finditer(flat, start, end):
            for each in re.compile(r"“[^”]+”[^、“”]+").finditer(flat, *match.span(1)):
                add(*each.span())
    for pattern in (_BUILT, _QUOTED):
        for match in pattern.finditer(flat, start, end):
            add(*match.span(1))
    return [project for _, project in sorted(result, key=lambda item: item[0])]


def _listed(flat: str, start: int, end: int, count: int) -> list[tuple[int, int]]:
    """Splits a list of names at 、, and at 和 only if that gives the printed count, because 和 may be part of a name."""
    for joint in ("[^、]+", "[^、和及]+"):
        places = [m.span() for m in re.compile(joint).finditer(flat, start, end)]
        if len(places) == count and all(last - first >= 3 for first, last in places):
            return places
    return [m.span() for m in re.compile("[^、]+").finditer(flat, start, end)]


def _int(printed: str) -> int:
    return int(printed) if printed[0].isdigit() else chinese_number(printed)
