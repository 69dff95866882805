"""Finds who is responsible in sentences (第三条 由甲局牵头，会同乙局编制规划), for tasks that have no list of agencies.

Sentences are read only there: under a list, who does a step of a task is not who is responsible for it. In a plan without
any list they say nothing about headings, and tasks are those of a plan that names no agencies.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from tasks.plans.reading.bodies import is_body, is_collective, pieces
from tasks.plans.reading.brackets import Bracket
from tasks.plans.reading.deadlines import is_deadline
from tasks.plans.reading.numbering import mark_at
from tasks.plans.reading.outline import Item
from tasks.plans.reading.parts import Plan, adopt, idle_tasks

_SENTENCE = re.compile(r"[^。；\n]+")
_CLAUSE = re.compile(r"[^，]+")
_VERBS = "牵头|负责|配合|协助|参与|主办|协办|具体落实|抓好落实|组织实施|指导"
# 由甲局、乙局共同牵头编制规划; 负责人 and 牵头的联席会议 are none.
_DUTY = re.compile(
    rf"(?P<by>由)?(?P<who>(?:[^，由（）〔〕]|（[^（）责牵配主]{{1,12}}）){{2,80}}?)(?P<how>按职责分工|按照职责|依职责|共同|分别|联合|具体|统一|统筹|积极|密切|要|应当|应)*(?P<verb>{_VERBS})(?![的人]|单位|部门|解释)"
)
_WITH = re.compile("(?:会同|联合)(?P<who>[^，]{2,})")
# The end of a department's name, where an action follows without punctuation: 市财政局编制规划.
_NAME = re.compile(
    r"[^、，]{1,16}?(?:厅|局|委员会|委(?!员会|办|编办|[^、，]{1,3}[部办])|办公室(?!公)|政府(?!办)|管委会|公司|集团|中心|部门|单位|(?:组织|宣传|统战)部|院(?!校))"
)
# What looks like a duty and was not read.
_MAYBE = re.compile(
    r"(?:(?<=[。；，\n条）、：])|^)由[^。；，\n的]{2,40}?(?:牵头|负责|会同|承担)(?![的人])[^。；\n]{0,40}"
)


def duties(flat: str) -> list[Bracket]:
    """The clauses of sentences that say who is responsible, in the order of the text; and the clause that says until when,
    in the same sentence."""
    return list(_found(flat))


def waiting(plan: Plan) -> list[Item]:
    """The tasks for which no list stands at them, at a heading above, or at one of their steps."""
    tasks = [*plan.tasks, *plan.safeguards]
    return [task for task in tasks if not any(item.brackets for item in (*task.path, *task.below))]


def give(flat: str, plan: Plan) -> list[Bracket]:
    """Gives each sentence to the task without a list in whose text it stands, steps included, or else, where the plan has
    no lists at all, to the innermost heading. Items of a heading without tasks are tasks where half of them have one.

    Returns those that were given: none where fewer than half of these tasks have one, as the plan then does not say in
    sentences who is responsible for its tasks (一事一议由区政府牵头 is how something is done).
    """
    if not plan.idle and not waiting(plan):
        return []
    found = duties(flat)
    for heading in list(plan.idle):
        items = idle_tasks(plan, heading)
        said = {id(item) for item, _inner, _passage in _standing(plan, items, found) if item}
        if len(items) > 1 and 2 * len(said) >= len(items):
            adopt(plan, heading, items)
    tasks = waiting(plan)
    given = [
        (task or item, passage)
        for task, item, passage in _standing(plan, tasks, found)
        if task or not plan.names_bodies
    ]
    holding = {id(item) for item, _passage in given}
    counted = tasks if plan.names_bodies else plan.tasks
    bearing = [task for task in counted if any(id(item) in holding for item in task.path)]
    if not bearing or 2 * len(bearing) < len(counted):
        return []
    for item, passage in given:
        item.brackets.append(passage)
    plan.names_bodies = True
    return [passage for _item, passage in given]


def give_deadlines(plan: Plan, lines: list[Bracket]) -> list[Bracket]:
    """Gives each line that says until when to the task in whose text it stands; returns those that were given."""
    given = []
    for task, _item, line in _standing(plan, [*plan.tasks, *plan.safeguards], lines):
        if task:
            task.brackets.append(line)
            given.append(line)
    return given


def _standing(
    plan: Plan, tasks: list[Item], passages: list[Bracket]
) -> Iterator[tuple[Item | None, Item, Bracket]]:
    """For each passage in the text of a heading the task among these, the innermost heading, and the passage."""
    wanted = {id(task) for task in tasks}
    items = list(plan.outline.items)
    starts = [item.start for item in items]
    for passage in passages:
        item = items[bisect_right(starts, passage.start) - 1]
        if item.start <= passage.start < item.end:
            yield next((each for each in item.path if id(each) in wanted), None), item, passage


def unread(flat: str, tasks: list[Item]) -> Iterator[tuple[int, int]]:
    """The places in the text of these tasks that look like duties; none of them was read."""
    if not tasks:
        return
    found = [(passage.start, passage.end) for passage in duties(flat)]
    found += [match.span() for match in _MAYBE.finditer(flat)]
    texts = [(task.start, task.end) for task in tasks]
    reached = 0
    for start, end in sorted(found, key=lambda place: (place[0], -place[1])):
        if start >= reached and any(first <= start < last for first, last in texts):
            yield start, end
            reached = end


def _found(flat: str) -> Iterator[Bracket]:
    for sentence in _SENTENCE.finditer(flat):
        if not re.search(_VERBS, sentence[0]):
            continue
        said: list[tuple[int, int]] = []
        days: list[tuple[int, int]] = []
        for clause in _CLAUSE.finditer(flat, *sentence.span()):
            start, end = clause.span()
            place = _duty(flat, start, end) or (_with(flat, start, end) if said else None)
            if place:
                said.append(place)
            elif clause[0].endswith("完成") and is_deadline(clause[0]):
                days.append((start, end))
        # 各部门要密切配合 is said of everybody and everywhere.
        if not any(_names_one(flat[start:end]) for start, end in said):
            continue
        for start, end in sorted([*said, *days]):
            yield Bracket(start, end, start, end, is_line=True, is_prose=True)


def _duty(flat: str, start: int, end: int) -> tuple[int, int] | None:
    """The place of the names and their verb at the beginning of a clause, without what is to be done."""
    number = mark_at(flat, start)
    start = number.end if number else start
    colon = flat.find("：", start, min(end, start + 20))
    start = colon + 1 if colon >= 0 else start
    match = _DUTY.match(flat, start, end)
    if match is None:
        return None
    names = pieces(match["who"])
    return (start, match.end()) if names and all(_is_name(name) for name in names) else None


def _with(flat: str, start: int, end: int) -> tuple[int, int] | None:
    """The place of 会同 and the names after it, without what they do together."""
    match = _WITH.match(flat, start, end)
    if match is None:
        return None
    place = match.start("who")
    last = None
    while name := _NAME.match(flat, place, end):
        last = name.end()
        joint = re.compile("[、和及与]|以及").match(flat, last, end)
        if joint is None:
            break
        place = joint.end()
    return (start, last) if last else None


def _names_one(duty: str) -> bool:
    match = _DUTY.match(duty)
    return match is not None and (
        match["by"] is not None or not all(map(is_collective, pieces(match["who"])))
    )


def _is_name(name: str) -> bool:
    return is_collective(name) or is_body(name)
