"""Finds the passages that say who is responsible: brackets, and lines such as 责任单位：… without a bracket."""

import re
from collections import Counter
from dataclasses import dataclass, replace

from tasks.plans.reading.bodies import is_body, pieces
from tasks.plans.reading.deadlines import is_deadline, is_deadline_line
from tasks.plans.reading.labels import BULLETS, CLOSING, LABEL, OPENING, OWN_LINE, SUMMARY

_PAIRS = dict(zip(OPENING, CLOSING, strict=True))
_BRACKETS = re.compile(f"[{re.escape(OPENING + CLOSING)}\n]|$")
# What ends a list of agencies: the verb says what they do. Adverbs before it and objects after it change nothing.
VERB = re.compile(
    r"(?P<how>(?:(?:按照?|根据|依据|依照)?(?:各自)?(?:职[责能]|分工)(?:范围)?(?:分工|职责)?|分别|共同|联合|统筹|具体|统一|全面"
    r"|总体|协同|密切|积极|主动|各负其责|会同|组织|抓好|做好|结合实际|因地制宜|依法|依职责|切实|认真|加快|抓紧|按要求|按规定|严格|负责|等){0,4})"
    r"(?P<verb>(?:负责)?牵头(?:负责|组织实施|组织|推进|落实|抓总|实施)?|负责(?:牵头|落实|实施|组织实施|推进)?|落实|配合|协助|协同|参与"
    r"|参加|指导|督导|督办|支持|负总责|总负责|组织实施|实施|承担|推进|承办|协办|主办|主责)(?:工作|抓好|落实|实施|推进|到位)?$"
)
# Clauses that only a space divides, which is gone: 甲局牵头 乙局、丙局配合 2025年底完成.
GLUED = re.compile(
    r"(?P<verb>牵头|(?:配合|负责|落实)(?=\d))(?=(?:\d{4}年|\d{1,2}月)[^、，；]{0,8}(?:前|底|末|完成)|[省市区县州][^，；。]{2,60}(?:配合|参与|落实|负责)(?:[，；。\d]|$))"
)
_ENDS = f"。！？；…”\n{CLOSING}"
# 【责任单位】 is a label, and the names follow it.
_ONLY_LABEL = re.compile(r"[\u4e00-\u9fff]{2,4}(?:单位|部门|主体)")
# Lines and sentences that could begin with a label.
_LINES = re.compile(r"(?:^|(?<=[\n。]))(?=[^\n。]{2,14}(?:[：:】丨｜]|——)|以上|上述|本)")
_LONGEST_LINE = 4000
_AT_END = re.compile(r"[。；]?(?:\n|$)")
# Clauses of a list that name nobody: its rule for the lead (逗号前为牵头单位), 下同.
_RULE = re.compile("(?:逗号|分号|“[，；]”).{0,6}前.{0,4}为.{0,4}牵头|^(?:以)?下同$")
_VERBS = re.compile(r"负责|牵头|配合|落实|参与|指导")


@dataclass(frozen=True)
class Bracket:
    """A passage in the flat text, `[start, end)`, with its content at `[first, last)`.

    `is_line` is true for a line without brackets; `is_open` for a bracket that the text does not close; `is_summary` for a
    line about the items before it under the same heading (以上任务由…牵头), `is_prose` for a clause of a sentence of text.
    """

    start: int
    end: int
    first: int
    last: int
    is_line: bool = False
    is_open: bool = False
    is_summary: bool = False
    is_prose: bool = False


def brackets(flat: str) -> list[Bracket]:
    """Outermost pairs of brackets, in the order of the text. A bracket does not reach into the next paragraph; one that
    is not closed there ends with the paragraph if it begins like a list of responsible agencies."""
    found: list[Bracket] = []
    stack: list[tuple[str, int]] = []
    expected: Counter[str] = Counter()
    for match in _BRACKETS.finditer(flat):
        place, char = match.start(), match[0]
        if char in _PAIRS:
            stack.append((_PAIRS[char], place))
            expected[_PAIRS[char]] += 1
        elif not char or char == "\n":
            found += _left_open(flat, stack, place)
            stack.clear()
            expected.clear()
        elif expected[char]:
            while stack[-1][0] != char:
                expected[stack.pop()[0]] -= 1
            opened = stack.pop()[1]
            expected[char] -= 1
            if not stack:
                found.append(Bracket(opened, place + 1, opened + 1, place))
    return found


# A number that begins the next item, in a text that has lost its line breaks or its closing bracket.
_NEXT_ITEM = re.compile(
    r"（(?:\d{1,3}|[一二三四五六七八九十百]{1,4})）(?=[“\u4e00-\u9fff])|(?<![\d第：、.．])\d{1,2}[.．、](?=[“\u4e00-\u9fff])"
    r"|(?<![第十百零一二三四五六七八九])[一二三四五六七八九十]{1,3}、(?=[\u4e00-\u9fff]{2,30}(?:。|（一）|1[.．、]|\n|$))"
)


def _cut(flat: str, start: int, end: int) -> int:
    """Where a passage without a closing bracket ends: before the number of the next item."""
    following = _NEXT_ITEM.search(flat, start + 2, end)
    return following.start() if following else end


def _left_open(flat: str, stack: list[tuple[str, int]], end: int) -> list[Bracket]:
    """The bracket still open at the end of a paragraph, if it is a list, or closes with a stray bracket inside."""
    for _closing, opened in stack:
        stop = _cut(flat, opened + 1, end) if LABEL.match(flat, opened + 1) else end
        if stop < end:
            return [Bracket(opened, stop, opened + 1, stop, is_open=True)]
        last = end - (flat[end - 1 : end] in CLOSING)
        if LABEL.match(flat, opened + 1) or last < end:
            return [Bracket(opened, end, opened + 1, last, is_open=last == end)]
    return []


def responsibility_passages(flat: str, *, is_unbroken: bool = False) -> list[Bracket]:
    """The brackets and lines that name responsible agencies, in the order of the text. In a text without line breaks a
    line ends before the number of the next item."""
    passages = [bracket for bracket in brackets(flat) if names_bodies(flat, bracket)]
    lines = [
        line
        for line in _outside(passages, _own_lines(flat, is_unbroken=is_unbroken))
        if line.is_summary or LABEL.search(flat, line.first, line.last)
    ]
    return sorted([*passages, *lines], key=lambda passage: passage.start)


def deadline_lines(flat: str, passages: list[Bracket], *, is_unbroken: bool = False) -> list[Bracket]:
    """The lines and sentences outside the passages that say until when, and not who: 完成时限：2026年6月底."""
    return [
        replace(line, is_prose=True)
        for line in _outside(passages, _own_lines(flat, is_unbroken=is_unbroken))
        if is_deadline_line(flat[line.first : line.last])
    ]


def _outside(passages: list[Bracket], lines: list[Bracket]) -> list[Bracket]:
    inside = [(passage.start, passage.end) for passage in passages]
    return [line for line in lines if not any(a <= line.start < b for a, b in inside)]


def names_bodies(flat: str, bracket: Bracket) -> bool:
    """Whether a bracket says who is responsible.

    It does if a label says so (责任单位：), or if it stands after a sentence and is a list of bodies, with or without a
    verb (…负责, A牵头，B配合). Before the full stop that ends a paragraph it needs the verb. A bracket that explains a word
    stands inside a sentence, or lists no bodies.
    """
    content = flat[bracket.first : bracket.last]
    if _ONLY_LABEL.fullmatch(content):
        return False
    if re.match(rf"(?:[^：。]{{0,20}}：[^：；。]{{0,30}}；)?{LABEL.pattern}", content):
        return True
    if flat[max(bracket.start - 1, 0) : bracket.start] not in ("", *_ENDS) and not _AT_END.match(
        flat, bracket.end
    ):
        return False
    after_sentence = flat[max(bracket.start - 1, 0) : bracket.start] in ("", *_ENDS)
    if after_sentence and re.fullmatch(r"[^。；]{2,}负责(?:[。；，].*)?", content, re.DOTALL):
        return True
    clauses = [
        clause
        for clause in re.split("[，；。]", GLUED.sub(r"\g<verb>，", re.sub(r"[〔（].*?[〕）]", "", content)))
        if clause and not is_deadline(clause) and not _RULE.search(clause)
    ]
    verbs = [VERB.search(clause[-28:]) for clause in clauses]
    named = [
        name
        for clause, verb in zip(clauses, verbs, strict=True)
        for name in pieces(clause[: len(clause) - len(verb[0])] if verb else clause)
    ]
    bodies = [name for name in named if is_body(name)]
    if any(verbs):
        return bool(bodies) and 2 * len(bodies) >= len(named)
    return after_sentence and bool(bodies) and len(bodies) == len(named)


def looks_responsible(flat: str, bracket: Bracket) -> bool:
    """Whether a bracket that is no list might be meant as one, so that a person should look at it."""
    content = flat[bracket.first : bracket.last]
    if not _VERBS.search(content) or "以下简称" in content or len(content) > 300:
        return False
    if _ONLY_LABEL.fullmatch(content):
        return False
    return flat[max(bracket.start - 1, 0) : bracket.start] in ("", *_ENDS) and any(
        is_body(name) for name in pieces(content)
    )


def _own_lines(flat: str, *, is_unbroken: bool) -> list[Bracket]:
    """Lines that begin with a label and stand in no bracket; neighbouring ones are one passage."""
    found: list[Bracket] = []
    following = 0
    while match := _LINES.search(flat, following):
        following = match.start() + 1
        limit = match.start() + _LONGEST_LINE
        line_end = flat.find("\n", match.start(), limit)
        end = line_end if line_end >= 0 else min(limit, len(flat))
        bullets = BULLETS.match(flat, match.start(), end)
        first = bullets.end() if bullets else match.start()
        summary = SUMMARY.match(flat, first, end)
        if summary is None and not LABEL.match(flat, first) and not OWN_LINE.match(flat, first):
            continue
        if flat.startswith(("附件", "专栏"), first):
            continue
        stop = flat.find("。", first, end)
        if 0 <= stop < end - 1 and not (LABEL.match(flat, stop + 1) or OWN_LINE.match(flat, stop + 1)):
            end = stop + 1
        end = _cut(flat, first, end) if is_unbroken else end
        following = max(end - 1, following)
        last = end - (flat[end - 1] == "。")
        if summary:
            found.append(Bracket(match.start(), end, summary.end(), last, is_line=True, is_summary=True))
        elif found and not found[-1].is_summary and not flat[found[-1].end : match.start()].strip("\n"):
            before = found.pop()
            found.append(Bracket(before.start, end, before.first, last, is_line=True))
        else:
            found.append(Bracket(match.start(), end, match.start(), last, is_line=True))
    return found
