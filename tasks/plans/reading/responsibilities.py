"""Reads who is responsible for what: from a passage, lists of agencies with their duties, and the rule for the lead.

A lead is one that the plan states (牵头), or that its own rule makes so (列第一位的为牵头单位, 逗号前为牵头单位), or the one
agency that alone 负责. Of several that are responsible without any of these, none leads.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tasks.plans.reading import deadlines
from tasks.plans.reading.bodies import Prefixes, is_body, is_collective, lent_suffixes, split
from tasks.plans.reading.brackets import LABEL, VERB, Bracket
from tasks.plans.reading.layout import Layout
from tasks.plans.structure import Mention, Printed, Quote, Span

_FIRST_RULE = re.compile(
    r"(?:第一|首位|首个|最前|排(?:在|名|序)?(?:最)?前|列(?:在)?(?:最)?前|前列|首列)[^。〔〕（）；]{0,12}?(?:为|是|作为|即为?|系)[^。〔〕（）；]{0,4}?牵头"
    r"|(?:牵头(?:单位|部门)(?:排|列|居)(?:在|名|于)?(?:第一|首|最前|前))"
)
_COMMA_RULE = re.compile(r"逗号(?:之)?前(?:面)?的?(?:单位|部门)?(?:为|是|系|作为)[^。〔〕（）]{0,4}?牵头")
# A sign beside the name marks the lead; bold type does, too, but a text does not show it.
_MARK_RULE = re.compile(
    r"[标加带注有打](?:注|有|记)?[“”]?[*＊★▲●△][“”]?号?的?(?:单位|部门)?(?:为|是|系)[^。〔〕（）]{0,4}?牵头"
)
_TYPE_RULE = re.compile(r"(?:加粗|黑体|粗体|下划线|红色|楷体)[^。；]{0,8}(?:为|是|系)[^。〔〕（）]{0,4}?牵头")
# What may follow a rule in the same remark.
_REMARK = re.compile(
    r"^(?:下同|以下同|其余|其他|其它|未明确|余下|不再|不一一|以下(?:不再|同)|后面|之后)|不再.{0,6}列[出示明举]?$|下同$"
)
_FOR_ALL = re.compile(
    r"(?:以下|下列|后续|各项|上述及以下)[^。；，（）〔〕]{0,16}?(?:均|都|还|同时|全部)(?:需|由|须|应|要|涉及)?(?:由)?(?P<who>[^。；，]{2,60}?)"
    r"(?P<verb>具体落实|贯彻落实|抓好落实|组织实施|共同推进|分别落实|落实|推进|负责|配合|参与|实施|承担)"
)
# 甲牵头会同乙落实: a new clause without a comma.
_LEAD_WITH = re.compile(
    r"(?P<lead>牵头)(?:会同|组织|联合|协调|商|和|与|及)(?=[\u4e00-\u9fff、（）]{2,}(?:落实|配合|负责|参与|推进|实施|[，；。]|$))"
)
# 牵头单位：甲 配合单位：乙, without a mark of punctuation.
_NEXT_LABEL = re.compile(
    "【?(?:牵头|责任|配合|协办|协同|落实|参与|参加|指导|主办|主责|承办)(?:单位|部门)[：】]"
)
_MARKED = re.compile(r"[*＊★▲●△]")

_DUTIES = (
    ("lead", re.compile("牵头|主责|主办|第一")),
    ("guide", re.compile("指导|督导|监督")),
    ("join", re.compile("参与|参加")),
    ("carry", re.compile("落实|承办|实施|执行|承担|推进|组织|建设")),
    ("co", re.compile("配合|协办|协同|协助|支持")),
)
_ORDER = {"lead": 0, "co": 1, "carry": 2, "guide": 3, "join": 4}
_TOGETHER = re.compile("职[责能]|分工|分别|共同|联合|各自|等$|等按")
# 责任领导, 责任人: a person, who is no agency.
_PERSON = re.compile("(?:领导|人)$")
_PLAIN = frozenset({"", "负责"})


@dataclass(frozen=True)
class Rule:
    """The plan's own rule for the lead: `kind` is rule (the first listed), comma (those before the comma) or mark (those
    with a sign beside the name)."""

    kind: str
    quote: Quote


@dataclass
class _List:
    """Agencies with one duty. `duty` is "" for 负责 and 责任单位, whose rank the plan's rule decides.

    Each name is `(start, end, is_open, clause)`; `clause` counts the commas before it.
    """

    duty: str
    role: str
    names: list[tuple[int, int, bool, int]] = field(default_factory=list)
    by_label: bool = False
    together: bool = False


@dataclass
class Passage:
    """What one responsibility passage says."""

    bracket: Bracket
    lists: list[_List] = field(default_factory=list)
    deadlines: list[tuple[int, int]] = field(default_factory=list)
    for_all: list[tuple[int, int, str]] = field(default_factory=list)
    persons: list[tuple[int, int]] = field(default_factory=list)
    suffixes: dict[int, str] = field(default_factory=dict)
    full: dict[int, str] = field(default_factory=dict)

    @property
    def names(self) -> list[tuple[int, int]]:
        """The places of all names, in the order of the text."""
        return [(start, end) for each in self.lists for start, end, _open, _clause in each.names]


class Responsibilities:
    """The responsibility passages of a plan, read together: a rule that one of them prints is for all of them, and names
    are completed by those that the plan prints whole."""

    def __init__(self, layout: Layout, brackets: list[Bracket]) -> None:
        self.layout = layout
        self.rule = _rule(layout, brackets)
        self.passages = {bracket.start: _Parser(layout.flat, bracket).parse() for bracket in brackets}
        self._complete()
        self.for_all_from, self.for_all = self._for_all()

    def mentions(self, brackets: Iterable[Bracket], scope: str = "") -> tuple[Mention, ...]:
        """The agencies of one task's passages, each once with its highest duty, in the order of the text."""
        passages = [self.passages[bracket.start] for bracket in brackets]
        lists = [each for passage in passages for each in passage.lists]
        has_lead = any(each.duty == "lead" for each in lists)
        ranked = [each for each in lists if not each.duty]
        alone = self._alone(lists, ranked)
        found: list[Mention] = []
        for passage in passages:
            for each in passage.lists:
                for number, (start, end, _open, clause) in enumerate(each.names):
                    duty, basis = self._rank(each, number, clause, has_lead=has_lead, alone=alone)
                    found.append(
                        Mention(
                            self.layout.quote(start, end),
                            duty,
                            passage.suffixes.get(start, ""),
                            basis,
                            passage.full.get(start, ""),
                            "" if each.role in _PLAIN else each.role,
                            scope,
                        )
                    )
        return _once(found)

    def deadline(self, brackets: Iterable[Bracket]) -> list[tuple[int, int]]:
        """The places of the deadlines in one task's passages."""
        return [place for bracket in brackets for place in self.passages[bracket.start].deadlines]

    def doubtful(self) -> Iterator[tuple[int, int]]:
        """The places of names that do not look like one agency."""
        seen: set[str] = set()
        often: dict[str, int] = {}
        for passage in self.passages.values():
            for start, end in passage.names:
                name = self.layout.flat[start:end]
                often[name] = often.get(name, 0) + 1
        for passage in self.passages.values():
            for start, end in passage.names:
                name = self.layout.flat[start:end]
                if name in seen or is_body(name) or is_collective(name) or often[name] > 2:
                    continue
                seen.add(name)
                yield start, end

    def unseen_rules(self) -> Iterator[tuple[int, int]]:
        """The places of rules that go by bold type or colour, which a text does not show."""
        for match in _TYPE_RULE.finditer(self.layout.flat):
            yield match.span()

    def _rank(self, each: _List, number: int, clause: int, *, has_lead: bool, alone: bool) -> tuple[str, str]:
        if each.duty:
            return each.duty, "stated"
        if has_lead:
            return "co", "stated"
        if self.rule and self.rule.kind == "rule":
            return ("lead" if number == 0 else "co"), "rule"
        if self.rule and self.rule.kind == "mark":
            marked = [self._is_marked(place[0], place[1]) for place in each.names]
            return ("lead" if marked[number] else "co"), "rule" if any(marked) else "unranked"
        if self.rule and any(place[3] for place in each.names):
            return ("co" if clause else "lead"), "comma"
        if alone:
            return "lead", "single"
        return "co", "unranked"

    def _is_marked(self, start: int, end: int) -> bool:
        flat = self.layout.flat
        return bool(_MARKED.match(flat, end) or _MARKED.match(flat, start - 1))

    def _alone(self, lists: list[_List], ranked: list[_List]) -> bool:
        """Whether one agency alone is responsible: 甲负责, or 责任单位：甲；配合单位：乙."""
        names = [(each, place) for each in ranked for place in each.names]
        if len({self.layout.flat[place[0] : place[1]] for _each, place in names}) != 1:
            return False
        each, place = names[0]
        if place[2] or each.together or is_collective(self.layout.flat[place[0] : place[1]]):
            return False
        if each.by_label:
            return any(other.duty == "co" for other in lists)
        return bool(each.role)

    def _complete(self) -> None:
        flat = self.layout.flat
        printed = [[flat[start:end] for start, end in passage.names] for passage in self.passages.values()]
        prefixes = Prefixes(printed)
        for passage in self.passages.values():
            position = 0
            whole = prefixes.full_names([flat[start:end] for start, end in passage.names])
            for each in passage.lists:
                names = [flat[start:end] for start, end, _open, _clause in each.names]
                for place, name, suffix in zip(each.names, names, lent_suffixes(names), strict=True):
                    full = whole[position]
                    position += 1
                    if suffix:
                        passage.suffixes[place[0]] = suffix
                        # A zone without its 管委会 is a name; a city without its government is not the government.
                        if not re.search("[区园]$", name):
                            full += suffix
                    if full != name:
                        passage.full[place[0]] = full

    def _for_all(self) -> tuple[int, tuple[Mention, ...]]:
        """The agencies that share every task after a place, and that place."""
        found: list[Mention] = []
        begins = len(self.layout.flat)
        for passage in self.passages.values():
            for start, end, duty in passage.for_all:
                begins = min(begins, passage.bracket.end)
                found.append(Mention(self.layout.quote(start, end), duty, "", "stated", scope="plan"))
        flat = self.layout.flat
        inside = [(passage.bracket.start, passage.bracket.end) for passage in self.passages.values()]
        for every in _FOR_ALL.finditer(flat):
            sentence = flat[every.start() : every.end() + 30].split("。")[0]
            if "不再" not in sentence or any(a <= every.start() < b for a, b in inside):
                continue
            begins = min(begins, every.end())
            found += [
                Mention(self.layout.quote(a, b), _for_all_duty(every["verb"]), "", "stated", scope="plan")
                for a, b, _open in split(flat, *every.span("who"))
            ]
        return begins, _once(found)


def printed_names(mentions: Iterable[Mention]) -> tuple[Printed, ...]:
    """All agencies that are named, each once, in the order of first mention."""
    first: dict[str, Printed] = {}
    for mention in mentions:
        first.setdefault(
            mention.name,
            Printed(mention.quote, mention.suffix, is_collective(mention.quote.name), mention.full),
        )
    return tuple(first.values())


def _once(mentions: list[Mention]) -> tuple[Mention, ...]:
    best: dict[str, Mention] = {}
    for mention in mentions:
        other = best.get(mention.name)
        if other is None:
            best[mention.name] = mention
        elif _ORDER[mention.duty] < _ORDER[other.duty]:
            best[mention.name] = replace(other, duty=mention.duty, basis=mention.basis, role=mention.role)
    return tuple(best.values())


def _rule(layout: Layout, brackets: list[Bracket]) -> Rule | None:
    """The plan's rule, in a responsibility passage or anywhere else in its text."""
    flat = layout.flat
    places = [(bracket.first, bracket.last) for bracket in brackets]
    for start, end in [*places, (0, len(flat))]:
        for kind, pattern in (("comma", _COMMA_RULE), ("mark", _MARK_RULE), ("rule", _FIRST_RULE)):
            match = pattern.search(flat, start, end)
            if match is None:
                continue
            first, last = match.span()
            while first > start and flat[first - 1] not in "。〔〕（）；\n" and match.start() - first < 40:
                if flat[first - 1] == "，" and kind == "rule":
                    break
                if flat[first - 1] == "，":
                    break
                first -= 1
            while last < end and flat[last] not in "。〔〕（）；\n" and last - match.end() < 60:
                last += 1
            return Rule(kind, layout.quote(first, last))
    return None


class _Parser:
    """Reads one passage clause by clause."""

    def __init__(self, flat: str, bracket: Bracket) -> None:
        self.flat = flat
        self.passage = Passage(bracket)
        self.label: _List | None = None
        self.pending: list[tuple[int, int, bool, int]] = []
        self.clause = 0

    def parse(self) -> Passage:
        bracket = self.passage.bracket
        for start, end in self._clauses(bracket.first, bracket.last):
            self._read(start, end)
        if self.pending:
            self._add(_List("", "", self.pending))
        self.passage.lists = [each for each in self.passage.lists if each.names]
        return self.passage

    def _clauses(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Clauses between ，；。, without remarks in brackets of their own; a clause also ends at a verb before 、."""
        flat = self.flat
        begin = place = start
        while place < end:
            char = flat[place]
            if char in "〔（":
                close = self._closing(place, end)
                inner = flat[place + 1 : close]
                if re.search("牵头|下同|排名|排序", inner):
                    yield begin, place
                    yield from self._clauses(place + 1, close)
                    begin = place = close + 1
                    continue
                if place == begin and deadlines.is_deadline(inner.strip("（）")):
                    yield place + 1, close
                    begin = place = close + 1
                    continue
                place = close + 1
                continue
            label = _NEXT_LABEL.match(flat, place, end) if char in "【牵责配协落参指主承" else None
            if label:
                if begin < place:
                    yield begin, place
                begin, place = place, label.end()
                continue
            together = _LEAD_WITH.match(flat, place, end)
            if together:
                yield begin, together.end("lead")
                begin = place = together.end()
                continue
            if char in "，；。\n" or (char == "、" and VERB.search(flat[max(begin, place - 28) : place])):
                if begin < place:
                    yield begin, place
                if char in "；。\n":
                    self.clause = -1
                begin = place + 1
            place += 1
        if begin < end:
            yield begin, end

    def _closing(self, place: int, end: int) -> int:
        depth = 0
        for inner in range(place, end):
            depth += (self.flat[inner] in "〔（") - (self.flat[inner] in "）〕")
            if depth == 0:
                return inner
        return end

    def _read(self, start: int, end: int) -> None:
        flat = self.flat
        self.clause += 1
        words = flat[start:end]
        timed = deadlines.LABEL.match(flat, start, end)
        if timed:
            self._deadline(timed.end(), end)
            return
        every = _FOR_ALL.search(words)
        if every:
            first = start + every.start("who")
            duty = _for_all_duty(every["verb"])
            last = start + every.end("who")
            self.passage.for_all += [(a, b, duty) for a, b, _o in split(flat, first, last)]
            return
        if any(rule.search(words) for rule in (_FIRST_RULE, _COMMA_RULE, _MARK_RULE, _TYPE_RULE, _REMARK)):
            return
        if deadlines.is_deadline(words):
            self._deadline(start, end)
            return
        label = LABEL.match(flat, start, end)
        if label:
            self._flush()
            self.label = _List(_duty(label["word"]), label["word"], by_label=True)
            if _PERSON.search(label["word"]):
                self.passage.persons.append((label.end(), end))
            else:
                self.passage.lists.append(self.label)
            self.clause = 0
            start = label.end()
        self._names(start, end)

    def _names(self, start: int, end: int) -> None:
        words = self.flat[start:end]
        verb = VERB.search(words[-28:])
        if verb is None or (
            self.label and verb.end() - verb.start() == len(words[-28:]) == len(words) and not words
        ):
            self._take(start, end)
            return
        last = end - (len(verb[0]))
        names = list(self._split(start, last))
        role = verb["how"].removeprefix("等") + verb["verb"]
        duty = _duty(verb["verb"])
        together = bool(_TOGETHER.search(verb["how"]))
        if self.label is not None and not duty:
            self.label.names += self.pending + names
            self.label.together |= together
        elif self.pending or names:
            self._add(_List(duty, role, self.pending + names, together=together))
        self.pending = []

    def _take(self, start: int, end: int) -> None:
        names = list(self._split(start, end))
        if self.label is not None:
            self.label.names += names
        else:
            self.pending += names

    def _split(self, start: int, end: int) -> Iterator[tuple[int, int, bool, int]]:
        for first, last, is_open in split(self.flat, start, end):
            while first < last and _MARKED.match(self.flat, first):
                first += 1
            while first < last and _MARKED.match(self.flat, last - 1):
                last -= 1
            if first < last:
                yield first, last, is_open, max(self.clause - (1 if self.label is None else 0), 0)

    def _flush(self) -> None:
        if self.pending:
            self._add(_List("", "", self.pending))
            self.pending = []

    def _add(self, found: _List) -> None:
        self.passage.lists.append(found)

    def _deadline(self, start: int, end: int) -> None:
        flat = self.flat
        while start < end and flat[start] in "（〔 ":
            start += 1
        while end > start and flat[end - 1] in "）〕 。":
            end -= 1
        if start < end:
            self.passage.deadlines.append((start, end))


def _for_all_duty(verb: str) -> str:
    return "co" if "配合" in verb else "join" if "参与" in verb else "carry"


def _duty(word: str) -> str:
    """The duty that a label or a verb names; "" for 责任 and 负责."""
    if re.search("责任|负责", word) and not re.search("牵头|落实|配合", word):
        return ""
    return next((duty for duty, pattern in _DUTIES if pattern.search(word)), "")


def span_of(layout: Layout, bracket: Bracket) -> Span:
    """The span of a passage."""
    return layout.span(bracket.start, bracket.end)
