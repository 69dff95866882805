"""Figures of the workbook: 10,000 rows, every one of them filled in, against merely reading the same cells."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import bench
from bench import figure, side_by_side

ROWS = 10_000


@cache
def filled_book() -> bytes:
    """A body's workbook of 10,000 rows that all differ from what was handed out, as Excel would save it."""
    from types import SimpleNamespace

    from tasks.indicators.models import Indicator
    from tasks.indicators.requested_figures import RequestedFigure
    from tasks.indicators.values import Flow, IndicatorKind
    from tasks.submissions.models import Content, Submission
    from tasks.submissions.workbook import build as writer
    from tasks.submissions.workbook.rows import BookRow
    from tasks.values import Period

    def content(number: int) -> Content:
        return Submission(
            light="yellow",
            progress=number % 101,
            done=f"第{number}项：按计划推进，完成阶段性目标，新增投资到位。" * 4,
            problems=[{"category": "money", "text": f"第{number}项资金缺口尚未落实。"}],
            coordination="请省里协调。" if number % 3 else "",
            next_steps=f"下季加快第{number}项前期工作，倒排工期。" * 2,
        )

    quarter = Period(2017, 1)
    amount = Indicator(pk=1, slug="amount", name="投资", kind=IndicatorKind.AMOUNT, flow=Flow.STOCK)
    previous: Any = SimpleNamespace(
        quarter="2016Q4",
        verified_light="",
        light="green",
        duty="co",
        done="上季完成了前期工作。" * 4,
        no_progress_reason="",
        next_steps="加快。",
        get_light_display=lambda: "绿 正常",
    )
    rows = [
        BookRow(
            ref=f"3-1-{number}",
            code=f"3-1-{number}",
            heading=f"任务{number}",
            agency="牵头局",
            role="lead",
            duty="lead",
            lead="牵头局",
            state="draft",
            editable=True,
            revision=1,
            content=content(number),
            typed={"amount": {"value": f"{number}.5"}},
            previous=previous,
            asked=(RequestedFigure(amount, quarter, quarter),),
        )
        for number in range(1, ROWS + 1)
    ]
    # Every row is to be read: none keeps the fingerprint of what was handed out.
    honest = writer.fingerprint
    writer.fingerprint = lambda *_cells: "touched"
    try:
        return writer.build(
            plan_slug="plan",
            plan_title="方案",
            quarter=quarter,
            agency_slug="lead",
            agency_name="牵头局",
            rows=rows,
        )
    finally:
        writer.fingerprint = honest


def read(data: bytes) -> None:
    """All that happens to an upload before the drafts are asked for."""
    from tasks.submissions.workbook.read import parse
    from tasks.workbooks.manifest import Origin

    parsed = parse(data, Origin("plan", "2017Q1", "lead"))
    assert (len(parsed.rows), parsed.problems) == (ROWS, [])


def least(data: bytes) -> None:
    """The cells of the same sheets, by the fastest reader there is."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(BytesIO(data))
    assert sum(len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names) > 2 * ROWS


@figure("workbook_read_10k_rows", "ms")
def workbook_time() -> tuple[float, float]:
    """Check, read and judge an upload of 10,000 rows; the floor reads its cells and no more."""
    data = filled_book()
    return side_by_side(lambda: read(data), lambda: least(data), rounds=5)


def _kept() -> tuple[Any, Any, Any]:
    """The body that the workbook is of, with a draft on each of its 10,000 tasks: (who uploads, plan, quarter)."""
    from tasks.models import IndicatorTask, Responsibility, Submission, Task
    from tasks.values import Period, Role
    from tests import factories as make

    plan, quarter = make.plan(slug="plan"), Period(2017, 1)
    body = make.agency("牵头局", slug="lead")
    clerk = make.user(Role.REPORTER, agency=body, password=None)
    cycle = make.cycle(plan, quarter)
    amount = make.indicator(plan, slug="amount", kind="amount")
    first = make.task(plan, lead=body, ref="3-1-1", code="3-1-1")
    held = first.responsibilities.get()
    named = {
        field.attname: getattr(first, field.attname) for field in Task._meta.fields if field.attname != "id"
    }
    tasks = Task.objects.bulk_create(
        Task(
            **{**named, "ref": f"3-1-{n}", "code": f"3-1-{n}", "number": n, "order": n, "heading": f"任务{n}"}
        )
        for n in range(2, ROWS + 1)
    )
    same = {
        field.attname: getattr(held, field.attname)
        for field in Responsibility._meta.fields
        if field.attname != "id"
    }
    Responsibility.objects.bulk_create(
        Responsibility(**{**same, "task_id": task.pk, "order": n}) for n, task in enumerate(tasks, 2)
    )
    IndicatorTask.objects.bulk_create(
        IndicatorTask(indicator=amount, task=task, duty="lead", **make.OUTSIDE) for task in [first, *tasks]
    )
    Submission.objects.bulk_create(
        Submission(
            cycle=cycle,
            quarter=quarter,
            task=task,
            agency=body,
            duty="lead",
            done="上次写的。",
            saved_at=cycle.opened_at,
            saved_by=clerk,
            revision=1,
        )
        for task in [first, *tasks]
    )
    return clerk, plan, quarter


@contextmanager
def _undone() -> Iterator[None]:
    """On a day on which the quarter is open; what is written is taken back."""
    from django.db import transaction

    from qhplan import clock
    from tests import factories as make

    with clock.at(make.moment("2017-04-03 10:00")), transaction.atomic():
        yield
        transaction.set_rollback(True)


@figure("workbook_compare_10k_rows", "ms")
def workbook_compare() -> tuple[float, float]:
    """Read 10,000 rows that all differ, compare each with its draft, and sign what would change; the floor reads the cells."""
    from tasks.submissions.workbook.preview import examine

    data = filled_book()
    with _undone():
        clerk, plan, quarter = _kept()

        def ours() -> None:
            preview = examine(by=clerk, plan=plan, quarter=quarter, data=data)
            assert (len(preview.changes), preview.problems) == (ROWS, [])

        return side_by_side(ours, lambda: least(data), rounds=3)


@figure("workbook_apply_10k_rows", "ms")
def workbook_apply() -> tuple[float, float]:
    """Write the 10,000 drafts that were shown, all or none; the floor updates as many columns of the same rows by one
    statement, and checks, locks and records nothing."""
    from django.db import connection, transaction
    from psycopg2.extras import execute_values

    from tasks.models import Submission
    from tasks.submissions import actions
    from tasks.submissions.workbook.preview import examine

    data = filled_book()
    with _undone():
        clerk, plan, quarter = _kept()
        drafts = [change.value for change in examine(by=clerk, plan=plan, quarter=quarter, data=data).changes]
        heads = dict(Submission.objects.filter(task__plan=plan).values_list("task", "pk"))
        rows = [
            (
                heads[draft.task_id],
                draft.light,
                draft.progress,
                draft.done,
                draft.coordination,
                draft.next_steps,
                json.dumps(draft.problems),
                json.dumps(draft.figures),
            )
            for draft in drafts
        ]

        def ours() -> None:
            with transaction.atomic():
                assert len(actions.save_drafts(by=clerk, drafts=drafts)) == ROWS
                transaction.set_rollback(True)

        def plainly() -> None:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    execute_values(
                        cursor.cursor,
                        "UPDATE tasks_submission s SET light = v.light, progress = v.progress, done = v.done, "
                        "coordination = v.coordination, next_steps = v.next_steps, problems = v.problems::jsonb, "
                        "figures = v.figures::jsonb FROM (VALUES %s) AS v (id, light, progress, done, coordination, "
                        "next_steps, problems, figures) WHERE s.id = v.id",
                        rows,
                        page_size=ROWS,
                    )
                    assert cursor.rowcount == ROWS
                transaction.set_rollback(True)

        return side_by_side(ours, plainly, rounds=3)


_PEAK = """
import pathlib, sys
import django
django.setup()
from bench import workbook
import python_calamine, tasks.submissions.workbook.read

def highest():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

data = pathlib.Path(sys.argv[2]).read_bytes()
before = highest()
getattr(workbook, sys.argv[1])(data)
print((highest() - before) / 1024)
"""


@figure("workbook_read_10k_rows_memory", "MB")
def workbook_memory() -> tuple[float, float]:
    """By how much the same reading raises the highest memory of a process of its own."""
    path = bench.scratch / "workbook.xlsx"
    path.write_bytes(filled_book())
    root = Path(__file__).resolve().parent.parent

    def peak(name: str) -> float:
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, name, str(path)],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
        return float(done.stdout)

    return peak("read"), peak("least")
