"""Reads who is responsible for what: from a passage, lists of agencies with their duties, and the rule for the lead.

A lead is one that the plan states (牵头), or that its own rule makes so (列第一位的为牵头单位, 逗号前为牵头单位), or the one
agency that alone 负责. Of several that are responsible without any of these, none leads.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tasks.plans.reading import deadlines
from tasks.plans.reading.bodies import OWN_DUTY, Prefixes, is_body, is_collective, lent_suffixes, split
from tasks.plans.reading.brackets import GLUED, VERB, Bracket
from tasks.plans.reading.labels import BULLETS, LABEL, NEXT_LABEL
from tasks.plans.reading.layout import Layout
from tasks.plans.reading.lead_rules import BY_TYPE, SINGLE, is_rule, lead_rule
from tasks.plans.structure import Mention, Printed, Span

# What may follow a rule in the same remark.
_REMARK = re.compile(
    r"^(?:下同|以下同|[逗分]号(?:之)?后|“[，；]”(?:之)?后|其余|其他|其它|未明确|余下|不再|不一一|以下(?:不再|同)|后面|之后)|不再.{0,6}列[出示明举]?$|下同$"
)
_FOR_ALL = re.compile(
    r"(?:以下|下列|后续|各项|上述及以下)[^。；，（）〔〕]{0,16}?(?:均|都|还|同时|全部)(?:需|由|须|应|要|涉及)?(?:由)?(?P<who>[^。；，]{2,60}?)"
    r"(?P<verb>具体落实|贯彻落实|抓好落实|组织实施|共同推进|分别落实|落实|推进|负责|配合|参与|实施|承担)"
)
# 甲牵头会同乙落实: a new clause without a comma.
_LEAD_WITH = re.compile(
    r"(?P<verb>牵头)(?:会同|组织|联合|协调|商|和|与|及)(?=[\u4e00-\u9fff、（）]{2,}(?:落实|配合|负责|参与|推进|实施|[，；。]|$))"
)
_MARKED = re.compile(r"[*＊★▲●△]")

_DUTIES = (
    ("lead", re.compile("牵头|主责|主办|第一|总责|总负责")),
    ("guide", re.compile("指导|督导|监督|督办")),
    ("join", re.compile("参与|参加")),
    ("carry", re.compile("落实|承办|实施|执行|承担|推进|组织|建设")),
    ("co", re.compile("配合|协办|协同|协助|支持")),
)
_ORDER = {"lead": 0, "co": 1, "carry": 2, "guide": 3, "join": 4}
_TOGETHER = re.compile("职[责能]|分工|分别|共同|联合|各自|等$|等按")
# 王某某副市长, 各分管领导: persons, who are no agencies.
_PERSON = re.compile(
    r"(?:书记|(?:省|市|州|盟|县|区|旗|镇|乡)长|局长|厅长|司长|处长|部长|主任|主席|秘书长|专员|同志|常委|领导|负责人)(?:（[^）]*）)?$"
)
_PLAIN = frozenset({"", "负责"})
_NOBODY = frozenset({"无", "暂无", "—", "——", "-", "/", "／"})


@dataclass
class _List:
    """Bodies with one duty. `duty` is "" for 负责 and 责任单位, whose rank the plan's rule decides.

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
    own: dict[int, str] = field(default_factory=dict)  # {start of a name: the duty in a bracket after it}

    @property
    def names(self) -> list[tuple[int, int]]:
        """The places of all names, in the order of the text."""
        return [(start, end) for each in self.lists for start, end, _open, _clause in each.names]


class Responsibilities:
    """The responsibility passages of a plan, read together: a rule that one of them prints is for all of them, and names
    are completed by those that the plan prints whole."""

    def __init__(self, layout: Layout, brackets: list[Bracket]) -> None:
        self.layout = layout
        self.rule = lead_rule(layout, brackets)
        self.single_leads = bool(SINGLE.search(layout.flat))
        joint = "；" if self.rule and self.rule.kind == "semicolon" else "，"
        self.passages = {bracket.start: _Parser(layout.flat, bracket, joint).parse() for bracket in brackets}
        self._set_apart()
        self._complete()
        self.for_all_from, self.for_all = self._for_all()

    def mentions(self, brackets: Iterable[Bracket], scope: str = "") -> tuple[Mention, ...]:
        """The agencies of one task's passages, each once with its highest duty, in the order of the text."""
        passages = [self.passages[bracket.start] for bracket in brackets]
        lists = [each for passage in passages for each in passage.lists]
        has_lead = any(each.duty == "lead" for each in lists) or any(
            "lead" in passage.own.values() for passage in passages
        )
        ranked = [each for each in lists if not each.duty]
        alone = self._alone(lists, ranked)
        found: list[Mention] = []
        for passage in passages:
            for each in passage.lists:
                for number, (start, end, _open, clause) in enumerate(each.names):
                    duty, basis = self._rank(each, number, clause, has_lead=has_lead, alone=alone)
                    if start in passage.own:
                        duty, basis = passage.own[start], "stated"
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
        for match in BY_TYPE.finditer(self.layout.flat):
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
        if each.by_label and not self.single_leads:
            return any(other.duty == "co" for other in lists)
        return self.single_leads or bool(each.role)

    def _set_apart(self) -> None:
        """Splits names that only a wide space separates: 甲局　乙局."""
        flat = self.layout.flat
        for passage in self.passages.values():
            for each in passage.lists:
                names = []
                for start, end, is_open, clause in each.names:
                    begin = start
                    for place in range(start + 2, end - 1):
                        if self.layout.has_wide_gap(place) and is_body(flat[begin:place]):
                            names.append((begin, place, False, clause))
                            begin = place
                    names.append((begin, end, is_open, clause))
                each.names = names

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


def _closings(flat: str, start: int, end: int) -> dict[int, int]:
    """Where each bracket between two places closes; one that does not is missing."""
    opened: list[int] = []
    found: dict[int, int] = {}
    for match in re.compile("[〔（）〕]").finditer(flat, start, end):
        if match[0] in "〔（":
            opened.append(match.start())
        elif opened:
            found[opened.pop()] = match.start()
    return found


class _Parser:
    """Reads one passage clause by clause."""

    def __init__(self, flat: str, bracket: Bracket, joint: str) -> None:
        self.flat = flat
        self.joint = joint  # the mark that counts clauses
        self.passage = Passage(bracket)
        self.label: _List | None = None
        self.pending: list[tuple[int, int, bool, int]] = []
        self.clause = 0
        self.labels: dict[int, int] = {}
        self.closings: dict[int, int] = {}
        self.persons = self.numbers = False

    def parse(self) -> Passage:
        bracket = self.passage.bracket
        found = NEXT_LABEL.finditer(self.flat, bracket.first, bracket.last)
        self.labels = {label.start(): label.end() for label in found}
        self.closings = _closings(self.flat, bracket.first, bracket.last)
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
                if OWN_DUTY.match(flat[place : close + 1]):
                    place = close + 1
                    continue
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
            if char == "“" and flat[place + 2 : place + 3] == "”":
                place += 3  # a sign that a rule quotes
                continue
            if place in self.labels:
                if begin < place:
                    yield begin, place
                begin, place = place, self.labels[place]
                continue
            together = _LEAD_WITH.match(flat, place, end) or GLUED.match(flat, place, end)
            if together:
                yield begin, together.end("verb")
                begin = place = together.end()
                continue
            if char in "，；。\n" or (char == "、" and VERB.search(flat[max(begin, place - 28) : place])):
                if begin < place:
                    yield begin, place
                if char in "。\n" or (char == "；" and self.joint == "，"):
                    self.clause = -1
                elif char != self.joint:
                    self.clause -= 1
                begin = place + 1
            place += 1
        if begin < end:
            yield begin, end

    def _closing(self, place: int, end: int) -> int:
        return self.closings.get(place, end)

    def _read(self, start: int, end: int) -> None:
        flat = self.flat
        self.clause += 1
        bullets = BULLETS.match(flat, start, end)
        if bullets and (LABEL.match(flat, bullets.end()) or deadlines.LABEL.match(flat, bullets.end())):
            start = bullets.end()
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
        label = LABEL.match(flat, start, end)
        marked = label and label[0].endswith(("：", "】", "丨", "｜", "—"))
        if not marked and (is_rule(words) or _REMARK.search(words)):
            return
        if deadlines.is_deadline(words):
            self._deadline(start, end)
            return
        if label:
            self._flush()
            self.clause = 0
            start = label.end()
            self.persons = label["person"] is not None
            self.numbers = self.persons and "电话" in label["person"]
            word = label["word"] or label["short"]
            # After 责任分工： each clause says for itself who does what.
            self.label = _List(_duty(word), word, by_label=True) if word else None
            if self.label:
                self.passage.lists.append(self.label)
        if self.persons:
            self.passage.persons += [] if self.numbers else [(start, end)]
            return
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
            own = OWN_DUTY.search(self.flat, first, last)
            if own:
                last = own.start()
                self.passage.own[first] = _duty(own[1])
            if _PERSON.search(self.flat, first, last):
                self.passage.persons.append((first, last))
                continue
            if first < last and self.flat[first:last] not in _NOBODY:
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
    if re.match("(?:第一|主要)责任", word):
        return "lead"
    if re.search("责任|负责", word) and not re.search("牵头|落实|配合|总负责", word):
        return ""
    return next((duty for duty, pattern in _DUTIES if pattern.search(word)), "")


def span_of(layout: Layout, bracket: Bracket) -> Span:
    """The span of a passage."""
    return layout.span(bracket.start, bracket.end)
