"""Finds what the reader did not use or is not sure of, and puts each as a question at its place."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import pairwise

from tasks.plans.reading import brackets, prose
from tasks.plans.reading.brackets import Bracket
from tasks.plans.reading.layout import Layout
from tasks.plans.reading.outline import Item
from tasks.plans.reading.parts import Plan
from tasks.plans.reading.responsibilities import Responsibilities
from tasks.plans.structure import Question, Structure, Task

_SHOWN = 60


def questioned(
    layout: Layout,
    plan: Plan,
    passages: list[Bracket],
    unread: list[Item],
    responsibilities: Responsibilities,
    found: Structure,
) -> Structure:
    """The structure with its questions, and with the confidence of each task. `unread` are the tasks of which neither a
    list nor a sentence says who is responsible."""
    asker = _Asker(layout)
    used = {bracket.start for item in plan.outline.items for bracket in item.brackets}
    for passage in passages:
        if passage.start not in used and brackets.looks_responsible(layout.flat, passage):
            asker.ask("bracket", passage.start, passage.end)
    known = {passage.start for passage in passages}
    for bracket in brackets.brackets(layout.flat):
        if bracket.start not in known and brackets.looks_responsible(layout.flat, bracket):
            asker.ask("bracket", bracket.start, bracket.end)
    for mark in plan.outline.unused:
        line_end = layout.flat.find("\n", mark.start)
        asker.ask("number", mark.start, line_end if line_end >= 0 else len(layout.flat))
    for part in plan.outline.parts:
        _check_numbers(asker, part.children)
    for item in plan.idle:
        asker.ask("idle", *item.heading)
    for start, end in responsibilities.unseen_rules():
        asker.ask("rule", start, end)
    for start, end in responsibilities.doubtful():
        asker.ask("name", start, end)
    for passage in passages:
        for start, end in responsibilities.passages[passage.start].persons:
            asker.ask("person", start, end)
    for group in found.groups:
        if group.bracket and any(task.bracket for task in group.tasks):
            first = layout.place(group.bracket.start)
            asker.ask("group_bracket", first, layout.place(group.bracket.end - 1) + 1)
    for start, end in prose.unread(layout.flat, unread):
        asker.ask("bracket", start, end)
    if not plan.names_bodies:
        asker.questions.append(
            Question(found.head.title.start, found.head.title.end, "no_agency", found.head.title.name)
        )
    else:
        for task in found.all_tasks:
            if task.bracket is None and all(mention.scope == "plan" for mention in task.mentions):
                asker.questions.append(
                    Question(task.heading.start, task.heading.end, "no_bracket", task.heading.name[:_SHOWN])
                )
    for task in found.all_tasks:
        if task.deadline and task.deadline.day is None and re.search(r"\d", task.deadline.name):
            asker.questions.append(
                Question(task.deadline.start, task.deadline.end, "deadline", task.deadline.name)
            )
    questions = tuple(sorted(asker.questions, key=lambda question: (question.start, question.kind)))
    places = [question.start for question in questions]
    starts = [layout.span(*item.heading).start for item in plan.outline.items]

    def weighed(task: Task) -> Task:
        following = bisect_right(starts, task.heading.start)
        end = starts[following] if following < len(starts) else len(layout.text)
        first = bisect_left(places, task.heading.start)
        return _weighed(task, questions[first : bisect_left(places, max(end, task.body.end))])

    return replace(
        found,
        questions=questions,
        groups=tuple(
            replace(group, tasks=tuple(weighed(task) for task in group.tasks)) for group in found.groups
        ),
        safeguards=tuple(weighed(task) for task in found.safeguards),
    )


def _check_numbers(asker: "_Asker", siblings: list[Item]) -> None:
    """Asks about a number that does not follow the one before it."""
    for before, item in pairwise(siblings):
        if before.kind == item.kind and item.number != before.number + 1:
            asker.ask("numbering", item.start, item.heading[1])
    for item in siblings:
        _check_numbers(asker, item.children)


class _Asker:
    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.questions: list[Question] = []

    def ask(self, kind: str, start: int, end: int) -> None:
        quote = self.layout.quote(start, end)
        words = quote.name if len(quote.name) <= _SHOWN else f"{quote.name[:_SHOWN]}…"
        self.questions.append(Question(quote.start, quote.end, kind, words))


def _weighed(task: Task, questions: tuple[Question, ...]) -> Task:
    if questions:
        return replace(task, confidence="low")
    inferred = any(mention.basis == "unranked" for mention in task.mentions) or (
        task.deadline is not None and task.deadline.inferred
    )
    return replace(task, confidence="middle") if inferred else task
