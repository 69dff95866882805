"""From a document to the structure of a plan: the text by the reader, its table of tasks by `task_tables`, or both.

Where the text names agencies, it is compared with the table, and each difference is a question. Where it names none, the
rows of the table are the tasks, unless each of them stands for one task of the text, which then gets its agencies. A
workbook, or a document that is nothing but a table, is a plan by its table alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from tasks.plans.documents.table_heads import Column
from tasks.plans.documents.task_tables import TaskRow, TaskTable, read_task_table
from tasks.plans.documents.values import Document, Format, refusal
from tasks.plans.names import clean
from tasks.plans.reading.errors import ReadError
from tasks.plans.reading.reader import read, text_hash
from tasks.plans.reading.responsibilities import printed_names
from tasks.plans.structure import (
    Goal,
    Group,
    Head,
    Mention,
    Part,
    Question,
    Quote,
    Span,
    Structure,
    Task,
)

# Questions about the headings of a text, which say nothing where the tasks are those of a table.
_OF_HEADINGS = frozenset({"numbering", "idle", "no_agency", "no_bracket"})
_ALIKE = 80  # per cent of equal characters from which two names of tasks mean the same
_NO_TITLE = re.compile(r"单位：|填报|截[至止]|附件")  # lines above a table that are not its title
_ANNEX = re.compile("附件")
_MARKS = re.compile(r"^[（(]?(?:[一二三四五六七八九十百]+|\d{1,3})[）)、.．]|[^\w]")
_SHORT = 6  # characters; a shorter name is not looked for inside another


def read_document(document: Document, columns: Sequence[Column] = ()) -> Structure:
    """The structure of the plan in the document; spans refer to `document.text`. `columns` are those of its table as a
    person named them.

    Raises ReadError if the text is no plan and there is no table, Problems for a workbook without a column of tasks and
    for a table alone without a title.
    """
    table = read_task_table(document, chosen={column.head: column for column in columns} or None)
    if table is None:
        return read(document.text)
    if document.format is Format.EXCEL:
        return _from_table(document, table, None)
    try:
        found = read(document.without(table.tables))
    except ReadError:
        return _from_table(document, table, None)
    found = replace(found, text_sha256=text_hash(document.text))
    if found.head.issued_on:
        table = read_task_table(document, found.head.issued_on.day) or table
    rows_of, unknown = _matched(document.text, found.all_tasks, table.rows)
    names_agencies = any(task.mentions for task in found.all_tasks)
    if names_agencies or (not unknown and all(len(rows) == 1 for rows in rows_of.values())):
        return _joined(found, table, rows_of, unknown, _year(document, table, found))
    # The table, and not the headings of a text without agencies, says what the tasks are.
    return _from_table(document, table, found)


def _beside_a_table(found: Structure) -> list[Question]:
    """The questions without those on sentences of a text that names nobody: the table says who is responsible."""
    nobody = any(question.kind == "no_agency" for question in found.questions)
    return [
        question
        for question in found.questions
        if not (nobody and question.kind == "bracket" and question.words[:1] not in "（(〔[【")
    ]


# -- a table alone --------------------------------------------------------------------------------------------


def _from_table(document: Document, table: TaskTable, found: Structure | None) -> Structure:
    text = document.text
    title = _title(document, table) if found is None else found.head.title
    if not title.name:
        raise refusal(_("表上没有标题。请在表头上面一行写明标题（如“××省重点任务台账”），再上传。"))
    groups: list[Group] = []
    numbers: dict[tuple[str, ...], int] = {}
    tasks: dict[int, list[Task]] = {}
    headings: dict[int, tuple[Quote, ...]] = {}
    year = _year(document, table, found)
    for row in table.rows:
        key = tuple(quote.name for quote in row.groups)
        number = numbers.setdefault(key, len(numbers) + 1)
        headings.setdefault(number, row.groups)
        own = tasks.setdefault(number, [])
        task = _task(row, number, len(own) + 1, several=len(numbers) > 1 or bool(key))
        own.append(replace(task, goals=_goals([row], year)))
    for number, own in tasks.items():
        quotes = headings[number]
        heading = quotes[-1] if quotes else title
        groups.append(Group(number, heading, tuple(own), above=quotes[:-1]))
    part = Part(1, title, "tasks")
    whole = [task for group in groups for task in group.tasks]
    base = found or _empty(text, title)
    return replace(
        base,
        text_sha256=text_hash(text),
        parts=(*base.parts, part if not base.parts else replace(part, number=len(base.parts) + 1)),
        groups=tuple(groups),
        safeguards=(),
        lead_rule=base.lead_rule or table.lead_rule,
        agencies=printed_names(mention for task in whole for mention in task.mentions),
        questions=_sorted(
            [*(q for q in _beside_a_table(base) if q.kind not in _OF_HEADINGS), *table.questions]
        ),
    )


def _task(row: TaskRow, group: int, number: int, *, several: bool) -> Task:
    return Task(
        ref=f"1-{group}-{number}",
        code=row.number[:20] or (f"{group}.{number}" if several else str(number)),
        number=number,
        heading=row.heading,
        body=row.body,
        bracket=row.duties,
        mentions=row.mentions,
        deadline=row.deadline,
        confidence="high" if row.mentions and all(m.basis != "unranked" for m in row.mentions) else "middle",
    )


def _year(document: Document, table: TaskTable, found: Structure | None) -> int:
    """The year that goals without one speak of: the table's, or else that of the document's issue."""
    day = found.head.issued_on if found else None
    return table.year(document) or (day.day.year if day else 0)


def _goals(rows: Iterable[TaskRow], year: int) -> tuple[Goal, ...]:
    return tuple(replace(goal, year=goal.year or year) for row in rows for goal in row.goals)


def _title(document: Document, table: TaskTable) -> Quote:
    """The line above the heads that is a title: in the sheet itself, or the last line before the table."""
    text, first = document.text, table.tables[0]
    for row in first.grid[: table.heads.top]:
        cells = {cell for cell in row if cell and clean(cell.text)}
        if len(cells) == 1 and not _NO_TITLE.match(clean(next(iter(cells)).text)):
            cell = next(iter(cells))
            return Quote(cell.start, cell.end, clean(text[cell.start : cell.end]))
    lines = [m for m in re.finditer(r"[^\n]+", text[: first.start]) if clean(m[0])]
    titles = [m for m in lines if not _ANNEX.match(clean(m[0])) and len(clean(m[0])) <= 60]
    if titles:
        return Quote(titles[0].start(), titles[0].end(), clean(titles[0][0]))
    return Quote(0, 0, "")


def _empty(text: str, title: Quote) -> Structure:
    head = Head(title, title, None, None, None, None, None, None, None)
    return Structure(text_hash(text), head, (), (), (), (), (), (), (), (), None, (), (), (), ())


# -- a text and a table ---------------------------------------------------------------------------------------


def _joined(
    found: Structure,
    table: TaskTable,
    rows_of: Mapping[str, list[TaskRow]],
    unknown: Sequence[TaskRow],
    year: int,
) -> Structure:
    questions = [question for question in table.questions if question.kind != "no_bracket"]
    questions += [
        Question(row.heading.start, row.heading.end, "table_row", row.heading.name[:60]) for row in unknown
    ]
    changed: dict[str, Task] = {}
    for task in found.all_tasks:
        rows = rows_of.get(task.ref, [])
        listed = _merged(mention for row in rows for mention in row.mentions)
        deadline = task.deadline or next((row.deadline for row in rows if row.deadline), None)
        if not task.mentions and listed:
            spans = [row.duties for row in rows if row.duties]
            changed[task.ref] = replace(
                task, mentions=listed, bracket=spans[-1], other_brackets=tuple(spans[:-1]), deadline=deadline
            )
        elif rows:
            changed[task.ref] = replace(task, deadline=deadline)
            questions += _differences(task, listed, rows)
        if goals := _goals(rows, year):
            changed[task.ref] = replace(changed.get(task.ref, task), goals=goals)

    def now(task: Task) -> Task:
        return changed.get(task.ref, task)

    groups = tuple(replace(group, tasks=tuple(map(now, group.tasks))) for group in found.groups)
    safeguards = tuple(map(now, found.safeguards))
    whole = [task for group in groups for task in group.tasks] + list(safeguards)
    named = {(task.heading.start, task.heading.end) for task in whole if task.mentions}
    kept = [
        question
        for question in (_beside_a_table(found) if named else found.questions)
        if not (question.kind == "no_bracket" and (question.start, question.end) in named)
        and not (question.kind == "no_agency" and named)
    ]
    if named and any(question.kind == "no_agency" for question in found.questions):
        questions += [
            Question(task.heading.start, task.heading.end, "no_bracket", task.heading.name[:60])
            for task in whole
            if not task.mentions
        ]
    mentions = [
        *(m for group in groups for m in group.mentions),
        *(m for task in whole for m in task.mentions),
    ]
    return replace(
        found,
        groups=groups,
        safeguards=safeguards,
        lead_rule=found.lead_rule or table.lead_rule,
        agencies=printed_names(mentions),
        questions=_sorted([*kept, *questions]),
    )


def _differences(task: Task, listed: Sequence[Mention], rows: Sequence[TaskRow]) -> Iterable[Question]:
    place = task.bracket or Span(task.heading.start, task.heading.end)
    printed, table = _duties(task.mentions), _duties(listed)
    if listed and printed != table:
        words = _("“%(task)s”正文为%(text)s，任务表为%(table)s") % {
            "task": task.heading.name[:30],
            "text": _told(printed - table),
            "table": _told(table - printed),
        }
        yield Question(place.start, place.end, "table_duties", words)
    days = {row.deadline.day for row in rows if row.deadline and row.deadline.day}
    if task.deadline and task.deadline.day and days and task.deadline.day not in days:
        words = _("“%(task)s”正文为%(text)s，任务表为%(table)s") % {
            "task": task.heading.name[:30],
            "text": task.deadline.name,
            "table": "、".join(row.deadline.name for row in rows if row.deadline),
        }
        yield Question(task.deadline.start, task.deadline.end, "table_deadline", words)


def _duties(mentions: Iterable[Mention]) -> set[tuple[str, str]]:
    return {(mention.name, "lead" if mention.duty == "lead" else "") for mention in mentions}


def _told(duties: set[tuple[str, str]]) -> str:
    named = (_("%(name)s（牵头）") % {"name": name} if lead else name for name, lead in sorted(duties))
    return "、".join(named) or _("无")


def _merged(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Each agency once, as lead if any row has it so."""
    best: dict[str, Mention] = {}
    for mention in mentions:
        if mention.name not in best or (mention.duty == "lead" != best[mention.name].duty):
            best[mention.name] = mention
    return tuple(best.values())


def _matched(
    text: str, tasks: Sequence[Task], rows: Sequence[TaskRow]
) -> tuple[dict[str, list[TaskRow]], list[TaskRow]]:
    """{ref: its rows}, and the rows without a task in the text."""
    names = [(_bare(task.heading.name), _bare(clean(task.body.of(text))), task.ref) for task in tasks]
    found: dict[str, list[TaskRow]] = {}
    unknown = []
    for row in rows:
        wanted = [_bare(row.heading.name), *(_bare(quote.name) for quote in reversed(row.groups))]
        ref = next((ref for name in wanted if (ref := _best(name, names))), "")
        if ref:
            found.setdefault(ref, []).append(row)
        else:
            unknown.append(row)
    return found, unknown


def _best(name: str, tasks: Sequence[tuple[str, str, str]]) -> str:
    """The task that is meant by a name of the table: by its heading, or because its text says the same."""
    for heading, _body, ref in tasks:
        if name == heading:
            return ref
    for heading, body, ref in tasks:
        inside = len(heading) >= _SHORT and heading in name
        if inside or (len(name) >= _SHORT and (name in heading or name in body)):
            return ref
    headings = {ref: heading for heading, _text, ref in tasks}
    alike = process.extractOne(name, headings, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return str(alike[2]) if alike else ""


def _bare(name: str) -> str:
    """A name without its number and marks."""
    return _MARKS.sub("", name)


def _sorted(questions: Iterable[Question]) -> tuple[Question, ...]:
    return tuple(sorted(questions, key=lambda question: (question.start, question.kind)))
