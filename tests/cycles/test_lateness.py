"""What is due, late and overdue: the rules at their edges, in Python, filters and SQL; and that no other module decides."""

import ast
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tasks.cycles import lateness
from tasks.cycles.due_dates import CycleDates
from tasks.cycles.labels import days_left
from tasks.models import Cycle
from tests import factories as make

DUE = make.moment("2017-04-10 17:00")
SECOND = timedelta(seconds=1)
LAST = DUE + lateness.TOLERANCE  # the last moment that is on time


# -- the rules ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "late"),
    [
        (DUE, False),
        (DUE + 59 * SECOND, False),
        (LAST, False),
        (LAST + SECOND, True),
        (LAST + timedelta(days=1), True),
    ],
)
def test_what_comes_at_the_due_moment_is_on_time(at: datetime, late: bool) -> None:
    assert lateness.is_late(at, DUE) is late
    assert lateness.is_overdue(DUE, at) is late


def test_nothing_is_overdue_in_a_quarter_that_was_not_opened() -> None:
    assert not lateness.is_overdue(None, DUE)
    assert not lateness.is_day_overdue(None, date(2017, 4, 10))


@pytest.mark.parametrize(("day", "late"), [("2017-04-10", False), ("2017-04-11", True)])
def test_a_due_day_counts_whole(day: str, late: bool) -> None:
    due_on, today = date(2017, 4, 10), date.fromisoformat(day)
    assert lateness.is_day_late(today, due_on) is late
    assert lateness.is_day_overdue(due_on, today) is late


def test_days_are_those_of_the_calendar_where_the_plan_is_carried_out() -> None:
    """16:30 UTC is half past midnight there."""
    assert lateness.days_after(DUE, DUE + SECOND) == 0
    assert lateness.days_after(DUE, datetime.fromisoformat("2017-04-10T16:30+00:00")) == 1
    assert lateness.days_after(DUE, make.moment("2017-04-07 09:00")) == -3


def test_a_cycle_has_a_due_moment_for_each_duty() -> None:
    cycle = Cycle(co_due=DUE, lead_due=DUE + timedelta(days=5))
    after = LAST + SECOND
    assert (cycle.due("co"), cycle.due("lead")) == (DUE, DUE + timedelta(days=5))
    assert (cycle.is_late("co", after), cycle.is_late("lead", after)) == (True, False)
    assert (cycle.is_overdue("co", after), cycle.is_overdue("lead", after)) == (True, False)
    dates = CycleDates(DUE, DUE + timedelta(days=5), DUE, DUE)
    assert lateness.due(dates, "lead") == dates.lead_due


def test_the_words_agree_with_the_rule() -> None:
    said = [days_left(DUE, at) for at in (DUE - SECOND, LAST, LAST + SECOND, DUE + timedelta(days=2))]
    assert said == ["今天截止", "今天截止", "今天已过时", "逾期 2 天"]


def test_the_words_name_the_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lateness, "GRACE", timedelta(0))
    assert lateness.on_time_rule() == "按时指首次提交不晚于截止时间（准予延期的，为延期后的时间）"
    assert lateness.late_rule() == "首次提交晚于截止时间"
    monkeypatch.setattr(lateness, "GRACE", timedelta(minutes=30))
    monkeypatch.setattr(lateness, "TOLERANCE", timedelta(minutes=30))
    for rule in (lateness.on_time_rule, lateness.late_rule):
        assert rule().endswith("（截止后30分钟内的算按时）")
    # Due shortly before midnight: the tolerance ends on the next day.
    due = make.moment("2017-04-10 23:50")
    assert days_left(due, make.moment("2017-04-11 00:10")) == "今天截止"


@pytest.mark.django_db
@pytest.mark.parametrize("tolerance", [timedelta(0), timedelta(seconds=59)])
def test_filters_and_sql_agree_with_python(tolerance: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the tolerance is changed: that is one line."""
    monkeypatch.setattr(lateness, "TOLERANCE", tolerance)
    cycle = make.cycle(make.plan(), "2017Q1", co_due=DUE, lead_due=DUE)
    for at in (DUE - SECOND, DUE, DUE + SECOND, DUE + timedelta(seconds=59), DUE + timedelta(minutes=1)):
        late = cycle.is_late("lead", at)
        assert Cycle.objects.filter(lateness.overdue("lead_due", at)).exists() is late
        sql = lateness.on_time_sql(
            "%s::timestamptz", lateness.due_sql("'lead'", cycle="c", past="p", extended="NULL::timestamptz")
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {sql} FROM tasks_cycle c LEFT JOIN tasks_pastdates p ON p.cycle_id = c.id",
                [at],
            )
            assert cursor.fetchone() == (not late,)


# -- no second place ----------------------------------------------------------------------------------------

ROOT = Path(settings.BASE_DIR)
HOME = "tasks/cycles/lateness.py"
_NAME = re.compile(r"(?:\w*_)?due(?:_at|_on|_day)?")
_FILTER = re.compile(r"(?:\w*_)?due(?:_at|_on|_day)?__(?:lt|lte|gt|gte|range)")
_DUE_SQL = r"[\w.]*\bdue(?:_at|_on|\.at)?\b|[\w.]*_due\b"
_SQL = re.compile(rf"(?:{_DUE_SQL})\s*[<>]=?\s|\s[<>]=?\s*(?:{_DUE_SQL})")

# {file: {comparison: why it does not decide what is late}}
_ORDER = "the order of a cycle's own dates"
_CHART = "a figure that is due on a target's path, on a chart"
_PERIOD = "whether a milestone belongs to a period"
_PROMISE = "the last quarter of the year that a target names"
EXCEPTIONS = {
    "reports/figures/projection.py": {"used[-1][0] >= due": _PROMISE},
    "tasks/cycles/actions.py": {
        "dates.co_due < opened_at": _ORDER,
        "dates.lead_due < dates.co_due": _ORDER,
        "dates.decision_due < dates.lead_due": _ORDER,
        "dates.closes_at < dates.decision_due": _ORDER,
    },
    "tasks/cycles/due_dates.py": {
        "self.co_due <= self.lead_due <= self.decision_due <= self.closes_at": _ORDER,
    },
    "tasks/cycles/models.py": {"co_due__lte": _ORDER, "lead_due__lte": _ORDER, "decision_due__lte": _ORDER},
    "tasks/indicators/target_path.py": {
        "min(points) >= promise.due": _PROMISE,
        "quarter < promise.due": _PROMISE,
        "quarter >= promise.due": _PROMISE,
        "quarter > promise.due": _PROMISE,
    },
    "tasks/templatetags/drawing.py": {
        "due > goal": _CHART,
        "abs(goal - due) < goal * Decimal('0.4')": _CHART,
        "abs(at(goal) - at(due)) < 24": _CHART,
        "at(due) < 30": _CHART,
        "at(due) > 8": _CHART,
    },
    "tasks/workplans/schedule.py": {
        "first <= node.due <= last": _PERIOD,
        "node.due <= self.quarter.last_day": _PERIOD,
        "due <= last": _PERIOD,
        "first <= due <= old": "whether an extension of the task moves a milestone on",
    },
    "reports/figures/target_standing.py": {"quarter > due": _PROMISE},
    "reports/scoring/queries.py": {
        "reached < self.plan.period_of(node.due)": "whether a milestone was reached a quarter early",
        "node.due > self.period.last_day": _PERIOD,
        "node.due >= self.period.first_day": _PERIOD,
        "first_due_on__range": "whether a notice belongs to a period",
    },
    "reports/input_checks.py": {
        "due_on <= today": "a new due day must be ahead",
        "(due_on - today).days > FURTHEST": "a new due day must not be too far ahead",
    },
}


def _names(node: ast.AST) -> Iterator[str]:
    """The names within an expression, of variables, attributes, functions and string keys."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr
        elif isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Constant):
            yield str(inner.slice.value)


def comparisons(source: str) -> list[str]:
    """Comparisons with a due date in Python code, in a filter's keyword or in SQL, as they are written."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            ordered = any(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops)
            if ordered and any(_NAME.fullmatch(name) for name in _names(node)):
                found.append(ast.unparse(node))
        elif isinstance(node, ast.keyword) and node.arg and _FILTER.fullmatch(node.arg):
            found.append(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            found += [text] if _FILTER.fullmatch(text) else _SQL.findall(text)
    return found


@pytest.mark.parametrize(
    "source",
    [
        "late = at > cycle.lead_due",
        "at <= cycles[quarter].due(duty)",
        "known_at > row.due_at",
        "answered > facts['due_on']",
        "now < co_due + grace",
        "Cycle.objects.filter(lead_due__lte=now)",
        "Q(**{'due_on__lt': today})",
        "sql = 'SELECT s.submitted_at <= due.at FROM s'",
        "sql = f'SELECT {at} > c.lead_due'",
    ],
)
def test_a_comparison_with_a_due_date_is_recognised(source: str) -> None:
    assert comparisons(source)


@pytest.mark.parametrize("source", ["cycle.lead_due == before", "sorted(rows, key=due)", "x = '<b>due</b>'"])
def test_what_compares_no_due_date_is_left_alone(source: str) -> None:
    assert not comparisons(source)


@pytest.mark.slow
def test_no_other_module_compares_with_a_due_date() -> None:
    found = {
        path: own
        for top in ("tasks", "reports", "qhplan")
        for file in sorted((ROOT / top).rglob("*.py"))
        if (path := file.relative_to(ROOT).as_posix()) != HOME and "/migrations/" not in path
        if (own := comparisons(file.read_text()))
    }
    allowed = {path: set(reasons) for path, reasons in EXCEPTIONS.items()}
    unknown = {
        path: sorted(set(own) - allowed.get(path, set()))
        for path, own in found.items()
        if set(own) - allowed.get(path, set())
    }
    assert unknown == {}, f"ask {HOME}, or name the comparison as an exception with its reason"
    unused = {path: own - set(found.get(path, ())) for path, own in allowed.items()}
    assert {path: own for path, own in unused.items() if own} == {}, "exceptions that are no longer needed"
